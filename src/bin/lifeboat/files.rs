//! Files: bounded reads, and secret results that are new, 0600, whole or absent.

use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use lifeboat::{
    crypto::secret::SecretBytes,
    formats::{
        kit::Kit,
        zip_archive::{ArchiveError, MAX_ARCHIVE, MAX_ENTRIES, MAX_ENTRY, NamedBytes},
    },
};
use tempfile::NamedTempFile;
use zeroize::Zeroize;

use crate::{failure::Failure, world::World};

/// What `-` stands for: standard input or standard output.
pub(crate) const STANDARD: &str = "-";

const MAX_FOLDER_DEPTH: usize = 4;

/// Reads a file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let fail = |error| Failure::io("read", path, &error);
    let file = File::open(path).map_err(fail)?;
    // Room for the whole file at once: a buffer that grows would leave copies of its content behind.
    let size = file.metadata().map_err(fail)?.len().min(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > limit {
        bytes.zeroize();
        let message = format!("`{}` is larger than {} KiB, which no such file is", path.display(), limit >> 10);
        return Err(Failure::refused("file_too_large", message));
    }
    Ok(bytes)
}

/// Reads a file that holds a secret, of at most `limit` bytes.
pub(crate) fn read_secret(path: &Path, limit: u64) -> Result<SecretBytes, Failure> {
    read(path, limit).map(SecretBytes::new)
}

/// Opens a kit: a zip file, or the folder someone unzipped it to.
pub(crate) fn open_kit(path: &Path) -> Result<Kit, Failure> {
    let fail = |error| Failure::io("read", path, &error);
    let info = std::fs::metadata(path).map_err(fail)?;
    let kit = if info.is_dir() {
        let mut files = Vec::new();
        collect(path, "", MAX_FOLDER_DEPTH, &mut files)?;
        Kit::from_files(files)
    } else if info.len() > MAX_ARCHIVE {
        Err(ArchiveError::TooLarge.into())
    } else {
        Kit::from_zip(&read(path, MAX_ARCHIVE)?)
    };
    kit.map_err(|error| Failure::from(error).about(path))
}

/// Every file of a folder and the folders in it, in the order of their names.
pub(crate) fn read_folder(path: &Path) -> Result<Vec<NamedBytes>, Failure> {
    let mut files = Vec::new();
    collect(path, "", MAX_FOLDER_DEPTH, &mut files)?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, depth: usize, files: &mut Vec<NamedBytes>) -> Result<(), Failure> {
    let fail = |error| Failure::io("read", folder, &error);
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let kind = entry.file_type().map_err(fail)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if kind.is_dir() && depth > 1 {
            collect(&entry.path(), &format!("{name}/"), depth - 1, files)?;
        } else if kind.is_file() {
            if files.len() >= MAX_ENTRIES {
                return Err(
                    Failure::refused("too_many_entries", format!("more than {MAX_ENTRIES} files")).about(folder)
                );
            }
            files.push(NamedBytes { name, bytes: read(&entry.path(), MAX_ENTRY)? });
        }
    }
    Ok(())
}

/// A secret result on its way to a name: written beside it under a temporary one, removed unless finished.
pub(crate) struct NewFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl NewFile {
    /// Begins a new file, mode 0600. Refuses a name that exists already.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let fail = |error| Failure::io("create", path, &error);
        if path.symlink_metadata().is_ok() {
            return Err(fail(std::io::ErrorKind::AlreadyExists.into()));
        }
        let file = tempfile::Builder::new().prefix(".lifeboat-").tempfile_in(folder_of(path)).map_err(fail)?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Puts the file in its place: synced, renamed without overwriting, the folder synced.
    pub(crate) fn finish(self) -> Result<PathBuf, Failure> {
        let fail = |error| Failure::io("write", &self.path, &error);
        self.file.as_file().sync_all().map_err(fail)?;
        self.file.persist_noclobber(&self.path).map_err(|error| fail(error.error))?;
        sync_folder(folder_of(&self.path)).map_err(fail)?;
        Ok(self.path)
    }

    /// Writes everything and puts the file in its place.
    pub(crate) fn finish_with(mut self, bytes: &[u8]) -> Result<PathBuf, Failure> {
        self.write_all(bytes).map_err(|error| Failure::io("write", &self.path, &error))?;
        self.finish()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
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
        if path != Path::new(STANDARD) {
            return NewFile::create(path).map(Self::File);
        }
        standard_output(reveal, world).map(Self::Standard)
    }

    /// Puts a file in its place, flushes standard output. Returns the file's path.
    pub(crate) fn finish(mut self) -> Result<Option<PathBuf>, Failure> {
        self.flush().map_err(|error| Failure::io("write", Path::new("standard output"), &error))?;
        match self {
            Self::File(file) => file.finish().map(Some),
            Self::Standard(_) => Ok(None),
        }
    }
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

/// The folder a file stands in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a new name in a folder last through a power failure.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Standard output for a result: refused with `--json`, which has it already, and for secrets on a terminal unless they
/// are to be revealed.
pub(crate) fn standard_output(reveal: bool, world: &World) -> Result<StandardOutput, Failure> {
    if world.terminal.is_json() {
        return Err(Failure::refused("stdout_taken", "`--json` has standard output for the outcome")
            .hint("give the result a file with `--out FILE`"));
    }
    if world.terminal.shows_stdout() && !reveal {
        return Err(Failure::refused("secret_on_terminal", "the result is secret and standard output is a terminal")
            .hint("give it a file with `--out FILE`, or show it with `--reveal`"));
    }
    Ok(StandardOutput(std::io::stdout()))
}

/// Standard output whose reader may have had enough: a broken pipe is no error, and nobody misses the rest.
pub(crate) struct StandardOutput(std::io::Stdout);

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        unless_gone(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        unless_gone(self.0.flush(), ())
    }
}

fn unless_gone<T>(result: std::io::Result<T>, done: T) -> std::io::Result<T> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(done),
        other => other,
    }
}
