//! The public keys of an issuer (RFC 7517), as its JWKS lists them.
//!
//! Only keys that can verify a signature are taken: RSA, P-256, P-384 and Ed25519. A symmetric key in a list that everybody can read
//! is no key at all.

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};

/// Largest JWKS that is read, in bytes.
pub const MAX_JWKS: usize = 1 << 20;
/// Most keys of one issuer.
const MAX_KEYS: usize = 256;

/// The keys of one issuer.
pub struct KeySet {
    keys: Vec<IssuerKey>,
}

struct IssuerKey {
    id: Option<String>,
    /// What it may verify: what its type can, and of that only what the list says it is for.
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

/// Why a text is no list of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// No JSON, or no `keys`.
    #[error("it is no JWKS")]
    NotJwks,
    /// None that can verify a signature.
    #[error(
        "it holds no public key that verifies signatures: RSA of 2048 bits or more, P-256, P-384 or Ed25519"
    )]
    NoKey,
    /// More than [`MAX_JWKS`] or [`MAX_KEYS`].
    #[error("it is larger than any JWKS")]
    Large,
}

impl KeySet {
    /// Reads a JWKS. Keys of kinds that are not known are left out.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetError> {
        #[derive(serde::Deserialize)]
        struct Jwks {
            keys: Vec<serde_json::Value>,
        }

        if bytes.len() > MAX_JWKS {
            return Err(KeySetError::Large);
        }
        let jwks: Jwks = serde_json::from_slice(bytes).map_err(|_| KeySetError::NotJwks)?;
        if jwks.keys.len() > MAX_KEYS {
            return Err(KeySetError::Large);
        }

        let keys: Vec<IssuerKey> = jwks.keys.into_iter().filter_map(IssuerKey::of).collect();
        if keys.is_empty() {
            return Err(KeySetError::NoKey);
        }
        Ok(Self { keys })
    }

    /// The key that a token's header names; without a name the only one of that algorithm.
    #[must_use]
    pub fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|key| key.algorithms.contains(&algorithm))
            .filter(|key| id.is_none() || key.id.as_deref() == id);

        let first = fitting.next()?;
        let is_only_one = fitting.next().is_none();
        is_only_one.then_some(&first.key)
    }
}

impl IssuerKey {
    fn of(value: serde_json::Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let is_for_signatures = matches!(
            jwk.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        );
        let mut algorithms = possible(&jwk)?;
        if let Some(only) = jwk.common.key_algorithm {
            algorithms.retain(|algorithm| format!("{algorithm:?}") == only.to_string());
        }
        if !is_for_signatures || algorithms.is_empty() {
            return None;
        }

        Some(Self {
            key: DecodingKey::from_jwk(&jwk).ok()?,
            id: jwk.common.key_id,
            algorithms,
        })
    }
}

/// What a key of this type can verify.
fn possible(jwk: &Jwk) -> Option<Vec<Algorithm>> {
    /// 2048 bits in base64 without padding.
    const SHORTEST_MODULUS: usize = 342;

    match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) if rsa.n.len() >= SHORTEST_MODULUS => Some(vec![
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ]),
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => Some(vec![Algorithm::ES256]),
            EllipticCurve::P384 => Some(vec![Algorithm::ES384]),
            _ => None,
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            Some(vec![Algorithm::EdDSA])
        }
        _ => None,
    }
}
