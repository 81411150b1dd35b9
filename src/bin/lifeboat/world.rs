//! What a command may touch besides its arguments: the terminal, standard input, randomness.

use getrandom::{SysRng, rand_core::UnwrapErr};

use crate::{failure::Failure, terminal::Terminal};

/// The world as a command sees it.
pub(crate) struct World {
    /// Everything that is said and shown.
    pub(crate) terminal: Terminal,
    stdin_taken_by: Option<&'static str>,
}

impl World {
    pub(crate) fn new(terminal: Terminal) -> Self {
        Self { terminal, stdin_taken_by: None }
    }

    /// The operating system's generator.
    pub(crate) fn rng(&self) -> UnwrapErr<SysRng> {
        UnwrapErr(SysRng)
    }

    /// Standard input can be read once: names the flag that reads it, refuses the second.
    pub(crate) fn take_stdin(&mut self, flag: &'static str) -> Result<std::io::Stdin, Failure> {
        match self.stdin_taken_by.replace(flag) {
            None => Ok(std::io::stdin()),
            Some(first) => {
                Err(Failure::refused("stdin_twice", format!("standard input cannot serve both `{first}` and `{flag}`"))
                    .hint(format!("give one of them a file, or `/dev/fd/3` and `3<FILE`: `{flag} /dev/fd/3`")))
            }
        }
    }
}
