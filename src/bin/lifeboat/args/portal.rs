//! What can be typed after `lifeboat portal`.

use clap::Subcommand;

use crate::args::{
    passphrases::{ClientPassphrase, KeyPassphrase, OutPassphrase},
    paths::{InputPath, OutputFile, PassphraseCommand},
};

#[derive(Subcommand)]
pub(crate) enum Portal {
    /// Open an encrypted client backup with the key from the user's cloud or the user's password, or locked keys
    Decrypt(PortalDecrypt),
    /// Make private keys from client and custodian backup shares
    Eject(PortalEject),
    /// Repair an ed25519 key that the provider's offline tool exported with its zero bytes on the wrong side
    Repair(PortalRepair),
    /// Show under which names the user's cloud keeps the key of a client backup
    CloudName(PortalCloudName),
    /// Show what share files are, without their secrets
    Inspect(PortalInspect),
    /// Seal share files to a recipient's RSA key, a key of its own for each
    Seal(PortalSeal),
    /// Open what `portal seal` sealed
    Open(PortalOpen),
}

#[derive(clap::Args)]
pub(crate) struct PortalDecrypt {
    /// The client backup, hexadecimal digits; or the locked keys that `portal eject --out` wrote
    pub(crate) ciphertext: InputPath,
    /// Read the key from the user's cloud, 64 hexadecimal digits, from this file (`-`: standard input)
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<InputPath>,
    #[command(flatten)]
    pub(crate) passphrase: ClientPassphrase,
    /// Write the plain text to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: OutputFile,
    /// Allow the plain text to be shown when standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

/// What client backups that are still encrypted are tried with.
#[derive(clap::Args)]
pub(crate) struct DecryptionArgs {
    /// Try the key from a user's cloud in this file, or every key in this folder, on encrypted client backups (`-`: standard
    /// input); repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Vec<InputPath>,
    /// Try the password in this file on encrypted client backups (`-`: standard input); repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Vec<InputPath>,
    /// Try the password that this command prints on encrypted client backups
    #[arg(long, value_name = "CMD")]
    pub(crate) passphrase_command: Option<PassphraseCommand>,
}

#[derive(clap::Args)]
pub(crate) struct PortalEject {
    /// Files or folders with client backup shares, opened or still encrypted
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) client: Vec<InputPath>,
    /// Files or folders with custodian backup shares
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) custodian: Vec<InputPath>,
    #[command(flatten)]
    pub(crate) keys: DecryptionArgs,
    /// Write the private keys to this new file (`-`: standard output): locked under a passphrase, or unencrypted with
    /// `--unencrypted`; without it only public keys are shown
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<OutputFile>,
    /// Write the private keys unencrypted
    #[arg(long, alias = "reveal")]
    pub(crate) unencrypted: bool,
    #[command(flatten)]
    pub(crate) out_passphrase: OutPassphrase,
    /// Accept a passphrase of fewer than 12 characters for the result
    #[arg(long)]
    pub(crate) allow_weak_passphrase: bool,
}

#[derive(clap::Args)]
pub(crate) struct PortalRepair {
    /// A file with the key as the tool exported it, base58 (`-`: standard input)
    pub(crate) key: InputPath,
    /// What the key belongs to: the public key as 64 hexadecimal digits, or the Solana or Stellar address
    #[arg(long, visible_alias = "address", value_name = "KEY_OR_ADDRESS")]
    pub(crate) public_key: String,
    /// Write the repaired key to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: OutputFile,
    /// Allow the key to be shown when standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[derive(clap::Args)]
pub(crate) struct PortalCloudName {
    /// The custodian's id, as the provider's dashboard shows it
    #[arg(long, value_name = "ID")]
    pub(crate) custodian: String,
    /// The client's id
    #[arg(long, value_name = "ID")]
    pub(crate) client: String,
}

#[derive(clap::Args)]
pub(crate) struct PortalInspect {
    /// Files or folders with client and custodian backup shares
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<InputPath>,
    #[command(flatten)]
    pub(crate) keys: DecryptionArgs,
}

#[derive(clap::Args)]
pub(crate) struct PortalSeal {
    /// Share files; each becomes a record under its file name
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<InputPath>,
    /// Seal to this public key; may be given several times
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

#[derive(clap::Args)]
pub(crate) struct PortalOpen {
    /// The sealed file
    pub(crate) file: InputPath,
    /// The private key of one of its recipients, PEM
    #[arg(long, value_name = "PEM")]
    pub(crate) key: InputPath,
    #[command(flatten)]
    pub(crate) passphrase: KeyPassphrase,
    /// Open only the share file of this name; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Vec<String>,
    /// Write the share files into this new folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: OutputFile,
}
