//! Puts the records of a sealed file into the database: 50,000 in a transaction, in the order of the file, so that a run
//! that was killed goes on where it was. The index is made at the end, and only then is the file complete.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use lifeboat::formats::wallets::wallet_id::WalletId;
use rusqlite::params;
use rustix::fs::{FlockOperation, flock};

use super::{
    StoreError,
    database::{Database, Row, Value, values},
    grants::key_of,
    postgres::{Login, share_table::PostgresShares},
    sqlite::{self, Sqlite, Which, write_error},
};
use crate::{clock::now, config};

/// Records in one transaction.
const BATCH: u64 = 50_000;

/// A connection that takes records, one file at a time and one import at a time.
pub(super) trait ShareTable: Database {
    /// Does statements without parameters.
    fn batch(&mut self, sql: &str) -> Result<(), StoreError>;

    /// Begins a transaction.
    fn begin(&mut self) -> Result<(), StoreError>;

    /// What makes the table of a file.
    fn definition(&self, file: i64) -> String;

    /// Begins with rows of a file, within a transaction.
    fn begin_rows(&mut self, file: i64) -> Result<(), StoreError>;

    /// Takes one.
    fn add(&mut self, position: i64, wallet: &[u8; 16], sealed: &[u8]) -> Result<(), StoreError>;

    /// Ends with rows.
    fn end_rows(&mut self) -> Result<(), StoreError>;

    /// Makes what finds the records of wallets, when all of them are there.
    fn index(&mut self, file: i64) -> Result<(), StoreError>;
}

/// An import that is under way.
pub struct ShareImport {
    table: Box<dyn ShareTable>,
    file: i64,
    /// Position of the record that comes next.
    next: u64,
    /// Records in the transaction that is open.
    waiting: u64,
}

/// Where an import begins.
pub enum Beginning {
    /// All of the file is there already.
    Complete {
        /// How many records it has.
        records: u64,
    },
    /// Records are to come, from this position on.
    Open(Box<ShareImport>, u64),
}

impl ShareImport {
    /// Begins the import of the file with this head, or goes on with it.
    ///
    /// # Errors
    /// [`StoreError`]: another import runs, or the database cannot be written.
    pub fn begin(
        database: &config::Database,
        digest: [u8; 32],
        header: &str,
        recipients: &str,
    ) -> Result<Beginning, StoreError> {
        let mut table: Box<dyn ShareTable> = match database {
            config::Database::Sqlite(folder) => Box::new(SqliteShares::open(folder)?),
            config::Database::Postgres(settings) => {
                Box::new(PostgresShares::open(&Login::of(settings)?)?)
            }
        };
        let known = table.find(
            "SELECT id, next_n, complete FROM share_file WHERE header_digest = $1",
            values![digest],
        )?;
        let (file, next) = match known {
            Some(row) => {
                let next = u64::try_from(row.integer(1)?).unwrap_or_default();
                if row.integer(2)? == 1 {
                    return Ok(Beginning::Complete { records: next });
                }
                (row.integer(0)?, next)
            }
            None => (new_file(table.as_mut(), digest, header, recipients)?, 0),
        };
        let import = Self {
            table,
            file,
            next,
            waiting: 0,
        };
        Ok(Beginning::Open(Box::new(import), next))
    }

    /// Takes the record at the next position.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`].
    pub fn add(&mut self, wallet: &WalletId, sealed: &[u8]) -> Result<(), StoreError> {
        if self.waiting == 0 {
            self.table.begin()?;
            self.table.begin_rows(self.file)?;
        }
        let position = i64::try_from(self.next).unwrap_or(i64::MAX);
        self.table.add(position, &key_of(wallet), sealed)?;
        self.next += 1;
        self.waiting += 1;
        if self.waiting == BATCH {
            self.commit()?;
        }
        Ok(())
    }

    /// All records are there: makes the index, and calls the file complete. `before` runs right before that.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`], and what `before` says.
    pub fn finish(
        mut self,
        before: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.waiting > 0 {
            self.commit()?;
        }
        self.table.index(self.file)?;
        before()?;
        let records = i64::try_from(self.next).unwrap_or(i64::MAX);
        self.table.execute(
            "UPDATE share_file SET complete = 1, records = $1 WHERE id = $2",
            values![records, self.file],
        )?;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.table.end_rows()?;
        let next = i64::try_from(self.next).unwrap_or(i64::MAX);
        self.table.execute(
            "UPDATE share_file SET next_n = $1 WHERE id = $2",
            values![next, self.file],
        )?;
        self.table.batch("COMMIT")?;
        self.waiting = 0;
        Ok(())
    }
}

fn new_file(
    table: &mut dyn ShareTable,
    digest: [u8; 32],
    header: &str,
    recipients: &str,
) -> Result<i64, StoreError> {
    table.begin()?;
    let mut make = || {
        let newest = table.find("SELECT coalesce(max(id), 0) + 1 FROM share_file", &[])?;
        let file = newest.map_or(Ok(1), |row| row.integer(0))?;
        table.execute(
            "INSERT INTO share_file (id, header, header_digest, recipients, next_n, complete, imported_at) \
             VALUES ($1, $2, $3, $4, 0, 0, $5)",
            values![file, header, digest, recipients, now()],
        )?;
        table.batch(&table.definition(file))?;
        Ok(file)
    };
    let made = make();
    table.batch(if made.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    made
}

/// Records on their way into `shares.db`.
struct SqliteShares {
    database: Sqlite,
    insert: String,
    /// Held while the import runs: a second one would wait for every transaction.
    _lock: File,
}

impl SqliteShares {
    fn open(folder: &Path) -> Result<Self, StoreError> {
        sqlite::make_folder(folder)?;
        let lock = lock(folder)?;
        Ok(Self {
            database: Sqlite::open(folder, Which::Shares)?,
            insert: String::new(),
            _lock: lock,
        })
    }
}

impl Database for SqliteShares {
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<usize, StoreError> {
        self.database.execute(sql, values)
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.database.query(sql, values)
    }
}

impl ShareTable for SqliteShares {
    fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.database.batch(sql)
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.batch("BEGIN IMMEDIATE")
    }

    fn definition(&self, file: i64) -> String {
        format!(
            "CREATE TABLE share_{file} (n INTEGER PRIMARY KEY, wallet BLOB NOT NULL CHECK (length(wallet) = 16), sealed BLOB NOT NULL) STRICT"
        )
    }

    fn begin_rows(&mut self, file: i64) -> Result<(), StoreError> {
        self.insert = format!("INSERT INTO share_{file} (n, wallet, sealed) VALUES (?1, ?2, ?3)");
        Ok(())
    }

    fn add(&mut self, position: i64, wallet: &[u8; 16], sealed: &[u8]) -> Result<(), StoreError> {
        let statement = self.database.connection().prepare_cached(&self.insert);
        let inserted = statement
            .and_then(|mut statement| statement.execute(params![position, wallet, sealed]));
        inserted.map(drop).map_err(|error| write_error(&error))
    }

    fn end_rows(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn index(&mut self, file: i64) -> Result<(), StoreError> {
        self.batch(&format!(
            "CREATE INDEX IF NOT EXISTS share_{file}_wallet ON share_{file} (wallet)"
        ))
    }
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("import.lock");
    let failed = |what: &dyn std::fmt::Display| {
        StoreError::NotWritten(format!("`{}`: {what}", path.display()).into())
    };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|error| failed(&error))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| failed(&"another import is running"))?;
    Ok(file)
}
