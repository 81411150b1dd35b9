//! JSON that holds secrets: values lent from the text they stand in, so that wiping that text wipes them all.
//!
//! The tree of `json.rs` copies every string onto the heap and leaves it there; here nothing is copied, except a
//! string with escapes, and that copy is wiped.

use std::collections::HashSet;

use serde::{
    Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    field::{FieldError, FieldFault},
    shown::shown_member,
};
use crate::crypto::secret::SecretText;
use crate::formats::printable;

/// The JSON types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true`, `false` or a number.
    Plain,
    /// A string.
    Text,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A value inside a text, with the way to it.
#[derive(Clone)]
pub struct Lent<'a> {
    document: &'a str,
    path: String,
    raw: &'a str,
}

/// The members of an object.
pub struct LentObject<'a> {
    whole: Lent<'a>,
    members: Vec<(String, &'a str)>,
}

/// The text of a JSON string.
pub enum LentText<'a> {
    /// As it stands in the document.
    Borrowed(&'a str),
    /// With its escapes resolved.
    Owned(SecretText),
}

impl LentText<'_> {
    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text.expose(),
        }
    }
}

impl<'a> Lent<'a> {
    /// Every value of a text that holds one or several after each other, one at a time: a text may hold millions of
    /// small ones. `path` is the way to the text itself.
    ///
    /// Each is an error, [`FieldFault::NotJson`] with line and column, where the text is no JSON.
    pub fn parse_all(
        document: &'a str,
        path: &'a str,
        text: &'a str,
    ) -> impl Iterator<Item = Result<Self, FieldError>> + 'a {
        let values = serde_json::Deserializer::from_str(text).into_iter::<&'a RawValue>();

        values.map(move |value| {
            let value = value.map_err(|error| not_json(document, path, &error))?;
            Ok(Self {
                document,
                path: path.to_owned(),
                raw: value.get(),
            })
        })
    }

    /// The one value of a text that holds no more.
    ///
    /// # Errors
    /// [`FieldFault::NotJson`] with line and column.
    pub fn parse(document: &'a str, text: &'a str) -> Result<Self, FieldError> {
        let value: &RawValue =
            serde_json::from_str(text).map_err(|error| not_json(document, "", &error))?;

        Ok(Self {
            document,
            path: String::new(),
            raw: value.get(),
        })
    }

    /// The document's name and the path to this value.
    #[must_use]
    pub fn place(&self) -> (&'a str, &str) {
        (self.document, &self.path)
    }

    /// The JSON text of this value.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// A complaint about this value.
    #[must_use]
    pub fn fault(&self, fault: FieldFault) -> FieldError {
        FieldError {
            document: printable(self.document),
            path: self.path.clone(),
            fault,
        }
    }

    /// Its JSON type.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.raw.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            Some(b'n') => Kind::Null,
            _ => Kind::Plain,
        }
    }

    /// The members of an object; no name may stand twice.
    ///
    /// # Errors
    /// When this is no object.
    pub fn object(&self) -> Result<LentObject<'a>, FieldError> {
        if self.kind() != Kind::Object {
            return Err(self.fault(FieldFault::Type("an object")));
        }
        let mut reader = serde_json::Deserializer::from_str(self.raw);
        let members = reader
            .deserialize_map(Members)
            .map_err(|error| not_json(self.document, &self.path, &error))?;
        // A set, and not a look at every earlier name: a file may hold a million of them.
        let mut names = HashSet::with_capacity(members.len());
        if let Some((twice, _)) = members.iter().find(|(name, _)| !names.insert(name)) {
            return Err(self.member(twice, self.raw).fault(FieldFault::Twice));
        }

        Ok(LentObject {
            whole: self.clone(),
            members,
        })
    }

    /// Hands over the elements of an array, one at a time: none of them is kept here, however many there are.
    ///
    /// # Errors
    /// When this is no array, and the first one of `take`.
    pub fn each_element<E: From<FieldError>>(
        &self,
        take: impl FnMut(Self) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.kind() != Kind::Array {
            return Err(self.fault(FieldFault::Type("an array")).into());
        }

        let mut result = Ok(());
        let elements = Elements {
            array: self,
            take,
            result: &mut result,
        };
        let read = serde_json::Deserializer::from_str(self.raw).deserialize_seq(elements);

        // What `take` refused ends the reading as an error of JSON, which it is not.
        result?;
        read.map_err(|error| not_json(self.document, &self.path, &error).into())
    }

    /// The text of a string.
    ///
    /// # Errors
    /// When this is no string, or holds half a surrogate pair.
    pub fn text(&self) -> Result<LentText<'a>, FieldError> {
        let inner = self
            .raw
            .strip_prefix('"')
            .and_then(|raw| raw.strip_suffix('"'));
        let inner = inner.ok_or_else(|| self.fault(FieldFault::Type("a string")))?;
        if !inner.contains('\\') {
            return Ok(LentText::Borrowed(inner));
        }
        let text = unescape(inner)
            .ok_or_else(|| self.fault(FieldFault::Value("a broken escape".to_owned())))?;
        Ok(LentText::Owned(text))
    }

    fn member(&self, name: &str, raw: &'a str) -> Self {
        let name = shown_member(name);
        let path = if self.path.is_empty() {
            name
        } else {
            format!("{}.{name}", self.path)
        };
        Self {
            document: self.document,
            path,
            raw,
        }
    }
}

impl<'a> LentObject<'a> {
    /// The object as a value.
    #[must_use]
    pub fn whole(&self) -> &Lent<'a> {
        &self.whole
    }

    /// Every member, in the order in which they stand.
    pub fn members(&self) -> impl Iterator<Item = Lent<'a>> {
        self.members
            .iter()
            .map(|(name, raw)| self.whole.member(name, raw))
    }

    /// The member `name`, if it is there and not null.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Lent<'a>> {
        let (name, raw) = self.members.iter().find(|(member, _)| member == name)?;
        Some(self.whole.member(name, raw)).filter(|value| value.kind() != Kind::Null)
    }

    /// The member `name`, which must be there and not null.
    ///
    /// # Errors
    /// [`FieldFault::Missing`] with its path.
    pub fn get(&self, name: &str) -> Result<Lent<'a>, FieldError> {
        self.find(name)
            .ok_or_else(|| self.whole.member(name, "null").fault(FieldFault::Missing))
    }

    /// Whether one of the names is there and not null.
    #[must_use]
    pub fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.find(name).is_some())
    }
}

struct Elements<'s, 'a, F, E> {
    array: &'s Lent<'a>,
    take: F,
    result: &'s mut Result<(), E>,
}

impl<'a, E, F: FnMut(Lent<'a>) -> Result<(), E>> Visitor<'a> for Elements<'_, 'a, F, E> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut elements: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(raw) = elements.next_element::<&'a RawValue>()? {
            let element = Lent {
                document: self.array.document,
                path: format!("{}[{index}]", self.array.path),
                raw: raw.get(),
            };
            index += 1;

            if let Err(error) = (self.take)(element) {
                *self.result = Err(error);
                return Err(serde::de::Error::custom("refused"));
            }
        }

        Ok(())
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de str)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            members.push((name, value.get()));
        }
        Ok(members)
    }
}

fn not_json(document: &str, path: &str, error: &serde_json::Error) -> FieldError {
    let fault = FieldFault::NotJson {
        line: error.line(),
        column: error.column(),
    };
    FieldError {
        document: printable(document),
        path: path.to_owned(),
        fault,
    }
}

/// Resolves the escapes of a string that has been parsed once; `None` for half a surrogate pair.
fn unescape(raw: &str) -> Option<SecretText> {
    // No escape is shorter than what it stands for, so the buffer never grows and leaves no copy behind.
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

/// The character that stands after a backslash, and what follows it.
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
