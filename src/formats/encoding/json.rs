//! JSON values with their path, so that every complaint can name the field.

use serde_json::{Map, Value};
use uuid::Uuid;
use zeroize::Zeroize;

pub use super::field::{FieldError, FieldFault, MAX_VALUES, plural};
use super::{json_tree, shown::shown_member};
use crate::crypto::secret::{Secret, SecretText};
use crate::formats::{printable, wallets::wallet_id::is_canonical_uuid};

/// A JSON document under a name that complaints use. Its strings are wiped when it is dropped.
pub struct Document {
    name: String,
    value: Value,
}

impl Document {
    /// Parses a whole document. A UTF-8 byte order mark is passed over.
    ///
    /// # Errors
    /// [`FieldFault::NotJson`] with line and column, [`FieldFault::Twice`] with the name that is given twice,
    /// [`FieldFault::TooMany`].
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, FieldError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let value = json_tree::read(bytes).map_err(|fault| fault.about(name))?;
        Ok(Self {
            name: printable(name),
            value,
        })
    }

    /// The value at the top.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node {
            document: &self.name,
            path: String::new(),
            value: &self.value,
        }
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        wipe(&mut self.value);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(elements) => elements.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

/// A value inside a document, with the way to it.
#[derive(Clone)]
pub struct Node<'a> {
    document: &'a str,
    path: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    /// A complaint about this value.
    #[must_use]
    pub fn fault(&self, fault: FieldFault) -> FieldError {
        FieldError {
            document: self.document.to_owned(),
            path: self.path.clone(),
            fault,
        }
    }

    /// The path to this value.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The member `name`, which must be there and not null.
    ///
    /// # Errors
    /// When this is no object, or has no such member.
    pub fn get(&self, name: &str) -> Result<Self, FieldError> {
        self.find(name)?.ok_or_else(|| FieldError {
            document: self.document.to_owned(),
            path: self.join(name),
            fault: FieldFault::Missing,
        })
    }

    /// The member `name`, if it is there and not null.
    ///
    /// # Errors
    /// When this is no object.
    pub fn find(&self, name: &str) -> Result<Option<Self>, FieldError> {
        let value = self.object()?.get(name).filter(|value| !value.is_null());
        Ok(value.map(|value| Self {
            document: self.document,
            path: self.join(name),
            value,
        }))
    }

    /// Every member, in the document's order of names.
    ///
    /// # Errors
    /// When this is no object.
    pub fn members(&self) -> Result<Vec<(&'a str, Self)>, FieldError> {
        let member = |(name, value): (&'a String, &'a Value)| {
            (
                name.as_str(),
                Self {
                    document: self.document,
                    path: self.join(name),
                    value,
                },
            )
        };
        Ok(self.object()?.iter().map(member).collect())
    }

    /// Every element of an array.
    ///
    /// # Errors
    /// When this is no array.
    pub fn elements(&self) -> Result<Vec<Self>, FieldError> {
        let array = self
            .value
            .as_array()
            .ok_or_else(|| self.fault(FieldFault::Type("an array")))?;
        let element = |(index, value): (usize, &'a Value)| Self {
            document: self.document,
            path: format!("{}[{index}]", self.path),
            value,
        };
        Ok(array.iter().enumerate().map(element).collect())
    }

    /// The text of a string.
    ///
    /// # Errors
    /// When this is no string.
    pub fn text(&self) -> Result<&'a str, FieldError> {
        self.value
            .as_str()
            .ok_or_else(|| self.fault(FieldFault::Type("a string")))
    }

    /// An integer from `range`.
    ///
    /// # Errors
    /// When this is no integer, or outside the range.
    pub fn integer(&self, range: std::ops::RangeInclusive<u32>) -> Result<u32, FieldError> {
        if !self.value.is_number() {
            return Err(self.fault(FieldFault::Type("a whole number")));
        }
        let number = self
            .value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok());
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
        hex::decode(self.text()?).map_err(|error| self.fault(hex_fault(error)))
    }

    /// Exactly `N` bytes in hexadecimal.
    ///
    /// # Errors
    /// As [`Node::hex`], or when the length is another.
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
    /// As [`Node::hex_array`].
    pub fn secret_hex<const N: usize>(&self) -> Result<Secret<N>, FieldError> {
        let text = self.text()?;
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
    /// As [`Node::hex`].
    pub fn secret_hex_text(&self) -> Result<SecretText, FieldError> {
        let text = self.text()?;
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
        parse_uuid(self.text()?).ok_or_else(|| self.fault(FieldFault::Uuid))
    }

    fn object(&self) -> Result<&'a Map<String, Value>, FieldError> {
        self.value
            .as_object()
            .ok_or_else(|| self.fault(FieldFault::Type("an object")))
    }

    fn join(&self, name: &str) -> String {
        let name = shown_member(name);
        if self.path.is_empty() {
            name
        } else {
            format!("{}.{name}", self.path)
        }
    }
}

/// A UUID, accepted only in lower case with dashes.
#[must_use]
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    is_canonical_uuid(text.as_bytes())
        .then(|| Uuid::try_parse(text).ok())
        .flatten()
}

fn hex_fault(error: hex::FromHexError) -> FieldFault {
    FieldFault::Hex(match error {
        hex::FromHexError::OddLength => "odd number of digits",
        _ => "foreign character",
    })
}
