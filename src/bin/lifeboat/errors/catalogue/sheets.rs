//! Passphrases that are shared among people.

use lifeboat::{
    crypto::byte_sharing::JoinError, formats::recovery_key::share_words::WordsError,
    operations::split_passphrase::SplitError,
};

use super::keys::Keys;
use crate::errors::{code::codes, failure::Failure};

codes! {
    pub(crate) enum Sheets: "Sheets of a shared passphrase";

    SheetWords {
        code: "sheet_words",
        exit: [CouldNotRun],
        cause: "What was typed, or what a file holds, is not the words of a sheet. Three words of \
            each sheet are there to find slips: a word that was read wrongly, left out or typed \
            twice does not go unseen. The error says which word is in no list, by its number; \
            nothing else can be said without giving a word away.",
        remedy: "Compare with the sheet word by word: all 20, in the order of their numbers, with \
            blanks between them. Four letters of a word are enough. When they are all as printed, \
            take another copy or another person's sheet: any sheets will do, as long as there are enough.",
        hint: "compare with the sheet word by word: all of them, in the order of their numbers",
    }

    SheetOther {
        code: "sheet_other",
        exit: [CouldNotRun],
        cause: "The sheets belong to different passphrases: they were printed by different runs of \
            `keygen --split`. Or the same sheet was given twice.",
        remedy: "Each sheet shows the fingerprint of its key. Take sheets with the same \
            fingerprint, each of them once.",
        hint: "each sheet shows the fingerprint of its key: take different sheets with the same one",
    }

    SheetsTooFew {
        code: "sheets_too_few",
        exit: [CouldNotRun],
        cause: "Fewer sheets were given than the passphrase needs. Fewer tell nothing about it, \
            not even a little.",
        remedy: "Each sheet says how many are needed. Any others of the same key will do.",
        hint: "add the words of other sheets of the same key",
    }

    KeyWithoutPassphrase {
        code: "key_without_passphrase",
        exit: [NotVerified],
        cause: "The private key has no passphrase: whoever has the file opens every kit made for \
            it, and sheets prove nothing about it. It is not the file that `keygen --split` wrote, \
            or somebody took its passphrase off.",
        remedy: "Name the copy that was made with the sheets. Look for where this one came from, \
            and who could read it.",
        hint: "name the copy that `keygen --split` wrote",
    }

    SheetsWrong {
        code: "sheets_wrong",
        exit: [NotVerified],
        cause: "Each sheet is whole by itself, but together they give no passphrase: one of them \
            was made with other numbers. It is not a slip of the pen, which the words themselves \
            would show.",
        remedy: "Leave one sheet out after the other and put another in its place, to find the \
            wrong one. `lifeboat key join --key PEM` without `--out` proves a set of sheets.",
        hint: "leave one sheet out after the other and put another in its place, to find the wrong one",
    }
}

impl From<WordsError> for Failure {
    fn from(error: WordsError) -> Self {
        Self::new(Sheets::SheetWords, error)
    }
}

impl From<SplitError> for Failure {
    fn from(error: SplitError) -> Self {
        match error {
            SplitError::Other(_) | SplitError::Twice(_) | SplitError::Join(JoinError::Unfit) => {
                Self::new(Sheets::SheetOther, error)
            }
            SplitError::TooFew { .. } => Self::new(Sheets::SheetsTooFew, error),
            SplitError::Join(JoinError::Digest) => Self::new(Sheets::SheetsWrong, error),
            SplitError::Numbers | SplitError::Proof => Self::new(Keys::KeyProofFailed, error),
        }
    }
}
