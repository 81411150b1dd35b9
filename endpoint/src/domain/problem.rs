//! What a caller is told when something cannot be done: a stable code with its status, its title and its remedy side by
//! side. `docs/ENDPOINT.md` holds the table that [`table`] prints.

use std::fmt::Write;

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal, $remedy:literal;)*) => {
        /// Everything that can be answered in place of a result.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, in the order of statuses.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name, which never changes.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// What it is, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What to do about it.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }
        }
    };
}

problems! {
    /// The request is not as the API describes it.
    BadRequest = "bad-request", 400, "the request is not understood",
        "send what /openapi.json describes; `errors` names the members";
    /// No token.
    TokenMissing = "token-missing", 401, "no token was sent",
        "send `Authorization: Bearer TOKEN`, with a token of a configured issuer; never in the address";
    /// A token that does not hold.
    TokenInvalid = "token-invalid", 401, "the token is not valid here",
        "get a new token; if that fails too, compare issuer, audience and algorithms with the configuration";
    /// A token whose time is over.
    TokenExpired = "token-expired", 401, "the token has expired",
        "sign in again";
    /// No secret of the webhook, or another one.
    WebhookSecret = "webhook-secret", 401, "the webhook's secret is not valid here",
        "compare `X-Webhook-Secret` with the lines of `portal.secrets`; after a change of that file send SIGHUP";
    /// Not one of the operators.
    NotOperator = "not-operator", 403, "only operators may do this",
        "sign in with an account that has the operator claim of the configuration";
    /// An operator decides on a request of their own.
    OwnRequest = "own-request", 403, "nobody decides on a request of their own",
        "ask another operator";
    /// The caller signed in too long ago.
    SignInTooOld = "sign-in-too-old", 403, "the sign-in is too long ago",
        "sign in again, then repeat the request";
    /// The device has been replaced.
    DeviceReplaced = "device-replaced", 403, "another device took this one's place",
        "use the device that was recovered last, or recover on this one";
    /// The wallet is locked by an operator.
    WalletLocked = "wallet-locked", 403, "the wallet is locked",
        "ask the company's support why";
    /// No such wallet, or not this caller's.
    NoSuchWallet = "no-such-wallet", 404, "there is no such wallet",
        "check the wallet id; if it is right, the company has not granted it to this account";
    /// No such release, or not this caller's.
    NoSuchRelease = "no-such-release", 404, "there is no such release",
        "check the id; request a new one";
    /// No such client of Portal's, or not this caller's.
    NoSuchClient = "no-such-client", 404, "there is no such client",
        "check the client id, letter by letter; if it is right, the company has not granted it to this account";
    /// The wallet has no server share here.
    NoServerShare = "no-server-share", 404, "no server share of this wallet is here",
        "import the sealed file that has it, then start the server again";
    /// The wallet has no backup.
    NoBackup = "no-backup", 404, "there is no backup of this wallet",
        "recover with a backup file of your own, or from the device that has the wallet";
    /// No such device, or not this caller's.
    NoSuchDevice = "no-such-device", 404, "no such device is known",
        "check the device id; a device is known from its first backup on";
    /// Nothing is known of this passphrase.
    NoSuchPassphrase = "no-such-passphrase", 404, "it is not known where this passphrase is kept",
        "look where the app keeps passphrases; ids of passphrases are case-sensitive";
    /// No such path.
    NoSuchPath = "no-such-path", 404, "there is nothing at this path",
        "see /openapi.json for the paths";
    /// The path does not take this method.
    MethodNotAllowed = "method-not-allowed", 405, "the path does not take this method",
        "see /openapi.json for the methods of each path";
    /// The wallet and caller have an open release.
    ReleaseOpen = "release-open", 409, "a release of this wallet is open already",
        "use that one, which `link` names, or cancel it first";
    /// The release is over.
    ReleaseFinal = "release-final", 409, "the release is over",
        "request a new one";
    /// The release cannot be collected yet.
    ReleaseNotReady = "release-not-ready", 409, "the release is not ready",
        "wait until `notBefore`, or until operators have approved it; ask for its state";
    /// The policy wants a release.
    ReleaseRequired = "release-required", 409, "the share is given away through a release only",
        "request a release at the path that `link` names";
    /// An operator has decided already.
    AlreadyDecided = "already-decided", 409, "you have decided on this release already",
        "another operator must decide";
    /// A backup of Portal's that is complete or has failed already, or lacks the custodian's share.
    StateOrder = "state-order", 409, "the state of the backup does not follow from the one it has",
        "hand the client's share in again, and say then how it went; what is complete stays so";
    /// An idempotency key with another body.
    KeyReused = "idempotency-key-reused", 409, "the idempotency key was used for another request",
        "use a new key for a new request, and the same body with the same key";
    /// A backup from a phone that was replaced.
    BackupOfReplaced = "device-replaced", 409, "the device was recovered on another phone, which replaces this one",
        "back up from the phone that was recovered last, or recover on this one";
    /// A key differs from the one that is registered.
    KeyDiffers = "key-differs", 409, "a key differs from the one that is registered",
        "compare key ids and public keys with those of the wallet";
    /// The release ended by itself.
    ReleaseExpired = "release-expired", 410, "the release has expired",
        "request a new one";
    /// The body is too long.
    BodyTooLarge = "body-too-large", 413, "the body is too long",
        "send less; `limits.body` of the configuration says how much";
    /// The body is of another type.
    NotJson = "not-json", 415, "the body is no JSON",
        "send JSON, with `Content-Type: application/json`";
    /// A member of the body has a value that cannot be.
    Unprocessable = "unprocessable", 422, "a value cannot be",
        "`errors` names the members and what they can be";
    /// The answer must be encrypted.
    EncryptionRequired = "encryption-required", 422, "the answer must be encrypted to a key of yours",
        "send `encryptTo` with a public key as JWK";
    /// Too many requests.
    TooManyRequests = "too-many-requests", 429, "too many requests",
        "wait as long as `Retry-After` says";
    /// A client or a wallet with more versions of its shares than any has.
    TooManyVersions = "too-many-versions", 429, "more versions than are kept of one client or wallet",
        "ask the company's support: what is here stays here, and nothing new is kept of this client or wallet";
    /// Too many releases of a wallet.
    TooManyReleases = "too-many-releases", 429, "too many releases of this wallet today",
        "wait as long as `Retry-After` says, or ask the company's support";
    /// A fault of the server.
    Internal = "internal", 500, "the server made a mistake",
        "tell the company's support the request id that `instance` has";
    /// The audit log cannot be written.
    AuditUnavailable = "audit-unavailable", 503, "nothing is given away while it cannot be recorded",
        "try again; operators: the state database cannot be written, see the log and the disk";
    /// The database cannot be read.
    DatabaseUnavailable = "database-unavailable", 503, "the database does not answer",
        "try again; operators: see the log";
    /// No key opens the share's file.
    ShareKeyMissing = "share-key-missing", 503, "the share cannot be opened now",
        "try again; operators: start the server again, so that it opens the files that were imported";
    /// No key opens the backups.
    DataKeyMissing = "data-key-missing", 503, "backups cannot be opened or sealed now",
        "try again; operators: `[key]` must name the key of the database; after `data-key new` start every server again";
    /// The issuer's keys are not there.
    IssuerKeysMissing = "issuer-keys-missing", 503, "tokens cannot be checked now",
        "try again; operators: the issuer's keys cannot be fetched, see the log";
    /// More requests at once than the server takes.
    Overloaded = "overloaded", 503, "the server has more requests than it takes",
        "try again in a moment";
    /// The request took too long.
    DeadlineExceeded = "deadline-exceeded", 503, "the request took too long",
        "try again";
}

/// What one member of a request has wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFault {
    /// Where it is: a JSON pointer, such as `/encryptTo/kty`.
    pub pointer: String,
    /// What is wrong.
    pub detail: String,
}

/// A problem of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub code: Code,
    /// What it is in this case; never a secret.
    pub detail: Option<String>,
    /// The members that are wrong.
    pub errors: Vec<MemberFault>,
    /// Seconds until another try can succeed.
    pub retry_after: Option<u64>,
    /// A path that leads on.
    pub link: Option<String>,
    /// The state of the release it is about.
    pub state: Option<&'static str>,
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            retry_after: (code.status() == 503).then_some(2),
            link: None,
            state: None,
        }
    }
}

impl Problem {
    /// Says what it is in this case.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names a member that is wrong.
    #[must_use]
    pub fn member(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(MemberFault {
            pointer: pointer.into(),
            detail: detail.into(),
        });
        self
    }

    /// Says when another try can succeed.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Names a path that leads on.
    #[must_use]
    pub fn link(mut self, path: impl Into<String>) -> Self {
        self.link = Some(path.into());
        self
    }

    /// Says in which state the release is.
    #[must_use]
    pub fn state(mut self, state: &'static str) -> Self {
        self.state = Some(state);
        self
    }
}

/// The table of all codes as Markdown.
#[must_use]
pub fn table() -> String {
    let mut table =
        String::from("| code | status | what it is | what to do |\n| --- | --- | --- | --- |\n");
    for code in Code::ALL {
        let (name, status) = (code.name(), code.status());
        let (title, remedy) = (code.title(), code.remedy());
        writeln!(table, "| `{name}` | {status} | {title} | {remedy} |")
            .expect("text takes what is written");
    }
    table
}
