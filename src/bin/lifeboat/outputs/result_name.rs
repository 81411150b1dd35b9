//! The name of a result, for outcomes: a name may be any bytes, JSON is text.

use std::{
    ops::Deref,
    path::{Path, PathBuf},
};

use serde::{Serialize, Serializer};

/// A file or folder that is under its name, whole.
#[derive(Debug, Clone)]
pub(crate) struct ResultFile(PathBuf);

impl From<PathBuf> for ResultFile {
    fn from(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Deref for ResultFile {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<Path> for ResultFile {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

/// Bytes that are no text come out as U+FFFD.
impl Serialize for ResultFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.display())
    }
}
