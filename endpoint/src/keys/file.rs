//! A private key that lies in a file, in any encoding that the offline tool reads.

use getrandom::{SysRng, rand_core::UnwrapErr};
use lifeboat::{
    crypto::{
        rsa::{OaepHash, RecoveryKey, RecoveryPublicKey},
        secret::{Passphrase, SecretBytes},
    },
    formats::recovery_key::file::{KeyError, PrivateKeyFile, read_private_key},
};

use super::holder::{HolderError, KeyHolder};

/// A private key in memory.
pub struct FileHolder {
    key: RecoveryKey,
}

impl FileHolder {
    /// Reads the key. `passphrase` is asked only where it is locked.
    ///
    /// # Errors
    /// What `passphrase` says, and [`KeyError`] as it says.
    pub fn read<E: From<KeyError>>(
        text: &SecretBytes,
        passphrase: impl FnOnce() -> Result<Passphrase, E>,
    ) -> Result<Self, E> {
        let key = match read_private_key(text.expose())? {
            PrivateKeyFile::Open(key) => key,
            PrivateKeyFile::Locked(locked) => locked.unlock(&passphrase()?)?,
        };
        Ok(Self { key })
    }
}

impl KeyHolder for FileHolder {
    fn public_key(&self) -> RecoveryPublicKey {
        self.key.public_key()
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<SecretBytes, HolderError> {
        let opened = self
            .key
            .open(&mut UnwrapErr(SysRng), OaepHash::Sha256, wrapped);
        opened.ok_or(HolderError::NotOpened)
    }
}
