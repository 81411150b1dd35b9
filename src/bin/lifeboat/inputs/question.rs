//! A question on the terminal whose answer is not echoed. What was typed is what is answered: bytes as the terminal sent
//! them, or a refusal. Signals restore the terminal and end the question.
//!
//! System calls it needs inside the sandbox: `ioctl` with `TCGETS2`, `TCSETS2` and their forms without `2`; `poll`, `read`
//! and `write` on the terminal; `rt_sigaction`, `rt_sigprocmask`, `tgkill` to itself to end by a signal.

#[cfg(not(unix))]
use lifeboat::crypto::secret::SecretBytes;

/// Longest answer.
#[cfg(unix)]
const LONGEST: usize = 64 << 10;

/// Why there is no answer.
pub(crate) enum Unanswered {
    /// No terminal to ask on.
    NoTerminal,
    /// The terminal closed, or the end of input was typed.
    Nothing,
    /// Ctrl-C.
    Interrupted,
    /// Another signal, which is to end the program.
    Signal,
    /// What was typed is not UTF-8.
    NotUtf8,
    /// Keys were typed that are no text.
    NotText,
    /// More than any passphrase has.
    TooLong,
}

#[cfg(not(unix))]
pub(crate) fn ask(question: &str) -> Result<SecretBytes, Unanswered> {
    // A Windows console hands over characters, so nothing can be lost in decoding them.
    match rpassword::prompt_password(question) {
        Ok(typed) => Ok(SecretBytes::new(typed.into_bytes())),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(Unanswered::Nothing),
        Err(_) => Err(Unanswered::NoTerminal),
    }
}

#[cfg(unix)]
pub(crate) use on_unix::ask;

#[cfg(unix)]
mod on_unix {
    use std::{
        fs::File,
        io::{Read, Write},
        os::fd::AsFd,
    };

    use lifeboat::crypto::secret::SecretBytes;
    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        termios::{SpecialCodeIndex, Termios},
    };
    use signal_hook::consts::SIGINT;
    use zeroize::Zeroizing;

    use super::{LONGEST, Unanswered};
    use crate::{
        inputs::silence::{Silent, byte_by_byte, terminal_to_ask_on},
        signals::{Continued, Signals},
        terminal,
    };

    /// A signal that comes between a look at its flag and the wait is seen after so long.
    const GLANCE: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 100_000_000,
    };

    /// Asks on the terminal.
    pub(crate) fn ask(question: &str) -> Result<SecretBytes, Unanswered> {
        let tty = terminal_to_ask_on().map_err(|_| Unanswered::NoTerminal)?;
        let signals = Signals::get();
        signals.asking(true);
        let answer = ask_on(&tty, question, signals);
        signals.asking(false);
        answer
    }

    fn ask_on(tty: &File, question: &str, signals: &Signals) -> Result<SecretBytes, Unanswered> {
        // Who stops the program and goes on finds the terminal as the shell left it: watched for before anything is shown,
        // since a stop may come the moment the question is read.
        let continued = Continued::watch();
        let silent =
            Silent::begin(tty.as_fd(), byte_by_byte).map_err(|_| Unanswered::NoTerminal)?;
        let mut out = tty;
        let _ = out.write_all(terminal::question(question, tty).as_bytes());
        let ask_again = || {
            silent.again();
            let mut out = tty;
            let _ = out.write_all(terminal::question(question, tty).as_bytes());
        };
        let line = Line::new(&silent.before);
        let answer = read_line(tty, line, signals, || {
            if continued.take() {
                ask_again();
            }
        });
        let _ = writeln!(out);
        answer
    }

    /// Whether a signal has come that ends the question.
    fn check(signals: &Signals) -> Result<(), Unanswered> {
        match signals.caught() {
            None => Ok(()),
            Some(SIGINT) => Err(Unanswered::Interrupted),
            Some(_) => Err(Unanswered::Signal),
        }
    }

    fn read_line(
        mut tty: &File,
        mut line: Line,
        signals: &Signals,
        between: impl Fn(),
    ) -> Result<SecretBytes, Unanswered> {
        // A byte at a time: what is typed ahead is the answer to the next question, or the shell's.
        let mut byte = Zeroizing::new([0]);
        loop {
            check(signals)?;
            let ready = poll(&mut [PollFd::new(&tty, PollFlags::IN)], Some(&GLANCE));
            // Ctrl-C and what was typed behind it may have come together.
            check(signals)?;
            between();
            if !matches!(ready, Ok(1..)) {
                continue;
            }
            match tty.read(byte.as_mut()) {
                Ok(0) => return Err(Unanswered::Nothing),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                // A terminal that hung up; the signal that says so may be on its way.
                Err(_) => return Err(Unanswered::Nothing),
            }
            let [typed] = *byte;
            match line.push(typed) {
                Typed::More => {}
                Typed::End => return line.finish(),
                Typed::NoMore => return Err(Unanswered::Nothing),
                Typed::Interrupt => return Err(Unanswered::Interrupted),
            }
        }
    }

    /// What a byte means for the line.
    enum Typed {
        More,
        End,
        NoMore,
        Interrupt,
    }

    /// How far into an escape sequence the line is.
    enum Escape {
        None,
        Begun,
        /// Its bytes behind `ESC [`.
        Sequence(Vec<u8>),
        OneMore,
    }

    /// A line that is being typed.
    struct Line {
        bytes: Zeroizing<Vec<u8>>,
        escape: Escape,
        /// A key was typed that is no text: an arrow, Alt with a letter, a control character.
        foreign: bool,
        long: bool,
        erase: u8,
        kill: u8,
    }

    impl Line {
        fn new(terminal: &Termios) -> Self {
            Self {
                // It never grows, and so leaves no copy behind.
                bytes: Zeroizing::new(Vec::with_capacity(LONGEST)),
                escape: Escape::None,
                foreign: false,
                long: false,
                erase: terminal.special_codes[SpecialCodeIndex::VERASE],
                kill: terminal.special_codes[SpecialCodeIndex::VKILL],
            }
        }

        fn push(&mut self, byte: u8) -> Typed {
            match (byte, std::mem::replace(&mut self.escape, Escape::None)) {
                (b'\r' | b'\n', escape) => {
                    self.foreign |= !matches!(escape, Escape::None);
                    return Typed::End;
                }
                (_, Escape::Begun) => self.escaped(byte),
                (_, Escape::OneMore) => self.foreign = true,
                (_, Escape::Sequence(sequence)) => self.sequence(sequence, byte),
                (0x1b, Escape::None) => self.escape = Escape::Begun,
                (0x03, Escape::None) => return Typed::Interrupt,
                (0x04, Escape::None) if self.bytes.is_empty() => return Typed::NoMore,
                (0x04, Escape::None) => return Typed::End,
                (0x08 | 0x7f, Escape::None) => self.erase_letter(),
                (0x15, Escape::None) => self.clear(),
                (0x17, Escape::None) => self.erase_word(),
                (byte, Escape::None) if byte == self.erase && byte < b' ' => self.erase_letter(),
                (byte, Escape::None) if byte == self.kill && byte < b' ' => self.clear(),
                (0..0x20, Escape::None) if byte != b'\t' => self.foreign = true,
                (byte, Escape::None) if self.bytes.len() < LONGEST => self.bytes.push(byte),
                _ => self.long = true,
            }
            Typed::More
        }

        fn escaped(&mut self, byte: u8) {
            match byte {
                b'[' => self.escape = Escape::Sequence(Vec::new()),
                b'O' => self.escape = Escape::OneMore,
                _ => self.foreign = true,
            }
        }

        /// Terminals put marks around what is pasted; everything else that comes so is a key that is no text.
        fn sequence(&mut self, mut sequence: Vec<u8>, byte: u8) {
            if !(0x40..=0x7e).contains(&byte) && sequence.len() < 16 {
                sequence.push(byte);
                self.escape = Escape::Sequence(sequence);
            } else if byte != b'~'
                || ![b"200", b"201"]
                    .iter()
                    .any(|mark| *mark == sequence.as_slice())
            {
                self.foreign = true;
            }
        }

        fn clear(&mut self) {
            self.erase_to(0);
            self.foreign = false;
            self.long = false;
        }

        fn erase_letter(&mut self) {
            let mut end = self.bytes.len().saturating_sub(1);
            let continues = |at: usize| self.bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
            let letter = |at: usize| self.bytes.get(at).is_some_and(|byte| *byte >= 0x80);
            while continues(end) && end > 0 && letter(end - 1) {
                end -= 1;
            }
            self.erase_to(end);
        }

        fn erase_word(&mut self) {
            let blank = |byte: &u8| byte.is_ascii_whitespace();
            let end = self
                .bytes
                .iter()
                .rposition(|byte| !blank(byte))
                .map_or(0, |at| at + 1);
            let word = self.bytes.get(..end).unwrap_or_default();
            let start = word.iter().rposition(blank).map_or(0, |at| at + 1);
            self.erase_to(start);
        }

        fn erase_to(&mut self, end: usize) {
            self.bytes.iter_mut().skip(end).for_each(|byte| *byte = 0);
            self.bytes.truncate(end);
        }

        fn finish(mut self) -> Result<SecretBytes, Unanswered> {
            if self.long {
                return Err(Unanswered::TooLong);
            }
            if self.foreign {
                return Err(Unanswered::NotText);
            }
            if std::str::from_utf8(&self.bytes).is_err() {
                return Err(Unanswered::NotUtf8);
            }
            // As long as it is: a passphrase is kept, 64 KiB of room are not.
            let mut exact = Vec::with_capacity(self.bytes.len());
            exact.append(&mut self.bytes);
            Ok(SecretBytes::new(exact))
        }
    }
}
