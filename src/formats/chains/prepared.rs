//! What a signature covers: a prepared transaction, hashed as its chain does (FORMATS.md §19).
//!
//! A signature of the wrong bytes is taken by no node, and nobody sees why. So nothing is signed but what has the shape of
//! what the chain signs. What has another one is given by its hash, or signed with the bare key of its curve.

use super::{
    shapes::substrate::{is_wrapped, wrapped},
    signable::signable,
    table::{AddressForm, Chain, Covers, MessageHash, Script},
};
use crate::crypto::hash::{blake2b_256, double_sha256, keccak256, sha256, sha512_half};

/// Bytes up to which Polkadot signs a payload itself.
const SHORT: usize = 256;

/// What a person hands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// The prepared transaction.
    Transaction,
    /// A message for people to read, which the chain's wallets put a prefix before.
    Text,
    /// The 32 bytes that are signed.
    Digest,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// The bytes that the signature covers.
    pub bytes: Vec<u8>,
    /// How they came from the message; `None` where they are the message or were handed in.
    pub hash: Option<&'static str>,
    /// Whether it is a text message, which has its own forms of signatures.
    pub is_text: bool,
    /// What a person has to know about it.
    pub note: Option<&'static str>,
}

/// Why something is not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PreparedError {
    /// A digest of another length.
    #[error("the digest has {0} bytes, expected 32")]
    DigestLength(usize),
    /// Not what the chain signs.
    #[error("{what}")]
    NotSigned {
        /// What it is.
        what: String,
        /// What to give.
        give: &'static str,
    },
    /// The chain has no form of signed text messages, or not one that is made here.
    #[error("signed text messages of `{0}` are not made here")]
    NoText(&'static str),
    /// Taproot signs text messages as witnesses of a transaction (BIP 322).
    #[error("signed text messages of taproot addresses are not made here")]
    TaprootText,
    /// The message has the prefix already.
    #[error("the message already begins with the prefix of signed messages")]
    Prefixed,
}

/// What a signature of `message` covers.
///
/// # Errors
/// [`PreparedError`].
pub fn cover(
    chain: &'static Chain,
    script: Option<Script>,
    message: &[u8],
    handed: Handed,
) -> Result<Covered, PreparedError> {
    match handed {
        Handed::Digest => digest(message),
        Handed::Text if script == Some(Script::P2tr) => Err(PreparedError::TaprootText),
        Handed::Text => text(chain, message),
        Handed::Transaction => transaction(chain, script, message),
    }
}

fn digest(message: &[u8]) -> Result<Covered, PreparedError> {
    if message.len() != 32 {
        return Err(PreparedError::DigestLength(message.len()));
    }
    Ok(Covered {
        bytes: message.to_vec(),
        hash: None,
        is_text: false,
        note: None,
    })
}

fn hashed(hash: MessageHash, message: &[u8]) -> Covered {
    let digest = match hash {
        MessageHash::Sha256 => sha256(message),
        MessageHash::DoubleSha256 => double_sha256(message),
        MessageHash::Keccak256 => keccak256(message),
        MessageHash::Sha512Half => sha512_half(message),
        MessageHash::Blake2b256 => blake2b_256(message),
    };
    Covered {
        bytes: digest.to_vec(),
        hash: Some(hash.name()),
        is_text: false,
        note: None,
    }
}

fn itself(message: &[u8]) -> Covered {
    Covered {
        bytes: message.to_vec(),
        hash: None,
        is_text: false,
        note: None,
    }
}

fn transaction(
    chain: &'static Chain,
    script: Option<Script>,
    message: &[u8],
) -> Result<Covered, PreparedError> {
    if script == Some(Script::P2tr) {
        return Err(not_signed(
            "a taproot signature covers the sighash, which has 32 bytes",
            "give the sighash (BIP 341) with `--prehashed`",
        ));
    }
    // No transaction of the chains that sign a hash with Ed25519 has 32 bytes: they name accounts or inputs of 32 bytes and
    // more. So this is the hash.
    let is_hash = message.len() == 32
        && chain.curve() == crate::crypto::curve::Curve::Ed25519
        && matches!(chain.covers, Covers::Hash(_) | Covers::DigestOnly);
    if is_hash {
        return Ok(Covered {
            note: Some(
                "32 bytes are no transaction: they were taken for its hash and signed as they are",
            ),
            ..itself(message)
        });
    }

    if let Some(covered) = marked_text(chain, message) {
        return covered;
    }
    if chain.covers == Covers::DigestOnly && chain.form == AddressForm::Raw {
        return Err(not_signed(
            "a path without a chain does not say how the message is hashed",
            "hash it as the chain does and give the 32 bytes with `--prehashed`, or say `--chain`",
        ));
    }
    if chain.covers == Covers::DigestOnly && matches!(chain.form, AddressForm::Bitcoin(_)) {
        return Err(not_signed(
            &format!(
                "{} bytes, where the 32-byte sighash is signed: only the software that prepares the transaction can make it",
                message.len()
            ),
            "give the sighash of the input (ZIP 243, ZIP 244) with `--prehashed`; text: `--text-message`",
        ));
    }

    let signable = signable(chain, script, message)
        .map_err(|(what, give)| PreparedError::NotSigned { what, give })?;
    let bytes = signable.bytes.as_ref();
    let is_short = bytes.len() <= SHORT || is_wrapped(bytes);
    let covered = match chain.covers {
        Covers::ShortMessage if !is_short => hashed(MessageHash::Blake2b256, bytes),
        Covers::Hash(hash) => hashed(hash, bytes),
        _ => itself(bytes),
    };
    Ok(Covered {
        note: signable.note,
        ..covered
    })
}

fn not_signed(what: &str, give: &'static str) -> PreparedError {
    PreparedError::NotSigned {
        what: what.to_owned(),
        give,
    }
}

/// A text that has its chain's prefix already, and its right length: hashed as texts are. `None` without a prefix.
fn marked_text(chain: &Chain, message: &[u8]) -> Option<Result<Covered, PreparedError>> {
    let prefix = prefix_of(chain)?;
    message.strip_prefix(prefix.start())?;
    let is_right = (0..=9).any(|digits| {
        let text = message.get(prefix.start().len() + digits..);
        text.is_some_and(|text| prefix.before(text) == message)
    });
    Some(if is_right {
        Ok(Covered {
            is_text: true,
            ..hashed(text_hash(chain), message)
        })
    } else {
        Err(not_signed(
            "the prefix of signed messages with another length than the text behind it has",
            "give the text alone, with `--text-message`",
        ))
    })
}

fn text_hash(chain: &Chain) -> MessageHash {
    match chain.form {
        AddressForm::Ethereum | AddressForm::Tron => MessageHash::Keccak256,
        _ => MessageHash::DoubleSha256,
    }
}

/// How a chain's wallets mark text messages.
enum Prefix {
    /// This, and the length in decimal digits (EIP-191).
    Decimal(&'static [u8]),
    /// This, and the length as a compact integer.
    Compact(&'static [u8]),
}

impl Prefix {
    fn start(&self) -> &'static [u8] {
        match self {
            Self::Decimal(start) | Self::Compact(start) => start,
        }
    }

    fn before(&self, message: &[u8]) -> Vec<u8> {
        let length = match self {
            Self::Decimal(_) => message.len().to_string().into_bytes(),
            Self::Compact(_) => compact(message.len()),
        };
        [self.start(), &length, message].concat()
    }
}

fn prefix_of(chain: &Chain) -> Option<Prefix> {
    Some(match (chain.form, chain.name.trim_end_matches("-test")) {
        (AddressForm::Ethereum, _) => Prefix::Decimal(b"\x19Ethereum Signed Message:\n"),
        (AddressForm::Tron, _) => Prefix::Decimal(b"\x19TRON Signed Message:\n"),
        (_, "btc" | "bch" | "bsv") => Prefix::Compact(b"\x18Bitcoin Signed Message:\n"),
        (_, "ltc") => Prefix::Compact(b"\x19Litecoin Signed Message:\n"),
        (_, "doge") => Prefix::Compact(b"\x19Dogecoin Signed Message:\n"),
        (_, "dash") => Prefix::Compact(b"\x19DarkCoin Signed Message:\n"),
        (_, "zec") => Prefix::Compact(b"\x16Zcash Signed Message:\n"),
        _ => return None,
    })
}

fn compact(length: usize) -> Vec<u8> {
    match u64::try_from(length).unwrap_or(u64::MAX) {
        short @ 0..=0xfc => vec![short.to_le_bytes()[0]],
        middle @ 0xfd..=0xffff => [&[0xfd], &middle.to_le_bytes()[..2]].concat(),
        long => [&[0xfe], &long.to_le_bytes()[..4]].concat(),
    }
}

fn text(chain: &'static Chain, message: &[u8]) -> Result<Covered, PreparedError> {
    if let Some(prefix) = prefix_of(chain) {
        if message.starts_with(prefix.start()) {
            return Err(PreparedError::Prefixed);
        }
        return Ok(Covered {
            is_text: true,
            ..hashed(text_hash(chain), &prefix.before(message))
        });
    }

    let marked = match chain.form {
        AddressForm::Solana => message.to_vec(),
        AddressForm::Algorand => [b"MX", message].concat(),
        // Its wallets sign a text as it is, however long, and wrap none that is wrapped already.
        AddressForm::Substrate(_) => wrapped(message),
        _ => return Err(PreparedError::NoText(chain.name)),
    };
    Ok(Covered {
        is_text: true,
        ..itself(&marked)
    })
}
