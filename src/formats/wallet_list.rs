//! Wallet lists: ids as text, CSV or NDJSON, read one at a time with their lines (FORMATS.md §11).

use std::io::{BufRead, Read};

use super::{
    printable,
    wallet_id::{WalletId, WalletIdFault},
};

/// Longest line accepted, in bytes.
pub const MAX_LINE: u64 = 64 << 10;

const COLUMNS: [&str; 3] = ["wallet id", "walletid", "wallet_id"];

/// One id that was read, or what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The line it stands on, from 1.
    pub line: u64,
    /// The id.
    pub id: Result<WalletId, WalletIdFault>,
}

/// Why a list cannot be read further.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Two bytes a character: what some Windows programs save as "Unicode".
    #[error("the wallet list is in UTF-16, expected UTF-8")]
    Utf16,
    /// A header without a column of wallet ids.
    #[error("the CSV header has no column `Wallet Id`, `walletId` or `wallet_id`")]
    NoColumn,
    /// Several columns and no header.
    #[error("the list has several columns and no header with `Wallet Id`, `walletId` or `wallet_id`")]
    NoHeader,
    /// A JSON array or document where one object a line is expected.
    #[error("the list is a JSON document, expected one id or one JSON object a line")]
    JsonDocument,
    /// A line over [`MAX_LINE`].
    #[error("line {0} is longer than {kib} KiB", kib = MAX_LINE >> 10)]
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
            Self::LongLine(_) => "list_long_line",
            Self::Io(_) => "read_failed",
        }
    }
}

/// Reads ids from a list, whichever of the three shapes it has.
pub struct WalletList<R> {
    input: R,
    shape: Option<Shape>,
    line: u64,
    buffer: Vec<u8>,
    /// Blank lines seen that count only when an id follows.
    blanks: std::collections::VecDeque<u64>,
    pending: Option<Listed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One id a line.
    Text,
    /// CSV; the id stands in this column, from 0.
    Csv(usize),
    /// One JSON object a line.
    Ndjson,
}

impl<R: BufRead> WalletList<R> {
    /// Begins to read a list.
    pub fn new(input: R) -> Self {
        Self { input, shape: None, line: 0, buffer: Vec::new(), blanks: Default::default(), pending: None }
    }

    /// Begins to read ids that were given one by one: each line is an id, whatever it looks like.
    pub fn of_arguments(input: R) -> Self {
        Self { shape: Some(Shape::Text), ..Self::new(input) }
    }

    /// The next id and its line; `None` at the end. Blank lines at the end of the list are passed over.
    ///
    /// # Errors
    /// [`ListError`] when the list as a whole cannot be read; a bad id is no error here but a [`Listed`].
    pub fn next_id(&mut self) -> Result<Option<Listed>, ListError> {
        if let Some(listed) = self.take_waiting() {
            return Ok(Some(listed));
        }
        while self.read_line()? {
            let Some(id) = self.id_of_line()? else { continue };
            let listed = Listed { line: self.line, id };
            if listed.id == Err(WalletIdFault::Empty) {
                self.blanks.push_back(self.line);
                continue;
            }
            if self.blanks.is_empty() {
                return Ok(Some(listed));
            }
            self.pending = Some(listed);
            return Ok(self.take_waiting());
        }
        Ok(None)
    }

    fn take_waiting(&mut self) -> Option<Listed> {
        self.pending.as_ref()?;
        let blank = self.blanks.pop_front().map(|line| Listed { line, id: Err(WalletIdFault::Empty) });
        blank.or_else(|| self.pending.take())
    }

    /// The id on the line just read; `None` for a header.
    fn id_of_line(&mut self) -> Result<Option<Result<WalletId, WalletIdFault>>, ListError> {
        let text = self.buffer.trim_ascii();
        let shape = match self.shape {
            Some(shape) => shape,
            None if text.is_empty() => return Ok(Some(Err(WalletIdFault::Empty))),
            None => {
                let (shape, is_header) = shape_of(text)?;
                self.shape = Some(shape);
                if is_header {
                    self.blanks.clear();
                    return Ok(None);
                }
                shape
            }
        };
        Ok(Some(match shape {
            Shape::Text => WalletId::parse(text),
            Shape::Csv(_) if text.is_empty() => Err(WalletIdFault::Empty),
            Shape::Csv(column) => field_of(text, column).map_or(Err(WalletIdFault::Empty), |id| WalletId::parse(&id)),
            Shape::Ndjson => id_of_object(text),
        }))
    }

    fn read_line(&mut self) -> Result<bool, ListError> {
        self.buffer.clear();
        let read = self.input.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(false);
        }
        self.line += 1;
        if read as u64 > MAX_LINE {
            return Err(ListError::LongLine(self.line));
        }
        if self.line == 1 {
            if self.buffer.starts_with(b"\xff\xfe") || self.buffer.starts_with(b"\xfe\xff") || self.buffer.contains(&0)
            {
                return Err(ListError::Utf16);
            }
            if self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.buffer.drain(..3);
            }
        }
        Ok(true)
    }
}

/// The shape that the first line with content shows, and whether that line is a header.
fn shape_of(first: &[u8]) -> Result<(Shape, bool), ListError> {
    match first.first() {
        Some(b'[') => return Err(ListError::JsonDocument),
        Some(b'{') if !first.ends_with(b"}") => return Err(ListError::JsonDocument),
        // A brace may also open a braced UUID.
        Some(b'{') if first.contains(&b':') => return Ok((Shape::Ndjson, false)),
        _ => {}
    }
    let fields = fields_of(first);
    if let Some(column) = fields.iter().position(|field| is_column_name(field)) {
        return Ok((Shape::Csv(column), true));
    }
    match fields.as_slice() {
        [only] if only.as_slice() != first => Ok((Shape::Csv(0), false)),
        [] | [_] => Ok((Shape::Text, false)),
        [several, ..] if WalletId::parse(several).is_ok() => Err(ListError::NoHeader),
        _ => Err(ListError::NoColumn),
    }
}

fn is_column_name(field: &[u8]) -> bool {
    let name = field.trim_ascii().to_ascii_lowercase();
    COLUMNS.iter().any(|column| column.as_bytes() == name)
}

fn field_of(line: &[u8], column: usize) -> Option<Vec<u8>> {
    fields_of(line).into_iter().nth(column)
}

fn fields_of(line: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line);
    let record = reader.byte_records().next().and_then(Result::ok);
    record.map_or_else(Vec::new, |record| record.iter().map(<[u8]>::to_vec).collect())
}

fn id_of_object(line: &[u8]) -> Result<WalletId, WalletIdFault> {
    if line.is_empty() {
        return Err(WalletIdFault::Empty);
    }
    let value: serde_json::Value =
        serde_json::from_slice(line).map_err(|_| WalletIdFault::NotUuid("(not a JSON object)".to_owned()))?;
    match value.get("walletId") {
        Some(serde_json::Value::String(id)) => WalletId::parse(id.as_bytes()),
        Some(other) => Err(WalletIdFault::NotUuid(printable(&other.to_string()))),
        None => Err(WalletIdFault::NotUuid("(no field `walletId`)".to_owned())),
    }
}
