//! What stops a command, as it is told to a person: what and where, and what to do.

use lifeboat::{formats::sealed::sealed_file::SealedError, operations::unseal::UnsealError};
use lifeboat_endpoint::{
    config::{Complaint, Database},
    keys::share_files::ShareFileError,
    store::StoreError,
};

/// Why a command did not do its work.
pub(crate) struct Failure {
    lines: Vec<String>,
    hint: Option<String>,
    status: u8,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            lines: vec![message.into()],
            hint: None,
            status: 2,
        }
    }

    /// Another exit status than 2.
    pub(crate) fn status(mut self, status: u8) -> Self {
        self.status = status;
        self
    }

    /// What is wrong, line by line.
    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines
    }

    /// The status that the program ends with.
    pub(crate) fn exit_status(&self) -> u8 {
        self.status
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Several things at once.
    pub(crate) fn of_lines(lines: Vec<String>) -> Self {
        Self {
            lines,
            hint: None,
            status: 2,
        }
    }

    /// Everything that is wrong with a configuration.
    pub(crate) fn of_configuration(file: &std::path::Path, complaints: &[Complaint]) -> Self {
        let lines = complaints
            .iter()
            .map(|complaint| format!("{}: {complaint}", file.display()));
        Self {
            lines: lines.collect(),
            hint: Some("the README has a configuration with every setting".to_owned()),
            status: 2,
        }
    }

    /// What is wrong with a file of shares.
    pub(crate) fn of_share_file(file: &std::path::Path, error: &ShareFileError) -> Self {
        let failure = Self::new(format!("`{}`: {error}", file.display()));
        let hint = match error {
            ShareFileError::Unseal(UnsealError::Sealed(SealedError::NotRecipient(_))) => {
                "derive with `--seal-to` the public key of the endpoint, or add it as a recipient with `lifeboat rewrap`"
            }
            ShareFileError::Unseal(UnsealError::Sealed(SealedError::CutOff(_))) => {
                "copy the file again: what is here so far is kept, and the import goes on with it"
            }
            ShareFileError::Holds(_) => "name the file of server shares",
            ShareFileError::Holder(_) => "does `[key]` name the key that the file is sealed to?",
            ShareFileError::NotTaken(_) => {
                "run it again once the database can be written: it goes on where it was"
            }
            _ => "`lifeboat unseal` of the file says whether the offline tool reads it",
        };
        failure.hint(hint)
    }

    #[expect(clippy::print_stderr, reason = "this is what tells a person")]
    pub(crate) fn tell(&self) {
        for line in &self.lines {
            eprintln!("lifeboat-endpoint: error: {line}");
        }
        if let Some(hint) = &self.hint {
            eprintln!("lifeboat-endpoint: hint: {hint}");
        }
    }
}

impl Failure {
    /// A store that cannot be opened.
    pub(crate) fn of_store(error: StoreError, database: &Database) -> Self {
        match (&error, database) {
            (StoreError::Newer { .. }, _) | (_, Database::Sqlite(_)) => error.into(),
            (_, Database::Postgres(_)) => Self::new(error.to_string()).hint(
                "does the server of `database.url` run, and may this user connect, and make tables in that database?",
            ),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let failure = Self::new(error.to_string());
        match error {
            StoreError::Newer { .. } => failure.hint("use the newer version of this program"),
            _ => failure.hint(
                "is the disk full, and may this user write to the database of `database.url`?",
            ),
        }
    }
}
