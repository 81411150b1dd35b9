//! Ids of devices and of passphrases, kept in the spelling they came in (FORMATS.md §15).
//!
//! The text of a device id is the salt of its backups, so that another spelling of the same UUID opens nothing. A
//! passphraseId only names a passphrase: it may be any text.

use uuid::Uuid;

use crate::formats::encoding::json::{FieldError, FieldFault, Value};

/// Longest passphraseId accepted, in bytes.
pub const MAX_PASSPHRASE_ID: usize = 1024;

/// The id of a device: a UUID in any spelling, kept as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceId(String);

impl DeviceId {
    /// Reads a UUID in any spelling; white space around it is trimmed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        uuid_of(text).map(|_| Self(text.to_owned()))
    }

    /// Reads it out of a field.
    ///
    /// # Errors
    /// [`FieldFault::Uuid`].
    pub fn of(field: &Value<'_>) -> Result<Self, FieldError> {
        Self::parse(field.text()?.expose()).ok_or_else(|| field.fault(FieldFault::Uuid))
    }

    /// The text, as it is hashed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both name the same device, whatever their spelling.
    #[must_use]
    pub fn is_same_device(&self, other: &Self) -> bool {
        uuid_of(&self.0) == uuid_of(&other.0)
    }

    /// Every spelling that a program may have used, this one first.
    #[must_use]
    pub fn spellings(&self) -> Vec<Self> {
        let id = uuid_of(&self.0).unwrap_or_default();
        let dashes = id.hyphenated().to_string();
        let simple = id.simple().to_string();
        let usual = [
            dashes.clone(),
            dashes.to_uppercase(),
            simple.clone(),
            simple.to_uppercase(),
        ];

        let mut spellings = vec![self.clone()];
        for usual in usual.into_iter().map(Self) {
            if !spellings.contains(&usual) {
                spellings.push(usual);
            }
        }
        spellings
    }
}

impl std::fmt::Display for DeviceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// With dashes or without, in either case, in braces or behind `urn:uuid:`.
fn uuid_of(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

/// What an application calls the passphrase of a backup: any text, often a UUID.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PassphraseId(String);

/// Why a text is no passphraseId.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseIdError {
    /// Nothing, or nothing but white space.
    #[error("an empty passphraseId")]
    Empty,
    /// Over [`MAX_PASSPHRASE_ID`].
    #[error("a passphraseId of more than {MAX_PASSPHRASE_ID} bytes")]
    Long,
    /// A character that no text has.
    #[error("a control character in the passphraseId")]
    Control,
}

/// Why no file can have the name of a passphraseId.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// `/` or `\`, which lead to other folders.
    #[error("it holds `/` or `\\`, which no file's name can")]
    Separator,
    /// `.` or `..`, which are folders.
    #[error("it is the name of a folder")]
    Folder,
    /// Longer than any file system takes.
    #[error("it is too long for a file's name")]
    Long,
}

impl PassphraseId {
    /// Takes a text as it is.
    ///
    /// # Errors
    /// [`PassphraseIdError`].
    pub fn parse(text: &str) -> Result<Self, PassphraseIdError> {
        if text.trim().is_empty() {
            Err(PassphraseIdError::Empty)
        } else if text.len() > MAX_PASSPHRASE_ID {
            Err(PassphraseIdError::Long)
        } else if text.chars().any(char::is_control) {
            Err(PassphraseIdError::Control)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// Reads it out of a field.
    ///
    /// # Errors
    /// [`FieldFault::Value`].
    pub fn of(field: &Value<'_>) -> Result<Self, FieldError> {
        Self::parse(field.text()?.expose())
            .map_err(|fault| field.fault(FieldFault::Value(fault.to_string())))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a JSON string.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::Value::from(self.0.as_str()).to_string()
    }

    /// The names that files with its passphrase have, the most exact first.
    ///
    /// # Errors
    /// [`FileNameError`]; with it nothing is looked for.
    pub fn file_names(&self) -> Result<Vec<String>, FileNameError> {
        const LONGEST: usize = 200;

        let id = self.0.as_str();
        if id.contains(['/', '\\']) {
            Err(FileNameError::Separator)
        } else if matches!(id.trim(), "." | "..") {
            Err(FileNameError::Folder)
        } else if id.len() > LONGEST {
            Err(FileNameError::Long)
        } else {
            Ok(vec![
                id.to_owned(),
                format!("{id}.txt"),
                format!("passphrase_{id}.txt"),
                format!("passphrase_{id}"),
            ])
        }
    }
}

impl std::fmt::Display for PassphraseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
