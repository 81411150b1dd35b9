//! Rows in `INSERT` statements, as `pg_dump --inserts` and `mysqldump` write them (FORMATS.md §21).

use std::borrow::Cow;

use super::rows::{RawRow, RawRows, RowError, Rows, table};

const INSERT: &str = "insert into ";

/// The rows of every statement whose table has shares.
pub(super) fn read_inserts(text: &str) -> Rows {
    let mut found = Rows::new();
    let (mut at, mut line) = (0, 1);
    let mut statement = Statement::default();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let begins = rest
            .get(..INSERT.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(INSERT));
        if !begins {
            let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
            at += end;
            line += 1;
            continue;
        }
        let mut reader = Values {
            text,
            at: at + INSERT.len(),
            line,
        };
        let next = reader.statement();
        // One row a statement: those of one table are one table.
        if next.head != statement.head {
            statement.flush(&mut found);
            statement = Statement {
                head: next.head,
                names: next.names,
                rows: Vec::new(),
            };
        }
        statement.rows.extend(next.rows);
        (at, line) = (reader.at, reader.line);
        // What is behind it on its last line.
        let rest = text.get(at..).unwrap_or_default();
        at += memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        line += 1;
    }
    statement.flush(&mut found);
    found
}

/// A statement, or several into one table.
#[derive(Default)]
struct Statement<'a> {
    /// The table and its columns.
    head: &'a str,
    names: Vec<String>,
    rows: RawRows<'a>,
}

impl Statement<'_> {
    fn flush(&mut self, found: &mut Rows) {
        let rows = std::mem::take(&mut self.rows);
        let faults: Vec<RowError> = rows
            .iter()
            .filter_map(|row| row.as_ref().err().cloned())
            .collect();
        match table(&self.names, rows) {
            Some(rows) => found.extend(rows),
            None => found.extend(faults.into_iter().map(Err)),
        }
    }
}

/// Reads values, and keeps where it is.
struct Values<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Values<'a> {
    /// `NAME [(COLUMN, …)] VALUES (…), (…);`
    fn statement(&mut self) -> Statement<'a> {
        let begin = self.line;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = find_values(rest).unwrap_or(rest.len());
        let head = rest.get(..end).unwrap_or_default();
        self.skip(end + "values".len());
        let names = head
            .split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'))
            .map(|(names, _)| {
                names
                    .split(',')
                    .map(|name| name.trim().to_owned())
                    .collect()
            });

        let mut rows = Vec::new();
        loop {
            match self.peek() {
                Some(b'(') => {
                    let line = self.line;
                    self.skip(1);
                    match self.tuple() {
                        Some(fields) => rows.push(Ok(RawRow { line, fields })),
                        None => rows.push(Err(RowError::CutOff { line })),
                    }
                }
                Some(b';') => {
                    self.skip(1);
                    break;
                }
                // Such as `ON CONFLICT …`, or nothing at all.
                Some(_) => self.skip(1),
                None => {
                    rows.push(Err(RowError::CutOff { line: begin }));
                    break;
                }
            }
        }
        Statement {
            head,
            names: names.unwrap_or_default(),
            rows,
        }
    }

    /// The values up to the bracket that closes them; `None` where there is none.
    fn tuple(&mut self) -> Option<Vec<Cow<'a, str>>> {
        let (mut fields, mut depth) = (Vec::new(), 0);
        let (mut start, mut quoted) = (self.at, None);
        loop {
            match self.peek()? {
                b'\'' => quoted = quoted.or(Some(self.quoted()?)),
                b'(' => {
                    depth += 1;
                    self.skip(1);
                }
                b')' if depth > 0 => {
                    depth -= 1;
                    self.skip(1);
                }
                end @ (b',' | b')') if depth == 0 => {
                    let plain = self.text.get(start..self.at).unwrap_or_default().trim();
                    fields.push(quoted.take().unwrap_or(Cow::Borrowed(plain)));
                    self.skip(1);
                    start = self.at;
                    if end == b')' {
                        return Some(fields);
                    }
                }
                _ => self.skip(1),
            }
        }
    }

    /// A string in quotes. Two quotes are one; behind a backslash stands what belongs to it.
    fn quoted(&mut self) -> Option<Cow<'a, str>> {
        self.skip(1);
        let start = self.at;
        let mut has_two = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let next = memchr::memchr2(b'\'', b'\\', rest)?;
            self.skip(next);
            let bytes = self.text.as_bytes();
            match (bytes.get(self.at)?, bytes.get(self.at + 1)) {
                (b'\\', Some(_)) => self.skip(2),
                (b'\'', Some(b'\'')) => {
                    has_two = true;
                    self.skip(2);
                }
                (b'\'', _) => break,
                _ => return None,
            }
        }
        let inner = self.text.get(start..self.at)?;
        self.skip(1);
        Some(if has_two {
            Cow::Owned(inner.replace("''", "'"))
        } else {
            Cow::Borrowed(inner)
        })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on, and counts the lines that it goes over.
    fn skip(&mut self, count: usize) {
        let end = (self.at + count).min(self.text.len());
        let passed = self.text.as_bytes().get(self.at..end).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.at = end;
    }
}

/// Where the word `VALUES` begins, in either letter case and before any quoted string.
fn find_values(text: &str) -> Option<usize> {
    const WORD: &[u8] = b"values";
    let before = memchr::memchr(b'\'', text.as_bytes()).unwrap_or(text.len());
    let head = text.as_bytes().get(..before)?;
    head.windows(WORD.len())
        .position(|window| window.eq_ignore_ascii_case(WORD))
}
