//! `drill` and its report.

use serde::Serialize;

use super::{
    kit::{Check, WorkspaceKey},
    parts::{KitName, Proof, Protection, Results, Tool, Warning},
};

/// What a drill found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Drill {
    /// Of what the secrets were: `invented`, or `kit` for those of a real one.
    pub(crate) secrets: &'static str,
    /// Whether every step held, and within the target where there is one.
    pub(crate) held: bool,
    /// Each step, in its order.
    pub(crate) steps: Vec<Step>,
    /// How long all of it took, with the time in which passphrases were typed.
    pub(crate) milliseconds: u64,
    /// How long it may take; null where nobody said.
    pub(crate) target_milliseconds: Option<u64>,
    /// Whether it took no longer; null without a target.
    pub(crate) target_met: Option<bool>,
    /// Which kit it was; null where it could not be read.
    pub(crate) kit: Option<KitName>,
    /// Fingerprint and short phrase of the recovery key; null where it could not be opened.
    pub(crate) key: Option<KeyName>,
    /// How many wallets were invented, or are in the list; null where the list could not be read.
    pub(crate) wallets: Option<u64>,
    /// Every check of the kit; none where it was invented.
    pub(crate) checks: Vec<Check>,
    /// Each verified key of the workspace; none where it was invented.
    pub(crate) keys: Vec<WorkspaceKey>,
    /// The commitments to a sample of the wallets; null where it was invented or none was derived.
    pub(crate) sample: Option<Sample>,
    /// How the sample compares with that of an earlier drill; null where none was named or none was derived.
    pub(crate) comparison: Option<Comparison>,
    /// What a known wallet proved; null where none was named or it did not match.
    pub(crate) known_wallet: Option<KnownWallet>,
    /// What did not hold, in words: a line each.
    pub(crate) problems: Vec<String>,
}

/// A step of the drill.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Step {
    /// Its name.
    pub(crate) step: &'static str,
    /// `ok`, `failed` or `not done`.
    pub(crate) result: &'static str,
    /// What was compared, why it failed, or which step it needs.
    pub(crate) found: String,
    /// How long it took.
    pub(crate) milliseconds: u64,
}

/// A recovery key.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyName {
    /// `SHA256:` of the SPKI.
    pub(crate) fingerprint: String,
    /// The phrase that people compare.
    pub(crate) short_phrase: String,
}

/// Commitments to records (docs/FORMATS.md, section 27).
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sample {
    /// The algorithms of the shares in each record.
    pub(crate) algorithms: Vec<&'static str>,
    /// The rule that EdDSA shares were derived by.
    pub(crate) eddsa_variant: &'static str,
    /// What the commitments are salted with, in hexadecimal.
    pub(crate) salt: String,
    /// The commitment to all of them, in hexadecimal.
    pub(crate) commitment: String,
    /// The wallets.
    pub(crate) wallets: Vec<SampleWallet>,
}

/// A wallet of a sample.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SampleWallet {
    /// Its id.
    pub(crate) wallet_id: String,
    /// The commitment to its record, in hexadecimal.
    pub(crate) commitment: String,
}

/// How a sample compares with that of an earlier drill.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Comparison {
    /// The name of the earlier report.
    pub(crate) file: String,
    /// Its SHA-256.
    pub(crate) sha256: String,
    /// How many wallets have the same shares.
    pub(crate) equal: u64,
    /// Each wallet of the earlier sample.
    pub(crate) wallets: Vec<ComparedWallet>,
}

/// A wallet of an earlier sample.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComparedWallet {
    /// Its id.
    pub(crate) wallet_id: String,
    /// `equal`, `differs` or `not listed`.
    pub(crate) result: &'static str,
}

/// A wallet whose device share and address are known.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownWallet {
    /// Its id.
    pub(crate) wallet_id: String,
    /// Where its address was found.
    pub(crate) address: Proof,
    /// The keys whose shares made their public keys.
    pub(crate) keys: Vec<ProvedKey>,
    /// Whether wallet seed, master keys and rule of ECDSA shares are proved.
    pub(crate) ecdsa_proved: bool,
    /// The same of EdDSA shares.
    pub(crate) eddsa_proved: bool,
    /// Whether the asset seed is proved, and with it the chain codes of all wallets.
    pub(crate) asset_seed_proved: bool,
}

/// A key whose shares made its public key.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProvedKey {
    /// Its id on the device.
    pub(crate) key_id: String,
    /// Its algorithm.
    pub(crate) algorithm: &'static str,
}

/// `drill`, with the report and the page where they were asked for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Drilled {
    #[serde(flatten)]
    pub(crate) found: Drill,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// What `drill --report` writes, and the page shows.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// What it is.
    pub(crate) report: &'static str,
    /// The version of this form.
    pub(crate) schema_version: u32,
    /// What wrote it.
    pub(crate) tool: Tool,
    /// UTC, RFC 3339.
    pub(crate) date: String,
    /// Whether the clock is before the program was written, so that `date` is wrong.
    pub(crate) clock_before_program: Option<bool>,
    /// When the program was written.
    pub(crate) program_date: Option<String>,
    /// What was in force.
    pub(crate) protection: Protection,
    /// Who ran the drill; null where nobody said.
    pub(crate) operator: Option<String>,
    /// Who watched it.
    pub(crate) witnesses: Vec<String>,
    /// The kit's file name; null where it was invented.
    pub(crate) file: Option<String>,
    #[serde(flatten)]
    pub(crate) found: Drill,
    /// What is odd about the kit.
    pub(crate) warnings: Vec<Warning>,
}

impl Report {
    /// The text of the file.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts, numbers and lists are JSON")
    }
}
