//! Requests that are sent twice and done once: their keys, and what was answered.

use super::{
    StoreError, Write,
    database::{Database, values},
};
use crate::domain::caller::Identity;

/// How long a key is remembered, in milliseconds.
const REMEMBERED: i64 = 86_400_000;

/// A request that may be sent again.
#[derive(Debug, Clone)]
pub struct Repeatable {
    /// Who sends it.
    pub caller: Identity,
    /// Where to.
    pub route: String,
    /// Its key.
    pub key: String,
    /// SHA-256 of what it says.
    pub digest: [u8; 32],
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    No,
    /// The same request: what was answered.
    Same(String),
    /// Another request had this key.
    Other,
}

/// Looks a key up within a write.
///
/// # Errors
/// [`StoreError`].
pub fn seen(write: &mut Write<'_>, request: &Repeatable) -> Result<Seen, StoreError> {
    let now = write.now;
    write.perform(
        "DELETE FROM idempotency WHERE at < $1",
        values![now - REMEMBERED],
    )?;
    let row = write.find(
        "SELECT digest, answer FROM idempotency WHERE issuer = $1 AND subject = $2 AND route = $3 AND key = $4",
        values![
            request.caller.issuer.as_str(),
            request.caller.subject.as_str(),
            request.route.as_str(),
            request.key.as_str(),
        ],
    )?;
    row.map_or(Ok(Seen::No), |row| {
        if row.bytes::<32>(0)? == request.digest {
            Ok(Seen::Same(row.text(1)?.to_owned()))
        } else {
            Ok(Seen::Other)
        }
    })
}

/// Remembers what a request was answered.
///
/// # Errors
/// [`StoreError`].
pub fn remember(
    write: &mut Write<'_>,
    request: &Repeatable,
    answer: &str,
) -> Result<(), StoreError> {
    let now = write.now;
    write.execute(
        "INSERT INTO idempotency (issuer, subject, route, key, digest, answer, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            request.caller.issuer.as_str(),
            request.caller.subject.as_str(),
            request.route.as_str(),
            request.key.as_str(),
            request.digest,
            answer,
            now,
        ],
    )?;
    Ok(())
}
