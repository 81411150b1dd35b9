//! Puts Key Share #2 under a passphrase, and opens the result again before it is handed over (FORMATS.md §15, §16).

use rand_core::CryptoRng;
use uuid::Uuid;

use super::recover::{RecoverError, read_backup, recover};
use crate::{
    crypto::secret::Passphrase,
    formats::{
        device_share::{
            device_id::PassphraseId, lifeboat_backup::write_lifeboat_backup,
            sdk_backup::write_device_backup, share::DeviceShare,
        },
        encoding::json::FieldError,
        sealed::passphrase_file::LockError,
    },
};

/// The two forms of a device backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupForm {
    /// Argon2id and AES-256-GCM: what to keep.
    Lifeboat,
    /// What the wallet SDK reads: as strong as its passphrase, no more.
    Sdk,
}

/// Why no backup was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// Nothing would protect the share.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// Wallet SDKs trim passphrases when they back up and not when they recover: such a one opens only by luck.
    #[error("the passphrase begins or ends with white space, which wallet SDKs drop")]
    PaddedPassphrase,
    /// Records of the field must carry the public key.
    #[error("key `{0}` of the device share has no public key, which backups of this form carry")]
    NoPublicKey(Uuid),
    /// The derivation.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The backup did not read back.
    #[error("the backup did not pass its own proof: {0}")]
    Unread(FieldError),
    /// The backup did not open again.
    #[error("the backup did not pass its own proof: {0}")]
    Unopened(RecoverError),
    /// The backup opened to something else.
    #[error("the backup did not pass its own proof: it opens to another share")]
    Differs,
}

/// The text of a backup that has been opened again and compared.
///
/// # Errors
/// [`BackupError`].
pub fn back_up<R: CryptoRng>(
    share: &DeviceShare,
    passphrase: &Passphrase,
    passphrase_id: &PassphraseId,
    form: BackupForm,
    rng: &mut R,
) -> Result<String, BackupError> {
    check_passphrase(passphrase)?;
    let text = match form {
        BackupForm::Lifeboat => write_lifeboat_backup(share, passphrase, passphrase_id, rng)?,
        BackupForm::Sdk => {
            if let Some(entry) = share
                .keys
                .iter()
                .find(|entry| entry.key.public_key.is_none())
            {
                return Err(BackupError::NoPublicKey(entry.key.id));
            }
            write_device_backup(share, passphrase, passphrase_id, rng)
        }
    };
    let backup = read_backup(text.as_bytes()).map_err(BackupError::Unread)?;
    let opened = recover(&backup, passphrase, &share.device_id).map_err(BackupError::Unopened)?;
    if opened.share.same_as(share) {
        Ok(text)
    } else {
        Err(BackupError::Differs)
    }
}

fn check_passphrase(passphrase: &Passphrase) -> Result<(), BackupError> {
    if passphrase.expose().is_empty() {
        Err(BackupError::EmptyPassphrase)
    } else if passphrase.trimmed().is_some() {
        Err(BackupError::PaddedPassphrase)
    } else {
        Ok(())
    }
}
