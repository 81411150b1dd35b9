//! Passphrases: from a file, from standard input, or asked for on the terminal. Never from arguments or environment.

use std::path::Path;

use lifeboat::{
    crypto::{rsa::RecoveryKey, secret::Passphrase},
    formats::{
        encoding::shown::visible,
        recovery_key::file::{KeyError, MAX_KEY_FILE, PrivateKeyFile, find_private_key},
    },
    operations::device_share::new_passphrase::{UnfitPassphrase, check_new_passphrase},
};

use crate::{
    args::{passphrases::PassphraseSource, paths::is_standard},
    context::World,
    errors::{
        catalogue::{Devices, Files, Keys, Lists},
        code::Code,
        failure::Failure,
        wrong_file::or_other_than_key,
    },
    inputs::{
        file::{read_secret, read_stdin},
        passphrase_command::{from_command, without_line_end},
        question::{self, Unanswered},
    },
    terminal::plural,
};

/// Fewest characters of a passphrase that is being set.
pub(crate) const SHORTEST: usize = 12;

const MAX_PASSPHRASE_FILE: u64 = 64 << 10;

/// Times that a passphrase is asked for before a run gives up.
const TRIES: u32 = 3;

/// The passphrase from where it comes from.
pub(crate) fn passphrase(
    world: &mut World,
    source: PassphraseSource<'_>,
    question: &str,
) -> Result<Passphrase, Failure> {
    let flag = source.flag;
    let passphrase = match (source.file, source.command) {
        (Some(file), _) => from_file(world, flag, file),
        (None, Some(command)) => from_command(command, None),
        (None, None) => ask(world, flag, question),
    }?;
    // Said only when it turns out to be the wrong one: what is there already is opened with the bytes as they are.
    world.note_passphrase(flag, &passphrase, source.is_asked());
    Ok(passphrase)
}

/// Opens something with a passphrase. A wrong one that was typed is asked for again.
pub(crate) fn opened<T>(
    world: &mut World,
    source: PassphraseSource<'_>,
    question: &str,
    mut open: impl FnMut(Passphrase) -> Result<T, Failure>,
) -> Result<T, Failure> {
    asked_again(
        world,
        source.is_asked(),
        World::is_wrong_passphrase,
        |world| open(passphrase(world, source, question)?),
    )
}

/// A passphrase that is being set: asked for twice on the terminal, refused when short unless `allow_weak`.
pub(crate) fn new_passphrase(
    world: &mut World,
    source: PassphraseSource<'_>,
    question: &str,
    allow_weak: bool,
) -> Result<Passphrase, Failure> {
    let question = match allow_weak {
        true => question.to_owned(),
        false => format!("{question}, at least {SHORTEST} characters"),
    };
    asked_again(world, source.is_asked(), is_unfit, |world| {
        let passphrase = passphrase(world, source, &question)?;
        check_new(&passphrase, source, allow_weak)?;
        if source.is_asked() && !ask(world, source.flag, "the same once more")?.same_as(&passphrase)
        {
            return Err(Failure::new(
                Keys::PassphrasesDiffer,
                "the two passphrases are not the same",
            ));
        }
        Ok(passphrase)
    })
}

fn check_new(
    passphrase: &Passphrase,
    source: PassphraseSource<'_>,
    allow_weak: bool,
) -> Result<(), Failure> {
    let characters = passphrase.characters();
    if characters > 0 {
        check_new_passphrase(passphrase)
            .map_err(|fault| unfit(fault, source.flag, source.is_asked()))?;
    }
    if characters < SHORTEST && !allow_weak {
        return Err(Failure::new(
            Keys::WeakPassphrase,
            format!(
                "the passphrase has {}; at least {SHORTEST} are required",
                plural(characters as u64, "character")
            ),
        ));
    }
    if characters == 0 {
        return Err(Failure::new(
            Keys::EmptyPassphrase,
            "the passphrase is empty",
        ));
    }
    Ok(())
}

/// Whether another passphrase may be typed in place of a new one.
fn is_unfit(failure: &Failure) -> bool {
    let codes: [Code; 5] = [
        Keys::WeakPassphrase.into(),
        Keys::EmptyPassphrase.into(),
        Keys::PassphrasesDiffer.into(),
        Keys::UnfitPassphrase.into(),
        Devices::PaddedPassphrase.into(),
    ];
    codes.contains(&failure.code())
}

/// Does what asks for a passphrase. When that fails by what was typed, it is said, and done again.
pub(crate) fn asked_again<T>(
    world: &mut World,
    is_asked: bool,
    may_be_typed_again: impl Fn(&Failure) -> bool,
    mut attempt: impl FnMut(&mut World) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut first = attempt(world);
    for _ in 1..TRIES {
        let Err(failure) = &first else {
            return first;
        };
        if !is_asked || !may_be_typed_again(failure) {
            return first;
        }
        let message = format!("{}: try again", failure.message());
        let oddities = world.take_oddities();
        oddities
            .iter()
            .for_each(|oddity| world.terminal.warn(oddity));
        world.terminal.warn(message);
        match attempt(world) {
            // Nobody answers any more: the first failure is what went wrong.
            Err(failure) if failure.is(Keys::PassphraseNeeded) => return first,
            again => first = again,
        }
    }
    first
}

/// The private key in a file, unlocked with its passphrase where it needs one.
pub(crate) fn private_key(
    world: &mut World,
    path: &Path,
    source: PassphraseSource<'_>,
) -> Result<RecoveryKey, Failure> {
    found_private_key(world, path, source).map(|(key, _)| key)
}

/// The same, with the encoding that the key was found in.
pub(crate) fn found_private_key(
    world: &mut World,
    path: &Path,
    source: PassphraseSource<'_>,
) -> Result<(RecoveryKey, String), Failure> {
    let about = |error: KeyError| Failure::from(error).about(path);
    let text = read_secret(path, MAX_KEY_FILE)?;
    let found = find_private_key(text.expose())
        .map_err(|error| or_other_than_key(error.into(), text.expose()).about(path))?;
    if found.certificates > 0 {
        world.terminal.warn(format!(
            "`{}` also holds {}: only the private key is used",
            path.display(),
            plural(found.certificates as u64, "certificate")
        ));
    }
    let key = match found.key {
        PrivateKeyFile::Open(key) => key,
        PrivateKeyFile::Locked(locked) => {
            let question = format!("passphrase of `{}`", path.display());
            opened(world, source, &question, |passphrase| {
                locked.unlock(&passphrase).map_err(about)
            })?
        }
    };
    Ok((key, found.encoding))
}

fn from_file(world: &mut World, flag: &'static str, file: &Path) -> Result<Passphrase, Failure> {
    let bytes = if is_standard(file) {
        read_stdin(world, flag, MAX_PASSPHRASE_FILE)?
    } else {
        read_secret(file, MAX_PASSPHRASE_FILE).map_err(|failure| nameless(failure, flag, file))?
    };
    Ok(Passphrase::new(without_line_end(bytes.expose()).to_vec()))
}

/// A passphrase that was typed where the name of its file belongs is not repeated.
fn nameless(failure: Failure, flag: &'static str, file: &Path) -> Failure {
    if file.is_dir() {
        return failure
            .reworded(format!("`{flag}` names a folder"))
            .hint_instead("it takes the name of a file that holds the passphrase");
    }
    let like_a_name = file.extension().is_some() || file.components().count() > 1;
    let may_be_a_passphrase = failure.is(Files::FileNotFound)
        || failure.is(Files::SecretInArguments)
        || failure.is(Files::Io);
    if like_a_name || !may_be_a_passphrase {
        return failure;
    }
    failure
        .reworded(format!("cannot read the file that `{flag}` names: no such file"))
        .hint_instead("it takes the name of a file that holds the passphrase, not the passphrase; is it spelt right?")
}

fn ask(world: &World, flag: &'static str, question: &str) -> Result<Passphrase, Failure> {
    let asked = visible(question);
    let nobody = || {
        Failure::new(
            Keys::PassphraseNeeded,
            format!("{asked}: no terminal to ask on"),
        )
        .hint(format!(
            "give it with `{flag} FILE` (`-` is standard input)"
        ))
    };
    if !world.terminal.can_ask() {
        return Err(nobody());
    }
    let not_text = |what: &str| Failure::new(Keys::PassphraseNotText, format!("{asked}: {what}"));
    let interrupted = |how: &str| {
        Failure::new(
            Lists::Interrupted,
            format!("{how} at the question: {asked}"),
        )
        .hint("nothing was done; run it again when you have the passphrase")
    };
    world.keep_silent();
    let why = match question::ask(&format!("lifeboat: {question}: ")) {
        Ok(typed) => return Ok(Passphrase::new(typed.expose().to_vec())),
        Err(why) => why,
    };
    Err(match why {
        Unanswered::NoTerminal => nobody(),
        Unanswered::Nothing => {
            Failure::new(Keys::PassphraseNeeded, format!("{asked}: none was typed"))
                .hint(format!("type it, or give it with `{flag} FILE`"))
        }
        Unanswered::Interrupted => interrupted("interrupted"),
        Unanswered::Signal => interrupted("ended by a signal"),
        Unanswered::NotUtf8 => {
            not_text("what was typed is not UTF-8: this terminal sends letters in another encoding")
                .hint(format!(
                    "set the terminal to UTF-8; or give the passphrase as it is with `{flag} FILE`"
                ))
        }
        Unanswered::NotText => not_text(
            "an arrow, function or control key was pressed, which is no part of a passphrase",
        )
        .hint("type it again: Backspace takes back a letter, Ctrl-U all of it"),
        Unanswered::TooLong => {
            not_text("more than 64 KiB were typed").hint(format!("give it with `{flag} FILE`"))
        }
    })
}

fn unfit(fault: UnfitPassphrase, flag: &'static str, typed: bool) -> Failure {
    let code = match fault {
        UnfitPassphrase::Padded => Code::from(Devices::PaddedPassphrase),
        UnfitPassphrase::ByteOrderMark
        | UnfitPassphrase::Utf16
        | UnfitPassphrase::NotUtf8
        | UnfitPassphrase::Unseen => Keys::UnfitPassphrase.into(),
    };
    let failure = Failure::new(code, fault);
    match fault {
        UnfitPassphrase::Padded if typed => failure.hint("type it without white space at its ends"),
        UnfitPassphrase::ByteOrderMark | UnfitPassphrase::Utf16 | UnfitPassphrase::NotUtf8
            if typed =>
        {
            failure.hint("type it by hand: what was typed or pasted holds more than letters")
        }
        UnfitPassphrase::ByteOrderMark => failure.hint("save the file as UTF-8 without BOM"),
        UnfitPassphrase::Utf16 => {
            failure.hint("save the file as UTF-8: `iconv -f UTF-16 -t UTF-8 FILE > FILE.txt`")
        }
        UnfitPassphrase::NotUtf8 => {
            failure.hint(format!("save the file that `{flag}` names as UTF-8"))
        }
        UnfitPassphrase::Unseen => failure.hint(
            "take several random words on one line, with single blanks or dashes between them",
        ),
        UnfitPassphrase::Padded => {
            failure.hint("take the white space off both ends; the file may end with one line end")
        }
    }
}
