//! Wallet lists, batches and their results.

use std::path::Path;

use lifeboat::{
    formats::{
        encoding::file_kind::Foreign, server_share::record_reader::RecordError,
        wallets::wallet_list::ListError,
    },
    operations::{merge::MergeError, resume::ResumeError},
};

use super::files::{Doing, Files, plain};
use super::seals::Seals;
use crate::errors::{code::codes, failure::Failure};

codes! {
    pub(crate) enum Lists: "Wallet lists, batches and results";

    BadWalletIds {
        code: "bad_wallet_ids",
        exit: [CouldNotRun, SomeFailed],
        cause: "The list holds something that is no wallet id, an id in another spelling than \
            lower case with dashes, or an id twice. The spelling is hashed into the share, so a \
            guess would give a wrong one. Without `--keep-going` nothing was written; with it, \
            exit status 1 says that the good ids were derived and the bad ones are listed in \
            `failed`.",
        remedy: "Correct the lines that are named. An id that is listed twice is no harm with \
            `--format ndjson` or `csv`. `--keep-going` derives the others first; the corrected \
            ones can be derived alone later.",
        hint: "a wallet id is a UUID in lower case with dashes, each once",
    }

    BadWalletId {
        code: "bad_wallet_id",
        exit: [CouldNotRun],
        cause: "The id given with `--wallet` is no wallet id, or not in lower case with dashes.",
        remedy: "Write it as the hint says. It is the id of the wallet, not of a device, user or \
            vault account.",
        hint: "it is the id of the wallet, a UUID in lower case with dashes",
    }

    NoWalletIds {
        code: "no_wallet_ids",
        exit: [CouldNotRun],
        cause: "There is nothing to do: no id was given, or the list is empty or only a header.",
        remedy: "Name ids after the kit, or a list with `--wallets FILE`. Is it the right file?",
        hint: "name them after the kit, or in a file with `--wallets FILE`",
    }

    ListUtf16 {
        code: "list_utf16",
        exit: [CouldNotRun],
        cause: "The list is in UTF-16 or UTF-32; Windows programs call the former `Unicode`.",
        remedy: "Save it as UTF-8, or: `iconv -f UTF-16 -t UTF-8 LIST > LIST.txt`.",
    }

    ListNotText {
        code: "list_not_text",
        exit: [CouldNotRun],
        cause: "The file named as the wallet list is no text: an Excel workbook, a PDF, an \
            archive, a database. The message says what it is.",
        remedy: "Save it as CSV (UTF-8) with a column `walletId`, or as text with one id on each \
            line.",
        hint: "is it the right file? a list has one id on each line, or a column `walletId`",
    }

    ListNoColumn {
        code: "list_no_column",
        exit: [CouldNotRun],
        cause: "The list has several columns, and none or more than one is called `Wallet Id`, \
            `walletId` or `wallet_id`, so there is no telling which one holds the ids.",
        remedy: "Name the column in the first line, or give a list of ids alone.",
        hint: "name the column of ids `walletId` in the first line",
    }

    ListJsonDocument {
        code: "list_json_document",
        exit: [CouldNotRun],
        cause: "The list is JSON from which the ids cannot be told: broken or cut off, without \
            members `walletId`, or with ids in two places. Arrays of ids, arrays of objects and \
            the pages of the provider's API are read as they are.",
        remedy: "The ids of a page become a list with `jq -r '.data[].walletId' LIST.json > \
            LIST.txt`, those of an array with `jq -r '.[]'`. Was the answer saved whole?",
        hint: "save the answer once more, whole; `jq . LIST` tells where its JSON breaks",
    }

    ListIsKey {
        code: "list_is_key",
        exit: [CouldNotRun],
        cause: "A key was named as the wallet list: two flags were mixed up. Its content was not \
            shown.",
        remedy: "`--wallets` takes the list, `--key` the key.",
        hint: "`--wallets` takes the list, `--key` the key",
    }

    ListLongLine {
        code: "list_long_line",
        exit: [CouldNotRun],
        cause: "A line of the list is longer than 64 KiB, which no list has: it is another file, \
            or its line ends are lost.",
        remedy: "Is it the right file? Put one id on each line.",
        hint: "is it the right file? put one id on each line",
    }

    ListChanged {
        code: "list_changed",
        exit: [CouldNotRun],
        cause: "The list was read twice, first to look it over and then to derive, and was not the \
            same: somebody or something writes to it. Nothing was written.",
        remedy: "Copy the list to this machine and run it on the copy.",
        hint: "run it again on a copy that nobody edits",
    }

    Interrupted {
        code: "interrupted",
        exit: [CouldNotRun],
        cause: "Somebody pressed Ctrl-C. Where the result goes to a file, what is done is kept in \
            `….partial`, which is not a result yet.",
        remedy: "The same command with `--resume` goes on from there. Everything that is there \
            is derived again and compared first.",
    }

    PartialExists {
        code: "partial_exists",
        exit: [CouldNotRun],
        cause: "An earlier run did not come to its end, and what it had done is in \
            `….partial`.",
        remedy: "Of `derive`, the same command with `--resume` finishes it. A folder `….partial` \
            holds some of the secrets of a run that was ended: delete it (`rm -r`) and run the \
            command again. If it belongs to something else, move it away; nothing deletes it for \
            you.",
        hint: "`--resume` with the same arguments finishes it; or move it away",
    }

    PartialForeign {
        code: "partial_foreign",
        exit: [CouldNotRun],
        cause: "Under the name of the unfinished result is something that no run leaves \
            behind, such as a link or a folder. It was not touched.",
        remedy: "See what it is with `ls -l`, and move it away or give the result another name.",
        hint: "see what it is and move it away, or give the result another name",
    }

    PartialBusy {
        code: "partial_busy",
        exit: [CouldNotRun],
        cause: "Another run is writing this very result at this moment.",
        remedy: "Wait for it, or give this one another name. If no such run is known, `fuser FILE` \
            names the process.",
        hint: "wait for it, or give this result another name",
    }

    ResumeDiffers {
        code: "resume_differs",
        exit: [NotVerified],
        cause: "The unfinished result is not what this run would have written: it was begun with \
            another kit, key, list, format, choice of algorithms or recipients, or it was damaged. \
            The message says which. It was left as it is.",
        remedy: "Give the same arguments as the first time. If the list has changed since, move \
            the unfinished result away and begin anew: deriving is quick.",
        hint: "give the same kit, key, list, format and recipients; or move the unfinished result \
            away",
    }

    NotRecords {
        code: "not_records",
        exit: [CouldNotRun],
        cause: "The file is no result of `derive`: another file, or one that was opened and saved \
            by another program.",
        remedy: "Name the result as `derive` wrote it. A sealed one is opened first, with \
            `lifeboat unseal`. `check` also reads JSON as the published tools write it.",
        hint: "is it what `derive` wrote, whole and unedited?",
    }

    RecordLine {
        code: "record_line",
        exit: [CouldNotRun],
        cause: "A line of the result is no record as `derive` writes it: it was edited, \
            reformatted or damaged.",
        remedy: "Use another copy, or derive it again from the kit; a spreadsheet must not have \
            saved it.",
        hint: "is it what `derive` wrote, whole and unedited?",
    }

    RecordTwice {
        code: "record_twice",
        exit: [CouldNotRun],
        cause: "One wallet is in the JSON object more than once. Programs that read JSON take \
            the last and forget the others, so there is no telling which was meant.",
        remedy: "Derive it again from the kit. `--format ndjson` and `csv` can hold a wallet \
            twice.",
        hint: "is it what `derive` wrote, whole and unedited?",
    }

    RecordUneven {
        code: "record_uneven",
        exit: [CouldNotRun],
        cause: "A record has other cosigners or other algorithms than the first: a share is \
            missing, or was added. `derive` gives every wallet the same.",
        remedy: "`lifeboat check FILE KIT --key PEM` names every wallet that is wrong; derive \
            those again from the kit.",
        hint: "is it what `derive` wrote, whole and unedited?",
    }

    FileNeeded {
        code: "file_needed",
        exit: [CouldNotRun],
        cause: "A pipe or a device was named where a file is read more than once.",
        remedy: "Write it to a file first. An unencrypted result belongs on a disk in memory, such as \
            `/dev/shm`, not on a real one.",
        hint: "write it to a file first, on a disk in memory where it is unencrypted: `cat PIPE > \
            /dev/shm/RESULT`",
    }

    NoRecords {
        code: "no_records",
        exit: [NotVerified],
        cause: "The file is a result in form and holds no record at all, so nothing was checked.",
        remedy: "Look for the right file, or derive again.",
        hint: "derive again: there is nothing in it to use",
    }

    RecordsIncomplete {
        code: "records_incomplete",
        exit: [NotVerified],
        cause: "`check --wallets` compared the result with the list: wallets of the list are \
            missing in it, or it has others. They are named in `missing` and `extra`. The records \
            that are there are right.",
        remedy: "Is it the list that was derived? Derive the missing ones in a run of their own.",
        hint: "is it the list that was derived? each wallet is named above",
    }

    RecordsCutOff {
        code: "records_cut_off",
        exit: [CouldNotRun],
        cause: "The result ends before its end: a copy that broke off, or an unfinished result \
            (`….partial`).",
        remedy: "Copy it again and compare the SHA-256 that `derive` showed, or finish it with \
            `derive --resume`.",
        hint: "is it what `derive` wrote, whole and unedited?",
    }

    MergeFormat {
        code: "merge_format",
        exit: [CouldNotRun],
        cause: "The parts of a shared batch have different formats, or sealed ones come from \
            different kits or algorithms.",
        remedy: "Derive every part from the same kit with the same `--format` and `--algorithm`; \
            parts can be derived again at any time. Sealed parts go together with clear ones in \
            NDJSON.",
        hint: "derive every part with the same `--format`",
    }

    MergeIncomplete {
        code: "merge_incomplete",
        exit: [NotVerified],
        cause: "The parts do not make the whole list: one is missing, named twice, in another \
            order, or of another list. The message names the first wallet that does not fit. \
            Nothing was written, and the parts are as they were.",
        remedy: "Name every part once, in the order of the shards, with the list that all of them \
            were derived from. Derive a missing part again with its `--shard I/N`.",
        hint: "name every part once, in the order of the shards, and the same list",
    }

    RecordsWrong {
        code: "records_wrong",
        exit: [NotVerified],
        cause: "`check` derived records again from the kit, and some in the file are not the same: \
            a damaged or altered file, or another kit. Each wallet is named in `wrong` with what \
            differs.",
        remedy: "Do not use the file. Is it the kit the result was made from? If so, derive again; \
            the kit is the truth.",
        hint: "derive them again; do not use this file",
    }

    SharesShort {
        code: "shares_short",
        exit: [NotVerified],
        cause: "The shares are right, but some were written without their leading zeros, as one of \
            the published tools does. A program that counts digits takes them for damaged.",
        remedy: "`lifeboat check … --repair OUT` writes them in full. No share is lost.",
        hint: "their values are right: `--repair OUT` writes them in full",
    }
}

impl From<ListError> for Failure {
    fn from(error: ListError) -> Self {
        match &error {
            ListError::Wide(name) => {
                let name = name.trim_start_matches("in ");
                Self::new(Lists::ListUtf16, &error).hint(format!(
                    "save it as UTF-8: `iconv -f {name} -t UTF-8 LIST > LIST.txt`"
                ))
            }
            ListError::Foreign(kind) => {
                Self::new(Lists::ListNotText, &error).hint(conversion(*kind))
            }
            ListError::NoColumn | ListError::NoHeader => Self::new(Lists::ListNoColumn, &error),
            ListError::TwoColumns => {
                Self::new(Lists::ListNoColumn, &error).hint("rename the column that is not meant")
            }
            ListError::Json(_) | ListError::JsonCut => Self::new(Lists::ListJsonDocument, &error),
            ListError::JsonTwoIds(_) => {
                Self::new(Lists::ListJsonDocument, &error).hint("leave one of them in each object")
            }
            ListError::JsonNoIds => Self::new(Lists::ListJsonDocument, &error).hint(
                "with the path of the ids, for example: `jq -r '.data[].id' LIST > LIST.txt`",
            ),
            ListError::JsonTwoPlaces(first, _) => {
                Self::new(Lists::ListJsonDocument, &error).hint(format!(
                    "take the ids of one place: `jq -r '{}' LIST > LIST.txt`",
                    jq_path(first)
                ))
            }
            ListError::Key => Self::new(Lists::ListIsKey, &error),
            ListError::LongLine(_) => Self::new(Lists::ListLongLine, &error),
            ListError::Io(error) => Self::new(
                Files::ReadFailed,
                format!("the wallet list could not be read: {}", plain(error)),
            ),
        }
    }
}

fn jq_path(place: &str) -> String {
    if place.starts_with('.') {
        place.to_owned()
    } else {
        format!(".{place}")
    }
}

fn conversion(kind: Foreign) -> &'static str {
    match kind {
        Foreign::Excel | Foreign::OldOffice | Foreign::OpenDocument => {
            "open it in the program it was made with and save it as CSV (UTF-8)"
        }
        Foreign::Numbers => "open it in Numbers and export it as CSV",
        Foreign::Word | Foreign::RichText => "save it as plain text, one id on each line",
        Foreign::Kit => "the kit is named first, the list after `--wallets`",
        Foreign::Zip => "`unzip LIST` unpacks it: name the list in it",
        Foreign::Gzip => "`gunzip --stdout LIST > LIST.csv` unpacks it",
        Foreign::Bzip2 => "`bunzip2 --stdout LIST > LIST.csv` unpacks it",
        Foreign::Xz => "`xz --decompress --stdout LIST > LIST.csv` unpacks it",
        Foreign::Zstd => "`zstd --decompress --stdout LIST > LIST.csv` unpacks it",
        Foreign::Tar => "`tar -xf LIST` unpacks it: name the list in it",
        Foreign::SevenZip | Foreign::Rar => "unpack it with `7z x LIST` and name the list in it",
        Foreign::Pdf | Foreign::Picture => {
            "ask for the list as CSV or text: it has to be read from text"
        }
        Foreign::Sqlite => {
            "write the column of ids to a file: `sqlite3 LIST 'select wallet_id from wallets' > LIST.txt`"
        }
        Foreign::Html | Foreign::Xml | Foreign::Warehouse => {
            "export the column of wallet ids as CSV, or as text with one id on each line"
        }
        _ => "is it the right file? a list has one id on each line, or a column `walletId`",
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        match &error {
            RecordError::NotRecords => Self::new(Lists::NotRecords, &error),
            RecordError::Field(error) => error.clone().into(),
            RecordError::Age => Self::new(Seals::SealedAsAge, &error),
            RecordError::BadLine(_) => Self::new(Lists::RecordLine, &error),
            RecordError::Twice(_) => Self::new(Lists::RecordTwice, &error),
            RecordError::Uneven(_) => Self::new(Lists::RecordUneven, &error),
            RecordError::CutOff(_) => Self::new(Lists::RecordsCutOff, &error),
            RecordError::Io(error) => Self::new(
                Files::ReadFailed,
                format!("the records could not be read: {}", plain(error)),
            ),
        }
    }
}

impl From<ResumeError> for Failure {
    fn from(error: ResumeError) -> Self {
        match error {
            ResumeError::Sealed(error) => error.into(),
            ResumeError::Differs(_) => Self::new(Lists::ResumeDiffers, &error),
        }
    }
}

impl From<MergeError> for Failure {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Part(part, error) => Self::from(error).of_part(part),
            MergeError::Sealed(part, error) => Self::from(error).of_part(part),
            MergeError::Seal(error) => error.into(),
            MergeError::List(error) => error.into(),
            MergeError::Format(_) => Self::new(Lists::MergeFormat, &error),
            MergeError::Write(error) => Self::io(Doing::Write, Path::new("the records"), &error),
            MergeError::Order { .. } | MergeError::TooMany(..) | MergeError::Missing(_) => {
                Self::new(Lists::MergeIncomplete, &error)
            }
        }
    }
}

impl Failure {
    /// What merging into a file came to: the floors below know no paths.
    pub(crate) fn merging(error: MergeError, into: &Path) -> Self {
        match error {
            MergeError::Write(error) => Self::io(Doing::Write, into, &error),
            MergeError::Seal(error) => Self::sealing(error, into),
            error => error.into(),
        }
    }
}
