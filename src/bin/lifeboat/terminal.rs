//! The only file that prints. Data goes to standard output, talk to standard error.

use std::{
    cell::RefCell,
    io::{IsTerminal, Write},
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
pub(crate) use lifeboat::formats::encoding::shown::{grouped, plural};
use lifeboat::{
    formats::encoding::shown::{is_visible, visible},
    operations::Progress,
};
use serde_json::json;

use crate::{
    errors::failure::{About, Failure, Outcome},
    streams::unbuffered,
};

/// Between two lines of progress for machines.
const PROGRESS_PAUSE: Duration = Duration::from_secs(1);

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
        use std::io::ErrorKind::BrokenPipe;

        if self.json {
            return;
        }
        if let Err(error) = self.write_out(&visible(line.as_ref()))
            && error.kind() != BrokenPipe
        {
            self.lose(Loss::Failed(error));
        }
    }

    /// A line that is the result itself, such as a verdict: lost where its reader has gone.
    pub(crate) fn show_result(&self, line: impl AsRef<str>) {
        if self.json {
            return;
        }
        if self.closed {
            self.lose(Loss::Closed);
        }
        if let Err(error) = self.write_out(&visible(line.as_ref())) {
            self.lose(Loss::Failed(error));
        }
    }

    /// The last line of a check in which all is well: what it came to.
    pub(crate) fn verdict(&self, line: impl AsRef<str>) {
        self.show_result(line);
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

    /// A text that is the result: in `--json`, a field of the outcome is to carry it.
    pub(crate) fn show_text(&self, text: &str) {
        text.trim_end().split('\n').for_each(|line| self.show(line));
    }

    /// A line of talk, on standard error.
    pub(crate) fn say(&self, line: impl AsRef<str>) {
        if !self.quiet {
            put(
                &mut std::io::stderr(),
                &format!("lifeboat: {}", line.as_ref()),
            );
        }
    }

    /// A step of a longer job, on standard error: in words, or as a JSON object a line for programs that watch.
    pub(crate) fn step(&self, code: &str, words: &str, as_events: bool) {
        if as_events {
            let event = serde_json::json!({ "event": "progress", "step": code, "message": words });
            put(&mut std::io::stderr(), &json_text(&event.to_string()));
        } else {
            self.say(words);
        }
    }

    /// A line that must not be missed, on standard error, `--quiet` or not.
    pub(crate) fn warn(&self, line: impl AsRef<str>) {
        warn(line.as_ref());
    }

    /// A progress bar with rate and time left; only on a terminal.
    pub(crate) fn bar(&self, total: u64) -> Bar {
        if self.quiet || !std::io::stderr().is_terminal() {
            return Bar::hidden(total, None);
        }
        let style = ProgressStyle::with_template(
            "lifeboat: {wide_bar} {human_pos}/{human_len} wallets, {per_sec}, {eta} left",
        );
        let bar = ProgressBar::new(total);
        let bar = match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        Bar { bar, lines: None }
    }

    /// Progress for machines in place of a bar: one JSON object a line on standard error, about one a second and one at
    /// the end, `--quiet` or not.
    pub(crate) fn progress_lines(&self, total: u64) -> Bar {
        let began = Instant::now();
        Bar::hidden(
            total,
            Some(ProgressLines {
                began,
                shown: Mutex::new(began),
            }),
        )
    }

    /// Says how it ended, in the form asked for, and gives the exit status.
    pub(crate) fn finish(&self, outcome: &Outcome, about: &About) -> ExitCode {
        if self.json {
            let json = json_text(&format!("{:#}", outcome.to_json(about)));
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
        let Some(failure) = outcome.failure.as_ref().or(lost.as_ref()) else {
            return ExitCode::SUCCESS;
        };
        for line in failure.lines() {
            put(&mut std::io::stderr(), &line);
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

/// A progress bar that an operation can move.
pub(crate) struct Bar {
    bar: ProgressBar,
    lines: Option<ProgressLines>,
}

/// When the run began, and when a line was last shown.
struct ProgressLines {
    began: Instant,
    shown: Mutex<Instant>,
}

impl Bar {
    /// One that counts and is not seen.
    fn hidden(total: u64, lines: Option<ProgressLines>) -> Self {
        Self {
            bar: ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden()),
            lines,
        }
    }

    fn show_line(&self, lines: &ProgressLines) {
        let (done, milliseconds) = (
            self.bar.position(),
            lines.began.elapsed().as_millis().max(1),
        );
        let rate = u128::from(done) * 1000 / milliseconds;
        let line = json!({
            "event": "progress",
            "done": done,
            "total": self.bar.length(),
            "perSecond": u64::try_from(rate).unwrap_or(u64::MAX),
        });
        put(&mut std::io::stderr(), &json_text(&line.to_string()));
    }
}

impl Progress for Bar {
    fn advance(&self, records: u64) {
        self.bar.inc(records);
        if let Some(lines) = &self.lines {
            let mut shown = lines.shown.lock().unwrap_or_else(PoisonError::into_inner);
            if shown.elapsed() >= PROGRESS_PAUSE {
                *shown = Instant::now();
                self.show_line(lines);
            }
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(lines) = &self.lines {
            self.show_line(lines);
        }
        self.bar.finish_and_clear();
    }
}

/// A line that must not be missed, where no terminal is available.
pub(crate) fn warn(line: &str) {
    put(
        &mut std::io::stderr(),
        &format!("lifeboat: warning: {line}"),
    );
}

/// A line of anything. Names of files and texts out of kits may hold whatever a terminal takes for a command: it is shown,
/// not sent. Standard error may be closed, and then there is nobody to tell.
fn put(out: &mut impl Write, line: &str) {
    let _ = writeln!(out, "{}", visible(line));
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
