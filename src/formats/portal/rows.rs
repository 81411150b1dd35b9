//! Rows of shares as a customer's database exports them: CSV, PostgreSQL's `COPY` and dumps, with a header or without
//! (FORMATS.md §21).

use std::borrow::Cow;

use serde_json::value::RawValue;

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
/// What is between fields; of several that are as frequent the last.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// One row: where it is, what its columns say of the share, and the shares.
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

/// Rows, each read or at fault.
type Rows = Vec<Result<Row, RowError>>;

/// The rows of a table with a column of shares; `None` when the text is none.
#[must_use]
pub fn read_rows(text: &str) -> Option<Rows> {
    if text.starts_with(['{', '[']) {
        return None;
    }
    // With one kind of line end lines are counted as editors count them.
    let text = text.replace("\r\n", "\n");
    read_dump(&text)
        .or_else(|| read_with_header(&text))
        .or_else(|| read_without_header(&text))
}

/// Rows under a line that names their columns.
fn read_with_header(text: &str) -> Option<Rows> {
    let header = text.lines().next()?;
    if header.len() > LONGEST_HEADER {
        return None;
    }
    let separator = SEPARATORS
        .into_iter()
        .max_by_key(|one| header.bytes().filter(|byte| byte == one).count())?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .from_reader(text.as_bytes());

    let names: Vec<String> = reader.headers().ok()?.iter().map(bare).collect();
    if !has_shares(&names) {
        return None;
    }
    let rows = reader.records().map(|record| {
        let record = record.map_err(|error| RowError::Fields {
            line: error.position().map_or(0, csv::Position::line),
            found: 0,
            expected: names.len(),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        read_row(line, &names, &record.iter().collect::<Vec<_>>())
    });
    Some(rows.collect())
}

/// Rows alone, as `COPY` writes them: the shares are where the first row has JSON, and every other row has the same
/// number of fields.
fn read_without_header(text: &str) -> Option<Rows> {
    SEPARATORS.into_iter().rev().find_map(|separator| {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .from_reader(text.as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().ok()?;

        let is_json = |field: &str| {
            let field = unescaped(field.trim());
            field.starts_with('{') && is_json(&field)
        };
        let name = |field: &str| if is_json(field) { "share" } else { "" }.to_owned();
        let names: Vec<String> = records.first()?.iter().map(name).collect();
        if names.len() < 2 || !has_shares(&names) {
            return None;
        }
        let rows = records.iter().map(|record| {
            let line = record.position().map_or(0, csv::Position::line);
            read_row(line, &names, &record.iter().collect::<Vec<_>>())
        });
        Some(rows.collect())
    })
}

/// The first table with shares in a dump: `COPY NAME (COLUMN, …) FROM stdin;`, the rows, and `\.`.
fn read_dump(text: &str) -> Option<Rows> {
    let mut lines = text.lines().zip(1..);
    loop {
        let (line, _) = lines.find(|(line, _)| line.starts_with("COPY "))?;
        let Some((columns, _)) = line
            .split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'))
        else {
            continue;
        };
        let names: Vec<String> = columns.split(',').map(bare).collect();
        if !has_shares(&names) {
            continue;
        }
        let rows = lines
            .take_while(|(line, _)| *line != "\\.")
            .map(|(line, number)| read_row(number, &names, &line.split('\t').collect::<Vec<_>>()));
        return Some(rows.collect());
    }
}

fn has_shares(names: &[String]) -> bool {
    names.iter().any(|name| SHARES.contains(&name.as_str()))
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

/// A field of `COPY`, which puts a backslash before backslashes and writes line ends and tabs as letters; any other field
/// as it is.
fn unescaped(field: &str) -> Cow<'_, str> {
    if !field.contains('\\') || is_json(field) {
        return Cow::Borrowed(field);
    }
    let mut plain = String::with_capacity(field.len());
    let mut letters = field.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        plain.push(match letters.next() {
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some(other) => other,
            None => '\\',
        });
    }
    Cow::Owned(plain)
}

fn read_row(line: u64, names: &[String], record: &[&str]) -> Result<Row, RowError> {
    let blank = record.iter().all(|field| field.trim().is_empty());
    if record.len() != names.len() && !blank {
        return Err(RowError::Fields {
            line,
            found: record.len(),
            expected: names.len(),
        });
    }

    let named = |wanted: &[&str]| {
        let fields = names.iter().zip(record);
        let mut fields = fields.filter(|(name, field)| {
            wanted.contains(&name.as_str()) && !field.trim().is_empty() && **field != "\\N"
        });
        fields.next().map(|(_, field)| printable(field.trim()))
    };
    let shares = names
        .iter()
        .zip(record)
        .filter(|(name, field)| {
            SHARES.contains(&name.as_str()) && !matches!(field.trim(), "" | "\\N" | "null" | "NULL")
        })
        .map(|(_, field)| unescaped(field).into_owned());

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
