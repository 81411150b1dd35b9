//! How a command ends: what to tell, what to type next, which exit status. What a code means is in `errors/catalogue/`.

use std::{fmt::Display, path::Path};

use serde_json::{Map, Value, json};

use crate::errors::code::{Code, Exit};

/// Why a command did not end well.
pub(crate) struct Failure {
    code: Code,
    message: String,
    /// Whether the message says which file it is about.
    names_file: bool,
    /// What to type next, in place of the code's own hints.
    hints: Vec<String>,
    exit: Exit,
}

/// What a command has to say at its end: fields for `--json`, and whether it went well.
pub(crate) struct Outcome {
    /// The fields of the JSON object, beside `ok` and `error`.
    pub(crate) fields: Map<String, Value>,
    /// The failure, where there is one.
    pub(crate) failure: Option<Failure>,
}

impl Outcome {
    /// A good end, with the fields of a JSON object.
    pub(crate) fn done(fields: Value) -> Self {
        Self {
            fields: fields.as_object().cloned().unwrap_or_default(),
            failure: None,
        }
    }

    /// One more field.
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// The same fields, but a bad end.
    pub(crate) fn but(mut self, failure: Failure) -> Self {
        self.failure = Some(failure);
        self
    }

    /// The JSON object that `--json` prints.
    pub(crate) fn to_json(&self, about: &About) -> Value {
        let mut object = Map::new();
        object.insert("command".to_owned(), about.command.clone().into());
        object.insert("schemaVersion".to_owned(), SCHEMA_VERSION.into());
        object.insert("protection".to_owned(), about.protection.clone());
        object.insert("ok".to_owned(), self.failure.is_none().into());
        object.extend(self.fields.clone());
        if let Some(failure) = &self.failure {
            object.insert("error".to_owned(), failure.to_json());
        }
        Value::Object(object)
    }
}

/// What is in every outcome: which command it was, and which protections were in force.
pub(crate) struct About {
    /// Its words, such as `kit verify`; `None` where none was understood.
    pub(crate) command: Option<String>,
    /// See [`crate::sandbox::prepare::Hardening::protection`].
    pub(crate) protection: Value,
    /// Whether the command has `--out`.
    pub(crate) has_out: bool,
}

/// Grows when a field of an outcome changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self {
            fields: Map::new(),
            failure: Some(failure),
        }
    }
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
        let hints = self.hints().map(|hint| format!("lifeboat: hint: {hint}"));
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

    fn to_json(&self) -> Value {
        let hints: Vec<&str> = self.hints().collect();
        json!({ "code": self.code.name(), "message": self.message, "hint": hints.join("; ") })
    }
}
