//! PEM blocks in text as people and programs leave it (FORMATS.md §2): indented, quoted, in one line, with literal
//! `\n`, in HTML, with dashes that a word processor changed, without its last line.
//!
//! Being tolerant here is safe: what a block holds is DER, which says its own length and fits or does not, and a key whose
//! numbers are checked against each other.

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use crate::crypto::secret::SecretBytes;

/// Most blocks looked at: a bundle of certificates has two hundred.
const MAX_BLOCKS: usize = 1_000;

/// A block between `BEGIN` and `END`.
pub(in crate::formats) struct Block {
    /// What is after `BEGIN`.
    pub(in crate::formats) label: String,
    /// The cipher of an encrypted PKCS#1 block: the header `DEK-Info`.
    pub(in crate::formats) dek_info: Option<String>,
    /// What the base64 spells; `None` where it is no base64.
    pub(in crate::formats) content: Option<SecretBytes>,
    /// Whether the block has its last line.
    pub(in crate::formats) ended: bool,
}

/// The bytes as text whose dashes, spaces and line ends are the usual ones. What is no UTF-8 is read as Windows-1252, as
/// far as dashes and spaces go.
pub(in crate::formats) fn plain_text(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
    match std::str::from_utf8(bytes) {
        Ok(utf8) => text.extend(utf8.chars().filter_map(plain_letter)),
        Err(_) => text.extend(bytes.iter().map(|byte| match byte {
            0x96 | 0x97 => '-',
            0xa0 => ' ',
            byte if byte.is_ascii() => char::from(*byte),
            _ => '?',
        })),
    }
    text
}

/// `None`: a character that is not seen.
fn plain_letter(letter: char) -> Option<char> {
    match letter {
        letter if crate::formats::is_dash(letter) => Some('-'),
        letter if crate::formats::is_invisible(letter) => None,
        letter if letter.is_whitespace() && !letter.is_ascii() => Some(' '),
        letter => Some(letter),
    }
}

/// The text with literal `\n` and `\r`, as `.env` files and JSON hold line ends, made line ends; `None` where there are
/// none. base64 has no backslash, so no key is changed by it.
pub(in crate::formats) fn without_literal_ends(text: &str) -> Option<Zeroizing<String>> {
    if !text.contains("\\n") && !text.contains("\\r") {
        return None;
    }
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        while letters.next_if_eq(&'\\').is_some() {}
        plain.push(
            if letters.next_if(|next| matches!(next, 'n' | 'r')).is_some() {
                '\n'
            } else {
                ' '
            },
        );
    }
    Some(plain)
}

/// The text with `BEGIN`, `END` and their labels in capitals, where an editor changed them to other letters.
pub(in crate::formats) fn with_capital_labels(text: Zeroizing<String>) -> Zeroizing<String> {
    let is_label = |line: &str| {
        let line = line.trim();
        let words = line.trim_matches(['-', ' ']).to_ascii_lowercase();
        line.starts_with('-')
            && line.ends_with('-')
            && (words.starts_with("begin ") || words.starts_with("end "))
    };
    if text.contains("BEGIN") || !text.lines().any(is_label) {
        return text;
    }

    let mut capital = Zeroizing::new(String::with_capacity(text.len()));
    for line in text.split_inclusive('\n') {
        if is_label(line) {
            capital.push_str(&line.to_ascii_uppercase());
        } else {
            capital.push_str(line);
        }
    }
    capital
}

/// Every block of a plain text.
pub(in crate::formats) fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((label, body)) = next_begin(rest) {
        let (inside, ended, after) = until_end(body);
        let is_ssh2 = label.starts_with("SSH2");
        let (dek_info, digits) = contents(inside, is_ssh2, is_digit);
        let mut content = decoded::<Base64Unpadded>(&digits, ended);
        if !content.as_ref().is_some_and(is_structure) {
            // The same in the alphabet for URLs. Its dash is in other text, too, so it comes second.
            let (_, digits) = contents(inside, is_ssh2, is_url_digit);
            let for_urls = decoded::<Base64UrlUnpadded>(&digits, ended);
            content = match for_urls {
                Some(for_urls) if content.is_none() || is_structure(&for_urls) => Some(for_urls),
                _ => content,
            };
        }
        found.push(Block {
            label: label.replace(['_', '-'], " "),
            dek_info,
            content: content.map(|content| if ended { content } else { cut_to_der(&content) }),
            ended,
        });
        if found.len() == MAX_BLOCKS {
            break;
        }
        rest = after;
    }
    found
}

/// The label of the next block and the text after its first line's dashes.
fn next_begin(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once("BEGIN ")?;
        let end = label_length(after);
        let (label, body) = after.split_at(end);
        let (label, body) = (label.trim(), body.trim_start_matches(['-', ' ']));
        let dashed = before.trim_end().ends_with('-');
        if !label.is_empty() && (dashed || label.ends_with(" KEY") || label.ends_with("_KEY")) {
            return Some((label, body));
        }
        rest = after;
    }
}

/// How long a label is: capitals, digits and blanks, or what programs put in the place of these.
fn label_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_uppercase);
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let is_blank = match byte {
            b' ' | b'_' => true,
            // One dash between two words, not those behind the label.
            b'-' => {
                length > 0 && is_letter(bytes.get(length - 1)) && is_letter(bytes.get(length + 1))
            }
            _ => false,
        };
        if !is_blank && !byte.is_ascii_uppercase() && !byte.is_ascii_digit() {
            break;
        }
        length += 1;
    }
    length
}

/// What is before the block's last line, whether there is one, and what follows it.
fn until_end(body: &str) -> (&str, bool, &str) {
    let mut from = 0;
    while let Some(at) = body.get(from..).and_then(|rest| rest.find("END ")) {
        let (inside, after) = body.split_at(from + at);
        let trimmed = inside.trim_end_matches(['-', ' ']);
        let next_block = inside.contains("BEGIN ");
        if next_block {
            break;
        }
        // `…END ` might be base64 in a block of one line.
        if trimmed.len() < inside.len() || inside.is_empty() || inside.ends_with('\n') {
            return (trimmed, true, after);
        }
        from += at + 4;
    }
    match body.find("BEGIN ") {
        Some(at) => {
            let (inside, after) = body.split_at(at);
            (inside.trim_end_matches(['-', ' ']), false, after)
        }
        None => (body, false, ""),
    }
}

/// What the digits spell. Where other text follows a block that has no end, whole groups of digits will do.
fn decoded<E: Encoding>(digits: &str, ended: bool) -> Option<SecretBytes> {
    let groups = digits.get(..digits.len() / 4 * 4).filter(|_| !ended);
    let bytes = E::decode_vec(digits).ok();
    bytes
        .or_else(|| E::decode_vec(groups?).ok())
        .map(SecretBytes::new)
}

fn is_structure(content: &SecretBytes) -> bool {
    super::der::length(content.expose()).is_some_and(|length| length <= content.len())
}

/// The header that matters and the digits of the base64.
fn contents(
    inside: &str,
    is_ssh2: bool,
    is_digit: fn(char) -> bool,
) -> (Option<String>, Zeroizing<String>) {
    let mut dek_info = None;
    let mut digits = Zeroizing::new(String::with_capacity(inside.len()));
    let plain = without_markup(inside);
    let mut continued = false;
    for line in plain.lines() {
        if is_ssh2 && (continued || line.contains(':')) {
            continued = line.trim_end().ends_with('\\');
            continue;
        }
        let mut words = line.split_whitespace();
        while let Some(word) = words.next() {
            if let Some((name, value)) = word.split_once(':') {
                let value = if value.is_empty() {
                    words.next()
                } else {
                    Some(value)
                };
                if name.eq_ignore_ascii_case("DEK-Info") {
                    dek_info = value.map(str::to_owned);
                }
                continue;
            }
            // What joins the lines of a text in program code, or begins a comment there.
            if matches!(word, "+" | "/" | "//" | "/*" | "*/") {
                continue;
            }
            // Quotes, commas, `>` of a mail that was answered, the bar of a table.
            let word = word.trim_matches(|letter: char| !is_digit(letter) && letter != '=');
            // A list in YAML, a line under a heading.
            if word.bytes().all(|byte| byte == b'-') {
                continue;
            }
            digits.push_str(word.trim_end_matches('='));
        }
    }
    (dek_info, digits)
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/')
}

fn is_url_digit(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')
}

/// Tags of HTML taken out, entities and the escapes of quoted-printable mail resolved.
fn without_markup(inside: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(inside.len()));
    let mut in_tag = false;
    for letter in inside.chars() {
        match letter {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                plain.push('\n');
            }
            _ if in_tag => {}
            letter => plain.push(letter),
        }
    }
    let mut escapes = vec![];
    if plain.contains('&') {
        escapes.extend([
            ("&#43;", "+"),
            ("&#x2b;", "+"),
            ("&#x2B;", "+"),
            ("&#47;", "/"),
            ("&#x2f;", "/"),
            ("&#x2F;", "/"),
            ("&#61;", "="),
            ("&#x3d;", "="),
            ("&#x3D;", "="),
            ("&#10;", "\n"),
            ("&#13;", "\n"),
            ("&nbsp;", " "),
            ("&gt;", " "),
            ("&quot;", " "),
        ]);
    }
    if plain.contains("=3D") || plain.contains("=2B") || plain.contains("=20") {
        escapes.extend([
            ("=\r\n", ""),
            ("=\n", ""),
            ("=3D", "="),
            ("=2B", "+"),
            ("=20", " "),
        ]);
    }
    for (escape, letter) in escapes {
        plain = Zeroizing::new(plain.replace(escape, letter));
    }
    plain
}

/// The DER that the bytes begin with, without the text that followed a block whose last line is missing.
fn cut_to_der(bytes: &SecretBytes) -> SecretBytes {
    let whole = bytes.expose();
    let length = super::der::length(whole).unwrap_or(whole.len());
    SecretBytes::new(whole.get(..length).unwrap_or(whole).to_vec())
}
