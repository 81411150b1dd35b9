//! Tokens of configured issuers: JWT (RFC 7519) with a signature of a key that the issuer lists.
//!
//! What a token says of itself decides nothing. Its issuer must be a configured one, its algorithm one of those that are
//! configured for this issuer, its key one of the issuer's own list; keys and addresses of keys in the token are not
//! looked at.

use std::{collections::HashMap, sync::Arc};

use jsonwebtoken::{Algorithm, Header, Validation, dangerous};
use lifeboat::formats::wallets::wallet_id::WalletId;
use serde_json::{Map, Value};

use super::{
    issuer_keys::{IssuerKeys, KeyError},
    known_tokens::{Checked, KnownTokens},
};
use crate::domain::{
    caller::{Caller, Identity, Role, WalletSource, is_sound_subject},
    portal::ClientId,
};

/// Longest token that is read, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;
/// How far the clocks of issuer and server may be apart, in seconds.
pub const SKEW: i64 = 60;

/// What is configured of an issuer, beside where its keys are.
pub struct Issuer {
    /// The audience that its tokens must name.
    pub audience: String,
    /// What they may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// The claim with a user's wallets; `None` where the table of grants has them.
    pub wallet_claim: Option<String>,
    /// The claim with a user's clients at Portal; `None` where the table of grants has them.
    pub client_claim: Option<String>,
    /// What makes an operator.
    pub operator: Option<ClaimRule>,
    /// The scope that makes a backend of the company.
    pub service_scope: String,
}

/// A claim that must have a value, or hold it in a list.
pub struct ClaimRule {
    /// The claim.
    pub claim: String,
    /// The value.
    pub is: String,
}

/// Verifies tokens.
pub struct Bearer {
    issuers: HashMap<String, Issuer>,
    keys: IssuerKeys,
    known: KnownTokens,
}

/// When a token is valid, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// `exp`.
    expires: i64,
    /// The later one of `nbf` and `iat`.
    begins: Option<i64>,
}

/// Why a token is refused. More is not said to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no good token for here.
    #[error("the token is not valid")]
    Invalid,
    /// It was one.
    #[error("the token has expired")]
    Expired,
    /// The issuer's keys are not at hand: nothing can be said of the token.
    #[error("the keys of the token's issuer cannot be fetched")]
    KeysAway,
}

impl Bearer {
    /// A verifier of the tokens of these issuers.
    #[must_use]
    pub fn new(issuers: HashMap<String, Issuer>, keys: IssuerKeys) -> Self {
        Self {
            issuers,
            keys,
            known: KnownTokens::default(),
        }
    }

    /// The keys of the issuers.
    #[must_use]
    pub fn keys(&self) -> &IssuerKeys {
        &self.keys
    }

    /// Who a token is for. `caller` is where the request comes from, `now` is in milliseconds since 1970.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn verify(
        &self,
        token: &str,
        caller: &str,
        now: i64,
    ) -> Result<Arc<Caller>, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::Invalid);
        }
        let name = KnownTokens::name(token);
        if let Some(checked) = self.known.find(&name) {
            let issuer = &checked.caller.identity.issuer;
            // A list that was fetched since may lack the key.
            if self.keys.list(issuer, now).await == Some(checked.list) {
                self.keys.trust(caller);
                checked.times.check(now / 1000)?;
                return Ok(Arc::clone(&checked.caller));
            }
            self.known.forget(&name);
        }

        let checked = self.checked(token, caller, now).await?;
        let caller = Arc::clone(&checked.caller);
        self.known.keep(name, checked);
        Ok(caller)
    }

    /// Checks a token in full.
    async fn checked(&self, token: &str, caller: &str, now: i64) -> Result<Checked, TokenError> {
        let (header, name) = look(token).ok_or(TokenError::Invalid)?;
        let (name, issuer) = self
            .issuers
            .get_key_value(&name)
            .ok_or(TokenError::Invalid)?;
        if !issuer.algorithms.contains(&header.alg) {
            return Err(TokenError::Invalid);
        }

        let key = self
            .keys
            .key(name, header.kid.as_deref(), header.alg, caller, now)
            .await;
        let (key, list) = key.map_err(|error| match error {
            KeyError::Unknown => TokenError::Invalid,
            KeyError::Away => TokenError::KeysAway,
        })?;
        let data = jsonwebtoken::decode(token, &key, &rules(header.alg, name, &issuer.audience))
            .map_err(|_| TokenError::Invalid)?;

        // The signature is good: whoever sent it had a token of this issuer at some time.
        self.keys.trust(caller);
        let times = Times::of(&data.claims)?;
        times.check(now / 1000)?;
        Ok(Checked {
            caller: Arc::new(issuer.caller(name, &data.claims)?),
            times,
            list,
        })
    }
}

/// The header of a token, and the issuer that it names: nothing of it is proved.
fn look(token: &str) -> Option<(Header, String)> {
    #[derive(serde::Deserialize)]
    struct Unproved {
        iss: String,
    }

    let data = dangerous::insecure_decode::<Unproved>(token).ok()?;
    // Extensions that must be understood, and none is (RFC 7515 4.1.11).
    let is_plain = data.header.crit.is_none();
    is_plain.then_some((data.header, data.claims.iss))
}

/// What the library checks. Times are checked here, against the clock that is an argument.
fn rules(algorithm: Algorithm, issuer: &str, audience: &str) -> Validation {
    let mut rules = Validation::new(algorithm);
    rules.set_issuer(&[issuer]);
    rules.set_audience(&[audience]);
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    rules.validate_exp = false;
    rules
}

impl Times {
    /// `exp` must be there, and all of them must be times.
    fn of(claims: &Map<String, Value>) -> Result<Self, TokenError> {
        let (not_before, issued) = (seconds(claims, "nbf")?, seconds(claims, "iat")?);
        Ok(Self {
            expires: seconds(claims, "exp")?.ok_or(TokenError::Invalid)?,
            begins: not_before.max(issued),
        })
    }

    /// `nbf` and `iat` must not lie ahead, `exp` not behind.
    fn check(self, now: i64) -> Result<(), TokenError> {
        if self.begins.is_some_and(|begins| begins > now + SKEW) {
            Err(TokenError::Invalid)
        } else if self.expires < now - SKEW {
            Err(TokenError::Expired)
        } else {
            Ok(())
        }
    }
}

/// A time of the token, which may have a fraction.
pub(super) fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, TokenError> {
    /// The year 9999: what lies behind it is no time.
    const LATEST: f64 = 253_402_300_799.0;

    let Some(value) = claims.get(name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let seconds = value.as_f64().ok_or(TokenError::Invalid)?;
    if !(0.0..=LATEST).contains(&seconds) {
        return Err(TokenError::Invalid);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it was held against the range above"
    )]
    Ok(Some(seconds as i64))
}

impl Issuer {
    fn caller(&self, name: &str, claims: &Map<String, Value>) -> Result<Caller, TokenError> {
        let subject = claims.get("sub").and_then(Value::as_str);
        let subject = subject.filter(|subject| is_sound_subject(subject));
        let subject = subject.ok_or(TokenError::Invalid)?;
        // Not `iat`: whoever has a token that can be refreshed gets new ones without signing in.
        let signed_in_at = seconds(claims, "auth_time")?;

        Ok(Caller {
            identity: Identity {
                issuer: name.to_owned(),
                subject: subject.to_owned(),
            },
            role: self.role(claims),
            clients: self.client_claim.as_ref().map(|claim| {
                let clients = words(claims, claim);
                let clients = clients.iter().filter_map(|id| ClientId::parse(id));
                clients.collect()
            }),
            is_operator: self
                .operator
                .as_ref()
                .is_some_and(|rule| words(claims, &rule.claim).contains(&rule.is.as_str())),
            signed_in_at: signed_in_at.map(|seconds| seconds * 1000),
        })
    }

    fn role(&self, claims: &Map<String, Value>) -> Role {
        let scopes = ["scope", "scp"].map(|name| words(claims, name));
        let is_service = scopes
            .iter()
            .flatten()
            .flat_map(|scope| scope.split(' '))
            .any(|scope| scope == self.service_scope);
        if is_service {
            return Role::Service;
        }

        Role::User(match &self.wallet_claim {
            None => WalletSource::Grants,
            Some(claim) => {
                let wallets = words(claims, claim);
                let wallets = wallets.iter().map(|id| WalletId::parse(id.as_bytes()));
                WalletSource::Claim(wallets.filter_map(Result::ok).collect())
            }
        })
    }
}

/// The texts of a claim: one, or a list of them.
fn words<'a>(claims: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    match claims.get(name) {
        Some(Value::String(word)) => vec![word.as_str()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
