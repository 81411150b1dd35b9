//! What can be typed about the keys of chains: exporting them, signing with them.

use std::path::PathBuf;

use clap::{
    ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use lifeboat::{
    crypto::hd::HARDENED,
    formats::chain::{CHAINS, Chain, Script},
};

/// The full keys and how to open them.
#[derive(clap::Args)]
pub(crate) struct FullKeysArgs {
    /// The full keys: a result of `takeover`, or a file with an xprv, xpub, fprv or fpub
    #[arg(value_name = "FULLKEYS")]
    pub(crate) full_keys: PathBuf,
    /// Read the passphrase of locked full keys from this file (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) keys: FullKeysArgs,
    /// The chains, with commas between
    #[arg(long, value_name = "CHAIN", value_delimiter = ',', required = true, ignore_case = true, value_parser = chains())]
    pub(crate) chain: Vec<&'static Chain>,
    /// The wallet's account
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = level())]
    pub(crate) account: u32,
    /// The branch
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = level())]
    pub(crate) change: u32,
    /// The address, or the first and last of several: `0..9` is ten addresses
    #[arg(long, value_name = "N|A..B", default_value = "0", value_parser = indexes)]
    pub(crate) index: (u32, u32),
    /// The kind of address, on chains that have several [default: p2wpkh where the chain has it]
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(["p2wpkh", "p2pkh", "p2sh-p2wpkh", "p2tr"]))]
    pub(crate) address_type: Option<String>,
    /// Write the keys to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
    /// The shape of the result
    #[arg(long, value_enum, default_value_t = Layout::Table)]
    pub(crate) format: Layout,
    /// Give the private keys too, in the form that each chain's wallets take
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Compare with this address; exit status 3 when it is another
    #[arg(long, value_name = "ADDRESS", conflicts_with = "expect_file")]
    pub(crate) expect: Option<String>,
    /// Compare with this CSV: columns `chain`, `path`, `address`; exit status 3 when a row differs
    #[arg(long, value_name = "CSV")]
    pub(crate) expect_file: Option<PathBuf>,
    /// Write an Ethereum V3 keystore for each key of an Ethereum-like chain into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) keystore_dir: Option<PathBuf>,
    /// Read the passphrase of the keystores from this file (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE", requires = "keystore_dir")]
    pub(crate) keystore_passphrase_file: Option<PathBuf>,
    /// Accept a passphrase of fewer than 12 characters
    #[arg(long)]
    pub(crate) allow_weak_passphrase: bool,
}

impl Export {
    pub(crate) fn script(&self) -> Option<Script> {
        self.address_type.as_deref().and_then(Script::from_name)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// Lines for people
    Table,
    /// An array of objects
    Json,
    /// One row a key
    Csv,
}

#[derive(clap::Args)]
pub(crate) struct Sign {
    #[command(flatten)]
    pub(crate) keys: FullKeysArgs,
    /// The message: exactly the bytes that the chain's signature covers (`-`: standard input)
    #[arg(value_name = "FILE")]
    pub(crate) message: PathBuf,
    /// The chain
    #[arg(long, value_name = "CHAIN", ignore_case = true, value_parser = chains())]
    pub(crate) chain: &'static Chain,
    /// The wallet's account
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = level())]
    pub(crate) account: u32,
    /// The branch
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = level())]
    pub(crate) change: u32,
    /// The address
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = level())]
    pub(crate) index: u32,
    /// How the message stands in the file
    #[arg(long, value_enum, default_value_t = MessageEncoding::Raw)]
    pub(crate) message_encoding: MessageEncoding,
    /// The file holds the 32-byte digest to sign, not the message
    #[arg(long)]
    pub(crate) prehashed: bool,
    /// How the signature is written
    #[arg(long, value_enum, default_value_t = SignatureEncoding::Hex)]
    pub(crate) encoding: SignatureEncoding,
    /// The form of an ECDSA signature; Ed25519 has one
    #[arg(long, value_enum, default_value_t = EcdsaForm::Compact)]
    pub(crate) form: EcdsaForm,
    /// Write the signature to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum MessageEncoding {
    /// The bytes themselves
    Raw,
    /// Hexadecimal digits
    Hex,
    /// Base64
    Base64,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum SignatureEncoding {
    /// Hexadecimal digits
    Hex,
    /// Base64
    Base64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EcdsaForm {
    /// r and s, 64 bytes
    Compact,
    /// r, s and the recovery id, 65 bytes
    Recoverable,
    /// ASN.1 DER
    Der,
}

fn chains() -> impl TypedValueParser<Value = &'static Chain> {
    let names = PossibleValuesParser::new(CHAINS.iter().map(|chain: &Chain| chain.name));
    names.try_map(|name| Chain::from_name(&name).ok_or("no such chain"))
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
