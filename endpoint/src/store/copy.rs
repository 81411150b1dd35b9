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

fn checked(folder: &Path) -> Result<Copied, StoreError> {
    for which in [Which::State, Which::Shares] {
        let mut copy = Sqlite::open_read_only(folder, which)?;
        let said = copy.find("PRAGMA integrity_check", &[])?;
        let said = said.map_or(Ok(String::new()), |row| row.text(0).map(str::to_owned))?;
        if said != "ok" {
            let file = which.file();
            return Err(StoreError::Damaged(format!("the copy of `{file}`: {said}")));
        }
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
