//! PostgreSQL: what writes, what reads, and how its tables are brought up to date.
//!
//! Several processes may share one database. Each has one writer, and its transactions exclude one another by an
//! advisory lock that is taken before anything is read: there is one audit chain, and whatever is decided within a
//! write is decided on what all processes have written.

mod login;
mod pool;
mod session;
pub(super) mod share_table;
mod together;

use std::{sync::Arc, time::Duration};

use self::session::Fault;
pub(super) use self::{login::Login, pool::PostgresPool, session::Session, together::Together};
use super::{
    StoreError,
    audit::{HEAD, head_in},
    database::{Asked, Database, Question, Row, Table, Value, values},
    writer::{Asking, Writing},
};
use crate::domain::audit::Head;

/// The lock of all writes.
const CHAIN: i64 = 0x6c69_6665_626f_6174;
/// The lock of imports of shares.
pub(super) const IMPORT: i64 = CHAIN + 1;
/// The lock of changes to the tables.
const TABLES: i64 = CHAIN + 2;

/// Longest time of a statement of a write, of its end, and of a read.
const PATIENCE: Duration = Duration::from_secs(6);

/// Set on every connection. Rows are found by their keys: a server that has not counted a new table yet would read all of it, and
/// keep to that plan while the table grows. What it would then read whole all the same costs so much in its reckoning that it
/// would compile the statement first, which takes longer than any of them.
const BY_KEY: &str = "SET client_min_messages = warning; \
     SET plan_cache_mode = force_generic_plan; SET jit = off; \
     SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

/// Set on every connection that writes. A process that stops within a transaction loses its lock by the third; a commit
/// that is not flushed to the disk is none, whatever the server's own setting says.
const WRITING: &str = "SET lock_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '10s'; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// Steps of the tables: the number of each is its place.
const STEPS: [&str; 3] = [
    include_str!("../../../migrations/postgres/0001_tables.sql"),
    include_str!("../../../migrations/postgres/0002_outbox.sql"),
    include_str!("../../../migrations/postgres/0003_portal.sql"),
];

/// The connection of the writer, which comes back when it was lost.
pub(super) struct PostgresWriter {
    login: Arc<Login>,
    session: Option<Session>,
}

impl PostgresWriter {
    /// Connects, and brings the tables up to date.
    pub(super) fn open(login: Arc<Login>) -> Result<Self, StoreError> {
        let mut writer = Self {
            login,
            session: None,
        };
        migrate(writer.session().map_err(|fault| fault.written())?)?;
        Ok(writer)
    }

    fn session(&mut self) -> Result<&mut Session, Fault> {
        let is_usable = self
            .session
            .as_ref()
            .is_some_and(|session| !session.is_over());
        if !is_usable {
            // A server that is away is asked once a second at most: `writer`.
            self.session = None;
            let mut session =
                Session::open(&self.login, &format!("{BY_KEY}; {WRITING}"), PATIENCE)?;
            session.notice_ends()?;
            self.session = Some(session);
        }
        let lost = || Fault::Lost("there is no connection".to_owned());
        self.session.as_mut().ok_or_else(lost)
    }
}

impl Database for PostgresWriter {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<usize, StoreError> {
        let answer = self.within()?.ask(sql, values);
        let answer = answer.map_err(|fault| fault.written())?;
        Ok(usize::try_from(answer.changed).unwrap_or(usize::MAX))
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let answer = self.within()?.ask(sql, values);
        Ok(answer.map_err(|fault| fault.read())?.rows)
    }

    fn query_all(&mut self, asked: &[Asked<'_>]) -> Result<Vec<Vec<Row>>, StoreError> {
        let session = self.within()?;
        let mut ask = || {
            for (sql, values) in asked {
                session.later(sql, values)?;
            }
            session.flush()
        };
        let mut answers = ask().map_err(|fault| fault.read())?;
        // What was kept back before was answered first.
        let others = answers.len().saturating_sub(asked.len());
        Ok(answers.drain(others..).map(|answer| answer.rows).collect())
    }

    fn perform(&mut self, sql: &str, values: &[Value]) -> Result<(), StoreError> {
        let kept = self.within()?.later(sql, values);
        kept.map_err(|fault| fault.written())
    }

    fn put(&mut self, into: &'static Table, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
        self.within()?.put(into, rows);
        Ok(())
    }

    fn ask_each(
        &mut self,
        question: &Question,
        asked: &[Vec<Value>],
    ) -> Result<Vec<Row>, StoreError> {
        let answers = self.within()?.ask_each(question, asked);
        answers.map_err(|fault| fault.read())
    }
}

impl PostgresWriter {
    /// The session of the transaction that is under way: a new one would be outside of it.
    fn within(&mut self) -> Result<&mut Session, StoreError> {
        let lost = || StoreError::NotWritten("the connection was lost within a transaction".into());
        self.session.as_mut().ok_or_else(lost)
    }
}

impl Writing for PostgresWriter {
    fn begin(&mut self, first: Option<&Asking>) -> Result<(Head, Vec<Row>), StoreError> {
        let is_kept = self.session.is_some();
        let begun = match self.begun(first) {
            // The server may have been started again since the last transaction: nothing of this one was done.
            Err(Fault::Lost(_)) if is_kept => {
                self.session = None;
                self.begun(first)
            }
            begun => begun,
        };
        let (head, found) = begun.map_err(|fault| fault.written())?;
        Ok((head_in(&head)?, found))
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.execute("COMMIT", &[]).map(drop)
    }

    /// The connection is given up: nobody knows what it does, and what it has not committed ends with it.
    fn give_up(&mut self) {
        self.session = None;
    }

    /// Each would be a transaction below the transaction, with a number of its own, and two more messages.
    fn has_cheap_savepoints(&self) -> bool {
        false
    }
}

impl PostgresWriter {
    /// Each statement sees what was committed when it begins, and so those behind the lock see what it has waited for: the end
    /// of the chain, and what the first writes ask. All of them are sent at once.
    fn begun(&mut self, first: Option<&Asking>) -> Result<(Vec<Row>, Vec<Row>), Fault> {
        let session = self.session()?;
        session.forget();
        session.later("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", &[])?;
        session.later("SELECT pg_advisory_xact_lock($1)", values![CHAIN])?;
        session.later(HEAD, &[])?;
        if let Some(first) = first {
            session.later_each(first.question, &first.asked)?;
        }
        let answers = session.flush()?.into_iter().map(|answer| answer.rows);
        let mut of_lock = answers.skip(2);
        let head = of_lock.next().unwrap_or_default();
        Ok((head, of_lock.next().unwrap_or_default()))
    }
}

/// Brings the tables up to date. Two processes may start at once: whoever comes second sees what the first has done.
fn migrate(session: &mut Session) -> Result<(), StoreError> {
    let done = |fault: Fault| fault.written();
    session.batch("BEGIN").map_err(done)?;
    session
        .ask("SELECT pg_advisory_xact_lock($1)", values![TABLES])
        .map_err(done)?;
    session
        .batch("CREATE TABLE IF NOT EXISTS schema (version bigint PRIMARY KEY)")
        .map_err(done)?;
    let answer = session.ask("SELECT coalesce(max(version), 0) FROM schema", &[]);
    let rows = answer.map_err(done)?.rows;
    let found = rows.first().map_or(Ok(0), |row| row.integer(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer {
            file: "of PostgreSQL".to_owned(),
            found,
            known,
        });
    }
    for (version, step) in (1..).zip(STEPS) {
        if version > found {
            session.batch(step).map_err(done)?;
            let noted = session.ask("INSERT INTO schema (version) VALUES ($1)", values![version]);
            noted.map_err(done)?;
        }
    }
    session.batch("COMMIT").map_err(done)
}

/// What an administrator should know of a server, without changing anything there: warnings.
///
/// # Errors
/// [`StoreError::NotRead`] where it cannot be asked; [`StoreError::Damaged`] where it cannot be used.
pub(super) fn examine(login: &Login) -> Result<Examined, StoreError> {
    let opened = Session::open(login, "SET default_transaction_read_only = on", PATIENCE);
    let mut session = opened.map_err(|fault| fault.read())?;
    let mut ask = |sql: &str| -> Result<String, StoreError> {
        let answer = session.ask(sql, &[]).map_err(|fault| fault.read())?;
        let first = answer.rows.first();
        Ok(first
            .map_or("", |row| row.text(0).unwrap_or_default())
            .to_owned())
    };
    let encoding = ask("SHOW server_encoding")?;
    if encoding != "UTF8" {
        let what = format!("its encoding is {encoding}: make the database with `ENCODING 'UTF8'`");
        return Err(StoreError::NotRead(what.into()));
    }
    let mut warnings = Vec::new();
    for setting in ["fsync", "full_page_writes"] {
        if ask(&format!("SHOW {setting}"))? != "on" {
            warnings.push(format!(
                "`{setting}` of the database server is off: a loss of power can lose what was acknowledged"
            ));
        }
    }
    if ask("SELECT pg_is_in_recovery()::text")? == "true" {
        warnings.push("the database server is a standby: nothing can be written there".to_owned());
    }
    Ok(Examined {
        warnings,
        has_tables: !ask("SELECT to_regclass('share_file')::text")?.is_empty(),
    })
}

/// What was found at a server.
pub struct Examined {
    /// What could go wrong there.
    pub warnings: Vec<String>,
    /// Whether the endpoint's tables are there.
    pub has_tables: bool,
}
