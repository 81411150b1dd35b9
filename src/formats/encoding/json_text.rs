//! JSON as text: whether it is any, what it may not be, and where its parts begin and end.
//!
//! `serde_json` says whether a text is JSON, and where it is not. It keeps the last of two equal names, other readers the
//! first, and a tree of values takes up to a hundred times the room of its text. So no tree is built: one walk over the text
//! looks for equal names and holds it to its limits, and after that its parts are found by their brackets and quotes.

use std::{borrow::Cow, collections::HashSet};

use serde::de::IgnoredAny;

use super::{
    field::{FieldFault, MAX_DEPTH},
    shown::shown_member,
};
use crate::crypto::secret::SecretText;

/// What is wrong with a text, and the path to where it is.
pub(in crate::formats) struct TextError {
    pub(in crate::formats) path: String,
    pub(in crate::formats) fault: FieldFault,
}

impl TextError {
    /// Of the text as a whole, wherever it was noticed.
    fn of_all(fault: FieldFault) -> Self {
        Self {
            path: String::new(),
            fault,
        }
    }
}

/// Refuses what is not one JSON value, and what [`check`] refuses.
pub(in crate::formats) fn check_whole(text: &str, most: usize) -> Result<(), TextError> {
    let read = serde_json::from_str::<IgnoredAny>(text);
    read.map_err(|error| TextError::of_all(not_json(&error)))?;
    check(text, most)
}

/// The JSON values that are in a text one after the other, unchecked but for their syntax.
pub(in crate::formats) fn values(text: &str) -> impl Iterator<Item = Result<&str, FieldFault>> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let mut start = 0;

    std::iter::from_fn(move || {
        let value = values.next()?;
        let end = values.byte_offset();
        let found = text.get(start..end).unwrap_or_default().trim_ascii();
        start = end;
        Some(value.map(|_| found).map_err(|error| not_json(&error)))
    })
}

/// Walks over a JSON value and refuses a name that is given twice in one object, more than `most` values, and more than
/// [`MAX_DEPTH`] brackets in each other.
pub(in crate::formats) fn check(text: &str, most: usize) -> Result<(), TextError> {
    let bytes = text.as_bytes();
    let (mut open, mut left, mut at) = (Vec::<Open<'_>>::new(), most, 0);

    while let Some(byte) = bytes.get(at) {
        let end = match byte {
            b'"' => text_end(bytes, at),
            b'{' | b'[' | b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => at + 1,
            _ => plain_end(bytes, at),
        };
        let token = text.get(at..end).unwrap_or_default();
        at = end;

        match (byte, open.last_mut()) {
            (b' ' | b'\t' | b'\n' | b'\r' | b':', _) => continue,
            (b'}' | b']', _) => {
                open.pop();
                continue;
            }
            (b',', Some(around)) => {
                around.next();
                continue;
            }
            (b'"', Some(Open::Object(names))) if names.is_awaited => {
                if let Err(fault) = names.add(token) {
                    let path = path_of(&open);
                    return Err(TextError { path, fault });
                }
                continue;
            }
            _ => {}
        }

        // Everything else is a value, or the beginning of one.
        left = left
            .checked_sub(1)
            .ok_or(TextError::of_all(FieldFault::TooMany))?;
        match byte {
            b'{' => open.push(Open::Object(Names::default())),
            b'[' => open.push(Open::Array(0)),
            _ => continue,
        }
        if open.len() > MAX_DEPTH {
            return Err(TextError::of_all(FieldFault::TooDeep));
        }
    }
    Ok(())
}

/// An array or object that the walk is in.
enum Open<'a> {
    /// Which element is next.
    Array(usize),
    Object(Names<'a>),
}

impl Open<'_> {
    /// A comma.
    fn next(&mut self) {
        match self {
            Self::Array(index) => *index += 1,
            Self::Object(names) => names.is_awaited = true,
        }
    }
}

/// The names of an object so far.
struct Names<'a> {
    few: Vec<Cow<'a, str>>,
    /// All but the last of many: a file may hold a million of them.
    many: HashSet<Cow<'a, str>>,
    is_awaited: bool,
}

impl Default for Names<'_> {
    fn default() -> Self {
        Self {
            few: Vec::new(),
            many: HashSet::new(),
            is_awaited: true,
        }
    }
}

impl<'a> Names<'a> {
    /// Takes the next name in, given in its quotes.
    fn add(&mut self, quoted: &'a str) -> Result<(), FieldFault> {
        /// So many are compared one by one: quicker than hashing them.
        const FEW: usize = 16;

        let name = name_in(quoted);
        let broken = || FieldFault::Value("a broken escape".to_owned());
        let name = name.ok_or_else(broken)?;
        let is_known = self.few.contains(&name) || self.many.contains(&name);
        if self.few.len() == FEW {
            self.many.extend(self.few.drain(..));
        }
        self.few.push(name);
        self.is_awaited = false;

        if is_known {
            Err(FieldFault::Twice)
        } else {
            Ok(())
        }
    }
}

fn path_of(open: &[Open<'_>]) -> String {
    let mut path = String::new();
    for step in open {
        match step {
            Open::Array(index) => path.push_str(&format!("[{index}]")),
            Open::Object(names) => {
                if let Some(name) = names.few.last() {
                    path = joined(&path, name);
                }
            }
        }
    }
    path
}

/// The path to a member.
pub(in crate::formats) fn joined(path: &str, name: &str) -> String {
    let name = shown_member(name);
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

/// The members of an object that has been checked: names and values, in their order.
pub(in crate::formats) fn members(object: &str) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
    let mut parts = Parts::of(object);
    std::iter::from_fn(move || {
        let name = name_in(parts.next()?)?;
        Some((name, parts.next()?))
    })
}

/// The elements of an array that has been checked.
pub(in crate::formats) fn elements(array: &str) -> impl Iterator<Item = &str> {
    Parts::of(array)
}

/// What is between the brackets of a value: elements, or names and values in turn.
struct Parts<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, at: 1 }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let between = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':');
        let skipped = bytes
            .get(self.at..)?
            .iter()
            .take_while(|byte| between(byte));
        let start = self.at + skipped.count();

        let end = match bytes.get(start)? {
            b'}' | b']' => return None,
            b'"' => text_end(bytes, start),
            b'{' | b'[' => brackets_end(bytes, start),
            _ => plain_end(bytes, start),
        };
        self.at = end;
        self.text.get(start..end)
    }
}

/// Where a string ends that begins at `at`, behind its closing quote.
fn text_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(offset) = bytes
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += offset;
        if bytes.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// Where an array or object ends that begins at `at`.
fn brackets_end(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut at) = (0_usize, at);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = text_end(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// Where a number, `true`, `false` or `null` ends that begins at `at`.
fn plain_end(bytes: &[u8], at: usize) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let rest = bytes.get(at..).unwrap_or_default();
    let length = rest.iter().take_while(|byte| is_part(byte)).count();
    at + length.max(1)
}

/// A name without its quotes and escapes; `None` for half a surrogate pair.
fn name_in(quoted: &str) -> Option<Cow<'_, str>> {
    if quoted.contains('\\') {
        return serde_json::from_str(quoted).ok().map(Cow::Owned);
    }
    inside_quotes(quoted).map(Cow::Borrowed)
}

/// What is between the quotes of a string, escapes as they are; `None` for another value.
pub(in crate::formats) fn inside_quotes(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

fn not_json(error: &serde_json::Error) -> FieldFault {
    FieldFault::NotJson {
        line: error.line(),
        column: error.column(),
    }
}

/// Resolves the escapes of a string that has been checked; `None` for half a surrogate pair.
pub(in crate::formats) fn unescape(raw: &str) -> Option<SecretText> {
    // No escape is shorter than what it stands for, so the buffer never grows and leaves no copy behind, as that of
    // `serde_json` does.
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(rest.get(..at)?);
        let (resolved, after) = resolve(rest.get(at + 1..)?)?;
        text.push(resolved);
        rest = after;
    }
    text.push_str(rest);
    Some(SecretText::new(text))
}

/// The character that is after a backslash, and what follows it.
fn resolve(escape: &str) -> Option<(char, &str)> {
    let (kind, after) = escape.split_at_checked(1)?;
    let plain = match kind {
        "b" => '\u{8}',
        "f" => '\u{c}',
        "n" => '\n',
        "r" => '\r',
        "t" => '\t',
        "u" => return resolve_unicode(after),
        other => other.chars().next()?,
    };
    Some((plain, after))
}

fn resolve_unicode(after: &str) -> Option<(char, &str)> {
    let (high, after) = code_unit(after)?;
    if let Some(single) = char::from_u32(high) {
        return Some((single, after));
    }
    let (low, after) = code_unit(after.strip_prefix("\\u")?)?;
    let pair = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
    Some((char::decode_utf16(pair).next()?.ok()?, after))
}

fn code_unit(text: &str) -> Option<(u32, &str)> {
    let (digits, after) = text.split_at_checked(4)?;
    Some((u32::from_str_radix(digits, 16).ok()?, after))
}
