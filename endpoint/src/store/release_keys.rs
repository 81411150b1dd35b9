//! The keys of single records, for releases in cold mode: which are wanted, and those that were handed in, sealed.
//!
//! A key is forgotten when its release is over: cancelled, denied, collected for the last time, or found expired when the
//! next keys come.

use lifeboat::formats::wallets::wallet_id::WalletId;

use super::{
    Store, StoreError, Write,
    database::{Database, values},
    releases::{Audited, COLUMNS, find, release_of},
};
use crate::domain::{
    notice::Step,
    release::{Release, State},
};

/// The name that keys are sealed under.
pub const TABLE: &str = "release_key";
/// Releases that are listed at once.
const PAGE: i64 = 5000;

/// A key that has opened its record, sealed for one release.
pub struct NewKey {
    /// The release.
    pub release: String,
    /// The digest of the header of the record's file.
    pub file: [u8; 32],
    /// The key under the data key.
    pub sealed: Vec<u8>,
}

/// A key as it lies here.
pub struct KeptKey {
    /// The digest of the header of the record's file.
    pub file: [u8; 32],
    /// The key under the data key.
    pub sealed: Vec<u8>,
}

impl Store {
    /// Releases that wait for the key of their record, oldest first.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn releases_without_key(&self, now: i64) -> Result<Vec<Release>, StoreError> {
        // All of it in the statement: what is looked at later must not use up the places of those who wait.
        let sql = format!(
            "{COLUMNS} WHERE mode = 'cold' AND ended IS NULL AND not_before <= $1 AND expires_at > $2 \
             AND approvals <= (SELECT count(*) FROM release_decision WHERE release_decision.release = release.id AND approved = 1) \
             AND NOT EXISTS (SELECT 1 FROM release_key WHERE release_key.release = release.id) \
             AND NOT EXISTS (SELECT 1 FROM release_collect WHERE release_collect.release = release.id) \
             ORDER BY created_at, id LIMIT $3"
        );
        let rows = self.read(|db| db.query(&sql, values![now, now, PAGE]))?;
        let releases = rows.iter().map(release_of);
        let waits = |release: &Release| release.state(now) == State::NeedsKey;
        releases
            .filter(|release| release.as_ref().map_or(true, waits))
            .collect()
    }

    /// The key of a release; `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn release_key(&self, release: &str) -> Result<Option<KeptKey>, StoreError> {
        let row = self.read(|db| {
            db.find(
                "SELECT file, sealed FROM release_key WHERE release = $1 ORDER BY file LIMIT 1",
                values![release],
            )
        })?;
        row.map(|row| {
            Ok(KeptKey {
                file: row.bytes(0)?,
                sealed: row.blob(1)?.to_vec(),
            })
        })
        .transpose()
    }

    /// Keeps keys for releases that still wait for them; which these were, with their wallets.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`]; then none is kept.
    pub async fn keep_release_keys(
        &self,
        keys: Vec<NewKey>,
        audit: Audited,
    ) -> Result<Vec<(String, WalletId)>, StoreError> {
        self.write(move |write| keep(write, &keys, &audit)).await
    }

    /// The same on this thread, for programs without a runtime.
    ///
    /// # Errors
    /// As [`Store::keep_release_keys`].
    pub fn keep_release_keys_blocking(
        &self,
        keys: Vec<NewKey>,
        audit: Audited,
    ) -> Result<Vec<(String, WalletId)>, StoreError> {
        self.write_blocking(move |write| keep(write, &keys, &audit))
    }
}

/// The release is over: its key goes.
pub(super) fn forget(write: &mut Write<'_>, release: &str) -> Result<(), StoreError> {
    write.execute(
        "DELETE FROM release_key WHERE release = $1",
        values![release],
    )?;
    Ok(())
}

fn keep(
    write: &mut Write<'_>,
    keys: &[NewKey],
    audit: &Audited,
) -> Result<Vec<(String, WalletId)>, StoreError> {
    let now = write.now;
    write.execute(
        "DELETE FROM release_key WHERE release IN (SELECT id FROM release WHERE expires_at <= $1)",
        values![now],
    )?;
    let mut kept = Vec::new();
    for key in keys {
        let release = find(write, &key.release)?;
        let Some(release) = release.filter(|release| release.state(now) == State::NeedsKey) else {
            continue;
        };
        write.execute(
            "INSERT INTO release_key (release, file, sealed) VALUES ($1, $2, $3)",
            values![key.release.as_str(), key.file, key.sealed.as_slice()],
        )?;
        let event = audit.event("release-key", "handed-in", &release.wallet, &release.id);
        write.audit(event.with("file", hex::encode(key.file)));
        let after = Release {
            has_key: true,
            ..release
        };
        audit.tell(write, Step::KeyHandedIn, &after)?;
        kept.push((after.id, after.wallet));
    }
    Ok(kept)
}
