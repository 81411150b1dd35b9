//! What programs are told: the types of outcomes (`--json`), reports (`--report`) and progress (`--json-progress`). Nothing
//! else becomes JSON for programs, and docs/schema is written from here. Commands fill them, the terminal prints them.

pub(crate) mod batch;
pub(crate) mod device;
pub(crate) mod drill;
pub(crate) mod events;
pub(crate) mod full_keys;
pub(crate) mod keys;
pub(crate) mod kit;
pub(crate) mod parts;
pub(crate) mod portal;
pub(crate) mod program;
#[cfg(test)]
mod schema;

use serde::Serialize;

use self::parts::{Details, ErrorObject, Protection, Warning};
use crate::errors::failure::Failure;

/// Grows when a field of an outcome changes its meaning or goes.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// What a command has to say at its end: fields for `--json`, and whether it went well.
pub(crate) enum Outcome {
    /// It came to its end. What it found may be bad all the same.
    Finished(Fields, Option<Failure>),
    /// It did not.
    Refused(Failure),
}

/// What is in every outcome: which command it was, and which protections were in force.
pub(crate) struct About {
    /// Its words, such as `kit verify`; `None` where none was understood.
    pub(crate) command: Option<String>,
    /// `None` where the run ended before any was tried.
    pub(crate) protection: Option<Protection>,
    /// Whether the command has `--out`.
    pub(crate) has_out: bool,
}

macro_rules! fields {
    ($($name:ident($type:ty),)*) => {
        /// The fields of one command or another.
        #[derive(Serialize)]
        #[serde(untagged)]
        pub(crate) enum Fields {
            $($name(Box<$type>),)*
        }

        $(impl From<$type> for Fields {
            fn from(fields: $type) -> Self {
                Self::$name(Box::new(fields))
            }
        })*
    };
}

fields! {
    Keygen(keys::Keygen),
    KeyShow(keys::KeyShow),
    KeyChecked(keys::KeyChecked),
    KeyJoined(keys::KeyJoined),
    KitInspect(kit::KitInspect),
    KitVerify(kit::Verified),
    KitCreated(kit::Created),
    Workspace(kit::Workspace),
    Derive(batch::Derive),
    Merge(batch::Merge),
    Check(batch::Checked),
    EddsaConfirmed(batch::EddsaConfirmed),
    Opened(batch::Opened),
    Sealed(batch::Sealed),
    Rewrapped(batch::Rewrapped),
    ShareRecovered(device::ShareRecovered),
    SharesRecovered(device::SharesRecovered),
    ShareBackedUp(device::ShareBackedUp),
    PassphraseMade(device::PassphraseMade),
    TakenOver(full_keys::TakenOver),
    AllTakenOver(full_keys::AllTakenOver),
    Exported(full_keys::Exported),
    Signed(full_keys::Signed),
    Decrypted(portal::Decrypted),
    Ejected(portal::Ejected),
    Inspected(portal::Inspected),
    Repaired(portal::Repaired),
    CloudName(portal::CloudName),
    SharesSealed(portal::SharesSealed),
    Drilled(drill::Drilled),
    Doctor(program::Doctor),
    Errors(program::ErrorList),
    Error(program::ErrorEntry),
    Text(program::Text),
    Pages(program::Pages),
}

impl Outcome {
    /// A good end, with the fields of its object.
    pub(crate) fn done(fields: impl Into<Fields>) -> Self {
        Self::Finished(fields.into(), None)
    }

    /// The same fields, but a bad end.
    pub(crate) fn but(self, failure: Failure) -> Self {
        match self {
            Self::Finished(fields, _) => Self::Finished(fields, Some(failure)),
            Self::Refused(_) => Self::Refused(failure),
        }
    }

    /// The failure, where there is one.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Finished(_, failure) => failure.as_ref(),
            Self::Refused(failure) => Some(failure),
        }
    }

    /// The same outcome with other words about its failure.
    pub(crate) fn map_failure(self, change: impl FnOnce(Failure) -> Failure) -> Self {
        match self {
            Self::Finished(fields, failure) => Self::Finished(fields, failure.map(change)),
            Self::Refused(failure) => Self::Refused(change(failure)),
        }
    }

    /// The object that `--json` prints.
    pub(crate) fn to_json(&self, about: &About, warnings: &[Warning]) -> String {
        let (command, protection) = (about.command.as_deref(), about.protection.as_ref());
        let text = match self {
            Self::Finished(fields, failure) => serde_json::to_string_pretty(&Finished {
                ok: failure.is_none(),
                command,
                schema_version: SCHEMA_VERSION,
                error: failure.as_ref().map(Failure::to_object),
                fields,
                warnings,
                protection,
            }),
            Self::Refused(failure) => serde_json::to_string_pretty(&Refused {
                ok: false,
                command,
                schema_version: SCHEMA_VERSION,
                error: failure.to_object(),
                details: failure.details(),
                warnings,
                protection,
            }),
        };
        text.expect("texts, numbers and lists are JSON")
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

/// A command that came to its end. What it found may be bad: then there is an error too.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Finished<'a, F> {
    /// Whether all went well: the exit status is 0.
    ok: bool,
    /// The command's words.
    command: Option<&'a str>,
    /// The version of this form.
    schema_version: u32,
    /// Why the exit status is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorObject<'a>>,
    #[serde(flatten)]
    fields: &'a F,
    /// What standard error warned of.
    warnings: &'a [Warning],
    /// What was in force while the command ran; null for `help` and `version`.
    protection: Option<&'a Protection>,
}

/// A command that did not come to its end.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Refused<'a> {
    /// Never.
    ok: bool,
    /// The command's words; null where none was understood.
    command: Option<&'a str>,
    /// The version of this form.
    schema_version: u32,
    /// Why.
    error: ErrorObject<'a>,
    #[serde(flatten)]
    details: Option<&'a Details>,
    /// What standard error warned of.
    warnings: &'a [Warning],
    /// What was in force; null where the command line was not understood.
    protection: Option<&'a Protection>,
}
