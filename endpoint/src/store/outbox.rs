//! Notices that wait to be sent: put there in the transaction of what they tell, taken by one sender at a time.
//!
//! Whoever sends a notice has it for a minute. A sender that dies in between leaves it to the next one, so it may arrive
//! twice, and never not at all; its id stays the same.

use uuid::Uuid;

use super::{
    Store, StoreError, Write,
    database::{Database, values},
};
use crate::{
    clock::{APART, now},
    domain::notice::{LONGEST_PAUSE, pause},
};

/// How long a sender has a notice, in milliseconds.
const LEASE: i64 = 60_000;
/// How long it is kept after it was sent.
const KEPT: i64 = 7 * 86_400_000;

/// A notice that a sender has.
pub struct Waiting {
    /// Its id, the same for every try.
    pub id: String,
    /// Its text.
    pub body: String,
    /// How often it is tried, this time among them.
    pub attempts: i64,
}

/// How many wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many.
    pub count: i64,
    /// When the oldest of them was written; `None` where none waits. One that a wrong clock wrote counts as an old one.
    pub oldest: Option<i64>,
}

/// Puts a notice there.
pub(super) fn put(write: &mut Write<'_>, body: String) -> Result<(), StoreError> {
    let (id, now) = (Uuid::now_v7().to_string(), write.now);
    write.perform(
        "INSERT INTO outbox (id, body, created_at, attempts, next_at) VALUES ($1, $2, $3, 0, $4)",
        values![id, body, now, now],
    )?;
    Ok(())
}

impl Store {
    /// Takes the notice that is due for the longest time, for a minute; `None` where none is, or another sender was first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn take_notice(&self) -> Result<Option<Waiting>, StoreError> {
        let due = |db: &mut dyn Database| {
            let mut first = |range: &str, time: i64| {
                let sql = format!(
                    "SELECT id, body, attempts, next_at FROM outbox WHERE done_at IS NULL AND next_at {range} $1 ORDER BY next_at, id LIMIT 1"
                );
                db.find(&sql, values![time])
            };
            match first("<=", now())? {
                Some(row) => Ok(Some(row)),
                // What is due later than any pause ends was written by a clock that was wrong.
                None => first(">", now() + LONGEST_PAUSE + APART),
            }
        };
        let Some(row) = self.read(due)? else {
            return Ok(None);
        };
        let waiting = Waiting {
            id: row.text(0)?.to_owned(),
            body: row.text(1)?.to_owned(),
            attempts: row.integer(2)? + 1,
        };
        let (id, due_at) = (waiting.id.clone(), row.integer(3)?);
        let taken = self.write_blocking(move |write| {
            let until = write.now + LEASE;
            write.execute(
                "UPDATE outbox SET next_at = $1, attempts = attempts + 1 WHERE id = $2 AND next_at = $3 AND done_at IS NULL",
                values![until, id, due_at],
            )
        })?;
        Ok((taken == 1).then_some(waiting))
    }

    /// It has arrived. What arrived a week ago is forgotten.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`]: it will be sent again.
    pub fn notice_arrived(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write_blocking(move |write| {
            let now = write.now;
            write.execute(
                "UPDATE outbox SET done_at = $1 WHERE id = $2",
                values![now, id],
            )?;
            write.execute("DELETE FROM outbox WHERE done_at < $1", values![now - KEPT])?;
            Ok(())
        })
    }

    /// It has not arrived: it is tried again after a pause, which is returned in milliseconds.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`]: it is tried again in a minute.
    pub fn notice_failed(&self, waiting: &Waiting) -> Result<i64, StoreError> {
        let (id, pause) = (waiting.id.clone(), pause(waiting.attempts));
        self.write_blocking(move |write| {
            let next_at = write.now + pause;
            write.execute(
                "UPDATE outbox SET next_at = $1 WHERE id = $2 AND done_at IS NULL",
                values![next_at, id],
            )?;
            Ok(pause)
        })
    }

    /// What waits.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn notices_waiting(&self) -> Result<Backlog, StoreError> {
        let row = self.read(|db| {
            db.find(
                "SELECT count(*), min(CASE WHEN created_at > $1 THEN $2 ELSE created_at END) FROM outbox WHERE done_at IS NULL",
                values![now() + APART, now() - LONGEST_PAUSE],
            )
        })?;
        row.map_or(Ok(Backlog::default()), |row| {
            Ok(Backlog {
                count: row.integer(0)?,
                oldest: row.maybe_integer(1)?,
            })
        })
    }
}
