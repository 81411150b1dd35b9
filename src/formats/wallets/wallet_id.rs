//! Wallet ids: the 36 characters that are hashed into Key Share #1 (FORMATS.md §7).
//!
//! The text itself is hashed, so another spelling of the same UUID would give another, useless share. Only the
//! canonical spelling is a [`WalletId`]; for the others there is an explanation, with the spelling to use.

use crate::crypto::server_share::WALLET_ID_LENGTH;
use crate::formats::{encoding::shown::plural, is_dash, is_invisible, printable};

/// A wallet id in its one valid spelling: lower case, with dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WalletId([u8; WALLET_ID_LENGTH]);

/// Why a text is no wallet id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WalletIdError {
    /// Nothing there.
    #[error("the wallet id is empty")]
    Empty,
    /// The same UUID in another spelling; holds the canonical one.
    #[error("`{shown}` is a wallet id {how}")]
    Spelling {
        /// The text as it was given.
        shown: String,
        /// What is unusual about it.
        how: &'static str,
        /// The spelling to use.
        canonical: String,
    },
    /// No UUID in any spelling.
    #[error("`{0}` is not a wallet id")]
    NotUuid(String),
    /// A quoted field of a CSV row that does not end on its line.
    #[error("a quoted field does not end on its line")]
    OpenQuote,
    /// An object of a JSON list without an id; holds why.
    #[error("{0}")]
    Json(&'static str),
    /// Bytes that are no text.
    #[error("the wallet id is not UTF-8 text")]
    NotText,
}

impl WalletId {
    /// The id of 128 zero bits.
    pub const NIL: Self = Self(*b"00000000-0000-0000-0000-000000000000");

    /// Reads the canonical spelling; white space around it is trimmed.
    ///
    /// # Errors
    /// [`WalletIdError`], with the spelling to use where there is one.
    pub fn parse(text: &[u8]) -> Result<Self, WalletIdError> {
        let text = text.trim_ascii();
        match <[u8; WALLET_ID_LENGTH]>::try_from(text) {
            Ok(id) if is_canonical_uuid(&id) => Ok(Self(id)),
            _ => Err(explain(text)),
        }
    }

    /// The 36 characters as bytes, as they are hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; WALLET_ID_LENGTH] {
        &self.0
    }

    /// The 128 bits that the characters spell; orders ids as their text does.
    #[must_use]
    pub fn as_u128(&self) -> u128 {
        uuid::Uuid::try_parse_ascii(&self.0)
            .expect("a wallet id is a UUID")
            .as_u128()
    }

    /// The id of these 128 bits.
    #[must_use]
    pub fn from_u128(bits: u128) -> Self {
        let mut text = [0; WALLET_ID_LENGTH];
        uuid::Uuid::from_u128(bits)
            .hyphenated()
            .encode_lower(&mut text);
        Self(text)
    }

    /// The 36 characters as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a canonical UUID is ASCII")
    }
}

impl std::fmt::Display for WalletId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the text is a UUID in lower case with dashes.
#[must_use]
pub fn is_canonical_uuid(text: &[u8]) -> bool {
    // Batches spend their time here: one look-up a character and no branches.
    let Ok(text) = <&[u8; WALLET_ID_LENGTH]>::try_from(text) else {
        return false;
    };
    let classes = text
        .iter()
        .map(|byte| CLASSES.get(usize::from(*byte)).copied().unwrap_or(OTHER));
    classes
        .zip(&PATTERN)
        .fold(0, |wrong, (class, wanted)| wrong | (class ^ wanted))
        == 0
}

const OTHER: u8 = 0;
const DIGIT: u8 = 1;
const DASH: u8 = 2;

/// What each byte is.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated while compiling: an index out of bounds would not compile"
)]
const CLASSES: [u8; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'0'..=b'9' | b'a'..=b'f' => DIGIT,
            b'-' => DASH,
            _ => OTHER,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

/// What each character of a UUID must be.
const PATTERN: [u8; WALLET_ID_LENGTH] = {
    let mut pattern = [DIGIT; WALLET_ID_LENGTH];
    (pattern[8], pattern[13], pattern[18], pattern[23]) = (DASH, DASH, DASH, DASH);
    pattern
};

fn explain(text: &[u8]) -> WalletIdError {
    if text.is_empty() {
        return WalletIdError::Empty;
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return windows_dashes(text).unwrap_or(WalletIdError::NotText);
    };
    let bare = text
        .trim_start_matches("urn:uuid:")
        .trim_matches(['{', '}', '"', '\'']);
    if let Ok(id) = uuid::Uuid::try_parse(bare) {
        return spelling(text, oddity(text, bare), id);
    }
    match plainly_spelt(bare) {
        Some((how, id)) => spelling(text, how, id),
        None => WalletIdError::NotUuid(shown(text)),
    }
}

fn spelling(text: &str, how: &'static str, id: uuid::Uuid) -> WalletIdError {
    WalletIdError::Spelling {
        shown: printable(text),
        how,
        canonical: id.to_string(),
    }
}

/// What is odd about an id in which a program changed dashes or put in spaces and characters that are not seen.
fn plainly_spelt(text: &str) -> Option<(&'static str, uuid::Uuid)> {
    let odd = |letter: &char| !letter.is_ascii() || letter.is_ascii_whitespace();
    let first = text.chars().find(odd)?;
    // With an invisible hyphen in the place of each dash, no dash is left.
    let digits: String = text
        .chars()
        .filter(|letter| {
            *letter != '-' && !is_dash(*letter) && !is_invisible(*letter) && !letter.is_whitespace()
        })
        .collect();
    let id = uuid::Uuid::try_parse(&digits).ok()?;
    let how = if text.chars().any(is_dash) {
        "with dashes of another kind than `-`"
    } else if is_invisible(first) {
        "with characters in it that are not seen"
    } else {
        "with spaces in it"
    };
    Some((how, id))
}

/// Dashes and spaces of Windows-1252, which are no UTF-8.
fn windows_dashes(text: &[u8]) -> Option<WalletIdError> {
    if text.len() > 2 * WALLET_ID_LENGTH {
        return None;
    }
    let letter = |byte: &u8| match byte {
        0x96 => '\u{2013}',
        0x97 => '\u{2014}',
        byte => char::from(*byte),
    };
    let text: String = text.iter().map(letter).collect();
    let (how, id) = plainly_spelt(&text)?;
    Some(spelling(&text, how, id))
}

/// The text as far as it could be an id that someone mistyped. Anything else may be a secret in the wrong place, such as
/// the lines of a key given as a list: its length must do.
pub(in crate::formats) fn shown(text: &str) -> String {
    let like_an_id = |byte: u8| byte.is_ascii_hexdigit() || b"-{} ".contains(&byte);
    let few = text.len() <= WALLET_ID_LENGTH + 4 && text.bytes().all(like_an_id);
    if few {
        printable(text)
    } else {
        let kind = if text.contains('@') {
            ", an e-mail address?"
        } else if text.contains([',', ';', '\t', '|']) {
            " with several fields"
        } else if text.starts_with("0x") || text.starts_with("bc1") {
            ", a blockchain address?"
        } else {
            ""
        };
        format!("(text of {}{kind})", plural(text.len() as u64, "byte"))
    }
}

fn oddity(text: &str, bare: &str) -> &'static str {
    if text.len() != bare.len() {
        "with something around it"
    } else if !text.contains('-') {
        "without dashes"
    } else {
        "in upper case"
    }
}
