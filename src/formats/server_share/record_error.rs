//! Why a file of records cannot be read further (FORMATS.md §10).

use crate::formats::{encoding::field::FieldError, wallets::wallet_id::WalletId};

/// Why a file of records cannot be read further.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not a result file at all.
    #[error("not a file of records as `derive` writes them")]
    NotRecords,
    /// A file of age.
    #[error("an age file, which opens only as a whole")]
    Age,
    /// A line that is not written as `derive` writes it.
    #[error("line {0} is not a record as `derive` writes it")]
    BadLine(u64),
    /// A field of a record, or what is around records.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// One JSON object that holds a wallet twice: its readers take the last and forget the first.
    #[error("wallet `{0}` is in the file more than once")]
    Twice(WalletId),
    /// A record whose shares are not those of the others.
    #[error(
        "wallet `{0}` has other shares than the first record: a cosigner or an algorithm is missing or added"
    )]
    Uneven(WalletId),
    /// The end is missing.
    #[error("the file is cut off after line {0}")]
    CutOff(u64),
    /// The file could not be read.
    #[error("the records could not be read: {0}")]
    Io(#[from] std::io::Error),
}
