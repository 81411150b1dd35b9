//! What a signature covers: a prepared transaction, hashed as its chain does (FORMATS.md §19).
//!
//! A signature of the wrong bytes is taken by no node, and nobody sees why. So what cannot be the thing that a chain signs
//! is refused: a whole transaction where its message is signed, a body without the bytes that belong before it.

use super::shapes::{
    TezosError, is_bitcoin_transaction, is_cosmos_transaction, is_json, is_psbt,
    is_signed_ethereum, is_solana_transaction, is_spaced_json, tezos_fault,
};
use super::table::{AddressForm, Chain, Covers, MessageHash, Script};
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

    refuse_other_things(chain, message)?;
    Ok(match chain.covers {
        Covers::Message => Covered {
            note: note_of_message(chain, message),
            ..itself(message)
        },
        Covers::ShortMessage if message.len() <= SHORT => itself(message),
        Covers::ShortMessage => hashed(MessageHash::Blake2b256, message),
        Covers::Hash(hash) => Covered {
            is_text: prefix_of(chain).is_some_and(|prefix| message.starts_with(prefix.start())),
            note: note_of_hash(chain, message),
            ..hashed(hash, message)
        },
        Covers::DigestOnly if chain.form == AddressForm::Raw => {
            return Err(not_signed(
                "a path without a chain does not say how the message is hashed",
                "hash it as the chain does and give the 32 bytes with `--prehashed`, or say `--chain`",
            ));
        }
        Covers::DigestOnly => {
            return Err(not_signed(
                &format!("{} bytes, where the 32-byte hash is signed", message.len()),
                "give the hash with `--prehashed`: `ton` signs the hash of the message's cell (`cell.hash()`)",
            ));
        }
    })
}

fn not_signed(what: &str, give: &'static str) -> PreparedError {
    PreparedError::NotSigned {
        what: what.to_owned(),
        give,
    }
}

/// Refuses what is certainly another thing than the chain signs.
fn refuse_other_things(chain: &Chain, message: &[u8]) -> Result<(), PreparedError> {
    let fault = match chain.form {
        AddressForm::Solana if is_solana_transaction(message) => Some((
            "a whole Solana transaction with its signatures or room for them, where its message is signed",
            "give the message alone: `transaction.serializeMessage()` or `transaction.message.serialize()`",
        )),
        AddressForm::Stellar if is_stellar_envelope(message) => Some((
            "a Stellar transaction envelope, where the signature base is signed, which names the network",
            "give `signatureBase()`, or `hash()` with `--prehashed`",
        )),
        AddressForm::Algorand if matches!(message.first(), Some(0x80..=0x8f | 0xde | 0xdf)) => {
            Some((
                "an Algorand transaction without the letters `TX` before it",
                "give `bytesToSign()`: `TX` and the msgpack bytes",
            ))
        }
        AddressForm::Tezos if !matches!(message.first(), Some(3 | 5)) => Some((
            "Tezos signs an operation behind the byte 03 (or packed data, which begins with 05), and this begins with another",
            "put the byte 03 before the forged operation",
        )),
        AddressForm::Cardano(..) if matches!(message.first(), Some(0x83 | 0x84)) => Some((
            "a whole Cardano transaction, where the hash of its body is signed",
            "give the body alone, or its hash (the transaction id) with `--prehashed`",
        )),
        AddressForm::Ripple if message.starts_with(&[0x12, 0x00]) => Some((
            "an XRP transaction without the four bytes `STX` 00 before it",
            "give `encodeForSigning(transaction)`",
        )),
        AddressForm::Ton(_) if message.starts_with(&[0xb5, 0xee, 0x9c, 0x72]) => Some((
            "a bag of cells, where the hash of the message's cell is signed",
            "give `cell.hash()` with `--prehashed`",
        )),
        _ => unsignable(chain, message),
    };
    fault.map_or(Ok(()), |(what, give)| Err(not_signed(what, give)))
}

/// The same for chains that take more than one thing for another.
fn unsignable(chain: &Chain, message: &[u8]) -> Option<(&'static str, &'static str)> {
    Some(match chain.form {
        AddressForm::Ethereum if is_json(message) => (
            "JSON, where the bytes of the unsigned transaction are signed",
            "give the serialized unsigned transaction; of typed data give its hash (EIP-712) with `--prehashed`",
        ),
        AddressForm::Ethereum if is_signed_ethereum(message) => (
            "a transaction that has its signature already, where the unsigned one is signed",
            "give the unsigned transaction: `unsignedSerialized`, or the same fields without v, r and s",
        ),
        AddressForm::Tron if is_json(message) => (
            "JSON, where the bytes of `raw_data` are signed",
            "give the field `raw_data_hex` alone, with `--message-encoding hex`, or `txID` with `--prehashed`",
        ),
        AddressForm::Cosmos(_) if is_cosmos_transaction(message) => (
            "a transaction in JSON, where the sign doc is signed, which names the chain and the account number",
            "give the bytes of the sign doc (`makeSignBytes`), or their SHA-256 with `--prehashed`",
        ),
        AddressForm::Cosmos(_) if is_spaced_json(message) => (
            "a JSON sign doc with line ends or blanks around it, which nodes do not sign with",
            "give it on one line without a line end: sorted and compact, as `serializeSignDoc` writes it",
        ),
        AddressForm::Bitcoin(_) | AddressForm::CashAddr { .. } if is_psbt(message) => (
            "a PSBT, which holds a transaction and is not signed itself",
            "give the sighash of the input with `--prehashed`, or its preimage",
        ),
        AddressForm::Bitcoin(_) | AddressForm::CashAddr { .. }
            if is_bitcoin_transaction(message) =>
        {
            (
                "a whole transaction, where the sighash of an input is signed",
                "give the sighash of the input with `--prehashed`, or its preimage",
            )
        }
        AddressForm::Tezos => return unsignable_operation(message),
        _ => return None,
    })
}

fn unsignable_operation(message: &[u8]) -> Option<(&'static str, &'static str)> {
    Some(match tezos_fault(message)? {
        TezosError::Alone => (
            "a forged Tezos operation whose branch happens to begin with 03 or 05, without the byte 03 before it",
            "put the byte 03 before the forged operation",
        ),
        TezosError::Twice => (
            "a forged Tezos operation with the byte 03 before it twice",
            "put the byte 03 before the forged operation once",
        ),
    })
}

/// The type of an envelope, then of a key or a fee source.
fn is_stellar_envelope(message: &[u8]) -> bool {
    matches!(
        message.first_chunk::<8>(),
        Some([0, 0, 0, 0 | 2 | 5, 0, 0, 0 | 1, 0])
    )
}

fn note_of_message(chain: &Chain, message: &[u8]) -> Option<&'static str> {
    let known = [b"TX".as_slice(), b"MX", b"Program", b"arc"];
    let is_algorand = chain.form == AddressForm::Algorand;
    (is_algorand && !known.iter().any(|start| message.starts_with(start)))
        .then_some("the message does not begin with `TX` as Algorand transactions do, nor with `MX` as its messages do")
}

fn note_of_hash(chain: &Chain, message: &[u8]) -> Option<&'static str> {
    const PUBLIC: &str = "Public Global Stellar Network ; September 2015";
    const TEST: &str = "Test SDF Network ; September 2015";
    if chain.form == AddressForm::Stellar {
        let is_known = [PUBLIC, TEST]
            .iter()
            .any(|network| message.starts_with(&sha256(network.as_bytes())));
        return (!is_known).then_some(
            "the message does not begin with the id of Stellar's public or test network",
        );
    }
    (message.len() == 32).then_some(
        "the message has 32 bytes and was hashed: if it is a digest already, say `--prehashed`",
    )
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
        let hash = match chain.form {
            AddressForm::Ethereum | AddressForm::Tron => MessageHash::Keccak256,
            _ => MessageHash::DoubleSha256,
        };
        return Ok(Covered {
            is_text: true,
            ..hashed(hash, &prefix.before(message))
        });
    }

    let wrapped = match chain.form {
        AddressForm::Solana => message.to_vec(),
        AddressForm::Algorand => [b"MX", message].concat(),
        AddressForm::Substrate(_) => [b"<Bytes>", message, b"</Bytes>"].concat(),
        _ => return Err(PreparedError::NoText(chain.name)),
    };
    Ok(Covered {
        is_text: true,
        ..if wrapped.len() > SHORT && matches!(chain.form, AddressForm::Substrate(_)) {
            hashed(MessageHash::Blake2b256, &wrapped)
        } else {
            itself(&wrapped)
        }
    })
}
