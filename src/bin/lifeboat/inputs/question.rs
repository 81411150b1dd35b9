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

#[cfg(not(unix))]
pub(crate) fn remember_ignored_signals() {}

#[cfg(not(unix))]
pub(crate) fn keep_interrupts() {}

#[cfg(not(unix))]
pub(crate) fn end_by_signal() {}

#[cfg(unix)]
pub(crate) use on_unix::{ask, end_by_signal, keep_interrupts, remember_ignored_signals};

#[cfg(unix)]
mod on_unix {
    use std::{
        fs::File,
        io::{Read, Write},
        os::fd::{AsFd, BorrowedFd},
        sync::{
            Arc, OnceLock,
            atomic::{AtomicBool, AtomicUsize, Ordering},
        },
    };

    use lifeboat::{crypto::secret::SecretBytes, formats::encoding::shown::visible};
    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        termios::{
            InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr,
            tcsetattr,
        },
    };
    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
        flag,
    };
    use zeroize::Zeroizing;

    use super::{LONGEST, Unanswered};
    use crate::{inputs::bounded::read_start, outputs::new_file::unbuffered};

    /// A signal that comes between a look at its flag and the wait is seen after so long.
    const GLANCE: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 100_000_000,
    };

    /// Signals that the caller of the program had ignored, such as `nohup` does: a bit each.
    static IGNORED: OnceLock<u64> = OnceLock::new();
    static SIGNALS: OnceLock<Signals> = OnceLock::new();
    /// Whether a batch has taken Ctrl-C for itself.
    static INTERRUPTS_KEPT: AtomicBool = AtomicBool::new(false);

    /// What signals do from the first question on: during one they leave their number; otherwise what they always do.
    struct Signals {
        usual: Arc<AtomicBool>,
        usual_interrupt: Arc<AtomicBool>,
        caught: Arc<AtomicUsize>,
    }

    impl Signals {
        fn register() -> Self {
            let signals = Self {
                usual: Arc::new(AtomicBool::new(true)),
                usual_interrupt: Arc::new(AtomicBool::new(true)),
                caught: Arc::new(AtomicUsize::new(0)),
            };
            let ignored = IGNORED.get().copied().unwrap_or(0);
            for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
                let number = usize::try_from(signal).unwrap_or(0);
                if ignored >> (number - 1) & 1 == 1 {
                    continue;
                }
                let usual = if signal == SIGINT {
                    &signals.usual_interrupt
                } else {
                    &signals.usual
                };
                // In this order: the second is not reached when the first ends the program.
                let _ = flag::register_conditional_default(signal, Arc::clone(usual));
                let _ = flag::register_usize(signal, Arc::clone(&signals.caught), number);
            }
            signals
        }

        /// Whether one has come that ends the question.
        fn check(&self) -> Result<(), Unanswered> {
            match i32::try_from(self.caught.load(Ordering::SeqCst)).unwrap_or(0) {
                0 => Ok(()),
                SIGINT => Err(Unanswered::Interrupted),
                _ => Err(Unanswered::Signal),
            }
        }

        fn asking(&self, asking: bool) {
            self.usual.store(!asking, Ordering::SeqCst);
            let kept = INTERRUPTS_KEPT.load(Ordering::SeqCst);
            self.usual_interrupt
                .store(!asking && !kept, Ordering::SeqCst);
        }
    }

    /// Reads which signals are ignored, while `/proc` can still be opened.
    pub(crate) fn remember_ignored_signals() {
        let status = File::open("/proc/self/status").and_then(|file| read_start(file, 1 << 16));
        let status = status.unwrap_or_default();
        let status = String::from_utf8_lossy(&status);
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        let _ = IGNORED.set(mask.unwrap_or(0));
    }

    /// From here on Ctrl-C is no end: a batch ends by itself.
    pub(crate) fn keep_interrupts() {
        INTERRUPTS_KEPT.store(true, Ordering::SeqCst);
        if let Some(signals) = SIGNALS.get() {
            signals.usual_interrupt.store(false, Ordering::SeqCst);
        }
    }

    /// Ends the program by the signal that ended a question, so that whoever waits for it sees that.
    pub(crate) fn end_by_signal() {
        let caught = SIGNALS
            .get()
            .map_or(0, |signals| signals.caught.load(Ordering::SeqCst));
        let signal = i32::try_from(caught).unwrap_or(0);
        if [SIGTERM, SIGHUP, SIGQUIT].contains(&signal) {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    }

    /// Asks on the controlling terminal, or on standard input where that is a terminal that controls nothing.
    pub(crate) fn ask(question: &str) -> Result<SecretBytes, Unanswered> {
        let controlling = File::options().read(true).write(true).open("/dev/tty");
        let tty = controlling
            .or_else(|_| unbuffered(&std::io::stdin()))
            .map_err(|_| Unanswered::NoTerminal)?;
        let signals = SIGNALS.get_or_init(Signals::register);
        signals.asking(true);
        let answer = ask_on(&tty, question, signals);
        signals.asking(false);
        answer
    }

    fn ask_on(tty: &File, question: &str, signals: &Signals) -> Result<SecretBytes, Unanswered> {
        let silent = Silent::begin(tty.as_fd()).map_err(|_| Unanswered::NoTerminal)?;
        let mut out = tty;
        let _ = write!(out, "{}", visible(question));
        let line = Line::new(&silent.before);
        let answer = read_line(tty, line, signals);
        let _ = writeln!(out);
        answer
    }

    /// A terminal that echoes nothing and hands over every byte as it comes, until this is dropped.
    struct Silent<'a> {
        tty: BorrowedFd<'a>,
        before: Termios,
    }

    impl<'a> Silent<'a> {
        fn begin(tty: BorrowedFd<'a>) -> rustix::io::Result<Self> {
            let before = tcgetattr(tty)?;
            let mut silent = before.clone();
            silent.local_modes.remove(
                LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::IEXTEN,
            );
            // Enter must arrive as something, and letters with all their bits.
            silent
                .input_modes
                .remove(InputModes::IGNCR | InputModes::ISTRIP);
            silent.special_codes[SpecialCodeIndex::VMIN] = 1;
            silent.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(tty, OptionalActions::Now, &silent)?;
            Ok(Self { tty, before })
        }
    }

    impl Drop for Silent<'_> {
        fn drop(&mut self) {
            let _ = tcsetattr(self.tty, OptionalActions::Now, &self.before);
        }
    }

    fn read_line(
        mut tty: &File,
        mut line: Line,
        signals: &Signals,
    ) -> Result<SecretBytes, Unanswered> {
        // A byte at a time: what is typed ahead is the answer to the next question, or the shell's.
        let mut byte = Zeroizing::new([0]);
        loop {
            signals.check()?;
            let ready = poll(&mut [PollFd::new(&tty, PollFlags::IN)], Some(&GLANCE));
            // Ctrl-C and what was typed behind it may have come together.
            signals.check()?;
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
