//! What the guide remembers: answers, and steps with the SHA-256 of what went in and what came out. `guide.json` in the work
//! folder, replaced as a whole after every answer and every step; no secret is in it (FORMATS.md §28).

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::{DirBuilder, File},
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    errors::{
        catalogue::{Doing, Guides},
        failure::Failure,
    },
    inputs::file::read,
    outputs::placement::sync_folder,
};

use super::fingerprint::fingerprint;

const FILE: &str = "guide.json";
const VERSION: u32 = 1;
/// Longest notes: answers and steps of a recovery are some KiB.
const MAX_NOTES: u64 = 4 << 20;

/// The notes and the folder that they are in, which is this guide's alone while it runs.
pub(crate) struct Notes {
    /// The work folder, as it was typed.
    pub(crate) folder: PathBuf,
    written: Written,
    /// Whether there were notes from an earlier time.
    pub(crate) are_old: bool,
    _lock: Option<File>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    lifeboat_guide: u32,
    story: Option<String>,
    answers: BTreeMap<String, Vec<Name>>,
    steps: Vec<Record>,
}

/// A path or another text; names of files may be no text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Name {
    /// Text.
    Text(String),
    /// Bytes that are no text, in hexadecimal.
    Bytes {
        /// The bytes.
        hex: String,
    },
}

/// A step that was begun.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Record {
    /// Its name.
    pub(crate) step: String,
    /// The words of its command that are no files.
    pub(crate) words: Vec<String>,
    /// What it read.
    pub(crate) inputs: Vec<Known>,
    /// What it writes.
    pub(crate) results: Vec<Known>,
    /// Its exit status; none while it is not over.
    pub(crate) exit_status: Option<i32>,
}

/// A file or folder, and its SHA-256.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Known {
    path: Name,
    /// None where it could not be read, or is not written yet.
    pub(crate) sha256: Option<String>,
}

impl Known {
    /// A path, with its fingerprint as it is now.
    pub(crate) fn now(path: &Path) -> Self {
        Self {
            path: Name::of(path.as_os_str()),
            sha256: fingerprint(path),
        }
    }

    /// A path of which nothing is known yet.
    pub(crate) fn later(path: &Path) -> Self {
        Self {
            path: Name::of(path.as_os_str()),
            sha256: None,
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.path.to_os().into()
    }

    /// Whether it is as it was.
    pub(crate) fn is_as_it_was(&self) -> bool {
        self.sha256.is_some() && fingerprint(&self.path()) == self.sha256
    }
}

impl Name {
    pub(crate) fn of(name: &OsStr) -> Self {
        match name.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes {
                hex: hex::encode(name.as_encoded_bytes()),
            },
        }
    }

    pub(crate) fn to_os(&self) -> OsString {
        match self {
            Self::Text(text) => text.into(),
            Self::Bytes { hex } => os_string(hex::decode(hex).unwrap_or_default()),
        }
    }
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

impl Notes {
    /// Reads the notes of a folder that may not be there yet.
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let file = folder.join(FILE);
        let is_there = file.symlink_metadata().is_ok();
        let written = match is_there {
            true => parse(&read(&file, MAX_NOTES)?).map_err(|failure| failure.about(&file))?,
            false => Written {
                lifeboat_guide: VERSION,
                story: None,
                answers: BTreeMap::new(),
                steps: Vec::new(),
            },
        };
        let mut notes = Self {
            folder: folder.to_owned(),
            written,
            are_old: is_there,
            _lock: None,
        };
        if folder.is_dir() {
            notes.lock()?;
        }
        Ok(notes)
    }

    /// Makes the folder where it is not there yet, for its owner alone.
    pub(crate) fn begin(&mut self) -> Result<(), Failure> {
        if !self.folder.is_dir() {
            let mut builder = DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder
                .create(&self.folder)
                .map_err(|error| Failure::io(Doing::Create, &self.folder, &error))?;
            self.lock()?;
        }
        self.save()
    }

    /// The lock ends with the process, however that ends.
    fn lock(&mut self) -> Result<(), Failure> {
        let folder = File::open(&self.folder).ok();
        if let Some(Err(std::fs::TryLockError::WouldBlock)) = folder.as_ref().map(File::try_lock) {
            let message = "another guide runs in this work folder";
            return Err(Failure::new(Guides::GuideBusy, message).about(&self.folder));
        }
        self._lock = folder;
        Ok(())
    }

    /// What was said to have happened.
    pub(crate) fn story(&self) -> Option<&str> {
        self.written.story.as_deref()
    }

    pub(crate) fn set_story(&mut self, story: Option<&str>) -> Result<(), Failure> {
        self.written.story = story.map(str::to_owned);
        self.save()
    }

    /// The answer to a question: a text, or files.
    pub(crate) fn answer(&self, key: &str) -> Option<Vec<OsString>> {
        let answer = self.written.answers.get(key)?;
        Some(answer.iter().map(Name::to_os).collect())
    }

    pub(crate) fn set_answer(&mut self, key: &str, answer: &[OsString]) -> Result<(), Failure> {
        let answer = answer.iter().map(|name| Name::of(name)).collect();
        self.written.answers.insert(key.to_owned(), answer);
        self.save()
    }

    pub(crate) fn forget(&mut self, key: &str) -> Result<(), Failure> {
        self.written.answers.remove(key);
        self.save()
    }

    pub(crate) fn forget_answers(&mut self) -> Result<(), Failure> {
        self.written.answers.clear();
        self.written.story = None;
        self.save()
    }

    /// The steps, in the order in which they were begun last.
    pub(crate) fn steps(&self) -> &[Record] {
        &self.written.steps
    }

    pub(crate) fn record(&self, step: &str) -> Option<&Record> {
        let mut steps = self.written.steps.iter();
        steps.find(|record| record.step == step)
    }

    /// Puts a step in place of what was known of it.
    pub(crate) fn put(&mut self, record: Record) -> Result<(), Failure> {
        self.written.steps.retain(|known| known.step != record.step);
        self.written.steps.push(record);
        self.save()
    }

    /// Takes a step away that came to nothing.
    pub(crate) fn take_away(&mut self, step: &str) -> Result<(), Failure> {
        self.written.steps.retain(|known| known.step != step);
        self.save()
    }

    /// Replaces the file in one step: it is the old one or the new one.
    fn save(&self) -> Result<(), Failure> {
        let file = self.folder.join(FILE);
        let fail = |error: std::io::Error| Failure::io(Doing::Write, &file, &error);
        let mut text = serde_json::to_string_pretty(&self.written).expect("texts are JSON");
        text.push('\n');

        let mut new = tempfile::Builder::new()
            .prefix(".lifeboat-")
            .tempfile_in(&self.folder)
            .map_err(fail)?;
        new.write_all(text.as_bytes()).map_err(fail)?;
        new.as_file().sync_all().map_err(fail)?;
        new.persist(&file).map_err(|error| fail(error.error))?;
        sync_folder(&self.folder).map_err(fail)
    }
}

fn parse(bytes: &[u8]) -> Result<Written, Failure> {
    let bad = |why: &str| Failure::new(Guides::BadNotes, why);
    let written: Written =
        serde_json::from_slice(bytes).map_err(|_| bad("not the notes of a guide"))?;
    if written.lifeboat_guide != VERSION {
        return Err(bad("the notes of another version of the guide"));
    }
    let names = written.answers.values().flatten();
    let files = written.steps.iter().flat_map(|step| {
        let files = step.inputs.iter().chain(&step.results);
        files.map(|known| &known.path)
    });
    let is_bad = |name: &Name| matches!(name, Name::Bytes { hex } if hex::decode(hex).is_err());
    match names.chain(files).any(is_bad) {
        true => Err(bad("not the notes of a guide")),
        false => Ok(written),
    }
}
