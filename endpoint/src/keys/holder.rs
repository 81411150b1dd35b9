//! The holder of the endpoint's private key: it unwraps one file key for each sealed file, and nothing else.

use std::sync::Arc;

use lifeboat::crypto::{rsa::RecoveryPublicKey, secret::SecretBytes};

/// Why a file key was not unwrapped.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HolderError {
    /// The key does not open it.
    #[error("the key does not open what is wrapped to it")]
    NotOpened,
    /// The program that holds the key failed.
    #[error("the key command {0}")]
    Command(Arc<str>),
}

/// Who has the private key.
pub trait KeyHolder {
    /// The public key: its fingerprint says which of the wrapped keys of a file is its.
    fn public_key(&self) -> RecoveryPublicKey;

    /// Opens a wrapped file key (RSA-OAEP-SHA256): 32 bytes, if it is one.
    ///
    /// # Errors
    /// [`HolderError`].
    fn unwrap(&self, wrapped: &[u8]) -> Result<SecretBytes, HolderError>;
}
