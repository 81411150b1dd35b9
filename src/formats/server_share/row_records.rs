//! Records in rows, one share a row, taken out of a stream one by one (FORMATS.md §10).

use std::io::BufRead;

use uuid::Uuid;

use super::{
    digits::{parse_chain_code, parse_share},
    read_record::{ReadRecord, Reading, Wanted, parse_id, wiped},
    record::{CosignerShares, Record, RecordFormat, read_hex},
    record_error::RecordError,
};
use crate::crypto::secret::Wiped;
use crate::formats::{
    encoding::{
        json::{FieldError, FieldFault, parse_uuid},
        shown::shown_name,
        wiped_buffer::WipedBuffer,
    },
    wallets::{algorithm::Algorithm, wallet_id::WalletId},
};

/// Longest row accepted, in bytes.
const MAX_ROW: usize = 1 << 20;
/// Most cosigners of a record: as a JSON object it is still well below the longest record. Kits have 64.
const MAX_COSIGNERS: usize = 2048;

/// Reads records out of rows.
pub(super) struct RowRecords<R> {
    input: R,
    reading: Reading,
    separator: u8,
    columns: Columns,
    begins_as_written: bool,
    /// The row that was read last, with its line end.
    row: WipedBuffer,
    /// Its last line.
    line: u64,
    /// The first row of the next record.
    ahead: Option<Row>,
    /// The first blank line.
    blank_line: Option<u64>,
    /// Whether the last row had no line end.
    is_cut: bool,
}

/// Where the rows have what.
#[derive(Default)]
struct Columns {
    wallet: usize,
    chain_code: usize,
    cosigner: usize,
    algorithm: usize,
    share: usize,
    /// How many there are.
    count: usize,
}

struct Row {
    wallet_id: WalletId,
    chain_code: Wiped<32>,
    cosigner: Uuid,
    algorithm: Algorithm,
    share: Wiped<32>,
    is_short: bool,
    line: u64,
    /// Whether it is byte for byte as `derive` writes it.
    is_as_written: bool,
}

impl<R: BufRead> RowRecords<R> {
    /// Reads the header.
    pub(super) fn begin(input: R, reading: Reading) -> Result<Self, RecordError> {
        let mut rows = Self {
            input,
            reading,
            separator: b',',
            columns: Columns::default(),
            begins_as_written: false,
            row: WipedBuffer::default(),
            line: 0,
            ahead: None,
            blank_line: None,
            is_cut: false,
        };
        while rows.read_row()? && rows.row.bytes().trim_ascii().is_empty() {}
        if reading == Reading::Anything {
            rows.separator = separator(rows.row.bytes());
        }
        let header = rows.fields()?;
        rows.columns = Columns::of(&header)?;
        rows.begins_as_written = rows.row.bytes() == RecordFormat::Csv.header().as_bytes();
        Ok(rows)
    }

    /// Whether the header is as `derive` writes it.
    pub(super) fn begins_as_written(&self) -> bool {
        self.begins_as_written
    }

    /// The last line that was read, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Whether the last row had no line end.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The first line that is between the rows and holds nothing.
    pub(super) fn blank_line(&self) -> Option<u64> {
        self.blank_line
    }

    /// The next record of a wallet that is wanted: rows of one wallet until another wallet, or a share that the record has
    /// already.
    pub(super) fn next(
        &mut self,
        wanted: &mut Wanted<'_>,
    ) -> Result<Option<ReadRecord>, RecordError> {
        let first = match self.ahead.take() {
            Some(row) => row,
            None => match self.next_row(wanted)? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        let mut found = ReadRecord {
            record: Record {
                wallet_id: first.wallet_id,
                chain_code: first.chain_code.duplicate(),
                shares: Vec::new(),
            },
            short: Vec::new(),
            line: first.line,
            foreign_line: None,
        };
        add_row(&mut found, first);

        while let Some(row) = self.next_row(wanted)? {
            if row.wallet_id != found.record.wallet_id || has_share(&found.record, &row) {
                self.ahead = Some(row);
                break;
            }
            if !row.chain_code.same_as(&found.record.chain_code) {
                let fault = "differs from an earlier line of the wallet".to_owned();
                return Err(self.fault("chaincode", FieldFault::Value(fault)));
            }
            if found.record.shares.len() == MAX_COSIGNERS {
                let fault = format!("more than {MAX_COSIGNERS} cosigners of one wallet");
                return Err(self.fault("cosigner", FieldFault::Value(fault)));
            }
            add_row(&mut found, row);
        }
        Ok(Some(found))
    }

    fn next_row(&mut self, wanted: &mut Wanted<'_>) -> Result<Option<Row>, RecordError> {
        while self.read_row()? {
            if self.row.bytes().trim_ascii().is_empty() {
                self.blank_line.get_or_insert(self.line);
                continue;
            }
            // Only under this header do the fields are in this order.
            let may_be_written = self.begins_as_written && self.reading != Reading::Anything;
            let written = may_be_written.then(|| parse_row(self.row.bytes(), self.line));
            let row = match written.flatten() {
                Some(row) => wanted(&row.wallet_id).then_some(row),
                None => self.parse_loose(wanted)?,
            };
            if row.is_some() {
                return Ok(row);
            }
        }
        Ok(None)
    }

    /// Reads a row, which goes on over line ends in quotes; whether there is one.
    fn read_row(&mut self) -> Result<bool, RecordError> {
        self.row.wipe();
        loop {
            let read = self.row.push_line(&mut self.input, MAX_ROW + 1)?;
            if read > 0 {
                self.is_cut = !self.row.bytes().ends_with(b"\n");
                self.line += 1;
            }
            if self.row.bytes().len() > MAX_ROW {
                let fault = format!("more than {MAX_ROW} bytes, which no row has");
                return Err(self.fault("", FieldFault::Value(fault)));
            }
            let quotes = memchr::memchr_iter(b'"', self.row.bytes()).count();
            if read == 0 || quotes.is_multiple_of(2) {
                return Ok(!self.row.bytes().is_empty());
            }
        }
    }

    /// The fields of the row, blanks around them taken off.
    fn fields(&self) -> Result<csv::StringRecord, RecordError> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .trim(csv::Trim::All)
            .delimiter(self.separator)
            .from_reader(self.row.bytes());
        let mut fields = csv::StringRecord::new();
        match reader.read_record(&mut fields) {
            Ok(_) => Ok(fields),
            Err(_) => Err(self.fault("", FieldFault::Type("UTF-8 text"))),
        }
    }

    /// Reads a row in another spelling; `None` where its wallet is not wanted.
    fn parse_loose(&self, wanted: &mut Wanted<'_>) -> Result<Option<Row>, RecordError> {
        let fields = self.fields()?;
        let columns = &self.columns;
        if fields.len() != columns.count {
            let fault = FieldFault::Type("as many fields as the header has, in UTF-8");
            return Err(self.fault("", fault));
        }

        let field = |column: usize| fields.get(column).unwrap_or_default();
        let digits = |column: usize| self.reading.digits(field(column));
        let wallet_id = parse_id(field(columns.wallet));
        let wallet_id = wallet_id.map_err(|fault| self.fault("wallet_id", fault))?;
        if !wanted(&wallet_id) {
            return Ok(None);
        }

        let chain_code = parse_chain_code(digits(columns.chain_code));
        let chain_code = chain_code.map_err(|fault| self.fault("chaincode", fault))?;
        let cosigner = parse_uuid(field(columns.cosigner));
        let cosigner = cosigner.ok_or_else(|| self.fault("cosigner", FieldFault::Uuid))?;
        let name = field(columns.algorithm);
        let algorithm = self.reading.algorithm(name).ok_or_else(|| {
            let fault = format!("unknown algorithm `{}`", shown_name(name));
            self.fault("algorithm", FieldFault::Value(fault))
        })?;
        let share = parse_share(digits(columns.share));
        let (share, is_short) = share.map_err(|fault| self.fault("share", fault))?;

        Ok(Some(Row {
            wallet_id,
            chain_code: wiped(&chain_code),
            cosigner,
            algorithm,
            share: wiped(&share),
            is_short,
            line: self.line,
            is_as_written: false,
        }))
    }

    fn fault(&self, column: &str, fault: FieldFault) -> RecordError {
        fault_at(self.line, column, fault).into()
    }
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, FieldError> {
        let plain = |text: &str| text.replace(['_', ' ', '-'], "").to_ascii_lowercase();
        let find = |name: &str| {
            let mut fields = header.iter();
            let column = fields.position(|field| plain(field) == plain(name));
            column.ok_or_else(|| fault_at(1, name, FieldFault::Missing))
        };
        Ok(Self {
            wallet: find("wallet_id")?,
            chain_code: find("chaincode")?,
            cosigner: find("cosigner")?,
            algorithm: find("algorithm")?,
            share: find("share")?,
            count: header.len(),
        })
    }
}

/// The separator of a header: comma, semicolon, tab or bar, whichever is there most often.
fn separator(header: &[u8]) -> u8 {
    let count = |separator: u8| header.iter().filter(|byte| **byte == separator).count();
    [b'|', b'\t', b';', b',']
        .into_iter()
        .max_by_key(|separator| count(*separator))
        .unwrap_or(b',')
}

/// A row as `derive` writes it, with its line end or, at the end of the file, without.
fn parse_row(line: &[u8], number: u64) -> Option<Row> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let mut fields = std::str::from_utf8(line).ok()?.split(',');
    let row = Row {
        wallet_id: exact_id(fields.next()?)?,
        chain_code: read_hex(fields.next()?)?,
        cosigner: parse_uuid(fields.next()?)?,
        algorithm: Algorithm::from_name(fields.next()?)?,
        share: read_hex(fields.next()?)?,
        is_short: false,
        line: number,
        is_as_written: true,
    };
    fields.next().is_none().then_some(row)
}

/// A wallet id without blanks around it.
fn exact_id(text: &str) -> Option<WalletId> {
    let id = WalletId::parse(text.as_bytes()).ok()?;
    (id.as_str() == text).then_some(id)
}

fn has_share(record: &Record, row: &Row) -> bool {
    let of_cosigner = |shares: &&CosignerShares| shares.cosigner == row.cosigner;
    let cosigner = record.shares.iter().find(of_cosigner);
    cosigner.is_some_and(|cosigner| {
        let mut shares = cosigner.shares.iter();
        shares.any(|(algorithm, _)| *algorithm == row.algorithm)
    })
}

fn add_row(found: &mut ReadRecord, row: Row) {
    let shares = &mut found.record.shares;
    let last = shares.len().checked_sub(1);
    let known = shares
        .iter()
        .position(|known| known.cosigner == row.cosigner);
    // `derive` writes the rows of one cosigner together.
    if !row.is_as_written || known.is_some() && known != last {
        found.foreign_line.get_or_insert(row.line);
    }
    if row.is_short {
        found.short.push((row.cosigner, row.algorithm));
    }
    found.line = row.line;

    let share = (row.algorithm, row.share);
    match known.and_then(|known| shares.get_mut(known)) {
        Some(cosigner) => cosigner.shares.push(share),
        None => shares.push(CosignerShares {
            cosigner: row.cosigner,
            shares: vec![share],
        }),
    }
}

fn fault_at(line: u64, column: &str, fault: FieldFault) -> FieldError {
    FieldError {
        document: format!("line {line}"),
        path: column.to_owned(),
        fault,
    }
}
