//! ZIP containers: what is in them, and entry by entry what they hold, with limits on everything (FORMATS.md §1).

use std::{
    collections::HashSet,
    io::{Cursor, Read, Write},
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{
    archive::{ArchiveError, Listed, MAX_ARCHIVE, MAX_ENTRY, MAX_TOTAL, NamedBytes},
    zip_layout::{Row, read_layout},
};
use crate::formats::{encoding::file_kind::Foreign, printable};

const STORED: u64 = 0;
const DEFLATED: u64 = 8;
const AES: u64 = 99;

/// An archive whose directory and headers agree.
pub struct Archive<'a> {
    zip: zip::ZipArchive<Cursor<&'a [u8]>>,
    rows: Vec<Row<'a>>,
    files: Vec<(usize, Listed)>,
}

impl<'a> Archive<'a> {
    /// Reads the directory. Nothing is inflated, but what entries say of their sizes is held to the limits.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub fn open(archive: &'a [u8]) -> Result<Self, ArchiveError> {
        if archive.len() as u64 > MAX_ARCHIVE {
            return Err(ArchiveError::TooLarge);
        }
        match Foreign::instead_of_zip(archive) {
            Foreign::Split => return Err(ArchiveError::Split),
            kind if !archive.starts_with(b"PK") => return Err(ArchiveError::NotZip(kind)),
            _ => {}
        }

        let layout = read_layout(archive)?;
        refuse_duplicates(layout.rows.iter().map(|row| row.name.to_vec()))?;
        let whole = archive.get(..layout.end).ok_or(ArchiveError::Damaged)?;
        let zip = zip::ZipArchive::new(Cursor::new(whole)).map_err(|_| ArchiveError::Damaged)?;
        // The crate keeps one of two entries that it gives one name, and says nothing.
        if zip.len() != layout.rows.len() || zip.central_directory_start() != layout.directory {
            return Err(ArchiveError::Damaged);
        }

        let mut archive = Self {
            zip,
            rows: layout.rows,
            files: Vec::new(),
        };
        archive.list()?;
        Ok(archive)
    }

    /// Every file, in the directory's order. Folders have no content and are left out.
    #[must_use]
    pub fn files(&self) -> Vec<Listed> {
        self.files.iter().map(|(_, file)| file.clone()).collect()
    }

    /// The content of the file at this place of [`Archive::files`].
    ///
    /// # Errors
    /// [`ArchiveError`], naming the entry.
    pub fn read(&mut self, file: usize) -> Result<Vec<u8>, ArchiveError> {
        let found = self.files.get(file).and_then(|(index, listed)| {
            let row = self.rows.get(*index)?;
            Some((*index, listed.size, printable(&listed.name), row))
        });
        let (index, size, shown, row) = found.ok_or(ArchiveError::Damaged)?;
        if row.encrypted || row.method == AES {
            return Err(ArchiveError::Encrypted(shown));
        }
        if !matches!(row.method, STORED | DEFLATED) {
            return Err(ArchiveError::Compressed(shown, method_name(row.method)));
        }

        let entry = self.zip.by_index(index);
        let entry = entry.map_err(|_| ArchiveError::BadEntry(shown.clone()))?;
        // The size is what the file says: asking for it must not end the program.
        let mut bytes = Vec::new();
        let room = usize::try_from(size)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        if bytes.try_reserve_exact(room).is_err() {
            return Err(ArchiveError::Memory(shown));
        }
        let read = entry.take(size + 1).read_to_end(&mut bytes);
        if read.is_err() || bytes.len() as u64 != size {
            return Err(ArchiveError::BadEntry(shown));
        }
        Ok(bytes)
    }

    fn list(&mut self) -> Result<(), ArchiveError> {
        let mut left = MAX_TOTAL;
        for (index, row) in self.rows.iter().enumerate() {
            let name = self
                .zip
                .name_for_index(index)
                .and_then(Result::ok)
                .ok_or(ArchiveError::Damaged)?
                .into_owned();
            if row.size > MAX_ENTRY {
                return Err(ArchiveError::EntryTooLarge(printable(&name), MAX_ENTRY));
            }
            left = left
                .checked_sub(row.size)
                .ok_or(ArchiveError::TotalTooLarge(MAX_TOTAL))?;
            if !name.ends_with(['/', '\\']) {
                let size = row.size;
                self.files.push((index, Listed { name, size }));
            }
        }
        refuse_duplicates(
            self.files
                .iter()
                .map(|(_, file)| file.name.clone().into_bytes()),
        )
    }
}

/// A zip file of these files, stored in their order: what is encrypted does not get smaller. Every date is 1980-01-01, so that
/// the same files give the same bytes. `None` for two files of one name.
#[must_use]
pub fn pack(files: &[NamedBytes]) -> Option<Vec<u8>> {
    // What stands around an entry, and a name twice.
    const AROUND: usize = 256;

    let room: usize = files
        .iter()
        .map(|file| file.bytes.len() + 2 * file.name.len() + AROUND)
        .sum();
    let stored = SimpleFileOptions::DEFAULT.compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(room)));
    for file in files {
        zip.start_file(file.name.as_str(), stored).ok()?;
        zip.write_all(&file.bytes).ok()?;
    }
    zip.finish().ok().map(Cursor::into_inner)
}

fn refuse_duplicates(names: impl Iterator<Item = Vec<u8>>) -> Result<(), ArchiveError> {
    let mut seen = HashSet::new();
    for name in names {
        if let Some(twice) = seen.replace(name) {
            let shown = printable(&String::from_utf8_lossy(&twice));
            return Err(ArchiveError::Duplicate(shown));
        }
    }
    Ok(())
}

/// What people call a compression method.
fn method_name(method: u64) -> String {
    let name = match method {
        1 => "Shrink",
        2..=5 => "Reduce",
        6 => "Implode",
        9 => "Deflate64",
        12 => "bzip2",
        14 => "LZMA",
        20 | 93 => "Zstandard",
        94 => "MP3",
        95 => "xz",
        96 => "JPEG",
        97 => "WavPack",
        98 => "PPMd",
        other => return format!("method {other}"),
    };
    name.to_owned()
}
