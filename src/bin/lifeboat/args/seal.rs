//! What can be typed about sealed results.

use crate::args::{
    passphrases::KeyPassphrase,
    paths::{InputPath, ListPath, OutputFile},
    shapes::{Format, SealFormat},
};

#[derive(clap::Args)]
pub(crate) struct Unseal {
    /// The sealed file
    pub(crate) file: InputPath,
    /// The private key of one of its recipients, PEM
    #[arg(long, value_name = "PEM", required_unless_present = "record_key")]
    pub(crate) key: Option<InputPath>,
    #[command(flatten)]
    pub(crate) passphrase: KeyPassphrase,
    /// Open only this wallet's record; may be given several times
    #[arg(long, value_name = "ID")]
    pub(crate) wallet: Vec<String>,
    /// Open only the records of the wallets in this list (`-`: standard input)
    #[arg(long, value_name = "FILE")]
    pub(crate) wallets: Option<ListPath>,
    /// Write the shares to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: OutputFile,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub(crate) format: Format,
    /// Write the keys of the records asked for to `--out`, one a line, instead of the records
    #[arg(long, conflicts_with_all = ["record_key", "format"])]
    pub(crate) hand_over_key: bool,
    /// Open one record with the key that `--hand-over-key` wrote, in place of `--key`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "wallet", "wallets"])]
    pub(crate) record_key: Option<InputPath>,
    /// Allow the shares to be shown when standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[derive(clap::Args)]
pub(crate) struct Seal {
    /// The unencrypted result: JSON, NDJSON or CSV as `derive` writes it
    pub(crate) file: InputPath,
    /// Seal to this public key; may be given several times
    #[arg(
        long = "seal-to",
        alias = "to",
        value_name = "PUBLIC.pem",
        required = true
    )]
    pub(crate) to: Vec<InputPath>,
    /// The format of what is sealed
    #[arg(long, value_enum, default_value_t = SealFormat::Lifeboat)]
    pub(crate) seal_format: SealFormat,
    /// Write the sealed file under this new name
    #[arg(long, value_name = "FILE")]
    pub(crate) out: OutputFile,
}

#[derive(clap::Args)]
pub(crate) struct Rewrap {
    /// The sealed file
    pub(crate) file: InputPath,
    /// The private key of one of its recipients, PEM
    #[arg(long, value_name = "PEM")]
    pub(crate) key: InputPath,
    #[command(flatten)]
    pub(crate) passphrase: KeyPassphrase,
    /// A public key to seal to; replaces all previous recipients; may be given several times
    #[arg(
        long = "seal-to",
        alias = "to",
        value_name = "PUBLIC.pem",
        required = true
    )]
    pub(crate) to: Vec<InputPath>,
    /// Write the sealed file under this new name
    #[arg(long, value_name = "FILE")]
    pub(crate) out: OutputFile,
}
