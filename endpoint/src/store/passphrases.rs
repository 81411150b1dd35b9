//! Where users keep their passphrases: a word such as `GoogleDrive`, never a passphrase. Each user has rows of their own.

use super::{
    StoreError, Write,
    database::{Database, Row, values},
};
use crate::domain::caller::Identity;

/// Where a passphrase is kept.
pub struct Passphrase {
    /// Which.
    pub id: String,
    /// Where.
    pub location: String,
    /// Since when this is known, in milliseconds since 1970.
    pub at: i64,
}

/// Remembers where a user keeps a passphrase.
///
/// # Errors
/// [`StoreError`].
pub fn put(
    write: &mut Write<'_>,
    user: &Identity,
    id: &str,
    location: &str,
) -> Result<(), StoreError> {
    let now = write.now;
    write.execute(
        "INSERT INTO passphrase (issuer, subject, id, location, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (issuer, subject, id) DO UPDATE SET location = excluded.location, at = excluded.at",
        values![
            user.issuer.as_str(),
            user.subject.as_str(),
            id,
            location,
            now
        ],
    )?;
    Ok(())
}

/// All that a user has.
///
/// # Errors
/// [`StoreError`].
pub fn list(database: &mut dyn Database, user: &Identity) -> Result<Vec<Passphrase>, StoreError> {
    let rows = database.query(
        "SELECT id, location, at FROM passphrase WHERE issuer = $1 AND subject = $2 ORDER BY at DESC, id LIMIT 1000",
        values![user.issuer.as_str(), user.subject.as_str()],
    )?;
    rows.iter().map(passphrase).collect()
}

/// Where a user keeps one.
///
/// # Errors
/// [`StoreError`].
pub fn find(
    database: &mut dyn Database,
    user: &Identity,
    id: &str,
) -> Result<Option<Passphrase>, StoreError> {
    let row = database.find(
        "SELECT id, location, at FROM passphrase WHERE issuer = $1 AND subject = $2 AND id = $3",
        values![user.issuer.as_str(), user.subject.as_str(), id],
    )?;
    row.as_ref().map(passphrase).transpose()
}

fn passphrase(row: &Row) -> Result<Passphrase, StoreError> {
    Ok(Passphrase {
        id: row.text(0)?.to_owned(),
        location: row.text(1)?.to_owned(),
        at: row.integer(2)?,
    })
}
