//! Opens a device backup, theirs or ours: Key Share #2 (FORMATS.md §15, §16).

use uuid::Uuid;

use crate::{
    crypto::secret::Passphrase,
    formats::{
        algorithm::Algorithm,
        device_backup::{BackupFault, DeviceBackup},
        device_share::{DeviceShare, WalletKey},
        json::FieldError,
        lifeboat_backup::{LifeboatBackup, LifeboatFault},
        locked_file::{LockFault, LockedFile},
    },
};

/// A device backup of either form, still encrypted.
pub enum Backup {
    /// Made by a wallet SDK.
    Field(DeviceBackup),
    /// Made here.
    Lifeboat(LifeboatBackup),
}

/// Why a backup does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// A backup of the field.
    #[error("the device backup: {0}")]
    Field(#[from] BackupFault),
    /// A backup of ours.
    #[error(transparent)]
    Lifeboat(#[from] LifeboatFault),
    /// It says whose it is, and that is another device.
    #[error("the device backup belongs to device `{found}`, not to `{given}`")]
    OtherDevice {
        /// The device it belongs to.
        found: Uuid,
        /// The device that was named.
        given: Uuid,
    },
    /// No key of the algorithms asked for.
    #[error("the device backup holds no key of {0}")]
    NoSuchKey(&'static str),
}

impl RecoverError {
    /// Stable identifier for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Field(fault) => fault.code(),
            Self::Lifeboat(fault) => fault.code(),
            Self::OtherDevice { .. } => "other_device",
            Self::NoSuchKey(_) => "no_such_key",
        }
    }
}

/// An opened backup.
pub struct Recovered {
    /// Key Share #2.
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
        DeviceBackup::parse(bytes).map(Backup::Field)
    }
}

impl Backup {
    /// Which passphrase it is under.
    #[must_use]
    pub fn passphrase_id(&self) -> Uuid {
        match self {
            Self::Field(backup) => backup.passphrase_id,
            Self::Lifeboat(backup) => backup.passphrase_id,
        }
    }

    /// The keys inside, by name.
    #[must_use]
    pub fn keys(&self) -> Vec<&WalletKey> {
        match self {
            Self::Field(backup) => backup.keys().collect(),
            Self::Lifeboat(backup) => backup.keys.iter().collect(),
        }
    }

    /// Whether what opens is proved to be what was written.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        match self {
            Self::Field(backup) => backup.is_authenticated(),
            Self::Lifeboat(_) => true,
        }
    }

    /// Passes over the keys of other algorithms, where each key is encrypted on its own: they need not open.
    pub fn narrow(&mut self, wanted: &[Algorithm]) {
        if let Self::Field(backup) = self {
            backup.retain(|key| wanted.contains(&key.algorithm));
        }
    }

    fn open(&self, passphrase: &Passphrase, device_id: Uuid) -> Result<DeviceShare, RecoverError> {
        match self {
            Self::Field(backup) => Ok(backup.open(passphrase, device_id)?),
            Self::Lifeboat(backup) if backup.device_id != device_id => {
                Err(RecoverError::OtherDevice {
                    found: backup.device_id,
                    given: device_id,
                })
            }
            Self::Lifeboat(backup) => Ok(backup.open(passphrase)?),
        }
    }
}

/// Opens a backup with the passphrase as given and, failing that, without the white space around it: the SDK trims
/// when it backs up.
///
/// # Errors
/// [`RecoverError`] of the passphrase as given.
pub fn recover(
    backup: &Backup,
    passphrase: &Passphrase,
    device_id: Uuid,
) -> Result<Recovered, RecoverError> {
    let error = match backup.open(passphrase, device_id) {
        Ok(share) => {
            return Ok(Recovered {
                share,
                trimmed: false,
            });
        }
        Err(error) => error,
    };
    let retry = passphrase.trimmed().filter(|_| is_about_passphrase(&error));
    let share = retry.and_then(|passphrase| backup.open(&passphrase, device_id).ok());
    share
        .map(|share| Recovered {
            share,
            trimmed: true,
        })
        .ok_or(error)
}

/// Leaves only the keys of these algorithms.
///
/// # Errors
/// [`RecoverError::NoSuchKey`] when there are none.
pub fn pick(share: &mut DeviceShare, wanted: &[Algorithm]) -> Result<(), RecoverError> {
    share.keys.retain(|key| wanted.contains(&key.key.algorithm));
    let missing = wanted.first().filter(|_| share.keys.is_empty());
    missing.map_or(Ok(()), |algorithm| {
        Err(RecoverError::NoSuchKey(algorithm.name()))
    })
}

fn is_about_passphrase(error: &RecoverError) -> bool {
    matches!(
        error,
        RecoverError::Field(_) | RecoverError::Lifeboat(LifeboatFault::Lock(LockFault::Passphrase))
    )
}
