//! The audit chain in the state database.

use super::{
    Store, StoreError,
    database::{Database, Kind, Row, Table, values},
    outbox,
};
use crate::domain::{
    audit::{BrokenChain, Event, Head, Verifier},
    notice,
};

/// Events that are read at once.
const PAGE: i64 = 1000;

/// What asks for the end of the chain.
pub(super) const HEAD: &str = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";

/// The end of the chain.
pub(super) fn head_of(database: &mut dyn Database) -> Result<Head, StoreError> {
    head_in(&database.query(HEAD, &[])?)
}

/// The end of the chain out of an answer.
pub(super) fn head_in(rows: &[Row]) -> Result<Head, StoreError> {
    rows.first().map_or(Ok(Head::EMPTY), |row| {
        Ok(Head {
            seq: row.integer(0)?,
            hash: row.bytes(1)?,
        })
    })
}

/// An event as it is stored.
pub(super) struct Recorded {
    seq: i64,
    at: i64,
    body: String,
    hash: [u8; 32],
}

/// The next event of the chain, and its new end.
pub(super) fn record(head: Head, event: &Event, at: i64) -> (Head, Recorded) {
    let (next, body) = head.after(event, at);
    let recorded = Recorded {
        seq: next.seq,
        at,
        body,
        hash: next.hash,
    };
    (next, recorded)
}

const AUDIT: Table = Table {
    name: "audit",
    columns: &[
        ("seq", Kind::Integer),
        ("at", Kind::Integer),
        ("body", Kind::Text),
        ("hash", Kind::Blob),
    ],
};

/// Writes events.
pub(super) fn write(database: &mut dyn Database, events: Vec<Recorded>) -> Result<(), StoreError> {
    let rows = events
        .into_iter()
        .map(|event| values![event.seq, event.at, event.body, event.hash].to_vec());
    database.put(&AUDIT, rows.collect())
}

/// What `audit verify` finds.
#[derive(Debug)]
pub struct Verified {
    /// The end of the chain, as far as it holds.
    pub head: Head,
    /// Where it is broken.
    pub broken: Option<BrokenChain>,
}

impl Store {
    /// The end of the chain.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn audit_head(&self) -> Result<Head, StoreError> {
        self.read(head_of)
    }

    /// Events after a number, oldest first, at most a thousand: their texts.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn audit_events(&self, after: i64) -> Result<Vec<String>, StoreError> {
        let rows = self.read(|db| {
            db.query(
                "SELECT body FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
                values![after, PAGE],
            )
        })?;
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
    }

    /// Keeps a signed note over the chain up to an event; whether the company is told of it.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`].
    pub fn keep_checkpoint(&self, seq: i64, note: String, is_told: bool) -> Result<(), StoreError> {
        self.write_blocking(move |write| {
            let text = notice::of_checkpoint(seq, &note, write.now);
            let added = write.execute(
                "INSERT INTO checkpoint (seq, note) VALUES ($1, $2) ON CONFLICT (seq) DO NOTHING",
                values![seq, note],
            )?;
            if is_told && added == 1 {
                outbox::put(write, text)?;
            }
            Ok(())
        })
    }

    /// The signed notes, the oldest first, with the events that they end at.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn checkpoints(&self) -> Result<Vec<(i64, String)>, StoreError> {
        let rows =
            self.read(|db| db.query("SELECT seq, note FROM checkpoint ORDER BY seq", &[]))?;
        rows.iter()
            .map(|row| Ok((row.integer(0)?, row.text(1)?.to_owned())))
            .collect()
    }

    /// Follows the chain from its beginning; `at` is told every event's end of the chain.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn verify_audit(&self, at: impl FnMut(Head)) -> Result<Verified, StoreError> {
        follow(|after| self.read(|db| page(db, after)), at)
    }
}

/// The next events as they are stored.
pub(super) fn page(database: &mut dyn Database, after: i64) -> Result<Vec<Row>, StoreError> {
    database.query(
        "SELECT seq, body, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
        values![after, PAGE],
    )
}

/// Follows a chain page by page to its end, or to where it breaks.
pub(super) fn follow(
    mut page: impl FnMut(i64) -> Result<Vec<Row>, StoreError>,
    mut at: impl FnMut(Head),
) -> Result<Verified, StoreError> {
    let mut verifier = Verifier::default();
    loop {
        let rows = page(verifier.head().seq)?;
        if rows.is_empty() {
            let head = verifier.head();
            return Ok(Verified { head, broken: None });
        }
        for row in rows {
            if let Err(broken) = verifier.take(row.integer(0)?, row.text(1)?, row.blob(2)?) {
                let (head, broken) = (verifier.head(), Some(broken));
                return Ok(Verified { head, broken });
            }
            at(verifier.head());
        }
    }
}
