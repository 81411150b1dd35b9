//! A result that is under its name, and what tells it from any other.

use std::{
    ops::Deref,
    path::{Path, PathBuf},
};

use crate::outcomes::parts::{Results, WrittenFile};

/// A file that is under its name, whole.
#[derive(Debug, Clone)]
pub(crate) struct ResultFile {
    path: PathBuf,
    /// In hexadecimal.
    sha256: String,
    bytes: u64,
}

impl ResultFile {
    /// A file of so many bytes with this SHA-256.
    pub(crate) fn new(path: PathBuf, sha256: impl AsRef<[u8]>, bytes: u64) -> Self {
        Self {
            path,
            sha256: hex::encode(sha256),
            bytes,
        }
    }

    /// The same file where its folder got another name.
    pub(crate) fn under(self, path: PathBuf) -> Self {
        Self { path, ..self }
    }

    /// Its SHA-256, in hexadecimal.
    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Its name as text: bytes that are none come out as U+FFFD.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// The file for outcomes.
    pub(crate) fn as_written(&self) -> WrittenFile {
        WrittenFile {
            path: self.name(),
            sha256: self.sha256.clone(),
            bytes: self.bytes,
        }
    }
}

impl Results {
    /// These files, each a result.
    pub(crate) fn of<'a>(written: impl IntoIterator<Item = &'a ResultFile>) -> Self {
        let written: Vec<WrittenFile> = written.into_iter().map(ResultFile::as_written).collect();
        Self {
            files: written.iter().map(|file| file.path.clone()).collect(),
            written,
        }
    }

    /// These files in a folder that is the result.
    pub(crate) fn in_folder<'a>(
        folder: &Path,
        written: impl IntoIterator<Item = &'a ResultFile>,
    ) -> Self {
        Self {
            files: vec![folder.display().to_string()],
            ..Self::of(written)
        }
    }
}

impl Deref for ResultFile {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl AsRef<Path> for ResultFile {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}
