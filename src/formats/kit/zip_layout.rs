//! Where a ZIP file has what (FORMATS.md §1): read by hand and held against itself.
//!
//! A ZIP file says everything twice: in a header before each entry, and in a directory at its end. Programs believe one
//! or the other, so a file in which the two differ, or in which something is that neither names, is another file to
//! another program.

use super::archive::{ArchiveError, MAX_ENTRIES};
use crate::formats::printable;

const LOCAL: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const ROW: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";

const IN_EXTRA: u64 = u32::MAX as u64;
const UNICODE_PATH: u64 = 0x7075;
const ZIP_64: u64 = 0x0001;

/// Flags that say how hard a compressor tried.
const EFFORT: u64 = 0b110;
const ENCRYPTED: u64 = 1;
const SIZES_FOLLOW: u64 = 1 << 3;

/// Most line ends, zero bytes and the like behind the end: what transfers in text mode and block devices add.
const MAX_PADDING: usize = 4096;

/// An entry as directory and header say.
pub(in crate::formats) struct Row<'a> {
    pub(in crate::formats) name: &'a [u8],
    pub(in crate::formats) method: u64,
    pub(in crate::formats) encrypted: bool,
    pub(in crate::formats) size: u64,
    pub(in crate::formats) start: u64,
    flags: u64,
    checksum: u64,
    packed: u64,
}

/// A whole archive.
pub(in crate::formats) struct Layout<'a> {
    pub(in crate::formats) rows: Vec<Row<'a>>,
    /// Where the archive ends, before what a transfer added.
    pub(in crate::formats) end: usize,
    /// Where its directory begins.
    pub(in crate::formats) directory: u64,
}

/// Reads the directory, and compares every entry's header with it.
pub(in crate::formats) fn read_layout(archive: &[u8]) -> Result<Layout<'_>, ArchiveError> {
    let end = End::find(archive)?;
    let rows = end.rows(archive)?;
    let mut in_place: Vec<&Row<'_>> = rows.iter().collect();
    in_place.sort_by_key(|row| row.start);

    let mut free = 0;
    for (index, row) in in_place.iter().enumerate() {
        if row.start > free {
            return Err(ArchiveError::ExtraBytes);
        }
        if row.start < free {
            return Err(differs(row.name, "overlaps another one"));
        }
        let next = in_place
            .get(index + 1)
            .map_or(end.directory, |next| next.start);
        free = row.compare_header(archive, next)?;
    }
    if free != end.directory {
        return Err(ArchiveError::ExtraBytes);
    }

    Ok(Layout {
        rows,
        end: end.after,
        directory: end.directory,
    })
}

/// The record at the end of a ZIP file.
struct End {
    entries: u64,
    directory: u64,
    /// Where the directory must end.
    directory_end: usize,
    after: usize,
}

impl End {
    fn find(archive: &[u8]) -> Result<Self, ArchiveError> {
        let first = archive.len().saturating_sub(22 + 0xffff + MAX_PADDING);
        let mut missing = ArchiveError::Damaged;
        for at in (first..archive.len()).rev() {
            let Some(record) = archive.get(at..).filter(|rest| rest.starts_with(END)) else {
                continue;
            };
            let Some(after) = word(record, 20, 2).map(|comment| at + 22 + index(comment)) else {
                continue;
            };
            let Some(padding) = archive.get(after..) else {
                continue;
            };
            if padding.len() <= MAX_PADDING && padding.iter().all(is_padding) {
                return Self::parse(archive, at, after);
            }
            missing = ArchiveError::ExtraBytes;
        }
        Err(missing)
    }

    fn parse(archive: &[u8], at: usize, after: usize) -> Result<Self, ArchiveError> {
        let record = archive.get(at..).unwrap_or_default();
        let field = |from, length| word(record, from, length).ok_or(ArchiveError::Damaged);
        let disks = [field(4, 2)?, field(6, 2)?];
        if disks.iter().any(|disk| !matches!(disk, 0 | 0xffff)) {
            return Err(ArchiveError::Split);
        }

        let short = [field(10, 2)?, field(12, 4)?, field(16, 4)?];
        let (long, directory_end) = match long_end(archive, at) {
            Some((long, start)) => (long, start),
            None => (short, at),
        };
        for ((short, long), most) in short.iter().zip(long).zip([0xffff, IN_EXTRA, IN_EXTRA]) {
            if *short != long && *short != most {
                return Err(ArchiveError::Damaged);
            }
        }

        let [entries, size, directory] = long;
        if entries > MAX_ENTRIES as u64 {
            return Err(ArchiveError::TooManyEntries);
        }
        match directory.checked_add(size) {
            Some(end) if end == directory_end as u64 => Ok(Self {
                entries,
                directory,
                directory_end,
                after,
            }),
            Some(end) if end < directory_end as u64 => Err(ArchiveError::ExtraBytes),
            _ => Err(ArchiveError::Damaged),
        }
    }

    fn rows<'a>(&self, archive: &'a [u8]) -> Result<Vec<Row<'a>>, ArchiveError> {
        let directory = archive.get(index(self.directory)..self.directory_end);
        let mut rest = directory.ok_or(ArchiveError::Damaged)?;
        let mut rows = Vec::new();
        while !rest.is_empty() {
            let (row, after) = Row::parse(rest)?;
            rows.push(row);
            rest = after;
            if rows.len() as u64 > self.entries {
                return Err(ArchiveError::Damaged);
            }
        }
        if rows.len() as u64 == self.entries {
            Ok(rows)
        } else {
            Err(ArchiveError::Damaged)
        }
    }
}

/// Count, size and place of the directory as a zip64 record before the end says, and where that record begins.
fn long_end(archive: &[u8], end: usize) -> Option<([u64; 3], usize)> {
    let at = end.checked_sub(20)?;
    let locator = archive
        .get(at..)
        .filter(|rest| rest.starts_with(LOCATOR_64))?;
    let start = index(word(locator, 8, 8)?);
    let record = archive
        .get(start..at)
        .filter(|rest| rest.starts_with(END_64))?;
    let whole = word(record, 4, 8)?.checked_add(12)? == record.len() as u64;
    let numbers = [
        word(record, 32, 8)?,
        word(record, 40, 8)?,
        word(record, 48, 8)?,
    ];
    whole.then_some((numbers, start))
}

impl<'a> Row<'a> {
    /// The first row of a directory, and what follows it.
    fn parse(rest: &'a [u8]) -> Result<(Self, &'a [u8]), ArchiveError> {
        if !rest.starts_with(ROW) {
            return Err(ArchiveError::Damaged);
        }
        let field = |at, length| word(rest, at, length).ok_or(ArchiveError::Damaged);
        let (name, after) = part(rest, 46, field(28, 2)?)?;
        let (extra, after) = part(after, 0, field(30, 2)?)?;
        let (_comment, after) = part(after, 0, field(32, 2)?)?;
        compare_unicode_path(name, extra)?;

        let mut numbers = [field(24, 4)?, field(20, 4)?, field(42, 4)?];
        fill_from_extra(&mut numbers, extra).ok_or(ArchiveError::Damaged)?;
        let [size, packed, start] = numbers;
        let flags = field(8, 2)?;
        let row = Self {
            name,
            method: field(10, 2)?,
            encrypted: flags & ENCRYPTED != 0,
            size,
            start,
            flags,
            checksum: field(16, 4)?,
            packed,
        };
        Ok((row, after))
    }

    /// Holds the header before the entry against the row; returns where the entry ends. `next` is where the next one,
    /// or the directory, begins.
    fn compare_header(&self, archive: &[u8], next: u64) -> Result<u64, ArchiveError> {
        let header = archive.get(index(self.start)..).unwrap_or_default();
        if !header.starts_with(LOCAL) {
            return Err(ArchiveError::Damaged);
        }
        let field = |at, length| word(header, at, length).ok_or(ArchiveError::Damaged);
        let (name, after) = part(header, 30, field(26, 2)?)?;
        let (extra, _) = part(after, 0, field(28, 2)?)?;
        if name != self.name {
            return Err(differs(self.name, "has another name in its own header"));
        }
        compare_unicode_path(name, extra)?;
        if (field(6, 2)? ^ self.flags) & !EFFORT != 0 || field(8, 2)? != self.method {
            return Err(differs(
                self.name,
                "is packed in another way by its own header",
            ));
        }

        let mut sizes = [field(22, 4)?, field(18, 4)?];
        fill_from_extra(&mut sizes, extra).ok_or(ArchiveError::Damaged)?;
        let follows = self.flags & SIZES_FOLLOW != 0;
        let numbers = [
            (field(14, 4)?, self.checksum),
            (sizes[0], self.size),
            (sizes[1], self.packed),
        ];
        if numbers
            .iter()
            .any(|(own, row)| own != row && !(follows && *own == 0))
        {
            return Err(differs(
                self.name,
                "has another size or checksum in its own header",
            ));
        }

        let data = self.start + 30 + (name.len() + extra.len()) as u64;
        let end = data.checked_add(self.packed).ok_or(ArchiveError::Damaged)?;
        let trailer = archive.get(index(end)..index(next)).unwrap_or_default();
        if follows && self.is_descriptor(trailer) {
            return Ok(next);
        }
        Ok(end)
    }

    /// Whether these bytes are what follows an entry whose header could not know its sizes.
    fn is_descriptor(&self, bytes: &[u8]) -> bool {
        let plain = bytes.strip_prefix(DESCRIPTOR).unwrap_or(bytes);
        let width = match plain.len() {
            12 => 4,
            20 => 8,
            _ => return false,
        };
        word(plain, 0, 4) == Some(self.checksum)
            && word(plain, 4, width) == Some(self.packed)
            && word(plain, 4 + width, width) == Some(self.size)
    }
}

/// An Info-ZIP Unicode Path names the entry anew for programs that know it; for the others the plain name counts. The two
/// may differ in how letters beyond ASCII are encoded, and in nothing else.
fn compare_unicode_path(name: &[u8], extra: &[u8]) -> Result<(), ArchiveError> {
    let ascii = |text: &[u8]| -> Vec<u8> {
        let letters = text.iter().copied();
        letters.filter(u8::is_ascii).collect()
    };
    for (id, field) in fields(extra) {
        let path = field.get(5..).unwrap_or_default();
        let same = path == name || (!name.is_ascii() && ascii(path) == ascii(name));
        if id == UNICODE_PATH && !same {
            return Err(differs(name, "has a second name (Unicode Path)"));
        }
    }
    Ok(())
}

/// Replaces numbers that did not fit their 32 bits by those of the zip64 field.
fn fill_from_extra(numbers: &mut [u64], extra: &[u8]) -> Option<()> {
    let mut long = fields(extra)
        .find(|(id, _)| *id == ZIP_64)
        .map_or(&[] as &[u8], |(_, field)| field);
    for number in numbers.iter_mut().filter(|number| **number == IN_EXTRA) {
        *number = word(long, 0, 8)?;
        long = long.get(8..)?;
    }
    Some(())
}

/// The fields of an extra block, each with its id.
fn fields(mut extra: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    std::iter::from_fn(move || {
        let (id, length) = (word(extra, 0, 2)?, word(extra, 2, 2)?);
        let (field, after) = part(extra, 4, length).ok()?;
        extra = after;
        Some((id, field))
    })
}

fn differs(name: &[u8], how: &'static str) -> ArchiveError {
    ArchiveError::Ambiguous(printable(&String::from_utf8_lossy(name)), how)
}

fn is_padding(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | 0 | 0x1a)
}

/// A little-endian number of 2, 4 or 8 bytes.
fn word(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let digits = bytes.get(at..at.checked_add(length)?)?.iter().rev();
    Some(digits.fold(0, |number, digit| number << 8 | u64::from(*digit)))
}

fn part(bytes: &[u8], at: usize, length: u64) -> Result<(&[u8], &[u8]), ArchiveError> {
    let end = at.saturating_add(index(length));
    let found = bytes.get(at..end).zip(bytes.get(end..));
    found.ok_or(ArchiveError::Damaged)
}

/// A place in memory; one that no memory has is beyond every end.
fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
