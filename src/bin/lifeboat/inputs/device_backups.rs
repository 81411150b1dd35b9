//! Device backups, opened: the newest of each device that opens.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use lifeboat::{
    crypto::secret::Passphrase,
    formats::device_share::{
        device_id::{DeviceId, PassphraseId},
        share::{DeviceKey, DeviceShare},
    },
    operations::device_share::recover::{Backup, Recovered, pick, recover},
};
use uuid::Uuid;

use crate::{
    args::takeover::ShareRecover,
    context::World,
    errors::{catalogue::Devices, failure::Failure},
    inputs::passphrase_lookup::resolve,
    outcomes::{device::RecoveredBackup, parts::NamedKey},
    terminal::plural,
};

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
    pub(crate) passed_over: usize,
    /// Keys that only older backups of the device have.
    older_keys: Vec<Uuid>,
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
                "{} behind it did not open and was skipped",
                plural(self.passed_over as u64, "newer backup")
            ));
        }
        if let Some(key) = self.older_keys.first() {
            words.push(format!(
                "an older backup of the device has {} that this one has not, such as `{key}`: open that backup by itself too",
                plural(self.older_keys.len() as u64, "key")
            ));
        }
        words
    }

    /// What `--json` says of it.
    pub(crate) fn fields(&self) -> RecoveredBackup {
        RecoveredBackup {
            device_id: self.share.device_id.to_string(),
            passphrase_id: self.backup.passphrase_id().as_str().to_owned(),
            passphrase_trimmed: self.trimmed,
            keys_only_in_older: self.older_keys.iter().map(Uuid::to_string).collect(),
            authenticated: self.backup.is_authenticated(),
            keys: named_keys(&self.share),
        }
    }
}

/// Opens the last of several backups that opens: in a log the newest is last.
pub(crate) fn open_newest<'a>(
    backups: impl IntoIterator<Item = &'a Backup, IntoIter: DoubleEndedIterator>,
    device_id: &DeviceId,
    args: &ShareRecover,
    passphrases: &mut HashMap<PassphraseId, Passphrase>,
    world: &mut World,
) -> Result<OpenedBackup<'a>, Failure> {
    let mut first = None;

    let all: Vec<&Backup> = backups.into_iter().rev().collect();
    for (passed_over, backup) in all.iter().copied().enumerate() {
        match open_one(backup, device_id, args, passphrases, world) {
            Ok(opened) => {
                // What an algorithm was chosen for lacks keys on purpose.
                let older_keys = if args.algorithm.is_some() {
                    Vec::new()
                } else {
                    keys_of_others(&all, passed_over, backup, &opened.share)
                };
                return Ok(OpenedBackup {
                    backup,
                    share: opened.share,
                    trimmed: opened.trimmed,
                    passed_over,
                    older_keys,
                });
            }
            Err(failure) => first = first.or(Some(failure)),
        }
    }
    Err(first.unwrap_or_else(no_backup))
}

/// Keys that older backups of the same device have, and the opened one has not.
fn keys_of_others(
    newest_first: &[&Backup],
    passed_over: usize,
    opened: &Backup,
    share: &DeviceShare,
) -> Vec<Uuid> {
    let own: HashSet<Uuid> = share.keys.iter().map(|entry| entry.key.id).collect();
    let older = newest_first.iter().skip(passed_over + 1);
    let mut keys: Vec<Uuid> = older
        .filter(|older| older.device_id().is_none() || older.device_id() == opened.device_id())
        .flat_map(|older| older.keys())
        .map(|key| key.id)
        .filter(|id| !own.contains(id))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
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

/// The keys by their names, for outcomes.
pub(crate) fn named_keys(share: &DeviceShare) -> Vec<NamedKey> {
    let named = |entry: &DeviceKey| NamedKey {
        key_id: entry.key.id.to_string(),
        algorithm: entry.key.algorithm.name(),
        public_key: entry.key.public_key.as_ref().map(|public| public.to_hex()),
    };
    share.keys.iter().map(named).collect()
}
