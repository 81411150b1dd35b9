//! Passphrases: makes one for a device backup, with the id it is filed under (FORMATS.md §16); looks at those that people
//! bring: at a new one for what nobody could type again, at one that did not open anything for what may be the matter.

use rand_core::CryptoRng;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;
use zeroize::Zeroize;

use crate::formats::encoding::byte_order_mark::BYTE_ORDER_MARK;
use crate::{
    crypto::secret::{Passphrase, SecretText},
    formats::encoding::shown::is_visible,
};

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const GROUPS: usize = 8;
const GROUP: usize = 4;

/// A new passphrase: 32 characters of base32 in groups of four, 160 bits; and a random id for it.
pub fn generate_passphrase<R: CryptoRng>(rng: &mut R) -> (SecretText, Uuid) {
    let (mut random, mut id) = ([0; GROUPS * GROUP], [0; 16]);
    rng.fill_bytes(&mut random);
    rng.fill_bytes(&mut id);
    let mut text = String::with_capacity(GROUPS * (GROUP + 1));
    for (index, byte) in random.iter().enumerate() {
        if index > 0 && index.is_multiple_of(GROUP) {
            text.push('-');
        }
        // Five bits of every random byte: all characters are equally likely.
        text.extend(
            ALPHABET
                .get(usize::from(byte % 32))
                .map(|letter| char::from(*letter)),
        );
    }
    random.zeroize();
    (
        SecretText::new(text),
        uuid::Builder::from_random_bytes(id).into_uuid(),
    )
}

/// Why a passphrase is not fit to be set: it would not be the one that is typed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnfitPassphrase {
    /// The mark that some editors put before a text.
    #[error("the passphrase begins with a byte order mark, which nobody types")]
    ByteOrderMark,
    /// Two bytes a letter.
    #[error("the passphrase is in UTF-16: typed, it is another one")]
    Utf16,
    /// Bytes of an older encoding.
    #[error("the passphrase is not UTF-8 text: typed on another computer, it is another one")]
    NotUtf8,
    /// A line end, a tab, a NUL, a mark of direction or of no width.
    #[error(
        "the passphrase holds a control character or one that cannot be seen, which nobody types again"
    )]
    Unseen,
    /// White space at an end.
    #[error(
        "the passphrase begins or ends with white space, which some programs take off and others do not"
    )]
    Padded,
}

/// Looks at a passphrase that is being set.
///
/// # Errors
/// [`UnfitPassphrase`]
pub fn check_new_passphrase(passphrase: &Passphrase) -> Result<(), UnfitPassphrase> {
    let bytes = passphrase.expose();
    if bytes.starts_with(BYTE_ORDER_MARK) {
        return Err(UnfitPassphrase::ByteOrderMark);
    }
    if is_utf16(bytes) {
        return Err(UnfitPassphrase::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| UnfitPassphrase::NotUtf8)?;
    if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        return Err(UnfitPassphrase::Padded);
    }
    if text.chars().any(is_unseen) {
        return Err(UnfitPassphrase::Unseen);
    }
    Ok(())
}

/// Whether other software may use other bytes for the same letters: some normalize passphrases, some do not.
#[must_use]
pub fn has_other_spellings(passphrase: &Passphrase) -> bool {
    // What NFKC leaves as it is, NFC does too.
    std::str::from_utf8(passphrase.expose()).is_ok_and(|text| text.chars().ne(text.nfkc()))
}

/// What may be the matter with a passphrase that did not open anything, as far as its bytes tell. It is never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oddity {
    /// What it is.
    pub what: &'static str,
    /// What helps where the passphrase is in a file; empty where there is nothing to say.
    pub in_file: &'static str,
}

/// Everything of that kind.
#[must_use]
pub fn oddities(passphrase: &Passphrase) -> Vec<Oddity> {
    let bytes = passphrase.expose();
    let text = std::str::from_utf8(bytes);
    let mut found = Vec::new();
    let mut note = |what, in_file| found.push(Oddity { what, in_file });
    if bytes.is_empty() {
        note("it is empty", "is it the right file?");
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        note(
            "it begins with a byte order mark (UTF-8 \"with BOM\")",
            "save it without",
        );
    }
    if is_utf16(bytes) {
        note("it is in UTF-16", "save it as UTF-8");
    } else if text.is_err() {
        note(
            "it is not UTF-8 text",
            "was it set on a computer with another encoding, or is it another file?",
        );
    }
    if bytes.ends_with(b"\n") || bytes.ends_with(b"\r") {
        note(
            "a line end is left at its end",
            "the file may end with one, not two",
        );
    } else if text.is_ok_and(|text| text.trim() != text) {
        note("it begins or ends with white space, which counts", "");
    }
    if text.is_ok_and(|text| text.trim_ascii_end().contains(['\r', '\n'])) {
        note("it is of several lines", "");
    }
    if text.is_ok_and(|text| !text.is_ascii()) {
        let plain = text.is_ok_and(|text| text.chars().eq(text.nfc()));
        let what = if plain {
            "it has letters outside of ASCII, which keyboards and programs spell in more than one way"
        } else {
            "it has accents as characters of their own (NFD): try it with letters that carry them (NFC)"
        };
        note(what, "");
    }
    found
}

/// A mark of UTF-16, or a zero byte beside every letter.
fn is_utf16(bytes: &[u8]) -> bool {
    let marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let pairs = bytes.len() / 2;
    let zeros = |at: usize| {
        bytes
            .chunks_exact(2)
            .filter(|pair| pair.get(at) == Some(&0))
            .count()
    };
    marked || (pairs > 1 && (zeros(0) * 2 > pairs || zeros(1) * 2 > pairs))
}

/// Controls, separators of lines, marks of direction and of no width. Joiners belong to scripts and to emoji.
fn is_unseen(letter: char) -> bool {
    let joins = matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
    let separates = matches!(letter, '\u{2028}' | '\u{2029}');
    letter.is_control() || separates || !(joins || letter.is_whitespace() || is_visible(letter))
}
