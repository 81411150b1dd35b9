//! Copies of both files, taken while a server serves: each is one state of its file, and is checked before it counts.

use std::{
    fs::{self, File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{
    StoreError,
    audit::{Verified, follow, page},
    database::{Database, values},
    sqlite::{self, Sqlite, Which},
};

/// Where a copy lies, in the folder of the store, until it is put in its place.
const LAID_OUT: &str = "restoring";

/// What a copy holds.
#[derive(Debug)]
pub struct Copied {
    /// The audit chain of the copy.
    pub audit: Verified,
    /// Files of shares that are complete in it.
    pub share_files: i64,
}

/// Copies the store in a folder into another folder, which must be new or empty.
///
/// # Errors
/// [`StoreError`]: what cannot be read, written, or is not sound in the copy.
pub fn copy(from: &Path, to: &Path) -> Result<Copied, StoreError> {
    sqlite::make_folder(to)?;
    let failed = |error: std::io::Error| failed(to, &error);
    if fs::read_dir(to).map_err(failed)?.next().is_some() {
        return Err(StoreError::NotWritten(
            format!("`{}` is not empty: name a new folder", to.display()).into(),
        ));
    }
    for which in [Which::State, Which::Shares] {
        let path = to.join(which.file());
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&path);
        drop(file.map_err(failed)?);
        let mut source = Sqlite::open_to_copy(from, which)?;
        let name = path.to_string_lossy().into_owned();
        source.execute("VACUUM INTO $1", values![name])?;
        File::open(&path)
            .and_then(|file| file.sync_all())
            .map_err(failed)?;
    }
    File::open(to)
        .and_then(|folder| folder.sync_all())
        .map_err(failed)?;
    checked(to)
}

/// Says so where a restore was ended before its last step: a server would make an empty database in that place.
///
/// # Errors
/// [`StoreError::NotWritten`].
pub fn refuse_unfinished(place: &Path) -> Result<(), StoreError> {
    // Its state is put in place last.
    if !place.join(LAID_OUT).join(Which::State.file()).exists() {
        return Ok(());
    }
    let what = format!(
        "a restore into `{}` was not finished: run `restore --from COPY` again",
        place.display()
    );
    Err(StoreError::NotWritten(what.into()))
}

/// A copy that lies beside the place of a store and is not served yet.
pub struct LaidOut {
    /// The folder that it lies in: a store of its own.
    pub folder: PathBuf,
    place: PathBuf,
    /// What it holds.
    pub copied: Copied,
}

/// Lays a copy out in the folder of a store that has no database: what a stopped server leaves beside its files, SQLite would play over
/// others of the same names. One whose audit chain is broken is only told of: `Err` holds what is in it.
///
/// # Errors
/// [`StoreError`]: the folder has a database; the copy is not sound; what cannot be read or written.
pub fn lay_out(from: &Path, place: &Path) -> Result<Result<LaidOut, Copied>, StoreError> {
    sqlite::make_folder(place)?;
    for which in [Which::State, Which::Shares] {
        for beside in ["", "-wal", "-shm", "-journal"] {
            let path = place.join(format!("{}{beside}", which.file()));
            if path.symlink_metadata().is_ok() {
                let what = format!(
                    "`{}` is there: stop the server, and move the folder `{}` away as a whole",
                    path.display(),
                    place.display()
                );
                return Err(StoreError::NotWritten(what.into()));
            }
        }
        let copy = from.join(which.file());
        if !copy.is_file() {
            let what = format!("`{}` is not there", copy.display());
            return Err(StoreError::NotRead(what.into()));
        }
    }
    let copied = checked(from)?;
    if copied.audit.broken.is_some() {
        return Ok(Err(copied));
    }

    let folder = place.join(LAID_OUT);
    // One that was left behind by an end in the middle.
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(&folder, &error)),
        _ => {}
    }
    sqlite::make_folder(&folder)?;
    for which in [Which::State, Which::Shares] {
        let path = folder.join(which.file());
        let mut options = OpenOptions::new();
        let new = options.write(true).create_new(true).mode(0o600).open(&path);
        let copied = new.and_then(|mut new| {
            std::io::copy(&mut File::open(from.join(which.file()))?, &mut new)?;
            new.sync_all()
        });
        copied.map_err(|error| failed(&path, &error))?;
    }
    Ok(Ok(LaidOut {
        folder,
        place: place.to_owned(),
        copied,
    }))
}

impl LaidOut {
    /// Puts it where the server looks for it. Until the last step there is nothing to serve: the state comes last.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`].
    pub fn put_in_place(&self) -> Result<(), StoreError> {
        settle(&self.folder)?;
        for which in [Which::Shares, Which::State] {
            let (from, to) = (
                self.folder.join(which.file()),
                self.place.join(which.file()),
            );
            fs::rename(&from, &to).map_err(|error| failed(&to, &error))?;
        }
        let synced = File::open(&self.place).and_then(|folder| folder.sync_all());
        synced.map_err(|error| failed(&self.place, &error))?;
        fs::remove_dir_all(&self.folder).map_err(|error| failed(&self.folder, &error))
    }
}

fn failed(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::NotWritten(format!("`{}`: {error}", path.display()).into())
}

/// Writes what is in the logs beside the files into the files: they alone are the database then.
///
/// # Errors
/// [`StoreError`]: both belong together still.
pub fn settle(folder: &Path) -> Result<(), StoreError> {
    for which in [Which::State, Which::Shares] {
        let mut file = Sqlite::open_to_copy(folder, which)?;
        let told = file.find("PRAGMA wal_checkpoint(TRUNCATE)", &[])?;
        let is_busy = told.map_or(Ok(0), |row| row.integer(0))? != 0;
        if is_busy {
            let what = format!("`{}` is in use", which.file());
            return Err(StoreError::NotWritten(what.into()));
        }
    }
    Ok(())
}

/// Whether the tables of what changes while a server serves are sound, as SQLite sees it.
///
/// # Errors
/// [`StoreError::Damaged`] with what is not, and [`StoreError::NotRead`].
pub fn examine(folder: &Path) -> Result<(), StoreError> {
    is_sound(folder, Which::State, "quick_check")
}

fn is_sound(folder: &Path, which: Which, check: &str) -> Result<(), StoreError> {
    let mut file = Sqlite::open_read_only(folder, which)?;
    let said = file.find(&format!("PRAGMA {check}"), &[])?;
    let said = said.map_or(Ok(String::new()), |row| row.text(0).map(str::to_owned))?;
    if said == "ok" {
        return Ok(());
    }
    let name = which.file();
    Err(StoreError::Damaged(format!("`{name}`: {said}")))
}

fn checked(folder: &Path) -> Result<Copied, StoreError> {
    for which in [Which::State, Which::Shares] {
        is_sound(folder, which, "integrity_check")?;
    }
    let mut state = Sqlite::open_read_only(folder, Which::State)?;
    let audit = follow(|after| page(&mut state, after), |_| {})?;
    let mut shares = Sqlite::open_read_only(folder, Which::Shares)?;
    let files = shares.find("SELECT count(*) FROM share_file WHERE complete = 1", &[])?;
    Ok(Copied {
        audit,
        share_files: files.map_or(Ok(0), |row| row.integer(0))?,
    })
}
