//! A private key that a program holds: a cloud KMS, an HSM, a smart card. It gets the wrapped key on standard input and
//! prints the 32 bytes inside.

use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use lifeboat::crypto::{rsa::RecoveryPublicKey, secret::SecretBytes};

use super::holder::{HolderError, KeyHolder};

/// Longest time that a program has.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(10);
/// Most that is read of what it prints.
const MOST: u64 = 64 << 10;

/// The program that holds a key.
pub struct CommandHolder {
    /// The program and its arguments.
    pub program: Vec<String>,
    /// Its public key.
    pub public: RecoveryPublicKey,
}

impl KeyHolder for CommandHolder {
    fn public_key(&self) -> RecoveryPublicKey {
        self.public.clone()
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<SecretBytes, HolderError> {
        let failed = |what: String| HolderError::Command(what.into());
        let printed = printed_by(&self.program, wrapped, PATIENCE).map_err(failed)?;
        if printed.len() == 32 {
            Ok(printed)
        } else {
            let length = printed.len();
            let what = format!("printed {length} bytes, expected the 32 bytes of a file key");
            Err(HolderError::Command(what.into()))
        }
    }
}

/// What a program prints, given something on standard input.
///
/// # Errors
/// What it did instead, to be said behind its name; never what it printed.
pub fn printed_by(
    program: &[String],
    input: &[u8],
    patience: Duration,
) -> Result<SecretBytes, String> {
    let (name, arguments) = program.split_first().ok_or("is not named")?;
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{name}` does not start: {error}"))?;
    let deadline = Instant::now() + patience;
    if let Some(mut stdin) = child.stdin.take() {
        // A wrapped key fits the pipe's buffer. Whoever closes its standard input unread needs none.
        let _unread = stdin.write_all(input);
    }
    let output = child.stdout.take().map(read_aside);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => thread::sleep(PAUSE),
            Ok(None) => {
                stop(&mut child);
                return Err(format!(
                    "`{name}` has not ended after {} s",
                    patience.as_secs()
                ));
            }
            Err(error) => return Err(format!("`{name}` cannot be waited for: {error}")),
        }
    };
    if !status.success() {
        return Err(format!("`{name}` failed: {status}"));
    }
    let left = deadline.saturating_duration_since(Instant::now());
    let output = output.and_then(|output| output.recv_timeout(left).ok());
    output
        .ok_or_else(|| format!("`{name}` left its standard output open"))?
        .map_err(|error| format!("`{name}` cannot be read: {error}"))
}

fn stop(child: &mut Child) {
    let _ended = child.kill();
    let _status = child.wait();
}

/// Reads on a thread of its own: a program may print more than the pipe holds before it ends.
fn read_aside(
    mut output: impl Read + Send + 'static,
) -> mpsc::Receiver<std::io::Result<SecretBytes>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::with_capacity(1 << 16);
        // One byte more than is allowed tells that there is more.
        let read = (&mut output).take(MOST + 1).read_to_end(&mut bytes);
        // The program ends as it would, and not because nobody reads.
        let _rest = std::io::copy(&mut output, &mut std::io::sink());
        let bytes = SecretBytes::new(bytes);
        let read = read.and_then(|length| {
            let fits = u64::try_from(length).is_ok_and(|length| length <= MOST);
            let much = || std::io::Error::other(format!("it prints more than {MOST} bytes"));
            fits.then_some(bytes).ok_or_else(much)
        });
        let _gone = sender.send(read);
    });
    receiver
}
