//! Lists of addresses to compare with: our own CSV, or the provider's console's (FORMATS.md §18).

use std::collections::HashSet;

use super::{address_meaning::chain_of_asset, table::Chain};
use crate::formats::encoding::byte_order_mark::without_mark;
use crate::formats::{
    full_key::key_path::{KeyPath, PathError},
    printable,
};

/// A list of expected addresses.
pub struct AddressList {
    /// The rows of chains known here.
    pub rows: Vec<ListedAddress>,
    /// How many rows name another chain, or no path.
    pub others: u64,
    /// The assets of those rows, without repetition, the first few.
    pub other_assets: Vec<String>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAddress {
    /// Its line in the file.
    pub line: u64,
    /// The wallet or client, where the list has such a column; empty otherwise.
    pub wallet: String,
    /// The chain.
    pub chain: &'static Chain,
    /// The path.
    pub path: KeyPath,
    /// The address.
    pub address: String,
}

/// Why a list cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressListError {
    /// UTF-16, as spreadsheets save "Unicode text".
    #[error("the list is in UTF-16, expected UTF-8")]
    Utf16,
    /// A workbook or another archive.
    #[error("the list is a spreadsheet's own file (a zip archive), not CSV")]
    Workbook,
    /// Bytes that are no text.
    #[error("line {0}: not UTF-8 text")]
    NotText(u64),
    /// A column that is not there.
    #[error("line 1: no column `{0}`")]
    Column(&'static str),
    /// A row without an address.
    #[error("line {0}: no address")]
    NoAddress(u64),
    /// A path that is none.
    #[error("line {0}: {1}")]
    Path(u64, PathError),
    /// One row twice in a list of ours, which never has that.
    #[error("line {0}: wallet, chain, path and address is listed twice")]
    Twice(u64),
    /// A field in quotes that does not end on its line.
    #[error("line {0}: a field in quotes does not end on its line")]
    OpenQuote(u64),
    /// Nothing to compare with.
    #[error("no rows to compare with")]
    Empty,
}

/// Other chains that are named one by one.
const SHOWN: usize = 5;

/// Reads a list.
///
/// # Errors
/// [`AddressListError`].
pub fn read_address_list(bytes: &[u8]) -> Result<AddressList, AddressListError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(AddressListError::Utf16);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(AddressListError::Workbook);
    }
    let bytes = without_mark(bytes);
    if let Err(error) = std::str::from_utf8(bytes) {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        return Err(AddressListError::NotText(
            Lines::new(before).up_to(before.len()),
        ));
    }

    let mut lines = Lines::new(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(bytes))
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(bytes);
    let header = reader
        .headers()
        .map_err(|_| AddressListError::NotText(1))?
        .clone();
    let columns = Columns::of(&header)?;

    let mut list = AddressList {
        rows: Vec::new(),
        others: 0,
        other_assets: Vec::new(),
    };
    let mut seen = HashSet::new();
    for row in reader.records() {
        let row = row.map_err(|_| AddressListError::NotText(1))?;
        let start = row.position().map_or(0, csv::Position::byte);
        let line = lines.up_to(usize::try_from(start).unwrap_or(usize::MAX));
        // No address goes over two lines: a quote that is left open would swallow the rows after it.
        if row.iter().any(|field| field.contains(['\n', '\r'])) {
            return Err(AddressListError::OpenQuote(line));
        }
        list.take(&columns, &row, line, &mut seen)?;
    }

    if list.rows.is_empty() && list.others == 0 {
        return Err(AddressListError::Empty);
    }
    Ok(list)
}

struct Columns {
    chain: usize,
    path: usize,
    address: usize,
    wallet: Option<usize>,
    /// The console's list, in which tokens and accounts without paths are rows too.
    is_console: bool,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, AddressListError> {
        let plain = |text: &str| -> String {
            text.chars()
                .filter(|c| c.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect()
        };
        let column = |names: &[&str]| {
            header
                .iter()
                .position(|field| names.contains(&plain(field).as_str()))
        };

        let own = column(&["chain"]);
        Ok(Self {
            chain: own
                .or_else(|| column(&["asset", "assetid"]))
                .ok_or(AddressListError::Column("chain"))?,
            path: column(&["path", "hdpath", "derivationpath"])
                .ok_or(AddressListError::Column("path"))?,
            address: column(&["address"]).ok_or(AddressListError::Column("address"))?,
            wallet: column(&["walletid", "clientid"]),
            is_console: own.is_none(),
        })
    }
}

impl AddressList {
    fn take(
        &mut self,
        columns: &Columns,
        row: &csv::StringRecord,
        line: u64,
        seen: &mut HashSet<(String, &'static str, KeyPath, String)>,
    ) -> Result<(), AddressListError> {
        // Spreadsheets save the used range: rows of separators alone.
        if row.iter().all(str::is_empty) {
            return Ok(());
        }
        let field = |column: usize| unguarded(row.get(column).unwrap_or_default());

        let asset = field(columns.chain);
        let Some(chain) = chain_of_asset(asset) else {
            self.pass_over(asset);
            return Ok(());
        };
        let path = field(columns.path);
        if path.is_empty() && columns.is_console {
            self.pass_over(asset);
            return Ok(());
        }
        let path = KeyPath::parse(path).map_err(|fault| AddressListError::Path(line, fault))?;
        let address = field(columns.address).to_owned();
        if address.is_empty() {
            return Err(AddressListError::NoAddress(line));
        }

        let wallet = columns.wallet.map(field).unwrap_or_default().to_owned();
        let is_new = seen.insert((wallet.clone(), chain.name, path.clone(), address.clone()));
        if !is_new {
            return if columns.is_console {
                Ok(())
            } else {
                Err(AddressListError::Twice(line))
            };
        }
        self.rows.push(ListedAddress {
            line,
            wallet,
            chain,
            path,
            address,
        });
        Ok(())
    }

    fn pass_over(&mut self, asset: &str) {
        self.others += 1;
        let asset = printable(asset);
        if self.other_assets.len() < SHOWN && !self.other_assets.contains(&asset) {
            self.other_assets.push(asset);
        }
    }
}

/// A field without the apostrophe that keeps a spreadsheet from taking it for a formula.
fn unguarded(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => field,
    }
}

/// The separator of the header: comma, semicolon or tab, whichever is there most often.
fn separator(bytes: &[u8]) -> u8 {
    let header = bytes
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .find(|line| !line.trim_ascii().is_empty())
        .unwrap_or_default();
    let count = |separator: u8| header.iter().filter(|byte| **byte == separator).count();

    [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|separator| count(*separator))
        .unwrap_or(b',')
}

/// Counts lines as editors do: the CSV reader counts a line end of two characters when it is over.
struct Lines<'a> {
    bytes: &'a [u8],
    place: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            place: 0,
            line: 1,
        }
    }

    /// The line of the first character at or behind a place that is no line end. Places only grow.
    fn up_to(&mut self, place: usize) -> u64 {
        while let Some(byte) = self.bytes.get(self.place) {
            let is_end = matches!(byte, b'\r' | b'\n');
            if self.place >= place && !is_end {
                break;
            }
            let is_first_of_two = *byte == b'\r' && self.bytes.get(self.place + 1) == Some(&b'\n');
            if is_end && !is_first_of_two {
                self.line += 1;
            }
            self.place += 1;
        }
        self.line
    }
}
