//! Text in lines of a terminal's width: whole words, and nothing that people compare by eye broken where it need not be.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm, core::display_width, wrap};

/// What begins every line of talk.
const SPEAKER: &str = "lifeboat: ";

/// How far the further lines of a line stand in where no column says it.
const INDENT: usize = 2;

/// The same for talk.
const TALK_INDENT: usize = 4;

/// A column of a table is kept where it leaves so much room; what is compared by eye is rarely longer.
const ROOM: usize = 40;

/// Stands for a space where a line must not break; shown text has none of its own.
const NO_BREAK: &str = "\u{a0}";

/// A paragraph in whole words, every line indented.
pub(crate) fn paragraph(text: &str, columns: usize, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let columns = columns.max(indent + 20);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = glued(&words.join(" "), columns - indent);
    let lines = wrapped(&text, columns, &margin, &margin);
    lines.join("\n").replace(NO_BREAK, " ")
}

/// A line as a screen of so many columns takes it. What is wider than the rest of a line gets one of its own: whole if it
/// fits the screen; a SHA-256 or a public key in two of equal length, one below the other; anything else from the first
/// column on, where the screen breaks it, and copying does not.
pub(crate) fn folded(line: &str, columns: usize) -> Vec<String> {
    if display_width(line) <= columns {
        return vec![line.to_owned()];
    }

    let hang = hang(line, columns);
    let margin = " ".repeat(hang);
    let room = columns.saturating_sub(hang);
    let blank = line.len() - line.trim_start().len();
    let line = if blank > hang {
        margin.clone() + line.trim_start()
    } else {
        line.to_owned()
    };
    let (mut lines, mut run) = (Vec::new(), String::new());
    for piece in glued(&line, room).split_inclusive(' ') {
        if display_width(piece.trim_end()) <= room {
            run.push_str(piece);
        } else {
            end_run(&mut lines, &mut run, columns, &margin);
            lines.extend(alone(piece.trim_end(), columns, hang));
        }
    }
    end_run(&mut lines, &mut run, columns, &margin);
    lines
        .iter()
        .map(|line| line.replace(NO_BREAK, " "))
        .collect()
}

/// Wraps the words met so far, behind the lines that are there.
fn end_run(lines: &mut Vec<String>, run: &mut String, columns: usize, margin: &str) {
    let first = if lines.is_empty() { "" } else { margin };
    if !run.trim().is_empty() {
        lines.extend(wrapped(run.trim_end(), columns, first, margin));
    }
    run.clear();
}

fn wrapped(text: &str, columns: usize, first: &str, margin: &str) -> Vec<String> {
    let options = Options::new(columns)
        .initial_indent(first)
        .subsequent_indent(margin)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    let lines = wrap(text, options);
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Where the further lines of a line begin: below its last column that leaves room enough.
fn hang(line: &str, columns: usize) -> usize {
    if line.starts_with(SPEAKER) {
        return TALK_INDENT;
    }
    let most = columns.saturating_sub(ROOM);
    let ends = line.match_indices("  ").map(|(at, _)| {
        let rest = line.get(at..).unwrap_or_default();
        at + rest.len() - rest.trim_start_matches(' ').len()
    });
    let widths = ends.map(|end| display_width(line.get(..end).unwrap_or_default()));
    widths
        .filter(|width| *width <= most)
        .last()
        .unwrap_or(INDENT)
}

/// The text with no break in what is in backticks, which is typed, as far as it fits into so much room.
fn glued(text: &str, room: usize) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut quoted = false;
    for word in text.split(' ') {
        match pieces.last_mut() {
            Some(piece) if quoted => piece.extend([NO_BREAK, word]),
            _ => pieces.push(word.to_owned()),
        }
        quoted ^= word.matches('`').count() % 2 == 1;
    }
    for piece in &mut pieces {
        if display_width(piece) > room {
            *piece = piece.replace(NO_BREAK, " ");
        }
    }
    pieces.join(" ")
}

/// The lines of a word that is wider than the room of a line.
fn alone(word: &str, columns: usize, hang: usize) -> Vec<String> {
    let width = display_width(word);
    if width <= columns {
        let indent = TALK_INDENT.min(columns - width);
        return vec![" ".repeat(indent) + word];
    }
    let Some((label, digits, tail)) = compared(word) else {
        return vec![word.to_owned()];
    };

    let around = display_width(label) + display_width(tail);
    let fits = |count: &usize| {
        digits.len().is_multiple_of(*count) && around + digits.len() / count <= columns
    };
    let Some(length) = (2..=8).find(fits).map(|count| digits.len() / count) else {
        return vec![word.to_owned()];
    };
    let indent = hang.min(columns - around - length);
    let (mut lines, mut rest) = (Vec::new(), digits);
    while !rest.is_empty() {
        let (part, after) = rest.split_at(length);
        let (before, tail) = (
            if lines.is_empty() { label } else { "" },
            if after.is_empty() { tail } else { "" },
        );
        let margin = indent + display_width(label) - display_width(before);
        lines.push(format!("{}{before}{part}{tail}", " ".repeat(margin)));
        rest = after;
    }
    lines
}

/// A SHA-256 or a public key in hexadecimal, with what stands before and behind it in the word: `SHA256:…`, `…,`.
fn compared(word: &str) -> Option<(&str, &str, &str)> {
    let is_digit = |letter: char| letter.is_ascii_hexdigit();
    let digits = word
        .split(|letter| !is_digit(letter))
        .find(|run| matches!(run.len(), 64 | 66))?;
    let (label, tail) = word.split_once(digits)?;
    (label.len() <= 10 && tail.len() <= 10).then_some((label, digits, tail))
}

#[cfg(test)]
mod tests {
    use crate::terminal::layout::{folded, paragraph};

    const SHA: &str = "6ad9ca7f6b4f72f08be5a10f6e189190e3a908c03898df7eec00c57668b4eec9";

    #[test]
    fn words_are_whole_and_further_lines_stand_in() {
        let line =
            "lifeboat: warning: this machine is not offline: 1 network interface is up (`eth0`)";
        assert_eq!(
            folded(line, 60),
            [
                "lifeboat: warning: this machine is not offline: 1 network",
                "    interface is up (`eth0`)"
            ]
        );
        assert_eq!(folded(line, 200), [line]);
    }

    #[test]
    fn what_is_to_be_typed_stays_on_one_line_where_it_can() {
        let line = "lifeboat: hint: the rest is derived by `lifeboat derive KIT --key PEM --resume`, as before";
        let lines = folded(line, 60);
        assert_eq!(
            lines[1],
            "    `lifeboat derive KIT --key PEM --resume`, as before"
        );
        let lines = folded(line, 40);
        assert!(
            lines.iter().all(|line| line.chars().count() <= 40),
            "{lines:?}"
        );
    }

    #[test]
    fn further_lines_stand_below_the_last_column_that_leaves_room() {
        let line =
            "failed   public key matches       49a43acd-a19b-4eb9-985b-ffe33e0020b6: another one";
        let at = |columns| {
            let lines = folded(line, columns);
            lines[1].len() - lines[1].trim_start().len()
        };
        assert_eq!((at(80), at(60)), (34, 9));
    }

    #[test]
    fn a_digest_is_whole_or_in_two_lines_of_equal_length() {
        let line = format!("lifeboat: wrote `demo-shares.json`, SHA-256 {SHA}");
        assert_eq!(
            folded(&line, 80),
            [
                "lifeboat: wrote `demo-shares.json`, SHA-256",
                &format!("    {SHA}")
            ]
        );
        assert_eq!(
            folded(&line, 60),
            [
                "lifeboat: wrote `demo-shares.json`, SHA-256",
                &format!("    {}", &SHA[..32]),
                &format!("    {}", &SHA[32..])
            ]
        );
        let line = format!("fingerprint          SHA256:{SHA}");
        assert_eq!(
            folded(&line, 80),
            ["fingerprint", &format!("    SHA256:{SHA}")]
        );
        assert_eq!(
            folded(&line, 60)[1..],
            [
                format!("  SHA256:{}", &SHA[..32]),
                format!("{:9}{}", "", &SHA[32..])
            ]
        );
    }

    #[test]
    fn what_fits_no_line_is_left_whole_for_copying() {
        let key = "x".repeat(111);
        assert_eq!(folded(&format!("  {key}"), 80).concat(), key);
        assert_eq!(
            folded(&format!("key {key} end"), 80),
            ["key", &key, "  end"]
        );
    }

    #[test]
    fn paragraphs_are_indented_throughout() {
        assert_eq!(
            paragraph("one two  three `four five` six", 24, 2),
            "  one two three\n  `four five` six"
        );
    }
}
