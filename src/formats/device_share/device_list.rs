//! The list of devices whose backups are to be opened: CSV with a header (FORMATS.md §15).

use super::device_id::DeviceId;
use crate::formats::encoding::byte_order_mark::without_mark;
use crate::formats::{
    encoding::shown::{hidden_text, plural},
    printable,
    wallets::wallet_id::{WalletId, WalletIdError},
};

/// Largest list accepted, in bytes.
pub const MAX_DEVICE_LIST: u64 = 64 << 20;

/// One device of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDevice {
    /// The line it is on, from 1.
    pub line: u64,
    /// The device, as it is spelt there.
    pub device_id: DeviceId,
    /// Its wallet: names the result.
    pub wallet_id: Option<WalletId>,
    /// The passphraseId of its backup.
    pub passphrase_id: Option<String>,
    /// The file of its backup, within the folder.
    pub file: Option<String>,
}

/// Why a list, or one row of it, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceListError {
    /// No such column.
    #[error("the first line names no column `deviceId`")]
    NoColumn,
    /// A header and nothing else.
    #[error("no devices in the list")]
    Empty,
    /// Bytes that are no UTF-8, or a quote that does not end.
    #[error("line {0}: no CSV in UTF-8")]
    NotCsv(u64),
    /// A field in quotes that does not end on its line.
    #[error("line {0}: a field in quotes does not end on its line")]
    OpenQuote(u64),
    /// No UUID in any spelling.
    #[error("line {line}: `{text}` is not a device id")]
    Device {
        /// The line.
        line: u64,
        /// The text, as far as it could be an id.
        text: String,
    },
    /// A wallet id that is none, or another spelling of one.
    #[error("line {line}: {fault}")]
    Wallet {
        /// The line.
        line: u64,
        /// What is wrong with it.
        fault: WalletIdError,
    },
    /// A row of another number of fields than the header.
    #[error("line {line}: {}, the header has {expected}", plural(*.found as u64, "field"))]
    Fields {
        /// The line.
        line: u64,
        /// The row's.
        found: usize,
        /// The header's.
        expected: usize,
    },
}

/// Reads the list; every row is a device or says what is wrong with it.
///
/// # Errors
/// [`DeviceListError`] of the list as a whole.
pub fn read_device_list(
    bytes: &[u8],
) -> Result<Vec<Result<ListedDevice, DeviceListError>>, DeviceListError> {
    let bytes = without_mark(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        DeviceListError::NotCsv(1 + before.iter().filter(|byte| **byte == b'\n').count() as u64)
    })?;
    // With one kind of line end lines are counted as editors count them.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let bytes = text.as_bytes();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(bytes))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let columns = Columns::of(reader.headers().map_err(|_| DeviceListError::NotCsv(1))?)
        .ok_or(DeviceListError::NoColumn)?;

    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            DeviceListError::NotCsv(error.position().map_or(0, csv::Position::line))
        })?;
        // No id and no name of a file goes over two lines: a quote that is left open would swallow the rows after it.
        if record.iter().any(|field| field.contains('\n')) {
            return Err(DeviceListError::OpenQuote(
                record.position().map_or(0, csv::Position::line),
            ));
        }
        // Spreadsheets leave rows of separators behind.
        if !record.iter().all(str::is_empty) {
            rows.push(columns.read(&record));
        }
    }

    if rows.is_empty() {
        return Err(DeviceListError::Empty);
    }
    Ok(rows)
}

struct Columns {
    count: usize,
    device_id: usize,
    wallet_id: Option<usize>,
    passphrase_id: Option<usize>,
    file: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Option<Self> {
        let find = |wanted: &str| {
            header.iter().position(|name| {
                let letters = name.chars().filter(char::is_ascii_alphanumeric);
                letters.collect::<String>().eq_ignore_ascii_case(wanted)
            })
        };

        Some(Self {
            count: header.len(),
            device_id: find("deviceid")?,
            wallet_id: find("walletid"),
            passphrase_id: find("passphraseid"),
            file: find("file"),
        })
    }

    fn read(&self, record: &csv::StringRecord) -> Result<ListedDevice, DeviceListError> {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != self.count {
            return Err(DeviceListError::Fields {
                line,
                found: record.len(),
                expected: self.count,
            });
        }

        let field = |at: Option<usize>| record.get(at?).filter(|text| !text.is_empty());
        let device = field(Some(self.device_id)).unwrap_or_default();
        let device_id = DeviceId::parse(device).ok_or_else(|| DeviceListError::Device {
            line,
            text: shown(device),
        })?;
        let wallet_id = field(self.wallet_id)
            .map(|text| WalletId::parse(text.as_bytes()))
            .transpose()
            .map_err(|fault| DeviceListError::Wallet { line, fault })?;

        Ok(ListedDevice {
            line,
            device_id,
            wallet_id,
            passphrase_id: field(self.passphrase_id).map(str::to_owned),
            file: field(self.file).map(str::to_owned),
        })
    }
}

/// A text that was to be an id; one that is longer may be a secret in the wrong column.
fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.len() <= LONGEST {
        printable(text)
    } else {
        hidden_text(text)
    }
}

/// The separator of the header: a comma, or what spreadsheets of other countries write.
fn separator(bytes: &[u8]) -> u8 {
    let header = bytes
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .next()
        .unwrap_or_default();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|separator| {
            let count = header.iter().filter(|byte| *byte == separator).count();
            (count, *separator == b',')
        })
        .unwrap_or(b',')
}
