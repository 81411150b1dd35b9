//! What can be typed about key pairs.

use clap::{Subcommand, ValueEnum};

use crate::args::{
    passphrases::{KeyPassphrase, NewKeyPassphrase},
    paths::{InputPath, OutputFile, OutputPrefix},
    shapes::Split,
};

#[derive(clap::Args)]
pub(crate) struct Keygen {
    /// Write PREFIX-private.pem and PREFIX-public.pem
    #[arg(
        id = "prefix",
        long = "out",
        value_name = "PREFIX",
        default_value = "recovery"
    )]
    pub(crate) out: OutputPrefix,
    #[command(flatten)]
    pub(crate) passphrase: NewKeyPassphrase,
    /// Write the private key without a passphrase
    #[arg(long)]
    pub(crate) unencrypted: bool,
    /// Accept a passphrase of fewer than 12 characters
    #[arg(long)]
    pub(crate) allow_weak_passphrase: bool,
    /// Make the passphrase at random and share it among N people, any T of whom open the key: PREFIX-sheets has a page to
    /// print for each of them, PREFIX-record.html is for their signatures
    #[arg(long, value_name = "T/N", conflicts_with_all = ["unencrypted", "allow_weak_passphrase"])]
    pub(crate) split: Option<Split>,
}

#[derive(Subcommand)]
pub(crate) enum Key {
    /// Show size, fingerprint and short phrase of a public or private key
    Show(KeyShow),
    /// Prove that a copy of a private key is whole, opens, and belongs to its public key
    Check(KeyCheck),
    /// Make the passphrase of a key again from the sheets of `keygen --split`
    ///
    /// Without a sheet it asks for the words of one after the other. Without `--out` it only proves that the sheets open the
    /// key.
    Join(KeyJoin),
}

#[derive(clap::Args)]
pub(crate) struct KeyCheck {
    /// The private key, PEM
    pub(crate) file: InputPath,
    /// The public key, PEM, that it must belong to
    #[arg(long, value_name = "PEM")]
    pub(crate) public_key: Option<InputPath>,
    #[command(flatten)]
    pub(crate) passphrase: KeyPassphrase,
}

#[derive(clap::Args)]
pub(crate) struct KeyJoin {
    /// Files with the words of sheets, or the sheets themselves
    pub(crate) sheets: Vec<InputPath>,
    /// Prove that the passphrase opens this private key, PEM
    #[arg(long, value_name = "PEM", required_unless_present = "out")]
    pub(crate) key: Option<InputPath>,
    /// Write the passphrase to this new file (`-`: standard output), for `--key-passphrase-file`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<OutputFile>,
    /// Allow the passphrase on a terminal
    #[arg(long, requires = "out")]
    pub(crate) reveal: bool,
}

#[derive(clap::Args)]
pub(crate) struct KeyShow {
    /// The key, PEM
    pub(crate) file: InputPath,
    #[command(flatten)]
    pub(crate) passphrase: KeyPassphrase,
    /// Show the public key as a QR code; with `=fingerprint` its fingerprint, which fits a screen of 80 columns and 24 rows
    #[arg(
        long,
        value_name = "OF",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "key"
    )]
    pub(crate) qr: Option<QrOf>,
    /// Write the QR code as an image (SVG), for a browser or a printer
    #[arg(long, value_name = "FILE")]
    pub(crate) qr_out: Option<OutputFile>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum QrOf {
    /// The public key, PEM
    Key,
    /// Its fingerprint
    Fingerprint,
}
