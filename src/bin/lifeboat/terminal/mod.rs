//! The only folder that prints. Data goes to standard output, talk to standard error. Where a stream goes to a terminal, this
//! is the one place that fits lines to its width and colours them; nothing else knows of either.

mod colour;
mod layout;
mod pace;
mod print;
mod progress;
mod qr;
mod screen;

use std::{
    cell::RefCell,
    io::{IsTerminal, Write},
    process::ExitCode,
};

use lifeboat::formats::encoding::shown::visible;
pub(crate) use lifeboat::formats::encoding::shown::{grouped, plural, seconds};

use self::{
    colour::{Ink, on_paper},
    print::{laid_out, put, put_event, put_warning, say, warnings},
    progress::Told,
    qr::Ground,
    screen::Screen,
};
pub(crate) use self::{
    layout::{folded, paragraph},
    print::{json_text, question, warn},
    progress::{Bar, Work},
    qr::{Qr, QrUnfit},
    screen::{conversation_columns, reading_columns},
};
use crate::{
    errors::failure::Failure,
    outcomes::{
        About, Outcome,
        events::{Event, Progress, Step},
        parts::WarningCode,
    },
    streams::unbuffered,
};

/// The person's side of the program.
pub(crate) struct Terminal {
    json: bool,
    quiet: bool,
    /// Whether standard output was closed when the program began.
    closed: bool,
    /// What was lost of all that was meant for standard output, the first time.
    lost: RefCell<Option<Loss>>,
}

/// Why something did not reach standard output.
enum Loss {
    /// It was closed when the program began.
    Closed,
    /// It could not be written.
    Failed(std::io::Error),
}

impl Terminal {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self {
            json,
            quiet,
            closed: stdout_is_closed(),
            lost: RefCell::new(None),
        }
    }

    /// Whether standard output is kept for one JSON object.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Refuses to begin what would end in a result on a standard output that is closed. `can_name` says whether `--out`
    /// could take the result instead.
    pub(crate) fn demand_stdout(&self, can_name: bool) -> Result<(), Failure> {
        if self.closed {
            return Err(Failure::stdout_closed(can_name));
        }
        Ok(())
    }

    /// Whether what goes to standard output appears before a person's eyes.
    pub(crate) fn shows_stdout(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    /// Whether there is a person to ask: the controlling terminal, seen through standard input or error.
    pub(crate) fn can_ask(&self) -> bool {
        std::io::stdin().is_terminal() || std::io::stderr().is_terminal()
    }

    /// A line of a table, on standard output; `--json` has its own form of it. Whoever reads may have seen enough, which is no
    /// error; a closed output and a full disk are errors.
    pub(crate) fn show(&self, line: impl AsRef<str>) {
        if self.json {
            return;
        }
        if self.closed {
            self.lose(Loss::Closed);
        }
        self.note(line);
    }

    /// A line about a result that is in a file. Where standard output is closed nobody wants to know.
    pub(crate) fn note(&self, line: impl AsRef<str>) {
        if !self.json {
            self.note_drawn(&laid_out(line.as_ref(), &std::io::stdout(), Ink::Plain));
        }
    }

    /// A line of a conversation: as wide as the terminal, but no wider than is read with ease.
    pub(crate) fn tell(&self, line: impl AsRef<str>) {
        let line = visible(line.as_ref());
        let lines = folded(&line, conversation_columns());
        // A paragraph is flush left; what stands in is a list.
        let lines = lines.iter().map(|part| match line.starts_with(' ') {
            true => part,
            false => part.strip_prefix("  ").unwrap_or(part),
        });
        self.note_drawn(&lines.collect::<Vec<_>>().join("\n"));
    }

    /// Begins a line that a person ends.
    pub(crate) fn prompt(&self, text: &str) {
        let stdout = unbuffered(&std::io::stdout());
        if let Err(error) = stdout.and_then(|mut out| out.write_all(visible(text).as_bytes())) {
            self.lose(Loss::Failed(error));
        }
    }

    /// A line that is the result itself: lost where its reader has gone.
    pub(crate) fn show_result(&self, line: impl AsRef<str>) {
        self.put_result(line.as_ref(), Ink::Plain);
    }

    /// The last line of a check in which all is well: what it came to.
    pub(crate) fn verdict(&self, line: impl AsRef<str>) {
        self.put_result(line.as_ref(), Ink::Verdict);
    }

    fn put_result(&self, line: &str, ink: Ink) {
        if self.json {
            return;
        }
        if self.closed {
            self.lose(Loss::Closed);
        }
        if let Err(error) = self.write_out(&laid_out(line, &std::io::stdout(), ink)) {
            self.lose(Loss::Failed(error));
        }
    }

    /// A line about a result: beside the file that has it, or the result itself.
    pub(crate) fn show_beside(&self, has_file: bool, line: impl AsRef<str>) {
        if has_file {
            self.note(line);
        } else {
            self.show_result(line);
        }
    }

    fn lose(&self, loss: Loss) {
        self.lost.borrow_mut().get_or_insert(loss);
    }

    /// A text that is the result, in the lines it has: in `--json`, a field of the outcome is to carry it. Whoever reads may
    /// have seen enough.
    pub(crate) fn show_text(&self, text: &str) {
        let lines: Vec<_> = text.trim_end().split('\n').map(visible).collect();
        self.show_drawn(&lines.join("\n"));
    }

    /// What is sent as it is.
    fn show_drawn(&self, text: &str) {
        if self.json {
            return;
        }
        if self.closed {
            self.lose(Loss::Closed);
        }
        self.note_drawn(text);
    }

    fn note_drawn(&self, text: &str) {
        if let Err(error) = self.write_out(text)
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            self.lose(Loss::Failed(error));
        }
    }

    /// A QR code. On a terminal with colours it is dark on light; without them, and where nobody knows what it will be looked
    /// at on, it comes twice. Never where it would not fit, and be noise.
    pub(crate) fn show_qr(&self, code: &Qr) -> Result<(), QrUnfit> {
        if self.json {
            return Ok(());
        }
        let screen = Screen::of(&std::io::stdout());
        if let Some(screen) = &screen {
            if !screen.has_blocks() {
                return Err(QrUnfit::NoBlocks);
            }
            let (needs, has) = (code.size(), screen.size.unwrap_or((usize::MAX, usize::MAX)));
            if has.0 < needs.0 || has.1 < needs.1 {
                return Err(QrUnfit::TooSmall { needs, has });
            }
        }
        if screen.is_some_and(|screen| screen.has_colours()) {
            let lines = code.lines(Ground::Light);
            let lines: Vec<String> = lines.iter().map(|line| on_paper(line)).collect();
            self.show_drawn(&lines.join("\n"));
            return Ok(());
        }
        for (ground, name) in [(Ground::Dark, "dark"), (Ground::Light, "light")] {
            self.show(format!("on a {name} ground:"));
            self.show_drawn(&code.lines(ground).join("\n"));
        }
        Ok(())
    }

    /// A line of talk, on standard error.
    pub(crate) fn say(&self, line: impl AsRef<str>) {
        if !self.quiet {
            say(line.as_ref());
        }
    }

    /// A step of a longer job, on standard error: in words, or as a JSON object a line for programs that watch.
    pub(crate) fn step(&self, code: &str, words: &str, as_events: bool) {
        if as_events {
            put_event(&Progress::Step(Step {
                event: Event::Progress,
                step: code,
                message: words,
            }));
        } else {
            self.say(words);
        }
    }

    /// A line that must not be missed, on standard error, `--quiet` or not, and in the outcome.
    pub(crate) fn warn(&self, line: impl AsRef<str>) {
        warn(None, line.as_ref());
    }

    /// The same of a kind that programs may want to know.
    pub(crate) fn warn_of(&self, code: WarningCode, line: impl AsRef<str>) {
        warn(Some(code), line.as_ref());
    }

    /// Names a record that the outcome has among those that failed.
    pub(crate) fn tell_failed(&self, line: impl AsRef<str>) {
        put_warning(line.as_ref());
    }

    /// Progress with rate and time left: a bar on a terminal that can draw one, else a line now and then. A total of 0 is
    /// one that nobody knows.
    pub(crate) fn bar(&self, work: Work, total: u64) -> Bar {
        let told = if self.quiet {
            Told::Not
        } else {
            Told::to_person()
        };
        Bar::new(work, total, told)
    }

    /// Progress for machines in place of a bar: one JSON object a line on standard error, about one a second and one at
    /// the end, `--quiet` or not.
    pub(crate) fn progress_events(&self, work: Work, total: u64) -> Bar {
        Bar::new(work, total, Told::AsEvents)
    }

    /// Says how it ended, in the form asked for, and gives the exit status.
    pub(crate) fn finish(&self, outcome: &Outcome, about: &About) -> ExitCode {
        if self.json {
            let json = json_text(&outcome.to_json(about, &warnings()));
            if self.closed {
                self.lose(Loss::Closed);
            }
            if let Err(error) = self.write_out(&json) {
                self.lose(Loss::Failed(error));
            }
        }
        // The outcome of `--json` goes to standard output whatever file the result has.
        let can_name = about.has_out && !self.json;
        let lost = self.lost.take().map(|loss| match loss {
            Loss::Closed => Failure::stdout_closed(can_name),
            Loss::Failed(error) => Failure::stdout_failed(&error, can_name),
        });
        let Some(failure) = outcome.failure().or(lost.as_ref()) else {
            return ExitCode::SUCCESS;
        };
        for line in failure.lines() {
            put(&line);
        }
        ExitCode::from(failure.exit() as u8)
    }

    /// Past the library's buffer: it takes an error for success where standard output cannot be written at all.
    fn write_out(&self, line: &str) -> std::io::Result<()> {
        unbuffered(&std::io::stdout())?.write_all(format!("{line}\n").as_bytes())
    }
}

/// Whether standard output was closed before the program began. Where it was, the library opened `/dev/null` for reading and
/// writing in its place, which is told from a `/dev/null` that somebody asked for: shells open that for writing only.
#[cfg(unix)]
fn stdout_is_closed() -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    use rustix::fs::{OFlags, fcntl_getfl};

    let stdout = std::io::stdout();
    let both = fcntl_getfl(&stdout).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDWR);
    let null = unbuffered(&stdout)
        .and_then(|file| file.metadata())
        .ok()
        .zip(std::fs::metadata("/dev/null").ok());
    both && null
        .is_some_and(|(out, null)| out.file_type().is_char_device() && out.rdev() == null.rdev())
}

#[cfg(not(unix))]
fn stdout_is_closed() -> bool {
    false
}
