//! The passphrase of a passphraseId: a file, a folder of them, a command, or the person.

use std::{
    io::ErrorKind,
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use lifeboat::{
    crypto::secret::{Passphrase, SecretBytes, wipe_stack},
    formats::{device_id::PassphraseId, printable},
};

use crate::{
    args_takeover::PassphraseArgs,
    bounded::read_bounded,
    confine::Confinement,
    failure::{Failure, plain},
    passphrase_folder,
    passphrases::{passphrase, without_newline},
    world::World,
};

const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);
const MAX_OUTPUT: u64 = 64 << 10;

/// Gets the passphrase that a backup says it is under.
pub(crate) fn resolve(
    args: &PassphraseArgs,
    id: &PassphraseId,
    world: &mut World,
) -> Result<Passphrase, Failure> {
    if let Some(command) = &args.passphrase_command {
        return run(command, argument(id)?, PATIENCE);
    }
    if let Some(folder) = &args.passphrase_dir {
        let file = passphrase_folder::find(folder, id)?;
        return passphrase(world, "--passphrase-dir", Some(&file), "");
    }
    let question = format!("passphrase `{}` of the backup", printable(id.as_str()));
    passphrase(
        world,
        "--passphrase-file",
        args.passphrase_file.as_deref(),
        &question,
    )
}

/// The id as a command's argument: it comes out of the backup, and must not become an option of the command.
fn argument(id: &PassphraseId) -> Result<&str, Failure> {
    let id = id.as_str();
    if !id.starts_with('-') {
        return Ok(id);
    }
    Err(Failure::refused(
        "passphrase_command",
        format!(
            "passphraseId `{}` begins with `-`, which a command takes for an option",
            printable(id)
        ),
    )
    .hint("give its passphrase with `--passphrase-file FILE`"))
}

fn run(command: &str, id: &str, patience: Duration) -> Result<Passphrase, Failure> {
    let fail = |what: String| {
        Failure::refused("passphrase_command", format!("the passphrase command {what}"))
            .hint("run it by hand with the passphraseId behind it: it must print the passphrase, and end well")
            .hint("here it has no network and can write no file, which gpg wants to: `COMMAND | lifeboat … --passphrase-file -`")
    };
    let mut child =
        spawn(command, id).map_err(|error| fail(format!("does not start: {}", plain(&error))))?;
    let deadline = Instant::now() + patience;
    let output = child.stdout.take().map(read_aside);
    let status = wait_until(&mut child, deadline).ok_or_else(|| {
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
        .ok_or_else(|| fail("left its standard output open".to_owned()))?
        .map_err(|error| match error.kind() {
            ErrorKind::FileTooLarge => fail(format!("printed more than {} KiB", MAX_OUTPUT >> 10)),
            _ => fail(format!("cannot be read: {}", plain(&error))),
        })?;
    let text = without_newline(output.expose());
    if text.is_empty() {
        return Err(fail("printed nothing".to_owned()));
    }
    Ok(Passphrase::new(text.to_vec()))
}

/// Starts it from a thread of its own, which gives up writing first: a program has the rights of the thread that starts it.
fn spawn(command: &str, id: &str) -> std::io::Result<Child> {
    std::thread::scope(|scope| {
        let begun = scope.spawn(|| {
            Confinement::write_nothing_here();
            shell(command, id).spawn()
        });
        begun
            .join()
            .unwrap_or_else(|_| Err(std::io::ErrorKind::Other.into()))
    })
}

/// A program by its path as it is; anything else as a shell would read it.
fn shell(command: &str, id: &str) -> Command {
    // By its full path: a bare name would be looked for elsewhere than where it was found.
    let found = Path::new(command)
        .canonicalize()
        .ok()
        .filter(|path| path.is_file());
    let mut process = if let Some(program) = found {
        Command::new(program)
    } else {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{command} \"$1\""), "lifeboat"]);
        shell
    };
    process.arg(id).stdout(Stdio::piped());
    process
}

fn read_aside(stdout: ChildStdout) -> mpsc::Receiver<std::io::Result<SecretBytes>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Whoever waited may have given up.
        let _ = sender.send(read_bounded(stdout, MAX_OUTPUT, MAX_OUTPUT).map(SecretBytes::new));
        // Reading keeps a few bytes there to see whether more come.
        wipe_stack::<{ 64 << 10 }>();
    });
    receiver
}

/// The status of a process that ends in time; one that does not is stopped.
fn wait_until(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    while Instant::now() < deadline {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        std::thread::sleep(PAUSE);
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

// Beside the code because sixty seconds of patience are too long for a test from outside.
#[cfg(test)]
mod tests {
    use super::{Duration, Instant, run};

    const ID: &str = "my passphrase's id";

    #[test]
    fn a_command_that_hangs_is_stopped() {
        let began = Instant::now();
        let failure = run("exec sleep 30 #", ID, Duration::from_millis(200))
            .err()
            .expect("it never answers");
        assert_eq!(failure.code(), "passphrase_command");
        assert!(
            failure.message().contains("was stopped"),
            "{}",
            failure.message()
        );
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn the_command_gets_the_id() {
        let given = run("printf %s", ID, Duration::from_secs(10))
            .ok()
            .expect("it answers");
        assert_eq!(given.expose(), ID.as_bytes());
    }
}
