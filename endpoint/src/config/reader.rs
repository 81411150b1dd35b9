//! Reads TOML with the place of every value, and collects what is wrong with it: all of it, not the first.

use std::{cell::RefCell, collections::BTreeSet, time::Duration};

use toml::de::{DeArray, DeTable, DeValue};

use super::values::{parse_duration, parse_rate, parse_size, shown_duration};
use crate::config::Rate;

/// Something that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The line it is on, from 1.
    pub line: usize,
    /// The key, such as `release.delay`; empty where the text is no TOML.
    pub key: String,
    /// What is wrong, and what is expected.
    pub what: String,
}

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.key.is_empty() {
            write!(f, "line {}: {}", self.line, self.what)
        } else {
            write!(f, "line {}: `{}` {}", self.line, self.key, self.what)
        }
    }
}

/// Where the lines of a configuration end, and what has been found wrong with it.
pub(super) struct Notes {
    line_ends: Vec<usize>,
    found: RefCell<Vec<Complaint>>,
}

impl Notes {
    pub(super) fn of(text: &str) -> Self {
        // Once: there may be a complaint about every line.
        let line_ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self {
            line_ends,
            found: RefCell::default(),
        }
    }

    pub(super) fn complain(&self, line: usize, key: &str, what: impl Into<String>) {
        self.found.borrow_mut().push(Complaint {
            line,
            key: key.to_owned(),
            what: what.into(),
        });
    }

    pub(super) fn line_of(&self, offset: usize) -> usize {
        1 + self.line_ends.partition_point(|end| *end < offset)
    }

    /// What was found, in the order of lines.
    pub(super) fn into_found(self) -> Vec<Complaint> {
        let mut found = self.found.into_inner();
        found.sort();
        found.dedup();
        found
    }
}

/// A table whose keys are asked for by name; the others are complained about.
pub(super) struct Section<'a> {
    path: String,
    line: usize,
    table: Option<&'a DeTable<'a>>,
    asked: RefCell<BTreeSet<String>>,
    notes: &'a Notes,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: &'a DeTable<'a>, notes: &'a Notes) -> Self {
        Self {
            path: String::new(),
            line: 1,
            table: Some(table),
            asked: RefCell::default(),
            notes,
        }
    }

    fn key_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Whether the table is there at all.
    pub(super) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    /// A value; `None` where it is absent.
    pub(super) fn get(&self, name: &str) -> Option<Field<'a>> {
        self.asked.borrow_mut().insert(name.to_owned());
        let (_, value) = self.table?.iter().find(|(key, _)| key.as_ref() == name)?;
        Some(Field {
            key: self.key_of(name),
            line: self.notes.line_of(value.span().start),
            value: value.as_ref(),
            notes: self.notes,
        })
    }

    /// A value that must be there.
    pub(super) fn need(&self, name: &str) -> Option<Field<'a>> {
        let field = self.get(name);
        if field.is_none() && self.is_there() {
            let key = self.key_of(name);
            self.notes.complain(self.line, &key, "is missing");
        }
        field
    }

    /// A table inside; one without anything where it is absent.
    pub(super) fn section(&self, name: &str) -> Section<'a> {
        let field = self.get(name);
        let line = field.as_ref().map_or(self.line, |field| field.line);
        let table = field.and_then(|field| field.table());
        Section {
            path: self.key_of(name),
            line,
            table,
            asked: RefCell::default(),
            notes: self.notes,
        }
    }

    /// The tables of `[[name]]`.
    pub(super) fn sections(&self, name: &str) -> Vec<Section<'a>> {
        let fields = self.get(name).map(|field| field.elements());
        fields
            .unwrap_or_default()
            .into_iter()
            .map(|field| Section {
                path: field.key.clone(),
                line: field.line,
                table: field.table(),
                asked: RefCell::default(),
                notes: self.notes,
            })
            .collect()
    }

    pub(super) fn complain(&self, what: impl Into<String>) {
        let key = if self.path.is_empty() {
            "configuration"
        } else {
            &self.path
        };
        self.notes.complain(self.line, key, what);
    }

    /// Complains about every key that nobody asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, value) in self.table.into_iter().flatten() {
            if asked.contains(key.as_ref().as_ref()) {
                continue;
            }
            let near = asked
                .iter()
                .min_by_key(|known| distance(known, key.as_ref()));
            let hint = near
                .filter(|known| distance(known, key.as_ref()) <= 2)
                .map_or(String::new(), |known| format!(": do you mean `{known}`?"));
            let line = self.notes.line_of(key.span().start.min(value.span().start));
            let key = self.key_of(key.as_ref());
            self.notes
                .complain(line, &key, format!("is no setting of this program{hint}"));
        }
    }
}

/// One value with its key and its line.
pub(super) struct Field<'a> {
    key: String,
    line: usize,
    value: &'a DeValue<'a>,
    notes: &'a Notes,
}

impl<'a> Field<'a> {
    pub(super) fn complain(&self, what: impl Into<String>) {
        self.notes.complain(self.line, &self.key, what);
    }

    fn expected<T>(&self, what: &str) -> Option<T> {
        let kind = self.value.type_str();
        self.complain(format!("is of the type {kind}, expected {what}"));
        None
    }

    fn table(&self) -> Option<&'a DeTable<'a>> {
        self.value.as_table().or_else(|| self.expected("a table"))
    }

    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// The table as a section of its own.
    pub(super) fn section(&self) -> Section<'a> {
        Section {
            path: self.key.clone(),
            line: self.line,
            table: self.table(),
            asked: RefCell::default(),
            notes: self.notes,
        }
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        let text = self.value.as_str().or_else(|| self.expected("text"))?;
        if text.is_empty() {
            self.complain("is empty");
            return None;
        }
        Some(text)
    }

    pub(super) fn flag(&self) -> Option<bool> {
        let flag = self.value.as_bool();
        flag.or_else(|| self.expected("true or false"))
    }

    /// A whole number of this range.
    pub(super) fn number(&self, least: u64, most: u64) -> Option<u64> {
        let expected = format!("a whole number from {least} to {most}");
        let Some(integer) = self.value.as_integer() else {
            return self.expected(&expected);
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.complain(format!("is `{}`, expected {expected}", integer.as_str()));
        }
        number
    }

    /// A duration of this range, in words such as `15m`.
    pub(super) fn duration(&self, least: Duration, most: Duration) -> Option<Duration> {
        let text = self.text()?;
        let duration = parse_duration(text).filter(|duration| (least..=most).contains(duration));
        if duration.is_none() {
            let (least, most) = (shown_duration(least), shown_duration(most));
            self.complain(format!(
                "is `{text}`, expected a duration from {least} to {most}, such as \"30s\", \"15m\", \"24h\" or \"7d\""
            ));
        }
        duration
    }

    /// A size in bytes of this range, in words such as `1MiB`.
    pub(super) fn size(&self, least: u64, most: u64) -> Option<u64> {
        let text = self.text()?;
        let size = parse_size(text).filter(|size| (least..=most).contains(size));
        if size.is_none() {
            self.complain(format!(
                "is `{text}`, expected a size from {least} to {most} bytes, such as \"64KiB\" or \"1MiB\""
            ));
        }
        size
    }

    /// So many in a time, such as `60/min`.
    pub(super) fn rate(&self) -> Option<Rate> {
        let text = self.text()?;
        let rate = parse_rate(text);
        if rate.is_none() {
            self.complain(format!(
                "is `{text}`, expected a rate such as \"10/s\", \"60/min\" or \"500/h\""
            ));
        }
        rate
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let chosen = choices.iter().find(|(name, _)| *name == text);
        if chosen.is_none() {
            let names: Vec<String> = choices
                .iter()
                .map(|(name, _)| format!("\"{name}\""))
                .collect();
            self.complain(format!("is `{text}`, expected {}", names.join(" or ")));
        }
        chosen.map(|(_, value)| *value)
    }

    /// The values of a list.
    pub(super) fn elements(&self) -> Vec<Field<'a>> {
        let Some(list) = self.value.as_array() else {
            return self.expected("a list").unwrap_or_default();
        };
        let list: &'a DeArray<'a> = list;
        list.iter()
            .enumerate()
            .map(|(index, value)| Field {
                key: format!("{}[{index}]", self.key),
                line: self.notes.line_of(value.span().start),
                value: value.as_ref(),
                notes: self.notes,
            })
            .collect()
    }

    /// The texts of a list.
    pub(super) fn texts(&self) -> Vec<String> {
        let texts = self.elements();
        let texts = texts.iter().filter_map(Field::text);
        texts.map(str::to_owned).collect()
    }
}

/// How many letters two names differ in, each inserted, left out or changed.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (place, wanted) in row.iter_mut().skip(1).zip(&other) {
            let changed = diagonal + usize::from(letter != *wanted);
            diagonal = *place;
            left = changed.min(left + 1).min(diagonal + 1);
            *place = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
