//! What a command may touch besides its arguments: the terminal, standard input, randomness.

#[cfg(unix)]
use std::cell::RefCell;
use std::{
    fs::File,
    path::Path,
    sync::{Arc, OnceLock, atomic::AtomicBool},
    time::Duration,
};

use signal_hook::consts::SIGINT;

use lifeboat::{
    crypto::secret::Passphrase,
    operations::device_share::new_passphrase::{Oddity, oddities},
};

#[cfg(unix)]
use crate::inputs::silence::Silence;
use crate::{
    errors::{
        catalogue::{Devices, Doing, Files, Keys, Kits, Portal},
        code::Code,
        failure::Failure,
    },
    outcomes::Outcome,
    randomness::{Generator, generator},
    sandbox::prepare::Hardening,
    streams::unbuffered,
    terminal::{Bar, Terminal, Work},
};

/// The world as a command sees it.
pub(crate) struct World {
    /// Everything that is said and shown.
    pub(crate) terminal: Terminal,
    /// What was done for safety before the command began.
    pub(crate) hardening: Hardening,
    stdin_taken_by: Option<&'static str>,
    /// What may be the matter with the passphrases that were read.
    oddities: Vec<String>,
    interrupted: OnceLock<Arc<AtomicBool>>,
    /// Begun by the first question.
    #[cfg(unix)]
    silence: RefCell<Option<Silence>>,
}

impl World {
    pub(crate) fn new(terminal: Terminal, hardening: Hardening) -> Self {
        Self {
            terminal,
            hardening,
            stdin_taken_by: None,
            oddities: Vec::new(),
            interrupted: OnceLock::new(),
            #[cfg(unix)]
            silence: RefCell::default(),
        }
    }

    /// From here on the terminal echoes nothing: what is typed between two questions is an answer, too.
    pub(crate) fn keep_silent(&self) {
        #[cfg(unix)]
        {
            let mut silence = self.silence.borrow_mut();
            *silence = silence.take().or_else(Silence::begin);
        }
    }

    /// Nothing more is asked: the terminal is as it was.
    pub(crate) fn end_silence(&self) {
        #[cfg(unix)]
        drop(self.silence.take());
    }

    /// Progress of work. Nothing more is asked from here on: what is pressed is for the work.
    pub(crate) fn bar(&self, work: Work, total: u64) -> Bar {
        self.end_silence();
        self.terminal.bar(work, total)
    }

    /// Remembers what may be the matter with a passphrase, should it open nothing. A typed one is in no file.
    pub(crate) fn note_passphrase(
        &mut self,
        flag: &'static str,
        passphrase: &Passphrase,
        typed: bool,
    ) {
        let told = |oddity: Oddity| match oddity.in_file {
            _ if typed => format!("what was typed: {}", oddity.what),
            "" => format!("the passphrase of `{flag}`: {}", oddity.what),
            helps => format!("the passphrase of `{flag}`: {}: {helps}", oddity.what),
        };
        let noted = oddities(passphrase).into_iter();
        self.oddities.extend(noted.map(told));
    }

    /// What may be the matter with what was read so far; not said again.
    pub(crate) fn take_oddities(&mut self) -> Vec<String> {
        std::mem::take(&mut self.oddities)
    }

    /// Whether a failure says that a passphrase opened nothing.
    pub(crate) fn is_wrong_passphrase(failure: &Failure) -> bool {
        let opens_nothing: [Code; 5] = [
            Keys::WrongKeyPassphrase.into(),
            Kits::WrongOwnerPassphrase.into(),
            Devices::WrongPassphrase.into(),
            Devices::BackupNotOpened.into(),
            Portal::WrongPassword.into(),
        ];
        opens_nothing.contains(&failure.code())
    }

    /// The outcome, with what may be the matter where a passphrase opened nothing.
    pub(crate) fn explained(&self, outcome: Outcome) -> Outcome {
        outcome.map_failure(|failure| {
            if !Self::is_wrong_passphrase(&failure) {
                return failure;
            }
            let oddities = self.oddities.iter();
            oddities.fold(failure, |failure, oddity| failure.hint_besides(oddity))
        })
    }

    /// The operating system's generator.
    pub(crate) fn rng(&self) -> Generator {
        generator()
    }

    /// Set when someone presses Ctrl-C; a second time ends the program at once. Before the first call, and where the
    /// system has no such signal, Ctrl-C ends the program as it always does.
    pub(crate) fn interrupted(&self) -> &AtomicBool {
        self.end_silence();
        crate::signals::keep_interrupts();
        self.interrupted.get_or_init(|| {
            let flag = Arc::new(AtomicBool::new(false));
            let _ =
                signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&flag));
            let _ = signal_hook::flag::register(SIGINT, Arc::clone(&flag));
            flag
        })
    }

    /// Standard input can be read once: names the flag that reads it, refuses the second.
    pub(crate) fn take_stdin(&mut self, flag: &'static str) -> Result<File, Failure> {
        match self.stdin_taken_by.replace(flag) {
            None => unbuffered(&std::io::stdin())
                .map_err(|error| Failure::io(Doing::Read, Path::new("standard input"), &error)),
            Some(first) => Err(Failure::new(
                Files::StdinTwice,
                format!("standard input cannot serve both `{first}` and `{flag}`"),
            )
            .hint(format!(
                "give one of them a file, or `/dev/fd/3` and `3<FILE`: `{flag} /dev/fd/3`"
            ))),
        }
    }
}

/// So many threads as were asked for, or one per core.
pub(crate) fn threads(asked: Option<u16>) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    asked.map_or(cores, usize::from)
}

/// A time as the steps of a drill are measured.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
