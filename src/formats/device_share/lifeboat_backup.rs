//! Device backups as they are written here: a locked file that names device, passphrase and keys (FORMATS.md §16).

use rand_core::CryptoRng;

use super::{
    device_id::{DeviceId, PassphraseId},
    share::{DeviceShare, WalletKey, check_ids},
};
use crate::crypto::secret::{Passphrase, SecretBytes};
use crate::formats::{
    encoding::json::{FieldError, FieldFault, Value},
    sealed::passphrase_file::{LockError, LockedFile, lock},
};

const KIND: &str = "device backup";

/// A device backup of ours, read but not opened.
pub struct LifeboatBackup {
    file: LockedFile,
    /// The device it belongs to.
    pub device_id: DeviceId,
    /// Which passphrase it is under.
    pub passphrase_id: PassphraseId,
    /// The keys inside, by name.
    pub keys: Vec<WalletKey>,
}

/// Why a backup of ours does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LifeboatBackupError {
    /// Passphrase or tampering.
    #[error("the device backup: {0}")]
    Lock(#[from] LockError),
    /// It opens, but holds something else than its header says.
    #[error("the device backup holds something else than its header says")]
    Contradiction,
    /// It opens, but what is inside is no device share.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl LifeboatBackup {
    /// Reads a backup of ours.
    ///
    /// # Errors
    /// [`FieldError`] with the field.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        let file = LockedFile::parse(bytes, KIND)?;
        let (device_id, passphrase_id, keys) = parse_header(&file.header())?;
        Ok(Self {
            file,
            device_id,
            passphrase_id,
            keys,
        })
    }

    /// Opens it and holds what is inside against the header.
    ///
    /// # Errors
    /// [`LifeboatBackupError`].
    pub fn open(&self, passphrase: &Passphrase) -> Result<DeviceShare, LifeboatBackupError> {
        let share = DeviceShare::parse(self.file.unlock(passphrase)?.expose())?;
        let same = share.device_id == self.device_id
            && share.keys.iter().map(|key| &key.key).eq(&self.keys);
        if same {
            Ok(share)
        } else {
            Err(LifeboatBackupError::Contradiction)
        }
    }
}

/// Writes a backup of ours.
///
/// # Errors
/// [`LockError::Memory`].
pub fn write_lifeboat_backup<R: CryptoRng>(
    share: &DeviceShare,
    passphrase: &Passphrase,
    passphrase_id: &PassphraseId,
    rng: &mut R,
) -> Result<String, LockError> {
    let keys: Vec<String> = share
        .keys
        .iter()
        .map(|key| format!("{{{}}}", key.key.to_members()))
        .collect();
    let members = format!(
        r#""deviceId":"{}","passphraseId":{},"keys":[{}]"#,
        share.device_id,
        passphrase_id.to_json(),
        keys.join(",")
    );
    let plain = SecretBytes::new(share.to_json().expose().as_bytes().to_vec());
    lock(KIND, &members, &plain, passphrase, rng)
}

fn parse_header(
    header: &Value<'_>,
) -> Result<(DeviceId, PassphraseId, Vec<WalletKey>), FieldError> {
    let list = header.get("keys")?;
    let keys = list
        .elements()?
        .map(|node| WalletKey::parse(&node))
        .collect::<Result<Vec<_>, _>>()?;
    check_ids(&list, keys.iter().map(|key| key.id))?;
    if keys.len() > MAX_KEYS {
        return Err(list.fault(FieldFault::Value(format!("more than {MAX_KEYS} keys"))));
    }
    Ok((
        DeviceId::of(&header.get("deviceId")?)?,
        PassphraseId::of(&header.get("passphraseId")?)?,
        keys,
    ))
}

const MAX_KEYS: usize = 1024;
