//! Result files read back record by record, as [`super::record`] writes them (FORMATS.md §10).
//!
//! Strict: a file that someone has edited or reformatted is refused, with the line.

use std::{collections::HashSet, io::BufRead};

use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use super::record::{CosignerShares, Record, RecordFormat, read_hex};
use crate::crypto::secret::Wiped;
use crate::formats::{
    encoding::{
        beginning::{Begun, begun, start},
        json::parse_uuid,
    },
    sealed::age::looks_age,
    wallets::{
        algorithm::Algorithm,
        wallet_id::{WalletId, is_canonical_uuid},
    },
};

/// Longest line accepted, in bytes.
const MAX_LINE: usize = 1 << 20;

/// Most cosigners of a record in rows: as a JSON object it is still well below [`MAX_LINE`], sealed or not. Kits have 64.
const MAX_COSIGNERS: usize = 2048;

/// Why a result file cannot be read further.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not a result file at all.
    #[error("not a file of records as `derive` writes them")]
    NotRecords,
    /// A file of age.
    #[error("an age file, which opens only as a whole")]
    Age,
    /// A line that is no record.
    #[error("line {0} is not a record as `derive` writes it")]
    BadLine(u64),
    /// One JSON object that holds a wallet twice: its readers take the last and forget the first.
    #[error("wallet `{0}` stands in the file more than once")]
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

/// Reads a result file record by record.
pub struct RecordLines<R> {
    input: Begun<R>,
    format: RecordFormat,
    line: u64,
    buffer: Zeroizing<Vec<u8>>,
    /// CSV: the first row of the next record, already read.
    ahead: Option<Row>,
    ended: bool,
    /// JSON: whether the member before ended with a comma, where there was one.
    comma: Option<bool>,
    /// JSON: the wallets so far.
    seen: HashSet<u128>,
}

/// Whether a text begins like a file of records; 64 bytes are enough to tell.
#[must_use]
pub fn looks_records(start: &[u8]) -> bool {
    let is_member = |rest: &[u8]| {
        rest.starts_with(b"}\n")
            || rest.starts_with(b"\"") && rest.get(1..37).is_some_and(is_canonical_uuid)
    };
    start.starts_with(b"{\"walletId\":\"")
        || start.starts_with(RecordFormat::Csv.header().as_bytes())
        || start.strip_prefix(b"{\n").is_some_and(is_member)
}

struct Row {
    wallet_id: WalletId,
    chain_code: Wiped<32>,
    cosigner: Uuid,
    algorithm: Algorithm,
    share: Wiped<32>,
}

impl<R: BufRead> RecordLines<R> {
    /// Reads the first line and with it the format.
    ///
    /// # Errors
    /// [`RecordError::NotRecords`] for anything else than a result file.
    pub fn begin(input: R) -> Result<Self, RecordError> {
        let input = begun(input)?;
        let start = start(&input);
        let csv = RecordFormat::Csv.header().as_bytes();
        let format = if start.starts_with(b"{\"walletId\":") {
            RecordFormat::Ndjson
        } else if start.starts_with(b"{\n") {
            RecordFormat::Json
        } else if start.starts_with(csv) {
            RecordFormat::Csv
        } else if looks_age(start) {
            return Err(RecordError::Age);
        } else {
            return Err(RecordError::NotRecords);
        };
        let mut lines = Self {
            input,
            format,
            line: 0,
            buffer: Zeroizing::new(Vec::with_capacity(4096)),
            ahead: None,
            ended: false,
            comma: None,
            seen: HashSet::new(),
        };
        if format != RecordFormat::Ndjson {
            lines.read_line()?;
        }
        Ok(lines)
    }

    /// The shape of the file.
    #[must_use]
    pub fn format(&self) -> RecordFormat {
        self.format
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// [`RecordError`], naming the line.
    pub fn next_record(&mut self) -> Result<Option<Record>, RecordError> {
        match self.format {
            RecordFormat::Ndjson => self.next_line(),
            RecordFormat::Json => self.next_member(),
            RecordFormat::Csv => self.next_rows(),
        }
    }

    fn next_line(&mut self) -> Result<Option<Record>, RecordError> {
        if !self.read_line()? {
            return Ok(None);
        }
        let line = self
            .buffer
            .strip_suffix(b"\n")
            .ok_or(RecordError::CutOff(self.line))?;
        Record::parse_object(line)
            .map(Some)
            .ok_or(RecordError::BadLine(self.line))
    }

    /// `"<wallet id>":{…}` and a comma, but for the last.
    fn next_member(&mut self) -> Result<Option<Record>, RecordError> {
        if !self.read_line()? {
            return if self.ended {
                Ok(None)
            } else {
                Err(RecordError::CutOff(self.line))
            };
        }
        let bad = RecordError::BadLine(self.line);
        if self.buffer.as_slice() == b"}\n" && !self.ended && self.comma != Some(true) {
            self.ended = true;
            return self.next_member();
        }
        if self.ended || self.comma == Some(false) {
            return Err(bad);
        }
        let line = self
            .buffer
            .strip_suffix(b"\n")
            .ok_or(RecordError::CutOff(self.line))?;
        let comma = line.ends_with(b",");
        let line = line.strip_suffix(b",").unwrap_or(line);
        let Some((id, body)) = line
            .split_at_checked(38)
            .filter(|(_, body)| body.starts_with(b":{"))
        else {
            return Err(bad);
        };
        let mut object = Zeroizing::new(Vec::with_capacity(line.len() + 16));
        object.extend_from_slice(b"{\"walletId\":");
        object.extend_from_slice(id);
        object.push(b',');
        object.extend_from_slice(body.get(2..).unwrap_or_default());
        let record = Record::parse_object(&object).ok_or(bad)?;
        self.comma = Some(comma);
        if !self.seen.insert(record.wallet_id.as_u128()) {
            return Err(RecordError::Twice(record.wallet_id));
        }
        Ok(Some(record))
    }

    /// Rows of one wallet until another wallet, or a share that the record has already.
    fn next_rows(&mut self) -> Result<Option<Record>, RecordError> {
        let first = match self.ahead.take() {
            Some(row) => row,
            None => match self.next_row()? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        let mut record = Record {
            wallet_id: first.wallet_id,
            chain_code: first.chain_code.duplicate(),
            shares: Vec::new(),
        };
        add_row(&mut record, first);
        while let Some(row) = self.next_row()? {
            let other = row.wallet_id != record.wallet_id || has_share(&record, &row);
            if other {
                self.ahead = Some(row);
                break;
            }
            // The rows of one cosigner stand together, and all rows of a wallet have its chain code.
            let last = record.shares.last().map(|shares| shares.cosigner);
            let known = record
                .shares
                .iter()
                .any(|shares| shares.cosigner == row.cosigner);
            let is_full = !known && record.shares.len() == MAX_COSIGNERS;
            if !row.chain_code.same_as(&record.chain_code)
                || (known && last != Some(row.cosigner))
                || is_full
            {
                return Err(RecordError::BadLine(self.line));
            }
            add_row(&mut record, row);
        }
        Ok(Some(record))
    }

    fn next_row(&mut self) -> Result<Option<Row>, RecordError> {
        if !self.read_line()? {
            return Ok(None);
        }
        let line = self
            .buffer
            .strip_suffix(b"\n")
            .ok_or(RecordError::CutOff(self.line))?;
        parse_row(line)
            .map(Some)
            .ok_or(RecordError::BadLine(self.line))
    }

    fn read_line(&mut self) -> Result<bool, RecordError> {
        self.buffer.zeroize();
        let mut limited = std::io::Read::take(&mut self.input, MAX_LINE as u64);
        let read = limited.read_until(b'\n', &mut self.buffer)?;
        self.line += u64::from(read > 0);
        if read == MAX_LINE && !self.buffer.ends_with(b"\n") {
            return Err(RecordError::BadLine(self.line));
        }
        Ok(read > 0)
    }
}

fn parse_row(line: &[u8]) -> Option<Row> {
    let mut fields = std::str::from_utf8(line).ok()?.split(',');
    let row = Row {
        wallet_id: WalletId::parse(fields.next()?.as_bytes()).ok()?,
        chain_code: read_hex(fields.next()?)?,
        cosigner: parse_uuid(fields.next()?)?,
        algorithm: Algorithm::from_name(fields.next()?)?,
        share: read_hex(fields.next()?)?,
    };
    fields.next().is_none().then_some(row)
}

fn has_share(record: &Record, row: &Row) -> bool {
    let cosigner = record
        .shares
        .iter()
        .find(|shares| shares.cosigner == row.cosigner);
    cosigner.is_some_and(|cosigner| {
        cosigner
            .shares
            .iter()
            .any(|(algorithm, _)| *algorithm == row.algorithm)
    })
}

fn add_row(record: &mut Record, row: Row) {
    let share = (row.algorithm, row.share);
    match record
        .shares
        .iter_mut()
        .find(|shares| shares.cosigner == row.cosigner)
    {
        Some(cosigner) => cosigner.shares.push(share),
        None => record.shares.push(CosignerShares {
            cosigner: row.cosigner,
            shares: vec![share],
        }),
    }
}
