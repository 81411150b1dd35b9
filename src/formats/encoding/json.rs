//! JSON values with their path, so that every complaint can name the field: the one reader of it.
//!
//! Values are parts of the text they are in. Wiping that text wipes them all, and nothing is copied but a string with
//! escapes, which is wiped itself. Text that holds secrets belongs in a type that is wiped.

use std::borrow::Cow;

use uuid::Uuid;

use super::byte_order_mark::without_mark;
pub use super::field::{FieldError, FieldFault, MAX_VALUES};
use super::json_text::{self, TextError, inside_quotes, joined, unescape};
use crate::crypto::secret::{Secret, SecretText};
use crate::formats::{printable, wallets::wallet_id::is_canonical_uuid};

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
///
/// Looking for a member reads the object up to there; for many of them, [`Value::object`] reads it once.
#[derive(Clone)]
pub struct Value<'a> {
    document: &'a str,
    path: String,
    raw: &'a str,
}

/// An object whose members are known.
pub struct Object<'a> {
    whole: Value<'a>,
    members: Vec<(Cow<'a, str>, &'a str)>,
}

/// The text of a JSON string.
pub enum Text<'a> {
    /// As it is in the document.
    Borrowed(&'a str),
    /// With its escapes resolved.
    Owned(SecretText),
}

impl Text<'_> {
    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text.expose(),
        }
    }
}

impl<'a> Value<'a> {
    /// Reads a document of at most [`MAX_VALUES`] values. A UTF-8 byte order mark is skipped. `document` is what
    /// complaints call it.
    ///
    /// # Errors
    /// [`FieldFault::NotJson`] with line and column, [`FieldFault::Twice`] with the name that is given twice,
    /// [`FieldFault::TooMany`], [`FieldFault::TooDeep`].
    pub fn parse(document: &'a str, bytes: &'a [u8]) -> Result<Self, FieldError> {
        Self::parse_whole(document, bytes, MAX_VALUES)
    }

    /// Reads a document of any number of values: lists, which are taken element by element.
    ///
    /// # Errors
    /// As [`Value::parse`].
    pub fn parse_list(document: &'a str, bytes: &'a [u8]) -> Result<Self, FieldError> {
        Self::parse_whole(document, bytes, usize::MAX)
    }

    fn parse_whole(document: &'a str, bytes: &'a [u8], most: usize) -> Result<Self, FieldError> {
        let bytes = without_mark(bytes);
        let value = |raw| Self {
            document,
            path: String::new(),
            raw,
        };
        let text = std::str::from_utf8(bytes)
            .map_err(|error| value("").fault(not_utf8(bytes, error.valid_up_to())))?;

        let value = value(text.trim_ascii());
        match json_text::check_whole(text, most) {
            Ok(()) => Ok(value),
            Err(fault) => Err(value.below(fault)),
        }
    }

    /// Every value of a text that holds one or several after each other, one at a time: a text may hold millions of small
    /// ones. `path` is the way to the text itself.
    ///
    /// Each is an error as of [`Value::parse_list`].
    pub fn parse_all(
        document: &'a str,
        path: &'a str,
        text: &'a str,
    ) -> impl Iterator<Item = Result<Self, FieldError>> + 'a {
        json_text::values(text).map(move |raw| {
            let value = |raw| Self {
                document,
                path: path.to_owned(),
                raw,
            };
            let value = raw.map(value).map_err(|fault| value("").fault(fault))?;
            match json_text::check(value.raw, usize::MAX) {
                Ok(()) => Ok(value),
                Err(fault) => Err(value.below(fault)),
            }
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

    /// The object that this is, read once.
    ///
    /// # Errors
    /// When this is no object.
    pub fn object(&self) -> Result<Object<'a>, FieldError> {
        Ok(Object {
            members: self.raw_members()?.collect(),
            whole: self.clone(),
        })
    }

    /// Every member, in the document's order.
    ///
    /// # Errors
    /// When this is no object.
    pub fn members(
        &self,
    ) -> Result<impl Iterator<Item = (Cow<'a, str>, Self)> + use<'_, 'a>, FieldError> {
        let members = self.raw_members()?;
        Ok(members.map(|(name, raw)| {
            let value = self.member(&name, raw);
            (name, value)
        }))
    }

    /// The member `name`, if it is there and not null.
    ///
    /// # Errors
    /// When this is no object.
    pub fn find(&self, name: &str) -> Result<Option<Self>, FieldError> {
        let found = self.raw_members()?.find(|(member, _)| member == name);
        let value = found.map(|(_, raw)| self.member(name, raw));
        Ok(value.filter(|value| value.kind() != Kind::Null))
    }

    /// The member `name`, which must be there and not null.
    ///
    /// # Errors
    /// When this is no object, or has no such member.
    pub fn get(&self, name: &str) -> Result<Self, FieldError> {
        self.find(name)?.ok_or_else(|| self.missing(name))
    }

    /// Every element of an array, one at a time: none of them is kept here, however many there are.
    ///
    /// # Errors
    /// When this is no array.
    pub fn elements(&self) -> Result<impl Iterator<Item = Self> + use<'_, 'a>, FieldError> {
        if self.kind() != Kind::Array {
            return Err(self.fault(FieldFault::Type("an array")));
        }
        let elements = json_text::elements(self.raw).enumerate();
        Ok(elements.map(|(index, raw)| Self {
            document: self.document,
            path: format!("{}[{index}]", self.path),
            raw,
        }))
    }

    /// The text of a string.
    ///
    /// # Errors
    /// When this is no string, or holds half a surrogate pair.
    pub fn text(&self) -> Result<Text<'a>, FieldError> {
        let inner =
            inside_quotes(self.raw).ok_or_else(|| self.fault(FieldFault::Type("a string")))?;
        if !inner.contains('\\') {
            return Ok(Text::Borrowed(inner));
        }
        let text = unescape(inner)
            .ok_or_else(|| self.fault(FieldFault::Value("a broken escape".to_owned())))?;
        Ok(Text::Owned(text))
    }

    /// An integer from `range`.
    ///
    /// # Errors
    /// When this is no integer, or outside the range.
    pub fn integer(&self, range: std::ops::RangeInclusive<u32>) -> Result<u32, FieldError> {
        let is_number = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
        if !self.raw.as_bytes().first().is_some_and(is_number) {
            return Err(self.fault(FieldFault::Type("a whole number")));
        }
        let number = self.raw.parse().ok();
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                self.fault(FieldFault::Value(format!(
                    "out of range, expected {} to {}",
                    range.start(),
                    range.end()
                )))
            })
    }

    /// The bytes that a string of hexadecimal digits spells, in either case.
    ///
    /// # Errors
    /// When this is no string, or not hexadecimal.
    pub fn hex(&self) -> Result<Vec<u8>, FieldError> {
        hex::decode(self.text()?.expose()).map_err(|error| self.fault(hex_fault(error)))
    }

    /// Exactly `N` bytes in hexadecimal.
    ///
    /// # Errors
    /// As [`Value::hex`], or when the length is another.
    pub fn hex_array<const N: usize>(&self) -> Result<[u8; N], FieldError> {
        let bytes = self.hex()?;
        let found = bytes.len();
        bytes
            .try_into()
            .map_err(|_| self.fault(FieldFault::Length { expected: N, found }))
    }

    /// Exactly `N` secret bytes in hexadecimal, decoded in constant time.
    ///
    /// # Errors
    /// As [`Value::hex_array`].
    pub fn secret_hex<const N: usize>(&self) -> Result<Secret<N>, FieldError> {
        let text = self.text()?;
        let text = text.expose();
        if !text.len().is_multiple_of(2) {
            return Err(self.fault(FieldFault::Hex("odd number of digits")));
        }
        if text.len() != 2 * N {
            return Err(self.fault(FieldFault::Length {
                expected: N,
                found: text.len() / 2,
            }));
        }
        let mut bytes = [0; N];
        base16ct::mixed::decode(text, &mut bytes)
            .map_err(|_| self.fault(FieldFault::Hex("foreign character")))?;
        Ok(Secret::take(&mut bytes))
    }

    /// Secret bytes of any number as the hexadecimal text they are spelled in.
    ///
    /// # Errors
    /// As [`Value::hex`].
    pub fn secret_hex_text(&self) -> Result<SecretText, FieldError> {
        let text = self.text()?;
        let text = text.expose();
        if !text.len().is_multiple_of(2) {
            return Err(self.fault(FieldFault::Hex("odd number of digits")));
        }
        if !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(self.fault(FieldFault::Hex("foreign character")));
        }
        Ok(SecretText::new(text.to_owned()))
    }

    /// A UUID in its canonical spelling.
    ///
    /// # Errors
    /// When this is no string, or the spelling is another.
    pub fn uuid(&self) -> Result<Uuid, FieldError> {
        parse_uuid(self.text()?.expose()).ok_or_else(|| self.fault(FieldFault::Uuid))
    }

    fn raw_members(
        &self,
    ) -> Result<impl Iterator<Item = (Cow<'a, str>, &'a str)> + use<'a>, FieldError> {
        if self.kind() != Kind::Object {
            return Err(self.fault(FieldFault::Type("an object")));
        }
        Ok(json_text::members(self.raw))
    }

    fn member(&self, name: &str, raw: &'a str) -> Self {
        Self {
            document: self.document,
            path: joined(&self.path, name),
            raw,
        }
    }

    fn missing(&self, name: &str) -> FieldError {
        self.member(name, "null").fault(FieldFault::Missing)
    }

    /// A complaint about something further in.
    fn below(&self, inner: TextError) -> FieldError {
        let mut error = self.fault(inner.fault);
        if !error.path.is_empty() && !inner.path.is_empty() && !inner.path.starts_with('[') {
            error.path.push('.');
        }
        error.path.push_str(&inner.path);
        error
    }
}

impl<'a> Object<'a> {
    /// The object as a value.
    #[must_use]
    pub fn whole(&self) -> &Value<'a> {
        &self.whole
    }

    /// Every member, in the order in which they are.
    pub fn members(&self) -> impl Iterator<Item = Value<'a>> {
        let member = |(name, raw): &(Cow<'a, str>, &'a str)| self.whole.member(name, raw);
        self.members.iter().map(member)
    }

    /// Every member with its name, in the order in which they are.
    pub fn named(&self) -> impl Iterator<Item = (&str, Value<'a>)> {
        let member = |(name, raw): &'_ (Cow<'a, str>, &'a str)| self.whole.member(name, raw);
        self.members
            .iter()
            .map(move |found| (found.0.as_ref(), member(found)))
    }

    /// The names of its members, in the order in which they are.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_ref())
    }

    /// The member `name`, if it is there and not null.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Value<'a>> {
        let (name, raw) = self.members.iter().find(|(member, _)| member == name)?;
        Some(self.whole.member(name, raw)).filter(|value| value.kind() != Kind::Null)
    }

    /// The member `name`, which must be there and not null.
    ///
    /// # Errors
    /// [`FieldFault::Missing`] with its path.
    pub fn get(&self, name: &str) -> Result<Value<'a>, FieldError> {
        self.find(name).ok_or_else(|| self.whole.missing(name))
    }

    /// Whether one of the names is there and not null.
    #[must_use]
    pub fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.find(name).is_some())
    }
}

/// A UUID, accepted only in lower case with dashes.
#[must_use]
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    is_canonical_uuid(text.as_bytes())
        .then(|| Uuid::try_parse(text).ok())
        .flatten()
}

/// Where bytes stop being text, as line and column.
fn not_utf8(bytes: &[u8], valid: usize) -> FieldFault {
    let before = bytes.get(..valid).unwrap_or_default();
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    FieldFault::NotJson {
        line: memchr::memchr_iter(b'\n', before).count() + 1,
        column: valid - line_start + 1,
    }
}

fn hex_fault(error: hex::FromHexError) -> FieldFault {
    FieldFault::Hex(match error {
        hex::FromHexError::OddLength => "odd number of digits",
        _ => "foreign character",
    })
}
