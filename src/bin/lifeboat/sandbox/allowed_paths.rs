//! What a command line names: the files a run may read, the folders its results go to, whether it starts a program.
//!
//! Found in what was parsed, by type: an argument that is a path cannot be forgotten here.

use std::path::{Path, PathBuf};

use clap::ArgMatches;

use crate::outputs::{new_file::STANDARD, placement::folder_of};

/// Arguments that name results. All other paths are only read.
const RESULTS: [&str; 4] = ["out", "report", "repair", "keystore_dir"];
/// The argument that begins the names of results.
const PREFIX: &str = "prefix";
/// Arguments whose files are read twice: what can be read only once is kept in a file without a name.
const LISTS: [&str; 2] = ["wallets", "wallets_file"];
/// The argument that names a program.
const PROGRAM: &str = "passphrase_command";

/// What a run may touch.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Files and folders that are read.
    pub(crate) read: Vec<PathBuf>,
    /// Folders that results are made in.
    pub(crate) write: Vec<PathBuf>,
    /// Whether a program is started to ask it for a passphrase.
    pub(crate) starts_program: bool,
    /// Whether a list has to be kept aside.
    pub(crate) spools: bool,
}

impl Reach {
    /// Collects it from what was typed.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let mut reach = Self::default();
        reach.collect(matches);
        reach
    }

    fn collect(&mut self, matches: &ArgMatches) {
        for id in matches.ids().map(clap::Id::as_str) {
            self.starts_program |= id == PROGRAM;
            // Groups have ids too; they and arguments of other types are no paths.
            let paths = matches
                .try_get_many::<PathBuf>(id)
                .ok()
                .flatten()
                .into_iter()
                .flatten();
            paths.for_each(|path| self.add(id, path));
        }
        if let Some((_, matches)) = matches.subcommand() {
            self.collect(matches);
        }
    }

    fn add(&mut self, id: &str, path: &Path) {
        self.spools |= LISTS.contains(&id) && !path.is_file();
        if path == Path::new(STANDARD) {
        } else if id == PREFIX {
            self.write.push(folder_of(path).to_owned());
        } else if RESULTS.contains(&id) {
            // A folder of results is filled beside its name, then renamed.
            self.write
                .push(folder_of(path.components().as_path()).to_owned());
        } else {
            self.read.push(path.to_owned());
        }
    }
}
