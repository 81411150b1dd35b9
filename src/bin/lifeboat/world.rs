//! What a command may touch besides its arguments: the terminal, standard input, randomness.

use std::{
    fs::File,
    path::Path,
    sync::{Arc, OnceLock, atomic::AtomicBool},
};

use getrandom::{SysRng, rand_core::UnwrapErr};

use signal_hook::consts::SIGINT;

use crate::{failure::Failure, files::unbuffered, precautions::Precautions, terminal::Terminal};

/// The world as a command sees it.
pub(crate) struct World {
    /// Everything that is said and shown.
    pub(crate) terminal: Terminal,
    /// What was done for safety before the command began.
    pub(crate) precautions: Precautions,
    stdin_taken_by: Option<&'static str>,
    interrupted: OnceLock<Arc<AtomicBool>>,
}

impl World {
    pub(crate) fn new(terminal: Terminal, precautions: Precautions) -> Self {
        Self {
            terminal,
            precautions,
            stdin_taken_by: None,
            interrupted: OnceLock::new(),
        }
    }

    /// The operating system's generator.
    pub(crate) fn rng(&self) -> UnwrapErr<SysRng> {
        UnwrapErr(SysRng)
    }

    /// Set when someone presses Ctrl-C; a second time ends the program at once. Before the first call, and where the
    /// system has no such signal, Ctrl-C ends the program as it always does.
    pub(crate) fn interrupted(&self) -> &AtomicBool {
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
                .map_err(|error| Failure::io("read", Path::new("standard input"), &error)),
            Some(first) => Err(Failure::refused(
                "stdin_twice",
                format!("standard input cannot serve both `{first}` and `{flag}`"),
            )
            .hint(format!(
                "give one of them a file, or `/dev/fd/3` and `3<FILE`: `{flag} /dev/fd/3`"
            ))),
        }
    }
}
