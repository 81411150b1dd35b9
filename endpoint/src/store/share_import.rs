//! Puts the records of a sealed file into `shares.db`: 50,000 in a transaction, in the order of the file, so that a run
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
    database::{Database, values},
    grants::key_of,
    sqlite::{self, Sqlite, Which, write_error},
    writer::now,
};

/// Records in one transaction.
const BATCH: u64 = 50_000;

/// An import that is under way.
pub struct ShareImport {
    database: Sqlite,
    file: i64,
    /// Position of the record that comes next.
    next: u64,
    /// Records in the transaction that is open.
    waiting: u64,
    insert: String,
    /// Held while the import runs: a second one would wait for every transaction.
    _lock: File,
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
        folder: &Path,
        digest: [u8; 32],
        header: &str,
        recipients: &str,
    ) -> Result<Beginning, StoreError> {
        sqlite::make_folder(folder)?;
        let lock = lock(folder)?;
        let mut database = Sqlite::open(folder, Which::Shares)?;
        let known = database.find(
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
            None => (new_file(&mut database, digest, header, recipients)?, 0),
        };
        let import = Self {
            insert: format!("INSERT INTO share_{file} (n, wallet, sealed) VALUES (?1, ?2, ?3)"),
            database,
            file,
            next,
            waiting: 0,
            _lock: lock,
        };
        Ok(Beginning::Open(Box::new(import), next))
    }

    /// Takes the record at the next position.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`].
    pub fn add(&mut self, wallet: &WalletId, sealed: &[u8]) -> Result<(), StoreError> {
        if self.waiting == 0 {
            self.database.batch("BEGIN IMMEDIATE")?;
        }
        let position = i64::try_from(self.next).unwrap_or(i64::MAX);
        let statement = self.database.connection().prepare_cached(&self.insert);
        let inserted = statement
            .and_then(|mut statement| statement.execute(params![position, key_of(wallet), sealed]));
        inserted.map_err(|error| write_error(&error))?;
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
        let file = self.file;
        self.database.batch(&format!(
            "CREATE INDEX IF NOT EXISTS share_{file}_wallet ON share_{file} (wallet)"
        ))?;
        before()?;
        let records = i64::try_from(self.next).unwrap_or(i64::MAX);
        self.database.execute(
            "UPDATE share_file SET complete = 1, records = $1 WHERE id = $2",
            values![records, file],
        )?;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        let next = i64::try_from(self.next).unwrap_or(i64::MAX);
        self.database.execute(
            "UPDATE share_file SET next_n = $1 WHERE id = $2",
            values![next, self.file],
        )?;
        self.database.batch("COMMIT")?;
        self.waiting = 0;
        Ok(())
    }
}

fn new_file(
    database: &mut Sqlite,
    digest: [u8; 32],
    header: &str,
    recipients: &str,
) -> Result<i64, StoreError> {
    database.batch("BEGIN IMMEDIATE")?;
    let made = (|| {
        database.execute(
            "INSERT INTO share_file (header, header_digest, recipients, next_n, complete, imported_at) VALUES ($1, $2, $3, 0, 0, $4)",
            values![header, digest, recipients, now()],
        )?;
        let file = database.connection().last_insert_rowid();
        database.batch(&format!(
            "CREATE TABLE share_{file} (n INTEGER PRIMARY KEY, wallet BLOB NOT NULL CHECK (length(wallet) = 16), sealed BLOB NOT NULL) STRICT"
        ))?;
        Ok(file)
    })();
    database.batch(if made.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    made
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
