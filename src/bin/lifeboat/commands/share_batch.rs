//! `share recover FOLDER --devices CSV`: the backups of many devices, into a folder of device shares.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use lifeboat::{
    crypto::secret::Passphrase,
    formats::{
        device_share::{
            device_id::PassphraseId,
            device_list::{DeviceListError, ListedDevice, MAX_DEVICE_LIST, read_device_list},
            share::MAX_DEVICE_FILE,
        },
        known_file::KnownFile,
        printable,
    },
    operations::{
        Progress,
        device_share::{
            recover::read_backups,
            recover_batch::{Folder, Found},
        },
    },
};

use crate::{
    args::takeover::ShareRecover,
    context::World,
    errors::{catalogue::Devices, failure::Failure, wrong_file::read_as},
    inputs::device_backups::{narrowed, no_backup, open_newest},
    inputs::file::{read, read_secret, read_shares},
    outcomes::{
        Outcome,
        device::{RecoveredDevice, SharesRecovered},
        parts::{FailedRecord, Results},
    },
    outputs::{new_folder::NewFolder, result_name::ResultFile},
    terminal::{Work, plural},
};

/// Opens the backup of every device of a list; what fails is named, and the others are written.
pub(crate) fn recover_shares(
    args: &ShareRecover,
    devices: &Path,
    world: &mut World,
) -> Result<Outcome, Failure> {
    let list = read_device_list(&read(devices, MAX_DEVICE_LIST)?)
        .map_err(|fault| Failure::from(fault).about(devices))?;
    let mut failed = Vec::new();
    let folder = read_folder(args, &mut failed, world)?;
    let mut out = NewFolder::create(&args.out)?;

    let mut batch = Batch {
        args,
        folder,
        passphrases: HashMap::new(),
        names: HashSet::new(),
    };
    let mut recovered = Vec::new();
    let bar = world.bar(Work::Recovering, list.len() as u64);
    for row in &list {
        match batch.recover(row, &mut out, world) {
            Ok(fields) => recovered.push(fields),
            Err(failure) => {
                bar.hide();
                failed.push(told(row, &failure, world));
            }
        }
        bar.advance(1);
    }
    drop((bar, batch));

    // Dropped without a name when nothing is in it.
    let written = if recovered.is_empty() {
        Vec::new()
    } else {
        out.finish()?
    };
    Ok(outcome(args, recovered, failed, &written, world))
}

/// Every backup of a folder. A file that holds none is named and stops nothing.
fn read_folder(
    args: &ShareRecover,
    failed: &mut Vec<FailedRecord>,
    world: &World,
) -> Result<Folder, Failure> {
    let path = &args.backup;
    let mut found = Vec::new();
    let mut refuse = |file: &str, failure: &Failure| {
        world.terminal.tell_failed(format!(
            "not used: `{}`: {}",
            printable(file),
            failure.message()
        ));
        failed.push(FailedRecord {
            file: Some(file.to_owned()),
            ..failure.of_record()
        });
    };

    let files = if path.is_dir() {
        read_shares(path, MAX_DEVICE_FILE)?
    } else {
        vec![(path.to_path_buf(), read_secret(path, MAX_DEVICE_FILE))]
    };
    for (file, bytes) in files {
        let within = file.strip_prefix(path).unwrap_or(&file);
        let within = if within.as_os_str().is_empty() {
            Path::new(file.file_name().unwrap_or_default())
        } else {
            within
        };
        let name = within.to_string_lossy().into_owned();
        let backups = bytes.and_then(|bytes| {
            read_backups(bytes.expose())
                .map_err(|error| read_as(error, bytes.expose(), KnownFile::DeviceBackup))
        });
        match backups {
            Ok(backups) => found.extend(narrowed(backups, args).into_iter().map(|backup| Found {
                file: name.clone(),
                backup,
            })),
            Err(failure) => refuse(&name, &failure),
        }
    }

    let folder = Folder::new(found);
    if folder.is_empty() {
        return Err(
            Failure::new(Devices::NoBackup, "no file in it holds a device backup").about(path),
        );
    }
    Ok(folder)
}

struct Batch<'a> {
    args: &'a ShareRecover,
    folder: Folder,
    passphrases: HashMap<PassphraseId, Passphrase>,
    /// The names of results so far.
    names: HashSet<String>,
}

impl Batch<'_> {
    fn recover(
        &mut self,
        row: &Result<ListedDevice, DeviceListError>,
        out: &mut NewFolder,
        world: &mut World,
    ) -> Result<RecoveredDevice, Failure> {
        let device = row.as_ref().map_err(|fault| Failure::from(fault.clone()))?;
        let name = device
            .wallet_id
            .map_or_else(|| device.device_id.to_string(), |wallet| wallet.to_string());
        if !self.names.insert(name.to_lowercase()) {
            return Err(Failure::new(
                Devices::BadDeviceList,
                format!("`{name}` is listed twice in the list"),
            )
            .hint("name each wallet once"));
        }

        // The newest comes first there, and last where they are opened.
        let found = self.folder.of(device);
        let files: Vec<String> = found.iter().map(|found| found.file.clone()).collect();
        let backups: Vec<_> = found.into_iter().rev().map(|found| &found.backup).collect();
        if backups.is_empty() {
            return Err(no_backup());
        }
        let opened = open_newest(
            backups,
            &device.device_id,
            self.args,
            &mut self.passphrases,
            world,
        )?;

        for word in opened.words(&device.device_id) {
            world.terminal.warn(format!("`{name}`: {word}"));
        }
        let file_name = format!("{name}.json");
        out.write(
            &file_name,
            opened.share.to_json().expose().as_bytes(),
            world,
        )?;
        Ok(RecoveredDevice {
            wallet_id: device.wallet_id.map(|wallet| wallet.to_string()),
            backup: files.get(opened.passed_over).cloned(),
            file: self.args.out.join(file_name).display().to_string(),
            opened: opened.fields(),
        })
    }
}

fn told(
    row: &Result<ListedDevice, DeviceListError>,
    failure: &Failure,
    world: &World,
) -> FailedRecord {
    let device = row.as_ref().ok();
    let name =
        device.map(|device| format!("line {}, device `{}`: ", device.line, device.device_id));
    world
        .terminal
        .tell_failed(format!("{}{}", name.unwrap_or_default(), failure.message()));

    let device_id = device.map(|device| device.device_id.to_string());
    let wallet_id = device.and_then(|device| device.wallet_id);
    let wallet_id = wallet_id.map(|wallet| wallet.to_string());
    FailedRecord {
        id: wallet_id.clone().or_else(|| device_id.clone()),
        line: device.map(|device| device.line),
        device_id,
        wallet_id,
        ..failure.of_record()
    }
}

fn outcome(
    args: &ShareRecover,
    recovered: Vec<RecoveredDevice>,
    failed: Vec<FailedRecord>,
    written: &[ResultFile],
    world: &World,
) -> Outcome {
    let (done, lost) = (recovered.len() as u64, failed.len() as u64);
    let files = match written {
        [] => Results::of([]),
        written => Results::in_folder(&args.out, written),
    };
    let outcome = Outcome::done(SharesRecovered {
        devices: recovered,
        failed,
        files,
    });
    if written.is_empty() {
        return outcome.but(Failure::new(
            Devices::NoneRecovered,
            "no backup of the list was recovered",
        ));
    }

    world.terminal.say(format!(
        "recovered {} into `{}`: `lifeboat takeover --device-shares` takes the folder",
        plural(done, "device share"),
        args.out.display()
    ));
    if lost == 0 {
        return outcome;
    }
    outcome.but(Failure::new(
        Devices::SomeNotRecovered,
        format!(
            "{lost} of {} devices and files were not recovered",
            done + lost
        ),
    ))
}
