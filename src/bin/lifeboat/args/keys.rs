//! What can be typed about key pairs.

use clap::{Subcommand, ValueEnum};

use crate::args::{
    passphrases::{KeyPassphrase, NewKeyPassphrase},
    paths::{InputPath, OutputFile, OutputPrefix},
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
}

#[derive(Subcommand)]
pub(crate) enum Key {
    /// Show size, fingerprint and short phrase of a public or private key
    Show(KeyShow),
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
