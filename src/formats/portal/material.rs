//! What a text may be that nothing names: a share, a backup, or what is left of one (FORMATS.md §21). What looks like one
//! and cannot be taken must be told.

use zeroize::Zeroizing;

use crate::crypto::secret::{SecretBytes, SecretText};
use crate::formats::encoding::{base64::from_base64, file_kind::Foreign, json_text::values};

/// Shorter texts hold nothing of Portal's: nonce and tag in hexadecimal.
pub(super) const SHORTEST: usize = 56;
/// The fewest bytes of a client's backup: four numbers of 77 digits and what is around them, encrypted.
const LEAST_BACKUP: usize = 278;
/// Binary data that nothing names as a backup: the longest signature of RSA in use is shorter.
const LEAST_UNNAMED: usize = 600;
/// A line from this length on is a ciphertext of its own, not a part of one that was wrapped.
const LONGEST_WRAP: usize = 300;

/// Names of fields that only shares have.
const WORDS: [&str; 6] = [
    "clientBk",
    "serverBk",
    "backupSharePairId",
    "partialPubkey",
    "partialPubKey",
    "\"bks\"",
];

/// Whether a text can only be a share, or something with shares in it, whatever the field it is in is called.
pub(super) fn is_material(text: &str) -> bool {
    let text = text.trim();
    if text.len() < SHORTEST {
        return false;
    }
    if begins_json(text) {
        return !text.starts_with('"') && is_json(text);
    }
    match hex_digits(text) {
        Some(digits) => is_unnamed_hex(digits.expose()),
        None => base64_json(text).is_some() || unnamed_binary(text).is_some(),
    }
}

/// Whether a text that cannot be read was meant as one with shares in it.
pub(super) fn is_damaged(text: &str) -> bool {
    let is_long = text.len() >= 2 * LEAST_UNNAMED;
    mentions_share(text)
        || is_cut_base64(text)
        || (is_long && is_nearly_hex(text) && hex_digits(text).is_none())
}

/// Whether a text has a word that only shares have, and a number as long as theirs.
pub(super) fn mentions_share(text: &str) -> bool {
    const LONG: usize = 60;
    if !WORDS.iter().any(|word| text.contains(word)) {
        return false;
    }
    let mut run = 0;
    text.bytes().any(|byte| {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        run >= LONG
    })
}

/// Whether a text begins as JSON with something in it does.
pub(super) fn begins_json(text: &str) -> bool {
    text.starts_with(['{', '[', '"'])
}

/// Whether a text is one JSON value, or several.
pub(super) fn is_json(text: &str) -> bool {
    values(text).all(|value| value.is_ok())
}

/// The digits of a text that is hexadecimal, without `0x` or `\x` before them and white space between them; `None` where
/// there are none, or something else among them.
pub(super) fn hex_digits(text: &str) -> Option<SecretText> {
    let text = text.trim();
    let bare = ["0x", "0X", "\\\\x", "\\x"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix));
    let text = bare.unwrap_or(text);
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace();
    if text.is_empty() || !text.bytes().all(is_part) {
        return None;
    }

    let mut digits = String::with_capacity(text.len());
    digits.extend(text.chars().filter(|letter| !letter.is_ascii_whitespace()));
    Some(SecretText::new(digits))
}

/// The ciphertexts of a text of hexadecimal digits: long lines are one each, short ones are parts of one.
pub(super) fn hex_texts(text: &str) -> Option<Vec<SecretText>> {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    if lines().count() > 1 && lines().all(|line| line.len() >= LONGEST_WRAP) {
        return lines().map(hex_digits).collect();
    }
    hex_digits(text).map(|digits| vec![digits])
}

/// Whether every line is as long as a key from a user's cloud, and there are several.
pub(super) fn is_list_of_keys(text: &str) -> bool {
    const MOST: usize = 8;
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines().count() <= MOST && lines().all(|line| line.len() == 64)
}

/// JSON that was written out in hexadecimal, as databases show bytes.
pub(super) fn hex_json(digits: &str) -> Option<SecretText> {
    if !["7b", "5b", "22", "7B", "5B"]
        .iter()
        .any(|start| digits.starts_with(start))
    {
        return None;
    }
    let bytes = SecretBytes::new(base16ct::mixed::decode_vec(digits).ok()?);
    let text = std::str::from_utf8(bytes.expose()).ok()?;
    is_json(text).then(|| SecretText::new(text.to_owned()))
}

/// Digits that are a backup, though nothing says so: a number is none, and a hash is shorter.
pub(super) fn is_unnamed_hex(digits: &str) -> bool {
    let has_letter = digits.bytes().any(|byte| byte.is_ascii_alphabetic());
    (has_letter && digits.len() >= 2 * LEAST_UNNAMED) || hex_json(digits).is_some()
}

/// JSON in base64.
pub(super) fn base64_json(text: &str) -> Option<SecretText> {
    // What `{`, `[` and `"` begin with.
    if !text.starts_with(['e', 'W', 'I', 'c', 'C']) || !is_base64(text) {
        return None;
    }
    let bytes = from_base64(text)?;
    let inner = std::str::from_utf8(bytes.expose()).ok()?.trim();
    (begins_json(inner) && is_json(inner)).then(|| SecretText::new(inner.to_owned()))
}

/// Binary data in base64 that is a backup, though nothing says so.
pub(super) fn unnamed_binary(text: &str) -> Option<SecretBytes> {
    if text.len() < LEAST_UNNAMED || !is_base64(text) || is_nearly_hex(text) {
        return None;
    }
    from_base64(text).filter(|bytes| bytes.len() >= LEAST_UNNAMED && is_backup(bytes.expose()))
}

/// Whether bytes can be an encrypted backup: enough of them, no text, no file of another kind, no DER.
pub(super) fn is_backup(bytes: &[u8]) -> bool {
    const MOST: usize = 256 << 10;
    let controls = bytes.iter().filter(|byte| byte.is_ascii_control()).count();
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    (LEAST_BACKUP..=MOST).contains(&bytes.len())
        && std::str::from_utf8(bytes).is_err()
        && Foreign::recognise(bytes).is_none()
        && !bytes.starts_with(b"\x30\x82")
        && !is_zlib(bytes)
        // One byte in nine is a control character, one in 256 is zero, where they are evenly spread.
        && controls * 25 > bytes.len()
        && zeros * 25 < bytes.len()
}

/// Whether bytes begin as zlib's do: method, window and a sum over both.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, flags, ..] if (0x7800 + u16::from(*flags)) % 31 == 0)
}

/// Whether a text is hexadecimal but for a few characters.
pub(super) fn is_nearly_hex(text: &str) -> bool {
    let letters = || text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let count = letters().count();
    let wrong = letters().filter(|byte| !byte.is_ascii_hexdigit()).count();
    count >= SHORTEST && wrong * 20 < count
}

/// Whether a text is base64, or nearly, and too long for words.
pub(super) fn is_nearly_base64(text: &str) -> bool {
    const LONGEST_WORD: usize = 40;
    let (mut count, mut wrong, mut words) = (0, 0, 0);
    for word in text.split_ascii_whitespace() {
        words += 1;
        count += word.len();
        wrong += word.bytes().filter(|byte| !is_base64_digit(*byte)).count();
    }
    count >= 2 * SHORTEST && count > LONGEST_WORD * words && wrong * 33 < count
}

/// JSON in base64 whose end is missing or altered.
fn is_cut_base64(text: &str) -> bool {
    const LONG: usize = 2 * SHORTEST;
    let text = text.trim();
    let begins = ["eyJ", "ewo", "ewog", "ewkg", "W3s", "eyAi"];
    if text.len() < LONG || !begins.iter().any(|start| text.starts_with(start)) || !is_base64(text)
    {
        return false;
    }
    // Of what decodes, the words say whether it is worth a complaint; what does not decode is cut.
    let whole = Zeroizing::new(text.get(..text.len() / 4 * 4).unwrap_or(text).to_owned());
    from_base64(&whole).is_none_or(|bytes| {
        std::str::from_utf8(bytes.expose()).is_ok_and(mentions_share) || text.len() % 4 == 1
    })
}

fn is_base64(text: &str) -> bool {
    text.bytes()
        .all(|byte| is_base64_digit(byte) || byte.is_ascii_whitespace())
}

fn is_base64_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte)
}
