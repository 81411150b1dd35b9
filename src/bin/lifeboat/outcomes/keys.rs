//! `keygen` and the commands of keys.

use serde::Serialize;

use super::parts::Results;

/// A recovery key pair was made.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Keygen {
    /// `SHA256:` of the SPKI.
    pub(crate) fingerprint: String,
    /// The phrase that the console shows for approval.
    pub(crate) short_phrase: String,
    /// Among how many people the passphrase was shared, and how many are needed; null where it was not.
    pub(crate) split: Option<Split>,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// A passphrase shared among people.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Split {
    /// How many sheets give the passphrase.
    pub(crate) needed: u8,
    /// How many sheets there are.
    pub(crate) sheets: u8,
    /// What all sheets of the passphrase have in common: four hexadecimal digits.
    pub(crate) set: String,
}

/// A private key is whole and opens.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyChecked {
    /// Its size.
    pub(crate) bits: u32,
    /// How the file has it.
    pub(crate) encoding: String,
    /// `SHA256:` of the SPKI.
    pub(crate) fingerprint: String,
    /// The phrase of the public key with LF line ends.
    pub(crate) short_phrase: String,
    /// Whether a public key was named, and is its own.
    pub(crate) is_of_public_key: bool,
}

/// Sheets gave a passphrase.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyJoined {
    /// How many sheets were read.
    pub(crate) sheets: usize,
    /// The fingerprint of the key that the passphrase opened; null where none was named.
    pub(crate) fingerprint: Option<String>,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// What identifies a key.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyShow {
    /// `public` or `private`.
    pub(crate) kind: &'static str,
    /// Its size.
    pub(crate) bits: u32,
    /// How the file has it.
    pub(crate) encoding: String,
    /// `SHA256:` of the SPKI.
    pub(crate) fingerprint: String,
    /// The phrase of the public key with LF line ends.
    pub(crate) short_phrase: String,
    /// The same with CRLF line ends.
    pub(crate) short_phrase_crlf: String,
    /// The phrase of the file as it is; null for a private key.
    pub(crate) short_phrase_of_file: Option<String>,
    /// The public key.
    pub(crate) public_key_pem: String,
    #[serde(flatten)]
    pub(crate) files: Results,
}
