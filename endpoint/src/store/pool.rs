//! Connections for reading: as many as read at once, opened when they are needed and kept.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{
    StoreError,
    database::Database,
    sqlite::{Sqlite, Which},
};

pub(super) struct Pool {
    folder: PathBuf,
    which: Which,
    spare: Mutex<Vec<Sqlite>>,
}

impl Pool {
    pub(super) fn new(folder: &Path, which: Which) -> Self {
        Self {
            folder: folder.to_owned(),
            which,
            spare: Mutex::default(),
        }
    }

    /// Reads with one of the connections: all of it from one state of the file, which also spares the locks of every single
    /// statement. One that failed is not used again.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = match self.taken() {
            Some(connection) => connection,
            None => Sqlite::open_read_only(&self.folder, self.which)?,
        };
        connection.begin_reading()?;
        let done = work(&mut connection);
        let ended = connection.end_reading();
        let done = done.and_then(|done| ended.map(|()| done));
        if !matches!(done, Err(StoreError::NotRead(_))) {
            let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
            spare.push(connection);
        }
        done
    }

    fn taken(&self) -> Option<Sqlite> {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.pop()
    }
}
