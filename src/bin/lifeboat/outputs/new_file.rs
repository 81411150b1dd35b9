//! Files: bounded reads, and secret results that are new, 0600, whole or absent.

use std::{
    fs::File,
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use lifeboat::crypto::secret::SecretBytes;
use zeroize::Zeroizing;

use crate::{
    context::World,
    errors::failure::Failure,
    inputs::bounded::read_bounded,
    outputs::{
        placement::{Folder, folder_of, name_unnamed, rename_new},
        result_name::ResultFile,
    },
    terminal,
};

/// What `-` stands for: standard input or standard output.
pub(crate) const STANDARD: &str = "-";

/// Room that is made for any file, so that pipes, which have no size, do not regrow either.
const LEAST_ROOM: u64 = 64 << 10;

/// Most files of a folder of shares.
const MAX_SHARE_FILES: usize = 1_000_000;
/// Most bytes in them together.
const MAX_SHARE_BYTES: u64 = 4 << 30;
const MAX_SHARE_DEPTH: usize = 16;

/// Reads a file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    read_with_room(path, limit, LEAST_ROOM)
}

fn read_with_room(path: &Path, limit: u64, least: u64) -> Result<Vec<u8>, Failure> {
    let fail = |error| Failure::io("read", path, &error);
    let file = File::open(path).map_err(fail)?;
    let size = file.metadata().map_err(fail)?.len();
    read_bounded(file, limit, size.max(least)).map_err(|error| not_read(path, limit, &error))
}

/// Reads all of standard input, at most `limit` bytes. `flag` is what asks for it.
pub(crate) fn read_stdin(
    world: &mut World,
    flag: &'static str,
    limit: u64,
) -> Result<SecretBytes, Failure> {
    let stdin = world.take_stdin(flag)?;
    read_bounded(stdin, limit, LEAST_ROOM)
        .map(SecretBytes::new)
        .map_err(|error| not_read(Path::new("standard input"), limit, &error))
}

/// Why an input was not read to its end: most often because it is larger than its kind can be.
pub(crate) fn not_read(path: &Path, limit: u64, error: &std::io::Error) -> Failure {
    if error.kind() != std::io::ErrorKind::FileTooLarge {
        return Failure::io("read", path, error);
    }
    let most = match limit {
        0..0x10_0000 => format!("{} KiB", limit >> 10),
        0x10_0000..0x4000_0000 => format!("{} MiB", limit >> 20),
        _ => format!("{} GiB", limit >> 30),
    };
    let message = format!(
        "`{}` is larger than {most}, which no such file is",
        path.display()
    );
    Failure::refused("file_too_large", message).hint("is it the right file? `ls -l` shows its size")
}

/// Reads a file that holds a secret, of at most `limit` bytes.
pub(crate) fn read_secret(path: &Path, limit: u64) -> Result<SecretBytes, Failure> {
    read(path, limit).map(SecretBytes::new)
}

/// A file in a folder: its content, or why it cannot be had.
pub(crate) type FolderFile = (PathBuf, Result<SecretBytes, Failure>);

/// Every file of a folder of shares and the folders in it, in the order of their names. What cannot be read, or is over
/// `limit` bytes, stops nothing: the failure stands in its place.
pub(crate) fn read_shares(folder: &Path, limit: u64) -> Result<Vec<FolderFile>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::io("read", folder, &error))?;
    let (mut files, mut left) = (Vec::new(), MAX_SHARE_BYTES);
    collect_shares(
        (folder, entries),
        MAX_SHARE_DEPTH,
        limit,
        &mut left,
        &mut files,
    )?;
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(files)
}

fn collect_shares(
    (folder, entries): (&Path, std::fs::ReadDir),
    depth: usize,
    limit: u64,
    left: &mut u64,
    files: &mut Vec<FolderFile>,
) -> Result<(), Failure> {
    let too_many = |what: String| {
        Failure::refused("folder_too_large", what)
            .about(folder)
            .hint("name parts of it")
    };
    for entry in entries {
        let path = entry
            .as_ref()
            .map_or_else(|_| folder.to_owned(), std::fs::DirEntry::path);
        let io = |error| Failure::io("read", &path, &error);
        let info = entry.and_then(|entry| {
            Ok((
                entry.file_type()?.is_symlink(),
                std::fs::metadata(entry.path())?,
            ))
        });
        let read = match info {
            Ok((linked, info)) if info.is_dir() => match std::fs::read_dir(&path) {
                Ok(_) if linked => Err(Failure::refused(
                    "link_to_folder",
                    "a link to a folder, not followed",
                )
                .about(&path)),
                Ok(_) if depth == 1 => {
                    Err(Failure::refused("folder_too_deep", "too many folders deep").about(&path))
                }
                Ok(entries) => {
                    collect_shares((&path, entries), depth - 1, limit, left, files)?;
                    continue;
                }
                Err(error) => Err(io(error)),
            },
            Ok((_, info)) if !info.is_file() => continue,
            Ok(_) => read_with_room(&path, limit, 0).map(SecretBytes::new),
            Err(error) => Err(io(error)),
        };
        let size = read.as_ref().map_or(0, |bytes| bytes.len() as u64);
        *left = left
            .checked_sub(size)
            .ok_or_else(|| too_many(format!("more than {} GiB", MAX_SHARE_BYTES >> 30)))?;
        if files.len() >= MAX_SHARE_FILES {
            return Err(too_many(format!("more than {MAX_SHARE_FILES} files")));
        }
        files.push((path, read));
    }
    Ok(())
}

/// A secret result on its way to a name: written without one, so that whatever happens leaves nothing behind, and given
/// its name when it is whole.
pub(crate) struct NewFile {
    /// Taken when the first byte is written: a question that nobody answers holds no file open.
    file: Option<File>,
    path: PathBuf,
}

impl NewFile {
    /// Plans a new file, mode 0600. Refuses a name that exists already and a folder that takes no files.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let fail = |error| Failure::io("create", path, &error);
        if path.symlink_metadata().is_ok() {
            return Err(fail(std::io::ErrorKind::AlreadyExists.into()));
        }
        Folder::open(folder_of(path)).map_err(fail)?;
        make_private(&tempfile::tempfile_in(folder_of(path)).map_err(fail)?).map_err(fail)?;
        Ok(Self {
            file: None,
            path: path.to_owned(),
        })
    }

    /// Puts the file in its place: synced, named without overwriting, the folder synced. A name that may not last is
    /// taken back.
    pub(crate) fn finish(mut self) -> Result<ResultFile, Failure> {
        let fail = |error| Failure::io("write", &self.path, &error);
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
        Ok(self.path.into())
    }

    /// Writes everything and puts the file in its place.
    pub(crate) fn finish_with(mut self, bytes: &[u8]) -> Result<ResultFile, Failure> {
        self.write_all(bytes)
            .map_err(|error| Failure::io("write", &self.path, &error))?;
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
        Self::opened(&mut self.file, &self.path)?.write(bytes)
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
        if path != Path::new(STANDARD) {
            return NewFile::create(path).map(Self::File);
        }
        standard_output(reveal, world).map(Self::Standard)
    }

    /// Puts a file in its place, flushes standard output. Returns the file's path.
    pub(crate) fn finish(mut self) -> Result<Option<ResultFile>, Failure> {
        self.flush()
            .map_err(|error| Failure::io("write", Path::new("standard output"), &error))?;
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

/// Standard output for a result: refused with `--json`, which has it already, and for secrets on a terminal unless they
/// are to be revealed.
pub(crate) fn standard_output(reveal: bool, world: &World) -> Result<StandardOutput, Failure> {
    if world.terminal.is_json() {
        return Err(Failure::refused(
            "stdout_taken",
            "`--json` has standard output for the outcome",
        )
        .hint("give the result a file with `--out FILE`"));
    }
    if world.terminal.shows_stdout() && !reveal {
        return Err(Failure::refused(
            "secret_on_terminal",
            "the result is secret and standard output is a terminal",
        )
        .hint("give it a file with `--out FILE`, or show it with `--reveal`"));
    }
    world.terminal.demand_stdout(true)?;
    unbuffered(&std::io::stdout())
        .map(StandardOutput)
        .map_err(|error| Failure::io("write", Path::new("standard output"), &error))
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

/// A standard stream without the library's buffer, which lives as long as the program and is never wiped.
#[cfg(unix)]
pub(crate) fn unbuffered(stream: &impl std::os::fd::AsFd) -> std::io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

/// A standard stream without the library's buffer, which lives as long as the program and is never wiped.
#[cfg(windows)]
pub(crate) fn unbuffered(stream: &impl std::os::windows::io::AsHandle) -> std::io::Result<File> {
    stream.as_handle().try_clone_to_owned().map(File::from)
}

// Beside the code because a million files or 4 GiB are too much for a test from outside.
#[cfg(test)]
mod tests {
    use super::{MAX_SHARE_DEPTH, collect_shares};

    #[test]
    fn a_folder_of_more_than_is_read_at_once_is_refused() {
        let folder = tempfile::tempdir().expect("there is room");
        std::fs::write(folder.path().join("share"), "12345").expect("there is room");
        let read = |mut left: u64| {
            let entries = std::fs::read_dir(folder.path()).expect("it is there");
            collect_shares(
                (folder.path(), entries),
                MAX_SHARE_DEPTH,
                100,
                &mut left,
                &mut Vec::new(),
            )
        };
        assert!(read(5).is_ok());
        assert_eq!(
            read(4).err().map(|failure| failure.code()),
            Some("folder_too_large")
        );
    }
}
