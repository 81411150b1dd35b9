//! A folder of secret results: filled beside its name, and given it when all of it is there.

use std::{
    io::{Error, ErrorKind},
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use crate::{
    args::paths::folder_of,
    context::World,
    errors::{
        catalogue::{Doing, Files, Lists},
        failure::Failure,
    },
    outputs::{
        new_file::NewFile,
        placement::{Folder, rename_new_folder, sync_folder},
        result_name::ResultFile,
    },
};

/// A folder on its way to a name: `NAME.partial` until it is whole. Goes away with everything in it when it is dropped.
pub(crate) struct NewFolder {
    path: PathBuf,
    partial: PathBuf,
    files: Vec<ResultFile>,
    whole: bool,
}

impl NewFolder {
    /// Refuses a name that has something under it, and what a run that was killed left behind: it holds secrets, and is not
    /// all of them. An empty folder of the name is taken.
    pub(crate) fn check(path: &Path) -> Result<(), Failure> {
        let fail = |error: Error| Failure::io(Doing::Create, path, &error);
        if path.symlink_metadata().is_ok() {
            let empty = match std::fs::read_dir(path) {
                Ok(mut entries) => entries.next().is_none(),
                Err(error) if error.kind() == ErrorKind::NotADirectory => false,
                Err(error) => return Err(fail(error)),
            };
            if !empty {
                return Err(fail(ErrorKind::AlreadyExists.into())
                    .hint_instead("the folder must be new or empty: name another one"));
            }
            if is_other_disk(path) {
                return Err(Failure::new(
                    Files::OutputExists,
                    "is where a disk is mounted, not a new folder",
                )
                .about(path)
                .hint(format!(
                    "name a new folder on it: `{}`",
                    path.join("results").display()
                )));
            }
        }
        let partial = partial_of(path);
        let left = std::fs::read_dir(&partial).map(|mut entries| entries.next().is_some());
        match left {
            // A run that was ended before it wrote.
            Ok(false) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() != ErrorKind::NotADirectory => {
                return Err(Failure::io(Doing::Read, &partial, &error));
            }
            _ => {
                let message = format!("an unfinished folder exists at `{}`", partial.display());
                return Err(Failure::new(Lists::PartialExists, message).hint(format!(
                    "an earlier run was ended there, and it holds secrets: delete it (`rm -r {}`), then run this again",
                    partial.display()
                )));
            }
        }
        Ok(())
    }

    /// Makes it, for its owner alone.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        Self::check(path)?;
        let partial = partial_of(path);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let _ = std::fs::remove_dir(&partial);
        builder
            .create(&partial)
            .map_err(|error| Failure::io(Doing::Create, path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            partial,
            files: Vec::new(),
            whole: false,
        })
    }

    /// Writes one file of it. Ctrl-C ends here, and nothing is left.
    pub(crate) fn write(&mut self, name: &str, bytes: &[u8], world: &World) -> Result<(), Failure> {
        if world.interrupted().load(Ordering::Relaxed) {
            let done = self.files.len();
            return Err(Failure::new(
                Lists::Interrupted,
                format!("interrupted after {done} files"),
            )
            .after(done as u64, None)
            .hint("nothing was left behind: run it again"));
        }
        let file = NewFile::create(&self.partial.join(name))?.finish_with(bytes)?;
        self.files.push(file.under(self.path.join(name)));
        Ok(())
    }

    /// Gives the folder its name. Returns the files in it.
    pub(crate) fn finish(mut self) -> Result<Vec<ResultFile>, Failure> {
        let fail = |error| Failure::io(Doing::Create, &self.path, &error);
        sync_folder(&self.partial).map_err(fail)?;
        let parent = Folder::open(folder_of(&self.path))
            .map_err(|error| Failure::io(Doing::OpenFolderOf, &self.path, &error))?;
        rename_new_folder(&self.partial, &self.path).map_err(fail)?;

        if let Err(error) = parent.sync() {
            // A name that may not last is taken back, so that nobody counts on it.
            let taken_back = std::fs::rename(&self.path, &self.partial);
            return Err(match taken_back {
                Ok(()) => Failure::io(Doing::SyncFolderOf, &self.path, &error),
                Err(_) => {
                    self.whole = true;
                    Failure::may_not_last(&self.path, &error)
                }
            });
        }
        self.whole = true;
        Ok(std::mem::take(&mut self.files))
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.whole {
            let _ = std::fs::remove_dir_all(&self.partial);
        }
    }
}

fn partial_of(path: &Path) -> PathBuf {
    let mut name = path.components().as_path().as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// Whether a folder is the root of another file system than the folder it is in.
#[cfg(unix)]
fn is_other_disk(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let disk = |path: &Path| path.metadata().ok().map(|info| info.dev());
    disk(path) != disk(folder_of(path))
}

#[cfg(not(unix))]
fn is_other_disk(_path: &Path) -> bool {
    false
}
