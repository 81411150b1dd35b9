//! Repairs an ed25519 key that the provider's offline tool exported with its zero bytes on the wrong side
//! (FORMATS.md §22).

use crate::{
    crypto::{curve::PublicKey, secret::Secret, secret_sharing::FullKey},
    formats::portal::exported_key::ed25519_scalar,
};

/// What an exported key turned out to be.
pub struct Repaired {
    /// The wallet's key.
    pub key: FullKey,
    /// How many zero bytes had to move; 0 when the key was right already.
    pub moved: usize,
}

/// The key fits the public key neither as it is nor with any of its zero bytes moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the key belongs to another public key, as it is and with its leading zero bytes moved to the end"
)]
pub struct RepairError;

/// Moves leading zero bytes to the end until the key has the expected public key.
///
/// Every count up to all of them is tried: a scalar may begin with a zero byte of its own.
///
/// # Errors
/// [`RepairError`].
pub fn repair(exported: &Secret<32>, expected: &PublicKey) -> Result<Repaired, RepairError> {
    let zeros = exported
        .expose()
        .iter()
        .take_while(|byte| **byte == 0)
        .count();
    let found = (0..=zeros).find_map(|moved| {
        let mut bytes = *exported.expose();
        bytes.rotate_left(moved);
        let scalar = ed25519_scalar(&Secret::take(&mut bytes))?;
        FullKey::checked(scalar, expected).map(|key| Repaired { key, moved })
    });
    found.ok_or(RepairError)
}
