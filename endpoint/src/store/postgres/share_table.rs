//! Records of a sealed file on their way into PostgreSQL: 50,000 in a transaction, as a binary copy.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use bytes::{BufMut, BytesMut};

use super::{
    IMPORT, Login, Session,
    session::{Copying, Fault},
};
use crate::store::{
    StoreError,
    database::{Database, Row, Value, values},
    share_import::ShareTable,
};

/// Longest time of one step: making the index of all records takes minutes.
const DEADLINE: Duration = Duration::from_secs(3600);
const IMPORTING: &str =
    "SET client_min_messages = warning; SET idle_in_transaction_session_timeout = 0";
/// How long an import that was killed may hold the lock until the server notices.
const TURN: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);
/// Bytes that are sent at once.
const PART: usize = 256 << 10;

/// What a binary copy begins with: its mark, no flags, no more header (PostgreSQL, COPY, "Binary Format").
const COPY_HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with.
const COPY_END: i16 = -1;

/// The connection of an import.
pub(in crate::store) struct PostgresShares {
    session: Session,
    copying: Option<Copying>,
    part: BytesMut,
}

impl PostgresShares {
    /// Connects, and takes the lock of imports for as long as the connection lasts.
    pub(in crate::store) fn open(login: &Login) -> Result<Self, StoreError> {
        let opened = Session::open(login, IMPORTING, DEADLINE);
        let mut session = opened.map_err(|fault| fault.written())?;
        session.notice_ends().map_err(|fault| fault.written())?;
        let begun = Instant::now();
        while !is_locked(&mut session)? {
            if begun.elapsed() > TURN {
                return Err(StoreError::NotWritten("another import is running".into()));
            }
            sleep(PAUSE);
        }
        Ok(Self {
            session,
            copying: None,
            part: BytesMut::with_capacity(PART + (4 << 10)),
        })
    }

    fn send(&mut self) -> Result<(), StoreError> {
        let Some(copying) = &mut self.copying else {
            return Ok(());
        };
        let part = self.part.split().freeze();
        let sent = self.session.send(copying, part);
        sent.map_err(|fault| self.reason(&fault).written())
    }

    /// Why the server ended a copy: it says so at the end.
    fn reason(&mut self, fault: &Fault) -> Fault {
        let ended = self
            .copying
            .take()
            .map(|copying| self.session.end_copy(copying));
        match ended {
            Some(Err(reason)) => reason,
            _ => fault.clone(),
        }
    }

    fn field(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let length = i32::try_from(bytes.len());
        let length = length.map_err(|_| StoreError::NotWritten("a record of 2 GiB".into()))?;
        self.part.put_i32(length);
        self.part.put_slice(bytes);
        Ok(())
    }
}

/// Whether the lock of imports could be had.
fn is_locked(session: &mut Session) -> Result<bool, StoreError> {
    let locked = session.ask("SELECT pg_try_advisory_lock($1)", values![IMPORT]);
    let locked = locked.map_err(|fault| fault.written())?.rows;
    Ok(locked.first().map_or(Ok(0), |row| row.integer(0))? == 1)
}

impl Database for PostgresShares {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<usize, StoreError> {
        let answer = self.session.ask(sql, values);
        let answer = answer.map_err(|fault| fault.written())?;
        Ok(usize::try_from(answer.changed).unwrap_or(usize::MAX))
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let answer = self.session.ask(sql, values);
        Ok(answer.map_err(|fault| fault.read())?.rows)
    }
}

impl ShareTable for PostgresShares {
    fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.session.batch(sql).map_err(|fault| fault.written())
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.batch("BEGIN")
    }

    fn definition(&self, file: i64) -> String {
        format!(
            "CREATE TABLE share_{file} (n bigint NOT NULL, wallet bytea NOT NULL CHECK (length(wallet) = 16), sealed bytea NOT NULL)"
        )
    }

    fn begin_rows(&mut self, file: i64) -> Result<(), StoreError> {
        let sql = format!("COPY share_{file} (n, wallet, sealed) FROM STDIN (FORMAT binary)");
        let copying = self.session.copy_in(&sql);
        self.copying = Some(copying.map_err(|fault| fault.written())?);
        self.part.clear();
        self.part.put_slice(COPY_HEAD);
        Ok(())
    }

    fn add(&mut self, position: i64, wallet: &[u8; 16], sealed: &[u8]) -> Result<(), StoreError> {
        self.part.put_i16(3);
        self.field(&position.to_be_bytes())?;
        self.field(wallet)?;
        self.field(sealed)?;
        if self.part.len() >= PART {
            self.send()?;
        }
        Ok(())
    }

    fn end_rows(&mut self) -> Result<(), StoreError> {
        self.part.put_i16(COPY_END);
        self.send()?;
        let Some(copying) = self.copying.take() else {
            return Ok(());
        };
        let ended = self.session.end_copy(copying);
        ended.map(drop).map_err(|fault| fault.written())
    }

    /// Makes what finds records, and tells the planner how many there are.
    fn index(&mut self, file: i64) -> Result<(), StoreError> {
        self.batch(&format!(
            "CREATE INDEX IF NOT EXISTS share_{file}_wallet ON share_{file} (wallet)"
        ))?;
        self.batch(&format!("ANALYZE share_{file}"))
    }
}
