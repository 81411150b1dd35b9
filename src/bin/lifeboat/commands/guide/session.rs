//! The conversation: what is said, what is asked, and how an answer is read. Answers are plain lines, so that it works on a
//! serial console and with a screen reader. No secret is ever typed here: commands ask for those themselves.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{notes::Notes, program::Program, recognise::Looked};
use crate::{
    context::World,
    errors::{
        catalogue::{Doing, Guides},
        failure::Failure,
    },
    streams::unbuffered,
};

/// Longest answer.
const LONGEST: usize = 64 << 10;

/// The conversation with one person.
pub(crate) struct Session<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) program: Program,
    pub(crate) notes: Notes,
    /// What was looked at so far.
    pub(crate) seen: Vec<Looked>,
    /// The folder that names are shown from.
    here: PathBuf,
    input: File,
    interrupted: Arc<AtomicBool>,
    /// Answers of an earlier time that were told already.
    pub(crate) told: Vec<&'static str>,
}

/// What happened, or what is to be done: a conversation of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    /// Key Share #1 of all wallets, out of a recovery kit.
    Fireblocks,
    /// Private keys from Portal's shares.
    Portal,
    /// One wallet, from the backup of a device.
    Device,
    /// The workspace's own keys.
    Workspace,
    /// Key Share #1 that is not encrypted.
    Seal,
    /// Nobody knows what there is.
    Look,
}

impl Story {
    const NAMES: [(Self, &str); 6] = [
        (Self::Fireblocks, "fireblocks"),
        (Self::Portal, "portal"),
        (Self::Device, "device"),
        (Self::Workspace, "workspace"),
        (Self::Seal, "seal"),
        (Self::Look, "look"),
    ];

    /// What the notes call it.
    pub(crate) fn name(self) -> &'static str {
        let named = Self::NAMES.iter().find(|(story, _)| *story == self);
        named.map_or("", |(_, name)| name)
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        let named = Self::NAMES.iter().find(|(_, known)| *known == name);
        named.map(|(story, _)| *story)
    }
}

/// Why a question was not answered.
pub(crate) enum Turn {
    /// Another story is to be told.
    Switch(Story),
    /// Back to the question before.
    Back,
    /// The person leaves; everything is kept.
    Leave,
    /// To the question of this name, which is asked anew.
    To(&'static str),
    /// The guide itself cannot go on.
    Failed(Failure),
}

impl From<Failure> for Turn {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// A question, with its answers by number.
pub(crate) struct Question<'a> {
    pub(crate) text: &'a str,
    pub(crate) choices: Vec<String>,
    /// Whether Enter alone is an answer: the first choice, or yes where there are none.
    pub(crate) enter: bool,
    /// What may be typed besides a number, such as `the path of a file`.
    pub(crate) typed: Option<&'static str>,
    /// What `?` says.
    pub(crate) why: &'a str,
}

/// An answer.
pub(crate) enum Answer {
    /// The choice of this place, from 0.
    Choice(usize),
    /// What was typed.
    Typed(OsString),
}

impl<'a> Session<'a> {
    pub(crate) fn begin(world: &'a mut World, notes: Notes) -> Result<Self, Failure> {
        let input = unbuffered(&std::io::stdin())
            .map_err(|error| Failure::io(Doing::Read, Path::new("the terminal"), &error))?;
        let interrupted = Arc::new(AtomicBool::new(false));
        // Ctrl-C reaches the command that runs as well; the guide is still there when that has ended.
        #[cfg(unix)]
        let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&interrupted));
        let program = Program::new(world.hardening.demanded());
        Ok(Self {
            world,
            program,
            notes,
            seen: Vec::new(),
            here: std::env::current_dir().unwrap_or_default(),
            input,
            interrupted,
            told: Vec::new(),
        })
    }

    /// Says a line.
    pub(crate) fn tell(&self, line: impl AsRef<str>) {
        self.world.terminal.tell(line);
    }

    /// Says a paragraph, behind an empty line.
    pub(crate) fn tell_apart(&self, text: impl AsRef<str>) {
        self.tell("");
        self.tell(text);
    }

    /// A path as it is shown and given to commands: from the working folder on where it is below, never like an option.
    pub(crate) fn named(&self, path: &Path) -> OsString {
        let below = path.strip_prefix(&self.here).ok();
        let path = match below {
            Some(below) if below.as_os_str().is_empty() => Path::new("."),
            Some(below) => below,
            None => path,
        };
        if path.as_os_str().as_encoded_bytes().starts_with(b"-") {
            return Path::new(".").join(path).into();
        }
        path.into()
    }

    /// The same as text to read, in backticks.
    pub(crate) fn shown(&self, path: &Path) -> String {
        format!("`{}`", Path::new(&self.named(path)).display())
    }

    /// The full path of what was typed or is named.
    pub(crate) fn full(&self, path: &Path) -> PathBuf {
        let path: PathBuf = path.components().collect();
        match path.as_os_str() == "." {
            true => self.here.clone(),
            false => self.here.join(path),
        }
    }

    /// Whether Ctrl-C was pressed since this was last asked.
    pub(crate) fn take_interrupt(&self) -> bool {
        self.interrupted.swap(false, Ordering::SeqCst)
    }

    /// Asks until there is an answer.
    pub(crate) fn ask(&mut self, question: &Question<'_>) -> Result<Answer, Turn> {
        if !question.text.is_empty() {
            self.tell_apart(question.text);
        }
        for (number, choice) in (1..).zip(&question.choices) {
            self.tell(format!("  {number}  {choice}"));
        }
        loop {
            self.world.terminal.prompt(prompt(question));
            let typed = self.read_line()?;
            let word = typed.to_str().unwrap_or_default();
            match word {
                "" if question.enter => return Ok(Answer::Choice(0)),
                "?" | "help" => {
                    self.tell(question.why);
                    continue;
                }
                "b" | "B" | "back" => return Err(Turn::Back),
                "q" | "Q" | "quit" | "exit" => return Err(Turn::Leave),
                _ => {}
            }
            let number = word.parse().ok().filter(|number| *number > 0);
            if let Some(number) = number.filter(|number: &usize| *number <= question.choices.len())
            {
                return Ok(Answer::Choice(number - 1));
            }
            if question.typed.is_some() && number.is_none() && !typed.is_empty() {
                return Ok(Answer::Typed(typed));
            }
            self.tell(no_answer(question));
        }
    }

    /// Asks which of several.
    pub(crate) fn pick<T: Copy>(
        &mut self,
        text: &str,
        choices: &[(T, String)],
        why: &str,
    ) -> Result<T, Turn> {
        self.pick_with(text, choices, why, true)
    }

    /// The same where nothing can be proposed: Enter alone is no answer.
    pub(crate) fn pick_one<T: Copy>(
        &mut self,
        text: &str,
        choices: &[(T, String)],
        why: &str,
    ) -> Result<T, Turn> {
        self.pick_with(text, choices, why, false)
    }

    fn pick_with<T: Copy>(
        &mut self,
        text: &str,
        choices: &[(T, String)],
        why: &str,
        enter: bool,
    ) -> Result<T, Turn> {
        let question = Question {
            text,
            choices: choices.iter().map(|(_, words)| words.clone()).collect(),
            enter,
            typed: None,
            why,
        };
        loop {
            if let Answer::Choice(place) = self.ask(&question)?
                && let Some((value, _)) = choices.get(place)
            {
                return Ok(*value);
            }
        }
    }

    fn read_line(&mut self) -> Result<OsString, Turn> {
        make_readable(&self.input);
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            self.wait()?;
            // A line at a time: what is typed ahead is for the command that runs next.
            let mut piece = [0; 4096];
            let length = match self.input.read(&mut piece) {
                Ok(length) => length,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => 0,
            };
            // Ctrl-D, or a terminal that is gone.
            if length == 0 || line.len() > LONGEST {
                self.tell("");
                return Err(Turn::Leave);
            }
            line.extend_from_slice(piece.get(..length).unwrap_or_default());
        }
        Ok(os_string(line.trim_ascii()))
    }

    /// Waits until something was typed. Ctrl-C leaves.
    #[cfg(unix)]
    fn wait(&self) -> Result<(), Turn> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        // A signal that comes between a look at its flag and the wait is seen after so long.
        const GLANCE: Timespec = Timespec {
            tv_sec: 0,
            tv_nsec: 100_000_000,
        };
        loop {
            if self.take_interrupt() {
                self.tell("");
                return Err(Turn::Leave);
            }
            let ready = poll(
                &mut [PollFd::new(&self.input, PollFlags::IN)],
                Some(&GLANCE),
            );
            if matches!(ready, Ok(1..)) {
                return Ok(());
            }
        }
    }

    #[cfg(not(unix))]
    fn wait(&self) -> Result<(), Turn> {
        Ok(())
    }
}

/// Refuses to begin where nobody can be asked.
pub(crate) fn demand_terminal() -> Result<(), Failure> {
    use std::io::IsTerminal;

    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return Ok(());
    }
    let message =
        "the guide asks and waits for answers: its input and its output must be a terminal";
    Err(Failure::new(Guides::NoTerminal, message))
}

/// How the line begins that an answer is typed on.
fn prompt(question: &Question<'_>) -> &'static str {
    match (question.enter, question.choices.is_empty()) {
        (true, false) => "[1] > ",
        (true, true) => "[Enter] > ",
        (false, _) => "> ",
    }
}

/// What an answer may be. What was typed is not repeated: it may be a secret in the wrong place.
fn no_answer(question: &Question<'_>) -> String {
    const WAYS_OUT: &str = "`?` explains, `b` goes back, `q` leaves.";

    if question.choices.is_empty() && question.typed.is_none() {
        return format!("That is no answer here. Press Enter. {WAYS_OUT}");
    }
    let mut ways = Vec::new();
    match question.choices.len() {
        0 => {}
        1 => ways.push("1".to_owned()),
        most => ways.push(format!("a number from 1 to {most}")),
    }
    ways.extend(question.typed.map(str::to_owned));
    format!(
        "That is no answer here. Type {}. {WAYS_OUT}",
        ways.join(", or ")
    )
}

/// A terminal that a command left without echo, because it was killed at a question, shows again what is typed.
#[cfg(unix)]
fn make_readable(terminal: &File) {
    use rustix::termios::{InputModes, LocalModes, OptionalActions, tcgetattr, tcsetattr};

    let Ok(mut modes) = tcgetattr(terminal) else {
        return;
    };
    let lines = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
    if modes.local_modes.contains(lines) && modes.input_modes.contains(InputModes::ICRNL) {
        return;
    }
    modes.local_modes.insert(lines);
    modes.input_modes.insert(InputModes::ICRNL);
    let _ = tcsetattr(terminal, OptionalActions::Now, &modes);
}

#[cfg(not(unix))]
fn make_readable(_terminal: &File) {}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    let text: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
    text.to_owned()
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}
