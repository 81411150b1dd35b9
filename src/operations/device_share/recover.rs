//! Opens a device backup, theirs or ours: Key Share #2 (FORMATS.md §15, §16).

use crate::formats::encoding::byte_order_mark::without_mark;
use crate::{
    crypto::secret::Passphrase,
    formats::{
        device_share::{
            device_id::{DeviceId, PassphraseId},
            lifeboat_backup::{LifeboatBackup, LifeboatBackupError},
            sdk_backup::{DeviceBackup, SdkBackupError},
            share::{DeviceShare, WalletKey},
        },
        encoding::{json::FieldError, readable::Readable},
        sealed::passphrase_file::{LockError, LockedFile},
        wallets::algorithm::Algorithm,
    },
};

/// A device backup of either form, still encrypted.
pub enum Backup {
    /// Made by a wallet SDK.
    Sdk(DeviceBackup),
    /// Made here.
    Lifeboat(LifeboatBackup),
}

/// Why a backup does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// A backup of the field.
    #[error("the device backup: {0}")]
    Sdk(#[from] SdkBackupError),
    /// A backup of ours.
    #[error(transparent)]
    Lifeboat(#[from] LifeboatBackupError),
    /// It says whose it is, and that is another device.
    #[error("the device backup belongs to device `{found}`, not to `{given}`")]
    OtherDevice {
        /// The device it belongs to.
        found: DeviceId,
        /// The device that was named.
        given: DeviceId,
    },
    /// No key of the algorithms asked for.
    #[error("the device backup holds no key of {0}")]
    NoSuchKey(&'static str),
}

/// An opened backup.
pub struct Recovered {
    /// Key Share #2, with the device id in the spelling that opened it.
    pub share: DeviceShare,
    /// Whether it was the passphrase without the white space around it that opened it.
    pub trimmed: bool,
}

/// Reads a backup of either form.
///
/// # Errors
/// [`FieldError`] with the field.
pub fn read_backup(bytes: &[u8]) -> Result<Backup, FieldError> {
    if LockedFile::looks_like(bytes) {
        LifeboatBackup::parse(bytes).map(Backup::Lifeboat)
    } else {
        DeviceBackup::parse(bytes).map(Backup::Sdk)
    }
}

/// Reads every backup of a file: one of ours, or those that messages and logs carry.
///
/// # Errors
/// [`FieldError`] with the field; there is one backup at least.
pub fn read_backups(bytes: &[u8]) -> Result<Vec<Backup>, FieldError> {
    let readable = Readable::of(bytes);
    let bytes = without_mark(readable.bytes());
    if LockedFile::looks_like(bytes) {
        return read_backup(bytes).map(|backup| vec![backup]);
    }
    let backups = DeviceBackup::parse_all(bytes)?;

    Ok(backups.into_iter().map(Backup::Sdk).collect())
}

impl Backup {
    /// Which passphrase it is under.
    #[must_use]
    pub fn passphrase_id(&self) -> &PassphraseId {
        match self {
            Self::Sdk(backup) => &backup.passphrase_id,
            Self::Lifeboat(backup) => &backup.passphrase_id,
        }
    }

    /// The device it belongs to, where it says so itself or the message around it does.
    #[must_use]
    pub fn device_id(&self) -> Option<&DeviceId> {
        match self {
            Self::Sdk(backup) => backup.device_id.as_ref(),
            Self::Lifeboat(backup) => Some(&backup.device_id),
        }
    }

    /// The wallet, where the message around it names one.
    #[must_use]
    pub fn wallet_id(&self) -> Option<&str> {
        match self {
            Self::Sdk(backup) => backup.wallet_id.as_deref(),
            Self::Lifeboat(_) => None,
        }
    }

    /// The keys inside, by name.
    #[must_use]
    pub fn keys(&self) -> Vec<&WalletKey> {
        match self {
            Self::Sdk(backup) => backup.keys().collect(),
            Self::Lifeboat(backup) => backup.keys.iter().collect(),
        }
    }

    /// Whether what opens is proved to be what was written.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        match self {
            Self::Sdk(backup) => backup.is_authenticated(),
            Self::Lifeboat(_) => true,
        }
    }

    /// Passes over the keys of other algorithms, where each key is encrypted on its own: they need not open.
    pub fn narrow(&mut self, wanted: &[Algorithm]) {
        if let Self::Sdk(backup) = self {
            backup.retain(|key| is_wanted(key, wanted));
        }
    }

    fn open(
        &self,
        passphrase: &Passphrase,
        device_id: &DeviceId,
    ) -> Result<DeviceShare, RecoverError> {
        match self {
            Self::Sdk(backup) => Ok(backup.open(passphrase, device_id)?),
            Self::Lifeboat(backup) if !backup.device_id.is_same_device(device_id) => {
                Err(RecoverError::OtherDevice {
                    found: backup.device_id.clone(),
                    given: device_id.clone(),
                })
            }
            Self::Lifeboat(backup) => Ok(backup.open(passphrase)?),
        }
    }

    /// The device id as it was given, and then in other spellings: its text is the salt of a backup of the field.
    fn spellings(&self, given: &DeviceId) -> Vec<DeviceId> {
        match self {
            Self::Lifeboat(_) => vec![given.clone()],
            Self::Sdk(backup) => {
                let mut spellings = given.spellings();
                let named = backup
                    .device_id
                    .iter()
                    .filter(|named| named.is_same_device(given) && !spellings.contains(named))
                    .cloned()
                    .collect::<Vec<_>>();
                spellings.extend(named);
                spellings
            }
        }
    }
}

/// Opens a backup with passphrase and device id as they are given. Failing that, with the passphrase without the white
/// space around it, which the SDK trims when it backs up; and each with the device id in its other spellings.
///
/// # Errors
/// [`RecoverError`] of passphrase and device id as given.
pub fn recover(
    backup: &Backup,
    passphrase: &Passphrase,
    device_id: &DeviceId,
) -> Result<Recovered, RecoverError> {
    let as_given = match backup.open(passphrase, device_id) {
        Ok(share) => {
            return Ok(Recovered {
                share,
                trimmed: false,
            });
        }
        Err(error) => error,
    };
    if !is_about_passphrase(&as_given) {
        return Err(as_given);
    }

    let trimmed = passphrase.trimmed();
    for device_id in backup.spellings(device_id) {
        for (passphrase, trimmed) in [(Some(passphrase), false), (trimmed.as_ref(), true)] {
            let share = passphrase.and_then(|passphrase| backup.open(passphrase, &device_id).ok());
            if let Some(share) = share {
                return Ok(Recovered { share, trimmed });
            }
        }
    }
    Err(as_given)
}

/// Leaves only the keys of these algorithms.
///
/// # Errors
/// [`RecoverError::NoSuchKey`] when there are none.
pub fn pick(share: &mut DeviceShare, wanted: &[Algorithm]) -> Result<(), RecoverError> {
    share.keys.retain(|key| is_wanted(&key.key, wanted));
    let missing = wanted.first().filter(|_| share.keys.is_empty());
    missing.map_or(Ok(()), |algorithm| {
        Err(RecoverError::NoSuchKey(algorithm.name()))
    })
}

/// Whether a key signs on the curve of one of these algorithms: the two names of a curve mean the same algorithm.
fn is_wanted(key: &WalletKey, wanted: &[Algorithm]) -> bool {
    wanted
        .iter()
        .any(|wanted| wanted.curve() == key.algorithm.curve())
}

fn is_about_passphrase(error: &RecoverError) -> bool {
    matches!(
        error,
        RecoverError::Sdk(_)
            | RecoverError::Lifeboat(LifeboatBackupError::Lock(LockError::Passphrase))
    )
}
