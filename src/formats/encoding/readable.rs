//! The text of a file as the program that wrote it meant it: in UTF-8, whatever an editor, a shell or a secret store made
//! of it on the way (FORMATS.md §10, §14, §15).
//!
//! This is safe for JSON and CSV: a wrong guess gives text that does not parse.

use zeroize::Zeroizing;

use super::{base64::from_base64, file_kind::Foreign};
use crate::crypto::secret::SecretBytes;

/// Encodings around each other that are taken off, such as base64 of UTF-16.
const DEEPEST: usize = 3;
/// Shorter base64 could be a word.
const SHORTEST: usize = 40;

/// The content of a file.
pub enum Readable<'a> {
    /// As it was given.
    AsGiven(&'a [u8]),
    /// Out of UTF-16, UTF-32 or base64.
    Decoded(SecretBytes),
}

impl<'a> Readable<'a> {
    /// Takes UTF-16 and UTF-32 off, where the whole file is in one of them. Base64 stays: a bare key looks like it.
    #[must_use]
    pub fn of_text(bytes: &'a [u8]) -> Self {
        match Foreign::wide(bytes) {
            Some(_) => Self::of(bytes),
            None => Self::AsGiven(bytes),
        }
    }

    /// Takes UTF-16, UTF-32 and base64 off, where the whole file is in one of them.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        let mut readable = Self::AsGiven(bytes);
        for _ in 0..DEEPEST {
            match decoded(readable.bytes()) {
                Some(inner) => readable = Self::Decoded(inner),
                None => break,
            }
        }
        readable
    }

    /// The bytes of the text.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::AsGiven(bytes) => bytes,
            Self::Decoded(bytes) => bytes.expose(),
        }
    }
}

fn decoded(bytes: &[u8]) -> Option<SecretBytes> {
    match Foreign::wide(bytes) {
        Some(_) => from_wide(bytes).map(|(_, text)| SecretBytes::new(text.as_bytes().to_vec())),
        None => from_text_of_base64(bytes),
    }
}

/// Text with two or four bytes a character, and the name of that encoding.
pub(in crate::formats) fn from_wide(bytes: &[u8]) -> Option<(&'static str, Zeroizing<String>)> {
    let Some(Foreign::Wide(name)) = Foreign::wide(bytes) else {
        return None;
    };
    if name.ends_with("16") {
        utf16(bytes).map(|text| ("UTF-16", text))
    } else {
        utf32(bytes).map(|text| ("UTF-32", text))
    }
}

fn utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let is_big = bytes.starts_with(b"\xfe\xff") || bytes.first() == Some(&0);
    let units = bytes.chunks_exact(2).map(|pair| {
        let pair = <[u8; 2]>::try_from(pair).unwrap_or_default();
        if is_big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }
    });
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 3 / 2));
    for letter in char::decode_utf16(units) {
        text.push(letter.ok()?);
    }
    Some(text)
}

fn utf32(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let is_big = bytes.starts_with(b"\0\0");
    let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
    for unit in bytes.chunks_exact(4) {
        let unit = <[u8; 4]>::try_from(unit).unwrap_or_default();
        let value = if is_big {
            u32::from_be_bytes(unit)
        } else {
            u32::from_le_bytes(unit)
        };
        text.push(char::from_u32(value)?);
    }
    Some(text)
}

/// A file of nothing but base64 of a text. JSON and CSV hold other characters than its digits.
fn from_text_of_base64(bytes: &[u8]) -> Option<SecretBytes> {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    let is_base64 = bytes
        .iter()
        .all(|byte| is_digit(byte) || byte.is_ascii_whitespace());
    if bytes.len() < SHORTEST || !is_base64 {
        return None;
    }

    let inner = from_base64(std::str::from_utf8(bytes).ok()?)?;
    let is_text = Foreign::wide(inner.expose()).is_some()
        || std::str::from_utf8(inner.expose()).is_ok_and(|text| {
            !text
                .chars()
                .any(|letter| letter.is_control() && !letter.is_whitespace())
        });
    is_text.then_some(inner)
}
