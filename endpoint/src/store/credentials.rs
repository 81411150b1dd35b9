//! What checks of tokens must remember: nonces of signed requests, and the last good keys of issuers.

use super::{
    StoreError, Write,
    database::{Database, Row, values},
};

/// An issuer's list of keys as it was fetched.
pub struct KeptKeys {
    /// The issuer.
    pub issuer: String,
    /// The JWKS.
    pub jwks: Vec<u8>,
    /// When, in milliseconds since 1970.
    pub fetched_at: i64,
}

/// Uses up a nonce; `false` where it was used before. Those that are over are forgotten.
///
/// # Errors
/// [`StoreError`].
pub fn use_nonce(
    write: &mut Write<'_>,
    api_key: &str,
    nonce: &str,
    until: i64,
) -> Result<bool, StoreError> {
    let now = write.now;
    write.perform("DELETE FROM nonce WHERE until < $1", values![now])?;
    let added = write.execute(
        "INSERT INTO nonce (api_key, nonce, until) VALUES ($1, $2, $3) ON CONFLICT (api_key, nonce) DO NOTHING",
        values![api_key, nonce, until],
    )?;
    Ok(added == 1)
}

/// Keeps an issuer's list.
///
/// # Errors
/// [`StoreError`].
pub fn keep_issuer_keys(
    write: &mut Write<'_>,
    issuer: &str,
    jwks: &[u8],
    fetched_at: i64,
) -> Result<(), StoreError> {
    write.execute(
        "INSERT INTO issuer_keys (issuer, jwks, fetched_at) VALUES ($1, $2, $3) \
         ON CONFLICT (issuer) DO UPDATE SET jwks = excluded.jwks, fetched_at = excluded.fetched_at",
        values![issuer, jwks, fetched_at],
    )?;
    Ok(())
}

/// Every list that was kept.
///
/// # Errors
/// [`StoreError`].
pub fn issuer_keys(database: &mut dyn Database) -> Result<Vec<KeptKeys>, StoreError> {
    let rows = database.query("SELECT issuer, jwks, fetched_at FROM issuer_keys", &[])?;
    let kept = |row: &Row| {
        Ok(KeptKeys {
            issuer: row.text(0)?.to_owned(),
            jwks: row.blob(1)?.to_vec(),
            fetched_at: row.integer(2)?,
        })
    };
    rows.iter().map(kept).collect()
}
