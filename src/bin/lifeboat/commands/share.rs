//! `share`: Key Share #2 out of a device backup, and into one.

use std::{collections::HashMap, path::Path};

use lifeboat::{
    formats::{
        device_share::{
            device_id::{DeviceId, PassphraseId},
            share::{DeviceShare, MAX_DEVICE_FILE},
        },
        known_file::KnownFile,
        printable,
    },
    operations::device_share::{
        back_up::{BackupForm, back_up},
        new_passphrase::generate_passphrase,
        recover::read_backups,
    },
};

use super::share_batch::recover_shares;
use crate::{
    args::takeover::{ShareBackup, SharePassphrase, ShareRecover},
    context::World,
    errors::{
        catalogue::{Devices, Files},
        failure::Failure,
        wrong_file::read_as,
    },
    inputs::{
        device_backups::{named_keys, narrowed, open_newest},
        file::read_secret,
        passphrase::{asked_again, new_passphrase},
    },
    outcomes::{Outcome, device, parts::Results},
    outputs::new_file::{Destination, write},
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
    let about = |error| read_as(error, bytes.expose(), KnownFile::DeviceBackup).about(&args.backup);
    let backups = narrowed(read_backups(bytes.expose()).map_err(about)?, args);
    let mut out = Destination::open(&args.out, args.reveal, world)?;

    let is_asked = args.passphrase.is_asked();
    let opened = asked_again(world, is_asked, World::is_wrong_passphrase, |world| {
        open_newest(&backups, &device_id, args, &mut HashMap::new(), world)
            .map_err(|failure| failure.about(&args.backup))
    })?;
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
    Ok(Outcome::done(device::ShareRecovered {
        backup: opened.fields(),
        files: Results::of(&written),
    }))
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
    step(world, "reading_share", "Reading the share");
    let bytes = read_secret(&args.file, MAX_DEVICE_FILE)?;
    let mut out = Destination::open(&args.out, true, world)?;
    let question = format!(
        "passphrase `{}` for the backup",
        printable(passphrase_id.as_str())
    );
    let passphrase = new_passphrase(
        world,
        args.passphrase.source(),
        &question,
        args.allow_weak_passphrase,
    )?;
    let share = DeviceShare::parse(bytes.expose()).map_err(|error| {
        read_as(error, bytes.expose(), KnownFile::DeviceShare).about(&args.file)
    })?;
    step(world, "encrypting_share", "Encrypting the share");
    let mut rng = world.rng();
    let text = back_up(
        &share,
        &passphrase,
        &passphrase_id,
        args.format.into(),
        &mut rng,
    )?;
    step(world, "writing_backup", "Writing the backup");
    write(&mut out, text.as_bytes(), &args.out)?;
    let written = out.finish()?;
    if let Some(path) = &written {
        step(world, "checking_backup", "Reading the backup back");
        // What does not read back is no backup: it must not be there as one.
        read_back(path, text.as_bytes()).inspect_err(|_| drop(std::fs::remove_file(path)))?;
    }
    step(world, "done", "Done");
    if BackupForm::from(args.format) == BackupForm::Sdk {
        world
            .terminal
            .warn("a backup of this form is as strong as its passphrase: keep one of `--format lifeboat` too");
    }
    Ok(Outcome::done(device::ShareBackedUp {
        device_id: share.device_id.to_string(),
        passphrase_id: passphrase_id.as_str().to_owned(),
        keys: named_keys(&share),
        verified: true,
        files: Results::of(&written),
    }))
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
    Ok(Outcome::done(device::PassphraseMade {
        passphrase_id: id.to_string(),
        bits: 160,
        files: Results::of(&written),
    }))
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
