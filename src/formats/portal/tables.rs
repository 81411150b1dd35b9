//! The forms in which databases and their tools write tables: CSV, PostgreSQL's `COPY` and dumps, `INSERT` statements, the
//! boxes and lists that clients show (FORMATS.md §21). Each gives rows as they are; `rows` says what is in them.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::{
    material::{SHORTEST, hex_digits, is_damaged, is_json, is_material},
    rows::{RawRow, RawRows, RowError, Rows, has_shares, table, unescaped},
    statements::read_inserts,
};

const LONGEST_HEADER: usize = 4096;
/// What is between fields; of several that are as frequent the last.
const SEPARATORS: [u8; 4] = [b'|', b',', b';', b'\t'];

/// The rows of a table with shares; `None` when the text is none.
pub(super) fn read_rows(text: &str) -> Option<Rows> {
    let is_text = text.starts_with(['{', '[']) || (text.starts_with('"') && is_json(text));
    if is_text || !may_hold_rows(text) {
        return None;
    }
    // With one kind of line end lines are counted as editors count them.
    let text = Zeroizing::new(text.replace("\r\n", "\n"));
    read_dump(&text)
        .or_else(|| read_boxed(&text))
        .or_else(|| read_with_header(&text))
        .or_else(|| read_without_header(&text))
        .or_else(|| read_labels(&text))
}

/// Whether any line or field is long enough for a share, or the first line names one: rows of less are not even cut.
fn may_hold_rows(text: &str) -> bool {
    let names_shares = |line: &str| ["share", "cipher"].iter().any(|word| line.contains(word));
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    names_shares(&first.to_lowercase())
        || text.contains('{')
        || first.len() >= SHORTEST
        || lines.any(|line| line.len() >= SHORTEST)
}

/// Rows under a line that names their columns.
fn read_with_header(text: &str) -> Option<Rows> {
    let first = text.lines().next()?;
    // How spreadsheets are told the separator.
    let (told, skipped) = match first.trim().strip_prefix("sep=").map(str::as_bytes) {
        Some([separator]) => (Some(*separator), 1),
        _ => (None, 0),
    };
    let body = if skipped == 0 {
        text
    } else {
        text.split_once('\n')?.1
    };
    let header = body.lines().next()?;
    if header.len() > LONGEST_HEADER {
        return None;
    }
    let count = |one: &u8| header.bytes().filter(|byte| byte == one).count();
    let separator = told.or_else(|| SEPARATORS.into_iter().max_by_key(count))?;

    let names: Vec<String> = csv_reader(body, separator, false)
        .records()
        .next()?
        .ok()?
        .iter()
        .map(str::to_owned)
        .collect();
    // `share: |` is a line of YAML.
    let is_label = header.trim_end().ends_with('|') && !header.trim_start().starts_with('|');
    let is_header = !is_label
        && !names
            .iter()
            .any(|name| is_material(&unescaped(name.trim())));
    if !is_header || (names.len() < 2 && !has_shares(&names)) {
        return None;
    }
    let mut rows = csv_rows(body, separator, skipped, true);
    rows.remove(0).ok()?;
    table(&names, rows)
}

/// Rows alone, as `COPY` writes them, all of the same number of fields.
fn read_without_header(text: &str) -> Option<Rows> {
    SEPARATORS.into_iter().rev().find_map(|separator| {
        let rows = csv_rows(text, separator, 0, false);
        let mut widths = rows.iter().flatten().map(|row| row.fields.len());
        let width = widths.next()?;
        if width < 2 || !widths.all(|other| other == width) {
            return None;
        }
        table(&[], rows)
    })
}

fn csv_reader(text: &str, separator: u8, flexible: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(flexible)
        .has_headers(false)
        .from_reader(text.as_bytes())
}

/// Every record of a text. `before` is how many lines are before it.
fn csv_rows(text: &str, separator: u8, before: u64, flexible: bool) -> RawRows<'static> {
    let mut reader = csv_reader(text, separator, flexible);
    let mut record = csv::StringRecord::new();
    let mut rows = Vec::new();
    loop {
        let start = reader.position().clone();
        match reader.read_record(&mut record) {
            Ok(false) => return rows,
            Ok(true) => {
                let line = record.position().map_or(start.line(), csv::Position::line) + before;
                let end = reader.position().byte();
                let raw = text.get(place(start.byte())..place(end));
                rows.push(csv_row(&record, raw.unwrap_or_default(), line, separator));
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line) + before;
                let (found, expected) = match error.kind() {
                    csv::ErrorKind::UnequalLengths {
                        expected_len, len, ..
                    } => (place(*len), place(*expected_len)),
                    _ => (0, 0),
                };
                rows.push(Err(RowError::Fields {
                    line,
                    found,
                    expected,
                }));
            }
        }
    }
}

/// A place or a length in a text, which is in memory.
fn place(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A record, unless a quote that is left open made one of several.
fn csv_row(
    record: &csv::StringRecord,
    raw: &str,
    line: u64,
    separator: u8,
) -> Result<RawRow<'static>, RowError> {
    if raw.trim().contains('\n') {
        let is_odd = raw.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
        let swallows = |field: &str| {
            let mut parts = field.split(['\n', char::from(separator)]);
            field.contains('\n') && !is_material(field) && parts.any(is_material)
        };
        if is_odd || record.iter().any(swallows) {
            return Err(RowError::OpenQuote { line });
        }
    }
    Ok(RawRow {
        line,
        fields: record.iter().map(|field| field.to_owned().into()).collect(),
    })
}

/// The tables with shares in a dump: `COPY NAME (COLUMN, …) FROM stdin;`, the rows and `\.`, and `INSERT` statements.
fn read_dump(text: &str) -> Option<Rows> {
    let mut found: Option<Rows> = None;
    let mut lines = text.lines().zip(1..);
    while let Some((line, begin)) = lines.find(|(line, _)| line.starts_with("COPY ")) {
        let columns = line
            .split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'));
        let Some((columns, _)) = columns.filter(|_| line.to_lowercase().contains("from stdin"))
        else {
            continue;
        };
        let names: Vec<String> = columns
            .split(',')
            .map(|name| name.trim().to_owned())
            .collect();
        let (mut rows, mut is_whole) = (Vec::new(), false);
        for (line, number) in lines.by_ref() {
            if line == "\\." {
                is_whole = true;
                break;
            }
            rows.push(Ok(RawRow {
                line: number,
                fields: line.split('\t').map(Cow::Borrowed).collect(),
            }));
        }
        if !is_whole {
            rows.push(Err(RowError::CutOff { line: begin }));
        }
        // A column may be named `share` and have to do with stocks.
        let is_long = |row: &RawRow<'_>| row.fields.iter().any(|field| field.len() >= SHORTEST);
        if is_whole && !rows.iter().flatten().any(is_long) {
            continue;
        }
        // A table that was cut off may have had shares further on.
        let rows = match table(&names, rows) {
            None if !is_whole => vec![Err(RowError::CutOff { line: begin })],
            rows => rows.unwrap_or_default(),
        };
        if !rows.is_empty() {
            found.get_or_insert_default().extend(rows);
        }
    }
    let inserted = read_inserts(text);
    if !inserted.is_empty() {
        found.get_or_insert_default().extend(inserted);
    }
    found
}

/// Tables as `psql` and `mysql` show them: fields between `|`, under a line of dashes.
fn read_boxed(text: &str) -> Option<Rows> {
    let is_rule = |line: &str| {
        let line = line.trim();
        line.len() > 2 && line.contains('-') && line.bytes().all(|byte| b"-+|".contains(&byte))
    };
    let mut lines = text
        .lines()
        .zip(1..)
        .skip_while(|(line, _)| line.trim().is_empty());
    let (mut header, _) = lines.next()?;
    if is_rule(header) {
        header = lines.next()?.0;
    }
    if !lines.next().is_some_and(|(line, _)| is_rule(line)) {
        return None;
    }

    let names: Vec<String> = between_bars(header).map(str::to_owned).collect();
    let is_foot = |line: &str| line.starts_with('(') && line.trim_end().ends_with("rows)");
    let rows = lines
        .filter(|(line, _)| {
            !line.trim().is_empty() && !is_rule(line) && !is_foot(line) && *line != "(1 row)"
        })
        .map(|(line, number)| {
            Ok(RawRow {
                line: number,
                fields: between_bars(line).map(Cow::Borrowed).collect(),
            })
        });
    table(&names, rows.collect())
}

fn between_bars(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim();
    let inner = line
        .strip_prefix('|')
        .and_then(|line| line.strip_suffix('|'));
    inner.unwrap_or(line).split('|').map(str::trim)
}

/// Lines that name what is behind the name: `psql -x`, `\G` of MySQL, `.mode line` of SQLite, YAML, code. A share may have a
/// line for itself, too.
fn read_labels(text: &str) -> Option<Rows> {
    // One share or backup that is wrapped has no names.
    let is_one = hex_digits(text).is_some() || is_material(text);
    if is_one
        || !text
            .lines()
            .any(|line| is_material(&unescaped(labelled(line).1)))
    {
        return None;
    }
    let mut found = Rows::new();
    let (mut names, mut fields, mut begin) = (Vec::new(), Vec::new(), 1);
    for (line, number) in text.lines().zip(1..) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['-', '*']) {
            push_labelled(&mut found, &mut names, &mut fields, begin);
            begin = number + 1;
            continue;
        }
        let (name, value) = labelled(trimmed);
        names.push(name.to_owned());
        fields.push(Cow::Borrowed(value));
    }
    push_labelled(&mut found, &mut names, &mut fields, begin);
    Some(found)
}

/// One record out of its names and values; those that are not named are searched all the same.
fn push_labelled<'a>(
    found: &mut Rows,
    names: &mut Vec<String>,
    fields: &mut Vec<Cow<'a, str>>,
    line: u64,
) {
    let row = RawRow {
        line,
        fields: std::mem::take(fields),
    };
    let names = std::mem::take(names);
    let damaged = row.fields.iter().any(|field| is_damaged(field));
    match table(&names, vec![Ok(row)]) {
        Some(rows) => found.extend(rows),
        None if damaged => found.push(Err(RowError::CutOff { line })),
        None => {}
    }
}

/// A line's name and value. A line that is a share, or was one, is a value without a name.
fn labelled(line: &str) -> (&str, &str) {
    let whole = bare_value(line);
    match label(line) {
        Some((name, value)) if !is_material(whole) => {
            let value = bare_value(value);
            // A share that was damaged is one of the pieces that must be told of, wherever in the line it is.
            let is_lost = is_damaged(whole) && !is_material(&unescaped(value));
            (name, if is_lost { whole } else { value })
        }
        _ => ("", whole),
    }
}

/// `name | value`, `name = value`, `name: value`, with a name of letters, digits and `_`.
fn label(line: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 80;
    let at = line.find(['|', '=', ':'])?;
    let (name, value) = line.split_at(at);
    let name = name.trim();
    let is_name = |letter: char| letter.is_alphanumeric() || "_ .-\"'".contains(letter);
    (name.len() <= LONGEST && !name.is_empty() && name.chars().all(is_name))
        .then(|| (name, value.get(1..).unwrap_or_default()))
}

/// A value without the marks that YAML and code put around it.
fn bare_value(value: &str) -> &str {
    let value = value.trim().trim_end_matches([';', ',']).trim();
    // In YAML the value is on the lines that follow.
    if matches!(value, "|" | "|-" | ">" | ">-") {
        return "";
    }
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inner('\'')
        .or_else(|| inner('"').filter(|inner| !inner.contains(['"', '\\'])))
        .unwrap_or(value)
}
