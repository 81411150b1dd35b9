//! `share`: Key Share #2 out of a device backup, and into one.

use std::{io::Write, path::Path};

use lifeboat::{
    formats::{
        device_share::{DeviceShare, MAX_DEVICE_FILE, WalletKey},
        json::parse_uuid,
    },
    operations::{
        backup::{BackupForm, back_up},
        passphrase::generate_passphrase,
        recover::{pick, read_backup, recover},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    args_takeover::{ShareBackup, SharePassphrase, ShareRecover},
    failure::{Failure, Outcome},
    files::{Destination, STANDARD, read_secret},
    passphrases::new_passphrase,
    resolver::resolve,
    terminal::plural,
    world::World,
};

/// Opens a device backup and writes the device share.
pub(crate) fn recover_share(args: &ShareRecover, world: &mut World) -> Result<Outcome, Failure> {
    let device_id = uuid_of("--device-id", &args.device_id)?;
    let bytes = read_secret(&args.backup, MAX_DEVICE_FILE)?;
    let mut backup =
        read_backup(bytes.expose()).map_err(|error| Failure::from(error).about(&args.backup))?;
    if let Some(algorithm) = args.algorithm {
        backup.narrow(algorithm.list());
    }
    let mut out = Destination::open(&args.out, args.reveal, world)?;
    let passphrase = resolve(&args.passphrase, backup.passphrase_id(), world)?;
    let opened = recover(&backup, &passphrase, device_id)
        .map_err(|error| Failure::from(error).about(&args.backup))?;
    let mut share = opened.share;
    if let Some(algorithm) = args.algorithm {
        pick(&mut share, algorithm.list())
            .map_err(|error| Failure::from(error).about(&args.backup))?;
    }
    if opened.trimmed {
        world
            .terminal
            .warn("it was the passphrase without the white space around it that opened the backup");
    }
    if !backup.is_authenticated() {
        world.terminal.say(
            "AES-CBC proves nothing about what it opens: the public-key check of `takeover` does",
        );
    }
    write(&mut out, share.to_json().expose().as_bytes(), &args.out)?;
    let written = out.finish()?;
    if let Some(path) = &written {
        world.terminal.say(format!(
            "recovered {} into `{}`",
            plural(share.keys.len() as u64, "key"),
            path.display()
        ));
    }
    Ok(Outcome::done(json!({
        "deviceId": device_id,
        "passphraseId": backup.passphrase_id(),
        "passphraseTrimmed": opened.trimmed,
        "authenticated": backup.is_authenticated(),
        "keys": share.keys.iter().map(|entry| named_key(&entry.key)).collect::<Vec<_>>(),
        "files": written.iter().collect::<Vec<_>>(),
    })))
}

/// Puts a device share under a passphrase.
pub(crate) fn back_up_share(args: &ShareBackup, world: &mut World) -> Result<Outcome, Failure> {
    let passphrase_id = uuid_of("--passphrase-id", &args.passphrase_id)?;
    let step = |world: &World, code, words| world.terminal.step(code, words, args.json_progress);
    step(world, "reading_share", "Reading share");
    let bytes = read_secret(&args.file, MAX_DEVICE_FILE)?;
    let mut out = Destination::open(&args.out, true, world)?;
    let question = format!("passphrase `{passphrase_id}` for the backup");
    let file = args.passphrase_file.as_deref();
    let passphrase = new_passphrase(
        world,
        "--passphrase-file",
        file,
        &question,
        args.allow_weak_passphrase,
    )?;
    step(world, "generating_share", "Generating share");
    let mut rng = world.rng();
    step(world, "parsing_share", "Parsing share");
    let share = DeviceShare::parse(bytes.expose())
        .map_err(|error| Failure::from(error).about(&args.file))?;
    step(world, "encrypting_share", "Encrypting share");
    let text = back_up(
        &share,
        &passphrase,
        passphrase_id,
        args.format.into(),
        &mut rng,
    )?;
    step(world, "storing_share", "Storing share");
    write(&mut out, text.as_bytes(), &args.out)?;
    let written = out.finish()?;
    if let Some(path) = &written {
        // What does not read back is no backup: it must not stand there as one.
        read_back(path, text.as_bytes()).inspect_err(|_| drop(std::fs::remove_file(path)))?;
    }
    step(world, "done", "Done");
    if BackupForm::from(args.format) == BackupForm::Field {
        world
            .terminal
            .warn("a backup of this form is as strong as its passphrase: keep one of `--format lifeboat` too");
    }
    Ok(Outcome::done(json!({
        "deviceId": share.device_id,
        "passphraseId": passphrase_id,
        "keys": share.keys.iter().map(|entry| named_key(&entry.key)).collect::<Vec<_>>(),
        "verified": true,
        "files": written.iter().collect::<Vec<_>>(),
    })))
}

/// Makes a passphrase and its id. A file holds the passphrase alone, fit for `--passphrase-file`.
pub(crate) fn new_passphrase_file(
    args: &SharePassphrase,
    world: &mut World,
) -> Result<Outcome, Failure> {
    let mut out = Destination::open(&args.out, args.reveal, world)?;
    let (passphrase, id) = generate_passphrase(&mut world.rng());
    if args.out == Path::new(STANDARD) {
        write(
            &mut out,
            format!("passphraseId {id}\npassphrase ").as_bytes(),
            &args.out,
        )?;
    }
    write(&mut out, passphrase.expose().as_bytes(), &args.out)?;
    write(&mut out, b"\n", &args.out)?;
    let written = out.finish()?;
    if let Some(path) = &written {
        world.terminal.show(format!("passphraseId {id}"));
        world
            .terminal
            .say(format!("wrote the passphrase to `{}`", path.display()));
    }
    Ok(Outcome::done(
        json!({ "passphraseId": id, "bits": 160, "files": written.iter().collect::<Vec<_>>() }),
    ))
}

/// A key by its name, for outcomes.
pub(crate) fn named_key(key: &WalletKey) -> Value {
    json!({
        "keyId": key.id,
        "algorithm": key.algorithm.name(),
        "publicKey": key.public_key.as_ref().map(|public| public.to_hex()),
    })
}

/// Writes to a destination; an error names the file.
pub(crate) fn write(out: &mut Destination, bytes: &[u8], path: &Path) -> Result<(), Failure> {
    out.write_all(bytes)
        .map_err(|error| Failure::io("write", path, &error))
}

fn uuid_of(flag: &str, text: &str) -> Result<Uuid, Failure> {
    parse_uuid(text).ok_or_else(|| {
        let failure = Failure::refused(
            "bad_uuid",
            format!("`{flag}` is not a UUID in lower case with dashes"),
        );
        match Uuid::try_parse(text) {
            Ok(id) => failure.hint(format!("the spelling counts; write it as `{id}`")),
            Err(_) => failure.hint("such an id looks like `0b9d8c1e-52f7-4a36-9e64-7f1d2c3b4a59`"),
        }
    })
}

fn read_back(path: &Path, expected: &[u8]) -> Result<(), Failure> {
    if read_secret(path, MAX_DEVICE_FILE * 4)?.expose() == expected {
        return Ok(());
    }
    Err(Failure::not_verified(
        "read_back_differs",
        "the file does not read back as it was written",
    )
    .about(path)
    .hint("do not trust this disk: back up again on another one"))
}
