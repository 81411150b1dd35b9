//! The wrapped data keys.

use uuid::Uuid;

use super::{
    StoreError, Write,
    database::{Database, Row, values},
};

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
    if !list(write)?.is_empty() {
        return Ok(());
    }
    let now = write.now;
    write.execute(
        "INSERT INTO data_key (id, wrapped, holder, created_at) VALUES ($1, $2, $3, $4)",
        values![*key.id.as_bytes(), key.wrapped.as_slice(), key.holder, now],
    )?;
    Ok(())
}
