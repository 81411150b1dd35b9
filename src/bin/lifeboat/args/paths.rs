//! Paths on the command line, by what a run does with them. The sandbox learns from their types what may be touched.

use std::{
    ffi::OsString,
    ops::Deref,
    path::{Path, PathBuf},
};

/// What stands for standard input or standard output.
const STANDARD: &str = "-";

/// Whether a path means standard input or standard output.
pub(crate) fn is_standard(path: &Path) -> bool {
    path == Path::new(STANDARD)
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A type of path that clap parses and that is used as a path.
macro_rules! paths {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct $name(PathBuf);

        impl $name {
            /// Whether it means standard input or standard output.
            #[allow(dead_code, reason = "not asked of every type")]
            pub(crate) fn is_standard(&self) -> bool {
                is_standard(self)
            }
        }

        impl From<OsString> for $name {
            fn from(typed: OsString) -> Self {
                Self(typed.into())
            }
        }

        impl Deref for $name {
            type Target = Path;

            fn deref(&self) -> &Path {
                &self.0
            }
        }

        impl AsRef<Path> for $name {
            fn as_ref(&self) -> &Path {
                &self.0
            }
        }
    )+};
}

paths! {
    /// A file or a folder that is read, or `-` for standard input.
    InputPath;
    /// A list that is read twice, or `-`. What can be read only once is copied to a file without a name.
    ListPath;
    /// A new file, or `-` for standard output. It is made in its folder without a name, and named when it is whole.
    OutputFile;
    /// A new folder. It is filled beside its name, and renamed when it is whole.
    OutputFolder;
    /// The beginning of the names of several new files.
    OutputPrefix;
    /// A folder for all results of a guided recovery, which may be there already.
    WorkFolder;
}

/// A program that is started to ask it for a passphrase, with its arguments.
#[derive(Debug, Clone)]
pub(crate) struct PassphraseCommand(String);

impl From<String> for PassphraseCommand {
    fn from(typed: String) -> Self {
        Self(typed)
    }
}

impl Deref for PassphraseCommand {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}
