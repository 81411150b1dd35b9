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

/// A keystore: scrypt, AES-128-CTR, and a Keccak-256 over half of the derived key and the ciphertext.
///
/// `None` for a key that has no account.
pub fn write_keystore<R: CryptoRng>(
    key: &Scalar,
    passphrase: &Passphrase,
    rng: &mut R,
) -> Option<String> {
    let account = account_of(&key.public_key()?)?;
    let (mut salt, mut iv, mut id) = ([0; 32], [0; 16], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut iv);
    rng.fill_bytes(&mut id);
    let derived = scrypt_keystore(passphrase, &salt);
    let (cipher_key, mac_key) = derived.expose().split_first_chunk::<16>()?;
    let sealed = legacy_aes128_ctr(&Secret::from_slice(cipher_key)?, &iv, &key.to_bytes());
    let mac = keccak256(
        Secret::<48>::from_slice(&[mac_key, sealed.expose().as_slice()].concat())?.expose(),
    );
    let id: Uuid = uuid::Builder::from_random_bytes(id).into_uuid();
    Some(format!(
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
