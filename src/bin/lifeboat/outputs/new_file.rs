//! Secret results: files that are new, 0600, whole or absent.

use std::{
    fs::File,
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    args::paths::{folder_of, is_standard},
    context::World,
    errors::{
        catalogue::{Doing, Files},
        failure::Failure,
    },
    outcomes::parts::WarningCode,
    outputs::{
        placement::{Folder, name_unnamed, rename_new},
        result_name::ResultFile,
    },
    streams::unbuffered,
    terminal,
};

/// A secret result on its way to a name: written without one, so that whatever happens leaves nothing behind, and given
/// its name when it is whole.
pub(crate) struct NewFile {
    /// Taken when the first byte is written: a question that nobody answers holds no file open.
    file: Option<File>,
    path: PathBuf,
    digest: Sha256,
    written: u64,
}

impl NewFile {
    /// Plans a new file, mode 0600. Refuses a name that exists already and a folder that takes no files.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let fail = |error| Failure::io(Doing::Create, path, &error);
        if path.symlink_metadata().is_ok() {
            return Err(fail(std::io::ErrorKind::AlreadyExists.into()));
        }
        Folder::open(folder_of(path)).map_err(fail)?;
        make_private(&tempfile::tempfile_in(folder_of(path)).map_err(fail)?).map_err(fail)?;
        Ok(Self {
            file: None,
            path: path.to_owned(),
            digest: Sha256::new(),
            written: 0,
        })
    }

    /// The name it is to have.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the file in its place: synced, named without overwriting, the folder synced. A name that may not last is
    /// taken back.
    pub(crate) fn finish(mut self) -> Result<ResultFile, Failure> {
        let fail = |error| Failure::io(Doing::Write, &self.path, &error);
        let file = Self::opened(&mut self.file, &self.path).map_err(fail)?;
        file.sync_all().map_err(fail)?;
        let folder = Folder::open(folder_of(&self.path)).map_err(fail)?;
        if !name_unnamed(file, &self.path).map_err(fail)? {
            copy_named(file, &self.path).map_err(fail)?;
        }
        if let Err(error) = folder.sync() {
            return Err(match std::fs::remove_file(&self.path) {
                Ok(()) => fail(error),
                Err(_) => Failure::may_not_last(&self.path, &error),
            });
        }
        Ok(ResultFile::new(
            self.path,
            self.digest.finalize(),
            self.written,
        ))
    }

    /// Writes everything and puts the file in its place.
    pub(crate) fn finish_with(mut self, bytes: &[u8]) -> Result<ResultFile, Failure> {
        self.write_all(bytes)
            .map_err(|error| Failure::io(Doing::Write, &self.path, &error))?;
        self.finish()
    }

    fn opened<'a>(file: &'a mut Option<File>, path: &Path) -> std::io::Result<&'a mut File> {
        Ok(match file {
            Some(file) => file,
            None => {
                let unnamed = tempfile::tempfile_in(folder_of(path))?;
                make_private(&unnamed)?;
                file.insert(unnamed)
            }
        })
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let done = Self::opened(&mut self.file, &self.path)?.write(bytes)?;
        self.digest.update(bytes.get(..done).unwrap_or_default());
        self.written += done as u64;
        Ok(done)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Takes a file from everybody but its owner. File systems of sticks and cameras know no owners: then a person is told,
/// once, before anything secret is in the file.
#[cfg(unix)]
pub(crate) fn make_private(file: &File) -> std::io::Result<()> {
    use std::{
        io::ErrorKind,
        os::unix::fs::PermissionsExt,
        sync::atomic::{AtomicBool, Ordering},
    };

    static TOLD: AtomicBool = AtomicBool::new(false);
    match file.set_permissions(PermissionsExt::from_mode(0o600)) {
        Err(error)
            if !matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::Unsupported
            ) =>
        {
            return Err(error);
        }
        _ => {}
    }
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 && !TOLD.swap(true, Ordering::Relaxed) {
        terminal::warn(
            Some(WarningCode::PublicDisk),
            "the file system of the result knows no permissions (FAT, exFAT, NTFS): every user of a computer that it is plugged into can read it",
        );
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn make_private(_file: &File) -> std::io::Result<()> {
    Ok(())
}

/// Copies an unnamed file beside its name and renames the copy without overwriting. Where a file system has no unnamed
/// files, a run that is killed here leaves the copy, `.lifeboat-…`.
fn copy_named(file: &mut File, path: &Path) -> std::io::Result<()> {
    let (mut named, beside) = tempfile::Builder::new()
        .prefix(".lifeboat-")
        .tempfile_in(folder_of(path))?
        .into_parts();
    file.rewind()?;
    let mut block = Zeroizing::new(vec![0; 64 << 10]);
    loop {
        let length = file.read(&mut block)?;
        let part = block.get(..length).unwrap_or_default();
        if part.is_empty() {
            break;
        }
        named.write_all(part)?;
    }
    named.sync_all()?;
    // Dropping `beside` would remove the name it had, which is gone.
    rename_new(&beside, path)
}

/// Where secret output goes.
pub(crate) enum Destination {
    /// A new file.
    File(NewFile),
    /// Standard output.
    Standard(StandardOutput),
}

impl Destination {
    /// `-` is standard output, refused on a terminal unless `reveal`, and with `--json`, which has it already.
    pub(crate) fn open(path: &Path, reveal: bool, world: &World) -> Result<Self, Failure> {
        if !is_standard(path) {
            return NewFile::create(path).map(Self::File);
        }
        standard_output(reveal, world).map(Self::Standard)
    }

    /// Puts a file in its place, flushes standard output. Returns the file's path.
    pub(crate) fn finish(mut self) -> Result<Option<ResultFile>, Failure> {
        self.flush()
            .map_err(|error| Failure::stdout_failed(&error, true))?;
        match self {
            Self::File(file) => file.finish().map(Some),
            Self::Standard(_) => Ok(None),
        }
    }
}

/// Writes to a destination; an error names the file.
pub(crate) fn write(out: &mut Destination, bytes: &[u8], path: &Path) -> Result<(), Failure> {
    out.write_all(bytes)
        .map_err(|error| Failure::io(Doing::Write, path, &error))
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Standard(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Standard(stdout) => stdout.flush(),
        }
    }
}

/// Standard output for a result: refused with `--json`, which has it already, and for secrets on a terminal unless they
/// are to be revealed.
pub(crate) fn standard_output(reveal: bool, world: &World) -> Result<StandardOutput, Failure> {
    if world.terminal.is_json() {
        return Err(Failure::new(
            Files::StdoutTaken,
            "`--json` has standard output for the outcome",
        ));
    }
    if world.terminal.shows_stdout() && !reveal {
        return Err(Failure::new(
            Files::SecretOnTerminal,
            "the result is secret and standard output is a terminal",
        ));
    }
    world.terminal.demand_stdout(true)?;
    unbuffered(&std::io::stdout())
        .map(StandardOutput)
        .map_err(|error| Failure::stdout_failed(&error, true))
}

/// Standard output for a result. A reader that has gone has not got it.
pub(crate) struct StandardOutput(File);

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}
