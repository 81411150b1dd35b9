//! SQLite: how its files are opened, and what a connection can do.

use std::{
    fs::{DirBuilder, OpenOptions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    sync::Arc,
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags, ToSql,
    config::DbConfig,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    StoreError,
    audit::head_of,
    database::{Database, Row, Value},
    migrate,
    writer::{Asking, Writing},
};
use crate::domain::audit::Head;

/// Longest wait for another program that writes.
const PATIENCE: Duration = Duration::from_secs(5);
const STATEMENTS: usize = 128;

/// Which of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Shares,
    State,
}

impl Which {
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Shares => "shares.db",
            Self::State => "state.db",
        }
    }
}

/// A connection.
pub(super) struct Sqlite {
    connection: Connection,
}

/// Makes the folder of a database, for its owner alone.
pub(super) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| {
        let what = format!("the folder `{}`: {error}", folder.display());
        StoreError::NotWritten(what.into())
    })
}

impl Sqlite {
    /// Opens a file for writing, makes it if need be, and brings its tables up to date.
    pub(super) fn open(folder: &Path, which: Which) -> Result<Self, StoreError> {
        let path = folder.join(which.file());
        let new = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        match new {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(named(&path, &error)),
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&path, flags);
        let mut sqlite = Self {
            connection: opened.map_err(|error| named(&path, &error))?,
        };
        let prepared = sqlite.prepare("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
        prepared.map_err(|error| named(&path, &error))?;
        if which == Which::State {
            // Savepoints spill into temporary files, which a confined server cannot open. Imports sort in such files.
            let in_memory = sqlite.batch("PRAGMA temp_store = MEMORY");
            in_memory.map_err(|error| named(&path, &error))?;
        }
        migrate::up(&mut sqlite, which)?;
        Ok(sqlite)
    }

    /// Opens a file for reading.
    pub(super) fn open_read_only(folder: &Path, which: Which) -> Result<Self, StoreError> {
        Self::open_reader(
            folder,
            which,
            "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;",
        )
    }

    /// Opens a file to copy it, which is a write of another file.
    pub(super) fn open_to_copy(folder: &Path, which: Which) -> Result<Self, StoreError> {
        Self::open_reader(folder, which, "PRAGMA temp_store = MEMORY;")
    }

    fn open_reader(folder: &Path, which: Which, pragmas: &str) -> Result<Self, StoreError> {
        let path = folder.join(which.file());
        // The shared memory beside the file is written by readers, too: the file is opened for writing and refuses it.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&path, flags);
        let sqlite = opened.and_then(|connection| {
            let sqlite = Self { connection };
            sqlite.prepare(pragmas)?;
            Ok(sqlite)
        });
        sqlite.map_err(|error| read_error(&error))
    }

    fn prepare(&self, pragmas: &str) -> rusqlite::Result<()> {
        let connection = &self.connection;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.busy_timeout(PATIENCE)?;
        // Otherwise a statement may be compiled anew for every parameter that is bound to it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;")?;
        connection.execute_batch(pragmas)
    }

    /// Begins to read: until its end, all statements see one state of the file.
    pub(super) fn begin_reading(&mut self) -> Result<(), StoreError> {
        self.query("BEGIN", &[]).map(drop)
    }

    /// Ends it.
    pub(super) fn end_reading(&mut self) -> Result<(), StoreError> {
        self.query("COMMIT", &[]).map(drop)
    }

    /// The connection itself, for what only SQLite can do.
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Does several statements.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let done = self.connection.execute_batch(sql);
        done.map_err(|error| write_error(&error))
    }
}

impl Database for Sqlite {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<usize, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .map_err(|error| write_error(&error))?;
        let changed = statement.execute(rusqlite::params_from_iter(values));
        changed.map_err(|error| write_error(&error))
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let mut ask = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let columns = statement.column_count();
            let mut found = statement.query(rusqlite::params_from_iter(values))?;
            while let Some(row) = found.next()? {
                let values = (0..columns).map(|column| row.get_ref(column).map(value_of));
                rows.push(Row(values.collect::<rusqlite::Result<_>>()?));
            }
            Ok(())
        };
        ask().map_err(|error| read_error(&error))?;
        Ok(rows)
    }
}

impl Writing for Sqlite {
    fn begin(&mut self, first: Option<&Asking>) -> Result<(Head, Vec<Row>), StoreError> {
        self.batch("BEGIN IMMEDIATE")?;
        let head = head_of(self)?;
        let found = first.map(|first| self.ask_each(first.question, &first.asked));
        Ok((head, found.transpose()?.unwrap_or_default()))
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.batch("COMMIT")
    }

    fn give_up(&mut self) {
        // It may have been rolled back already.
        let _rolled_back = self.batch("ROLLBACK");
    }
}

fn value_of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null | ValueRef::Real(_) => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
            Self::List(_) => {
                let what = "SQLite has no lists".into();
                return Err(rusqlite::Error::ToSqlConversionFailure(what));
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

pub(super) fn write_error(error: &rusqlite::Error) -> StoreError {
    StoreError::NotWritten(Arc::from(error.to_string()))
}

pub(super) fn read_error(error: &rusqlite::Error) -> StoreError {
    StoreError::NotRead(Arc::from(error.to_string()))
}

fn named(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::NotWritten(format!("`{}`: {error}", path.display()).into())
}
