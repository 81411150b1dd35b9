//! This program, started for one command after the other. Each is a process of its own: it hardens and confines itself, and
//! asks for its passphrases itself.

use std::{
    ffi::OsString,
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
};

use serde_json::Value;

use super::shown_command::quoted;
use crate::{
    bounded::read_bounded,
    errors::{
        catalogue::{Doing, plain},
        failure::Failure,
    },
};

/// Longest outcome that is read: a kit of many files has a long one.
const MAX_OUTCOME: u64 = 64 << 20;

/// The running program.
pub(crate) struct Program {
    /// Its file. On Linux what runs is started again, even if the file was replaced meanwhile.
    file: PathBuf,
    /// How it was typed.
    typed: OsString,
    /// How it is typed in a shell.
    pub(crate) shown: String,
    /// What every command is to insist on.
    demanded: Vec<&'static str>,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With an exit status.
    Exit(i32),
    /// By a signal.
    Signal,
}

impl Program {
    pub(crate) fn new(demanded: Vec<&'static str>) -> Self {
        let typed = std::env::args_os().next().unwrap_or_default();
        // A name without a folder was found in PATH, and is again.
        let is_path = typed.as_encoded_bytes().contains(&b'/');
        let typed = if is_path { typed } else { "lifeboat".into() };
        Self {
            file: file(),
            shown: quoted(&typed),
            typed,
            demanded,
        }
    }

    /// How it was typed, as a word.
    pub(crate) fn typed(&self) -> OsString {
        self.typed.clone()
    }

    /// The arguments with what every command insists on.
    pub(crate) fn whole(&self, mut words: Vec<OsString>) -> Vec<OsString> {
        let missing = |flag: &&&str| !words.iter().any(|word| word == *flag);
        let missing: Vec<OsString> = self
            .demanded
            .iter()
            .filter(missing)
            .map(OsString::from)
            .collect();
        words.extend(missing);
        words
    }

    /// Runs a command with the terminal that this program has.
    pub(crate) fn run(&self, words: &[OsString]) -> Result<Ended, Failure> {
        let status = self.command(words).status();
        status.map(ended).map_err(|error| self.not_started(&error))
    }

    /// Runs a command that asks for nothing, and reads its outcome; `None` where it has none. Nothing of it is shown.
    pub(crate) fn outcome_of(&self, words: &[OsString]) -> Result<Option<Value>, Failure> {
        let mut command = self.command(words);
        command
            .arg("--json")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        let output = child
            .stdout
            .take()
            .map(|output| read_bounded(output, MAX_OUTCOME, 0));
        let _ = child.wait();
        let output = output.and_then(Result::ok).unwrap_or_default();
        Ok(serde_json::from_slice(&output).ok())
    }

    fn command(&self, words: &[OsString]) -> Command {
        let mut command = Command::new(&self.file);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, "lifeboat");
        command.args(words);
        command
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        let failure = Failure::io(Doing::Read, &self.file, error);
        failure.reworded(format!("lifeboat cannot start itself: {}", plain(error)))
    }
}

fn ended(status: ExitStatus) -> Ended {
    status.code().map_or(Ended::Signal, Ended::Exit)
}

#[cfg(target_os = "linux")]
fn file() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

#[cfg(not(target_os = "linux"))]
fn file() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("lifeboat"))
}
