//! What can be typed about the keys of chains: exporting them, signing with them.

use clap::{ValueEnum, builder::PossibleValuesParser};
use lifeboat::{
    crypto::{curve::Curve, hd::HARDENED},
    formats::{
        chains::{
            export_file::ExportFormat,
            names::is_like_ethereum,
            table::{CHAINS, Chain, SCRIPTS, Script},
        },
        full_key::key_path::KeyPath,
    },
    operations::export::Place,
};

use crate::args::{
    passphrases::{FullKeysPassphrase, KeystorePassphrase},
    paths::{InputPath, OutputFile, OutputFolder},
};

/// The full keys and how to open them.
#[derive(clap::Args)]
pub(crate) struct FullKeysArgs {
    /// The keys: a result of `takeover`, `workspace` or `portal eject`, or a file with an xprv, xpub, fprv or fpub, or with
    /// one ejected key
    #[arg(value_name = "FULLKEYS")]
    pub(crate) full_keys: InputPath,
    #[command(flatten)]
    pub(crate) passphrase: FullKeysPassphrase,
    /// Take the keys of this wallet only
    #[arg(long, value_name = "ID")]
    pub(crate) wallet: Option<String>,
    /// Take the keys of this Portal client only
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<String>,
    /// Take the workspace's keys of this keyset [default: the last that serves the account]
    #[arg(long, value_name = "N")]
    pub(crate) keyset: Option<u32>,
}

/// Where keys are below their root.
#[derive(clap::Args)]
pub(crate) struct PlaceArgs {
    /// Account index
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = level())]
    pub(crate) account: u32,
    /// Change index of the path: 0 or 1
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = level())]
    pub(crate) change: u32,
    /// The coin number, where it is not the chain's own [default: for `xlm` 146 in a workspace; else 148, and 146 as well]
    #[arg(long, value_name = "N", value_parser = level())]
    pub(crate) coin: Option<u32>,
    /// The whole path, such as `m/44/60/0/0/7`, in place of account, branch, coin number and index
    #[arg(long, value_name = "PATH", conflicts_with_all = ["account", "change", "coin", "index"], value_parser = path)]
    pub(crate) path: Option<KeyPath>,
}

impl PlaceArgs {
    pub(crate) fn place(&self, indexes: (u32, u32)) -> Place {
        match &self.path {
            Some(path) => Place::Exactly(path.clone()),
            None => Place::Asset {
                coin: self.coin,
                account: self.account,
                change: self.change,
                indexes,
            },
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) keys: FullKeysArgs,
    /// The chains, with commas between
    #[arg(long, value_name = "CHAIN", value_delimiter = ',', required_unless_present = "curve", value_parser = chain)]
    pub(crate) chain: Vec<&'static Chain>,
    /// Give the bare keys of this curve, for a chain that is not known here; `--path` says where
    #[arg(
        long,
        value_name = "CURVE",
        requires = "path",
        conflicts_with = "chain",
        value_enum
    )]
    pub(crate) curve: Option<CurveName>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Address index, or the first and last of several: `0..9` is ten addresses
    #[arg(long, value_name = "N|A..B", default_value = "0", value_parser = indexes)]
    pub(crate) index: (u32, u32),
    /// The kind of address, on chains that have several [default: p2wpkh where the chain has it; both of Cardano's]
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub(crate) address_type: Option<String>,
    /// Write the keys to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: OutputFile,
    /// Output format
    #[arg(long, value_enum, default_value_t = Layout::Table)]
    pub(crate) format: Layout,
    /// Give the private keys too, unencrypted, in the form that each chain's wallets take
    #[arg(long, alias = "reveal")]
    pub(crate) private_keys: bool,
    /// Find the key of this address, in whatever form it is written; exit status 3 when no key asked for has it
    #[arg(long, value_name = "ADDRESS", conflicts_with = "expect_file")]
    pub(crate) expect: Option<String>,
    /// Compare with this CSV: columns `chain`, `path`, `address`, or the provider's console's list; exit status 3 when a row
    /// differs
    #[arg(long, value_name = "CSV")]
    pub(crate) expect_file: Option<InputPath>,
    /// Write an Ethereum V3 keystore for each key of an Ethereum-like chain into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) keystore_dir: Option<OutputFolder>,
    #[command(flatten)]
    pub(crate) keystore_passphrase: KeystorePassphrase,
    /// Accept a passphrase of fewer than 12 characters
    #[arg(long)]
    pub(crate) allow_weak_passphrase: bool,
}

impl Export {
    pub(crate) fn script(&self) -> Option<Script> {
        self.address_type.as_deref().and_then(Script::from_name)
    }

    /// The chains asked for, each once.
    pub(crate) fn chains(&self) -> Vec<&'static Chain> {
        if let Some(curve) = self.curve {
            return vec![Chain::bare(curve.curve())];
        }
        let mut chains: Vec<&'static Chain> = Vec::new();
        for chain in &self.chain {
            if !chains.contains(chain) {
                chains.push(chain);
            }
        }
        chains
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CurveName {
    /// The curve of ECDSA keys
    Secp256k1,
    /// The curve of EdDSA keys
    Ed25519,
}

impl CurveName {
    pub(crate) fn curve(self) -> Curve {
        match self {
            Self::Secp256k1 => Curve::Secp256k1,
            Self::Ed25519 => Curve::Ed25519,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// Lines for people
    Table,
    /// An array of objects
    Json,
    /// One row per key
    Csv,
}

impl From<Layout> for ExportFormat {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Table => Self::Table,
            Layout::Json => Self::Json,
            Layout::Csv => Self::Csv,
        }
    }
}

#[derive(clap::Args)]
#[command(after_help = WHAT_IS_SIGNED)]
pub(crate) struct Sign {
    #[command(flatten)]
    pub(crate) keys: FullKeysArgs,
    /// The prepared transaction, as its chain signs it: see the list below (`-`: standard input)
    #[arg(value_name = "FILE")]
    pub(crate) message: InputPath,
    /// The chain
    #[arg(long, value_name = "CHAIN", required_unless_present = "curve", value_parser = chain)]
    pub(crate) chain: Option<&'static Chain>,
    /// Sign with the bare key of this curve, for a chain that is not known here; `--path` says where
    #[arg(
        long,
        value_name = "CURVE",
        requires = "path",
        conflicts_with = "chain",
        value_enum
    )]
    pub(crate) curve: Option<CurveName>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Address index
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = level())]
    pub(crate) index: u32,
    /// The kind of address that is spent from or signed for: `p2tr` signs as taproot does (BIP 340)
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub(crate) address_type: Option<String>,
    /// Encoding of the message file [default: raw, but a file of nothing but hex, base64 or base58 is refused]
    #[arg(long, value_enum)]
    pub(crate) message_encoding: Option<MessageEncoding>,
    /// The file holds the 32 bytes to sign, not the transaction: they are signed as they are, on either curve
    #[arg(long)]
    pub(crate) prehashed: bool,
    /// The file holds a text message: put the chain's prefix before it, as wallets do when they sign messages
    #[arg(long, conflicts_with = "prehashed")]
    pub(crate) text_message: bool,
    /// Sign an empty message, too
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// How the signature is written [default: hex; base64 for text messages of Bitcoin-like chains]
    #[arg(long, value_enum)]
    pub(crate) encoding: Option<SignatureEncoding>,
    /// The form of an ECDSA signature [default: compact; recoverable for text messages]; Ed25519 and taproot have one
    #[arg(long, value_enum)]
    pub(crate) form: Option<EcdsaForm>,
    /// Write the signature to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: OutputFile,
}

const WHAT_IS_SIGNED: &str = "What to give, by chain (without `--prehashed`; FORMATS.md, section 19):
  btc ltc doge dash bch bsv      the preimage of the sighash; most tools give the sighash: `--prehashed`
  zec                            the sighash, always `--prehashed`
                                 taproot (`--address-type p2tr`): the sighash, always `--prehashed`
  eth evm etc                    the unsigned transaction (Keccak-256 is signed)
  trx                            raw_data of the transaction (SHA-256)
  xrp                            `encodeForSigning`: STX 00 and the transaction (SHA-512 half)
  atom and its kin               the sign doc, as nodes write it (SHA-256)
  sol                            the message, not the transaction
  algo                           TX and the msgpack bytes
  xlm                            the signature base (SHA-256 is signed)
  near                           the transaction in borsh (SHA-256 is signed)
  xtz                            03 and the forged operation (BLAKE2b-256 is signed)
  ada                            the transaction body (BLAKE2b-256 is signed)
  dot ksm                        the payload (over 256 bytes, its BLAKE2b-256 is signed)
  ton                            the hash of the message's cell, 32 bytes
  hbar                           the body bytes
Ethereum messages: `--text-message`; the last byte of the signature is then 27 or 28, for transactions 0 or 1.";

impl Sign {
    pub(crate) fn script(&self) -> Option<Script> {
        self.address_type.as_deref().and_then(Script::from_name)
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum MessageEncoding {
    /// The bytes themselves, though they look like another encoding
    Raw,
    /// Hexadecimal digits
    Hex,
    /// Base64
    Base64,
    /// Base58
    Base58,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignatureEncoding {
    /// Hexadecimal digits
    Hex,
    /// Base64
    Base64,
    /// Base58, as Solana's tools take it
    Base58,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EcdsaForm {
    /// r and s, 64 bytes
    Compact,
    /// r, s and the recovery id, 65 bytes; text messages: 27 or 28 (Ethereum), or Bitcoin's header byte first (BIP 137)
    Recoverable,
    /// ASN.1 DER
    Der,
}

fn chain(name: &str) -> Result<&'static Chain, String> {
    if let Some(chain) = Chain::from_name(name.trim()) {
        return Ok(chain);
    }
    if is_like_ethereum(name) {
        let name = if name.to_ascii_lowercase().contains("test") {
            "evm-test"
        } else {
            "evm"
        };
        return Err(format!(
            "its keys and addresses are Ethereum's: say `{name}`"
        ));
    }
    let names: Vec<&str> = CHAINS.iter().map(|chain| chain.name).collect();
    Err(format!(
        "expected one of {}; any other chain: `--curve secp256k1` or `--curve ed25519` with `--path`",
        names.join(", ")
    ))
}

fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(SCRIPTS.map(Script::name))
}

fn path(text: &str) -> Result<KeyPath, String> {
    KeyPath::parse(text).map_err(|fault| fault.to_string())
}

fn level() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(..i64::from(HARDENED))
}

fn indexes(text: &str) -> Result<(u32, u32), String> {
    let number = |text: &str| {
        let number = text.parse().ok().filter(|number| *number < HARDENED);
        number.ok_or_else(|| format!("expected a number below {HARDENED}, or two such as `0..9`"))
    };
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    match (number(first)?, number(last)?) {
        (first, last) if first > last => Err("the last index comes before the first".to_owned()),
        span => Ok(span),
    }
}
