//! What was typed, when it comes back in an error: a key or passphrase in the wrong place must not be repeated.

use std::path::Path;

use lifeboat::formats::{
    encoding::shown::{hidden_text, holds_key_like, is_plain_name},
    printable,
};

/// Shortest text that is taken for a key where a file's name belongs.
const SHORTEST_KEY: usize = 40;

/// Whether what was given as the name of a file is no file's name, but a key: extended, hexadecimal, Base58, Base64, PEM.
pub(crate) fn is_key(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let encoded = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte);
    let bare = text.len() >= SHORTEST_KEY && text.bytes().all(encoded) && !text.starts_with('/');
    let looks = (bare && holds_key_like(&text)) || text.contains("PRIVATE KEY-----");
    looks && path.symlink_metadata().is_err()
}

/// What the parser says of a command line that it does not accept, without the arguments that may be secrets.
pub(crate) fn without_secrets(error: &clap::Error) -> String {
    let mut text = error.render().to_string();
    let number = bad_number(error).unwrap_or_default();
    let typed = std::env::args_os().skip(1).flat_map(|argument| {
        let whole = argument.to_string_lossy().into_owned();
        let value = whole.split_once('=').map(|(_, value)| value.to_owned());
        [Some(whole), value]
    });
    let mut hidden: Vec<String> = typed
        .flatten()
        .filter(|text| may_be_secret(text) && text != number)
        .collect();
    hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
    for secret in hidden {
        text = text.replace(&secret, &hidden_text(&secret));
    }
    text
}

/// The number that an option with limits does not take. It is shown as it was typed: with its digits hidden, the same digits
/// would be hidden in what says the limit.
fn bad_number(error: &clap::Error) -> Option<&str> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};

    if !matches!(
        error.kind(),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue
    ) {
        return None;
    }
    match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) if is_number(value) => Some(value),
        _ => None,
    }
}

/// Whether a text is a number, a span, a fraction or a path of numbers, none of them long.
fn is_number(text: &str) -> bool {
    const LONGEST: usize = 40;
    const MOST_DIGITS: usize = 12;

    let is_sign = |letter: char| "./'-+mh".contains(letter);
    text.len() <= LONGEST
        && text
            .chars()
            .all(|letter| letter.is_ascii_digit() || is_sign(letter))
        && text
            .split(is_sign)
            .all(|digits| digits.len() <= MOST_DIGITS)
}

/// A word that was typed, fit to be repeated in an error.
pub(crate) fn shown(text: &str) -> String {
    if may_be_secret(text) {
        hidden_text(text)
    } else {
        printable(text)
    }
}

/// Flags, commands, file names and ids are short words; what has blanks or long runs of digits in it may be anything.
fn may_be_secret(text: &str) -> bool {
    let word = text.trim_start_matches('-');
    !word.trim().is_empty() && (word.contains(' ') || (!is_plain_name(word) && word.len() >= 8))
}
