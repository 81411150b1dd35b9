//! What a command line names: the files a run may read, the folders its results go to, whether it starts a program.
//!
//! Found in what was parsed, by type. A path of another type is allowed nothing, and `tests/house.rs` refuses it.

use std::{
    any::Any,
    path::{Path, PathBuf},
};

use clap::ArgMatches;

use crate::args::paths::{
    InputPath, ListPath, OutputFile, OutputFolder, OutputPrefix, PassphraseCommand, WorkFolder,
    folder_of, is_standard,
};

/// Which programs a run starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Starts {
    /// None.
    #[default]
    Nothing,
    /// One that is asked for a passphrase.
    PassphraseProgram,
    /// This program, for one command after the other, each of which confines itself: the guide.
    Itself,
}

/// What a run may touch.
#[derive(Debug, Default)]
pub(crate) struct AllowedPaths {
    /// Files and folders that are read.
    pub(crate) read: Vec<PathBuf>,
    /// Folders that results are made in.
    pub(crate) write: Vec<PathBuf>,
    /// Which programs are started.
    pub(crate) starts: Starts,
    /// Whether a list has to be kept aside.
    pub(crate) spools: bool,
}

impl AllowedPaths {
    /// Collects it from what was typed.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let mut allowed = Self::default();
        allowed.collect(matches);
        allowed
    }

    fn collect(&mut self, matches: &ArgMatches) {
        for id in matches.ids().map(clap::Id::as_str) {
            each::<InputPath>(matches, id, |path| self.reads(path));
            each::<ListPath>(matches, id, |path| {
                self.spools |= !path.is_file();
                self.reads(path);
            });
            each::<OutputFile>(matches, id, |path| self.writes(path));
            each::<OutputFolder>(matches, id, |path| self.writes(path));
            each::<OutputPrefix>(matches, id, |path| {
                self.write.push(folder_of(path).to_owned());
            });
            each::<PassphraseCommand>(matches, id, |_| self.starts = Starts::PassphraseProgram);
            each::<WorkFolder>(matches, id, |path| {
                self.starts = Starts::Itself;
                self.works_in(path);
            });
        }
        if let Some((_, matches)) = matches.subcommand() {
            self.collect(matches);
        }
    }

    fn reads(&mut self, path: &Path) {
        if !is_standard(path) {
            self.read.push(path.to_owned());
        }
    }

    /// A folder that may be there already: nothing outside of it is written then.
    fn works_in(&mut self, path: &Path) {
        let folder = match path.is_dir() {
            true => path,
            false => folder_of(path.components().as_path()),
        };
        self.write.push(folder.to_owned());
    }

    /// A result may be a folder, and its name may end with a slash.
    fn writes(&mut self, path: &Path) {
        if !is_standard(path) {
            self.write
                .push(folder_of(path.components().as_path()).to_owned());
        }
    }
}

/// Every value of an argument, where it has this type. Groups have ids, too, but no values of it.
fn each<T>(matches: &ArgMatches, id: &str, mut take: impl FnMut(&T))
where
    T: Any + Clone + Send + Sync,
{
    let values = matches.try_get_many::<T>(id).ok().flatten();
    values.into_iter().flatten().for_each(&mut take);
}
