//! The workspace owner's device share: the `MOBILE` entries and `RSA_PASSPHRASE` (FORMATS.md §5).

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::crypto::{
    aes::{legacy_aes256_cbc_open, legacy_aes256_cbc_seal},
    curve::Curve,
    kdf::pbkdf2_sha1,
    secret::{Passphrase, Secret, SecretBytes},
};
use crate::formats::{
    encoding::json::{FieldError, FieldFault, Text, Value},
    wallets::algorithm::share_tag,
};

const ROUNDS: u32 = 10_000;
const IV: [u8; 16] = [0; 16];

/// A `MOBILE` entry: the owner's share, still encrypted.
pub struct OwnerShare {
    /// The key it is a share of.
    pub key_id: Uuid,
    /// The device that held it; its first six bytes are the Shamir abscissa.
    pub device_id: Uuid,
    /// Salt of the passphrase derivation, as text.
    user_id: String,
    /// AES-256-CBC under the passphrase, or RSA-OAEP in self-serve kits.
    sealed: Vec<u8>,
}

/// Why an opened owner share is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OwnerShareError {
    /// Bad padding: the usual sign of a wrong passphrase.
    #[error("the owner's passphrase does not open it")]
    Passphrase,
    /// Opened to something that is no share; once in 256 a wrong passphrase looks like this.
    #[error("it opens to something that is no share: wrong passphrase, or damaged")]
    NotShare,
    /// The 4-byte tag names the other algorithm.
    #[error("it opens to a share of another algorithm")]
    OtherAlgorithm,
}

impl OwnerShare {
    /// Reads a `MOBILE` entry of that name.
    ///
    /// # Errors
    /// [`FieldError`] with the entry and field.
    pub fn parse(entry: &str, bytes: &[u8]) -> Result<Self, FieldError> {
        let root = Value::parse(entry, bytes)?;
        Ok(Self {
            key_id: root.get("keyId")?.uuid()?,
            device_id: root.get("deviceId")?.uuid()?,
            user_id: root.get("userId")?.text()?.expose().to_owned(),
            sealed: root.get("encryptedKey")?.hex()?,
        })
    }

    /// The encrypted bytes, which in self-serve kits are an RSA ciphertext.
    #[must_use]
    pub fn sealed(&self) -> &[u8] {
        &self.sealed
    }

    /// The abscissa of the device's point: the first 6 bytes of its id, big-endian.
    #[must_use]
    pub fn abscissa(&self) -> u64 {
        device_abscissa(self.device_id)
    }

    /// `PBKDF2-HMAC-SHA1(passphrase, userId, 10 000, 32)`, AES-256-CBC with a zero IV, then [`share_of`].
    ///
    /// # Errors
    /// [`OwnerShareError`].
    pub fn open(
        &self,
        passphrase: &Passphrase,
        curve: Curve,
    ) -> Result<Secret<32>, OwnerShareError> {
        let key = pbkdf2_sha1(passphrase, self.user_id.as_bytes(), ROUNDS);
        let plain =
            legacy_aes256_cbc_open(&key, &IV, &self.sealed).ok_or(OwnerShareError::Passphrase)?;
        share_of(&plain, curve)
    }
}

/// The abscissa of a device's point: the first 6 bytes of its id, big-endian.
#[must_use]
pub fn device_abscissa(device_id: Uuid) -> u64 {
    let id = device_id.as_bytes();
    id.iter()
        .take(6)
        .fold(0, |x, byte| x << 8 | u64::from(*byte))
}

/// The ciphertext of an owner share under the owner's passphrase: what [`OwnerShare::open`] opens.
#[must_use]
pub fn seal_share(plain: &SecretBytes, passphrase: &Passphrase, user_id: &str) -> Vec<u8> {
    let key = pbkdf2_sha1(passphrase, user_id.as_bytes(), ROUNDS);
    legacy_aes256_cbc_seal(&key, &IV, plain)
}

/// The share in a plain text of 32 bytes, of 36 (tag and share), or of JSON with either in `key` as hex.
///
/// # Errors
/// [`OwnerShareError`]: no such plain text, or a tag of the other curve.
pub fn share_of(plain: &SecretBytes, curve: Curve) -> Result<Secret<32>, OwnerShareError> {
    let bytes = plain.expose();
    if matches!(bytes.len(), 32 | 36) {
        return untagged(bytes, curve);
    }
    let key = key_in(bytes).map_err(|_| OwnerShareError::NotShare)?;
    let key = base16ct::mixed::decode_vec(key.expose()).map_err(|_| OwnerShareError::NotShare)?;
    untagged(&Zeroizing::new(key), curve)
}

fn key_in(json: &[u8]) -> Result<Text<'_>, FieldError> {
    Value::parse("plain text", json)?.get("key")?.text()
}

fn untagged(bytes: &[u8], curve: Curve) -> Result<Secret<32>, OwnerShareError> {
    let (tag, share) = bytes.split_at(bytes.len().saturating_sub(32));
    if !tag.is_empty() && tag != share_tag(curve) {
        return Err(if tag.len() == 4 {
            OwnerShareError::OtherAlgorithm
        } else {
            OwnerShareError::NotShare
        });
    }
    Secret::from_slice(share).ok_or(OwnerShareError::NotShare)
}

/// The RSA ciphertext in `RSA_PASSPHRASE`: an auto-generated owner passphrase.
///
/// # Errors
/// [`FieldError`] with the entry and field.
pub fn parse_sealed_passphrase(entry: &str, bytes: &[u8]) -> Result<Vec<u8>, FieldError> {
    let sealed = Value::parse(entry, bytes)?.get("encryptedKey")?;
    let bytes = sealed.hex()?;
    if bytes.is_empty() {
        return Err(sealed.fault(FieldFault::Value("empty".to_owned())));
    }
    Ok(bytes)
}
