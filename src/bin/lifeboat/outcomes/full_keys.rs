//! Full keys: `takeover`, `export`, `sign`.

use serde::Serialize;

use super::parts::{FailedRecord, MissingZeros, Proof, Recipient, Results};

/// A key that was put together; its public key matches.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct TakenKey {
    /// Its id.
    pub(crate) key_id: String,
    /// Its algorithm.
    pub(crate) algorithm: &'static str,
    /// The extended public key.
    pub(crate) public_key: String,
    /// Whether an address proved the chain code.
    pub(crate) chain_code_proved: bool,
    /// Which address.
    pub(crate) chain_code_proof: Option<Proof>,
}

/// One wallet was taken over.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct TakenOver {
    /// The wallet.
    pub(crate) wallet_id: String,
    /// Its keys, their public side.
    pub(crate) keys: Vec<TakenKey>,
    /// Whether an address proved the chain code.
    pub(crate) chain_code_proved: bool,
    /// Shares that lacked their leading zeros, which were put back.
    pub(crate) repaired: Vec<MissingZeros>,
    #[serde(flatten)]
    pub(crate) kept: Kept,
}

/// Where the private keys are.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kept {
    /// Whether they are in a file under a passphrase.
    pub(crate) locked: bool,
    /// Whether they are sealed.
    pub(crate) sealed: bool,
    /// To whom.
    pub(crate) sealed_to: Vec<Recipient>,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// The wallets of a list were taken over.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AllTakenOver {
    /// Those that were.
    pub(crate) wallets: Vec<TakenWallet>,
    /// Whether an address proved the chain code of each.
    pub(crate) chain_code_proved: bool,
    /// Those that were not.
    pub(crate) failed: Vec<FailedRecord>,
    #[serde(flatten)]
    pub(crate) kept: Kept,
}

/// A wallet of the list.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct TakenWallet {
    /// The wallet.
    pub(crate) wallet_id: String,
    /// Its keys, their public side.
    pub(crate) keys: Vec<TakenKey>,
    /// Whether an address proved the chain code.
    pub(crate) chain_code_proved: bool,
}

/// The keys of chains, their public side.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exported {
    /// The keys.
    pub(crate) keys: Vec<ExportedKey>,
    /// Whether addresses were expected, and found.
    pub(crate) compared: bool,
    /// Where an expected address is the same in another form.
    pub(crate) other_forms: Vec<String>,
    /// Rows of the list of addresses that are about other keys.
    pub(crate) other_rows: u64,
    #[serde(flatten)]
    pub(crate) files: Results,
}

/// A key of a chain.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportedKey {
    /// The wallet.
    pub(crate) wallet_id: Option<String>,
    /// Portal's client.
    pub(crate) client_id: Option<String>,
    /// The workspace's keyset.
    pub(crate) keyset_id: Option<u32>,
    /// The chain.
    pub(crate) chain: &'static str,
    /// Where the key is.
    pub(crate) path: String,
    /// The public key in hexadecimal.
    pub(crate) public_key: String,
    /// Its address.
    pub(crate) address: String,
    /// Which kind of address, where the chain has several.
    pub(crate) address_type: Option<&'static str>,
}

/// A message was signed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signed {
    /// The chain.
    pub(crate) chain: &'static str,
    /// Where the key is.
    pub(crate) path: String,
    /// The workspace's keyset.
    pub(crate) keyset_id: Option<u32>,
    /// The public key in hexadecimal.
    pub(crate) public_key: String,
    /// Its address.
    pub(crate) address: String,
    /// The scheme of the signature.
    pub(crate) scheme: &'static str,
    /// The size of what was handed in.
    pub(crate) message_bytes: usize,
    /// Its SHA-256.
    pub(crate) message_sha256: String,
    /// How the message was hashed; null where it was not.
    pub(crate) hash: Option<&'static str>,
    /// The 32 bytes that were signed; null where it was something else.
    pub(crate) digest: Option<String>,
    /// The signature.
    pub(crate) signature: String,
    /// The recovery id of ECDSA.
    pub(crate) recovery_id: Option<u8>,
    #[serde(flatten)]
    pub(crate) files: Results,
}
