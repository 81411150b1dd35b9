//! The descriptors that the process was started with. Whatever the command line does not name is closed before anything
//! else: an open socket or file would be a way around the sandbox.
//!
//! Unsafe because a bare number says nothing of who owns the descriptor. Nobody does yet: this runs first in `main`, when
//! the program has opened nothing, and never again.
#![cfg_attr(
    target_os = "linux",
    allow(
        unsafe_code,
        reason = "closing and asking about descriptors by their numbers"
    )
)]

use std::{collections::BTreeSet, ffi::OsString};

/// What was found among the descriptors that the process was started with.
#[derive(Debug, Default)]
pub(crate) struct Inherited {
    /// Those of the three standard streams that lead to another machine, or to this one by the network's ways.
    pub(crate) sockets: Vec<&'static str>,
    /// Whether all others are closed, but for those that the command line names.
    pub(crate) closed: bool,
}

impl Inherited {
    /// What a person has to know of it.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let sockets = self.sockets.iter().map(|stream| {
            format!("{stream} is a network socket: what passes through it can leave this machine")
        });
        let open = (!self.closed).then(|| {
            "files and sockets that were open when lifeboat was started cannot be closed here"
                .to_owned()
        });
        sockets.chain(open).collect()
    }
}

const STREAMS: [&str; 3] = ["standard input", "standard output", "standard error"];

/// Closes every descriptor but the standard streams and those that `/dev/fd/N` or `/proc/self/fd/N` names in an argument.
/// A socket is closed even then: it cannot be opened by such a name.
pub(crate) fn close_unnamed(arguments: impl Iterator<Item = OsString>) -> Inherited {
    let named = arguments.flat_map(|argument| named_in(&argument.to_string_lossy()));
    let kept: BTreeSet<u32> = named.filter(|number| system::is_kept(*number)).collect();
    let sockets = (0..).zip(STREAMS);
    let sockets = sockets.filter(|(number, _)| system::is_network(*number));
    Inherited {
        sockets: sockets.map(|(_, name)| name).collect(),
        closed: system::close_all_but(&kept),
    }
}

/// The descriptors above the standard streams that an argument names, as a path or behind `--option=`.
fn named_in(argument: &str) -> Vec<u32> {
    const FOLDER: &str = "/fd/";
    let places = argument.match_indices(FOLDER).filter_map(|(at, _)| {
        let (before, after) = (argument.get(..at)?, argument.get(at + FOLDER.len()..)?);
        let process = before.rsplit_once("/proc/").map(|(_, process)| process);
        let of_process = process.is_some_and(|name| {
            name == "self"
                || name == "thread-self"
                || name.bytes().all(|byte| byte.is_ascii_digit())
        });
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let number = after.get(..digits)?.parse().ok()?;
        (before.ends_with("/dev") || of_process).then_some(number)
    });
    places.filter(|number| *number > 2).collect()
}

#[cfg(target_os = "linux")]
mod system {
    use std::{collections::BTreeSet, fs, os::unix::fs::FileTypeExt};

    use libc::{AF_UNIX, FD_CLOEXEC, c_int, c_ulong};

    const TABLE: &str = "/proc/self/fd";

    /// Whether a descriptor is there, and no socket.
    pub(crate) fn is_kept(number: u32) -> bool {
        fs::metadata(format!("{TABLE}/{number}")).is_ok_and(|found| !found.file_type().is_socket())
    }

    /// Whether a descriptor is a socket of another kind than those between programs of one machine.
    pub(crate) fn is_network(number: c_int) -> bool {
        let mut family: c_int = 0;
        let mut size = libc::socklen_t::try_from(size_of::<c_int>()).unwrap_or(4);
        // SAFETY: asks about a descriptor, which may be none; both pointers lead to values of the sizes they are said to have.
        let asked = unsafe {
            libc::getsockopt(
                number,
                libc::SOL_SOCKET,
                libc::SO_DOMAIN,
                (&raw mut family).cast(),
                &raw mut size,
            )
        };
        asked == 0 && family != AF_UNIX
    }

    /// Closes all above the standard streams but these; these go to no other program. Whether that was possible.
    pub(crate) fn close_all_but(kept: &BTreeSet<u32>) -> bool {
        for number in kept
            .iter()
            .filter_map(|number| c_int::try_from(*number).ok())
        {
            // SAFETY: sets a flag of a descriptor that nothing in this program owns yet.
            unsafe { libc::fcntl(number, libc::F_SETFD, FD_CLOEXEC) };
        }
        let mut first = 3;
        let mut closed = true;
        for number in kept {
            closed &= close_range(first, number - 1);
            first = number + 1;
        }
        closed & close_range(first, u32::MAX) || close_listed(kept)
    }

    fn close_range(first: u32, last: u32) -> bool {
        if first > last {
            return true;
        }
        let [first, last] = [first, last].map(c_ulong::from);
        let flags: c_ulong = 0;
        // SAFETY: nothing in this program owns a descriptor yet. The call takes numbers only.
        unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) == 0 }
    }

    /// Kernels before 5.9 have no call for it.
    fn close_listed(kept: &BTreeSet<u32>) -> bool {
        let Ok(table) = fs::read_dir(TABLE) else {
            return false;
        };
        let names = table.flatten().map(|entry| entry.file_name());
        let numbers = names.filter_map(|name| name.to_str()?.parse::<u32>().ok());
        // Collected first: reading the table takes a descriptor itself, which is closed by then.
        let numbers: Vec<u32> = numbers
            .filter(|number| *number > 2 && !kept.contains(number))
            .collect();
        for number in numbers
            .into_iter()
            .filter_map(|number| c_int::try_from(number).ok())
        {
            // SAFETY: nothing in this program owns a descriptor yet.
            unsafe { libc::close(number) };
        }
        true
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::collections::BTreeSet;

    pub(crate) fn is_kept(_number: u32) -> bool {
        true
    }

    pub(crate) fn is_network(_number: i32) -> bool {
        false
    }

    pub(crate) fn close_all_but(_kept: &BTreeSet<u32>) -> bool {
        false
    }
}
