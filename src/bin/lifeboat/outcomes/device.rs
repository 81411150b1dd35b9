//! Key Share #2: `share recover`, `share backup`, `share generate-passphrase`.

use serde::Serialize;

use super::parts::{FailedRecord, NamedKey, Results};

/// A device backup that was opened.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveredBackup {
    /// The device, in the spelling that opened it.
    pub(crate) device_id: String,
    /// The passphrase.
    pub(crate) passphrase_id: String,
    /// Whether white space around the passphrase had to go.
    pub(crate) passphrase_trimmed: bool,
    /// Keys that only older backups of the device have.
    pub(crate) keys_only_in_older: Vec<String>,
    /// Whether the cipher notices changes.
    pub(crate) authenticated: bool,
    /// The keys whose shares it holds.
    pub(crate) keys: Vec<NamedKey>,
}

/// One device share was recovered.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShareRecovered {
    #[serde(flatten)]
    pub(crate) backup: RecoveredBackup,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// The device shares of a list were recovered.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SharesRecovered {
    /// The devices whose backup was opened.
    pub(crate) devices: Vec<RecoveredDevice>,
    /// Devices and files that came to nothing.
    pub(crate) failed: Vec<FailedRecord>,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// A device of the list.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveredDevice {
    /// Its wallet, where the list names it.
    pub(crate) wallet_id: Option<String>,
    /// The file of the backup.
    pub(crate) backup: Option<String>,
    /// The device share.
    pub(crate) file: String,
    #[serde(flatten)]
    pub(crate) opened: RecoveredBackup,
}

/// A device share was put under a passphrase.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShareBackedUp {
    /// The device.
    pub(crate) device_id: String,
    /// The passphrase.
    pub(crate) passphrase_id: String,
    /// The keys whose shares it holds.
    pub(crate) keys: Vec<NamedKey>,
    /// Whether it opened again, and was read back.
    pub(crate) verified: bool,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// A passphrase was made.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct PassphraseMade {
    /// Its id.
    pub(crate) passphrase_id: String,
    /// How hard it is to guess.
    pub(crate) bits: u32,
    #[serde(flatten)]
    pub(crate) files: Results,
}
