//! `key join`: a passphrase that nobody knows alone, made again from the sheets of `keygen --split`.

use lifeboat::{
    crypto::secret::Passphrase,
    formats::recovery_key::{
        file::{MAX_KEY_FILE, PrivateKeyFile, find_private_key, fingerprint},
        share_words::ShareWords,
    },
    operations::split_passphrase::{SplitError, join as join_sheets},
};

use crate::{
    args::{keys::KeyJoin, passphrases::PassphraseSource},
    context::World,
    errors::{
        catalogue::{Keys, Sheets},
        failure::Failure,
        wrong_file::or_other_than_key,
    },
    inputs::{
        file::read_secret,
        passphrase::{asked_again, passphrase},
    },
    outcomes::{Outcome, keys as outcome, parts::Results},
    outputs::new_file::{Destination, write},
    terminal::plural,
};

/// Longest file with the words of sheets: a page with a picture in it.
const MAX_SHEET: u64 = 1 << 20;

/// Makes a passphrase again from sheets, and proves it with the key.
pub(crate) fn join(args: &KeyJoin, world: &mut World) -> Result<Outcome, Failure> {
    let mut out = match &args.out {
        Some(path) => Some((Destination::open(path, args.reveal, world)?, path)),
        None => None,
    };
    let key = match &args.key {
        Some(path) => {
            let text = read_secret(path, MAX_KEY_FILE)?;
            let found = find_private_key(text.expose())
                .map_err(|error| or_other_than_key(error.into(), text.expose()).about(path))?;
            Some((found.key, path))
        }
        None => None,
    };

    let (sheets, passphrase) = if args.sheets.is_empty() {
        ask_for_sheets(world)?
    } else {
        read_sheets(args)?
    };
    let opened = match key {
        Some((PrivateKeyFile::Locked(locked), path)) => {
            let key = locked
                .unlock(&passphrase)
                .map_err(|error| not_of_these_sheets(error.into()).about(path))?;
            Some(fingerprint(&key.public_key()))
        }
        Some((PrivateKeyFile::Open(_), path)) => {
            let failure = Failure::new(
                Sheets::KeyWithoutPassphrase,
                "the key has no passphrase: whoever has the file opens it",
            );
            return Err(failure.about(path));
        }
        None => None,
    };

    if let Some((out, path)) = &mut out {
        write(out, passphrase.expose(), path)?;
        write(out, b"\n", path)?;
    }
    let written = match out {
        Some((out, _)) => out.finish()?,
        None => None,
    };
    let terminal = &world.terminal;
    if let Some(fingerprint) = &opened {
        terminal.show(format!("fingerprint  {fingerprint}"));
        terminal.verdict(format!("{} open this key", plural(sheets as u64, "sheet")));
    }
    if let Some(file) = &written {
        terminal.say(format!(
            "wrote the passphrase to `{}`: name it with `--key-passphrase-file`, and delete it when the work is done",
            file.display()
        ));
    }
    Ok(Outcome::done(outcome::KeyJoined {
        sheets,
        fingerprint: opened,
        files: Results::of(&written),
    }))
}

fn not_of_these_sheets(failure: Failure) -> Failure {
    if failure.is(Keys::WrongKeyPassphrase) {
        return failure.hint_instead(
            "the sheets belong to another key: each shows the fingerprint of its own",
        );
    }
    failure
}

fn read_sheets(args: &KeyJoin) -> Result<(usize, Passphrase), Failure> {
    let mut sheets = Vec::new();
    for path in &args.sheets {
        let text = read_secret(path, MAX_SHEET)?;
        let found = ShareWords::find_all(text.expose());
        sheets.append(&mut found.map_err(|error| Failure::from(error).about(path))?);
    }
    let passphrase = join_sheets(&sheets)?;
    Ok((sheets.len(), passphrase))
}

/// Asks for the words of sheets until there are enough. A sheet that is no sheet, or another one's, is asked for again.
fn ask_for_sheets(world: &mut World) -> Result<(usize, Passphrase), Failure> {
    world.terminal.say(
        "type the words of one sheet after the other, with blanks between them; four letters of a word are enough; they are \
         not shown",
    );
    let mut sheets: Vec<ShareWords> = Vec::new();
    loop {
        let question = match sheets.first() {
            None => "words of the first sheet".to_owned(),
            Some(first) => format!("words of sheet {} of {}", sheets.len() + 1, first.threshold),
        };
        let may_be_typed_again =
            |failure: &Failure| failure.is(Sheets::SheetWords) || failure.is(Sheets::SheetOther);
        let joined = asked_again(world, true, may_be_typed_again, |world| {
            let source = PassphraseSource::asked("SHEET");
            let typed = passphrase(world, source, &question)?;
            let before = sheets.len();
            sheets.append(&mut ShareWords::find_all(typed.expose())?);
            match join_sheets(&sheets) {
                Ok(passphrase) => Ok(Some(passphrase)),
                Err(SplitError::TooFew { .. }) => Ok(None),
                Err(error) => {
                    sheets.truncate(before);
                    Err(error.into())
                }
            }
        })?;
        if let Some(passphrase) = joined {
            return Ok((sheets.len(), passphrase));
        }
    }
}
