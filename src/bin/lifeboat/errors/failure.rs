//! How a command ends: what to tell, what to type next, which exit status. The only file that names flags in errors.

use std::path::Path;

use lifeboat::{
    formats::{
        encoding::json::FieldError,
        sealed::{age::AgeError, sealed_file::SealedError},
        server_share::record_reader::RecordError,
    },
    operations::{
        generate_key::GenerateError, merge::MergeError, open_kit::OpenError, seal::SealError,
        unseal::UnsealError,
    },
};
use serde_json::{Map, Value, json};

use crate::inputs::typed;

const OPEN_AGE: &str =
    "`lifeboat unseal FILE --key PEM --out NEW` opens it, and so does `age -d -i PEM FILE`";
/// What helps where a file may not grow.
pub(crate) const SIZE_LIMIT: &str = "the file system takes no larger file (FAT32: 4 GiB), or `ulimit -f` forbids it: name a file on another disk, or derive parts with `--shard I/N`";
const READ_AGAIN: &str = "is it the right name? copy it to another disk and name the copy";

/// Exit statuses, as documented in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The run finished, some records failed.
    SomeFailed = 1,
    /// It could not run: usage, files.
    CouldNotRun = 2,
    /// Verification says no.
    NotVerified = 3,
}

/// Why a command did not end well.
pub(crate) struct Failure {
    code: &'static str,
    message: String,
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

/// What stands in every outcome: which command it was, and which protections were in force.
pub(crate) struct About {
    /// Its words, such as `kit verify`; `None` where none was understood.
    pub(crate) command: Option<String>,
    /// See [`crate::sandbox::prepare::Precautions::protection`].
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
    /// It could not run.
    pub(crate) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hints: Vec::new(),
            exit: Exit::CouldNotRun,
        }
    }

    /// Verification says no.
    pub(crate) fn not_verified(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit: Exit::NotVerified,
            ..Self::refused(code, message)
        }
    }

    /// The run finished, some records failed.
    pub(crate) fn some_failed(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit: Exit::SomeFailed,
            ..Self::refused(code, message)
        }
    }

    /// A command line that clap does not accept.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let text = typed::without_secrets(error);
        let lines: Vec<&str> = text
            .lines()
            .take_while(|line| !line.is_empty())
            .map(str::trim)
            .collect();
        Self::refused("usage", lines.join(" ").trim_start_matches("error: "))
            .hint("`lifeboat help` lists the commands, `lifeboat help COMMAND` its arguments")
    }

    /// An error of the operating system about a file.
    pub(crate) fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        if doing == "read" && typed::is_key(path) {
            return Self::refused(
                "secret_in_arguments",
                "the key itself was given where a file belongs",
            )
            .hint("put it into a file and name that; clean the shell's history");
        }
        if doing == "write" && is_stdout(path) {
            return Self::stdout_failed(error, true);
        }
        let code = match error.kind() {
            ErrorKind::NotFound => "file_not_found",
            ErrorKind::PermissionDenied => "permission_denied",
            ErrorKind::AlreadyExists => "output_exists",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "disk_full",
            ErrorKind::ReadOnlyFilesystem => "read_only",
            ErrorKind::Unsupported => "unfit_file_system",
            ErrorKind::FileTooLarge => "file_size_limit",
            _ => "io",
        };
        let failure = Self::refused(
            code,
            format!("cannot {doing} `{}`: {}", path.display(), plain(error)),
        );
        match code {
            "output_exists" => failure.hint("nothing is overwritten: name another file, or move that one away"),
            "disk_full" => failure.hint("nothing was left behind: make room, or name a file on another disk"),
            "file_size_limit" => failure.hint(SIZE_LIMIT),
            "read_only" => failure.hint("name a file on another disk"),
            "unfit_file_system" => failure.hint("nothing was left behind: name a file on another disk"),
            "permission_denied" if doing == "read" => failure
                .hint("`ls -l` shows who may; a link that leads out of a folder is not followed: name the file itself"),
            "permission_denied" => failure.hint("`ls -l` shows who may: work in a folder of your own"),
            "file_not_found" if doing == "read" => failure.hint("is it spelt right? `ls -l` shows what is there"),
            "file_not_found" => failure.hint("the folder must be there already: make it, or name another"),
            // Too many open files, of this program or of the whole system (EMFILE, ENFILE).
            _ if cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24)) => {
                failure.hint("the system grants too few open files: `ulimit -n 256`, then the same command again")
            }
            _ if error.kind() == ErrorKind::OutOfMemory => {
                failure.hint("the machine is out of memory: end other programs, or raise the limit (`ulimit -v`)")
            }
            _ => failure.hint("is it the right name? where a disk fails, use another copy on another disk"),
        }
    }

    /// Writing to standard output failed: what was written before is where it went, and cannot be taken back. `can_name`:
    /// whether the command has `--out`.
    pub(crate) fn stdout_failed(error: &std::io::Error, can_name: bool) -> Self {
        use std::io::ErrorKind;
        let (code, what) = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                ("disk_full", "make room, and run it again")
            }
            ErrorKind::FileTooLarge => ("file_size_limit", SIZE_LIMIT),
            ErrorKind::BrokenPipe => (
                "stdout_lost",
                "let what reads it read to the end, and run it again",
            ),
            _ => ("stdout_lost", "leave it open for writing, and run it again"),
        };
        let message = format!(
            "standard output could not be written ({}): what was shown is not whole",
            plain(error)
        );
        let failure =
            Self::refused(code, message).hint(format!("do not use what is there: {what}"));
        if can_name {
            failure.hint("or give it a file with `--out FILE`")
        } else {
            failure
        }
    }

    /// Standard output was closed when the program began. `can_name`: whether the command has `--out`.
    pub(crate) fn stdout_closed(can_name: bool) -> Self {
        let failure = Self::refused(
            "stdout_lost",
            "standard output is closed: the result would go nowhere",
        );
        failure.hint(if can_name {
            "leave it open, or name a file with `--out FILE`"
        } else {
            "leave it open, and run it again"
        })
    }

    /// A whole result under its name, of which the disk does not say that it is there to stay, and which it keeps.
    pub(crate) fn may_not_last(path: &Path, error: &std::io::Error) -> Self {
        Self::io("sync the folder of", path, error)
            .without_hints()
            .hint("the file is whole, but may not outlast a power failure: copy it to another disk")
    }

    /// What sealing into a file came to: the floors below know no paths.
    pub(crate) fn sealing(error: SealError, into: &Path) -> Self {
        match error {
            SealError::Write(error) => Self::io("write", into, &error),
            error => error.into(),
        }
    }

    /// What merging into a file came to.
    pub(crate) fn merging(error: MergeError, into: &Path) -> Self {
        match error {
            MergeError::Write(error) => Self::io("write", into, &error),
            MergeError::Seal(error) => Self::sealing(error, into),
            error => error.into(),
        }
    }

    /// Adds what to type next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same failure, as a verification that says no.
    pub(crate) fn said_no(self) -> Self {
        Self {
            exit: Exit::NotVerified,
            ..self
        }
    }

    /// The same failure, of a part that people count from 1.
    pub(crate) fn of_part(self, part: usize) -> Self {
        let message = format!("part {part}: {}", self.message);
        self.reworded(message)
    }

    /// The same failure in other words.
    pub(crate) fn reworded(self, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..self
        }
    }

    /// Drops what was hinted so far, where better advice follows.
    pub(crate) fn without_hints(mut self) -> Self {
        self.hints.clear();
        self
    }

    /// Says which file it is about.
    pub(crate) fn about(mut self, path: &Path) -> Self {
        self.message = format!("`{}`: {}", path.display(), self.message);
        self
    }

    /// The lines for standard error.
    pub(crate) fn lines(&self) -> Vec<String> {
        let error = std::iter::once(format!("lifeboat: error: {}", self.message));
        let hints = self
            .hints
            .iter()
            .map(|hint| format!("lifeboat: hint: {hint}"));
        let more = std::iter::once(format!("lifeboat: more: `lifeboat errors {}`", self.code));
        error.chain(hints).chain(more).collect()
    }

    /// The message alone, for a record of a batch.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The stable identifier, for a record of a batch.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// The exit status.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    fn to_json(&self) -> Value {
        json!({ "code": self.code, "message": self.message, "hint": self.hints.join("; ") })
    }
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-") || path == Path::new("standard output")
}

/// The text of an I/O error without Rust's `(os error N)`.
pub(crate) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        Self::refused(error.code(), error.to_string())
            .hint("is it the right file, and as it was first written?")
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let failure = Self::not_verified(error.code(), error.to_string());
        match error {
            OpenError::EntrySealed(_) | OpenError::EntrySize { .. } => {
                failure.hint("it was made for another key, or is damaged: `lifeboat kit inspect KIT` shows which key the kit was made for")
            }
            OpenError::NoWalletMaster => {
                Self { exit: Exit::CouldNotRun, ..failure }.hint("`lifeboat workspace` gives the workspace's own keys")
            }
            OpenError::SeveralWalletMasters(_) | OpenError::MissingEntry(_) | OpenError::NoShares(_) => {
                Self { exit: Exit::CouldNotRun, ..failure }.hint("the kit is not complete: use another copy of it")
            }
            OpenError::OwnerSecretNeeded(_) => Self { exit: Exit::CouldNotRun, ..failure }
                .hint("give `--owner-passphrase-file FILE`, or `--owner-key PEM` where the passphrase was auto-generated"),
            OpenError::OwnerShare { .. } | OpenError::PublicKeyMismatch(_) => {
                failure.hint("is it the owner's passphrase of this very kit, and is every entry there? every character and space counts")
            }
            OpenError::OwnerKey(_) => failure.hint("`--owner-key` takes the second RSA key, not the recovery key"),
            OpenError::Field(_) => Self { exit: Exit::CouldNotRun, ..failure }
                .hint("the kit does not follow the format: use another copy of it"),
            OpenError::SecretLength { .. } | OpenError::SecretRange(_) | OpenError::SamePlayer(_) => {
                failure.hint("use another copy of the kit, or an earlier kit of the same workspace")
            }
        }
    }
}

impl From<GenerateError> for Failure {
    fn from(error: GenerateError) -> Self {
        Self::not_verified("key_proof_failed", error.to_string()).hint(
            "do not use this machine for keys before its memory and this program have been checked",
        )
    }
}

impl From<SealedError> for Failure {
    fn from(error: SealedError) -> Self {
        let failure = Self::not_verified(error.code(), error.to_string());
        let refused = |failure: Self| Self {
            exit: Exit::CouldNotRun,
            ..failure
        };
        match error {
            SealedError::NotSealed => {
                refused(failure).hint("a sealed file is what `derive --seal-to` writes")
            }
            SealedError::Age => refused(failure).hint(OPEN_AGE),
            SealedError::Newer(_) => {
                refused(failure).hint("take the lifeboat that wrote it, or a newer one")
            }
            SealedError::WeakRecipient(_) => {
                refused(failure).hint("`lifeboat keygen` makes a recipient key of 4096 bits")
            }
            SealedError::ManyRecipients(_) => {
                refused(failure).hint("seal it in several files, each to some of them")
            }
            SealedError::NoRecipient => {
                refused(failure).hint("name one with `--seal-to PUBLIC.pem`")
            }
            SealedError::NotRecipient(_) => {
                failure.hint("give the private key of one of the file's recipients")
            }
            SealedError::NoRecord(_) => failure.hint("the id was not in the list that was derived"),
            SealedError::CutOff(_) => {
                failure.hint("copy the file again, or finish it with `derive --resume`")
            }
            _ => failure.hint("do not use any of it: copy the file again from where it was made"),
        }
    }
}

impl From<AgeError> for Failure {
    fn from(error: AgeError) -> Self {
        let failure = Self::not_verified(error.code(), error.to_string());
        match error {
            AgeError::NotAge => Self {
                exit: Exit::CouldNotRun,
                ..failure
            }
            .hint("a sealed file is what `derive --seal-to` writes"),
            AgeError::Armored => Self {
                exit: Exit::CouldNotRun,
                ..failure
            }
            .hint("`age -d -i PEM FILE > RESULT` opens it, on a disk in memory"),
            AgeError::NotRecipient => {
                failure.hint("give the private key of one of the file's recipients")
            }
            AgeError::AgeKeys => failure.hint("`age -d -i IDENTITY FILE > RESULT` opens it, with the identity file of the one it was made for"),
            AgeError::AgePassphrase => failure.hint("`age -d FILE > RESULT` opens it, and asks for the passphrase"),
            AgeError::Header | AgeError::Chunk(_) => {
                failure.hint("do not use any of it: copy the file again from where it was made")
            }
        }
    }
}

impl From<UnsealError> for Failure {
    fn from(error: UnsealError) -> Self {
        match error {
            UnsealError::Sealed(error) => error.into(),
            UnsealError::Read(error) => Self::io("read", Path::new("the sealed file"), &error),
        }
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        let failure = Self::refused(error.code(), error.to_string());
        match error {
            RecordError::Io(error) => failure
                .reworded(format!("the records could not be read: {}", plain(&error)))
                .hint(READ_AGAIN),
            RecordError::Age => failure.hint(OPEN_AGE),
            _ => failure.hint("is it what `derive` wrote, whole and unedited?"),
        }
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Records(error) => error.into(),
            SealError::Sealed(error) => error.into(),
            SealError::Write(error) => Self::io("write", Path::new("the sealed records"), &error),
        }
    }
}

impl From<MergeError> for Failure {
    fn from(error: MergeError) -> Self {
        let message = error.to_string();
        match error {
            MergeError::Part(part, error) => Self::from(error).of_part(part),
            MergeError::Sealed(part, error) => Self::from(error).of_part(part),
            MergeError::Seal(error) => error.into(),
            MergeError::List(error) => error.into(),
            MergeError::Format(_) => Self::refused("merge_format", message)
                .hint("derive every part with the same `--format`"),
            MergeError::Write(error) => Self::io("write", Path::new("the records"), &error),
            MergeError::Order { .. } | MergeError::TooMany(..) | MergeError::Missing(_) => {
                Self::not_verified("merge_incomplete", message)
                    .hint("name every part once, in the order of the shards, and the same list")
            }
        }
    }
}
