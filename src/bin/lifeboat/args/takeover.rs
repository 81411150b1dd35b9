//! What can be typed about device shares and takeovers.

use clap::{Subcommand, ValueEnum};
use lifeboat::operations::device_share::back_up::BackupForm;

use crate::args::{
    kit::{KnownAddresses, MeantKit, RecoveryKeyArgs},
    passphrases::{BackupPassphrase, LockPassphrase, OptionalKeyPassphrase, PassphraseSource},
    paths::{InputPath, ListPath, OutputFile, PassphraseCommand},
    shapes::{Algorithms, SealFormat},
};

#[derive(clap::Args)]
pub(crate) struct ConfirmEddsa {
    /// The kit: a zip file, or the folder it was unzipped to
    pub(crate) kit: InputPath,
    #[command(flatten)]
    pub(crate) meant: MeantKit,
    #[command(flatten)]
    pub(crate) recovery: RecoveryKeyArgs,
    /// The wallet
    #[arg(long, value_name = "ID")]
    pub(crate) wallet: String,
    /// Its device share with an EdDSA key, as `share recover` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) device_share: InputPath,
}

#[derive(Subcommand)]
pub(crate) enum Share {
    /// Put a device share under a passphrase
    Backup(ShareBackup),
    /// Open a device backup, of a wallet SDK or of `share backup`
    Recover(ShareRecover),
    /// Make a passphrase of 160 bits and a passphraseId for a backup
    GeneratePassphrase(SharePassphrase),
}

#[derive(clap::Args)]
pub(crate) struct ShareBackup {
    /// The device share, as `share recover` writes it
    pub(crate) file: InputPath,
    #[command(flatten)]
    pub(crate) passphrase: BackupPassphrase,
    /// The id the passphrase is filed under: any text, often a UUID
    #[arg(long, value_name = "ID")]
    pub(crate) passphrase_id: String,
    /// Write the backup to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: OutputFile,
    /// The form of the backup
    #[arg(long, value_enum, default_value_t = BackupFormat::Lifeboat)]
    pub(crate) format: BackupFormat,
    /// Print each step as a JSON object on standard error
    #[arg(long)]
    pub(crate) json_progress: bool,
    /// Accept a passphrase of fewer than 12 characters
    #[arg(long)]
    pub(crate) allow_weak_passphrase: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackupFormat {
    /// Argon2id and AES-256-GCM; `share recover` opens it
    Lifeboat,
    /// What the Fireblocks wallet SDK opens: PBKDF2-SHA1 and AES-CBC, as strong as its passphrase and no more
    Fireblocks,
}

impl From<BackupFormat> for BackupForm {
    fn from(format: BackupFormat) -> Self {
        match format {
            BackupFormat::Lifeboat => Self::Lifeboat,
            BackupFormat::Fireblocks => Self::Sdk,
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct ShareRecover {
    /// The device backup: as it was sent or fetched, with whatever is around it, or as `share backup` writes it; or a
    /// folder of them
    pub(crate) backup: InputPath,
    /// The device the backup belongs to, a UUID in any spelling
    #[arg(
        long,
        value_name = "UUID",
        required_unless_present = "devices",
        conflicts_with = "devices"
    )]
    pub(crate) device_id: Option<String>,
    /// Open the backups in the folder of every device in this CSV: a column `deviceId`, and `walletId`, `passphraseId` or
    /// `file` to say which backup is whose
    #[arg(long, value_name = "CSV")]
    pub(crate) devices: Option<InputPath>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    /// Recover only the keys of this algorithm [default: all]
    #[arg(long, value_enum)]
    pub(crate) algorithm: Option<Algorithms>,
    /// Write the device share to this new file (`-`: standard output); with `--devices`, the shares into this new folder
    #[arg(long, value_name = "FILE")]
    pub(crate) out: OutputFile,
    /// Allow the share to be shown when standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

/// Where the passphrase of a backup's passphraseId comes from; without any of these it is asked for.
#[derive(clap::Args)]
#[group(multiple = false)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase from this file (`-`: standard input)
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<InputPath>,
    /// Read the passphrase from the file in this folder that is named after the passphraseId: `ID`, `ID.txt`,
    /// `passphrase_ID.txt`
    #[arg(long, value_name = "DIR")]
    pub(crate) passphrase_dir: Option<InputPath>,
    /// Run this command with the passphraseId as its last argument; its standard output is the passphrase. A name without
    /// `/` comes from PATH
    #[arg(long, value_name = "CMD")]
    pub(crate) passphrase_command: Option<PassphraseCommand>,
}

impl PassphraseArgs {
    /// Whether it is asked for.
    pub(crate) fn is_asked(&self) -> bool {
        self.passphrase_file.is_none()
            && self.passphrase_dir.is_none()
            && self.passphrase_command.is_none()
    }

    /// Where the passphrase comes from where it is the same for every id.
    pub(crate) fn source(&self) -> PassphraseSource<'_> {
        PassphraseSource {
            flag: "--passphrase-file",
            file: self.passphrase_file.as_deref(),
            command: None,
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct SharePassphrase {
    /// Write the passphrase to this new file (`-`: standard output)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: OutputFile,
    /// Allow the passphrase to be shown when standard output is a terminal
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[derive(clap::Args)]
pub(crate) struct Takeover {
    /// Key Share #1: records as `derive` writes them, json, ndjson or csv, or sealed to `--key`
    #[arg(long, value_name = "FILE")]
    pub(crate) server_shares: InputPath,
    /// The private RSA key that sealed server shares are sealed to, PEM
    #[arg(long, value_name = "PEM")]
    pub(crate) key: Option<InputPath>,
    #[command(flatten)]
    pub(crate) key_passphrase: OptionalKeyPassphrase,
    /// The wallet
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "wallets",
        conflicts_with = "wallets"
    )]
    pub(crate) wallet: Option<String>,
    /// Key Share #2: the device share of the wallet
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "device_shares",
        conflicts_with = "device_shares"
    )]
    pub(crate) device_share: Option<InputPath>,
    /// Take over every wallet listed in this file: one id per line, CSV with a column `walletId`, or NDJSON
    #[arg(
        long = "wallets",
        alias = "wallets-file",
        value_name = "FILE",
        requires = "device_shares"
    )]
    pub(crate) wallets: Option<ListPath>,
    /// The folder of device shares, each named `WALLET_ID.json`
    #[arg(long, value_name = "DIR")]
    pub(crate) device_shares: Option<InputPath>,
    /// Take over only the keys of this algorithm [default: every key of the device]
    #[arg(long, value_enum)]
    pub(crate) algorithm: Option<Algorithms>,
    #[command(flatten)]
    pub(crate) known: KnownAddresses,
    /// Write the extended private keys to this new file: locked under a passphrase, sealed with `--seal-to`, or unencrypted
    /// with `--unencrypted`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<OutputFile>,
    /// Seal the result to this public key instead of locking it; may be given several times. `unseal` opens it
    #[arg(long, value_name = "PUBLIC.pem", conflicts_with_all = ["unencrypted", "passphrase_file"], requires = "out")]
    pub(crate) seal_to: Vec<InputPath>,
    /// The format of what is sealed
    #[arg(long, value_enum, default_value_t = SealFormat::Lifeboat, requires = "seal_to")]
    pub(crate) seal_format: SealFormat,
    /// Write the extended private keys unencrypted
    #[arg(long, alias = "reveal")]
    pub(crate) unencrypted: bool,
    #[command(flatten)]
    pub(crate) passphrase: LockPassphrase,
    /// Accept a passphrase of fewer than 12 characters
    #[arg(long)]
    pub(crate) allow_weak_passphrase: bool,
}
