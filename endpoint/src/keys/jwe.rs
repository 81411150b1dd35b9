//! Answers encrypted to a key of the caller: JWE in its compact form (RFC 7516), AES-256-GCM under a fresh key that is
//! agreed with `ECDH-ES` on P-256 or wrapped with `RSA-OAEP-256`.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral},
    rand::SystemRandom,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use getrandom::{SysRng, rand_core::UnwrapErr};
use lifeboat::crypto::{
    rsa::{OaepHash, RecoveryPublicKey},
    secret::SecretBytes,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const P256_BYTES: usize = 32;
/// Smallest RSA key, in bits.
const MIN_BITS: u32 = 2048;
const MAX_BITS: u32 = 8192;
/// Longest id of a key, in bytes.
const MAX_ID: usize = 256;
/// Members of private and symmetric keys (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a key is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a public key as JWK: `kty` EC with `crv` P-256, or `kty` RSA of {MIN_BITS} to {MAX_BITS} bits; `kid` of at most {MAX_ID} bytes"
)]
pub struct JwkError;

/// A public key of a caller.
pub struct Recipient {
    key: Key,
    id: Option<String>,
}

enum Key {
    P256(Vec<u8>),
    Rsa(RecoveryPublicKey),
}

impl Recipient {
    /// Reads a JWK (RFC 7517). One with private members is refused.
    ///
    /// # Errors
    /// [`JwkError`].
    pub fn parse(jwk: &Value) -> Result<Self, JwkError> {
        let number = |name: &str| {
            let text = jwk.get(name).and_then(Value::as_str)?;
            Base64UrlUnpadded::decode_vec(text).ok()
        };
        if PRIVATE.iter().any(|name| jwk.get(*name).is_some()) {
            return Err(JwkError);
        }
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let key = match (text("kty"), text("crv")) {
            (Some("EC"), Some("P-256")) => {
                let (x, y) = (number("x").ok_or(JwkError)?, number("y").ok_or(JwkError)?);
                if x.len() != P256_BYTES || y.len() != P256_BYTES {
                    return Err(JwkError);
                }
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                // A point that is not on the curve is noticed here and not when the share is handed out.
                agreed_with(&point)?;
                Key::P256(point)
            }
            (Some("RSA"), _) => {
                let (n, e) = (number("n").ok_or(JwkError)?, number("e").ok_or(JwkError)?);
                let key = RecoveryPublicKey::from_numbers(&n, &e).map_err(|_| JwkError)?;
                if !(MIN_BITS..=MAX_BITS).contains(&key.bits()) {
                    return Err(JwkError);
                }
                Key::Rsa(key)
            }
            _ => return Err(JwkError),
        };
        let id = text("kid").map(str::to_owned);
        if id.as_ref().is_some_and(|id| id.len() > MAX_ID) {
            return Err(JwkError);
        }
        Ok(Self { key, id })
    }

    /// The key as a JWK again, with what is used of it and no more: it is kept, and goes into the audit chain.
    #[must_use]
    pub fn to_jwk(&self) -> String {
        let encode = Base64UrlUnpadded::encode_string;
        let mut jwk = match &self.key {
            Key::P256(point) => {
                let part = |from: usize| encode(point.get(from..from + P256_BYTES).unwrap_or(&[]));
                json!({"kty": "EC", "crv": "P-256", "x": part(1), "y": part(1 + P256_BYTES)})
            }
            Key::Rsa(public) => {
                let (exponent, modulus) = public.numbers();
                let [n, e] = [&modulus, &exponent].map(|number| {
                    let zeros = number.iter().take_while(|byte| **byte == 0).count();
                    encode(number.get(zeros..).unwrap_or(&[]))
                });
                json!({"kty": "RSA", "n": n, "e": e})
            }
        };
        if let (Some(id), Some(members)) = (&self.id, jwk.as_object_mut()) {
            members.insert("kid".to_owned(), id.as_str().into());
        }
        jwk.to_string()
    }

    /// Encrypts a text.
    ///
    /// # Errors
    /// [`JwkError`] where the key does not work after all.
    pub fn encrypt(&self, text: &SecretBytes) -> Result<String, JwkError> {
        let (mut header, key, wrapped) = match &self.key {
            Key::P256(point) => {
                let (epk, shared) = agreed_with(point)?;
                (
                    json!({"alg": "ECDH-ES", "epk": epk}),
                    concat_kdf(&shared),
                    Vec::new(),
                )
            }
            Key::Rsa(public) => {
                let mut key = Zeroizing::new([0; 32]);
                getrandom::fill(key.as_mut_slice()).map_err(|_| JwkError)?;
                let mut random = UnwrapErr(SysRng);
                let wrapped = public.seal(&mut random, OaepHash::Sha256, key.as_slice());
                (
                    json!({"alg": "RSA-OAEP-256"}),
                    key,
                    wrapped.ok_or(JwkError)?,
                )
            }
        };
        if let Some(members) = header.as_object_mut() {
            members.insert("enc".to_owned(), "A256GCM".into());
            members.extend(self.id.clone().map(|id| ("kid".to_owned(), id.into())));
        }
        let encode = Base64UrlUnpadded::encode_string;
        let header = encode(header.to_string().as_bytes());

        let mut nonce = [0; 12];
        getrandom::fill(&mut nonce).map_err(|_| JwkError)?;
        let key = UnboundKey::new(&AES_256_GCM, key.as_slice()).map_err(|_| JwkError)?;
        let mut sealed = text.expose().to_vec();
        let tag = LessSafeKey::new(key).seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut sealed,
        );
        let tag = tag.map_err(|_| JwkError)?;
        Ok(format!(
            "{header}.{}.{}.{}.{}",
            encode(&wrapped),
            encode(&nonce),
            encode(&sealed),
            encode(tag.as_ref())
        ))
    }
}

/// A key of ours for one answer, and what it shares with the caller's.
fn agreed_with(point: &[u8]) -> Result<(Value, Zeroizing<Vec<u8>>), JwkError> {
    let random = SystemRandom::new();
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random).map_err(|_| JwkError)?;
    let public = own.compute_public_key().map_err(|_| JwkError)?;
    let coordinate = |from: usize| {
        let bytes = public.as_ref().get(from..from + P256_BYTES);
        bytes.map(Base64UrlUnpadded::encode_string).ok_or(JwkError)
    };
    let epk = json!({"kty": "EC", "crv": "P-256", "x": coordinate(1)?, "y": coordinate(33)?});
    let theirs = UnparsedPublicKey::new(&ECDH_P256, point);
    let shared = agree_ephemeral(own, theirs, JwkError, |shared| {
        Ok(Zeroizing::new(shared.to_vec()))
    });
    Ok((epk, shared?))
}

/// The key of `ECDH-ES` with `A256GCM` (RFC 7518 §4.6.2), without names of the parties.
fn concat_kdf(shared: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut hash = Sha256::new();
    hash.update(1_u32.to_be_bytes());
    hash.update(shared);
    hash.update(7_u32.to_be_bytes());
    hash.update(b"A256GCM");
    hash.update(0_u32.to_be_bytes());
    hash.update(0_u32.to_be_bytes());
    hash.update(256_u32.to_be_bytes());
    Zeroizing::new(hash.finalize().into())
}
