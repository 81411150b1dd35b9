//! Ethereum V3 keystores: one private key under a passphrase, for any client to import (FORMATS.md §18).

use rand_core::CryptoRng;
use uuid::Uuid;

use super::address::account_of;
use crate::crypto::{
    aes::legacy_aes128_ctr,
    curve::Scalar,
    hash::keccak256,
    kdf::{SCRYPT_LOG_N, scrypt_keystore},
    secret::{Passphrase, Secret},
};

/// Why no keystore is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeystoreError {
    /// A key that has no account.
    #[error("the key has no Ethereum account")]
    NoAccount,
    /// The machine does not give what scrypt takes.
    #[error("there is not enough memory to write a keystore: it takes 257 MiB")]
    Memory,
}

/// A keystore: scrypt, AES-128-CTR, and a Keccak-256 over half of the derived key and the ciphertext.
///
/// # Errors
/// [`KeystoreError`].
pub fn write_keystore<R: CryptoRng>(
    key: &Scalar,
    passphrase: &Passphrase,
    rng: &mut R,
) -> Result<String, KeystoreError> {
    let public_key = key.public_key().ok_or(KeystoreError::NoAccount)?;
    let account = account_of(&public_key).ok_or(KeystoreError::NoAccount)?;
    let (mut salt, mut iv, mut id) = ([0; 32], [0; 16], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut iv);
    rng.fill_bytes(&mut id);

    let derived = scrypt_keystore(passphrase, &salt).ok_or(KeystoreError::Memory)?;
    let [cipher_key, mac_key] = halves(&derived);
    let sealed = legacy_aes128_ctr(&cipher_key, &iv, &key.to_bytes());
    let mut authenticated = [0; 48];
    authenticated[..16].copy_from_slice(mac_key.expose());
    authenticated[16..].copy_from_slice(sealed.expose());
    let mac = keccak256(Secret::take(&mut authenticated).expose());

    let id: Uuid = uuid::Builder::from_random_bytes(id).into_uuid();
    Ok(format!(
        r#"{{"version":3,"id":"{id}","address":"{}","crypto":{{"cipher":"aes-128-ctr","cipherparams":{{"iv":"{}"}},"ciphertext":"{}","kdf":"scrypt","kdfparams":{{"dklen":32,"n":{},"r":8,"p":1,"salt":"{}"}},"mac":"{}"}}}}
"#,
        hex::encode(account),
        hex::encode(iv),
        hex::encode(sealed.expose()),
        1_u32 << SCRYPT_LOG_N,
        hex::encode(salt),
        hex::encode(mac)
    ))
}

/// The key of the cipher and the key of the check.
fn halves(derived: &Secret<32>) -> [Secret<16>; 2] {
    let mut halves = [[0; 16]; 2];
    halves.as_flattened_mut().copy_from_slice(derived.expose());
    halves.each_mut().map(Secret::take)
}
