//! What can be typed.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args as Arguments, Parser, Subcommand};

/// Gives wallet keys back to their owners when the wallet provider is gone.
#[derive(Parser)]
#[command(name = "lifeboat-endpoint", version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start the server.
    Serve(Configured),
    /// Say everything that is wrong with a configuration, without starting.
    Check(Configured),
    /// Take over what the company holds.
    #[command(subcommand)]
    Import(Import),
    /// Hand out what the company needs without the server.
    #[command(subcommand)]
    Export(Export),
    /// Prove that the audit chain is as it was written.
    #[command(subcommand)]
    Audit(Audit),
    /// Copy the database, also while the server serves, and check the copy.
    Backup {
        #[command(flatten)]
        config: Configured,
        /// A new folder for the copy.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Put a copy in the place of a database that is gone, and end the releases that are open in it.
    Restore {
        #[command(flatten)]
        config: Configured,
        /// The folder that `backup --to` wrote; with PostgreSQL left out, after `pg_restore`.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
    /// Cold mode: which keys of records are wanted from the offline machine, and taking them in.
    #[command(subcommand)]
    Requests(Requests),
    /// Change the key that backups and handed-in keys are sealed under.
    #[command(subcommand)]
    DataKey(DataKey),
    /// Make up a company on this machine and serve it: to look at, and to try programs against.
    Demo(Demo),
    /// Write the takeover page as one file, which runs on a computer that is offline.
    Page {
        /// A new file.
        #[arg(long, value_name = "FILE", default_value = "takeover.html")]
        out: PathBuf,
    },
    /// Print every problem code with its status, its meaning and its remedy.
    Problems,
}

#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Follow the chain from its beginning, and compare it with checkpoints.
    Verify {
        #[command(flatten)]
        config: Configured,
        /// A checkpoint that was kept somewhere else; may be given several times.
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
    },
    /// Print the newest checkpoint, to be kept somewhere else.
    Checkpoint(Configured),
}

#[derive(Subcommand)]
pub(crate) enum Requests {
    /// Print the wallets whose record keys are wanted, one a line: for `lifeboat unseal --hand-over-key --wallets FILE`.
    Wanted {
        #[command(flatten)]
        config: Configured,
        /// Only those whose records are in this sealed file: the SHA-256 of its first line.
        #[arg(long, value_name = "HEX")]
        file: Option<String>,
    },
    /// Take in what `lifeboat unseal --hand-over-key` wrote.
    HandIn {
        #[command(flatten)]
        config: Configured,
        /// The keys, one a line.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Subcommand)]
pub(crate) enum DataKey {
    /// Make a new one for what is sealed from now on; the old ones still open what was sealed before.
    New(Configured),
    /// Wrap all of them to another key, which `[key]` must name from then on.
    Rewrap {
        #[command(flatten)]
        config: Configured,
        /// The public part of that key.
        #[arg(long, value_name = "PUBLIC.pem")]
        to: PathBuf,
    },
}

#[derive(Subcommand)]
pub(crate) enum Import {
    /// Device backups that were harvested from the provider: NDJSON with walletId, deviceId, createdAt and backup.
    Backups {
        #[command(flatten)]
        config: Configured,
        /// The list.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// The sealed file that `lifeboat derive --seal-to` wrote; run it again to go on after an interruption.
    Shares {
        #[command(flatten)]
        config: Configured,
        /// The sealed file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Whose wallets are whose: NDJSON or CSV with issuer, subject and walletId; with clientId for clients at Portal.
    Grants {
        #[command(flatten)]
        config: Configured,
        /// The issuer of the lines that name none.
        #[arg(long, value_name = "URL")]
        issuer: Option<String>,
        /// The list.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Subcommand)]
pub(crate) enum Export {
    /// Both backup shares of Portal's clients, every version, into a new folder that `lifeboat portal eject` reads as it is.
    Portal(ExportPortal),
}

#[derive(Arguments)]
pub(crate) struct ExportPortal {
    #[command(flatten)]
    pub(crate) config: Configured,
    /// A new folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Only this client; may be given several times.
    #[arg(long, value_name = "ID")]
    pub(crate) client: Vec<String>,
    /// Leave out what does not open with the data keys; without it, nothing is written then.
    #[arg(long)]
    pub(crate) without_damaged: bool,
}

#[derive(Arguments)]
pub(crate) struct Demo {
    /// Where the company is written; what an earlier demo wrote there is taken away.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    pub(crate) dir: PathBuf,
    /// Where the server listens.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    pub(crate) listen: SocketAddr,
}

#[derive(Arguments)]
pub(crate) struct Configured {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "endpoint.toml")]
    pub(crate) config: PathBuf,
}
