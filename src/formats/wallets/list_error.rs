//! Why a wallet list cannot be read (FORMATS.md §11).

use crate::formats::encoding::file_kind::Foreign;

/// Longest line accepted, in bytes.
pub const MAX_LINE: usize = 64 << 10;

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Two or four bytes a character: what some Windows programs save as "Unicode". Holds which.
    #[error("the wallet list is {0}, expected UTF-8")]
    Wide(&'static str),
    /// A file of another kind.
    #[error("the wallet list is {}, expected text", .0.name())]
    Foreign(Foreign),
    /// A header without a column of wallet ids.
    #[error("the CSV header has no column `Wallet Id`, `walletId` or `wallet_id`")]
    NoColumn,
    /// A header with several.
    #[error("the CSV header has two columns called `Wallet Id`, `walletId` or `wallet_id`")]
    TwoColumns,
    /// Several columns and no header.
    #[error(
        "the list has several columns and no header with `Wallet Id`, `walletId` or `wallet_id`"
    )]
    NoHeader,
    /// No JSON after all; holds the line.
    #[error("the list begins as JSON and breaks its rules on line {0}")]
    Json(u64),
    /// A JSON document without its end.
    #[error("the list is JSON that is cut off before its end")]
    JsonCut,
    /// A JSON document in which nothing says where ids are, or of which some objects have none.
    #[error("the list is JSON, and no member `walletId`, `wallet_id` or `Wallet Id` tells the ids")]
    JsonNoIds,
    /// An object with two ids; holds the line.
    #[error("an object on line {0} of the list has two members with a wallet id")]
    JsonTwoIds(u64),
    /// A JSON document with ids in two places.
    #[error("the list is JSON with wallet ids in two places, `{0}` and `{1}`")]
    JsonTwoPlaces(String, String),
    /// A key where a list belongs.
    #[error("the wallet list is a key file")]
    Key,
    /// A line over [`MAX_LINE`].
    #[error("line {0} of the wallet list is longer than {kib} KiB", kib = MAX_LINE >> 10)]
    LongLine(u64),
    /// The list could not be read.
    #[error("the wallet list could not be read: {0}")]
    Io(#[from] std::io::Error),
}
