//! Folders, looked through: what each file is.

use std::path::{Path, PathBuf};

use super::{
    recognise::{Kind, Looked},
    session::Session,
};
use crate::terminal::plural;

/// Most files that are looked at, and how deep.
const MAX_FILES: usize = 2_000;
const MAX_DEPTH: usize = 6;
/// Files of one kind in a folder that are told one by one.
const MOST_ALIKE: usize = 5;
/// Other files that are named.
const MOST_STRANGERS: usize = 20;

impl Session<'_> {
    /// Looks at files and at what is in folders, and remembers what they are.
    pub(crate) fn look_at(&mut self, paths: &[PathBuf]) {
        let mut found = Found::default();
        let work = self.full(&self.notes.folder);
        for path in paths {
            found.take(&self.full(path), &work, MAX_DEPTH);
        }
        if found.is_cut {
            self.tell(format!(
                "There are more files: the first {} were looked at. Name a folder with less in it to see the others.",
                MAX_FILES
            ));
        }
        for path in found.files {
            if !self.seen.iter().any(|seen| seen.path == path) {
                self.seen.push(Looked::at(&path));
            }
        }
    }

    /// Says what each file is and what it is good for; many of one kind in a folder at once, and what is none last.
    pub(crate) fn tell_seen(&self) {
        let mut told: Vec<&Looked> = Vec::new();
        let known = self
            .seen
            .iter()
            .filter(|looked| looked.kind.good_for().is_some());
        for looked in known {
            if told.iter().any(|other| std::ptr::eq(*other, looked)) {
                continue;
            }
            let alike: Vec<&Looked> = self
                .seen
                .iter()
                .filter(|other| other.is_like(looked))
                .collect();
            if alike.len() <= MOST_ALIKE {
                self.tell(format!(
                    "{}: {}",
                    self.shown(&looked.path),
                    looked.kind.name()
                ));
            } else {
                let folder = looked.path.parent().unwrap_or(Path::new("."));
                self.tell(format!(
                    "In {}: {}, each {}",
                    self.shown(folder),
                    plural(alike.len() as u64, "file"),
                    looked.kind.name()
                ));
                told.extend(alike);
            }
            self.tell(format!(
                "    {}",
                looked.kind.good_for().unwrap_or_default()
            ));
        }
        self.tell_strangers();
    }

    fn tell_strangers(&self) {
        let strangers = self
            .seen
            .iter()
            .filter(|looked| looked.kind.good_for().is_none());
        let strangers: Vec<&Looked> = strangers.collect();
        if strangers.is_empty() {
            return;
        }
        self.tell_apart("No files of a recovery, as far as can be seen:");
        for looked in strangers.iter().take(MOST_STRANGERS) {
            self.tell(format!(
                "{}: {}",
                self.shown(&looked.path),
                looked.kind.name()
            ));
        }
        let more = strangers.len().saturating_sub(MOST_STRANGERS);
        if more > 0 {
            self.tell(format!("and {}", plural(more as u64, "more file")));
        }
        self.tell("A short text may hold a passphrase: look yourself.");
    }
}

impl Looked {
    /// Whether it is of the same kind, in the same folder.
    fn is_like(&self, other: &Self) -> bool {
        self.path.parent() == other.path.parent() && self.kind.name() == other.kind.name()
    }
}

#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    is_cut: bool,
}

impl Found {
    /// What desktops hide is no file of a recovery; links to folders may lead anywhere.
    fn take(&mut self, path: &Path, work: &Path, depth: usize) {
        if self.files.len() >= MAX_FILES {
            self.is_cut = true;
            return;
        }
        if !path.is_dir() || is_kit(path) {
            self.files.push(path.to_owned());
            return;
        }
        if depth == 0 || path == work {
            return;
        }
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut entries: Vec<PathBuf> = entries
            .filter(|entry| {
                let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
                let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
                !(hidden || link && entry.path().is_dir())
            })
            .map(|entry| entry.path())
            .collect();
        entries.sort();
        for entry in entries {
            self.take(&entry, work, depth - 1);
        }
    }
}

fn is_kit(folder: &Path) -> bool {
    Looked::at(folder).kind == Kind::Kit
}
