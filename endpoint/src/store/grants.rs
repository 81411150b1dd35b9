//! Whose wallets are whose, and whose clients at Portal.

use lifeboat::formats::wallets::wallet_id::WalletId;

use super::{
    Store, StoreError, Write,
    database::{Database, Row, values},
};
use crate::domain::{
    caller::Identity,
    grant::{Grant, Granted},
    portal::ClientId,
};

/// The table of grants has no such wallet for whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotGranted;

/// A wallet id as its 16 bytes.
pub(super) fn key_of(wallet: &WalletId) -> [u8; 16] {
    wallet.as_u128().to_be_bytes()
}

/// The wallet id of a column.
pub(super) fn wallet_of(row: &Row, column: usize) -> Result<WalletId, StoreError> {
    Ok(WalletId::from_u128(u128::from_be_bytes(row.bytes(column)?)))
}

/// Whether the wallet was granted to this identity.
pub(super) fn has_grant(
    database: &mut dyn Database,
    identity: &Identity,
    wallet: &WalletId,
) -> Result<bool, StoreError> {
    let found = database.find(
        "SELECT 1 FROM issuer_grant WHERE issuer = $1 AND subject = $2 AND wallet = $3 AND revoked_at IS NULL",
        values![identity.issuer.as_str(), identity.subject.as_str(), key_of(wallet)],
    )?;
    Ok(found.is_some())
}

impl Store {
    /// Grants a wallet or a client within a write. Whether that is new; what was revoked is granted again.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`].
    pub fn grant_in(write: &mut Write<'_>, grant: &Grant) -> Result<bool, StoreError> {
        let now = write.now;
        let (issuer, subject) = (&grant.identity.issuer, &grant.identity.subject);
        let changed = match &grant.granted {
            Granted::Wallet(wallet) => write.execute(
                "INSERT INTO issuer_grant (issuer, subject, wallet, created_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (issuer, subject, wallet) DO UPDATE SET revoked_at = NULL, created_at = excluded.created_at \
                 WHERE issuer_grant.revoked_at IS NOT NULL",
                values![issuer.as_str(), subject.as_str(), key_of(wallet), now],
            ),
            Granted::Client(client) => write.execute(
                "INSERT INTO client_grant (issuer, subject, client, created_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (issuer, subject, client) DO UPDATE SET revoked_at = NULL, created_at = excluded.created_at \
                 WHERE client_grant.revoked_at IS NOT NULL",
                values![issuer.as_str(), subject.as_str(), client.as_str(), now],
            ),
        }?;
        Ok(changed > 0)
    }

    /// Whether the wallet was granted to this identity.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn has_grant(&self, identity: &Identity, wallet: &WalletId) -> Result<bool, StoreError> {
        self.read(|db| has_grant(db, identity, wallet))
    }

    /// Whether the client at Portal was granted to this identity.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn has_client_grant(
        &self,
        identity: &Identity,
        client: &ClientId,
    ) -> Result<bool, StoreError> {
        let found = self.read(|db| {
            db.find(
                "SELECT 1 FROM client_grant WHERE issuer = $1 AND subject = $2 AND client = $3 AND revoked_at IS NULL",
                values![identity.issuer.as_str(), identity.subject.as_str(), client.as_str()],
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
