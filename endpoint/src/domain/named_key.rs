//! A key of a wallet by its name: what a backup holds, and what a company says that it must hold.

use lifeboat::formats::{device_share::share::WalletKey, wallets::algorithm::Algorithm};
use uuid::Uuid;

/// One of a wallet's keys. Its public key was a point of its curve when it came here ([`WalletKey`] lets no other in); what is
/// read back is not computed again, which would be a large part of the time of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedKey {
    /// Its id on the device.
    pub id: Uuid,
    /// How it signs.
    pub algorithm: Algorithm,
    /// Its public key in hexadecimal, lower case, where the record carries it: 33 bytes compressed (secp256k1) or 32 (ed25519).
    pub public_key: Option<String>,
}

impl From<&WalletKey> for NamedKey {
    fn from(key: &WalletKey) -> Self {
        Self {
            id: key.id,
            algorithm: key.algorithm,
            public_key: key.public_key.as_ref().map(|key| key.to_hex()),
        }
    }
}

impl NamedKey {
    /// Whether both name one key. A public key that is not there contradicts none; the curve counts, and not which of its
    /// two names the algorithm has.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        let same_public_key = match (&self.public_key, &other.public_key) {
            (Some(key), Some(other)) => key == other,
            _ => true,
        };
        self.id == other.id && self.algorithm.curve() == other.algorithm.curve() && same_public_key
    }
}
