//! Standard streams as files.

use std::fs::File;

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
