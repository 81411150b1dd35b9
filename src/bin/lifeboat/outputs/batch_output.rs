//! Where the records of a batch go: a partial file on its way to its name, or standard output.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use super::{
    new_file::{StandardOutput, standard_output},
    partial_file::PartialFile,
    result_name::ResultFile,
};
use crate::{
    args::paths::OutputFile,
    context::World,
    errors::{
        catalogue::{Doing, Files},
        failure::Failure,
    },
};

/// Who may see the records of a batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// Nobody but the endpoint.
    Secret,
    /// Anybody: they are sealed.
    Sealed,
    /// Whoever looks at this terminal: somebody insists.
    Revealed,
}

/// Where the records of a batch go.
pub(crate) enum BatchOutput {
    PartialFile(Box<PartialFile>),
    Standard(StandardOutput),
}

impl BatchOutput {
    /// Refuses what could not be opened, before any question.
    pub(crate) fn check(
        path: &OutputFile,
        resume: bool,
        show: Show,
        world: &World,
    ) -> Result<(), Failure> {
        if !path.is_standard() {
            return PartialFile::check(path, resume);
        }
        if resume {
            return Err(
                Failure::new(Files::Usage, "`--resume` needs the file it continues")
                    .hint("name it with `--out FILE`"),
            );
        }
        on_standard_output(show, world).map(|_| ())
    }

    /// Begins the result, or continues an unfinished one.
    pub(crate) fn open(
        path: &OutputFile,
        resume: bool,
        show: Show,
        world: &World,
    ) -> Result<Self, Failure> {
        if path.is_standard() {
            return on_standard_output(show, world).map(Self::Standard);
        }
        let partial_file = PartialFile::open(path, resume)?;
        if partial_file.kept() > 0 {
            world
                .terminal
                .say("checking the unfinished result, then going on from its end");
        }
        Ok(Self::PartialFile(Box::new(partial_file)))
    }

    /// Set as long as what a former run left is compared.
    pub(crate) fn rechecks(&self) -> Option<Arc<AtomicBool>> {
        match self {
            Self::PartialFile(partial_file) => Some(partial_file.rechecks()),
            Self::Standard(_) => None,
        }
    }

    /// The first lines of an unfinished result; `None` when it has not so many.
    pub(crate) fn first_lines<const N: usize>(&mut self) -> std::io::Result<Option<[Vec<u8>; N]>> {
        match self {
            Self::PartialFile(partial_file) => partial_file.first_lines(),
            Self::Standard(_) => Ok(None),
        }
    }

    /// Forgets what is there already.
    pub(crate) fn restart(&mut self) -> std::io::Result<()> {
        match self {
            Self::PartialFile(partial_file) => partial_file.restart(),
            Self::Standard(_) => Ok(()),
        }
    }

    /// What is written from now on is kept when the run stops early.
    pub(crate) fn keep(&mut self) {
        if let Self::PartialFile(partial_file) = self {
            partial_file.keep();
        }
    }

    /// What was written goes when the run stops.
    pub(crate) fn discard(&mut self) {
        if let Self::PartialFile(partial_file) = self {
            partial_file.discard();
        }
    }

    /// Makes what is written last, for a run that stops early. The file it is kept in, if any.
    pub(crate) fn pause(&mut self) -> Option<PathBuf> {
        match self {
            Self::PartialFile(partial_file) => Some(partial_file.pause()),
            Self::Standard(_) => None,
        }
    }

    /// What a failed write says.
    pub(crate) fn failure(&mut self, error: &std::io::Error) -> Failure {
        match self {
            Self::PartialFile(partial_file) => partial_file.failure(error),
            Self::Standard(_) => Failure::stdout_failed(error, true),
        }
    }

    /// Puts the whole result in its place. The file, if it is one.
    pub(crate) fn finish(mut self) -> Result<Option<ResultFile>, Failure> {
        self.flush()
            .map_err(|error| Failure::io(Doing::Write, Path::new("the records"), &error))?;
        match self {
            Self::PartialFile(partial_file) => partial_file.finish().map(Some),
            Self::Standard(_) => Ok(None),
        }
    }
}

/// A terminal is shown a batch only by whoever insists: thousands of lines run over it, sealed or not.
fn on_standard_output(show: Show, world: &World) -> Result<StandardOutput, Failure> {
    if show == Show::Sealed && world.terminal.shows_stdout() && !world.terminal.is_json() {
        return Err(Failure::new(
            Files::ResultOnTerminal,
            "the result is meant for a file and standard output is a terminal",
        ));
    }
    standard_output(show != Show::Secret, world)
}

impl Write for BatchOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::PartialFile(partial_file) => partial_file.write(bytes),
            Self::Standard(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::PartialFile(partial_file) => partial_file.flush(),
            Self::Standard(stdout) => stdout.flush(),
        }
    }
}
