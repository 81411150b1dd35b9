//! What a kit's files come in, zip file or folder: names, sizes, limits, and why they are refused (FORMATS.md §1).

use crate::formats::encoding::file_kind::Foreign;

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

/// A file inside an archive or a folder, not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// How many bytes it holds.
    pub size: u64,
}

impl NamedBytes {
    /// Name and size alone.
    #[must_use]
    pub fn listed(&self) -> Listed {
        Listed {
            name: self.name.clone(),
            size: self.bytes.len() as u64,
        }
    }
}

/// Why an archive cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Does not begin like a ZIP file.
    #[error("not a zip file but {}", .0.name())]
    NotZip(Foreign),
    /// Begins like one, but its directory at the end is missing or damaged.
    #[error("the zip file is cut off or damaged: its directory cannot be read")]
    Damaged,
    /// Part of a ZIP file that was split.
    #[error("one part of a split zip file")]
    Split,
    /// Bytes that belong to no entry: another program may find another kit in them.
    #[error("the zip file holds bytes before, between or behind its entries that belong to none")]
    ExtraBytes,
    /// Directory and headers do not say the same; holds the name and what is odd.
    #[error("entry `{0}` {1}: other programs read it differently")]
    Ambiguous(String, &'static str),
    /// Over [`MAX_ARCHIVE`].
    #[error("larger than {} MiB", MAX_ARCHIVE >> 20)]
    TooLarge,
    /// Over [`MAX_ENTRIES`].
    #[error("more than {MAX_ENTRIES} entries")]
    TooManyEntries,
    /// Larger than an entry of its kind may be; holds the name and the most, in KiB.
    #[error("entry `{0}` is larger than {most}", most = size_of(*.1))]
    EntryTooLarge(String, u64),
    /// Together larger than they may be; holds the most, in bytes.
    #[error("the entries together are larger than {most}", most = size_of(*.0))]
    TotalTooLarge(u64),
    /// Two entries of one name.
    #[error("two entries are named `{0}`")]
    Duplicate(String),
    /// Encrypted by the ZIP format's own means.
    #[error("entry `{0}` is protected by a zip password")]
    Encrypted(String),
    /// Compressed by a method that kits do not use; holds the name and the method.
    #[error("entry `{0}` is compressed with {1}, which lifeboat does not read")]
    Compressed(String, String),
    /// The machine does not give what an entry takes.
    #[error("there is not enough memory to unpack entry `{0}`")]
    Memory(String),
    /// Checksum wrong, or data cut.
    #[error("entry `{0}` is damaged")]
    BadEntry(String),
}

/// `16 MiB`, `64 KiB`.
fn size_of(bytes: u64) -> String {
    if bytes >= 1 << 20 {
        format!("{} MiB", bytes >> 20)
    } else {
        format!("{} KiB", bytes >> 10)
    }
}
