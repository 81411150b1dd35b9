//! The holder of the endpoint's key, as the configuration names it; its passphrase is asked for where it needs one.

use std::{
    io::{ErrorKind, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::Duration,
};

use lifeboat::{
    crypto::secret::{Passphrase, SecretBytes},
    formats::recovery_key::file::{
        KeyError, MAX_KEY_FILE, PrivateKeyFile, read_private_key, read_public_key,
    },
};
use lifeboat_endpoint::{
    config::{Holder, PassphraseSource},
    files,
    keys::{
        command::{CommandHolder, printed_by},
        file::FileHolder,
        holder::KeyHolder,
    },
};

use crate::failure::Failure;

const MAX_PASSPHRASE: u64 = 64 << 10;
/// Longest time of a command that prints a passphrase.
const PATIENCE: Duration = Duration::from_secs(60);

/// Opens the holder.
pub(crate) fn holder(settings: &Holder) -> Result<Box<dyn KeyHolder>, Failure> {
    match settings {
        Holder::Command {
            program,
            public_key,
        } => {
            let shown = public_key.display();
            let failed = |error: &dyn std::fmt::Display| {
                Failure::new(format!("the public key `{shown}`: {error}")).hint(
                    "`key.public_key` names the public part of the key that the command holds",
                )
            };
            let text = files::read(public_key, MAX_KEY_FILE).map_err(|error| failed(&error))?;
            let public = read_public_key(&text).map_err(|error| failed(&error))?;
            let program = program.clone();
            Ok(Box::new(CommandHolder { program, public }))
        }
        Holder::File { path, passphrase } => {
            let text = read_secret(path, MAX_KEY_FILE)?;
            let ask = || passphrase_of(passphrase, path).map_err(KeyFault::Asked);
            let holder = FileHolder::read(&text, ask);
            holder
                .map(|holder| Box::new(holder) as Box<dyn KeyHolder>)
                .map_err(|fault| fault.told(path))
        }
    }
}

/// Why a key file is not used.
enum KeyFault {
    Key(KeyError),
    Asked(Failure),
}

impl From<KeyError> for KeyFault {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl KeyFault {
    fn told(self, path: &Path) -> Failure {
        match self {
            Self::Asked(failure) => failure,
            Self::Key(error) => {
                let failure = Failure::new(format!("the key `{}`: {error}", path.display()));
                failure.hint(match error {
                    KeyError::WrongPassphrase => {
                        "`key.passphrase_file` and `key.passphrase_command` say where the passphrase comes from"
                    }
                    KeyError::PublicOnly => "name the private key that `lifeboat keygen` wrote",
                    _ => "`lifeboat key show FILE` says what is in the file",
                })
            }
        }
    }
}

/// Reads a file that holds a secret; refuses one that anybody may read.
pub(crate) fn read_secret(path: &Path, most: u64) -> Result<SecretBytes, Failure> {
    let shown = path.display();
    let failed = |error: std::io::Error| {
        let hint = match error.kind() {
            ErrorKind::NotFound => "is its name in the configuration spelt right?",
            _ => "may this user read it?",
        };
        Failure::new(format!("cannot read `{shown}`: {error}")).hint(hint)
    };
    let file = files::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_file() && metadata.permissions().mode() & 0o007 != 0 {
        return Err(
            Failure::new(format!("anybody on this machine may read `{shown}`"))
                .hint(format!("chmod 600 {shown}")),
        );
    }
    let length = usize::try_from(metadata.len().min(most)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(length + 1);
    let read = file.take(most + 1).read_to_end(&mut bytes);
    let bytes = SecretBytes::new(bytes);
    read.map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(Failure::new(format!(
            "`{shown}` has more than {most} bytes"
        )));
    }
    Ok(bytes)
}

/// Whether the key in a file needs a passphrase.
pub(crate) fn is_locked(path: &Path) -> bool {
    let text = read_secret(path, MAX_KEY_FILE);
    let read = text.map(|text| read_private_key(text.expose()));
    matches!(read, Ok(Ok(PrivateKeyFile::Locked(_))))
}

/// The passphrase from where the configuration says.
fn passphrase_of(source: &PassphraseSource, key: &Path) -> Result<Passphrase, Failure> {
    match source {
        PassphraseSource::File(path) => {
            let text = read_secret(path, MAX_PASSPHRASE)?;
            Ok(Passphrase::new(without_line_end(text.expose()).to_vec()))
        }
        PassphraseSource::Command(program) => {
            let printed = printed_by(program, b"", PATIENCE).map_err(|what| {
                Failure::new(format!("the passphrase command {what}"))
                    .hint("run it by hand: it must print the passphrase and nothing else")
            })?;
            Ok(Passphrase::new(without_line_end(printed.expose()).to_vec()))
        }
        PassphraseSource::Asked => asked(key),
    }
}

fn asked(key: &Path) -> Result<Passphrase, Failure> {
    let shown = key.display();
    let typed = rpassword::prompt_password(format!("passphrase of `{shown}`: "));
    let typed = typed.map_err(|error| {
        Failure::new(format!(
            "the passphrase of `{shown}` cannot be asked for: {error}"
        ))
        .hint("say where it comes from with `key.passphrase_file` or `key.passphrase_command`")
    })?;
    // What a terminal in another encoding sends is taken for something else than was typed.
    if typed.contains('\u{fffd}') {
        return Err(Failure::new("what was typed is not UTF-8")
            .hint("set the terminal to UTF-8, or give the passphrase with `key.passphrase_file`"));
    }
    Ok(Passphrase::new(typed.into_bytes()))
}

fn without_line_end(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.strip_suffix(b"\r").unwrap_or(text)
}
