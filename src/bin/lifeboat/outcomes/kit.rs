//! `kit inspect`, `kit verify` with its report, `kit create`, and `workspace`.

use serde::Serialize;

use super::parts::{KitName, Proof, Protection, Recipient, Results, Tool, Warning};

/// What a kit holds; nothing of it is proved.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KitInspect {
    /// The workspace; null where the kit does not name it.
    pub(crate) tenant_id: Option<String>,
    /// The generation of the kit.
    pub(crate) format: &'static str,
    /// The kit's fingerprint.
    pub(crate) sha256: String,
    /// The SHA-256 of the zip file; null for a folder.
    pub(crate) file_sha256: Option<String>,
    /// Fingerprint of the recovery key that the kit names; null where it names none.
    pub(crate) made_for: Option<String>,
    /// The workspace's own keys.
    pub(crate) keys: Vec<InspectedKey>,
    /// What every server share comes from.
    pub(crate) master_keys: Vec<InspectedMaster>,
    /// Every file of the kit.
    pub(crate) entries: Vec<Entry>,
}

/// A key of the workspace, as the kit describes it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct InspectedKey {
    /// Its id.
    pub(crate) key_id: String,
    /// Its algorithm.
    pub(crate) algorithm: &'static str,
    /// The public key in hexadecimal.
    pub(crate) public_key: String,
    /// Its keyset.
    pub(crate) keyset_id: u32,
    /// The first vault account it serves; null where it serves none.
    pub(crate) min_account: Option<u32>,
    /// How many of its shares are in the kit.
    pub(crate) cosigner_shares: usize,
}

/// A master key of wallets.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct InspectedMaster {
    /// Its id.
    pub(crate) key_id: String,
    /// Its type.
    pub(crate) r#type: &'static str,
    /// Its cosigners.
    pub(crate) cosigners: Vec<Cosigner>,
}

/// A cosigner.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cosigner {
    /// Its id.
    pub(crate) id: String,
    /// `cloud` or `mobile`.
    pub(crate) r#type: &'static str,
    /// Whether its key is in the kit.
    pub(crate) present: bool,
}

/// A file of the kit.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: &'static str,
    /// Its size in bytes.
    pub(crate) size: u64,
}

/// What was verified.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct KitVerify {
    /// Which kit it was.
    pub(crate) kit: KitName,
    /// Fingerprint of the recovery key.
    pub(crate) key: String,
    /// Every check.
    pub(crate) checks: Vec<Check>,
    /// Each verified key.
    pub(crate) keys: Vec<WorkspaceKey>,
    /// Whether an address proved every chain code.
    pub(crate) chain_code_proved: bool,
    /// False where the kit has wallets: only their addresses prove it. Null otherwise.
    pub(crate) asset_seed_proved: Option<bool>,
}

/// One check.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Check {
    /// What was looked at.
    pub(crate) check: &'static str,
    /// Of which entry or key.
    pub(crate) subject: String,
    /// `ok`, `failed` or `skipped`.
    pub(crate) result: &'static str,
    /// Why it failed or was skipped.
    pub(crate) why: Option<String>,
}

/// A verified key of the workspace.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkspaceKey {
    /// Its id.
    pub(crate) key_id: String,
    /// Its algorithm.
    pub(crate) algorithm: &'static str,
    /// Its keyset.
    pub(crate) keyset_id: u32,
    /// The first vault account it serves; null where it serves none.
    pub(crate) min_account: Option<u32>,
    /// The public key in hexadecimal.
    pub(crate) public_key: String,
    /// The extended public key.
    pub(crate) extended_public_key: String,
    /// Whether an address proved the chain code.
    pub(crate) chain_code_proved: bool,
    /// Which address.
    pub(crate) chain_code_proof: Option<Proof>,
}

/// `kit verify`, with the report if one was asked for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verified {
    #[serde(flatten)]
    pub(crate) found: KitVerify,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// A kit that was made.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Created {
    /// Which kit it is.
    pub(crate) kit: KitName,
    /// The generation of the kit.
    pub(crate) format: &'static str,
    /// The recovery key that it was made for.
    pub(crate) made_for: Recipient,
    /// The workspace's keys, as its secrets make them.
    pub(crate) keys: Vec<CreatedKey>,
    /// How many cloud cosigners have a master key of end-user wallets in it; 0 without a wallet master.
    pub(crate) wallet_cosigners: usize,
    /// How many wallet ids were invented.
    pub(crate) wallets: u32,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// A key of a workspace that a kit was made of.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedKey {
    /// Its id.
    pub(crate) key_id: String,
    /// Its algorithm.
    pub(crate) algorithm: &'static str,
    /// The public key in hexadecimal.
    pub(crate) public_key: String,
    /// The extended public key.
    pub(crate) extended_public_key: String,
}

/// The evidence that `kit verify --report` writes.
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
    /// Whether no check failed.
    pub(crate) held: bool,
    /// The kit's file name.
    pub(crate) file: Option<String>,
    #[serde(flatten)]
    pub(crate) found: KitVerify,
    /// What is odd about the kit.
    pub(crate) warnings: Vec<Warning>,
}

/// The workspace's own keys.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Workspace {
    /// Which kit it was.
    pub(crate) kit: KitName,
    /// The keys, their public side.
    pub(crate) keys: Vec<WorkspaceKey>,
    /// Whether an address proved every chain code.
    pub(crate) chain_code_proved: bool,
    /// Whether the private keys are in a file under a passphrase.
    pub(crate) locked: bool,
    #[serde(flatten)]
    pub(crate) files: Results,
}

impl Report {
    /// The text of the file.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts, numbers and lists are JSON")
    }
}
