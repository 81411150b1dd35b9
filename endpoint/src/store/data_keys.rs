//! The wrapped data keys.

use uuid::Uuid;

use super::{
    StoreError, Write,
    database::{Database, Row, values},
};
use crate::domain::audit::Event;

/// A data key as it lies here.
pub struct WrappedKey {
    /// Its id.
    pub id: Uuid,
    /// The key, wrapped.
    pub wrapped: Vec<u8>,
    /// The fingerprint of the key that it is wrapped to.
    pub holder: [u8; 32],
}

/// All of them; the first is the current one.
///
/// # Errors
/// [`StoreError`].
pub fn list(database: &mut dyn Database) -> Result<Vec<WrappedKey>, StoreError> {
    let rows = database.query(
        "SELECT id, wrapped, holder FROM data_key ORDER BY retired_at IS NOT NULL, created_at, id",
        &[],
    )?;
    let wrapped = |row: &Row| {
        Ok(WrappedKey {
            id: Uuid::from_bytes(row.bytes(0)?),
            wrapped: row.blob(1)?.to_vec(),
            holder: row.bytes(2)?,
        })
    };
    rows.iter().map(wrapped).collect()
}

/// Begins with this key, where there is none yet.
///
/// # Errors
/// [`StoreError`].
pub fn begin(write: &mut Write<'_>, key: &WrappedKey) -> Result<(), StoreError> {
    if list(write)?.is_empty() {
        insert(write, key)?;
    }
    Ok(())
}

/// Makes this the current one, and retires those before it.
///
/// # Errors
/// [`StoreError`].
pub fn replace(write: &mut Write<'_>, key: &WrappedKey) -> Result<(), StoreError> {
    let now = write.now;
    write.execute(
        "UPDATE data_key SET retired_at = $1 WHERE retired_at IS NULL",
        values![now],
    )?;
    insert(write, key)?;
    let event = Event::new("data-key", "made").with("dataKey", key.id.to_string());
    write.audit(event);
    Ok(())
}

/// Takes other wrappings of the same keys.
///
/// # Errors
/// [`StoreError`]: also where a key came or went meanwhile; then nothing is changed.
pub fn rewrap(write: &mut Write<'_>, keys: &[WrappedKey]) -> Result<(), StoreError> {
    let mut changed = 0;
    for key in keys {
        changed += write.execute(
            "UPDATE data_key SET wrapped = $1, holder = $2 WHERE id = $3",
            values![key.wrapped.as_slice(), key.holder, *key.id.as_bytes()],
        )?;
    }
    if changed != keys.len() || list(write)?.len() != keys.len() {
        let what = "the data keys were changed meanwhile: run it again";
        return Err(StoreError::NotWritten(what.into()));
    }
    let holder = keys.first().map(|key| hex::encode(key.holder));
    write.audit(Event::new("data-keys", "rewrapped").with("holder", holder));
    Ok(())
}

fn insert(write: &mut Write<'_>, key: &WrappedKey) -> Result<(), StoreError> {
    let now = write.now;
    write.execute(
        "INSERT INTO data_key (id, wrapped, holder, created_at) VALUES ($1, $2, $3, $4)",
        values![*key.id.as_bytes(), key.wrapped.as_slice(), key.holder, now],
    )?;
    Ok(())
}
