//! A command as it would be typed: what is shown can be pasted into any shell, whatever the names of files hold.

use std::ffi::{OsStr, OsString};

use lifeboat::formats::encoding::shown::is_visible;

/// What begins the first line, and how far the others stand in.
const PROMPT: &str = "  $ ";
const INDENT: &str = "      ";

/// Signs that mean nothing to a shell.
const PLAIN: &[u8] = b"-_./=:@%+,";

/// The lines of a command, broken between words where it is wider than the terminal.
pub(crate) fn shown_command(program: &str, words: &[OsString], columns: usize) -> String {
    const END: usize = " \\".len();

    let mut lines = vec![format!("{PROMPT}{program}")];
    for words in words_that_belong_together(words) {
        let last = lines.last_mut().expect("there is one from the start");
        let width = last.chars().count() + 1 + words.chars().count() + END;
        if width <= columns {
            last.push(' ');
            last.push_str(&words);
        } else {
            last.push_str(" \\");
            lines.push(format!("{INDENT}{words}"));
        }
    }
    lines.join("\n")
}

/// An option and its value stay on one line.
fn words_that_belong_together(words: &[OsString]) -> Vec<String> {
    let mut together: Vec<String> = Vec::new();
    let mut takes_value = false;
    for word in words {
        let quoted = quoted(word);
        match together.last_mut() {
            Some(last) if takes_value && !quoted.starts_with("--") => {
                last.push(' ');
                last.push_str(&quoted);
                takes_value = false;
            }
            _ => {
                takes_value = quoted.starts_with("--");
                together.push(quoted);
            }
        }
    }
    together
}

/// A word as a shell reads it: as it is, in single quotes, or, where it holds what a terminal does not show, spelt out by
/// `printf`.
pub(crate) fn quoted(word: &OsStr) -> String {
    let bytes = word.as_encoded_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || PLAIN.contains(byte);
    if !bytes.is_empty() && bytes.iter().all(is_plain) {
        return word.to_string_lossy().into_owned();
    }
    match word.to_str() {
        Some(text) if text.chars().all(is_visible) => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => format!("\"$(printf '{}')\"", spelt_out(bytes)),
    }
}

/// The format of `printf`: what is not visible as octal numbers, which every shell's own knows.
fn spelt_out(bytes: &[u8]) -> String {
    let octal = |byte: &u8| format!("\\{byte:03o}");
    let mut text = String::new();
    for piece in bytes.utf8_chunks() {
        for letter in piece.valid().chars() {
            match letter {
                '%' => text += "%%",
                '\\' => text += r"\\",
                '\'' => text += r"\047",
                letter if is_visible(letter) => text.push(letter),
                letter => {
                    let mut room = [0; 4];
                    let bytes = letter.encode_utf8(&mut room).bytes();
                    bytes.for_each(|byte| text += &octal(&byte));
                }
            }
        }
        piece.invalid().iter().for_each(|byte| text += &octal(byte));
    }
    text
}

/// Whether a shell can be given a name: it takes line ends off the end of what `printf` prints.
pub(crate) fn can_be_shown(name: &OsStr) -> bool {
    !name.as_encoded_bytes().ends_with(b"\n")
}
