//! Key Share #1 and what is done with it: `derive`, `merge`, `check`, and what is sealed.

use serde::Serialize;

use super::parts::{FailedRecord, KitName, MissingZeros, Recipient, Results};

/// Key Share #1 of wallets was derived.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Derive {
    /// How many wallets.
    pub(crate) wallets: u64,
    /// The ids that were not derived; of very many the first.
    pub(crate) failed: Vec<FailedRecord>,
    /// How many these are in all.
    pub(crate) failed_count: u64,
    /// The cosigners, in the order of the shares.
    pub(crate) cosigners: Vec<String>,
    /// What was derived.
    pub(crate) algorithms: Vec<&'static str>,
    /// What was not, and chains of the other curve need: `--algorithm both` derives it too.
    pub(crate) not_derived: Vec<&'static str>,
    /// Algorithms whose shares only a takeover proves.
    pub(crate) unconfirmed: Vec<&'static str>,
    /// The part of the list, `INDEX/COUNT`; null where it is all of it.
    pub(crate) shard: Option<String>,
    /// Whether the result is sealed.
    pub(crate) sealed: bool,
    /// To whom.
    pub(crate) sealed_to: Vec<Recipient>,
    /// How long it took.
    pub(crate) seconds: f64,
    /// Wallets a second.
    pub(crate) per_second: u64,
    /// The SHA-256 of the result; null where it went to standard output.
    pub(crate) sha256: Option<String>,
    #[serde(flatten)]
    pub(crate) files: Results,
    /// Which kit it was.
    pub(crate) kit: KitName,
}

/// The parts of a batch were put together.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Merge {
    /// How many wallets.
    pub(crate) wallets: u64,
    /// The ids of the list that are none, so that no part has them; of very many the first.
    pub(crate) failed: Vec<FailedRecord>,
    /// How many these are in all.
    pub(crate) failed_count: u64,
    /// How many parts.
    pub(crate) parts: usize,
    /// How many keys the result is sealed to.
    pub(crate) recipients: usize,
    /// Which.
    pub(crate) sealed_to: Vec<Recipient>,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// A result was looked at again.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Checked {
    /// How many records it has.
    pub(crate) records: u64,
    /// Whether it is laid out byte for byte as `derive` does it.
    pub(crate) as_derive_writes: bool,
    /// How many records were derived again.
    pub(crate) compared: u64,
    /// The kit's cosigners.
    pub(crate) cosigners: Vec<String>,
    /// The algorithms of the result.
    pub(crate) algorithms: Vec<&'static str>,
    /// Records that are not what the kit gives; of very many the first.
    pub(crate) wrong: Vec<FailedRecord>,
    /// How many more these are.
    pub(crate) more_wrong: u64,
    /// Wallets of the list that the result lacks.
    pub(crate) missing: Vec<String>,
    /// Wallets of the result that the list lacks.
    pub(crate) extra: Vec<String>,
    /// Shares that lack their leading zeros.
    pub(crate) short: Vec<MissingZeros>,
    #[serde(flatten)]
    pub(crate) files: Results,
    /// Which kit it was.
    pub(crate) kit: KitName,
}

/// Something sealed was opened.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Opened {
    /// How many records; null for what holds none.
    pub(crate) records: Option<u64>,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// Records were sealed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sealed {
    /// How many.
    pub(crate) records: u64,
    /// How many keys they are sealed to.
    pub(crate) recipients: usize,
    /// Which.
    pub(crate) sealed_to: Vec<Recipient>,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// A sealed file has other recipients; its records were not opened.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rewrapped {
    /// How many keys it is sealed to.
    pub(crate) recipients: usize,
    /// Which.
    pub(crate) sealed_to: Vec<Recipient>,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// Which rules for the EdDSA share make a wallet's public key.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct EddsaConfirmed {
    /// The wallet.
    pub(crate) wallet_id: String,
    /// The rules that do, by their names; none where no rule is right.
    pub(crate) variants: Vec<&'static str>,
    /// The rules that were tried.
    pub(crate) tried: Vec<&'static str>,
    /// Whether it is the rule that `derive` uses by itself.
    pub(crate) is_default: bool,
}
