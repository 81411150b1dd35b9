//! How many texts of a file are as long as an RSA key in base64: whoever seals to the keys of a file must lose none, and
//! what the search did not understand is still one of these.

use zeroize::Zeroizing;

/// A modulus of 2048 bits in base64 has 342 digits; no label or comment has as many.
const SHORTEST: usize = 340;
/// Lines of PEM and of folded text have 60 to 76 digits. A shorter word is none of them.
const SHORTEST_LINE: usize = 40;

/// How many runs of base64 digits the text has that are long enough for a key. Line ends do not end a run.
pub(super) fn key_runs(text: &str) -> usize {
    let mut runs = Runs::default();
    let mut letters = text.chars().peekable();

    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            // JSON writes slashes so.
            ('\\', Some('/')) => {}
            ('\\', Some('n' | 'r')) => {
                letters.next();
                runs.end_line();
            }
            ('\n' | '\r', _) => runs.end_line(),
            (letter, _) if is_digit(letter) => runs.digit(),
            (letter, _) if letter.is_whitespace() => runs.blank(),
            _ => runs.end(),
        }
    }

    runs.end();
    runs.found
}

/// The text without the certificates that a JWK repeats its key in.
pub(super) fn without_certificates(text: &str) -> Zeroizing<String> {
    let mut parts = text.split("\"x5c\"");
    // Somebody may have named a private key, which is told only later.
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    kept.push_str(parts.next().unwrap_or_default());
    for part in parts {
        kept.push_str(part.split_once(']').map_or(part, |(_, rest)| rest));
    }
    kept
}

#[derive(Default)]
struct Runs {
    found: usize,
    /// Digits of the run, and of its last line.
    run: usize,
    line: usize,
    is_after_line: bool,
    is_after_blank: bool,
}

impl Runs {
    fn digit(&mut self) {
        if self.is_after_line || self.is_after_blank {
            let goes_on = self.is_after_line && self.line >= SHORTEST_LINE;
            if !goes_on {
                self.end();
            }
            self.line = 0;
            (self.is_after_line, self.is_after_blank) = (false, false);
        }
        self.run += 1;
        self.line += 1;
    }

    fn blank(&mut self) {
        self.is_after_blank = self.run > 0;
    }

    fn end_line(&mut self) {
        self.is_after_line = self.run > 0;
    }

    fn end(&mut self) {
        self.found += usize::from(self.run >= SHORTEST);
        (self.run, self.line) = (0, 0);
        (self.is_after_line, self.is_after_blank) = (false, false);
    }
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+/=-_".contains(letter)
}
