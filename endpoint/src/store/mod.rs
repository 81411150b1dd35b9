//! Where everything lies: verbs of the domain over SQLite. Only this folder knows SQL.
//!
//! Two files: `shares.db` is written by imports alone, `state.db` by everything else. A reader of SQLite drops all
//! pages it has cached whenever the file was written, so what is read most is never written while serving.
//!
//! Writes go through one thread, which puts up to 512 of them into one transaction, and are answered after its commit
//! (`writer`). Their audit events are in the same transaction. Reads have connections of their own.

pub mod audit;
pub mod backups;
pub mod copy;
pub mod credentials;
pub mod data_keys;
pub mod database;
pub mod devices;
pub mod grants;
pub mod idempotency;
mod migrate;
pub mod outbox;
pub mod passphrases;
mod pool;
pub mod recovery;
pub mod releases;
pub mod share_import;
pub mod shares;
mod sqlite;
mod writer;

use std::{path::Path, sync::Arc};

pub use self::writer::Write;
use self::{
    database::Database,
    pool::Pool,
    sqlite::{Sqlite, Which},
    writer::Writer,
};

/// Why the store did not do what it should.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// It cannot be written: the disk, the file, another program that holds it.
    #[error("the database cannot be written: {0}")]
    NotWritten(Arc<str>),
    /// It cannot be read.
    #[error("the database cannot be read: {0}")]
    NotRead(Arc<str>),
    /// More writes wait than it takes.
    #[error("more writes wait than the database takes")]
    Busy,
    /// The database was made by a newer version of this program.
    #[error("the database `{file}` is of version {found}; this program knows {known}")]
    Newer {
        /// Its file.
        file: String,
        /// The version it is of.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// Something in it is not what this program writes.
    #[error("the database holds what this program never wrote: {0}")]
    Damaged(String),
}

/// The store of one server. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    state: Pool,
    shares: Pool,
    writer: Writer,
}

impl Store {
    /// Opens the store in a folder, which is made if need be, and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError`] when a file cannot be opened or is of a newer version.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        sqlite::make_folder(folder)?;
        let state = Sqlite::open(folder, Which::State)?;
        // Imports write there; opened once so that its tables are there to be read.
        drop(Sqlite::open(folder, Which::Shares)?);
        Ok(Self {
            inner: Arc::new(Inner {
                state: Pool::new(folder, Which::State),
                shares: Pool::new(folder, Which::Shares),
                writer: Writer::start(state),
            }),
        })
    }

    /// Reads what is committed.
    ///
    /// # Errors
    /// What `work` returns, and [`StoreError::NotRead`].
    pub fn read<T>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.inner.state.with(work)
    }

    /// Reads the sealed shares.
    fn read_shares<T>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.inner.shares.with(work)
    }

    /// Does one write as a whole, with its audit events, and returns after its commit. `work` may run again or on
    /// another thread; it must not do anything but read and write.
    ///
    /// # Errors
    /// What `work` returns, and then nothing of it is there; [`StoreError::NotWritten`] and [`StoreError::Busy`].
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.writer.write(work).await
    }

    /// The same for programs without a runtime: waits on this thread.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.writer.write_blocking(work)
    }

    /// Whether writes are committed at present.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.inner.writer.is_well()
    }

    /// Whether both files can be read.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        let one = |db: &mut dyn Database| db.query("SELECT 1", &[]).map(|_| ());
        self.read(one).is_ok() && self.read_shares(one).is_ok()
    }
}
