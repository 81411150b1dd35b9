//! Portal backups.

use std::collections::BTreeMap;

use serde::Serialize;

use super::parts::{FailedRecord, Recipient, Results};

/// A key's address on each chain.
pub(crate) type Addresses = BTreeMap<String, String>;

/// A ciphertext was decrypted.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Decrypted {
    /// The size of the plain text.
    pub(crate) bytes: usize,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// Two backup shares to private keys.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ejected {
    /// The keys that were made, their public side.
    pub(crate) keys: Vec<EjectedKey>,
    /// Keys of which client shares were seen, but no pair.
    pub(crate) unpaired: Vec<Unpaired>,
    /// Custodian shares of keys that were not made.
    pub(crate) unmatched_custodians: Vec<LoneCustodian>,
    /// Ciphertexts that could not be decrypted.
    pub(crate) encrypted: Vec<Encrypted>,
    /// Files of folders that could not be used.
    pub(crate) failed: Vec<FailedRecord>,
    /// Every share that was seen, where no key was made of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shares: Option<Vec<Share>>,
    /// Whether the private keys are in a file under a passphrase.
    pub(crate) locked: bool,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// A key that was made; it has the wallet's public key.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct EjectedKey {
    /// Whose it is, as far as anything says so.
    pub(crate) client_id: Option<String>,
    /// Its curve.
    pub(crate) curve: &'static str,
    /// The public key in hexadecimal.
    pub(crate) public_key: String,
    /// Its address on each chain.
    pub(crate) addresses: Addresses,
    /// The form of the private key.
    pub(crate) form: &'static str,
    /// The pair id of the client's share.
    pub(crate) backup_share_pair_id: Option<String>,
    /// The file of the client's share.
    pub(crate) client: String,
    /// The file of the custodian's share.
    pub(crate) custodian: String,
}

/// A key whose shares found no pair.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unpaired {
    /// Its curve.
    pub(crate) curve: &'static str,
    /// The public key in hexadecimal.
    pub(crate) public_key: String,
    /// Whose it is, as far as anything says so.
    pub(crate) client_id: Option<String>,
    /// Whether there are only signing shares, to which no custodian share belongs.
    pub(crate) signing_share: bool,
    /// The files of its client shares.
    pub(crate) clients: Vec<String>,
    /// Pairings that were tried; of very many the first.
    pub(crate) attempts: Vec<Attempt>,
    /// How many were tried.
    pub(crate) tried: usize,
    /// How many were not.
    pub(crate) untried: usize,
}

/// A pairing that did not hold.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    /// The file of the client's share.
    pub(crate) client: String,
    /// The file of the custodian's share.
    pub(crate) custodian: String,
    /// Why, as `lifeboat errors CODE` explains it.
    pub(crate) code: &'static str,
    /// Why, for people.
    pub(crate) why: String,
}

/// A custodian share of a key that was not made.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoneCustodian {
    /// Its file.
    pub(crate) file: String,
    /// Whose it is, as far as anything says so.
    pub(crate) client_id: Option<String>,
    /// Its pair id.
    pub(crate) backup_share_pair_id: Option<String>,
    /// Its curve.
    pub(crate) curve: Option<&'static str>,
    /// The public key in hexadecimal.
    pub(crate) public_key: Option<String>,
}

/// A ciphertext that could not be decrypted.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Encrypted {
    /// Its file.
    pub(crate) file: String,
    /// Its size.
    pub(crate) bytes: usize,
    /// Whose it is, as far as anything says so.
    pub(crate) client_id: Option<String>,
    /// How it was backed up, in the provider's word.
    pub(crate) backup_method: Option<String>,
    /// Why the last key or password did not open it; null where there was none to try.
    pub(crate) why: Option<String>,
}

/// What share files are.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inspected {
    /// Every share.
    pub(crate) shares: Vec<Share>,
    /// Ciphertexts that could not be decrypted.
    pub(crate) encrypted: Vec<Encrypted>,
    /// Files of folders that could not be used.
    pub(crate) failed: Vec<FailedRecord>,
}

/// A share, without its secrets.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Share {
    /// Its file.
    pub(crate) file: String,
    /// `client` or `custodian`.
    pub(crate) side: &'static str,
    /// Its curve.
    pub(crate) curve: Option<&'static str>,
    /// The public key in hexadecimal.
    pub(crate) public_key: Option<String>,
    /// Its address on each chain.
    pub(crate) addresses: Option<Addresses>,
    /// `signing` or `backup`.
    pub(crate) kind: &'static str,
    /// Its backup pair.
    pub(crate) backup_share_pair_id: Option<String>,
    /// Its signing pair.
    pub(crate) signing_share_pair_id: Option<String>,
    /// Whose it is, as far as anything says so.
    pub(crate) client_id: Option<String>,
    /// How it was backed up, in the provider's word.
    pub(crate) backup_method: Option<String>,
    /// Whether its numbers agree with each other.
    pub(crate) numbers: &'static str,
}

/// An exported ed25519 key in its right form.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Repaired {
    /// `repaired` or `right_already`.
    pub(crate) result: &'static str,
    /// How many zero bytes were moved to the end.
    pub(crate) moved_bytes: usize,
    /// The public key in hexadecimal.
    pub(crate) public_key: String,
    /// Its address on each chain.
    pub(crate) addresses: Addresses,
    /// The form of the private key.
    pub(crate) form: &'static str,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// Where a user's cloud keeps the key of a client backup.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CloudName {
    /// In Google Drive.
    pub(crate) drive: DriveName,
    /// In iCloud.
    pub(crate) icloud: ICloudName,
}

/// A name in Google Drive.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct DriveName {
    /// The folder.
    pub(crate) folder: &'static str,
    /// The file.
    pub(crate) file: String,
}

/// Names in iCloud.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ICloudName {
    /// The entry.
    pub(crate) current: String,
    /// The entry that older SDKs made.
    pub(crate) older: String,
}

/// Share files were sealed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SharesSealed {
    /// How many.
    pub(crate) records: u64,
    /// The names of their records.
    pub(crate) names: Vec<String>,
    /// How many keys they are sealed to.
    pub(crate) recipients: usize,
    /// Which.
    pub(crate) sealed_to: Vec<Recipient>,
    #[serde(flatten)]
    pub(crate) files: Results,
}
