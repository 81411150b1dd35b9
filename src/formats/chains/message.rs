//! Messages to sign, in the encodings that they are handed around in (FORMATS.md §19).

use std::borrow::Cow;

use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding};

use crate::formats::encoding::byte_order_mark::{BYTE_ORDER_MARK, without_mark};

/// Most letters of base58 that are decoded: it takes time that grows with their square. A transaction has 1683 at most.
const MAX_BASE58: usize = 16 << 10;

/// How a message is in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageForm {
    /// The bytes themselves.
    Raw,
    /// Hexadecimal digits.
    Hex,
    /// Base64, of either alphabet, padded or not.
    Base64,
    /// Base58, as Solana's tools write it.
    Base58,
}

impl MessageForm {
    /// What a text in this form is, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Raw => "the bytes themselves",
            Self::Hex => "hexadecimal digits",
            Self::Base64 => "base64",
            Self::Base58 => "base58",
        }
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Base58 => "base58",
        }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The forms whose letters raw bytes are; none for bytes that are to be signed.
    pub looks: &'static [MessageForm],
}

/// Why a text is no message of its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// UTF-16, as Windows writes text.
    #[error("the message file is in UTF-16, expected plain text")]
    Utf16,
    /// Bytes that are no text.
    #[error("the message file is not text")]
    NotText,
    /// A text message in another encoding of letters.
    #[error("the text message is not UTF-8, as wallets sign it")]
    NotUtf8,
    /// Three bytes that nobody sees.
    #[error("the text message begins with a byte order mark, which would be signed too")]
    ByteOrderMark,
    /// Something else than digits.
    #[error(
        "the message is not hexadecimal: an even number of digits, with or without `0x` once before them"
    )]
    NotHex,
    /// Something else than base64.
    #[error("the message is not base64")]
    NotBase64,
    /// Something else than base58, or more than anybody writes so.
    #[error("the message is not base58 of at most {MAX_BASE58} letters")]
    NotBase58,
}

/// The bytes of a message.
///
/// # Errors
/// [`MessageError`]: the whole text is of the encoding, or nothing is.
pub fn read_message(bytes: Vec<u8>, form: MessageForm) -> Result<Message, MessageError> {
    if form == MessageForm::Raw {
        let looks = look(&bytes);
        return Ok(Message { bytes, looks });
    }

    // Dumps put blanks and line ends between the letters, and JSON's quotes around them.
    let letters: String = without_quotes(text_of(&bytes)?)
        .split_whitespace()
        .collect();
    let bytes = match form {
        MessageForm::Base64 => from_base64(&letters)?,
        MessageForm::Base58 => from_base58(&letters)?,
        MessageForm::Raw | MessageForm::Hex => {
            hex::decode(without_0x(&letters)).map_err(|_| MessageError::NotHex)?
        }
    };
    Ok(Message { bytes, looks: &[] })
}

fn without_quotes(text: &str) -> &str {
    ['"', '\'', '`']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}

fn without_0x(digits: &str) -> &str {
    digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
        .unwrap_or(digits)
}

fn from_base64(letters: &str) -> Result<Vec<u8>, MessageError> {
    Base64::decode_vec(letters)
        .or_else(|_| Base64Unpadded::decode_vec(letters))
        .or_else(|_| Base64Url::decode_vec(letters))
        .or_else(|_| Base64UrlUnpadded::decode_vec(letters))
        .map_err(|_| MessageError::NotBase64)
}

fn from_base58(letters: &str) -> Result<Vec<u8>, MessageError> {
    if letters.len() > MAX_BASE58 {
        return Err(MessageError::NotBase58);
    }
    bs58::decode(letters)
        .into_vec()
        .map_err(|_| MessageError::NotBase58)
}

/// Whether wallets sign these bytes as a text message: letters in UTF-8, as a person types them.
///
/// # Errors
/// [`MessageError`].
pub fn check_text(bytes: &[u8]) -> Result<(), MessageError> {
    let marks: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
    if marks.iter().any(|mark| bytes.starts_with(mark)) || bytes.contains(&0) {
        return Err(MessageError::Utf16);
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        return Err(MessageError::ByteOrderMark);
    }
    std::str::from_utf8(bytes)
        .map(|_| ())
        .map_err(|_| MessageError::NotUtf8)
}

fn text_of(bytes: &[u8]) -> Result<&str, MessageError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(MessageError::Utf16);
    }
    let bytes = without_mark(bytes);
    if bytes.contains(&0) {
        return Err(MessageError::Utf16);
    }
    std::str::from_utf8(bytes)
        .map(str::trim)
        .map_err(|_| MessageError::NotText)
}

/// A text in UTF-8, or in UTF-16 behind its mark, as some shells write what programs print.
fn any_text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let read: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    };
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| pair.first_chunk().copied())
        .map(read)
        .collect();
    String::from_utf16(&units).ok().map(Cow::Owned)
}

/// Whether raw bytes are the letters of another form. No transaction is made of such letters alone; a word may be, so
/// short texts are digits only behind `0x`.
fn look(bytes: &[u8]) -> &'static [MessageForm] {
    const FEWEST_DIGITS: usize = 16;
    const FEWEST_LETTERS: usize = 44;
    let Some(text) = any_text(bytes) else {
        return &[];
    };
    let text = without_quotes(text.trim_start_matches('\u{feff}').trim_ascii());
    let letters: String = text.split_ascii_whitespace().collect();

    let digits = without_0x(&letters);
    let is_marked = digits.len() < letters.len();
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && digits.len() >= if is_marked { 2 } else { FEWEST_DIGITS };
    if is_hex {
        return &[MessageForm::Hex];
    }

    // Words of a sentence are letters too: these forms are in one piece, or in lines.
    let is_one_piece = !text.contains([' ', '\t']);
    if letters.len() < FEWEST_LETTERS || !is_one_piece {
        return &[];
    }
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() && !b"0OIl".contains(&byte);
    let is_base58 = letters.len() <= MAX_BASE58 && letters.bytes().all(is_letter);
    match (is_base58, from_base64(&letters).is_ok()) {
        (true, true) => &[MessageForm::Base58, MessageForm::Base64],
        (true, false) => &[MessageForm::Base58],
        (false, true) => &[MessageForm::Base64],
        (false, false) => &[],
    }
}
