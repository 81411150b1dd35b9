//! Whose wallets are whose.

use lifeboat::formats::wallets::wallet_id::WalletId;

use super::{
    Store, StoreError,
    database::{Row, values},
};
use crate::domain::caller::Identity;

/// A wallet id as its 16 bytes.
pub(super) fn key_of(wallet: &WalletId) -> [u8; 16] {
    wallet.as_u128().to_be_bytes()
}

/// The wallet id of a column.
pub(super) fn wallet_of(row: &Row, column: usize) -> Result<WalletId, StoreError> {
    Ok(WalletId::from_u128(u128::from_be_bytes(row.bytes(column)?)))
}

impl Store {
    /// Whether the wallet was granted to this identity.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn has_grant(&self, identity: &Identity, wallet: &WalletId) -> Result<bool, StoreError> {
        let found = self.read(|db| {
            db.find(
                "SELECT 1 FROM issuer_grant WHERE issuer = $1 AND subject = $2 AND wallet = $3 AND revoked_at IS NULL",
                values![identity.issuer.as_str(), identity.subject.as_str(), key_of(wallet)],
            )
        })?;
        Ok(found.is_some())
    }

    /// The wallets that were granted to this identity, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn granted_wallets(&self, identity: &Identity) -> Result<Vec<WalletId>, StoreError> {
        let rows = self.read(|db| {
            db.query(
                "SELECT wallet FROM issuer_grant WHERE issuer = $1 AND subject = $2 AND revoked_at IS NULL ORDER BY wallet",
                values![identity.issuer.as_str(), identity.subject.as_str()],
            )
        })?;
        rows.iter().map(|row| wallet_of(row, 0)).collect()
    }
}
