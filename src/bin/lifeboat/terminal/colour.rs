//! The only colours: of a verdict, of the words `failed`, `warning` and `error` that begin a line, and of QR codes. Whoever
//! does not see them reads the same.

use anstyle::{AnsiColor, Color, Style};

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// One of many.
    Plain,
    /// The last line of a check in which all is well.
    Verdict,
}

const GOOD: Style = AnsiColor::Green.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Of QR codes: dark on light, whatever the terminal's own colours are.
const PAPER: Style = Style::new()
    .fg_color(Some(Color::Ansi(AnsiColor::Black)))
    .bg_color(Some(Color::Ansi(AnsiColor::White)));

/// A line of a QR code whose dark modules are letters.
pub(crate) fn on_paper(line: &str) -> String {
    in_style(line, PAPER)
}

/// Beginnings of lines, in three pieces: the middle one is coloured.
const WORDS: [(&str, &str, &str, Style); 4] = [
    ("lifeboat: ", "error", ": ", BAD),
    ("lifeboat: ", "warning", ": ", WARNING),
    ("", "failed", "  ", BAD),
    ("", "warning", "  ", WARNING),
];

/// The lines of one line, coloured.
pub(crate) fn coloured(mut lines: Vec<String>, ink: Ink) -> Vec<String> {
    if ink == Ink::Verdict {
        return lines.iter().map(|line| in_style(line, GOOD)).collect();
    }
    if let Some(first) = lines.first_mut()
        && let Some(coloured) = coloured_word(first)
    {
        *first = coloured;
    }
    lines
}

fn coloured_word(line: &str) -> Option<String> {
    WORDS.iter().find_map(|(before, word, behind, style)| {
        let rest = line.strip_prefix(before)?.strip_prefix(word)?;
        // A cell of a table may be the last in its line.
        let ends = rest.starts_with(behind) || rest.is_empty();
        ends.then(|| format!("{before}{}{rest}", in_style(word, *style)))
    })
}

fn in_style(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}
