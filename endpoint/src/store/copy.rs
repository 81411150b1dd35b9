//! Copies of both files, taken while a server serves: each is one state of its file, and is checked before it counts.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use super::{
    StoreError,
    audit::{Verified, follow, page},
    database::{Database, values},
    sqlite::{self, Sqlite, Which},
};

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
    let failed = |error: std::io::Error| {
        StoreError::NotWritten(format!("`{}`: {error}", to.display()).into())
    };
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

/// Puts a copy into the folder of a store that has no database: what a stopped server leaves beside its files, SQLite would play over
/// others of the same names. A copy whose audit chain is broken is not put there; the caller tells by what is returned.
///
/// # Errors
/// [`StoreError`]: the folder has a database; the copy is not sound; what cannot be read or written.
pub fn put_back(from: &Path, to: &Path) -> Result<Copied, StoreError> {
    sqlite::make_folder(to)?;
    let failed = |path: &Path, error: std::io::Error| {
        StoreError::NotWritten(format!("`{}`: {error}", path.display()).into())
    };
    for which in [Which::State, Which::Shares] {
        for beside in ["", "-wal", "-shm", "-journal"] {
            let path = to.join(format!("{}{beside}", which.file()));
            if path.symlink_metadata().is_ok() {
                let what = format!(
                    "`{}` is there: stop the server, and move the folder `{}` away as a whole",
                    path.display(),
                    to.display()
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
        return Ok(copied);
    }

    // Under other names until both are whole.
    let names = [Which::State, Which::Shares].map(|which| {
        let name = which.file();
        (
            from.join(name),
            to.join(format!("{name}.part")),
            to.join(name),
        )
    });
    for (copy, part, _) in &names {
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(part)
            .map_err(|error| failed(part, error))?;
        File::open(copy)
            .and_then(|mut copy| std::io::copy(&mut copy, &mut file))
            .and_then(|_| file.sync_all())
            .map_err(|error| failed(part, error))?;
    }
    for (_, part, whole) in &names {
        fs::rename(part, whole).map_err(|error| failed(whole, error))?;
    }
    File::open(to)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| failed(to, error))?;
    Ok(copied)
}

/// Writes what is in the logs beside the files into the files, when a server stops.
pub fn settle(folder: &Path) {
    for which in [Which::State, Which::Shares] {
        let settled = Sqlite::open_to_copy(folder, which)
            .and_then(|mut file| file.query("PRAGMA wal_checkpoint(TRUNCATE)", &[]));
        if let Err(error) = settled {
            let file = which.file();
            tracing::warn!(file, %error, "what is beside the database stays there: keep both together");
        }
    }
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
