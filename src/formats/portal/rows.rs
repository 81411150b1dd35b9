//! Rows of shares as a customer's database exports them: CSV with a header (FORMATS.md §21).

use super::fields::Provenance;
use crate::formats::{encoding::shown::plural, printable};

/// Columns that hold shares or ciphertexts, in small letters and without underscores.
const SHARES: [&str; 9] = [
    "share",
    "backupshare",
    "clientbackupshare",
    "encryptedclientbackupshare",
    "custodianbackupshare",
    "ciphertext",
    "secp256k1ciphertext",
    "ed25519ciphertext",
    "encryptedshare",
];

const LONGEST_HEADER: usize = 4096;

/// One row: where it stands, what its columns say of the share, and the shares.
pub struct Row {
    /// The line, from 1.
    pub line: u64,
    /// Client, pair, method.
    pub provenance: Provenance,
    /// The fields that hold shares, not empty.
    pub shares: Vec<String>,
}

/// Why a table cannot be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// A quote that does not end, or a row of another number of fields.
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

/// The rows of a table with a column of shares; `None` when the text is none.
#[must_use]
pub fn read_rows(text: &str) -> Option<Vec<Result<Row, RowError>>> {
    let header = text.lines().next()?;
    if header.starts_with(['{', '[']) || header.len() > LONGEST_HEADER {
        return None;
    }
    let separator = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|one| header.bytes().filter(|byte| byte == one).count())?;
    // With one kind of line end lines are counted as editors count them.
    let text = text.replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .from_reader(text.as_bytes());

    let names: Vec<String> = reader.headers().ok()?.iter().map(bare).collect();
    if !names.iter().any(|name| SHARES.contains(&name.as_str())) {
        return None;
    }
    let rows = reader.records().map(|record| {
        let record = record.map_err(|error| RowError::Fields {
            line: error.position().map_or(0, csv::Position::line),
            found: 0,
            expected: names.len(),
        })?;
        read_row(&names, &record)
    });
    Some(rows.collect())
}

fn read_row(names: &[String], record: &csv::StringRecord) -> Result<Row, RowError> {
    let line = record.position().map_or(0, csv::Position::line);
    let blank = record.iter().all(|field| field.trim().is_empty());
    if record.len() != names.len() && !blank {
        return Err(RowError::Fields {
            line,
            found: record.len(),
            expected: names.len(),
        });
    }

    let named = |wanted: &[&str]| {
        let fields = names.iter().zip(record.iter());
        let mut fields = fields.filter(|(name, field)| {
            wanted.contains(&name.as_str()) && !field.trim().is_empty() && *field != "\\N"
        });
        fields.next().map(|(_, field)| printable(field.trim()))
    };
    let shares = names
        .iter()
        .zip(record.iter())
        .filter(|(name, field)| {
            SHARES.contains(&name.as_str()) && !matches!(field.trim(), "" | "\\N" | "null" | "NULL")
        })
        .map(|(_, field)| field.to_owned());

    Ok(Row {
        line,
        provenance: Provenance {
            pair_id: named(&["backupsharepairid"]),
            client_id: named(&["clientid"]).or_else(|| named(&["userid"])),
            method: named(&["backupmethod"]),
            ..Provenance::default()
        },
        shares: shares.collect(),
    })
}

/// A column's name in small letters and digits alone.
fn bare(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}
