//! Messages to sign, in the encodings that they are handed around in (FORMATS.md §19).

use base64ct::{Base64, Base64Unpadded, Base64Url, Base64UrlUnpadded, Encoding};

/// How a message stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageForm {
    /// The bytes themselves.
    Raw,
    /// Hexadecimal digits.
    Hex,
    /// Base64, of either alphabet, padded or not.
    Base64,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What raw bytes look as if they were meant to be.
    pub looks: Option<&'static str>,
}

/// Why a text is no message of its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
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
}

/// The bytes of a message.
///
/// # Errors
/// [`MessageFault`]: the whole text is of the encoding, or nothing is.
pub fn read_message(bytes: Vec<u8>, form: MessageForm) -> Result<Message, MessageFault> {
    if form == MessageForm::Raw {
        let looks = look(&bytes);
        return Ok(Message { bytes, looks });
    }

    let text = text_of(&bytes)?;
    let bytes = if form == MessageForm::Hex {
        // Dumps put blanks and line ends between the digits.
        let digits: String = text.split_whitespace().collect();
        let plain = digits
            .strip_prefix("0x")
            .or_else(|| digits.strip_prefix("0X"))
            .unwrap_or(&digits);
        hex::decode(plain).map_err(|_| MessageFault::NotHex)?
    } else {
        let letters: String = text.split_whitespace().collect();
        Base64::decode_vec(&letters)
            .or_else(|_| Base64Unpadded::decode_vec(&letters))
            .or_else(|_| Base64Url::decode_vec(&letters))
            .or_else(|_| Base64UrlUnpadded::decode_vec(&letters))
            .map_err(|_| MessageFault::NotBase64)?
    };
    Ok(Message { bytes, looks: None })
}

/// Whether wallets sign these bytes as a text message: letters in UTF-8, as a person types them.
///
/// # Errors
/// [`MessageFault`].
pub fn check_text(bytes: &[u8]) -> Result<(), MessageFault> {
    let marks: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
    if marks.iter().any(|mark| bytes.starts_with(mark)) || bytes.contains(&0) {
        return Err(MessageFault::Utf16);
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(MessageFault::ByteOrderMark);
    }
    std::str::from_utf8(bytes)
        .map(|_| ())
        .map_err(|_| MessageFault::NotUtf8)
}

fn text_of(bytes: &[u8]) -> Result<&str, MessageFault> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(MessageFault::Utf16);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err(MessageFault::Utf16);
    }
    std::str::from_utf8(bytes)
        .map(str::trim)
        .map_err(|_| MessageFault::NotText)
}

/// Whether raw bytes are the letters of another encoding: a transaction is never that.
fn look(bytes: &[u8]) -> Option<&'static str> {
    const LEAST: usize = 64;
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii();
    if text.len() < LEAST {
        return None;
    }
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    if digits.iter().all(u8::is_ascii_hexdigit) {
        return Some("hexadecimal digits");
    }
    let is_letter = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
    };
    (text.len().is_multiple_of(4) && text.iter().all(is_letter)).then_some("base64")
}
