//! AES-256-GCM (NIST SP 800-38D), 16-byte tag: Portal ciphertexts (FORMATS.md §20), device backups (§15, §16).

use aes_gcm::{
    Aes256Gcm, AesGcm, KeyInit,
    aead::{AeadInOut, consts::U16},
};

use super::secret::{Secret, SecretBytes};

/// Length of the nonce in bytes.
pub const NONCE_LENGTH: usize = 12;
/// Length of the tag that ends a ciphertext, in bytes.
pub const TAG_LENGTH: usize = 16;

/// Opens `ciphertext ‖ tag`. `header` is the associated data. `None`: another key, or altered; the two look alike.
#[must_use]
pub fn gcm_open(
    key: &Secret<32>,
    nonce: &[u8; NONCE_LENGTH],
    header: &[u8],
    sealed: &[u8],
) -> Option<SecretBytes> {
    let mut buffer = sealed.to_vec();
    let opened = cipher(key).decrypt_in_place(&(*nonce).into(), header, &mut buffer);
    // A failed check leaves the buffer encrypted: nothing to wipe.
    opened.ok().map(|()| SecretBytes::new(buffer))
}

/// Writes `ciphertext ‖ tag`. A nonce must never serve twice under one key. `None` past the mode's 64 GiB.
#[must_use]
pub fn gcm_seal(
    key: &Secret<32>,
    nonce: &[u8; NONCE_LENGTH],
    header: &[u8],
    plain: &SecretBytes,
) -> Option<Vec<u8>> {
    // A buffer that grows would leave the plain text behind: make it large enough at once.
    let mut buffer = Vec::with_capacity(plain.len() + TAG_LENGTH);
    buffer.extend_from_slice(plain.expose());
    cipher(key)
        .encrypt_in_place(&(*nonce).into(), header, &mut buffer)
        .ok()?;
    Some(buffer)
}

/// Opens `nonce ‖ ciphertext ‖ tag` with a nonce of 16 bytes and no header, as device backups of the field have it.
#[must_use]
pub fn gcm_open_prefixed(key: &Secret<32>, sealed: &[u8]) -> Option<SecretBytes> {
    let (nonce, sealed) = sealed.split_first_chunk::<16>()?;
    let mut buffer = sealed.to_vec();
    let cipher = AesGcm::<aes::Aes256, U16>::new(key.expose().into());
    cipher
        .decrypt_in_place(&(*nonce).into(), b"", &mut buffer)
        .ok()
        .map(|()| SecretBytes::new(buffer))
}

fn cipher(key: &Secret<32>) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}
