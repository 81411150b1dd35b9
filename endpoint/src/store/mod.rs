//! Where everything lies: verbs of the domain over SQLite or PostgreSQL. Only this folder knows SQL.
//!
//! PostgreSQL has all tables in one schema (`postgres`). SQLite has two files: `shares.db` is written by imports alone, `state.db` by everything else. A reader of SQLite drops all
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
pub mod portal;
pub mod portal_backups;
mod postgres;
pub mod recovery;
pub mod release_keys;
pub mod releases;
pub mod share_import;
pub mod shares;
mod sqlite;
mod writer;

use std::sync::Arc;

use self::{
    database::Database,
    pool::Pool,
    postgres::{Login, PostgresPool, PostgresWriter, Together},
    shares::SharesQuestion,
    sqlite::{Sqlite, Which},
    writer::{Ahead, Writer},
};
pub use self::{postgres::Examined, writer::Write};
use crate::config;

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
    readers: Readers,
    writer: Writer,
}

/// What reads.
enum Readers {
    Sqlite {
        state: Pool,
        shares: Pool,
    },
    Postgres {
        pool: Arc<PostgresPool>,
        together: Together,
        shares: SharesQuestion,
    },
}

impl Store {
    /// Opens the store that is configured, and brings its tables up to date. The folder of SQLite is made if need be.
    ///
    /// # Errors
    /// [`StoreError`] when a file cannot be opened, a server does not answer, or it is of a newer version.
    pub fn open(database: &config::Database) -> Result<Self, StoreError> {
        let (readers, writer) = match database {
            config::Database::Sqlite(folder) => {
                sqlite::make_folder(folder)?;
                copy::refuse_unfinished(folder)?;
                let state = Sqlite::open(folder, Which::State)?;
                // Imports write there; opened once so that its tables are there to be read.
                drop(Sqlite::open(folder, Which::Shares)?);
                let readers = Readers::Sqlite {
                    state: Pool::new(folder, Which::State),
                    shares: Pool::new(folder, Which::Shares),
                };
                (readers, Writer::start(state))
            }
            config::Database::Postgres(settings) => {
                let login = Arc::new(Login::of(settings)?);
                let writer = PostgresWriter::open(Arc::clone(&login))?;
                let pool = Arc::new(PostgresPool::new(login));
                let readers = Readers::Postgres {
                    together: Together::start(Arc::clone(&pool)),
                    pool,
                    shares: SharesQuestion::default(),
                };
                (readers, Writer::start(writer))
            }
        };
        Ok(Self {
            inner: Arc::new(Inner { readers, writer }),
        })
    }

    /// Looks at a server of PostgreSQL, and changes nothing there.
    ///
    /// # Errors
    /// [`StoreError::NotRead`] where it cannot be reached or used.
    pub fn examine(settings: &config::Postgres) -> Result<Examined, StoreError> {
        postgres::examine(&Login::of(settings)?)
    }

    /// Reads what is committed.
    ///
    /// # Errors
    /// What `work` returns, and [`StoreError::NotRead`].
    pub fn read<T>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &self.inner.readers {
            Readers::Sqlite { state, .. } => state.with(work),
            Readers::Postgres { pool, .. } => pool.with(work),
        }
    }

    /// Reads the sealed shares.
    fn read_shares<T>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &self.inner.readers {
            Readers::Sqlite { shares, .. } => shares.with(work),
            Readers::Postgres { pool, .. } => pool.with(work),
        }
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
        self.inner.writer.write(None, work).await
    }

    /// The same for a write that says what it asks first.
    ///
    /// # Errors
    /// As [`Store::write`].
    async fn write_asking<T: Send + 'static>(
        &self,
        ahead: Ahead,
        work: impl FnOnce(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.writer.write(Some(ahead), work).await
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
