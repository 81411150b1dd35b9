//! Rows of a list with several columns: quotes, and notes with line breaks in them (FORMATS.md §11).

use super::{
    list_error::MAX_LINE,
    list_shape::{Splitter, is_rule},
    wallet_id::{WalletId, WalletIdError},
};

/// Where the ids of a list are: rows are read through it.
pub(in crate::formats) struct Column {
    column: usize,
    separator: u8,
    /// Built for the first row with quotes.
    splitter: Option<Splitter>,
}

/// A row at the beginning of some text.
pub(in crate::formats) struct Row {
    /// Its bytes, line end included.
    pub(in crate::formats) length: usize,
    pub(in crate::formats) lines: u64,
    pub(in crate::formats) quote: Quote,
}

/// How the quotes of a row come out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Quote {
    Even,
    /// Left open: the row ends with its line all the same, or it would swallow the rows after it.
    Open,
    /// The text ends before the quotes do.
    Unfinished,
}

impl Column {
    /// The column with this number, from 0, of rows whose fields are parted by this byte.
    pub(in crate::formats) fn new(column: usize, separator: u8) -> Self {
        Self {
            column,
            separator,
            splitter: None,
        }
    }

    /// The first row of the text. A field in quotes may go on over several lines, unless one of them is a row with an id
    /// by itself: then somebody left a quote open.
    pub(in crate::formats) fn row(&mut self, text: &[u8]) -> Row {
        let first = line_end(text);
        let line = text.get(..first).unwrap_or_default();
        let row = |length, lines, quote| Row {
            length,
            lines,
            quote,
        };
        if !has_odd_quotes(line) {
            return row(first, 1, Quote::Even);
        }
        let (mut length, mut lines) = (first, 1);
        while length <= MAX_LINE {
            let rest = text.get(length..).unwrap_or_default();
            if rest.is_empty() {
                return row(first, 1, Quote::Unfinished);
            }
            let next = line_end(rest);
            let line = rest.get(..next).unwrap_or_default();
            // In whatever spelling: a wrong one is to be told, not swallowed.
            if matches!(self.id(line).0, Ok(_) | Err(WalletIdError::Spelling { .. })) {
                break;
            }
            length += next;
            lines += 1;
            if has_odd_quotes(line) {
                return row(length, lines, Quote::Even);
            }
        }
        row(first, 1, Quote::Open)
    }

    /// How many bytes are whole rows, where more text follows them.
    pub(in crate::formats) fn whole_rows(&mut self, text: &[u8]) -> usize {
        let mut length = 0;
        while let Some(rest) = text.get(length..).filter(|rest| !rest.is_empty()) {
            let row = self.row(rest);
            if row.quote == Quote::Unfinished && rest.len() <= MAX_LINE {
                return length;
            }
            length += row.length;
        }
        length
    }

    /// The id in a row, and whether the row is empty.
    pub(in crate::formats) fn id(&mut self, row: &[u8]) -> (Result<WalletId, WalletIdError>, bool) {
        if row.contains(&b'"') {
            let splitter = self
                .splitter
                .get_or_insert_with(|| Splitter::new(self.separator));
            let mut fields = splitter.fields(row);
            let blank = fields.clone().all(|field| field.trim_ascii().is_empty());
            let field = fields.nth(self.column);
            return (
                field.map_or(Err(WalletIdError::Empty), WalletId::parse),
                blank,
            );
        }
        let blank = row
            .iter()
            .all(|byte| *byte == self.separator || byte.is_ascii_whitespace());
        let field = row.split(|byte| *byte == self.separator).nth(self.column);
        (
            field.map_or(Err(WalletIdError::Empty), WalletId::parse),
            blank,
        )
    }

    /// Whether the row is a line of a drawn table and no row.
    pub(in crate::formats) fn is_rule(&self, row: &[u8]) -> bool {
        self.separator == b'|' && is_rule(row.trim_ascii())
    }
}

fn line_end(text: &[u8]) -> usize {
    memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1)
}

fn has_odd_quotes(line: &[u8]) -> bool {
    memchr::memchr_iter(b'"', line).count() % 2 == 1
}
