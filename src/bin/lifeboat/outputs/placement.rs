//! How a finished file gets its name: in one step, never over another file, and so that it outlasts a power failure.

use std::{
    fs::File,
    io::{Error, ErrorKind, Result},
    path::Path,
};

/// Makes new names in a folder last through a power failure.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    Folder::open(folder)?.sync()
}

/// A folder whose names are to last. It is opened before a name is given in it: what cannot be synced gets none.
#[cfg(not(windows))]
pub(crate) struct Folder(File);

/// Windows opens no folder as a file, and keeps names without being told.
#[cfg(windows)]
pub(crate) struct Folder;

#[cfg(windows)]
impl Folder {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        std::fs::metadata(folder).map(|_| Self)
    }

    pub(crate) fn sync(&self) -> Result<()> {
        Ok(())
    }
}

#[cfg(not(windows))]
impl Folder {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        File::open(folder).map(Self)
    }

    /// Some file systems keep names without being told and refuse to be: that is no failure.
    pub(crate) fn sync(&self) -> Result<()> {
        match self.0.sync_all() {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::InvalidInput | ErrorKind::Unsupported
                ) =>
            {
                Ok(())
            }
            synced => synced,
        }
    }
}

/// Gives an unnamed file its name, if it has none yet; `false` where the system cannot.
#[cfg(target_os = "linux")]
pub(crate) fn name_unnamed(file: &File, path: &Path) -> Result<bool> {
    use std::os::fd::AsRawFd;

    use rustix::{
        fs::{AtFlags, CWD, linkat},
        io::Errno,
    };

    let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
    match linkat(CWD, unnamed, CWD, path, AtFlags::SYMLINK_FOLLOW) {
        Ok(()) => Ok(true),
        Err(error @ (Errno::EXIST | Errno::IO | Errno::NOSPC | Errno::DQUOT | Errno::ROFS)) => {
            Err(error.into())
        }
        Err(_) => Ok(false),
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn name_unnamed(_file: &File, _path: &Path) -> Result<bool> {
    Ok(false)
}

/// Gives a file another name, never over a file that has it. [`ErrorKind::Unsupported`] where the file system offers no
/// way that is safe from files made meanwhile.
pub(crate) fn rename_new(from: &Path, to: &Path) -> Result<()> {
    if !rename_in_one_step(from, to)? {
        std::fs::hard_link(from, to).map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::Unsupported | ErrorKind::TooManyLinks => {
                Error::new(
                    ErrorKind::Unsupported,
                    "no name can be given there that is sure to overwrite nothing",
                )
            }
            _ => error,
        })?;
        if let Err(error) = std::fs::remove_file(from) {
            let _ = std::fs::remove_file(to);
            return Err(error);
        }
    }
    Ok(())
}

/// Gives a folder another name. Where that cannot be done without overwriting, only an empty folder can be overwritten: the
/// system refuses any other.
pub(crate) fn rename_new_folder(from: &Path, to: &Path) -> Result<()> {
    match rename_in_one_step(from, to) {
        Ok(true) => Ok(()),
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => std::fs::rename(from, to),
    }
}

/// `false` where the kernel or the file system cannot.
#[cfg(target_os = "linux")]
fn rename_in_one_step(from: &Path, to: &Path) -> Result<bool> {
    use rustix::{
        fs::{CWD, RenameFlags, renameat_with},
        io::Errno,
    };

    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn rename_in_one_step(_from: &Path, _to: &Path) -> Result<bool> {
    Ok(false)
}
