//! Records read one by one out of a file of any size, in any of their three shapes (FORMATS.md §10).
//!
//! One reader for everybody: it reads what the published tools and other programs made of records, and says of each whether
//! it is byte for byte what `derive` writes. Who needs that, such as `seal` and `merge`, asks for it.

use std::io::BufRead;

use super::{
    json_records::JsonRecords,
    read_record::Wanted,
    record::{Record, RecordFormat},
    row_records::RowRecords,
};
pub use super::{
    read_record::{ReadRecord, Reading},
    record_error::RecordError,
};
use crate::formats::encoding::byte_order_mark::BYTE_ORDER_MARK;
use crate::formats::{
    encoding::beginning::{Begun, begun, start},
    sealed::age::looks_age,
    wallets::wallet_id::{WalletId, is_canonical_uuid},
};

/// Reads records one by one.
pub struct RecordReader<R> {
    records: Records<R>,
    is_strict: bool,
    format: RecordFormat,
    /// Whether a byte order mark or blanks was before everything.
    is_indented: bool,
    is_empty: bool,
    /// The first line that is not as `derive` writes it.
    foreign_line: Option<u64>,
}

enum Records<R> {
    Json(JsonRecords<Begun<R>>),
    Rows(RowRecords<Begun<R>>),
}

/// Whether a text begins like a file of records; 64 bytes are enough to tell.
#[must_use]
pub fn looks_records(start: &[u8]) -> bool {
    let is_member = |rest: &[u8]| {
        rest.starts_with(b"}\n")
            || rest.starts_with(b"\"") && rest.get(1..37).is_some_and(is_canonical_uuid)
    };
    // What follows the id tells records from full keys, which begin with one, too.
    let is_line = |rest: &[u8]| {
        rest.get(..36).is_some_and(is_canonical_uuid)
            && rest
                .get(36..)
                .is_some_and(|rest| rest.starts_with(b"\",\"chaincode"))
    };
    start.strip_prefix(b"{\"walletId\":\"").is_some_and(is_line)
        || start.starts_with(RecordFormat::Csv.header().as_bytes())
        || start.strip_prefix(b"{\n").is_some_and(is_member)
}

/// Whether a text that begins with a quote is a row of quoted fields, and not JSON as a string.
fn is_quoted_header(text: &[u8]) -> bool {
    let mut fields = text.splitn(3, |byte| *byte == b'"').skip(2);
    fields
        .next()
        .is_some_and(|rest| rest.starts_with(b",") || rest.starts_with(b";"))
}

impl<R: BufRead> RecordReader<R> {
    /// Reads the beginning and with it the format.
    ///
    /// # Errors
    /// [`RecordError::NotRecords`] for anything else than a file of records, [`RecordError::Age`], and where anything is
    /// read, [`RecordError::Field`] with what is missing.
    pub fn begin(input: R, reading: Reading) -> Result<Self, RecordError> {
        let mut input = begun(input)?;
        if looks_age(start(&input)) {
            return Err(RecordError::Age);
        }
        let is_marked = start(&input).starts_with(BYTE_ORDER_MARK);
        if is_marked {
            input.consume(BYTE_ORDER_MARK.len());
        }
        let text = start(&input).strip_prefix(BYTE_ORDER_MARK);
        let text = text.unwrap_or(start(&input));
        let trimmed = text.trim_ascii_start();
        let is_indented = is_marked || trimmed.len() < text.len();

        let format = match trimmed {
            [b'{', ..] if trimmed.starts_with(b"{\"walletId\":") => RecordFormat::Ndjson,
            [b'{', ..] => RecordFormat::Json,
            [b'[', ..] if reading == Reading::Anything => RecordFormat::Json,
            [b'"', ..] if reading == Reading::Anything && !is_quoted_header(trimmed) => {
                RecordFormat::Json
            }
            _ => RecordFormat::Csv,
        };
        if reading == Reading::AsWritten && !begins_as_written(format, text) {
            return Err(RecordError::NotRecords);
        }
        let records = match format {
            RecordFormat::Csv => match RowRecords::begin(input, reading) {
                // A file without the columns is none of records.
                Err(RecordError::Field(_)) if reading != Reading::Anything => {
                    return Err(RecordError::NotRecords);
                }
                rows => Records::Rows(rows?),
            },
            _ => Records::Json(JsonRecords::new(input, reading)),
        };

        let mut reader = Self {
            records,
            is_strict: false,
            format,
            is_indented,
            is_empty: true,
            foreign_line: None,
        };
        if reading == Reading::AsWritten {
            reader.only_as_written()?;
        }
        Ok(reader)
    }

    /// From now on whatever is not as `derive` writes it is an error. To be called before the first record is read.
    ///
    /// # Errors
    /// [`RecordError::NotRecords`] where the beginning is not.
    pub fn only_as_written(&mut self) -> Result<(), RecordError> {
        let is_header = match &self.records {
            Records::Rows(rows) => rows.begins_as_written(),
            Records::Json(_) => true,
        };
        if self.is_indented || !is_header {
            return Err(RecordError::NotRecords);
        }
        self.is_strict = true;
        Ok(())
    }

    /// The shape of the file.
    #[must_use]
    pub fn format(&self) -> RecordFormat {
        self.format
    }

    /// Whether everything that was read is byte for byte what `derive` writes. At the end, whether the file is.
    #[must_use]
    pub fn is_as_written(&self) -> bool {
        self.foreign_line.is_none() && !self.is_indented
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// [`RecordError`], naming the line.
    pub fn next_record(&mut self) -> Result<Option<ReadRecord>, RecordError> {
        self.next_of(&mut |_| true)
    }

    /// The next record as `derive` writes it; `None` at the end.
    ///
    /// # Errors
    /// [`RecordError`], naming the line.
    pub fn next_written(&mut self) -> Result<Option<Record>, RecordError> {
        Ok(self.next_record()?.map(|found| found.record))
    }

    /// The next record of a wallet that is wanted; the others are not looked into.
    ///
    /// # Errors
    /// [`RecordError`], naming the line.
    pub fn next_wanted(
        &mut self,
        mut wanted: impl FnMut(&WalletId) -> bool,
    ) -> Result<Option<ReadRecord>, RecordError> {
        self.next_of(&mut wanted)
    }

    fn next_of(&mut self, wanted: &mut Wanted<'_>) -> Result<Option<ReadRecord>, RecordError> {
        let found = match &mut self.records {
            Records::Json(records) => records.next(wanted),
            Records::Rows(records) => records.next(wanted),
        };
        let found = found.map_err(|error| match error {
            RecordError::Field(_) if self.is_strict => RecordError::BadLine(self.line()),
            error => error,
        })?;

        let foreign_line = match &found {
            Some(found) => {
                self.is_empty = false;
                found.foreign_line
            }
            None => self.foreign_end()?,
        };
        match (foreign_line, self.is_strict) {
            (Some(line), true) => Err(RecordError::BadLine(line)),
            (line, _) => {
                self.foreign_line = self.foreign_line.or(line);
                Ok(found)
            }
        }
    }

    /// The line at the end of the file on which it does not end as `derive` ends it.
    fn foreign_end(&self) -> Result<Option<u64>, RecordError> {
        let (is_whole, is_cut) = match &self.records {
            Records::Json(records) => {
                let footer = match self.format {
                    RecordFormat::Json if self.is_empty => "{\n}\n",
                    RecordFormat::Json => self.format.footer(),
                    _ => "\n",
                };
                let rest = records.rest();
                let is_cut = rest.len() < footer.len() && footer.as_bytes().starts_with(rest);
                (rest == footer.as_bytes(), is_cut)
            }
            Records::Rows(rows) => {
                if let Some(line) = rows.blank_line() {
                    return Ok(Some(line));
                }
                (!rows.is_cut(), rows.is_cut())
            }
        };
        if is_cut && self.is_strict {
            return Err(RecordError::CutOff(self.line()));
        }
        Ok((!is_whole).then(|| self.line()))
    }

    fn line(&self) -> u64 {
        match &self.records {
            Records::Json(records) => records.line(),
            Records::Rows(records) => records.line(),
        }
    }
}

fn begins_as_written(format: RecordFormat, text: &[u8]) -> bool {
    let begin: &[u8] = match format {
        RecordFormat::Json => b"{\n",
        RecordFormat::Ndjson => b"{\"walletId\":",
        RecordFormat::Csv => RecordFormat::Csv.header().as_bytes(),
    };
    text.starts_with(begin)
}
