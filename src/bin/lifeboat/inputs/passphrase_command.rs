//! The passphrase that a command prints, such as a password manager's.

use std::{
    ffi::OsString,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread::Builder,
    time::{Duration, Instant},
};

use lifeboat::crypto::secret::{Passphrase, SecretBytes, wipe_stack};

use crate::{
    bounded::read_bounded,
    errors::{
        catalogue::{Devices, plain},
        failure::Failure,
    },
    sandbox::confine::Confinement,
};

const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);
const MAX_OUTPUT: u64 = 64 << 10;
/// Of the threads that start the command and read from it.
const STACK: usize = 1 << 20;
/// Looks for what is left of a command that is being stopped.
const ROUNDS: u32 = 200;

/// Runs a command; its standard output without one line end is the passphrase.
pub(crate) fn from_command(command: &str, id: Option<&str>) -> Result<Passphrase, Failure> {
    run(command, id, PATIENCE)
}

fn run(command: &str, id: Option<&str>, patience: Duration) -> Result<Passphrase, Failure> {
    let fail = |what: String| {
        Failure::new(
            Devices::PassphraseCommand,
            format!("the passphrase command {what}"),
        )
    };
    let mut process = program(command).map_err(fail)?;
    process.args(id);
    let mut child =
        spawn(process).map_err(|error| fail(format!("does not start: {}", plain(&error))))?;
    let deadline = Instant::now() + patience;
    let output = child.stdout.take().map(read_aside);
    let status = wait_until(&mut child, deadline).ok_or_else(|| {
        stop(&mut child);
        fail(format!(
            "has not ended after {} s and was stopped",
            patience.as_secs()
        ))
    })?;
    if !status.success() {
        return Err(fail(format!("failed: {status}")));
    }
    let left = deadline.saturating_duration_since(Instant::now());
    let output = output.and_then(|output| output.recv_timeout(left).ok());
    let output = output
        .ok_or_else(|| {
            stop(&mut child);
            fail("left its standard output open".to_owned())
        })?
        .map_err(|error| match error.kind() {
            ErrorKind::FileTooLarge => fail(format!("printed more than {} KiB", MAX_OUTPUT >> 10)),
            _ => fail(format!("cannot be read: {}", plain(&error))),
        })?;
    let text = without_line_end(output.expose());
    if text.is_empty() {
        return Err(fail("printed nothing".to_owned()));
    }
    Ok(Passphrase::new(text.to_vec()))
}

/// The text without one line end behind it.
pub(crate) fn without_line_end(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\n")
        .map_or(text, |text| text.strip_suffix(b"\r").unwrap_or(text))
}

/// Starts it from a thread of its own, which gives up writing first: a program has the rights of the thread that starts it.
fn spawn(mut process: Command) -> std::io::Result<Child> {
    adopt_orphans();
    let begin = move || {
        Confinement::write_nothing_here();
        process.spawn()
    };
    let thread = Builder::new().stack_size(STACK).spawn(begin)?;
    thread
        .join()
        .unwrap_or_else(|_| Err(std::io::ErrorKind::Other.into()))
}

/// What a shell does not take for itself in the name of a program.
const PLAIN: &[u8] = b"-_.+@%,:";

/// A path is the program that is there; a name is that of a program in PATH, never of one in the working folder;
/// anything else is read by a shell.
fn program(command: &str) -> Result<Command, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) || byte >= 0x80;
    // By its full path: the program would otherwise be looked for from another folder than it was found from.
    let path = Path::new(command).canonicalize().ok();
    let path = path.filter(|path| command.contains('/') && path.is_file());
    let mut process = match path {
        Some(path) => Command::new(path),
        None if !command.is_empty() && command.bytes().all(is_plain) => Command::new(
            in_path(command)
                .ok_or_else(|| format!("`{command}` is not in PATH: `./{command}` is a path"))?,
        ),
        None => {
            let mut shell = Command::new("/bin/sh");
            // Without an id `"$@"` is nothing at all.
            shell.args(["-c", &format!("{command} \"$@\""), "lifeboat"]);
            shell
        }
    };
    process
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .env_clear()
        .envs(environment());
    Ok(process)
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut programs = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    programs.find_map(|folder| Some(folder.join(name)).filter(|path| is_program(path)))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    let metadata = path.metadata();
    metadata.is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// What a program needs to know of the person and the agents: nothing that changes how programs are loaded or which are
/// run, such as LD_PRELOAD, ENV or a PATH that leads to the working folder.
fn environment() -> Vec<(OsString, OsString)> {
    const NAMES: [&str; 20] = [
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "TERM",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "XAUTHORITY",
        "DBUS_SESSION_BUS_ADDRESS",
        "SSH_AUTH_SOCK",
        "GPG_TTY",
        "GNUPGHOME",
        "PASSWORD_STORE_DIR",
        "PASSWORD_STORE_KEY",
        "COLUMNS",
        "LINES",
    ];
    let is_named = |name: &OsString| {
        name.to_str().is_some_and(|name| {
            NAMES.contains(&name) || name.starts_with("LC_") || name.starts_with("XDG_")
        })
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    let path = std::env::join_paths(folders).unwrap_or_default();
    std::env::vars_os()
        .filter(|(name, _)| is_named(name))
        .chain([("PATH".into(), path)])
        .collect()
}

fn read_aside(stdout: ChildStdout) -> mpsc::Receiver<std::io::Result<SecretBytes>> {
    let (sender, receiver) = mpsc::channel();
    let read = move || {
        // Whoever waited may have given up.
        let _ = sender.send(read_bounded(stdout, MAX_OUTPUT, MAX_OUTPUT).map(SecretBytes::new));
        // Reading keeps a few bytes there to see whether more come.
        wipe_stack::<{ 64 << 10 }>();
    };
    // Without a thread the sender is gone, and whoever waits is told at once.
    let _ = Builder::new().stack_size(STACK).spawn(read);
    receiver
}

/// The status of a process that ends in time.
fn wait_until(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    while Instant::now() < deadline {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        std::thread::sleep(PAUSE);
    }
    None
}

/// Ends the command with every program it has started. They may start more while this goes on: until none is left.
fn stop(child: &mut Child) {
    for _ in 0..ROUNDS {
        let started = children::of_this_process();
        if started.is_empty() {
            break;
        }
        started.into_iter().for_each(children::end);
        std::thread::sleep(PAUSE);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(target_os = "linux")]
fn adopt_orphans() {
    // What the command leaves behind becomes a child of this process, and can be found. Where not, only its own are.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

#[cfg(not(target_os = "linux"))]
fn adopt_orphans() {}

#[cfg(target_os = "linux")]
mod children {
    use std::fs::{self, File};

    use rustix::process::{Pid, Signal, getpid, kill_process};

    use crate::bounded::read_bounded;

    /// Children, their children and so on, as the table of processes has them; the dead left out.
    pub(crate) fn of_this_process() -> Vec<Pid> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let all: Vec<(i32, i32)> = numbers
            .filter_map(|process| Some((process, parent(process)?)))
            .collect();
        let mut found = vec![getpid().as_raw_nonzero().get()];
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            let children = all.iter().filter(|(_, of)| *of == parent);
            found.extend(children.map(|(process, _)| *process));
            next += 1;
        }
        found
            .into_iter()
            .skip(1)
            .filter_map(Pid::from_raw)
            .collect()
    }

    /// The parent of a process that lives.
    fn parent(process: i32) -> Option<i32> {
        // A line of the system's own, well under this.
        let table = File::open(format!("/proc/{process}/stat")).ok()?;
        let table = read_bounded(table, 4096, 4096).ok()?;
        let table = String::from_utf8_lossy(&table);
        // The name in brackets may hold anything.
        let mut columns = table.rsplit_once(')')?.1.split_ascii_whitespace();
        let state = columns.next()?;
        let parent = columns.next()?.parse().ok()?;
        (!["Z", "X"].contains(&state)).then_some(parent)
    }

    pub(crate) fn end(process: Pid) {
        let _ = kill_process(process, Signal::KILL);
    }
}

#[cfg(not(target_os = "linux"))]
mod children {
    pub(crate) fn of_this_process() -> Vec<u32> {
        Vec::new()
    }

    pub(crate) fn end(_process: u32) {}
}

// Beside the code because sixty seconds of patience are too long for a test from outside.
#[cfg(test)]
mod tests {
    use super::{Devices, Duration, Instant, run};

    const ID: &str = "my passphrase's id";

    /// Both in one test: stopping ends every child of this process.
    #[test]
    fn the_command_gets_the_id_and_is_stopped_with_its_children_when_it_hangs() {
        let given = run("printf %s", Some(ID), Duration::from_secs(10))
            .ok()
            .expect("it answers");
        assert_eq!(given.expose(), ID.as_bytes());

        let began = Instant::now();
        let marker = format!("37.{}", std::process::id());
        let command = format!(
            "sleep {marker} & setsid sleep {marker} & (sleep {marker} &); sleep {marker} #"
        );
        let failure = run(&command, Some(ID), Duration::from_millis(500))
            .err()
            .expect("it never answers");
        assert!(failure.is(Devices::PassphraseCommand));
        assert!(
            failure.message().contains("was stopped"),
            "{}",
            failure.message()
        );
        assert!(began.elapsed() < Duration::from_secs(20));
        assert_eq!(running(&marker), 0);
    }

    /// Processes with this among their arguments.
    fn running(argument: &str) -> usize {
        let entries = std::fs::read_dir("/proc").expect("there is a /proc");
        let lines = entries
            .flatten()
            .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        lines
            .filter(|line| {
                line.split(|byte| *byte == 0)
                    .any(|word| word == argument.as_bytes())
            })
            .count()
    }
}
