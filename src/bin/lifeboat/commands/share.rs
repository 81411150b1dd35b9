//! `share`: Key Share #2 out of a device backup, and into one.

use std::{
    collections::{HashMap, hash_map::Entry},
    io::Write,
    path::Path,
};

use lifeboat::{
    crypto::secret::Passphrase,
    formats::{
        device_share::{
            device_id::{DeviceId, PassphraseId},
            share::{DeviceShare, MAX_DEVICE_FILE, WalletKey},
        },
        printable,
    },
    operations::device_share::{
        back_up::{BackupForm, back_up},
        new_passphrase::generate_passphrase,
        recover::{Backup, Recovered, pick, read_backups, recover},
    },
};
use serde_json::{Value, json};

use super::share_batch::recover_shares;
use crate::{
    args::takeover::{ShareBackup, SharePassphrase, ShareRecover},
    context::World,
    errors::{
        catalogue::{Devices, Doing, Files, read_as},
        failure::{Failure, Outcome},
    },
    inputs::{file::read_secret, passphrase::new_passphrase, passphrase_lookup::resolve},
    outputs::new_file::Destination,
    terminal::plural,
};

/// Opens a device backup and writes the device share.
pub(crate) fn recover_share(args: &ShareRecover, world: &mut World) -> Result<Outcome, Failure> {
    if let Some(devices) = &args.devices {
        return recover_shares(args, devices, world);
    }
    if args.backup.is_dir() {
        return Err(Failure::new(Files::Usage, "a folder of backups was given")
            .about(&args.backup)
            .hint("say which device each backup belongs to with `--devices CSV`, or name one file of the folder"));
    }

    let device_id = device_id(args.device_id.as_deref().unwrap_or_default())?;
    let bytes = read_secret(&args.backup, MAX_DEVICE_FILE)?;
    let about = |error| read_as(error, bytes.expose(), "a device backup").about(&args.backup);
    let backups = narrowed(read_backups(bytes.expose()).map_err(about)?, args);
    let mut out = Destination::open(&args.out, args.reveal, world)?;

    let mut passphrases = HashMap::new();
    let opened = open_newest(&backups, &device_id, args, &mut passphrases, world)
        .map_err(|failure| failure.about(&args.backup))?;
    for word in opened.words(&device_id) {
        world.terminal.warn(word);
    }
    if !opened.backup.is_authenticated() {
        world.terminal.say(
            "AES-CBC proves nothing about what it opens: the public-key check of `takeover` does",
        );
    }

    let share = &opened.share;
    write(&mut out, share.to_json().expose().as_bytes(), &args.out)?;
    let written = out.finish()?;
    if let Some(path) = &written {
        world.terminal.say(format!(
            "recovered {} into `{}`",
            plural(share.keys.len() as u64, "key"),
            path.display()
        ));
    }
    let files = json!({ "files": written.iter().collect::<Vec<_>>() });
    Ok(Outcome::done(opened.fields(files)))
}

/// Passes over the keys that `--algorithm` does not name.
pub(crate) fn narrowed(mut backups: Vec<Backup>, args: &ShareRecover) -> Vec<Backup> {
    if let Some(algorithm) = args.algorithm {
        backups
            .iter_mut()
            .for_each(|backup| backup.narrow(algorithm.list()));
    }
    backups
}

/// A backup that was opened.
pub(crate) struct OpenedBackup<'a> {
    pub(crate) backup: &'a Backup,
    pub(crate) share: DeviceShare,
    trimmed: bool,
    /// How many newer backups did not open.
    passed_over: usize,
}

impl OpenedBackup<'_> {
    /// What was not as it was given.
    pub(crate) fn words(&self, given: &DeviceId) -> Vec<String> {
        let mut words = Vec::new();
        if self.trimmed {
            words.push(
                "it was the passphrase without the white space around it that opened the backup"
                    .to_owned(),
            );
        }
        if self.share.device_id != *given {
            words.push(format!(
                "it was the device id spelt `{}` that opened the backup",
                self.share.device_id
            ));
        }
        if self.passed_over > 0 {
            words.push(format!(
                "{} behind it did not open and was passed over",
                plural(self.passed_over as u64, "newer backup")
            ));
        }
        words
    }

    /// What `--json` says of it, and the members of `more`.
    pub(crate) fn fields(&self, mut more: Value) -> Value {
        let own = json!({
            "deviceId": self.share.device_id.as_str(),
            "passphraseId": self.backup.passphrase_id().as_str(),
            "passphraseTrimmed": self.trimmed,
            "authenticated": self.backup.is_authenticated(),
            "keys": self.share.keys.iter().map(|entry| named_key(&entry.key)).collect::<Vec<_>>(),
        });
        if let (Some(more), Value::Object(own)) = (more.as_object_mut(), own) {
            more.extend(own);
        }
        more
    }
}

/// Opens the last of several backups that opens: in a log the newest stands last.
pub(crate) fn open_newest<'a>(
    backups: impl IntoIterator<Item = &'a Backup, IntoIter: DoubleEndedIterator>,
    device_id: &DeviceId,
    args: &ShareRecover,
    passphrases: &mut HashMap<PassphraseId, Passphrase>,
    world: &mut World,
) -> Result<OpenedBackup<'a>, Failure> {
    let mut first = None;

    for (passed_over, backup) in backups.into_iter().rev().enumerate() {
        match open_one(backup, device_id, args, passphrases, world) {
            Ok(opened) => {
                return Ok(OpenedBackup {
                    backup,
                    share: opened.share,
                    trimmed: opened.trimmed,
                    passed_over,
                });
            }
            Err(failure) => first = first.or(Some(failure)),
        }
    }
    Err(first.unwrap_or_else(no_backup))
}

/// There is nothing to open.
pub(crate) fn no_backup() -> Failure {
    Failure::new(
        Devices::NoBackup,
        "no backup of this device is in the folder",
    )
    .hint("say which it is in a column `file` or `passphraseId` of the list")
}

fn open_one(
    backup: &Backup,
    device_id: &DeviceId,
    args: &ShareRecover,
    passphrases: &mut HashMap<PassphraseId, Passphrase>,
    world: &mut World,
) -> Result<Recovered, Failure> {
    let passphrase = match passphrases.entry(backup.passphrase_id().clone()) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => {
            place.insert(resolve(&args.passphrase, backup.passphrase_id(), world)?)
        }
    };

    let mut opened = recover(backup, passphrase, device_id)?;
    if let Some(algorithm) = args.algorithm {
        pick(&mut opened.share, algorithm.list())?;
    }
    Ok(opened)
}

/// Puts a device share under a passphrase.
pub(crate) fn back_up_share(args: &ShareBackup, world: &mut World) -> Result<Outcome, Failure> {
    let passphrase_id = PassphraseId::parse(&args.passphrase_id).map_err(|fault| {
        Failure::new(
            Devices::BadPassphraseId,
            format!("`--passphrase-id`: {fault}"),
        )
        .hint("`lifeboat share generate-passphrase` makes one")
    })?;
    let step = |world: &World, code, words| world.terminal.step(code, words, args.json_progress);
    step(world, "reading_share", "Reading share");
    let bytes = read_secret(&args.file, MAX_DEVICE_FILE)?;
    let mut out = Destination::open(&args.out, true, world)?;
    let question = format!(
        "passphrase `{}` for the backup",
        printable(passphrase_id.as_str())
    );
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
        .map_err(|error| read_as(error, bytes.expose(), "a device share").about(&args.file))?;
    step(world, "encrypting_share", "Encrypting share");
    let text = back_up(
        &share,
        &passphrase,
        &passphrase_id,
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
        "deviceId": share.device_id.as_str(),
        "passphraseId": passphrase_id.as_str(),
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
    if args.out.is_standard() {
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
        world.terminal.show_result(format!("passphraseId {id}"));
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
        .map_err(|error| Failure::io(Doing::Write, path, &error))
}

fn device_id(text: &str) -> Result<DeviceId, Failure> {
    DeviceId::parse(text).ok_or_else(|| {
        Failure::new(Files::BadUuid, "`--device-id` is not a UUID").hint(
            "such an id looks like `0b9d8c1e-52f7-4a36-9e64-7f1d2c3b4a59`, in upper or lower case",
        )
    })
}

fn read_back(path: &Path, expected: &[u8]) -> Result<(), Failure> {
    if read_secret(path, MAX_DEVICE_FILE * 4)?.expose() == expected {
        return Ok(());
    }
    Err(Failure::new(
        Files::ReadBackDiffers,
        "the file does not read back as it was written",
    )
    .about(path))
}
