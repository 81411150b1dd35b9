//! How a command ends: what to tell, what to type next, which exit status. What a code means is in `errors/catalogue/`.

use std::{fmt::Display, path::Path};

use crate::{
    errors::{
        code::{Code, Exit},
        systems::here,
    },
    outcomes::parts::{Details, ErrorObject, FailedRecord},
};

/// Why a command did not end well.
pub(crate) struct Failure {
    code: Code,
    message: String,
    /// Whether the message says which file it is about.
    names_file: bool,
    /// What to type next, in place of the code's own hints.
    hints: Vec<String>,
    exit: Exit,
    /// For programs, beside the words.
    details: Option<Box<Details>>,
}

impl Failure {
    /// A failure that ends a run as its code says, with the code's own hints.
    pub(crate) fn new(code: impl Into<Code>, message: impl Display) -> Self {
        let code = code.into();
        let exits = code.entry().exits;
        Self {
            code,
            message: message.to_string(),
            names_file: false,
            hints: Vec::new(),
            exit: exits.first().copied().unwrap_or(Exit::CouldNotRun),
            details: None,
        }
    }

    /// Says what to type next, in place of the code's own hints. For a failure that comes from elsewhere, `hint_besides`
    /// keeps them.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Says what to type next where this is better advice than all that was given.
    pub(crate) fn hint_instead(mut self, hint: impl Into<String>) -> Self {
        self.hints.clear();
        self.hint(hint)
    }

    /// Says what else may be the matter, after the hints that are there.
    pub(crate) fn hint_besides(mut self, hint: impl Into<String>) -> Self {
        self.hints = self.hints().map(str::to_owned).collect();
        self.hint(hint)
    }

    /// Names the records that are the reason, and how many there are in all.
    pub(crate) fn listing(mut self, failed: Vec<FailedRecord>, count: u64) -> Self {
        let details = self.details.get_or_insert_default();
        details.failed = Some(failed);
        details.failed_count = Some(count);
        self
    }

    /// Says how far a batch came.
    pub(crate) fn after(mut self, done: u64, total: Option<u64>) -> Self {
        let details = self.details.get_or_insert_default();
        details.done = Some(done);
        details.total = total;
        self
    }

    /// The same failure, at the end of a run that did the rest.
    pub(crate) fn but_did_the_rest(self) -> Self {
        debug_assert!(self.code.entry().exits.contains(&Exit::SomeFailed));
        Self {
            exit: Exit::SomeFailed,
            ..self
        }
    }

    /// The same failure, of a part that people count from 1.
    pub(crate) fn of_part(self, part: usize) -> Self {
        let message = format!("part {part}: {}", self.message);
        self.reworded(message)
    }

    /// The same failure in other words.
    pub(crate) fn reworded(self, message: impl Display) -> Self {
        Self {
            message: message.to_string(),
            ..self
        }
    }

    /// Says which file it is about. Where that is known already it stays: what went wrong while a file was being opened
    /// may be about the key.
    pub(crate) fn about(mut self, path: &Path) -> Self {
        if !self.names_file {
            self.message = format!("`{}`: {}", path.display(), self.message);
            self.names_file = true;
        }
        self
    }

    /// The same failure, whose message names the file it is about.
    pub(crate) fn names_file(self) -> Self {
        Self {
            names_file: true,
            ..self
        }
    }

    /// The lines for standard error.
    pub(crate) fn lines(&self) -> Vec<String> {
        let error = std::iter::once(format!("lifeboat: error: {}", self.message));
        let hints = self.hints().map(here);
        let hints = hints.map(|hint| format!("lifeboat: hint: {hint}"));
        let more = std::iter::once(format!(
            "lifeboat: more: `lifeboat errors {}`",
            self.code.name()
        ));
        error.chain(hints).chain(more).collect()
    }

    /// The message alone, for a record of a batch.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What kind of failure it is.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// Whether it is of this kind.
    pub(crate) fn is(&self, code: impl Into<Code>) -> bool {
        self.code == code.into()
    }

    /// The exit status.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    fn hints(&self) -> impl Iterator<Item = &str> {
        let usual: &[&str] = if self.hints.is_empty() {
            self.code.entry().hints
        } else {
            &[]
        };
        let own = self.hints.iter().map(String::as_str);
        own.chain(usual.iter().copied())
    }

    /// The failure as `--json` gives it.
    pub(crate) fn to_object(&self) -> ErrorObject<'_> {
        let hints: Vec<_> = self.hints().map(here).collect();
        ErrorObject {
            code: self.code.name(),
            message: &self.message,
            hint: hints.join("; "),
        }
    }

    /// What there is to say beside that.
    pub(crate) fn details(&self) -> Option<&Details> {
        self.details.as_deref()
    }

    /// The failure as that of one record of several.
    pub(crate) fn of_record(&self) -> FailedRecord {
        FailedRecord {
            code: self.code.name(),
            message: self.message.clone(),
            ..FailedRecord::default()
        }
    }
}
