//! What can be typed about batches of Key Share #1.

use lifeboat::crypto::eddsa_variants::EddsaVariant;

use crate::args::{
    kit::{MeantKit, RecoveryKeyArgs},
    passphrases::OptionalKeyPassphrase,
    paths::{InputPath, ListPath, OutputFile},
    shapes::{Algorithms, Format, SealFormat, eddsa_variant},
};

#[derive(clap::Args)]
pub(crate) struct Derive {
    /// The kit: a zip file, or the folder it was unzipped to
    pub(crate) kit: InputPath,
    #[command(flatten)]
    pub(crate) meant: MeantKit,
    #[command(flatten)]
    pub(crate) recovery: RecoveryKeyArgs,
    /// Wallet ids
    #[arg(value_name = "WALLET_ID", conflicts_with = "wallets")]
    pub(crate) wallet_ids: Vec<String>,
    /// Read wallet ids from this file (`-`: standard input): one per line, CSV with a column `walletId`, or NDJSON
    #[arg(long, value_name = "FILE")]
    pub(crate) wallets: Option<ListPath>,
    /// Write the shares to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: OutputFile,
    /// Output format [default: json]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// The algorithms to derive shares for
    #[arg(long, value_enum, default_value_t = Algorithms::Ecdsa)]
    pub(crate) algorithm: Algorithms,
    /// Derive EdDSA shares by the rule of this name, which `lifeboat confirm-eddsa` found [default: wide-big]
    #[arg(long, value_name = "NAME", value_parser = eddsa_variant, hide_default_value = true, default_value = "wide-big")]
    pub(crate) eddsa_variant: EddsaVariant,
    /// Derive the good ids even when some are bad; each bad one is listed, exit status 1
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Encrypt the shares to this public key instead of writing them unencrypted; may be given several times
    #[arg(long, value_name = "PUBLIC.pem")]
    pub(crate) seal_to: Vec<InputPath>,
    /// The format of what is sealed
    #[arg(long, value_enum, default_value_t = SealFormat::Lifeboat, requires = "seal_to")]
    pub(crate) seal_format: SealFormat,
    /// Resume an interrupted run from OUT.partial, after checking what it holds against kit and list
    #[arg(long)]
    pub(crate) resume: bool,
    /// Derive only part I of N of the list, so that several offline machines can split it
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    pub(crate) shard: Option<(u32, u32)>,
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Show progress as JSON on standard error, one object per line: {"event":"progress","done":N,"total":N,"perSecond":N}
    #[arg(long)]
    pub(crate) json_progress: bool,
    /// Allow the shares to be shown when standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

fn parse_shard(text: &str) -> Result<(u32, u32), String> {
    let parsed = text
        .split_once('/')
        .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    parsed
        .filter(|(index, count)| (1..=*count).contains(index))
        .ok_or_else(|| "expected I/N, such as 1/4".to_owned())
}

#[derive(clap::Args)]
pub(crate) struct Merge {
    /// The parts, unencrypted or sealed, in the order of their shards
    #[arg(required = true)]
    pub(crate) parts: Vec<InputPath>,
    /// The list that was shared (`-`: standard input): every wallet must be there, in its order; bad ids are listed, exit
    /// status 1
    #[arg(long, value_name = "FILE")]
    pub(crate) wallets: ListPath,
    /// The private key that sealed parts are sealed to, PEM
    #[arg(long, value_name = "PEM", requires = "seal_to")]
    pub(crate) key: Option<InputPath>,
    #[command(flatten)]
    pub(crate) passphrase: OptionalKeyPassphrase,
    /// Seal the merged file to this public key; may be given several times
    #[arg(long, value_name = "PUBLIC.pem")]
    pub(crate) seal_to: Vec<InputPath>,
    /// The format of what is sealed
    #[arg(long, value_enum, default_value_t = SealFormat::Lifeboat, requires = "seal_to")]
    pub(crate) seal_format: SealFormat,
    /// Write the merged file under this new name
    #[arg(long, value_name = "FILE")]
    pub(crate) out: OutputFile,
}

#[derive(clap::Args)]
pub(crate) struct Check {
    /// The result: JSON, NDJSON or CSV as `derive` writes it, sealed by it, or JSON as the published tools write
    pub(crate) file: InputPath,
    /// The kit it was derived from: a zip file, or the folder it was unzipped to. The kit may also come first
    pub(crate) kit: InputPath,
    #[command(flatten)]
    pub(crate) meant: MeantKit,
    #[command(flatten)]
    pub(crate) recovery: RecoveryKeyArgs,
    /// Re-derive only a random sample of about N wallets [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sample: Option<u32>,
    /// The list that was derived: every wallet of it must be in the result, and no other
    #[arg(long, value_name = "FILE")]
    pub(crate) wallets: Option<ListPath>,
    /// The algorithms that every wallet must have shares of [default: those that any of them has]
    #[arg(long, value_enum)]
    pub(crate) algorithm: Option<Algorithms>,
    /// Re-derive EdDSA shares by the rule of this name, which `lifeboat confirm-eddsa` found [default: wide-big]
    #[arg(long, value_name = "NAME", value_parser = eddsa_variant, hide_default_value = true, default_value = "wide-big")]
    pub(crate) eddsa_variant: EddsaVariant,
    /// Write a copy with missing leading zeros restored (one published tool drops them) to this new file, JSON. Refused if
    /// anything else is wrong
    #[arg(long, value_name = "OUT", conflicts_with = "sample")]
    pub(crate) repair: Option<OutputFile>,
}
