//! `keygen` and `key show`.

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
