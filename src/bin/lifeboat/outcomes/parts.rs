//! What several outcomes have.

use serde::Serialize;

/// The files that were written; none where the result went to standard output.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Results {
    /// The names of the results; where a result is a folder that another command takes, the folder's.
    pub(crate) files: Vec<String>,
    /// Every file that was written.
    pub(crate) written: Vec<WrittenFile>,
}

/// A file that was written, whole.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct WrittenFile {
    /// Its name; U+FFFD stands for what is no text.
    pub(crate) path: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub(crate) sha256: String,
    /// Its size.
    pub(crate) bytes: u64,
}

/// A record, file or id that came to nothing.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct FailedRecord {
    /// Why, as `lifeboat errors CODE` explains it.
    pub(crate) code: &'static str,
    /// The id, as far as there is one: of the wallet, or else of the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// The wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wallet_id: Option<String>,
    /// The device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device_id: Option<String>,
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    /// The line of the list, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// Its place among the ids on the command line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) argument: Option<u64>,
    /// Its place in a list that is JSON, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entry: Option<u64>,
    /// The spelling to use, where another one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) canonical: Option<String>,
    /// What is wrong, for people.
    pub(crate) message: String,
}

/// Which kit it was.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KitName {
    /// The kit's fingerprint.
    pub(crate) sha256: String,
    /// The SHA-256 of the zip file; null for a folder.
    pub(crate) file_sha256: Option<String>,
    /// The workspace; null where the kit does not name it.
    pub(crate) tenant_id: Option<String>,
}

/// A key that something was sealed to.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recipient {
    /// `SHA256:` of the SPKI.
    pub(crate) fingerprint: String,
    /// The phrase that people compare.
    pub(crate) short_phrase: String,
    /// Its size.
    pub(crate) bits: u32,
}

/// A wallet's key.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedKey {
    /// Its id.
    pub(crate) key_id: String,
    /// Its algorithm.
    pub(crate) algorithm: &'static str,
    /// The public key in hexadecimal; null where nothing says it.
    pub(crate) public_key: Option<String>,
}

/// An address that proves a chain code.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proof {
    /// The address.
    pub(crate) address: String,
    /// Its chain.
    pub(crate) chain: &'static str,
    /// Where it was found.
    pub(crate) path: String,
}

/// A share that lacks its leading zeros.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct MissingZeros {
    /// The wallet, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wallet_id: Option<String>,
    /// The cosigner.
    pub(crate) cosigner: String,
    /// The algorithm.
    pub(crate) algorithm: &'static str,
}

/// What was in force while the command ran.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Protection {
    /// `full`, `partial` or `none`: only the calls that the run needs.
    pub(crate) system_calls: &'static str,
    /// `full`, `partial` or `none`: only the files that the command line names.
    pub(crate) files: &'static str,
    /// Whether secrets cannot be swapped out.
    pub(crate) memory_locked: bool,
    /// Whether every network interface but loopback was down; null where the system does not tell.
    pub(crate) air_gap: Option<bool>,
}

/// A program that wrote something.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tool {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its version, with the commit when it is known.
    pub(crate) version: &'static str,
    /// The SHA-256 of its file, in hexadecimal; null where the system does not tell.
    pub(crate) sha256: Option<String>,
}

/// Why a command did not end well.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorObject<'a> {
    /// The code: `lifeboat errors CODE` explains it.
    pub(crate) code: &'static str,
    /// What and where, for people.
    pub(crate) message: &'a str,
    /// What to type next.
    pub(crate) hint: String,
}

/// What there is to say of a failure beside its words.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    /// The records that are the reason; of very many the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<Vec<FailedRecord>>,
    /// How many these are in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed_count: Option<u64>,
    /// Where a batch was interrupted: how many records were done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) done: Option<u64>,
    /// How many it would have been.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<u64>,
}

/// A warning; standard error has it too.
#[derive(Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Warning {
    /// What it is about, where programs may want to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<WarningCode>,
    /// The warning, for people.
    pub(crate) message: String,
}

/// What a warning is about.
#[derive(Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum WarningCode {
    /// A network interface is up.
    NotOffline,
    /// The system does not tell whether one is.
    OfflineUnknown,
    /// The kernel enforces less than it should.
    NotConfined,
    /// The clock is wrong.
    WrongClock,
    /// A stream of the program is a network socket, or what it was started with stays open.
    OpenedBefore,
    /// Something in the kit is not as it should be.
    KitOddity,
    /// Shares that only a takeover proves.
    EddsaUnconfirmed,
    /// No address was compared that would prove a chain code.
    ChainCodeUnproved,
    /// Nothing proves what the chain codes of wallets come from.
    AssetSeedUnproved,
    /// A share lacked its leading zeros.
    MissingZeros,
    /// The list is not complete.
    MorePages,
    /// Every user of a computer can read the result's disk.
    PublicDisk,
}
