//! `keygen` and `key show`.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use lifeboat::{
    crypto::rsa::RecoveryPublicKey,
    formats::recovery_key::file::{
        KeyError, MAX_KEY_FILE, find_public_key, fingerprint, short_phrase, write_public_key,
    },
    operations::generate_key::generate,
};

use crate::{
    args::keys::{KeyShow, Keygen, QrOf},
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
    outputs::{new_file::NewFile, result_name::ResultFile},
    terminal::{Qr, QrUnfit},
};

/// Makes a recovery key pair.
pub(crate) fn keygen(args: &Keygen, world: &mut World) -> Result<Outcome, Failure> {
    let private = NewFile::create(&with_suffix(&args.out, "-private.pem"))?;
    let public_name = with_suffix(&args.out, "-public.pem");
    let public = NewFile::create(&public_name)?;
    let passphrase = if args.unencrypted {
        world
            .terminal
            .warn("the private key will not be encrypted: whoever reads the file opens every kit made for it");
        None
    } else {
        Some(new_passphrase(
            world,
            args.passphrase.source(),
            "passphrase for the new key",
            args.allow_weak_passphrase,
        )?)
    };
    world
        .terminal
        .say("making an RSA-4096 key pair and proving it");
    let pair = generate(&mut world.rng(), passphrase.as_ref())?;
    let private = private.finish_with(pair.private_pem.expose().as_bytes())?;
    let public = match public.finish_with(pair.public_pem.as_bytes()) {
        Ok(public) => public,
        Err(failure) => {
            // A private key without its public key is no result. But never the other way round: a public key that
            // is there, and could be registered, keeps its private key.
            let gone = public_name
                .symlink_metadata()
                .is_err_and(|error| error.kind() == ErrorKind::NotFound);
            if gone || failure.is(Files::OutputExists) {
                let _ = std::fs::remove_file(&private);
            }
            return Err(failure);
        }
    };
    let terminal = &world.terminal;
    terminal.note(format!("private key   {}", private.display()));
    terminal.note(format!("public key    {}", public.display()));
    terminal.note(format!("fingerprint   {}", pair.fingerprint));
    terminal.note(format!("short phrase  {}", pair.short_phrase));
    terminal.say("a recovery key: upload the public key as it is; the console shows the short phrase for approval");
    terminal.say(
        "a key for the endpoint: carry the public key to the offline machine, and upload nothing",
    );
    terminal.say("keep the private key and its passphrase apart, each in two places, and try them every quarter");
    Ok(Outcome::done(outcome::Keygen {
        fingerprint: pair.fingerprint,
        short_phrase: pair.short_phrase,
        files: Results::of([&private, &public]),
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
