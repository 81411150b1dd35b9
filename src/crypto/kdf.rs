//! Keys from passphrases: PBKDF2 as kits use it (FORMATS.md §5), and OpenSSL's legacy PEM derivation (§2).

use md5::{Digest, Md5};
use zeroize::Zeroize;

use super::secret::{Passphrase, Secret, SecretBytes};

/// `PBKDF2-HMAC-SHA1(passphrase, salt, rounds, 32 bytes)`.
///
/// SHA-1 because the kits of the field use it; it carries no collision risk in this place.
#[must_use]
pub fn pbkdf2_sha1(passphrase: &Passphrase, salt: &[u8], rounds: u32) -> Secret<32> {
    let mut key = pbkdf2::pbkdf2_hmac_array::<sha1::Sha1, 32>(passphrase.expose(), salt, rounds);
    Secret::take(&mut key)
}

/// `PBKDF2-HMAC-SHA256(passphrase, salt, rounds, 32 bytes)`: Portal passwords (FORMATS.md §20).
#[must_use]
pub fn pbkdf2_sha256(passphrase: &Passphrase, salt: &[u8], rounds: u32) -> Secret<32> {
    let mut key = pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 32>(passphrase.expose(), salt, rounds);
    Secret::take(&mut key)
}

/// `D₁ = MD5(passphrase ‖ salt)`, `Dᵢ = MD5(Dᵢ₋₁ ‖ passphrase ‖ salt)`: the first `length` bytes of `D₁ ‖ D₂ ‖ …`.
///
/// OpenSSL's `EVP_BytesToKey` with one round. Weak by any measure; needed to read keys that exist.
#[must_use]
pub fn legacy_bytes_to_key(passphrase: &Passphrase, salt: &[u8], length: usize) -> SecretBytes {
    let mut key = Vec::with_capacity(length + 16);
    let mut last = Vec::with_capacity(16);
    while key.len() < length {
        let mut digest = Md5::new_with_prefix(&last);
        digest.update(passphrase.expose());
        digest.update(salt);
        last.zeroize();
        last.extend_from_slice(&digest.finalize());
        key.extend_from_slice(&last);
    }
    last.zeroize();
    key.truncate(length);
    SecretBytes::new(key)
}
