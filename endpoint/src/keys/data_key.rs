//! What seals rows of the database: one data key, wrapped to the endpoint's key, and a key of its own for every row.
//!
//! ```text
//! row key = HKDF-SHA256(data key, "lifeboat endpoint row 1" ‖ table ‖ 0 ‖ row id)
//! sealed  = data key's id (16) ‖ nonce (12) ‖ AES-256-GCM(row key, nonce, header = table ‖ 0 ‖ row id, plain text)
//! ```
//!
//! A copy of the database opens nothing: the data key in it is wrapped with RSA-OAEP-SHA256.

use std::collections::HashMap;

use lifeboat::crypto::{
    gcm::{NONCE_LENGTH, gcm_open, gcm_seal},
    kdf::hkdf_sha256,
    rsa::{OaepHash, RecoveryPublicKey},
    secret::{Secret, SecretBytes},
};
use rand_core::CryptoRng;
use uuid::Uuid;

const PURPOSE: &[u8] = b"lifeboat endpoint row 1";

/// A data key.
pub struct DataKey(Secret<32>);

/// All data keys of a database; what is sealed from now on is sealed with the current one.
pub struct DataKeys {
    current: Uuid,
    keys: HashMap<Uuid, DataKey>,
}

impl DataKey {
    /// A fresh random one.
    pub fn generate<R: CryptoRng>(rng: &mut R) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(Secret::take(&mut bytes))
    }

    /// The one that its holder unwrapped; `None` unless it has 32 bytes.
    #[must_use]
    pub fn unwrapped(bytes: &[u8]) -> Option<Self> {
        Secret::from_slice(bytes).map(Self)
    }

    /// The key as it is stored, for the holder of this key's private half.
    pub fn wrapped<R: CryptoRng>(&self, key: &RecoveryPublicKey, rng: &mut R) -> Option<Vec<u8>> {
        key.seal(rng, OaepHash::Sha256, self.0.expose())
    }

    fn row_key(&self, name: &[u8]) -> Secret<32> {
        hkdf_sha256(&self.0, &[PURPOSE, name].concat())
    }
}

impl DataKeys {
    /// Keys of which one is the current one; `None` where it is not among them.
    #[must_use]
    pub fn new(current: Uuid, keys: HashMap<Uuid, DataKey>) -> Option<Self> {
        keys.contains_key(&current)
            .then_some(Self { current, keys })
    }

    /// All of them as they are stored, for the holder of this key's private half.
    pub fn wrapped_to<R: CryptoRng>(
        &self,
        key: &RecoveryPublicKey,
        rng: &mut R,
    ) -> Option<Vec<(Uuid, Vec<u8>)>> {
        let wrapped = self
            .keys
            .iter()
            .map(|(id, data_key)| Some((*id, data_key.wrapped(key, rng)?)));
        wrapped.collect()
    }

    /// Seals what is kept in a row.
    ///
    /// # Panics
    /// Past the 64 GiB of GCM, which no body reaches.
    pub fn seal<R: CryptoRng>(
        &self,
        table: &str,
        row: Uuid,
        plain: &SecretBytes,
        rng: &mut R,
    ) -> Vec<u8> {
        let name = name_of(table, row);
        let key = self
            .keys
            .get(&self.current)
            .expect("the current key is among them")
            .row_key(&name);
        let mut nonce = [0; NONCE_LENGTH];
        rng.fill_bytes(&mut nonce);
        let sealed = gcm_seal(&key, &nonce, &name, plain).expect("a body is far below GCM's limit");

        [self.current.as_bytes().as_slice(), &nonce, &sealed].concat()
    }

    /// Whether the key that it was sealed with is among them. One that was made since is not.
    #[must_use]
    pub fn has_key_of(&self, sealed: &[u8]) -> bool {
        let id = sealed.first_chunk::<16>();
        id.is_some_and(|id| self.keys.contains_key(&Uuid::from_bytes(*id)))
    }

    /// Opens it. `None`: another key, table or row, or altered.
    #[must_use]
    pub fn open(&self, table: &str, row: Uuid, sealed: &[u8]) -> Option<SecretBytes> {
        let (id, sealed) = sealed.split_first_chunk::<16>()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LENGTH>()?;
        let name = name_of(table, row);
        let key = self.keys.get(&Uuid::from_bytes(*id))?.row_key(&name);
        gcm_open(&key, nonce, &name, sealed)
    }
}

fn name_of(table: &str, row: Uuid) -> Vec<u8> {
    [table.as_bytes(), &[0], row.as_bytes()].concat()
}
