//! What text from files, names and command lines may look like when it is shown: visible, short, and no secret.

use std::borrow::Cow;

/// Characters that take no room, or change what is beside them, and that Unicode does not count as format characters:
/// joiners, fillers and variation selectors.
const UNSEEN: [(u32, u32); 9] = [
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE_0100, 0xE_01EF),
];

/// Longest name that is shown of what a file says where it should say one of few known names.
const LONGEST_NAME: usize = 40;

/// A run of letters and digits from this length on may be a key.
const LIKE_A_KEY: usize = 16;

/// Whether a character shows as itself: no control, format, private or unassigned character, no space but the usual one.
#[must_use]
pub fn is_visible(letter: char) -> bool {
    if matches!(letter, ' '..='~') {
        return true;
    }
    let number = u32::from(letter);
    let is_unseen = UNSEEN
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&number));
    // By the standard library's tables. Marks that combine with the letter before them are visible; alone it escapes them.
    !is_unseen && format!("a{letter}").escape_debug().nth(2).is_none()
}

/// The text with everything that is not visible escaped, such as `\u{202e}`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_visible) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_visible(letter) {
            shown.push(letter);
        } else {
            shown.extend(letter.escape_default());
        }
    }
    Cow::Owned(shown)
}

/// Text from a file, made fit to show: what is not visible escaped, cut after 80 characters.
#[must_use]
pub fn printable(text: &str) -> String {
    const SHOWN: usize = 80;
    let cut = text
        .char_indices()
        .nth(SHOWN)
        .map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
    let mut shown = visible(cut).into_owned();
    if cut.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// `1 byte`, `2,048 bytes`.
#[must_use]
pub fn plural(count: u64, word: &str) -> String {
    if count == 1 {
        format!("1 {word}")
    } else {
        format!("{} {word}s", grouped(count))
    }
}

/// A number as people read it: `200,000`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A time as people read it: `2.31 s`.
#[must_use]
pub fn seconds(milliseconds: u64) -> String {
    let hundredths = milliseconds.saturating_add(5) / 10;
    format!("{}.{:02} s", hundredths / 100, hundredths % 100)
}

/// What is said in the place of a text that may be a secret.
#[must_use]
pub fn hidden_text(text: &str) -> String {
    format!("(text of {})", plural(text.len() as u64, "byte"))
}

/// What is where a known name belongs, such as that of an algorithm: shown when it is one that nobody could take for a
/// secret. Where columns are swapped, a share is there: then its length must do.
#[must_use]
pub fn shown_name(text: &str) -> String {
    if is_plain_name(text) {
        text.to_owned()
    } else {
        hidden_text(text)
    }
}

/// The name of a JSON member, as far as it is short and could be no key: ids are, a share in the wrong place is not.
#[must_use]
pub fn shown_member(text: &str) -> String {
    if text.len() <= LONGEST_NAME && !holds_key_like(text) {
        printable(text)
    } else {
        format!("(name of {})", plural(text.len() as u64, "byte"))
    }
}

/// Whether a text is short, of letters, digits and signs that names have, and no run in it could be a key.
#[must_use]
pub fn is_plain_name(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/ ".contains(&byte);
    begins && text.len() <= LONGEST_NAME && text.bytes().all(plain) && !holds_key_like(text)
}

/// Whether the text holds a long run of letters and digits with both in it, or one that is long beyond any word: keys,
/// shares and passphrases in hexadecimal, Base58 or Base64 look so.
#[must_use]
pub fn holds_key_like(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|run| run.len() >= LIKE_A_KEY)
        .any(|run| run.len() >= 2 * LIKE_A_KEY || run.bytes().any(|byte| byte.is_ascii_digit()))
}
