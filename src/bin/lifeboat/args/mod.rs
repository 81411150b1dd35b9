//! What can be typed. Help, man page and completions come from here.

pub(crate) mod export;
pub(crate) mod portal;
pub(crate) mod takeover;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use lifeboat::formats::{server_share::record::RecordFormat, wallets::algorithm::Algorithm};

use crate::{
    args::{
        export::{Export, Sign},
        portal::Portal,
        takeover::{Share, Takeover},
    },
    inputs::kit::MeantKit,
};

const EXIT_STATUS: &str = "\
Exit status:
  0  everything asked for was done and verified
  1  the run finished, some records failed: each is named on standard error and in the outcome
  2  it could not run: usage, files
  3  verification says no: wrong key, wrong passphrase, tampered, mismatch";

/// Recover 2-of-2 MPC wallet keys, offline, when the wallet provider is gone
///
/// The main job: `lifeboat derive KIT --key recovery-private.pem --wallets ids.txt --out shares.json` opens a workspace
/// recovery kit and derives Key Share #1 of every wallet listed. Secrets are read from files or asked for on the
/// terminal, never taken from arguments; secret results go to new files that only you can read.
#[derive(Parser)]
#[command(name = "lifeboat", version = env!("LIFEBOAT_VERSION"), after_help = EXIT_STATUS, max_term_width = 110)]
pub(crate) struct Args {
    /// Print one JSON object about the outcome on standard output; never a secret
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing on standard error but warnings and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Refuse to run (exit status 3) while a network interface other than loopback is up
    #[arg(long, global = true)]
    pub(crate) require_air_gap: bool,
    /// Refuse to run (exit status 2) where the system cannot confine the process
    #[arg(long, global = true)]
    pub(crate) require_confinement: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a recovery key pair (RSA-4096)
    Keygen(Keygen),
    /// Look at a key
    #[command(subcommand)]
    Key(Key),
    /// Look into a recovery kit, or prove that it opens
    #[command(subcommand)]
    Kit(Kit),
    /// Derive Key Share #1 of wallets from a recovery kit
    Derive(Derive),
    /// Open what `derive --seal-to` sealed, or an age file of records
    Unseal(Unseal),
    /// Seal a result that exists in clear
    Seal(Seal),
    /// Put the parts of a shared batch (`derive --shard`) together
    Merge(Merge),
    /// Derive again what a result holds, and compare
    Check(Check),
    /// Give a sealed file other recipients, without opening its records
    Rewrap(Rewrap),
    /// Recover the workspace's own keys from a recovery kit
    Workspace(Workspace),
    /// Recover Key Share #2 from a device backup, or back it up
    #[command(subcommand)]
    Share(Share),
    /// Join Key Share #1 and Key Share #2 to the wallet's full keys
    Takeover(Takeover),
    /// Show the addresses of full keys on their chains, and with `--reveal` the private keys as wallets take them
    Export(Box<Export>),
    /// Sign the message of a prepared transaction with a wallet's key
    Sign(Sign),
    /// Recover keys from Portal backups
    #[command(subcommand)]
    Portal(Portal),
    /// Check this program against known answers, and this machine: network, swap, dumps, confinement
    Doctor,
    /// Say what an error code means and what to do about it; without a code, print them all
    Errors {
        /// The code, such as `wrong_recovery_key`
        code: Option<String>,
    },
    /// Print the manual page of lifeboat or of one command
    Man {
        /// The command, such as `kit verify`
        command: Vec<String>,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(clap::Args)]
pub(crate) struct Keygen {
    /// Write PREFIX-private.pem and PREFIX-public.pem
    #[arg(
        id = "prefix",
        long = "out",
        value_name = "PREFIX",
        default_value = "recovery"
    )]
    pub(crate) out: PathBuf,
    /// Read the passphrase of the new key from this file (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE", conflicts_with = "unencrypted")]
    pub(crate) key_passphrase_file: Option<PathBuf>,
    /// Write the private key without a passphrase
    #[arg(long)]
    pub(crate) unencrypted: bool,
    /// Accept a passphrase of fewer than 12 characters
    #[arg(long)]
    pub(crate) allow_weak_passphrase: bool,
}

#[derive(Subcommand)]
pub(crate) enum Key {
    /// Show size, fingerprint and short phrase of a public or private key
    Show(KeyShow),
}

#[derive(clap::Args)]
pub(crate) struct KeyShow {
    /// The key, PEM
    pub(crate) file: PathBuf,
    /// Read the key's passphrase from this file (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE")]
    pub(crate) key_passphrase_file: Option<PathBuf>,
    /// Show the public key as a QR code
    #[arg(long)]
    pub(crate) qr: bool,
}

#[derive(Subcommand)]
pub(crate) enum Kit {
    /// Show what a kit holds, without any key
    Inspect {
        /// The kit: a zip file, or the folder it was unzipped to
        kit: PathBuf,
        #[command(flatten)]
        meant: MeantKit,
    },
    /// Open everything in a kit that the given secrets open, and compare every public key
    Verify(KitVerify),
}

/// The recovery key and how to open it.
#[derive(clap::Args)]
pub(crate) struct RecoveryKeyArgs {
    /// The recovery key: the private RSA key the kit was made for, PEM
    #[arg(long, value_name = "PEM")]
    pub(crate) key: PathBuf,
    /// Read the key's passphrase from this file (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE")]
    pub(crate) key_passphrase_file: Option<PathBuf>,
}

/// What opens the workspace owner's device share.
#[derive(clap::Args)]
pub(crate) struct OwnerArgs {
    /// Read the workspace owner's passphrase from this file (`-`: standard input)
    #[arg(long, value_name = "FILE", conflicts_with = "owner_key")]
    pub(crate) owner_passphrase_file: Option<PathBuf>,
    /// The second RSA key, where the owner's passphrase was auto-generated, PEM
    #[arg(long, value_name = "PEM")]
    pub(crate) owner_key: Option<PathBuf>,
    /// Read the passphrase of the second RSA key from this file (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE", requires = "owner_key")]
    pub(crate) owner_key_passphrase_file: Option<PathBuf>,
}

/// Addresses that are known from elsewhere.
#[derive(clap::Args)]
pub(crate) struct KnownAddresses {
    /// An address that these keys are known to have: the only proof of a chain code. No key file is written, exit status 3,
    /// when they have it at no usual path; may be given several times
    #[arg(long, value_name = "[CHAIN:]ADDRESS")]
    pub(crate) expect: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct KitVerify {
    /// The kit: a zip file, or the folder it was unzipped to
    pub(crate) kit: PathBuf,
    #[command(flatten)]
    pub(crate) meant: MeantKit,
    #[command(flatten)]
    pub(crate) recovery: RecoveryKeyArgs,
    #[command(flatten)]
    pub(crate) owner: OwnerArgs,
    #[command(flatten)]
    pub(crate) known: KnownAddresses,
    /// Write dated evidence without secrets to this new file, JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Workspace {
    /// The kit: a zip file, or the folder it was unzipped to
    pub(crate) kit: PathBuf,
    #[command(flatten)]
    pub(crate) meant: MeantKit,
    #[command(flatten)]
    pub(crate) recovery: RecoveryKeyArgs,
    #[command(flatten)]
    pub(crate) owner: OwnerArgs,
    #[command(flatten)]
    pub(crate) known: KnownAddresses,
    /// Write the extended private keys to `--out`
    #[arg(long, requires = "out")]
    pub(crate) reveal: bool,
    /// Write the keys to this new file, JSON (`-`: standard output)
    #[arg(long, value_name = "FILE", requires = "reveal")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Derive {
    /// The kit: a zip file, or the folder it was unzipped to
    pub(crate) kit: PathBuf,
    #[command(flatten)]
    pub(crate) meant: MeantKit,
    #[command(flatten)]
    pub(crate) recovery: RecoveryKeyArgs,
    /// Wallet ids
    #[arg(value_name = "WALLET_ID", conflicts_with = "wallets")]
    pub(crate) wallet_ids: Vec<String>,
    /// Read wallet ids from this file (`-`: standard input): one a line, CSV with a column `walletId`, or NDJSON
    #[arg(long, value_name = "FILE")]
    pub(crate) wallets: Option<PathBuf>,
    /// Write the shares to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
    /// The shape of the result [default: json]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// The algorithms to derive shares for
    #[arg(long, value_enum, default_value_t = Algorithms::Ecdsa)]
    pub(crate) algorithm: Algorithms,
    /// Derive the good ids even when some are bad; each bad one is listed, exit status 1
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Seal the shares to this public key instead of writing them in clear; may be given several times
    #[arg(long, value_name = "PUBLIC.pem")]
    pub(crate) seal_to: Vec<PathBuf>,
    /// The format of what is sealed
    #[arg(long, value_enum, default_value_t = SealFormat::Lifeboat, requires = "seal_to")]
    pub(crate) seal_format: SealFormat,
    /// Take up an unfinished result (OUT.partial): it is checked against kit and list, then continued
    #[arg(long)]
    pub(crate) resume: bool,
    /// Derive only the I-th of N parts of the list, so that several offline machines can share it
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    pub(crate) shard: Option<(u32, u32)>,
    /// Use so many threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Show progress as JSON on standard error, one object a line: {"event":"progress","done":N,"total":N,"perSecond":N}
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
pub(crate) struct Unseal {
    /// The sealed file
    pub(crate) file: PathBuf,
    /// The private key of one of its recipients, PEM
    #[arg(long, value_name = "PEM", required_unless_present = "record_key")]
    pub(crate) key: Option<PathBuf>,
    /// Read the key's passphrase from this file (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE")]
    pub(crate) key_passphrase_file: Option<PathBuf>,
    /// Open only this wallet's record; may be given several times
    #[arg(long, value_name = "ID")]
    pub(crate) wallet: Vec<String>,
    /// Write the shares to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
    /// The shape of the result
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub(crate) format: Format,
    /// Write the key of the one record asked for with `--wallet` to `--out`, instead of the record
    #[arg(long, conflicts_with_all = ["record_key", "format"])]
    pub(crate) hand_over_key: bool,
    /// Open one record with the key that `--hand-over-key` wrote, in place of `--key`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "wallet"])]
    pub(crate) record_key: Option<PathBuf>,
    /// Allow the shares to be shown when standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[derive(clap::Args)]
pub(crate) struct Seal {
    /// The result in clear: JSON, NDJSON or CSV as `derive` writes it
    pub(crate) file: PathBuf,
    /// Seal to this public key; may be given several times
    #[arg(long, value_name = "PUBLIC.pem", required = true)]
    pub(crate) to: Vec<PathBuf>,
    /// The format of what is sealed
    #[arg(long, value_enum, default_value_t = SealFormat::Lifeboat)]
    pub(crate) seal_format: SealFormat,
    /// Write the sealed file under this new name
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Merge {
    /// The parts, in clear or sealed, in the order of their shards
    #[arg(required = true)]
    pub(crate) parts: Vec<PathBuf>,
    /// The list that was shared: every wallet must be there, in its order
    #[arg(long, value_name = "FILE")]
    pub(crate) wallets: PathBuf,
    /// The private key that sealed parts are sealed to, PEM
    #[arg(long, value_name = "PEM", requires = "seal_to")]
    pub(crate) key: Option<PathBuf>,
    /// Read the key's passphrase from this file (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) key_passphrase_file: Option<PathBuf>,
    /// Seal the whole to this public key; may be given several times
    #[arg(long, value_name = "PUBLIC.pem")]
    pub(crate) seal_to: Vec<PathBuf>,
    /// Write the whole to this new file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Check {
    /// The result: JSON, NDJSON or CSV as `derive` writes it, sealed by it, or JSON as the published tools write
    pub(crate) file: PathBuf,
    /// The kit it was derived from: a zip file, or the folder it was unzipped to
    pub(crate) kit: PathBuf,
    #[command(flatten)]
    pub(crate) meant: MeantKit,
    #[command(flatten)]
    pub(crate) recovery: RecoveryKeyArgs,
    /// Derive again only a random sample of about so many wallets [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sample: Option<u32>,
    /// The list that was derived: every wallet of it must be in the result, and no other
    #[arg(long, value_name = "FILE")]
    pub(crate) wallets: Option<PathBuf>,
    /// The algorithms that every wallet must have shares of [default: those that any of them has]
    #[arg(long, value_enum)]
    pub(crate) algorithm: Option<Algorithms>,
    /// Write the records with the leading zeros that one of the published tools drops to this new file, JSON, when
    /// nothing else is wrong with them
    #[arg(long, value_name = "OUT", conflicts_with = "sample")]
    pub(crate) repair: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Rewrap {
    /// The sealed file
    pub(crate) file: PathBuf,
    /// The private key of one of its recipients, PEM
    #[arg(long, value_name = "PEM")]
    pub(crate) key: PathBuf,
    /// Read the key's passphrase from this file (`-`: standard input) instead of asking
    #[arg(long, value_name = "FILE")]
    pub(crate) key_passphrase_file: Option<PathBuf>,
    /// The new recipients' public keys; those of before are not kept unless named again
    #[arg(long, value_name = "PUBLIC.pem", required = true)]
    pub(crate) to: Vec<PathBuf>,
    /// Write the sealed file under this new name
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// One object keyed by wallet id, as the published tools write
    Json,
    /// One object a line
    Ndjson,
    /// One row a share
    Csv,
}

impl From<Format> for RecordFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Json => Self::Json,
            Format::Ndjson => Self::Ndjson,
            Format::Csv => Self::Csv,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SealFormat {
    /// Each record under a key of its own; `unseal` opens it, all or some
    Lifeboat,
    /// One age file, which `age -d -i PRIVATE.pem` opens, too; it opens as a whole and cannot be taken up with `--resume`
    Age,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Algorithms {
    /// MPC_CMP_ECDSA_SECP256K1
    Ecdsa,
    /// MPC_CMP_EDDSA_ED25519; unconfirmed: no published tool derives it, only the takeover's public-key check can tell
    Eddsa,
    /// Both; the EdDSA shares are unconfirmed
    Both,
}

impl Algorithms {
    pub(crate) fn list(self) -> &'static [Algorithm] {
        match self {
            Self::Ecdsa => &[Algorithm::CmpEcdsa],
            Self::Eddsa => &[Algorithm::CmpEddsa],
            Self::Both => &[Algorithm::CmpEcdsa, Algorithm::CmpEddsa],
        }
    }
}
