//! Who asks: a user, a backend of the company, or an operator, and what is known of them once they have proved it.

use lifeboat::formats::wallets::wallet_id::WalletId;

use super::portal::ClientId;

/// A name that an issuer gave: the subject alone is not unique, two issuers may both have a `1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The issuer of the token.
    pub issuer: String,
    /// Its name for whoever the token is for.
    pub subject: String,
}

/// Where it is written which wallets are a user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalletSource {
    /// In the table of grants.
    Grants,
    /// In the token itself, in the claim that the configuration names.
    Claim(Vec<WalletId>),
}

/// What a caller may do at all; which wallets is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Somebody who has wallets.
    User(WalletSource),
    /// A backend of the company: it may name any wallet, and says for whom it asks.
    Service,
}

/// Somebody whose token or signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub identity: Identity,
    /// What it is.
    pub role: Role,
    /// The clients at Portal that its token names; `None` where the table of grants says which are its.
    pub clients: Option<Vec<ClientId>>,
    /// Whether the token has the claim of operators. It counts on the operators' listener alone.
    pub is_operator: bool,
    /// When its owner last signed in, in milliseconds since 1970; `None` where the token does not say.
    pub signed_in_at: Option<i64>,
}

/// The issuer's name of callers that come with an API key and not with a token of an issuer. No URL looks like it, so no
/// issuer has it.
pub const API_KEYS: &str = "api-key";

impl Caller {
    /// A backend that signed its request with the private key of an API key.
    #[must_use]
    pub fn api_key(key: &str) -> Self {
        Self {
            identity: Identity {
                issuer: API_KEYS.to_owned(),
                subject: key.to_owned(),
            },
            role: Role::Service,
            clients: None,
            is_operator: false,
            signed_in_at: None,
        }
    }

    /// Whether it may name any wallet.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.role == Role::Service
    }

    /// The wallets that its token names; `None` where the table of grants says which they are.
    #[must_use]
    pub fn claimed_wallets(&self) -> Option<&[WalletId]> {
        match &self.role {
            Role::User(WalletSource::Claim(wallets)) => Some(wallets),
            Role::User(WalletSource::Grants) | Role::Service => None,
        }
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.subject, self.issuer)
    }
}

/// Longest subject, in bytes.
const MAX_SUBJECT: usize = 255;

/// Whether a text can be somebody's name at an issuer.
#[must_use]
pub fn is_sound_subject(subject: &str) -> bool {
    !subject.trim().is_empty() && subject.len() <= MAX_SUBJECT && is_printable(subject)
}

/// Whether a text has no letter that steers a terminal.
#[must_use]
pub fn is_printable(text: &str) -> bool {
    !text.chars().any(char::is_control)
}
