//! Private keys as Portal hands them to a user at eject (FORMATS.md §22).

use rand_core::CryptoRng;
use zeroize::Zeroize;

use super::ciphertext::trimmed_text;
use crate::crypto::{
    curve::{Curve, Scalar},
    secret::{Passphrase, Secret, SecretBytes, SecretText},
    secret_sharing::FullKey,
};
use crate::formats::{
    encoding::json::{FieldError, Kind, Text, Value},
    sealed::passphrase_file::{LockError, LockedFile, lock},
};

const KIND: &str = "portal keys";
/// Far more characters of base58 than 32 bytes have.
const MOST_CHARACTERS: usize = 128;

/// Why a text is no exported ed25519 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportedKeyError {
    /// 64 hexadecimal digits.
    #[error(
        "a key in hexadecimal, which is how secp256k1 keys are exported; ed25519 keys are in base58"
    )]
    Hexadecimal,
    /// A character outside the alphabet.
    #[error("not a key in base58")]
    Foreign,
    /// JSON without an ed25519 key in a field that is known.
    #[error("JSON without an ed25519 key: expected a field `ed25519Key` or `ED25519`")]
    NoField,
    /// Another length than a scalar's.
    #[error("a key of {0} bytes in base58, expected 32")]
    Length(usize),
}

/// secp256k1: 64 hexadecimal digits. ed25519: base58 of the 32-byte little-endian scalar.
#[must_use]
pub fn exported_key(key: &FullKey) -> SecretText {
    let big = key.expose().to_bytes();
    match key.public_key().curve() {
        Curve::Secp256k1 => big.to_hex(),
        Curve::Ed25519 => {
            let mut little = *big.expose();
            little.reverse();
            let text = bs58::encode(&little).into_string();
            little.zeroize();
            SecretText::new(text)
        }
    }
}

/// What the key is, in words that keep it from being taken for something else.
#[must_use]
pub fn key_form(curve: Curve) -> &'static str {
    match curve {
        Curve::Secp256k1 => "scalar, 32 bytes big-endian in hexadecimal",
        Curve::Ed25519 => {
            "scalar, 32 bytes little-endian in base58; not an RFC 8032 seed and not a 64-byte key pair: \
             wallets that import seeds reject or misread it"
        }
    }
}

/// The text of ejected keys locked under a passphrase.
///
/// # Errors
/// [`LockError::Memory`].
pub fn lock_portal_keys<R: CryptoRng>(
    text: &SecretText,
    passphrase: &Passphrase,
    rng: &mut R,
) -> Result<String, LockError> {
    let plain = SecretBytes::new(text.expose().as_bytes().to_vec());
    lock(KIND, r#""holds":"private keys""#, &plain, passphrase, rng)
}

/// A locked file of ejected keys, where the bytes are one.
///
/// # Errors
/// [`FieldError`] when they begin as one and are none.
pub fn read_locked_portal_keys(bytes: &[u8]) -> Result<Option<LockedFile>, FieldError> {
    LockedFile::looks_like(bytes)
        .then(|| LockedFile::parse(bytes, KIND))
        .transpose()
}

/// Names of the ed25519 key in the answers that SDKs give apps.
const ED25519_NAMES: [&str; 4] = ["ed25519Key", "ED25519", "ed25519", "ed25519PrivateKey"];

/// The 32 bytes of an exported ed25519 key, in the order in which they were exported: the text itself, or the field of the
/// answer that an app got from its SDK.
///
/// # Errors
/// [`ExportedKeyError`].
pub fn parse_exported_key(text: &[u8]) -> Result<Secret<32>, ExportedKeyError> {
    let text = trimmed_text(text);
    if text
        .first()
        .is_some_and(|first| matches!(first, b'{' | b'"'))
    {
        let text = std::str::from_utf8(text).map_err(|_| ExportedKeyError::Foreign)?;
        let value = Value::parse("key", text.as_bytes()).map_err(|_| ExportedKeyError::Foreign)?;
        return parse_bare(key_in(&value)?.expose().trim().as_bytes());
    }

    parse_bare(text)
}

/// The text of the key in an answer.
fn key_in<'a>(value: &Value<'a>) -> Result<Text<'a>, ExportedKeyError> {
    let fault = |_| ExportedKeyError::NoField;
    if value.kind() == Kind::Text {
        return value.text().map_err(fault);
    }
    let mut object = value.object().map_err(fault)?;
    if let Some(inner) = object
        .find("data")
        .filter(|inner| inner.kind() == Kind::Object)
    {
        object = inner.object().map_err(fault)?;
    }
    let found = ED25519_NAMES.iter().find_map(|name| object.find(name));

    found
        .ok_or(ExportedKeyError::NoField)?
        .text()
        .map_err(fault)
}

fn parse_bare(text: &[u8]) -> Result<Secret<32>, ExportedKeyError> {
    if text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit) {
        return Err(ExportedKeyError::Hexadecimal);
    }
    // The work of decoding grows with the square of the length.
    if text.len() > MOST_CHARACTERS {
        return Err(ExportedKeyError::Foreign);
    }
    let mut bytes = bs58::decode(text)
        .into_vec()
        .map_err(|_| ExportedKeyError::Foreign)?;
    let key = Secret::from_slice(&bytes).ok_or(ExportedKeyError::Length(bytes.len()));
    bytes.zeroize();
    key
}

/// The scalar of 32 little-endian bytes; `None` when it is zero or not below the group order.
#[must_use]
pub fn ed25519_scalar(little: &Secret<32>) -> Option<Scalar> {
    let mut big = *little.expose();
    big.reverse();
    Scalar::from_canonical(Curve::Ed25519, &Secret::take(&mut big))
        .filter(|scalar| !scalar.is_zero())
}
