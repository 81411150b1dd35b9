//! The SHA-256 of a file or folder, by which a change is noticed.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Most files of a folder that are looked at.
const MAX_FILES: usize = 100_000;
const MAX_DEPTH: usize = 16;

/// The SHA-256 of a file; of a folder that of the names and the SHA-256 of all its files. `None` where it cannot be read.
pub(crate) fn fingerprint(path: &Path) -> Option<String> {
    let digest = match std::fs::metadata(path).ok()?.is_dir() {
        true => of_folder(path)?,
        false => of_file(path)?,
    };
    Some(hex::encode(digest))
}

fn of_file(path: &Path) -> Option<[u8; 32]> {
    let mut file = File::open(path).ok()?;
    // A pipe may never end.
    file.metadata().ok().filter(|info| info.is_file())?;
    let mut digest = Sha256::new();
    let mut block = Zeroizing::new(vec![0; 64 << 10]);
    loop {
        let length = file.read(&mut block).ok()?;
        let part = block.get(..length).unwrap_or_default();
        if part.is_empty() {
            return Some(digest.finalize().into());
        }
        digest.update(part);
    }
}

fn of_folder(folder: &Path) -> Option<[u8; 32]> {
    let mut files = Vec::new();
    collect(folder, MAX_DEPTH, &mut files)?;
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        let name = file.strip_prefix(folder).ok()?.as_os_str();
        digest.update((name.len() as u64).to_be_bytes());
        digest.update(name.as_encoded_bytes());
        digest.update(of_file(&file)?);
    }
    Some(digest.finalize().into())
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Option<()> {
    for entry in std::fs::read_dir(folder).ok()? {
        let entry = entry.ok()?;
        let kind = entry.file_type().ok()?;
        if kind.is_dir() && depth > 1 {
            collect(&entry.path(), depth - 1, files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
        if files.len() > MAX_FILES {
            return None;
        }
    }
    Some(())
}
