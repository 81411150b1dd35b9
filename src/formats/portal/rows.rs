//! Rows of shares as a customer's database exports them, with a header or without: what a row of any table is (FORMATS.md
//! §21). The forms of tables are in `tables`.
//!
//! Every field of every row is handed on. In columns that are named for shares, or hold one in any row, a share is expected
//! in all; the others are only searched.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::{
    fields::Provenance,
    material::{is_json, is_material},
};
use crate::{
    crypto::secret::SecretText,
    formats::{encoding::shown::plural, printable},
};

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

/// One row: where it is, what its columns say of the share, and its fields.
pub struct Row {
    /// The line, from 1.
    pub line: u64,
    /// Client, pair, method.
    pub provenance: Provenance,
    /// What its columns hold.
    pub fields: Vec<RowField>,
}

/// What a column holds in a row.
pub struct RowField {
    /// The text, without the escapes of the table.
    pub text: SecretText,
    /// Whether it must be a share, a ciphertext, or what is around them.
    pub is_expected: bool,
}

/// Why a table cannot be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// A row of another number of fields.
    #[error("line {line}: {}, the header has {expected}", plural(*.found as u64, "field"))]
    Fields {
        /// The line.
        line: u64,
        /// The row's.
        found: usize,
        /// The header's.
        expected: usize,
    },
    /// A quote that is left open, so that the rows after it are taken for one field.
    #[error("line {line}: a quote is not closed, so that the rows after it belong to one field")]
    OpenQuote {
        /// The line.
        line: u64,
    },
    /// A dump that ends in the middle of a table.
    #[error("line {line}: the table that begins here has no end: the file was cut off")]
    CutOff {
        /// The line.
        line: u64,
    },
}

/// Rows, each read or at fault.
pub(super) type Rows = Vec<Result<Row, RowError>>;

/// A row before it is known which columns hold shares.
pub(super) struct RawRow<'a> {
    /// The line, from 1.
    pub(super) line: u64,
    /// Its fields as the table has them.
    pub(super) fields: Vec<Cow<'a, str>>,
}

/// Raw rows, each read or at fault.
pub(super) type RawRows<'a> = Vec<Result<RawRow<'a>, RowError>>;

/// The rows of a table whose columns have these names, or none; `None` where no column has shares.
pub(super) fn table(names: &[String], rows: RawRows<'_>) -> Option<Rows> {
    let bare: Vec<String> = names.iter().map(|name| bare(name)).collect();
    let is_flat = ["share", "clientbk"]
        .iter()
        .all(|wanted| bare.iter().any(|name| name == wanted));
    let columns = columns_of_shares(&bare, &rows);
    if !is_flat && !columns.contains(&true) {
        return None;
    }

    let rows = rows.into_iter().map(|row| {
        let row = row?;
        // Exports that were put one behind the other repeat the header.
        let repeats = row.fields.len() == names.len() && !names.is_empty() && {
            let mut pairs = row.fields.iter().zip(names);
            pairs.all(|(field, name)| field.trim() == name.trim())
        };
        if repeats {
            return Ok(Row::empty(row.line));
        }
        Row::read(&row, &bare, &columns, is_flat.then_some(names))
    });
    Some(rows.collect())
}

/// Which columns are named for shares, or hold one in any row.
fn columns_of_shares(names: &[String], rows: &RawRows<'_>) -> Vec<bool> {
    let widest = rows.iter().flatten().map(|row| row.fields.len()).max();
    let mut columns: Vec<bool> = names
        .iter()
        .map(|name| SHARES.contains(&name.as_str()))
        .collect();
    columns.resize(names.len().max(widest.unwrap_or_default()), false);
    for row in rows.iter().flatten() {
        for (field, column) in row.fields.iter().zip(&mut columns) {
            *column = *column || is_material(&unescaped(field.trim()));
        }
    }
    columns
}

impl Row {
    fn empty(line: u64) -> Self {
        Self {
            line,
            provenance: Provenance::default(),
            fields: Vec::new(),
        }
    }

    /// `flat` are the names of columns that are the fields of a custodian's share.
    fn read(
        row: &RawRow<'_>,
        names: &[String],
        columns: &[bool],
        flat: Option<&[String]>,
    ) -> Result<Self, RowError> {
        let expected = if names.is_empty() {
            columns.len()
        } else {
            names.len()
        };
        if row.fields.iter().all(|field| is_nothing(field)) {
            return Ok(Self::empty(row.line));
        }
        if row.fields.len() != expected {
            return Err(RowError::Fields {
                line: row.line,
                found: row.fields.len(),
                expected,
            });
        }

        let fields = match flat {
            Some(names) => vec![one_share(names, &row.fields)],
            None => fields(&row.fields, columns),
        };
        Ok(Self {
            line: row.line,
            provenance: provenance(names, &row.fields),
            fields,
        })
    }
}

fn fields(fields: &[Cow<'_, str>], columns: &[bool]) -> Vec<RowField> {
    let filled = fields
        .iter()
        .zip(columns)
        .filter(|(field, _)| !is_nothing(field));
    filled
        .map(|(field, is_expected)| RowField {
            text: SecretText::new(unescaped(field.trim()).into_owned()),
            is_expected: *is_expected,
        })
        .collect()
}

/// The share whose fields are columns, as one object.
fn one_share(names: &[String], fields: &[Cow<'_, str>]) -> RowField {
    let length: usize = fields.iter().map(|field| field.len() + 64).sum();
    let mut text = String::with_capacity(length);
    for (name, field) in names
        .iter()
        .zip(fields)
        .filter(|(_, field)| !is_nothing(field))
    {
        text.push(if text.is_empty() { '{' } else { ',' });
        text.push_str(&serde_json::Value::from(name.trim()).to_string());
        text.push(':');
        let value = Zeroizing::new(serde_json::Value::from(field.trim()).to_string());
        text.push_str(&value);
    }
    text.push('}');
    RowField {
        text: SecretText::new(text),
        is_expected: true,
    }
}

fn provenance(names: &[String], fields: &[Cow<'_, str>]) -> Provenance {
    let named = |wanted: &str| {
        let mut fields = names.iter().zip(fields);
        let found = fields.find(|(name, field)| name.as_str() == wanted && !is_nothing(field));
        found.map(|(_, field)| printable(field.trim()))
    };
    Provenance {
        pair_id: named("backupsharepairid"),
        client_id: named("clientid").or_else(|| named("userid")),
        method: named("backupmethod"),
        ..Provenance::default()
    }
}

/// Whether a field is empty, in one of the spellings of databases.
fn is_nothing(field: &str) -> bool {
    matches!(field.trim(), "" | "\\N" | "null" | "NULL")
}

/// Whether one of the columns is named for shares.
pub(super) fn has_shares(names: &[String]) -> bool {
    names
        .iter()
        .any(|name| SHARES.contains(&bare(name).as_str()))
}

/// A field of `COPY`, which puts a backslash before backslashes and writes line ends and tabs as letters; any other field
/// as it is. Bytes as PostgreSQL shows them begin with `\x`.
pub(super) fn unescaped(field: &str) -> Cow<'_, str> {
    if !field.contains('\\') || field.starts_with("\\x") || is_json(field) {
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

/// A column's name in small letters and digits alone.
fn bare(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}
