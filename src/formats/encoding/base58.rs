//! Base58Check: the alphabet is the `bs58` crate's, the checksum four bytes of double SHA-256 (FORMATS.md §8).

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::crypto::secret::SecretText;

/// `base58(payload ‖ first 4 bytes of SHA-256(SHA-256(payload)))` of public bytes.
#[must_use]
pub fn check_encode(payload: &[u8]) -> String {
    bs58::encode(with_checksum(payload).as_slice()).into_string()
}

/// The same in the XRP Ledger's alphabet.
#[must_use]
pub fn check_encode_ripple(payload: &[u8]) -> String {
    bs58::encode(with_checksum(payload).as_slice())
        .with_alphabet(bs58::Alphabet::RIPPLE)
        .into_string()
}

/// The same of secret bytes.
#[must_use]
pub fn check_encode_secret(payload: &[u8]) -> SecretText {
    SecretText::new(check_encode(payload))
}

/// The payload of a text whose checksum holds; `None` otherwise.
#[must_use]
pub fn check_decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    checked(bs58::decode(text).into_vec().ok()?)
}

/// The same in the XRP Ledger's alphabet.
#[must_use]
pub fn check_decode_ripple(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let decoder = bs58::decode(text).with_alphabet(bs58::Alphabet::RIPPLE);
    checked(decoder.into_vec().ok()?)
}

fn checked(bytes: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(bytes);
    let length = bytes.len().checked_sub(4)?;
    let payload = bytes.get(..length)?;
    if *with_checksum(payload) != *bytes {
        return None;
    }
    bytes.truncate(length);
    Some(bytes)
}

fn with_checksum(payload: &[u8]) -> Zeroizing<Vec<u8>> {
    let checksum = Sha256::digest(Sha256::digest(payload));
    let mut bytes = Zeroizing::new(Vec::with_capacity(payload.len() + 4));
    bytes.extend_from_slice(payload);
    bytes.extend(checksum.iter().take(4));
    bytes
}
