//! What can be typed. Help, man page and completions come from here.

pub(crate) mod completions;
pub(crate) mod derive;
pub(crate) mod drill;
mod examples;
pub(crate) mod export;
pub(crate) mod guide;
pub(crate) mod help;
pub(crate) mod keys;
pub(crate) mod kit;
pub(crate) mod man_page;
pub(crate) mod near_misses;
pub(crate) mod passphrases;
pub(crate) mod paths;
pub(crate) mod portal;
pub(crate) mod seal;
pub(crate) mod shapes;
pub(crate) mod takeover;

use clap::{Parser, Subcommand};

use crate::args::{
    derive::{Check, Derive, Merge},
    drill::Drill,
    export::{Export, Sign},
    guide::Guide,
    keys::{Key, Keygen},
    kit::{Kit, Workspace},
    paths::OutputFolder,
    portal::Portal,
    seal::{Rewrap, Seal, Unseal},
    takeover::{ConfirmEddsa, Share, Takeover},
};

/// Recover 2-of-2 MPC wallet keys, offline, when the wallet provider is gone
///
/// The main job: `lifeboat derive KIT --key recovery-private.pem --wallets ids.txt --out shares.json` opens a workspace
/// recovery kit and derives Key Share #1 of every wallet listed. Secrets are read from files or asked for on the
/// terminal, never taken from arguments; secret results go to new files that only you can read.
#[derive(Parser)]
#[command(name = "lifeboat", version = env!("LIFEBOAT_VERSION"), max_term_width = 110)]
pub(crate) struct Args {
    /// Print one JSON object about the outcome on standard output; never a secret
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Print only warnings and errors on standard error
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Refuse to run (exit status 3) while a network interface other than loopback is up
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) require_air_gap: bool,
    /// Refuse to run (exit status 2) if the system cannot sandbox the process
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) require_confinement: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lead through a recovery: ask what there is, show and run each command, say what comes next
    ///
    /// It looks at files to tell what they are, and asks. Each command is shown as it would be typed before it runs, and
    /// asks for its passphrases itself. Results go into the folder `--work`; nothing is overwritten. It can be left at
    /// any time: started again with the same folder, it goes on.
    Guide(Guide),
    /// Make a recovery key pair (RSA-4096)
    Keygen(Keygen),
    /// Inspect a key, prove that it opens, or join a shared passphrase
    #[command(subcommand)]
    Key(Key),
    /// Inspect a recovery kit, prove that it opens, or make one
    #[command(subcommand)]
    Kit(Kit),
    /// Derive Key Share #1 of wallets from a recovery kit
    Derive(Derive),
    /// Decrypt a sealed file with a recipient's private key; age files, too
    Unseal(Unseal),
    /// Encrypt a result file to a public key
    Seal(Seal),
    /// Join the parts of a split batch (`derive --shard`)
    Merge(Merge),
    /// Re-derive the records of a result file and report differences
    Check(Check),
    /// Find the rule of a wallet's EdDSA share, by its public key
    ConfirmEddsa(ConfirmEddsa),
    /// Change the recipients of a sealed file, without decrypting its records
    Rewrap(Rewrap),
    /// Recover the workspace's own keys from a recovery kit
    Workspace(Workspace),
    /// Recover Key Share #2 from a device backup, or back it up
    #[command(subcommand)]
    Share(Share),
    /// Combine Key Share #1 and Key Share #2 into the wallet's full keys
    Takeover(Takeover),
    /// Show the addresses of full keys, and with `--private-keys` the keys as wallets take them
    Export(Box<Export>),
    /// Sign the message of a prepared transaction with a wallet's key
    Sign(Sign),
    /// Recover keys from Portal backups
    #[command(subcommand)]
    Portal(Portal),
    /// Rehearse a whole recovery, on invented secrets or on your kit, and prove each step
    ///
    /// Without `--kit` everything is invented, and nothing of yours is touched. With `--kit` the same evidence comes from your
    /// kit: it is opened, a sample of your wallets is derived, sealed and opened in memory, and nothing secret is shown or
    /// written. What stays are salted commitments: `--compare` holds them against those of an earlier drill.
    Drill(Box<Drill>),
    /// Self-test, and check network, swap, core dumps and sandbox of this machine
    Doctor,
    /// Say what an error code means and what to do about it
    ///
    /// Without a code it prints them all.
    Errors {
        /// The code, such as `wrong_recovery_key`
        code: Option<String>,
    },
    /// Print the manual page of lifeboat or of one command, or write them all
    ///
    /// On a terminal the page is text to read. Into a file or a pipe it is written in the language of manual pages:
    /// `lifeboat man derive | man -l -`.
    Man {
        /// The command, such as `kit verify`
        #[arg(conflicts_with = "all")]
        command: Vec<String>,
        /// Write every page into this new folder; `sudo install -D -m 644 -t /usr/local/share/man/man1 DIR/*` installs them
        #[arg(long, value_name = "DIR")]
        all: Option<OutputFolder>,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// Whether it has secrets in memory or shows them, so that it belongs on a machine that is offline. `key show` knows
    /// only when it has seen the key, and says so itself. Single records are opened at the endpoint, which is online. What a
    /// drill invents is nobody's secret.
    pub(crate) fn belongs_offline(&self) -> bool {
        match self {
            Self::Errors { .. } | Self::Man { .. } | Self::Completions { .. } => false,
            // The commands that it starts say so themselves.
            Self::Guide(_) => false,
            Self::Key(Key::Show(_)) | Self::Kit(Kit::Inspect { .. }) => false,
            Self::Portal(Portal::CloudName(_)) => false,
            Self::Drill(drill) => drill.kit.is_some(),
            Self::Unseal(unseal) => unseal.wallet.is_empty() && unseal.record_key.is_none(),
            _ => true,
        }
    }
}
