//! ZIP containers, read whole into named byte strings with limits on everything (FORMATS.md §1).

use std::io::{Cursor, Read};

use super::printable;

/// Largest archive accepted, in bytes.
pub const MAX_ARCHIVE: u64 = 64 << 20;
/// Largest entry after inflating, in bytes.
pub const MAX_ENTRY: u64 = 16 << 20;
/// Largest sum of all entries after inflating, in bytes.
pub const MAX_TOTAL: u64 = 128 << 20;
/// Most entries accepted.
pub const MAX_ENTRIES: usize = 10_000;

/// A file inside an archive or a folder: its name with `/` between folders, and its content.
pub struct NamedBytes {
    /// Name with `/` between folders.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Why an archive cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Does not begin like a ZIP file.
    #[error("not a zip file")]
    NotZip,
    /// Begins like one, but its directory at the end is missing or damaged.
    #[error("the zip file is cut off or damaged: its directory cannot be read")]
    Damaged,
    /// Over [`MAX_ARCHIVE`].
    #[error("larger than {} MiB", MAX_ARCHIVE >> 20)]
    TooLarge,
    /// Over [`MAX_ENTRIES`].
    #[error("more than {MAX_ENTRIES} entries")]
    TooManyEntries,
    /// Over [`MAX_ENTRY`]; holds the name.
    #[error("entry `{0}` is larger than {mib} MiB", mib = MAX_ENTRY >> 20)]
    EntryTooLarge(String),
    /// Over [`MAX_TOTAL`].
    #[error("the entries together are larger than {} MiB", MAX_TOTAL >> 20)]
    TotalTooLarge,
    /// Two entries of one name.
    #[error("two entries are named `{0}`")]
    Duplicate(String),
    /// Encrypted by the ZIP format's own means.
    #[error("entry `{0}` is protected by a zip password")]
    Encrypted(String),
    /// Checksum wrong, data cut, or a compression method that kits do not use.
    #[error("entry `{0}` is damaged or compressed in an unknown way")]
    BadEntry(String),
}

impl ArchiveError {
    /// Stable identifier for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotZip => "not_a_zip",
            Self::Damaged => "zip_damaged",
            Self::TooLarge => "kit_too_large",
            Self::TooManyEntries => "too_many_entries",
            Self::EntryTooLarge(_) | Self::TotalTooLarge => "entry_too_large",
            Self::Duplicate(_) => "duplicate_entry",
            Self::Encrypted(_) => "entry_encrypted",
            Self::BadEntry(_) => "entry_damaged",
        }
    }
}

/// Reads every file of the archive, in the directory's order. Folders have no content and are left out.
///
/// # Errors
/// [`ArchiveError`]; nothing is handed over in part.
pub fn read_archive(archive: &[u8]) -> Result<Vec<NamedBytes>, ArchiveError> {
    if archive.len() as u64 > MAX_ARCHIVE {
        return Err(ArchiveError::TooLarge);
    }
    if !archive.starts_with(b"PK") {
        return Err(ArchiveError::NotZip);
    }
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).map_err(|_| ArchiveError::Damaged)?;
    refuse_duplicates(archive, zip.central_directory_start())?;
    let mut files = Vec::new();
    let mut budget = MAX_TOTAL;
    for index in 0..zip.len() {
        if let Some(file) = read_entry(&mut zip, index)? {
            budget = budget
                .checked_sub(file.bytes.len() as u64)
                .ok_or(ArchiveError::TotalTooLarge)?;
            files.push(file);
        }
    }
    Ok(files)
}

fn read_entry(
    zip: &mut zip::ZipArchive<Cursor<&[u8]>>,
    index: usize,
) -> Result<Option<NamedBytes>, ArchiveError> {
    let name = zip
        .name_for_index(index)
        .and_then(Result::ok)
        .ok_or(ArchiveError::Damaged)?
        .into_owned();
    let shown = printable(&name);
    let entry = zip.by_index(index).map_err(|error| match error {
        zip::result::ZipError::UnsupportedArchive(zip::result::ZipError::PASSWORD_REQUIRED) => {
            ArchiveError::Encrypted(shown.clone())
        }
        _ => ArchiveError::BadEntry(shown.clone()),
    })?;
    if entry.is_dir() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    entry
        .take(MAX_ENTRY + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| ArchiveError::BadEntry(shown.clone()))?;
    if bytes.len() as u64 > MAX_ENTRY {
        return Err(ArchiveError::EntryTooLarge(shown));
    }
    Ok(Some(NamedBytes { name, bytes }))
}

/// Walks the central directory by hand: the `zip` crate keeps the last of two entries of one name and says nothing.
fn refuse_duplicates(archive: &[u8], start: u64) -> Result<(), ArchiveError> {
    let mut seen = std::collections::HashSet::new();
    let mut rest = usize::try_from(start)
        .ok()
        .and_then(|at| archive.get(at..))
        .ok_or(ArchiveError::Damaged)?;
    while rest.starts_with(b"PK\x01\x02") {
        let field = |at: usize| {
            Some(usize::from(u16::from_le_bytes(
                *rest.get(at..)?.first_chunk()?,
            )))
        };
        let lengths = field(28)
            .zip(field(30))
            .zip(field(32))
            .ok_or(ArchiveError::Damaged)?;
        let ((name, extra), comment) = lengths;
        let bytes = rest.get(46..46 + name).ok_or(ArchiveError::Damaged)?;
        if !seen.insert(bytes) {
            return Err(ArchiveError::Duplicate(printable(
                &String::from_utf8_lossy(bytes),
            )));
        }
        if seen.len() > MAX_ENTRIES {
            return Err(ArchiveError::TooManyEntries);
        }
        rest = rest
            .get(46 + name + extra + comment..)
            .ok_or(ArchiveError::Damaged)?;
    }
    Ok(())
}
