//! Block ciphers in the modes that kits, legacy PEM files, device backups and keystores use.
//!
//! CBC does not authenticate: what it opens is only believed after a check of its own (a public key, a key's
//! structure). That is why it is called `legacy` here.

use cbc::cipher::{
    BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, StreamCipher, block_padding::Pkcs7,
};

use super::secret::{Secret, SecretBytes};

/// A cipher that a `DEK-Info` header can name (FORMATS.md §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegacyCipher {
    /// AES with a 16-byte key.
    Aes128,
    /// AES with a 24-byte key.
    Aes192,
    /// AES with a 32-byte key.
    Aes256,
    /// Three-key triple DES, 24-byte key, 8-byte block.
    DesEde3,
}

impl LegacyCipher {
    /// Key length in bytes.
    #[must_use]
    pub fn key_length(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 | Self::DesEde3 => 24,
            Self::Aes256 => 32,
        }
    }

    /// IV length in bytes.
    #[must_use]
    pub fn iv_length(self) -> usize {
        if self == Self::DesEde3 { 8 } else { 16 }
    }
}

/// CBC with PKCS#7 padding, key and IV of the cipher's lengths. `None`: wrong lengths or bad padding.
#[must_use]
pub fn legacy_cbc_open(
    cipher: LegacyCipher,
    key: &SecretBytes,
    iv: &[u8],
    ciphertext: &[u8],
) -> Option<SecretBytes> {
    match cipher {
        LegacyCipher::Aes128 => {
            cbc_open::<cbc::Decryptor<aes::Aes128>>(key.expose(), iv, ciphertext)
        }
        LegacyCipher::Aes192 => {
            cbc_open::<cbc::Decryptor<aes::Aes192>>(key.expose(), iv, ciphertext)
        }
        LegacyCipher::Aes256 => {
            cbc_open::<cbc::Decryptor<aes::Aes256>>(key.expose(), iv, ciphertext)
        }
        LegacyCipher::DesEde3 => {
            cbc_open::<cbc::Decryptor<des::TdesEde3>>(key.expose(), iv, ciphertext)
        }
    }
}

/// AES-256-CBC with PKCS#7 padding under a derived key. `None`: not a whole number of blocks, or bad padding.
#[must_use]
pub fn legacy_aes256_cbc_open(
    key: &Secret<32>,
    iv: &[u8; 16],
    ciphertext: &[u8],
) -> Option<SecretBytes> {
    cbc_open::<cbc::Decryptor<aes::Aes256>>(key.expose(), iv, ciphertext)
}

/// AES-256-CBC with PKCS#7 padding: only for files that programs of the field must open.
#[must_use]
pub fn legacy_aes256_cbc_seal(key: &Secret<32>, iv: &[u8; 16], plain: &SecretBytes) -> Vec<u8> {
    cbc::Encryptor::<aes::Aes256>::new(key.expose().into(), iv.into())
        .encrypt_padded_vec::<Pkcs7>(plain.expose())
}

/// AES-128-CTR as Ethereum V3 keystores use it. Its own inverse; proves nothing.
#[must_use]
pub fn legacy_aes128_ctr(key: &Secret<16>, iv: &[u8; 16], text: &Secret<32>) -> Secret<32> {
    let mut bytes = *text.expose();
    ctr::Ctr128BE::<aes::Aes128>::new(key.expose().into(), iv.into()).apply_keystream(&mut bytes);
    Secret::take(&mut bytes)
}

fn cbc_open<C: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> Option<SecretBytes> {
    C::new_from_slices(key, iv)
        .ok()?
        .decrypt_padded_vec::<Pkcs7>(ciphertext)
        .ok()
        .map(SecretBytes::new)
}
