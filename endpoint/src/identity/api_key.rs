//! Requests that a backend signs with its API key, as the provider's own SDKs do: a token of its own for each request.
//!
//! ```text
//! X-API-Key: the key's id        Authorization: Bearer JWT, RS256 by the key's private half
//! {uri: path and query, nonce, iat, exp, sub: the key's id, bodyHash: hex SHA-256 of the body}
//! ```
//!
//! The company made the key pair for the provider; its public half is configured here. Of a request without a body one
//! SDK hashes nothing, the other the JSON text `""`.

use std::collections::HashMap;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::bearer::{MAX_TOKEN, SKEW, TokenError, seconds};
use crate::domain::caller::Caller;

/// Longest time between `iat` and `exp`, in seconds; SDKs take 55.
const LONGEST: i64 = 120;
/// Longest nonce, in bytes; SDKs make a UUID.
const MAX_NONCE: usize = 128;

/// The API keys of the company, by id.
#[derive(Default)]
pub struct ApiKeys {
    keys: HashMap<String, DecodingKey>,
}

/// A request as it was signed.
pub struct SignedRequest<'a> {
    /// `X-API-Key`.
    pub api_key: &'a str,
    /// The token.
    pub token: &'a str,
    /// Path and query as they were sent.
    pub uri: &'a str,
}

/// A request whose signature is good, and whose body has not come yet.
pub struct Signed {
    body_hash: String,
    verified: Verified,
}

/// A request whose signature is good. It counts once its nonce was not used before, which the store knows.
pub struct Verified {
    /// Who signed.
    pub caller: Caller,
    /// What makes it unlike every other request of its key.
    pub nonce: String,
    /// When the nonce may be forgotten, in milliseconds since 1970: the token is too old by then.
    pub nonce_until: i64,
}

/// Why a file is no public half of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// The private half, which belongs to the backend alone.
    #[error("it holds a private key: only the public half belongs here")]
    Private,
    /// No RSA public key in PEM.
    #[error("it holds no RSA public key in PEM")]
    NotRsa,
}

impl ApiKeys {
    /// Adds a key by its id and the PEM of its public half.
    ///
    /// # Errors
    /// [`ApiKeyError`].
    pub fn add(&mut self, id: &str, pem: &[u8]) -> Result<(), ApiKeyError> {
        if contains(pem, b"PRIVATE KEY") {
            return Err(ApiKeyError::Private);
        }
        let key = DecodingKey::from_rsa_pem(pem).map_err(|_| ApiKeyError::NotRsa)?;
        self.keys.insert(id.to_owned(), key);
        Ok(())
    }

    /// Whether there is such a key.
    #[must_use]
    pub fn is_known(&self, id: &str) -> bool {
        self.keys.contains_key(id)
    }

    /// Checks a request's token. The body is held against it afterwards, by [`Signed::of`]: nobody is waited for who has not
    /// proved who it is. `now` is in milliseconds since 1970.
    ///
    /// # Errors
    /// [`TokenError::Expired`], and [`TokenError::Invalid`] for everything else.
    pub fn verify(&self, request: &SignedRequest<'_>, now: i64) -> Result<Signed, TokenError> {
        let key = self.keys.get(request.api_key).ok_or(TokenError::Invalid)?;
        if request.token.len() > MAX_TOKEN {
            return Err(TokenError::Invalid);
        }
        let claims: Map<String, Value> = jsonwebtoken::decode(request.token, key, &rules(request))
            .map_err(|_| TokenError::Invalid)?
            .claims;

        let expires = check_times(&claims, now / 1000)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let nonce = nonce(&claims).ok_or(TokenError::Invalid)?;
        if text("uri") != request.uri {
            return Err(TokenError::Invalid);
        }

        Ok(Signed {
            body_hash: text("bodyHash").to_owned(),
            verified: Verified {
                caller: Caller::api_key(request.api_key),
                nonce,
                nonce_until: (expires + SKEW + 1) * 1000,
            },
        })
    }
}

impl Signed {
    /// The request, with the body that came.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] where another body was signed.
    pub fn of(self, body: &[u8]) -> Result<Verified, TokenError> {
        let is_this_body = is_hash_of(&self.body_hash, body);
        is_this_body
            .then_some(self.verified)
            .ok_or(TokenError::Invalid)
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn rules(request: &SignedRequest<'_>) -> Validation {
    let mut rules = Validation::new(Algorithm::RS256);
    rules.sub = Some(request.api_key.to_owned());
    rules.set_required_spec_claims(&["sub", "exp"]);
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules
}

/// When it expires. A token that lives longer than two minutes is refused: so long must its nonce be kept.
fn check_times(claims: &Map<String, Value>, now: i64) -> Result<i64, TokenError> {
    let time = |name| seconds(claims, name)?.ok_or(TokenError::Invalid);
    let (issued, expires) = (time("iat")?, time("exp")?);

    if issued > now + SKEW || expires < issued || expires - issued > LONGEST {
        Err(TokenError::Invalid)
    } else if expires < now - SKEW {
        Err(TokenError::Expired)
    } else {
        Ok(expires)
    }
}

fn nonce(claims: &Map<String, Value>) -> Option<String> {
    let nonce = match claims.get("nonce")? {
        Value::String(nonce) => nonce.clone(),
        Value::Number(nonce) => nonce.to_string(),
        _ => return None,
    };
    let is_fit = (1..=MAX_NONCE).contains(&nonce.len()) && !nonce.chars().any(char::is_control);
    is_fit.then_some(nonce)
}

/// Whether it is the SHA-256 of the body, in hexadecimal. No body is hashed as nothing, or as the JSON text `""`.
fn is_hash_of(hash: &str, body: &[u8]) -> bool {
    let is = |body: &[u8]| {
        let expected = hex::encode(Sha256::digest(body));
        bool::from(
            expected
                .as_bytes()
                .ct_eq(hash.to_ascii_lowercase().as_bytes()),
        )
    };
    is(body) || (body.is_empty() && is(b"\"\""))
}
