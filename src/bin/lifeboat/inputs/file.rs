//! Files and folders as a whole: bounded, secrets in memory that is wiped.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use lifeboat::crypto::secret::SecretBytes;

use crate::{
    bounded::read_bounded,
    context::World,
    errors::{
        catalogue::{Doing, Files},
        failure::Failure,
    },
};

/// Room that is made for any file, so that pipes, which have no size, do not regrow either.
const LEAST_ROOM: u64 = 64 << 10;

/// Most files of a folder of shares.
const MAX_SHARE_FILES: usize = 1_000_000;
/// Most bytes in them together.
const MAX_SHARE_BYTES: u64 = 4 << 30;
const MAX_SHARE_DEPTH: usize = 16;

/// Reads a file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    read_with_room(path, limit, LEAST_ROOM)
}

fn read_with_room(path: &Path, limit: u64, least: u64) -> Result<Vec<u8>, Failure> {
    let fail = |error| Failure::io(Doing::Read, path, &error);
    let file = File::open(path).map_err(fail)?;
    let size = file.metadata().map_err(fail)?.len();
    read_bounded(file, limit, size.max(least)).map_err(|error| not_read(path, limit, &error))
}

/// Reads all of standard input, at most `limit` bytes. `flag` is what asks for it.
pub(crate) fn read_stdin(
    world: &mut World,
    flag: &'static str,
    limit: u64,
) -> Result<SecretBytes, Failure> {
    let stdin = world.take_stdin(flag)?;
    read_bounded(stdin, limit, LEAST_ROOM)
        .map(SecretBytes::new)
        .map_err(|error| not_read(Path::new("standard input"), limit, &error))
}

/// Why an input was not read to its end: most often because it is larger than its kind can be.
pub(crate) fn not_read(path: &Path, limit: u64, error: &std::io::Error) -> Failure {
    if error.kind() != std::io::ErrorKind::FileTooLarge {
        return Failure::io(Doing::Read, path, error);
    }
    let most = match limit {
        0..0x10_0000 => format!("{} KiB", limit >> 10),
        0x10_0000..0x4000_0000 => format!("{} MiB", limit >> 20),
        _ => format!("{} GiB", limit >> 30),
    };
    let message = format!(
        "`{}` is larger than {most}, which no such file is",
        path.display()
    );
    Failure::new(Files::FileTooLarge, message)
}

/// Reads a file that holds a secret, of at most `limit` bytes.
pub(crate) fn read_secret(path: &Path, limit: u64) -> Result<SecretBytes, Failure> {
    read(path, limit).map(SecretBytes::new)
}

/// A file in a folder: its content, or why it cannot be had.
pub(crate) type FolderFile = (PathBuf, Result<SecretBytes, Failure>);

/// Every file of a folder of shares and the folders in it, in the order of their names. What cannot be read, or is over
/// `limit` bytes, stops nothing: the failure is in its place.
pub(crate) fn read_shares(folder: &Path, limit: u64) -> Result<Vec<FolderFile>, Failure> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| Failure::io(Doing::Read, folder, &error))?;
    let (mut files, mut left) = (Vec::new(), MAX_SHARE_BYTES);
    collect_shares(
        (folder, entries),
        MAX_SHARE_DEPTH,
        limit,
        &mut left,
        &mut files,
    )?;
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(files)
}

fn collect_shares(
    (folder, entries): (&Path, std::fs::ReadDir),
    depth: usize,
    limit: u64,
    left: &mut u64,
    files: &mut Vec<FolderFile>,
) -> Result<(), Failure> {
    let too_many = |what: String| Failure::new(Files::FolderTooLarge, what).about(folder);
    for entry in entries {
        let path = entry
            .as_ref()
            .map_or_else(|_| folder.to_owned(), std::fs::DirEntry::path);
        let io = |error| Failure::io(Doing::Read, &path, &error);
        let linked = entry
            .as_ref()
            .is_ok_and(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
        let info = entry.and_then(|entry| Ok((linked, std::fs::metadata(entry.path())?)));
        let read = match info {
            Ok((linked, info)) if info.is_dir() => match std::fs::read_dir(&path) {
                Ok(_) if linked => Err(Failure::new(
                    Files::LinkToFolder,
                    "a link to a folder, not followed",
                )
                .about(&path)),
                Ok(_) if depth == 1 => {
                    Err(Failure::new(Files::FolderTooDeep, "too many folders deep").about(&path))
                }
                Ok(entries) => {
                    collect_shares((&path, entries), depth - 1, limit, left, files)?;
                    continue;
                }
                Err(error) => Err(io(error)),
            },
            Ok((_, info)) if !info.is_file() => continue,
            Ok(_) if linked => File::open(&path)
                .map_err(|error| link_failed(&path, &error))
                .and_then(|_| read_with_room(&path, limit, 0).map(SecretBytes::new)),
            Ok(_) => read_with_room(&path, limit, 0).map(SecretBytes::new),
            Err(error) if linked => Err(link_failed(&path, &error)),
            Err(error) => Err(io(error)),
        };
        let size = read.as_ref().map_or(0, |bytes| bytes.len() as u64);
        *left = left
            .checked_sub(size)
            .ok_or_else(|| too_many(format!("more than {} GiB", MAX_SHARE_BYTES >> 30)))?;
        if files.len() >= MAX_SHARE_FILES {
            return Err(too_many(format!("more than {MAX_SHARE_FILES} files")));
        }
        files.push((path, read));
    }
    Ok(())
}

/// Why a link in a folder leads to nothing: what is outside of the folder may not be touched.
fn link_failed(path: &Path, error: &std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::PermissionDenied {
        return Failure::new(
            Files::LinkToFolder,
            "a link to something outside of the folder, not followed",
        )
        .about(path);
    }
    Failure::io(Doing::Read, path, error)
}

// Beside the code because a million files or 4 GiB are too much for a test from outside.
#[cfg(test)]
mod tests {
    use super::{MAX_SHARE_DEPTH, collect_shares};
    use crate::errors::catalogue::Files;

    #[test]
    fn a_folder_of_more_than_is_read_at_once_is_refused() {
        let folder = tempfile::tempdir().expect("there is room");
        std::fs::write(folder.path().join("share"), "12345").expect("there is room");
        let read = |mut left: u64| {
            let entries = std::fs::read_dir(folder.path()).expect("it is there");
            collect_shares(
                (folder.path(), entries),
                MAX_SHARE_DEPTH,
                100,
                &mut left,
                &mut Vec::new(),
            )
        };
        assert!(read(5).is_ok());
        assert!(read(4).is_err_and(|failure| failure.is(Files::FolderTooLarge)));
    }
}
