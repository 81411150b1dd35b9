//! Passphrases: from a file, from standard input, or asked for on the terminal. Never from arguments or environment.

use std::{io::ErrorKind, path::Path, sync::atomic::Ordering};

use lifeboat::{
    crypto::{rsa::RecoveryKey, secret::Passphrase},
    formats::pem::{KeyError, MAX_KEY_FILE, PrivateKeyFile, find_private_key},
};

use crate::{
    failure::Failure,
    files::{STANDARD, read_secret, read_stdin},
    world::World,
};

/// Fewest characters of a passphrase that is being set.
pub(crate) const SHORTEST: usize = 12;

const MAX_PASSPHRASE_FILE: u64 = 64 << 10;

/// The passphrase from the file that `flag` names, or asked for on the terminal.
pub(crate) fn passphrase(
    world: &mut World,
    flag: &'static str,
    file: Option<&Path>,
    question: &str,
) -> Result<Passphrase, Failure> {
    match file {
        Some(file) => from_file(world, flag, file),
        None => ask(world, flag, question),
    }
}

/// A passphrase that is being set: asked for twice on the terminal, refused when short unless `allow_weak`.
pub(crate) fn new_passphrase(
    world: &mut World,
    flag: &'static str,
    file: Option<&Path>,
    question: &str,
    allow_weak: bool,
) -> Result<Passphrase, Failure> {
    let passphrase = passphrase(world, flag, file, question)?;
    if passphrase.characters() < SHORTEST && !allow_weak {
        return Err(Failure::refused(
            "weak_passphrase",
            format!(
                "the passphrase has {} characters: whoever finds the file can try billions a day, {SHORTEST} is the least",
                passphrase.characters()
            ),
        )
        .hint("take several random words, or insist with `--allow-weak-passphrase`"));
    }
    if passphrase.characters() == 0 {
        return Err(
            Failure::refused("empty_passphrase", "the passphrase is empty")
                .hint("take several random words; `keygen --unencrypted` writes a key without one"),
        );
    }
    if file.is_none() && !ask(world, flag, "the same once more")?.same_as(&passphrase) {
        return Err(
            Failure::refused("passphrases_differ", "the two passphrases are not the same")
                .hint("nothing was written: try again"),
        );
    }
    Ok(passphrase)
}

/// The private key in a file, unlocked with the passphrase from a file or the terminal where it needs one.
pub(crate) fn private_key(
    world: &mut World,
    path: &Path,
    flag: &'static str,
    passphrase_file: Option<&Path>,
) -> Result<RecoveryKey, Failure> {
    found_private_key(world, path, flag, passphrase_file).map(|(key, _)| key)
}

/// The same, with the encoding that the key was found in.
pub(crate) fn found_private_key(
    world: &mut World,
    path: &Path,
    flag: &'static str,
    passphrase_file: Option<&Path>,
) -> Result<(RecoveryKey, String), Failure> {
    let about = |error: KeyError| Failure::from(error).about(path);
    let text = read_secret(path, MAX_KEY_FILE)?;
    let found = find_private_key(text.expose()).map_err(about)?;
    let key = match found.key {
        PrivateKeyFile::Open(key) => key,
        PrivateKeyFile::Locked(locked) => {
            let question = format!("passphrase of `{}`", path.display());
            let passphrase = passphrase(world, flag, passphrase_file, &question)?;
            locked.unlock(&passphrase).map_err(about)?
        }
    };
    Ok((key, found.encoding))
}

fn from_file(world: &mut World, flag: &'static str, file: &Path) -> Result<Passphrase, Failure> {
    let bytes = if file == Path::new(STANDARD) {
        read_stdin(world, flag, MAX_PASSPHRASE_FILE)?
    } else {
        read_secret(file, MAX_PASSPHRASE_FILE)?
    };
    Ok(Passphrase::new(without_newline(bytes.expose()).to_vec()))
}

/// The text without one line end behind it.
pub(crate) fn without_newline(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\n")
        .map_or(text, |text| text.strip_suffix(b"\r").unwrap_or(text))
}

fn ask(world: &World, flag: &'static str, question: &str) -> Result<Passphrase, Failure> {
    let nobody = || {
        Failure::refused(
            "passphrase_needed",
            format!("{question}: no terminal to ask on"),
        )
        .hint(format!(
            "give it with `{flag} FILE` (`-` is standard input)"
        ))
    };
    if !world.terminal.can_ask() {
        return Err(nobody());
    }
    // With a handler of our own, Ctrl-C ends the question and not the program, which would leave the terminal without echo.
    let interrupted = world.interrupted();
    match rpassword::prompt_password(format!("lifeboat: {question}: ")) {
        Ok(typed) => Ok(Passphrase::new(typed.into_bytes())),
        Err(_) if interrupted.load(Ordering::Relaxed) => Err(Failure::refused(
            "interrupted",
            format!("interrupted at the question: {question}"),
        )
        .hint("nothing was done; run it again when the passphrase is at hand")),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Failure::refused(
            "passphrase_needed",
            format!("{question}: none was typed"),
        )
        .hint(format!("type it, or give it with `{flag} FILE`"))),
        Err(_) => Err(nobody()),
    }
}
