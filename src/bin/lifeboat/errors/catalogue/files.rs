//! What was typed, files, folders, disks and the terminal.

use std::{
    io::{Error, ErrorKind},
    path::Path,
};

use lifeboat::formats::encoding::{
    field::{FieldError, FieldFault},
    file_kind::Foreign,
    other_content::OtherContent,
};

use crate::{
    args::paths::is_standard,
    errors::{code::codes, failure::Failure},
    inputs::typed,
};

/// What helps where a file may not grow.
pub(crate) const SIZE_LIMIT: &str = "the file system takes no larger file (FAT32: 4 GiB), or `ulimit -f` forbids it: \
    name a file on another disk, or derive parts with `--shard I/N`";
const AS_WRITTEN: &str = "is it the right file, and as it was first written?";

codes! {
    pub(crate) enum Files: "The command line, files and folders";

    Usage {
        code: "usage",
        exit: [CouldNotRun],
        cause: "The command line is not one that lifeboat knows: a misspelt command or flag, a \
            value missing or too much, or two flags that exclude each other. Nothing was done.",
        remedy: "`lifeboat help` lists the commands, `lifeboat help COMMAND` the arguments of one. \
            A file name that begins with a dash is given as `./-name`.",
        hint: "`lifeboat help` lists the commands, `lifeboat help COMMAND` its arguments",
    }

    SecretInArguments {
        code: "secret_in_arguments",
        exit: [CouldNotRun],
        cause: "A private key was typed where the name of a file belongs. It is in the shell's \
            history now, and was visible to other users of the machine.",
        remedy: "Put it into a file, or give `-` and let standard input bring it. Clean the \
            shell's history (`history -c`), and move the coins soon.",
        hint: "put it into a file and name that; clean the shell's history",
    }

    FileNotFound {
        code: "file_not_found",
        exit: [CouldNotRun],
        cause: "There is no file or folder of that name: a slip of the pen, another working \
            folder, a disk that is not mounted. For a result it is the folder that is missing, for \
            `--passphrase-dir` the file named after the passphraseId.",
        remedy: "`ls -l` shows what is there. Name the file by its full path; make the folder of a \
            result first.",
        hint: "is it spelt right? `ls -l` shows what is there",
    }

    PermissionDenied {
        code: "permission_denied",
        exit: [CouldNotRun],
        cause: "The system does not let this user read the file, or write into the folder; or a \
            link leads out of a folder that was named, to a file that was not.",
        remedy: "`ls -l` shows whose it is and where it leads. Copy the file to a folder of your \
            own, or name `--out` in one. Do not open a key or a kit to everybody to get past this.",
        hint: "`ls -l` shows who may: work in a folder of your own",
    }

    OutputExists {
        code: "output_exists",
        exit: [CouldNotRun],
        cause: "Something already is under the name of the result. lifeboat never overwrites: \
            it may be the only copy of a secret. It was left as it is.",
        remedy: "Name another file, or look at the one that is there and move it away.",
        hint: "nothing is overwritten: name another file, or move that one away",
    }

    DiskFull {
        code: "disk_full",
        exit: [CouldNotRun],
        cause: "The disk that takes the result is full. No incomplete file is left under the result's \
            name. Where a batch was being derived, what is done is kept beside it in `….partial`.",
        remedy: "Make room, or name a file on another disk, and run it again; `derive` goes on \
            with `--resume`.",
        hint: "nothing was left behind: make room, or name a file on another disk",
    }

    UnfitFileSystem {
        code: "unfit_file_system",
        exit: [CouldNotRun],
        cause: "The file system that takes the result cannot give a file its name in one step \
            without replacing another, as some network disks and sticks cannot. Nothing was \
            overwritten; a batch's result is whole in `….partial`.",
        remedy: "Name a file on another disk, best an encrypted one of this machine, and copy it \
            from there. Of a batch, the same command with `--resume` on another disk is as quick.",
        hint: "nothing was left behind: name a file on another disk",
    }

    FileSizeLimit {
        code: "file_size_limit",
        exit: [CouldNotRun],
        cause: "The result would be larger than a file may be there: 4 GiB on FAT32, or the limit \
            that `ulimit -f` shows. Going on in the same place ends at the same byte.",
        remedy: "Name a file on another disk, or derive parts with `--shard I/N` and put them \
            together later. A batch's `….partial` can be copied to another disk, where `--resume` \
            goes on.",
        hint: SIZE_LIMIT,
    }

    ReadOnly {
        code: "read_only",
        exit: [CouldNotRun],
        cause: "The result was to go to a file system that is mounted read-only, such as a live \
            system's image or a disk that the system has closed after errors.",
        remedy: "Name `--out` on another disk. A disk that was closed after errors should be \
            copied before anything else is tried on it.",
        hint: "name a file on another disk",
    }

    Io {
        code: "io",
        exit: [CouldNotRun],
        cause: "The system failed to read or write; the message has its own words. The usual \
            causes are a folder where a file belongs, a disk that was pulled out and a disk that \
            is dying.",
        remedy: "Is it the right name? Copy the file to another disk and use the copy. When \
            reading fails at the same place again, the disk is damaged: use another copy of the \
            kit, key or backup.",
        hint: "is it the right name? where a disk fails, use another copy on another disk",
    }

    ReadFailed {
        code: "read_failed",
        exit: [CouldNotRun],
        cause: "A wallet list or a file of records was opened, but reading it failed on the way: a \
            folder where a file belongs, or a disk that is failing.",
        remedy: "Is it the right name? Copy it to another disk and name the copy. Nothing was \
            written.",
        hint: "is it the right name? copy it to another disk and name the copy",
    }

    FileTooLarge {
        code: "file_too_large",
        exit: [CouldNotRun],
        cause: "The file is larger than any honest one of its kind, so it was not read: most \
            likely another file was named.",
        remedy: "Compare name and size with `ls -l`. A wallet list on standard input that is \
            refused for its size can be given as a file.",
        hint: "is it the right file? `ls -l` shows its size",
    }

    FolderTooLarge {
        code: "folder_too_large",
        exit: [CouldNotRun],
        cause: "A folder of shares holds more than a million files or 4 GiB, which is more than is \
            read at once.",
        remedy: "Name parts of it: `--client` and `--custodian` take several folders and files. \
            Halves of one wallet must be named in the same run.",
        hint: "name parts of it",
    }

    LinkToFolder {
        code: "link_to_folder",
        exit: [],
        cause: "In a folder of shares is a link to another folder, or to a file outside of the \
            folder. It is not followed: no folder is read twice or without end, and nothing is \
            touched that was not named. Everything else was read.",
        remedy: "If shares are behind the link, name what it leads to as well.",
    }

    FolderTooDeep {
        code: "folder_too_deep",
        exit: [],
        cause: "A folder of shares holds folders more than sixteen deep. Those were not looked \
            into; everything else was read.",
        remedy: "Name the deep folder itself.",
    }

    StdinTwice {
        code: "stdin_twice",
        exit: [CouldNotRun],
        cause: "Two arguments are to be read from standard input (`-`), which can be read only \
            once.",
        remedy: "Give one of them a file. In a shell a second stream has a name too: `/dev/fd/3`, \
            with `3<FILE` behind the command.",
    }

    StdoutTaken {
        code: "stdout_taken",
        exit: [CouldNotRun],
        cause: "`--json` prints its one object on standard output, so the result cannot go there \
            too.",
        remedy: "Give the result a file with `--out FILE`, or leave `--json` out.",
        hint: "give the result a file with `--out FILE`",
    }

    SecretOnTerminal {
        code: "secret_on_terminal",
        exit: [CouldNotRun],
        cause: "The result is secret and would have appeared on the screen, where scroll-back and \
            cameras keep it.",
        remedy: "`--out FILE` writes it to a new file that only you can read. `--reveal` shows it \
            all the same.",
        hint: "give it a file with `--out FILE`, or show it with `--reveal`",
    }

    ResultOnTerminal {
        code: "result_on_terminal",
        exit: [CouldNotRun],
        cause: "The result is meant for a file, and would have run over the screen. It is sealed: \
            nobody can read it there, and copying it from there would change it.",
        remedy: "`--out FILE` writes it to a new file. `--reveal` shows it all the same.",
        hint: "give it a file: `--out FILE`",
    }

    StdoutLost {
        code: "stdout_lost",
        exit: [CouldNotRun],
        cause: "Standard output could not be written to its end: it is closed, whoever read it has \
            gone, or the disk behind it is full. What was shown is not whole. Files named by \
            `--out` are not touched by this: a result that is under its name is whole. A \
            closed standard output is also what `/dev/null` looks like when it was opened for \
            reading and writing, as some programs do that start others.",
        remedy: "Leave standard output open, or name a file with `--out FILE`; make room where the \
            disk is full. Then run it again; do not use what was shown.",
    }

    NotEnoughMemory {
        code: "not_enough_memory",
        exit: [CouldNotRun],
        cause: "A file under a passphrase takes up to 1 GiB of memory to lock or open, on purpose: \
            it makes guessing expensive. So do a recovery key under scrypt and a keystore. The \
            machine did not give that much. This says nothing about the passphrase or the file.",
        remedy: "Close other programs, lift limits (`ulimit -v unlimited`), or use a machine with \
            more memory.",
        hint: "close other programs, or lift the limit: `ulimit -v unlimited`, then the same \
            command again",
    }

    ReadBackDiffers {
        code: "read_back_differs",
        exit: [NotVerified],
        cause: "A backup was written, and reading it back gave other bytes: the disk or the memory \
            is failing.",
        remedy: "Do not trust the file or the disk. Back up again on another disk, best from \
            another machine.",
        hint: "do not trust this disk: back up again on another one",
    }

    NotJson {
        code: "not_json",
        exit: [CouldNotRun],
        cause: "A file that must be JSON is none: cut off while it was copied, edited, saved in \
            UTF-16, or another file altogether. The message has the line and column where reading \
            stopped.",
        remedy: "Use another copy. A file that comes from a person should be compared with the \
            original byte for byte.",
        hint: AS_WRITTEN,
    }

    OtherContent {
        code: "other_content",
        exit: [CouldNotRun],
        cause: "The file is not what the command reads, and the message says what it is: empty, a \
            server's error answer that was saved as if it were the content, an archive, a web \
            page. Nothing of it is shown.",
        remedy: "Look for the right file. Where a server answered with an error, ask it again \
            while it still answers, or use a copy that was kept earlier.",
    }

    MissingField {
        code: "missing_field",
        exit: [CouldNotRun],
        cause: "A JSON file lacks a field that its format must have; the message names it. Usually \
            it is JSON of another kind, or an older export.",
        remedy: "Is it the right file? Compare it with docs/FORMATS.md, and use another copy. Do \
            not add the field by hand.",
        hint: AS_WRITTEN,
    }

    WrongType {
        code: "wrong_type",
        exit: [CouldNotRun],
        cause: "A field of a JSON or CSV file holds a value of another type than the format has, \
            such as a number where a text in quotes belongs. Programs that rewrite JSON do this to \
            long numbers and lose digits.",
        remedy: "Use the file as it was first delivered, not as another program saved it.",
        hint: AS_WRITTEN,
    }

    BadHex {
        code: "bad_hex",
        exit: [CouldNotRun],
        cause: "A field must hold hexadecimal digits and holds something else, or an odd number of \
            them: a character was lost or added on the way.",
        remedy: "Use another copy, made without editors, mail or spreadsheets in between. Do not \
            fill a digit in by guessing.",
        hint: AS_WRITTEN,
    }

    WrongLength {
        code: "wrong_length",
        exit: [CouldNotRun],
        cause: "A field holds more or fewer bytes than the format has: digits were lost or added \
            on the way.",
        remedy: "Use another copy. Shares that lost their leading zeros are a known case: \
            `lifeboat check … --repair OUT` and `takeover` put those back.",
        hint: AS_WRITTEN,
    }

    BadUuid {
        code: "bad_uuid",
        exit: [CouldNotRun],
        cause: "An id is no UUID in lower case with dashes. The spelling counts, because ids are \
            hashed into keys.",
        remedy: "For a flag, type the id in lower case with dashes. In a file, use another copy: a \
            program has rewritten it.",
        hint: AS_WRITTEN,
    }

    DuplicateField {
        code: "duplicate_field",
        exit: [CouldNotRun],
        cause: "A name is given twice in one JSON object. Programs disagree on which of the two \
            counts, so neither does. No program writes such a file: somebody has altered it.",
        remedy: "Use another copy. If there is none, look at both values; only the right one may \
            stay.",
        hint: AS_WRITTEN,
    }

    TooManyValues {
        code: "too_many_values",
        exit: [CouldNotRun],
        cause: "A JSON file holds more than 65,536 values. No such file does; it is made to fill \
            memory.",
        remedy: "Is it the right file? Use another copy of it.",
        hint: AS_WRITTEN,
    }

    BadValue {
        code: "bad_value",
        exit: [CouldNotRun],
        cause: "A field of a file has the right type but a value that its format does not have; \
            the message names the field and what is wrong. It may be damaged, of a newer version, \
            or made by another program.",
        remedy: "Use another copy. When every copy says the same, compare the field with \
            docs/FORMATS.md.",
        hint: AS_WRITTEN,
    }
}

/// What was being done with a file when the operating system said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    Read,
    Write,
    Create,
    MakeTemporaryIn,
    OpenFolderOf,
    SyncFolderOf,
}

impl Doing {
    fn words(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Create => "create",
            Self::MakeTemporaryIn => "make a temporary file in",
            Self::OpenFolderOf => "open the folder of",
            Self::SyncFolderOf => "sync the folder of",
        }
    }
}

impl Failure {
    /// An error of the operating system about a file.
    pub(crate) fn io(doing: Doing, path: &Path, error: &Error) -> Self {
        if doing == Doing::Read && typed::is_key(path) {
            return Self::new(
                Files::SecretInArguments,
                "the key itself was given where a file belongs",
            );
        }
        if doing == Doing::Write && is_standard(path) {
            return Self::stdout_failed(error, true);
        }

        let code = code_of(error);
        let message = format!(
            "cannot {} `{}`: {}",
            doing.words(),
            path.display(),
            plain(error)
        );
        let failure = Self::new(code, message).names_file();
        match code {
            Files::PermissionDenied if doing == Doing::Read => failure.hint(
                "`ls -l` shows who may; a link that leads out of a folder is not followed: name the file itself",
            ),
            Files::FileNotFound if is_standard(path) => failure.hint(
                "`-` is standard input for wallet lists and passphrases only: name the file",
            ),
            Files::OutputExists if is_device(path) => {
                failure.hint("for standard output leave `--out` away, or give `--out -`")
            }
            Files::FileNotFound if doing != Doing::Read => {
                failure.hint("the folder must be there already: make it, or name another")
            }
            Files::Io if is_out_of_files(error) => failure.hint(
                "the system grants too few open files: `ulimit -n 256`, then the same command again",
            ),
            Files::Io if error.kind() == ErrorKind::OutOfMemory => failure.hint(
                "the machine is out of memory: end other programs, or raise the limit (`ulimit -v`)",
            ),
            _ => failure,
        }
    }

    /// Writing to standard output failed: what was written before is where it went, and cannot be taken back. `can_name`:
    /// whether the command has `--out`.
    pub(crate) fn stdout_failed(error: &Error, can_name: bool) -> Self {
        let (code, what) = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                (Files::DiskFull, "make room, and run it again")
            }
            ErrorKind::FileTooLarge => (Files::FileSizeLimit, SIZE_LIMIT),
            ErrorKind::BrokenPipe => (
                Files::StdoutLost,
                "let what reads it read to the end, and run it again",
            ),
            _ => (
                Files::StdoutLost,
                "leave it open for writing, and run it again",
            ),
        };
        let message = format!(
            "standard output could not be written ({}): what was shown is not whole",
            plain(error)
        );
        let failure = Self::new(code, message).hint(format!("do not use what is there: {what}"));
        if can_name {
            failure.hint("or give it a file with `--out FILE`")
        } else {
            failure
        }
    }

    /// Standard output was closed when the program began. `can_name`: whether the command has `--out`.
    pub(crate) fn stdout_closed(can_name: bool) -> Self {
        let failure = Self::new(
            Files::StdoutLost,
            "standard output is closed: the result would go nowhere",
        );
        failure.hint(if can_name {
            "leave it open, or name a file with `--out FILE`"
        } else {
            "leave it open, and run it again"
        })
    }

    /// A whole result under its name, of which the disk does not say that it is there to stay, and which it keeps.
    pub(crate) fn may_not_last(path: &Path, error: &Error) -> Self {
        Self::io(Doing::SyncFolderOf, path, error).hint_instead(
            "the file is whole, but may not outlast a power failure: copy it to another disk",
        )
    }
}

fn code_of(error: &Error) -> Files {
    match error.kind() {
        ErrorKind::NotFound => Files::FileNotFound,
        ErrorKind::PermissionDenied => Files::PermissionDenied,
        ErrorKind::AlreadyExists => Files::OutputExists,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Files::DiskFull,
        ErrorKind::ReadOnlyFilesystem => Files::ReadOnly,
        ErrorKind::Unsupported => Files::UnfitFileSystem,
        ErrorKind::FileTooLarge => Files::FileSizeLimit,
        _ => Files::Io,
    }
}

/// Too many open files, of this program or of the whole system (EMFILE, ENFILE).
fn is_out_of_files(error: &Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

/// Whether a path is a name of standard output, a terminal or another device.
fn is_device(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc/self/fd")
}

/// The text of an I/O error without Rust's `(os error N)`.
pub(crate) fn plain(error: &Error) -> String {
    if error.kind() == ErrorKind::AlreadyExists {
        return String::from("there is something of that name");
    }
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Self {
        match error.fault {
            FieldFault::NotJson { .. } => Self::new(Files::NotJson, &error),
            FieldFault::Missing => Self::new(Files::MissingField, &error),
            FieldFault::Type(_) => Self::new(Files::WrongType, &error),
            FieldFault::Hex(_) => Self::new(Files::BadHex, &error),
            FieldFault::Length { .. } => Self::new(Files::WrongLength, &error),
            FieldFault::Uuid => Self::new(Files::BadUuid, &error),
            FieldFault::Twice => Self::new(Files::DuplicateField, &error),
            FieldFault::TooMany | FieldFault::TooDeep => Self::new(Files::TooManyValues, &error),
            FieldFault::Value(_) => Self::new(Files::BadValue, &error),
        }
    }
}

/// That a file is another thing than `expected`, where that can be told. It is named for what it is, without a word of its
/// content.
pub(crate) fn other_content(bytes: &[u8], expected: &str) -> Option<Failure> {
    let content = OtherContent::of(bytes)?;
    let failure = Failure::new(
        Files::OtherContent,
        format!("{}, expected {expected}", content.name()),
    );
    Some(match content {
        OtherContent::Foreign(Foreign::Empty | Foreign::Zeros) => {
            failure.hint("use another copy: this one was never written to its end")
        }
        OtherContent::ErrorAnswer | OtherContent::EmptyAnswer => failure
            .hint("ask the server again, or use a copy that was kept while it still answered"),
        OtherContent::Foreign(_) => failure.hint(format!(
            "is it the right file? name the one that holds {expected}"
        )),
    })
}
