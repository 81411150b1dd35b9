//! Wallet lists: ids as text, CSV or NDJSON, cut into blocks of whole lines that can be read side by side
//! (FORMATS.md §11).

use std::io::Read;

use super::wallet_id::{WalletId, WalletIdFault};
use crate::crypto::server_share::WALLET_ID_LENGTH;

/// Longest line accepted, in bytes.
pub const MAX_LINE: usize = 64 << 10;

/// Bytes read at once: what is written of them still fits a core's cache.
const BLOCK: usize = 32 << 10;
const COLUMNS: [&str; 3] = ["wallet id", "walletid", "wallet_id"];

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Two bytes a character: what some Windows programs save as "Unicode".
    #[error("the wallet list is in UTF-16, expected UTF-8")]
    Utf16,
    /// A header without a column of wallet ids.
    #[error("the CSV header has no column `Wallet Id`, `walletId` or `wallet_id`")]
    NoColumn,
    /// Several columns and no header.
    #[error(
        "the list has several columns and no header with `Wallet Id`, `walletId` or `wallet_id`"
    )]
    NoHeader,
    /// A JSON array or document where one object a line is expected.
    #[error("the list is a JSON document, expected one id or one JSON object a line")]
    JsonDocument,
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

impl ListError {
    /// Stable identifier for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Utf16 => "list_utf16",
            Self::NoColumn | Self::NoHeader => "list_no_column",
            Self::JsonDocument => "list_json_document",
            Self::Key => "list_is_key",
            Self::LongLine(_) => "list_long_line",
            Self::Io(_) => "read_failed",
        }
    }
}

/// How ids stand in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One id a line, in quotes or not.
    Text,
    /// CSV; the id stands in this column, from 0.
    Csv(usize),
    /// One JSON object a line.
    Ndjson,
}

/// Whole lines of a list.
pub struct Block {
    shape: Shape,
    /// Lines before the first of this block that belong to no block: those up to a header.
    pub lines_before: u64,
    bytes: Vec<u8>,
}

/// What stands on one line of a block.
pub struct Listed {
    /// The line, from 0 at the block's start.
    pub line: u64,
    /// The id, or why it is none.
    pub id: Result<WalletId, WalletIdFault>,
    /// Whether nothing stands on the line at all, as at the end of many lists.
    pub blank: bool,
}

impl Block {
    /// Hands over what stands on each line; returns how many lines there are.
    pub fn each(&self, mut take: impl FnMut(Listed)) -> u64 {
        let mut line = 0;
        for text in self.bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = text.trim_ascii();
            let (id, blank) = match self.shape {
                Shape::Text => (WalletId::parse(unquoted(text)), text.is_empty()),
                Shape::Ndjson => (id_of_object(text), text.is_empty()),
                Shape::Csv(column) => id_of_row(text, column),
            };
            take(Listed { line, id, blank });
            line += 1;
        }
        line
    }

    /// An upper bound of the ids in this block.
    #[must_use]
    pub fn most_ids(&self) -> usize {
        self.bytes.len() / WALLET_ID_LENGTH + 1
    }

    /// A checksum of the text, to notice a list that changes between two readings.
    #[must_use]
    pub fn checksum(&self) -> u32 {
        crc32fast::hash(&self.bytes)
    }
}

/// Cuts a list into blocks. The same list is always cut in the same way.
pub struct WalletList<R> {
    input: R,
    shape: Option<Shape>,
    carry: Vec<u8>,
    /// Lines handed over so far.
    lines: u64,
    ended: bool,
}

impl<R: Read> WalletList<R> {
    /// Begins to read a list.
    pub fn new(input: R) -> Self {
        Self {
            input,
            shape: None,
            carry: Vec::new(),
            lines: 0,
            ended: false,
        }
    }

    /// Begins to read ids that were given one by one: each line is an id, whatever it looks like.
    pub fn of_arguments(input: R) -> Self {
        Self {
            shape: Some(Shape::Text),
            ..Self::new(input)
        }
    }

    /// The next whole lines; `None` at the end.
    ///
    /// # Errors
    /// [`ListError`] when the list as a whole cannot be read; a bad id is no error here but a [`Listed`].
    pub fn next_block(&mut self) -> Result<Option<Block>, ListError> {
        loop {
            let Some(mut bytes) = self.next_lines()? else {
                return Ok(None);
            };
            let Some(shape) = self.shape else {
                let before = self.begin(&mut bytes)?;
                match self.shape {
                    Some(shape) => {
                        return Ok(Some(Block {
                            shape,
                            lines_before: before,
                            bytes,
                        }));
                    }
                    // Nothing but blank lines so far: keep them in front of what follows.
                    None if self.ended => return Ok(None),
                    None => {
                        bytes.append(&mut self.carry);
                        self.carry = bytes;
                        continue;
                    }
                }
            };
            return Ok(Some(Block {
                shape,
                lines_before: 0,
                bytes,
            }));
        }
    }

    /// Finds the shape on the first line with content, and takes a header off. Returns the lines taken off.
    fn begin(&mut self, bytes: &mut Vec<u8>) -> Result<u64, ListError> {
        if bytes.starts_with(b"\xff\xfe")
            || bytes.starts_with(b"\xfe\xff")
            || bytes.iter().take(64).any(|b| *b == 0)
        {
            return Err(ListError::Utf16);
        }
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        let (mut end, mut lines) = (0, 0);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            end += line.len();
            lines += 1;
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let (shape, is_header) = shape_of(text)?;
            self.shape = Some(shape);
            if !is_header {
                return Ok(0);
            }
            bytes.drain(..end);
            return Ok(lines);
        }
        Ok(0)
    }

    /// Reads about a block's worth, up to the last line end.
    fn next_lines(&mut self) -> Result<Option<Vec<u8>>, ListError> {
        let mut bytes = std::mem::take(&mut self.carry);
        bytes.reserve(BLOCK);
        while !self.ended {
            let read = self
                .input
                .by_ref()
                .take(BLOCK as u64)
                .read_to_end(&mut bytes)?;
            self.ended = read < BLOCK;
            if let Some(end) = memchr::memrchr(b'\n', &bytes)
                .map(|end| end + 1)
                .filter(|_| !self.ended)
            {
                self.carry = bytes.split_off(end);
                self.lines += memchr::memchr_iter(b'\n', &bytes).count() as u64;
                return Ok(Some(bytes));
            }
            if bytes.len() > 2 * MAX_LINE {
                return Err(ListError::LongLine(self.lines + 1));
            }
        }
        Ok((!bytes.is_empty()).then_some(bytes))
    }
}

/// The shape that the first line with content shows, and whether that line is a header.
fn shape_of(first: &[u8]) -> Result<(Shape, bool), ListError> {
    match first.first() {
        Some(b'-') if first.starts_with(b"-----BEGIN") => return Err(ListError::Key),
        Some(b'[') => return Err(ListError::JsonDocument),
        // A brace may also open a braced UUID.
        Some(b'{') if first.contains(&b':') && first.ends_with(b"}") => {
            return Ok((Shape::Ndjson, false));
        }
        Some(b'{') if !first.ends_with(b"}") => return Err(ListError::JsonDocument),
        _ => {}
    }
    let fields = fields_of(first);
    if let Some(column) = fields.iter().position(|field| is_column_name(field)) {
        return Ok((Shape::Csv(column), true));
    }
    match fields.as_slice() {
        [] | [_] => Ok((Shape::Text, false)),
        several if several.iter().any(|field| WalletId::parse(field).is_ok()) => {
            Err(ListError::NoHeader)
        }
        _ => Err(ListError::NoColumn),
    }
}

fn is_column_name(field: &[u8]) -> bool {
    let name = field.trim_ascii().to_ascii_lowercase();
    COLUMNS.iter().any(|column| column.as_bytes() == name)
}

fn fields_of(line: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(line);
    let record = reader.byte_records().next().and_then(Result::ok);
    record.map_or_else(Vec::new, |record| {
        record.iter().map(<[u8]>::to_vec).collect()
    })
}

/// The id in a column of a CSV row, and whether the row is empty. A quoted field must end on its line: one that someone
/// left open would swallow the rows after it.
fn id_of_row(row: &[u8], column: usize) -> (Result<WalletId, WalletIdFault>, bool) {
    if !row.contains(&b'"') {
        let blank = row
            .iter()
            .all(|byte| *byte == b',' || byte.is_ascii_whitespace());
        let field = row.split(|byte| *byte == b',').nth(column);
        return (
            field.map_or(Err(WalletIdFault::Empty), WalletId::parse),
            blank,
        );
    }
    if row.iter().filter(|byte| **byte == b'"').count() % 2 == 1 {
        return (Err(WalletIdFault::OpenQuote), false);
    }
    let fields = fields_of(row);
    let blank = fields.iter().all(|field| field.trim_ascii().is_empty());
    (
        fields
            .get(column)
            .map_or(Err(WalletIdFault::Empty), |field| WalletId::parse(field)),
        blank,
    )
}

fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""))
        .unwrap_or(text)
}

fn id_of_object(line: &[u8]) -> Result<WalletId, WalletIdFault> {
    if line.is_empty() {
        return Err(WalletIdFault::Empty);
    }
    let value: serde_json::Value = serde_json::from_slice(line)
        .map_err(|_| WalletIdFault::NotUuid("(not a JSON object)".to_owned()))?;
    match value.get("walletId") {
        Some(serde_json::Value::String(id)) => WalletId::parse(id.as_bytes()),
        Some(_) => Err(WalletIdFault::NotUuid("(not a string)".to_owned())),
        None => Err(WalletIdFault::NotUuid("(no field `walletId`)".to_owned())),
    }
}
