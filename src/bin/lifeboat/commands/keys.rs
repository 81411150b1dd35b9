//! `keygen`, `key show` and `key check`.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use lifeboat::{
    crypto::{rsa::RecoveryPublicKey, secret::Passphrase},
    formats::recovery_key::file::{
        KeyError, MAX_KEY_FILE, find_public_key, fingerprint, short_phrase, write_public_key,
    },
    operations::{
        generate_key::{KeyPair, generate, prove_key},
        split_passphrase::{SplitPassphrase, split as split_passphrase},
    },
};

use crate::{
    args::{
        keys::{KeyCheck, KeyShow, Keygen, QrOf},
        shapes::Split,
    },
    context::World,
    errors::{
        catalogue::{Files, Keys},
        failure::Failure,
        wrong_file::or_other_than_key,
    },
    inputs::{
        file::read_secret,
        passphrase::{found_private_key, new_passphrase},
    },
    outcomes::{Outcome, keys as outcome, parts::Results},
    outputs::{new_file::NewFile, result_name::ResultFile, sheets::Pages},
    terminal::{Qr, QrUnfit},
};

/// Makes a recovery key pair.
pub(crate) fn keygen(args: &Keygen, world: &mut World) -> Result<Outcome, Failure> {
    let private_name = with_suffix(&args.out, "-private.pem");
    let (sheets, record) = (
        with_suffix(&args.out, "-sheets"),
        with_suffix(&args.out, "-record.html"),
    );
    let private = NewFile::create(&private_name)?;
    let public = NewFile::create(&with_suffix(&args.out, "-public.pem"))?;
    let pages = args
        .split
        .map(|split| Pages::create(split, &sheets, &record));
    let pages = pages.transpose()?;
    let (passphrase, shared) = new_key_passphrase(args, world)?;
    world
        .terminal
        .say("making an RSA-4096 key pair and proving it");
    let pair = generate(&mut world.rng(), passphrase.as_ref())?;

    // The sheets come first: a key whose passphrase nobody has is no key.
    let mut files = Vec::new();
    if let (Some(pages), Some(shared)) = (pages, &shared) {
        files = pages.write(shared, &pair, &private_name, world)?;
    }
    let written = write_pair(private, public, &pair);
    let (private, public) = written.map_err(|unwritten| {
        if !unwritten.keeps_private {
            for page in &files {
                let _ = std::fs::remove_file(page);
            }
            let _ = std::fs::remove_dir(&sheets);
        }
        unwritten.failure
    })?;

    tell_of_pair(&private, &public, &pair, world);
    if let Some(split) = args.split {
        tell_of_sheets(split, &sheets, &record, &private_name, world);
    } else {
        world
            .terminal
            .say("keep the private key and its passphrase apart, each in two places, and try them every quarter");
    }
    files.splice(..0, [private, public]);
    let shared = args.split.zip(shared);
    Ok(Outcome::done(outcome::Keygen {
        fingerprint: pair.fingerprint,
        short_phrase: pair.short_phrase,
        split: shared.map(|(split, shared)| outcome::Split {
            needed: split.needed,
            sheets: split.people,
            set: format!("{:04x}", shared.identifier),
        }),
        files: Results::of(&files),
    }))
}

/// The passphrase of a new key, and its shares where it is shared.
fn new_key_passphrase(
    args: &Keygen,
    world: &mut World,
) -> Result<(Option<Passphrase>, Option<SplitPassphrase>), Failure> {
    if let Some(split) = args.split {
        let shared = split_passphrase(split.needed, split.people, &mut world.rng())?;
        let passphrase = Passphrase::new(shared.passphrase.expose().to_vec());
        return Ok((Some(passphrase), Some(shared)));
    }
    if args.unencrypted {
        world
            .terminal
            .warn("the private key will not be encrypted: whoever reads the file opens every kit made for it");
        return Ok((None, None));
    }
    let passphrase = new_passphrase(
        world,
        args.passphrase.source(),
        "passphrase for the new key",
        args.allow_weak_passphrase,
    )?;
    Ok((Some(passphrase), None))
}

/// A pair that could not be written.
struct Unwritten {
    failure: Failure,
    /// The private key is there all the same, with its public key, which may not last.
    keeps_private: bool,
}

/// Gives both files their names.
fn write_pair(
    private: NewFile,
    public: NewFile,
    pair: &KeyPair,
) -> Result<(ResultFile, ResultFile), Unwritten> {
    let public_name = public.path().to_owned();
    let private = private.finish_with(pair.private_pem.expose().as_bytes());
    let private = private.map_err(|failure| Unwritten {
        failure,
        keeps_private: false,
    })?;
    match public.finish_with(pair.public_pem.as_bytes()) {
        Ok(public) => Ok((private, public)),
        Err(failure) => {
            // A private key without its public key is no result. But never the other way round: a public key that
            // is there, and could be registered, keeps its private key.
            let gone = public_name
                .symlink_metadata()
                .is_err_and(|error| error.kind() == ErrorKind::NotFound);
            let keeps_private = !gone && !failure.is(Files::OutputExists);
            if !keeps_private {
                let _ = std::fs::remove_file(&private);
            }
            Err(Unwritten {
                failure,
                keeps_private,
            })
        }
    }
}

fn tell_of_pair(private: &ResultFile, public: &ResultFile, pair: &KeyPair, world: &World) {
    let terminal = &world.terminal;
    terminal.note(format!("private key   {}", private.display()));
    terminal.note(format!("public key    {}", public.display()));
    terminal.note(format!("fingerprint   {}", pair.fingerprint));
    terminal.note(format!("short phrase  {}", pair.short_phrase));
    terminal.say("a recovery key: upload the public key as it is; the console shows the short phrase for approval");
    terminal.say(
        "a key for the endpoint: carry the public key to the offline machine, and upload nothing",
    );
}

fn tell_of_sheets(split: Split, sheets: &Path, record: &Path, private: &Path, world: &World) {
    let terminal = &world.terminal;
    terminal.say(format!(
        "print the {} pages in `{}` and give each to its person: any {} of them open the key",
        split.people,
        sheets.display(),
        split.needed
    ));
    terminal.say(format!(
        "print `{}` for the signatures of all",
        record.display()
    ));
    terminal.say(format!(
        "prove the printed sheets: `lifeboat key join --key {}`; then delete `{}`, which opens the key",
        private.display(),
        sheets.display()
    ));
}

/// Proves that a copy of a private key is whole and opens.
pub(crate) fn check(args: &KeyCheck, world: &mut World) -> Result<Outcome, Failure> {
    let public = match &args.public_key {
        Some(path) => {
            let text = read_secret(path, MAX_KEY_FILE)?;
            let found = find_public_key(text.expose())
                .map_err(|error| or_other_than_key(error.into(), text.expose()).about(path))?;
            Some((found.key, path))
        }
        None => None,
    };
    let (key, encoding) = found_private_key(world, &args.file, args.passphrase.source())?;
    let own = key.public_key();
    if let Some((public, path)) = &public
        && fingerprint(public) != fingerprint(&own)
    {
        return Err(Failure::new(
            Keys::OtherPublicKey,
            format!(
                "the private key belongs to another public key than `{}`: {} here, {} there",
                path.display(),
                fingerprint(&own),
                fingerprint(public)
            ),
        )
        .about(&args.file));
    }
    prove_key(&mut world.rng(), &key, &own)
        .map_err(|error| Failure::from(error).about(&args.file))?;

    let terminal = &world.terminal;
    let phrase = short_phrase(write_public_key(&own).as_bytes());
    terminal.show(format!("key           private, RSA-{}", own.bits()));
    terminal.show(format!("encoding      {encoding}"));
    terminal.show(format!("fingerprint   {}", fingerprint(&own)));
    terminal.show(format!("short phrase  {phrase}"));
    terminal.verdict(match public {
        Some(_) => {
            "this copy is whole: it opens, it is the key of that public key, and it opens what is encrypted to it"
        }
        None => "this copy is whole: it opens, and it opens what is encrypted to its public key",
    });
    Ok(Outcome::done(outcome::KeyChecked {
        bits: own.bits(),
        encoding,
        fingerprint: fingerprint(&own),
        short_phrase: phrase,
        is_of_public_key: public.is_some(),
    }))
}

/// Shows what identifies a key.
pub(crate) fn show(args: &KeyShow, world: &mut World) -> Result<Outcome, Failure> {
    let image = args.qr_out.as_deref().map(NewFile::create).transpose()?;
    let text = read_secret(&args.file, MAX_KEY_FILE)?;
    let (kind, key, pem, encoding) = match find_public_key(text.expose()) {
        Ok(found) => {
            // The phrase covers the text that the console was given. Another encoding is not what it got.
            let pem = if found.is_plain_pem {
                text.expose().to_vec()
            } else {
                write_public_key(&found.key).into_bytes()
            };
            ("public", found.key, pem, found.encoding)
        }
        Err(KeyError::PrivateGiven) => {
            world.hardening.warn_if_online(&world.terminal);
            let (key, encoding) = found_private_key(world, &args.file, args.passphrase.source())?;
            let key = key.public_key();
            let pem = write_public_key(&key).into_bytes();
            ("private", key, pem, encoding)
        }
        Err(error) => {
            return Err(or_other_than_key(error.into(), text.expose()).about(&args.file));
        }
    };
    let (lf, crlf) = (with_line_ends(&pem, b"\n"), with_line_ends(&pem, b"\r\n"));
    let mut fields = outcome::KeyShow {
        kind,
        bits: key.bits(),
        encoding: encoding.to_string(),
        fingerprint: fingerprint(&key),
        short_phrase: short_phrase(&lf),
        short_phrase_crlf: short_phrase(&crlf),
        short_phrase_of_file: (kind == "public").then(|| short_phrase(text.expose())),
        public_key_pem: write_public_key(&key),
        files: Results::of([]),
    };
    let terminal = &world.terminal;
    terminal.show(format!("key                  {kind}, RSA-{}", key.bits()));
    terminal.show(format!("encoding             {encoding}"));
    terminal.show(format!("fingerprint          {}", fingerprint(&key)));
    terminal.show(format!("short phrase (LF)    {}", short_phrase(&lf)));
    terminal.show(format!("short phrase (CRLF)  {}", short_phrase(&crlf)));
    if kind == "public" && pem != lf && pem != crlf {
        terminal.show(format!("short phrase (file)  {}", short_phrase(&pem)));
    }
    let written = qr_code(args, &key, image, world);
    if let Ok(written) = &written {
        fields.files = Results::of(written);
    }
    let outcome = Outcome::done(fields);
    Ok(match written {
        Ok(_) => outcome,
        Err(failure) => outcome.but(failure),
    })
}

/// Shows the QR code that is asked for, or writes it as an image: the files written.
fn qr_code(
    args: &KeyShow,
    key: &RecoveryPublicKey,
    image: Option<NewFile>,
    world: &World,
) -> Result<Vec<ResultFile>, Failure> {
    let of = match (args.qr, &image) {
        (None, None) => return Ok(Vec::new()),
        (of, _) => of.unwrap_or(QrOf::Key),
    };
    let text = match of {
        QrOf::Key => write_public_key(key),
        QrOf::Fingerprint => fingerprint(key),
    };
    let code = Qr::of(&text).expect("a key of at most 8192 bits fits");
    let Some(image) = image else {
        let shown = world.terminal.show_qr(&code);
        return shown.map(|()| Vec::new()).map_err(|why| unfit(&why, of));
    };
    let file = image.finish_with(code.to_svg().as_bytes())?;
    world
        .terminal
        .say(format!("wrote the QR code to `{}`", file.display()));
    Ok(vec![file])
}

fn unfit(why: &QrUnfit, of: QrOf) -> Failure {
    let image = "`--qr-out FILE.svg` writes it as an image";
    match why {
        QrUnfit::TooSmall { needs, has } => {
            let message = format!(
                "the QR code needs {} columns and {} rows, and this terminal has {} and {}",
                needs.0, needs.1, has.0, has.1
            );
            let failure = Failure::new(Keys::QrNotShown, message);
            let failure = match of {
                QrOf::Key => failure.hint("`--qr=fingerprint` is smaller, and enough to compare"),
                QrOf::Fingerprint => failure,
            };
            failure.hint(format!("a larger window or smaller letters; {image}"))
        }
        QrUnfit::NoBlocks => {
            let message = "this terminal shows no block characters, by `TERM` and the locale";
            Failure::new(Keys::QrNotShown, message).hint(format!(
                "{image}; in a UTF-8 locale (`LANG=C.UTF-8`) it is shown"
            ))
        }
    }
}

fn with_suffix(prefix: &Path, suffix: &str) -> PathBuf {
    let mut name = prefix.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The text with every line end replaced; whether the last line has one is left as it is.
fn with_line_ends(text: &[u8], end: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 64);
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        if index > 0 {
            out.extend_from_slice(end);
        }
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
    }
    out
}
