//! The configuration: one TOML file without secrets in it, read into settings that cannot be wrong.
//!
//! Every complaint names its key and its line, and all of them are told at once. Relative paths are relative to the
//! file. Nothing here opens another file: what they hold is looked at by whoever uses it, and by `check`.

mod database;
mod portal;
mod reader;
mod sections;
mod values;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use toml::de::DeTable;

use self::reader::{Notes, Section};
pub use self::{
    reader::Complaint,
    values::{Network, Rate},
};
use crate::domain::policy::{Mode, Policy};

/// Everything that is configured.
#[derive(Debug)]
pub struct Settings {
    /// Where the server listens.
    pub server: Server,
    /// Where it keeps what it keeps.
    pub database: Database,
    /// What it does.
    pub modules: Modules,
    /// Who opens sealed files and the data keys; in cold mode the data keys alone. `None` where there is nothing to open.
    pub key: Option<Holder>,
    /// Who signs tokens of users and operators.
    pub issuers: Vec<Issuer>,
    /// The company's backends.
    pub services: Vec<Service>,
    /// When shares are given away.
    pub release: Policy,
    /// Portal's webhooks.
    pub portal: Option<Portal>,
    /// Where users of the page sign in by themselves; `None` where they bring a token.
    pub page: Option<Page>,
    /// Who is told of releases.
    pub notify: Option<Notify>,
    /// Checkpoints of the audit chain.
    pub audit: Audit,
    /// Bounds of requests.
    pub limits: Limits,
    /// What is logged.
    pub log: Log,
}

/// Where Portal's webhooks begin if nothing is said.
pub use self::portal::ROOT as PORTAL_ROOT;

/// `[server]`
#[derive(Debug)]
pub struct Server {
    /// For users and backends.
    pub listen: SocketAddr,
    /// For operators and metrics.
    pub admin: SocketAddr,
    /// How the server is called from outside, without a slash at its end.
    pub public_url: String,
    /// Who encrypts the connection.
    pub tls: Tls,
    /// Web pages of other hosts that may call: their origins.
    pub origins: Vec<String>,
}

/// Who encrypts connections.
#[derive(Debug)]
pub enum Tls {
    /// This server, with a certificate.
    Own {
        /// The chain, PEM.
        certificate: PathBuf,
        /// Its private key, PEM.
        key: PathBuf,
    },
    /// A proxy before it; of these, `X-Forwarded-For` is believed.
    Proxy(Vec<Network>),
    /// Nobody: on loopback only.
    None,
}

/// `[database]`
#[derive(Debug)]
pub enum Database {
    /// A folder with the files of SQLite.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Postgres),
}

/// Where a PostgreSQL server is, and who it must be.
#[derive(Debug, Clone)]
pub struct Postgres {
    /// Its address, as its own programs take it; without a password and without `sslmode`.
    pub url: String,
    /// How the connection is encrypted.
    pub ssl_mode: SslMode,
    /// Who signs the server's certificate, PEM; `None`: whom browsers trust.
    pub certificate: Option<PathBuf>,
    /// The password, alone in a file; `None` where the server asks for none.
    pub password_file: Option<PathBuf>,
}

/// How a connection to PostgreSQL is encrypted, in PostgreSQL's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Not at all.
    Disable,
    /// If the server can; whoever answers is believed.
    Prefer,
    /// Always; whoever answers is believed.
    Require,
    /// Always, and only with a certificate for the name in the address.
    VerifyFull,
}

/// `[modules]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modules {
    /// Key Share #1 is served.
    pub shares: bool,
    /// Backups of Key Share #2 are kept and served.
    pub backups: bool,
    /// Portal's webhooks are answered.
    pub portal: bool,
    /// The page is served.
    pub page: bool,
}

/// `[key]`
#[derive(Debug)]
pub enum Holder {
    /// A private key in a file.
    File {
        /// The key, in any encoding that the offline tool reads.
        path: PathBuf,
        /// Where its passphrase comes from.
        passphrase: PassphraseSource,
    },
    /// A program that gets a wrapped key on standard input and prints the 32 bytes inside.
    Command {
        /// The program and its arguments.
        program: Vec<String>,
        /// Its public key: which of the wrapped keys is its, and what is wrapped anew.
        public_key: PathBuf,
    },
}

/// Where the passphrase of a key comes from.
#[derive(Debug)]
pub enum PassphraseSource {
    /// It is asked for on the terminal, if the key needs one.
    Asked,
    /// It is in a file.
    File(PathBuf),
    /// A program prints it.
    Command(Vec<String>),
}

/// `[[identity]]`
#[derive(Debug, Clone)]
pub struct Issuer {
    /// `iss` of its tokens.
    pub issuer: String,
    /// `aud` of its tokens.
    pub audience: String,
    /// Where its public keys are.
    pub keys: IssuerKeys,
    /// How it signs: names of JWT such as `RS256`.
    pub algorithms: Vec<String>,
    /// The claim that names the wallets of a user; `None` where the table of grants says which they are.
    pub wallets_claim: Option<String>,
    /// The claim that names a user's clients at Portal; `None` where the table of grants says which they are.
    pub clients_claim: Option<String>,
    /// The claim that makes an operator, and its value.
    pub operator: Option<(String, String)>,
    /// The scope that makes a backend of the company.
    pub service_scope: String,
}

/// Where an issuer's public keys are.
#[derive(Debug, Clone)]
pub enum IssuerKeys {
    /// A JWKS that is fetched.
    Url(String),
    /// A JWKS in a file.
    File(PathBuf),
}

/// `[[service]]`
#[derive(Debug, Clone)]
pub struct Service {
    /// Its API key.
    pub api_key: String,
    /// Its public key, PEM.
    pub public_key: PathBuf,
}

/// `[portal]`
#[derive(Debug)]
pub struct Portal {
    /// Where its routes begin.
    pub root: String,
    /// The secrets of the webhook, one a line.
    pub secrets: PathBuf,
    /// Whether the newest share is answered in the old place as well.
    pub legacy: bool,
}

/// `[page]`
#[derive(Debug)]
pub struct Page {
    /// The issuer, one of `[[identity]]`.
    pub issuer: String,
    /// What the page is called there; also `aud` of its tokens.
    pub client_id: String,
}

impl Page {
    /// Scheme, host and port of the issuer.
    #[must_use]
    pub fn origin(&self) -> &str {
        let host = self.issuer.find("://").map_or(0, |at| at + 3);
        let rest = self.issuer.get(host..).unwrap_or_default();
        let end = rest.find('/').map_or(self.issuer.len(), |at| host + at);
        self.issuer.get(..end).unwrap_or_default()
    }
}

/// `[notify]`
#[derive(Debug)]
pub struct Notify {
    /// Where notices are sent.
    pub url: String,
    /// What they are signed with.
    pub secret: PathBuf,
    /// Whether checkpoints of the audit chain are sent, too.
    pub checkpoints: bool,
}

/// `[audit]`
#[derive(Debug)]
pub struct Audit {
    /// The key that signs checkpoints; `None`: none are signed.
    pub key: Option<PathBuf>,
    /// The verifier keys of checkpoints that were signed before, with another key or under another `public_url`.
    pub verifiers: Vec<String>,
    /// How often.
    pub every: Duration,
}

/// `[limits]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest body, in bytes.
    pub body: usize,
    /// Longest time for a request.
    pub request: Duration,
    /// Longest time until the head of a request is there.
    pub header: Duration,
    /// Most requests at once.
    pub open: usize,
    /// Requests of one caller.
    pub per_caller: Rate,
    /// Requests from one address.
    pub per_address: Rate,
    /// Webhooks with a good secret, of all senders together.
    pub webhooks: Rate,
}

/// `[log]`
#[derive(Debug, Clone, Copy)]
pub struct Log {
    /// Lines of JSON rather than text.
    pub json: bool,
    /// The least important that is told.
    pub level: tracing::level_filters::LevelFilter,
}

impl Settings {
    /// Whether shares are given away after a wait, in which nobody is told that somebody asks.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.modules.shares && self.notify.is_none() && !self.release.delay.is_zero()
    }

    /// Whether the server holds no key to shares: the keys of single records are handed in.
    #[must_use]
    pub fn is_cold(&self) -> bool {
        self.modules.shares && self.release.mode == Mode::Cold
    }

    /// Whether this host opens shares and keeps backups: whoever takes it over can try passphrases.
    #[must_use]
    pub fn has_both_halves(&self) -> bool {
        let modules = self.modules;
        modules.shares && modules.backups && self.release.mode == Mode::Hot
    }

    /// Reads a configuration that lies in `folder`.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of lines.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, Vec<Complaint>> {
        let notes = Notes::of(text);
        let (table, faults) = DeTable::parse_recoverable(text);
        for fault in &faults {
            let line = notes.line_of(fault.span().map_or(0, |span| span.start));
            notes.complain(line, "", format!("this is no TOML: {}", fault.message()));
        }
        if !faults.is_empty() {
            // What is missing then may only be unread.
            return Err(notes.into_found());
        }
        let settings = {
            let root = Section::root(table.get_ref(), &notes);
            let settings = sections::read(&root, folder);
            root.finish();
            settings
        };
        let found = notes.into_found();
        match settings {
            Some(settings) if found.is_empty() => Ok(settings),
            _ => Err(found),
        }
    }
}
