//! A line on its way out: made visible, fitted to the width of the terminal it goes to, coloured.

use std::{
    fs::File,
    io::Write,
    sync::{Mutex, PoisonError},
};

use super::{
    colour::{Ink, coloured},
    layout::folded,
    screen::{Screen, Stream},
};
use crate::outcomes::{
    events::Progress,
    parts::{Warning, WarningCode},
};
use lifeboat::formats::encoding::shown::{is_visible, visible};

/// What was warned of so far; some of it where no terminal is available.
static WARNINGS: Mutex<Vec<Warning>> = Mutex::new(Vec::new());

/// A line that must not be missed, where no terminal is available. The outcome has it too.
pub(crate) fn warn(code: Option<WarningCode>, line: &str) {
    put_warning(line);
    let message = line.to_owned();
    let mut warnings = WARNINGS.lock().unwrap_or_else(PoisonError::into_inner);
    warnings.push(Warning { code, message });
}

/// All that was warned of.
pub(super) fn warnings() -> Vec<Warning> {
    let warnings = WARNINGS.lock().unwrap_or_else(PoisonError::into_inner);
    warnings.clone()
}

/// A warning on standard error alone.
pub(super) fn put_warning(line: &str) {
    put(&format!("lifeboat: warning: {line}"));
}

/// A line of talk, on standard error.
pub(super) fn say(line: &str) {
    put(&format!("lifeboat: {line}"));
}

/// A line on standard error, which may be closed: then there is nobody to tell.
pub(super) fn put(line: &str) {
    let line = laid_out(line, &std::io::stderr(), Ink::Plain);
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A line for programs that watch, on standard error.
pub(super) fn put_event(event: &Progress<'_>) {
    let event = serde_json::to_string(event).expect("texts and numbers are JSON");
    let _ = writeln!(std::io::stderr(), "{}", json_text(&event));
}

/// A question as the terminal that it is asked on takes it.
pub(crate) fn question(text: &str, tty: &File) -> String {
    let words = text.trim_end();
    let blank = text.get(words.len()..).unwrap_or_default();
    laid_out(words, tty, Ink::Plain) + blank
}

/// A line of anything. Names of files and texts out of kits may hold whatever a terminal takes for a command: it is shown,
/// not sent. On a terminal it fits, and verdicts are coloured.
pub(super) fn laid_out(line: &str, stream: &impl Stream, ink: Ink) -> String {
    let line = visible(line);
    let Some(screen) = Screen::of(stream) else {
        return line.into_owned();
    };
    let lines = match screen.columns() {
        Some(columns) => folded(&line, columns),
        None => vec![line.into_owned()],
    };
    let lines = if screen.has_colours() {
        coloured(lines, ink)
    } else {
        lines
    };
    lines.join("\n")
}

/// JSON in which everything that is not visible is escaped. Outside of strings JSON has nothing to escape but line ends.
pub(crate) fn json_text(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter == '\n' || is_visible(letter) {
            text.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text
}
