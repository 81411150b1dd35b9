//! What an address stands for, whatever chain wrote it (FORMATS.md §18).

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};

use super::address::{account_of, taproot_key, ton_state};
use crate::{
    crypto::{
        curve::PublicKey,
        hash::{blake2b_160, blake2b_224, hash160},
    },
    formats::encoding::base58::check_decode,
};

/// What an address stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The bytes, and how a key leads to them.
    pub value: Value,
    /// The form, where it is not the one that the chain's addresses have.
    pub form: Option<String>,
    /// The hash of the stake key in a base address of Cardano.
    pub stake: Option<Vec<u8>>,
}

/// How bytes follow from a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// HASH160 of the key.
    KeyHash(Vec<u8>),
    /// The same in a segwit address.
    WitnessHash(Vec<u8>),
    /// HASH160 of the witness script.
    ScriptHash(Vec<u8>),
    /// The tweaked key of taproot.
    Taproot(Vec<u8>),
    /// Ethereum's account.
    Account(Vec<u8>),
    /// The key.
    Key(Vec<u8>),
    /// BLAKE2b-160: Tezos.
    Blake160(Vec<u8>),
    /// BLAKE2b-224 of the payment key.
    PaymentHash(Vec<u8>),
    /// BLAKE2b-224 of the stake key.
    StakeHash(Vec<u8>),
    /// The hash of the wallet contract's initial state.
    TonState(Vec<u8>),
    /// What no key by itself spends: a script, a version of segwit that is not used yet.
    NoKey(Vec<u8>),
}

impl Value {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &Vec<u8> {
        match self {
            Self::KeyHash(bytes)
            | Self::WitnessHash(bytes)
            | Self::ScriptHash(bytes)
            | Self::Taproot(bytes)
            | Self::Account(bytes)
            | Self::Key(bytes)
            | Self::Blake160(bytes)
            | Self::PaymentHash(bytes)
            | Self::StakeHash(bytes)
            | Self::TonState(bytes)
            | Self::NoKey(bytes) => bytes,
        }
    }

    /// The bytes of this kind that a key leads to.
    #[must_use]
    pub fn of(&self, key: &PublicKey) -> Option<Vec<u8>> {
        let bytes = key.as_bytes();
        Some(match self {
            Self::KeyHash(_) | Self::WitnessHash(_) => hash160(bytes).to_vec(),
            Self::ScriptHash(_) => {
                hash160(&[&[0, 20], hash160(bytes).as_slice()].concat()).to_vec()
            }
            Self::Taproot(_) => taproot_key(key)?.to_vec(),
            Self::Account(_) => account_of(key)?.to_vec(),
            Self::Key(_) => bytes.to_vec(),
            Self::Blake160(_) => blake2b_160(bytes).to_vec(),
            Self::PaymentHash(_) | Self::StakeHash(_) => blake2b_224(bytes).to_vec(),
            Self::TonState(_) => ton_state(bytes).to_vec(),
            Self::NoKey(_) => return None,
        })
    }
}

/// Why a text is no address of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It has the form, but its checksum does not hold.
    Damaged(&'static str),
    /// A name, which the network keeps.
    Name(&'static str),
    /// It has another form.
    OtherShape,
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

pub(super) const CHECKSUM: Fault = Fault::Damaged("its checksum does not hold");

pub(super) fn usual(value: Value) -> Result<Decoded> {
    Ok(Decoded {
        value,
        form: None,
        stake: None,
    })
}

pub(super) fn other(value: Value, form: impl Into<String>) -> Result<Decoded> {
    Ok(Decoded {
        value,
        form: Some(form.into()),
        stake: None,
    })
}

/// Hex with or without `0x`.
pub(super) fn hex_of(text: &str, length: usize) -> Option<Vec<u8>> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    hex::decode(digits)
        .ok()
        .filter(|bytes| bytes.len() == length)
}

/// A public key as explorers, node software and programs show it beside the address, and the name of that form: hex,
/// base64, or a JSON array of its bytes.
pub(super) fn written_key(text: &str, length: usize) -> Option<(Vec<u8>, &'static str)> {
    if let Some(key) = hex_of(text, length) {
        return Some((key, "the public key in hex"));
    }

    if text.starts_with('[') {
        let bytes: Vec<u8> = serde_json::from_str(text).ok()?;
        return (bytes.len() == length).then_some((bytes, "the public key as a list of bytes"));
    }
    let digits = text.trim_end_matches('=');
    let key = Base64Unpadded::decode_vec(digits)
        .or_else(|_| Base64UrlUnpadded::decode_vec(digits))
        .ok()?;
    (key.len() == length).then_some((key, "the public key in base64"))
}

/// The same where the address of a chain is the key itself.
pub(super) fn other_key(text: &str) -> Option<Result<Decoded>> {
    let (key, form) = written_key(text, 32)?;
    Some(other(Value::Key(key), form))
}

pub(super) fn hex_key(text: &str) -> Result<Decoded> {
    let key = hex_of(text, 32).or_else(|| hex_of(text, 33));
    other(
        Value::Key(key.ok_or(Fault::OtherShape)?),
        "the public key in hex",
    )
}

/// Base58Check with this version before `length` bytes.
pub(super) fn base58(text: &str, version: &[u8], length: usize) -> Option<Vec<u8>> {
    let payload = check_decode(text)?;
    payload
        .strip_prefix(version)
        .filter(|rest| rest.len() == length)
        .map(<[u8]>::to_vec)
}

/// Whether a text has the letters and the length of a Base58Check address, whatever its checksum.
fn looks_base58(text: &str) -> bool {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    !is_hex
        && (25..=36).contains(&text.len())
        && bs58::decode(text)
            .into_vec()
            .is_ok_and(|bytes| matches!(bytes.len(), 24..=27))
}

/// What is wrong with a text that is no Base58Check address of a chain.
pub(super) fn shape_of_base58(text: &str) -> Result<Decoded> {
    Err(if check_decode(text).is_none() && looks_base58(text) {
        CHECKSUM
    } else {
        Fault::OtherShape
    })
}
