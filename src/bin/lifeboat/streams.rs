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

/// How wide the terminal is that standard output goes to; where nobody knows, as wide as the smallest ones.
#[cfg(unix)]
pub(crate) fn columns_of_stdout() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok();
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 {
        USUAL_COLUMNS
    } else {
        columns.min(MOST_COLUMNS)
    }
}

/// How wide the terminal is that standard output goes to; where nobody knows, as wide as the smallest ones.
#[cfg(not(unix))]
pub(crate) fn columns_of_stdout() -> usize {
    USUAL_COLUMNS
}

const USUAL_COLUMNS: usize = 80;

/// Longer lines are hard to read.
#[cfg(unix)]
const MOST_COLUMNS: usize = 100;
