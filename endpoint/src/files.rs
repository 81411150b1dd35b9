//! Reads files that a configuration names: regular ones, of a bounded size. A pipe that nobody writes to would be waited for without
//! end, also while the server serves.

use std::{
    fs::{self, File},
    io::{Error, ErrorKind, Read, Result},
    path::Path,
};

/// Opens a regular file, or what the caller handed over (`/dev/fd`).
///
/// # Errors
/// Why it cannot be read.
pub fn open(path: &Path) -> Result<File> {
    let is_handed_over = ["/dev/fd", "/dev/stdin", "/proc/self/fd"]
        .iter()
        .any(|folder| path.starts_with(folder));
    if !is_handed_over && !fs::metadata(path)?.is_file() {
        let what = "it is a folder, a pipe or a device, and no regular file";
        return Err(Error::new(ErrorKind::InvalidInput, what));
    }
    File::open(path)
}

/// Reads a file of at most so many bytes.
///
/// # Errors
/// Why it cannot be read.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than is allowed tells that there is more.
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(Error::other(format!("it has more than {most} bytes")));
    }
    Ok(bytes)
}

/// The same, of text.
///
/// # Errors
/// Why it cannot be read.
pub fn read_text(path: &Path, most: u64) -> Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| Error::other("it is no UTF-8 text"))
}
