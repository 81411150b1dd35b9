//! What can be typed about recovery kits and what opens them.

use clap::Subcommand;

use crate::args::{
    passphrases::{KeyPassphrase, LockPassphrase, OwnerKeyPassphrase, OwnerPassphrase},
    paths::{InputPath, OutputFile},
};

/// Which kit is meant.
#[derive(clap::Args, Default)]
pub(crate) struct MeantKit {
    /// Refuse the kit (exit status 3) unless this is its fingerprint, as `kit inspect` shows it, or the SHA-256 of the
    /// zip file
    #[arg(long, value_name = "HEX", value_parser = parse_digest)]
    pub(crate) kit_sha256: Option<[u8; 32]>,
}

fn parse_digest(text: &str) -> Result<[u8; 32], String> {
    let digits = text
        .get(..7)
        .filter(|start| start.eq_ignore_ascii_case("sha256:"));
    let digits = text.get(digits.map_or(0, str::len)..).unwrap_or_default();
    let mut digest = [0; 32];
    hex::decode_to_slice(digits, &mut digest)
        .map_err(|_| "expected the 64 hexadecimal digits that `kit inspect` shows".to_owned())?;
    Ok(digest)
}

/// The recovery key and how to open it.
#[derive(clap::Args)]
pub(crate) struct RecoveryKeyArgs {
    /// The recovery key: the private RSA key the kit was made for, PEM
    #[arg(long, value_name = "PEM")]
    pub(crate) key: InputPath,
    #[command(flatten)]
    pub(crate) passphrase: KeyPassphrase,
}

/// What opens the workspace owner's device share.
#[derive(clap::Args)]
pub(crate) struct OwnerArgs {
    #[command(flatten)]
    pub(crate) passphrase: OwnerPassphrase,
    /// The second RSA key, where the owner's passphrase was auto-generated, PEM
    #[arg(long, value_name = "PEM")]
    pub(crate) owner_key: Option<InputPath>,
    #[command(flatten)]
    pub(crate) key_passphrase: OwnerKeyPassphrase,
}

/// Addresses that are known from elsewhere.
#[derive(clap::Args)]
pub(crate) struct KnownAddresses {
    /// An address that these keys are known to have: the only proof of a chain code. Where they have it at no usual path, the
    /// exit status is 3 and no keys are written; may be given several times
    #[arg(long, value_name = "[CHAIN:]ADDRESS")]
    pub(crate) expect: Vec<String>,
}

#[derive(Subcommand)]
pub(crate) enum Kit {
    /// Show what a kit contains, without any key
    Inspect {
        /// The kit: a zip file, or the folder it was unzipped to
        kit: InputPath,
        #[command(flatten)]
        meant: MeantKit,
    },
    /// Open everything in a kit that the given secrets open, and compare every public key
    Verify(Box<KitVerify>),
    /// Make a kit as the provider does, of a workspace's secrets: for rehearsals and tests
    ///
    /// SPEC is JSON: docs/FORMATS.md, section 26, describes it, docs/schema/input/kit-spec.json is its schema, and
    /// fixtures/specs has one of every kind.
    Create(KitCreate),
}

#[derive(clap::Args)]
pub(crate) struct KitCreate {
    /// The secrets of the workspace, JSON (`-`: standard input)
    #[arg(required_unless_present = "generate", conflicts_with = "generate")]
    pub(crate) spec: Option<InputPath>,
    /// Invent a workspace
    #[arg(long)]
    pub(crate) generate: bool,
    /// The public recovery key that the kit is made for, PEM
    #[arg(long, value_name = "PEM")]
    pub(crate) public_key: InputPath,
    /// Write the kit to this new file, a zip file
    #[arg(long, value_name = "KIT")]
    pub(crate) out: OutputFile,
    /// Invent so many wallet ids, too, and write them to KIT.wallets.txt
    #[arg(long, value_name = "N", requires = "generate", conflicts_with = "spec", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) wallets: Option<u32>,
    /// Write the secrets that were invented to this new file, unencrypted: the SPEC of the same workspace
    #[arg(
        long,
        value_name = "FILE",
        requires = "generate",
        conflicts_with = "spec"
    )]
    pub(crate) spec_out: Option<OutputFile>,
}

#[derive(clap::Args)]
pub(crate) struct KitVerify {
    /// The kit: a zip file, or the folder it was unzipped to
    pub(crate) kit: InputPath,
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
    pub(crate) report: Option<OutputFile>,
}

#[derive(clap::Args)]
pub(crate) struct Workspace {
    /// The kit: a zip file, or the folder it was unzipped to
    pub(crate) kit: InputPath,
    #[command(flatten)]
    pub(crate) meant: MeantKit,
    #[command(flatten)]
    pub(crate) recovery: RecoveryKeyArgs,
    #[command(flatten)]
    pub(crate) owner: OwnerArgs,
    #[command(flatten)]
    pub(crate) known: KnownAddresses,
    /// Write the extended private keys to this new file (`-`: standard output): locked under a passphrase, or unencrypted
    /// with `--unencrypted`; without it only public keys are shown
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<OutputFile>,
    /// Write the extended private keys unencrypted
    #[arg(long, alias = "reveal", requires = "out")]
    pub(crate) unencrypted: bool,
    #[command(flatten)]
    pub(crate) passphrase: LockPassphrase,
    /// Accept a passphrase of fewer than 12 characters
    #[arg(long)]
    pub(crate) allow_weak_passphrase: bool,
}
