//! Backups of Key Share #2: every shape they come in, the one they are kept and given in, and whether one is complete.
//!
//! Nothing is opened here: what is inside is encrypted under a passphrase that never comes here.

use lifeboat::{
    crypto::secret::SecretText,
    formats::{
        device_share::{
            device_id::{DeviceId, PassphraseId},
            lifeboat_backup::LifeboatBackup,
            message::{Message, find_backups},
            sdk_backup::DeviceBackup,
        },
        encoding::json::{FieldError, Value},
        sealed::passphrase_file::LockedFile,
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
};
use sha2::{Digest, Sha256};

use super::named_key::NamedKey;

/// Most keys in one backup: a wallet has one or two.
pub const MAX_KEYS: usize = 64;

/// Most backups of one wallet, and most bytes of them, that users and backends may hand in: a wallet has a few, of some thousand bytes,
/// and a full disk would be everybody's.
pub const MOST_BACKUPS: i64 = 4096;
/// See [`MOST_BACKUPS`].
pub const MOST_BYTES: i64 = 16 << 20;

/// Whose software wrote a backup, and so who can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A wallet SDK's: JSON in the shape that `get_backup` answers with.
    Sdk,
    /// `lifeboat share backup`'s: a locked file of two lines, which no SDK reads.
    Lifeboat,
}

/// A backup that was read and can be kept. It has no `Debug`: the ciphertexts are one passphrase away from a share.
pub struct NewBackup {
    /// Whose software wrote it.
    pub form: Form,
    /// The device it belongs to, in the spelling that is the salt of its key.
    pub device: DeviceId,
    /// Which passphrase it is under.
    pub passphrase_id: PassphraseId,
    /// Its keys, by name.
    pub keys: Vec<NamedKey>,
    /// What is kept: the fetched shape on one line, or the locked file as it came.
    pub content: SecretText,
}

/// Where a backup came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A wallet SDK's `backup_keys`, answered here.
    Rpc,
    /// Our own route.
    Upload,
    /// Seen on its way to the live provider.
    Observed,
    /// Out of a file of harvested backups.
    Import,
}

/// Why a body is no backup of this device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// A field is missing or wrong.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// More than one in a place for one.
    #[error("{0} backups, expected one")]
    Several(usize),
    /// More keys than any wallet has.
    #[error("more than {MAX_KEYS} keys")]
    ManyKeys,
    /// It says that it belongs to another device.
    #[error("the backup belongs to another device")]
    OtherDevice,
    /// It says that it belongs to another wallet.
    #[error("the backup belongs to another wallet")]
    OtherWallet,
}

/// What a wallet's backup must hold, and what one lacks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completeness {
    /// The algorithms of keys that are not in the backup, or are with another public key.
    pub missing: Vec<Algorithm>,
}

impl Source {
    /// The word for it, as it is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rpc => "rpc",
            Self::Upload => "upload",
            Self::Observed => "observed",
            Self::Import => "import",
        }
    }
}

impl Form {
    /// The word for it, as it is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sdk => "sdk",
            Self::Lifeboat => "lifeboat",
        }
    }

    /// The form of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Sdk, Self::Lifeboat]
            .into_iter()
            .find(|form| form.word() == word)
    }
}

impl NewBackup {
    /// Reads a body with one backup: the record as it is sent or fetched, a message that carries one, or a device backup
    /// of lifeboat's.
    ///
    /// # Errors
    /// [`BackupError`]; also where the body names another device or wallet than the request.
    pub fn read(bytes: &[u8], wallet: &WalletId, device: &DeviceId) -> Result<Self, BackupError> {
        let backup = if LockedFile::looks_like(bytes) {
            Self::of_lifeboat(bytes)?
        } else {
            Self::of_messages(bytes, wallet, device)?
        };

        if !backup.device.is_same_device(device) {
            return Err(BackupError::OtherDevice);
        }
        Ok(backup)
    }

    /// Reads the record of an SDK, either as it is sent (`encryptedKeys`) or as it is fetched (flat).
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn of_record(record: &[u8], device: &DeviceId) -> Result<Self, BackupError> {
        let read = DeviceBackup::parse(record)?;
        let keys: Vec<NamedKey> = read.keys().map(NamedKey::from).collect();
        if keys.len() > MAX_KEYS {
            return Err(BackupError::ManyKeys);
        }

        Ok(Self {
            form: Form::Sdk,
            device: device.clone(),
            passphrase_id: read.passphrase_id,
            keys,
            content: fetched_shape(&Value::parse("device backup", record)?)?,
        })
    }

    fn of_messages(
        bytes: &[u8],
        wallet: &WalletId,
        device: &DeviceId,
    ) -> Result<Self, BackupError> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let found = find_backups(text)?;
        match found.as_slice() {
            // Not one: the reader of records says what is wrong with it.
            [] => Self::of_record(bytes, device),
            [message] => Self::of_message(message, wallet, device),
            several => Err(BackupError::Several(several.len())),
        }
    }

    fn of_message(
        message: &Message,
        wallet: &WalletId,
        device: &DeviceId,
    ) -> Result<Self, BackupError> {
        let named = message.wallet_id.as_deref();
        if named.is_some_and(|named| named != wallet.as_str()) {
            return Err(BackupError::OtherWallet);
        }

        let named = message.device_id.as_deref().and_then(DeviceId::parse);
        Self::of_record(message.json.as_bytes(), named.as_ref().unwrap_or(device))
    }

    fn of_lifeboat(bytes: &[u8]) -> Result<Self, BackupError> {
        let read = LifeboatBackup::parse(bytes)?;
        if read.keys.len() > MAX_KEYS {
            return Err(BackupError::ManyKeys);
        }
        let text = std::str::from_utf8(bytes).unwrap_or_default();

        Ok(Self {
            form: Form::Lifeboat,
            device: read.device_id,
            passphrase_id: read.passphrase_id,
            keys: read.keys.iter().map(NamedKey::from).collect(),
            content: SecretText::new(text.to_owned()),
        })
    }

    /// SHA-256 of what is kept. The same content has the same digest, in whichever shape it came.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.content.expose().as_bytes()).into()
    }
}

/// `{"passphraseId":…,"keys":[{keyId, algorithm, publicKey, encryptedKey, encryptionAlgorithm, iv}]}` on one line: what
/// an SDK reads. A key with several ciphertexts keeps them all in `encryptedKeys` behind the first.
fn fetched_shape(record: &Value<'_>) -> Result<SecretText, FieldError> {
    let list = record.get("keys")?;
    let mut out = String::with_capacity(record.raw().len() + 64);
    out.push_str("{\"passphraseId\":");
    push_member(&mut out, &record.get("passphraseId")?)?;
    out.push_str(",\"keys\":[");

    for (index, key) in list.elements()?.enumerate() {
        out.push_str(if index == 0 { "{" } else { ",{" });
        push_named(&mut out, &key, &["keyId", "algorithm", "publicKey"])?;

        let sent = key.find("encryptedKeys")?;
        let several = match &sent {
            Some(list) => list.elements()?.collect(),
            None => vec![key.clone()],
        };
        if let Some(first) = several.first() {
            push_named(&mut out, first, &CIPHERTEXT)?;
        }
        if several.len() > 1 {
            push_all(&mut out, &several)?;
        }
        close(&mut out);
    }
    out.push_str("]}");
    Ok(SecretText::new(out))
}

const CIPHERTEXT: [&str; 3] = ["encryptedKey", "encryptionAlgorithm", "iv"];

fn push_all(out: &mut String, ciphertexts: &[Value<'_>]) -> Result<(), FieldError> {
    out.push_str("\"encryptedKeys\":[");
    for (index, ciphertext) in ciphertexts.iter().enumerate() {
        out.push_str(if index == 0 { "{" } else { ",{" });
        push_named(out, ciphertext, &CIPHERTEXT)?;
        close(out);
    }
    out.push_str("],");
    Ok(())
}

/// The members that are there, each with a comma behind it.
fn push_named(out: &mut String, node: &Value<'_>, names: &[&str]) -> Result<(), FieldError> {
    for name in names {
        if let Some(value) = node.find(name)? {
            out.push_str(&format!("\"{name}\":"));
            push_member(out, &value)?;
            out.push(',');
        }
    }
    Ok(())
}

/// A text as every writer of JSON spells it, whatever escapes it came with: equal contents have equal digests.
fn push_member(out: &mut String, value: &Value<'_>) -> Result<(), FieldError> {
    let text = value.text()?;
    out.push_str(&serde_json::Value::from(text.expose()).to_string());
    Ok(())
}

fn close(out: &mut String) {
    if out.ends_with(',') {
        out.pop();
    }
    out.push('}');
}

impl Completeness {
    /// Holds a backup's keys against the key set that was registered; where none was, against the largest set that any
    /// backup of the wallet has shown.
    #[must_use]
    pub fn of(keys: &[NamedKey], registered: &[NamedKey], shown: &[Vec<NamedKey>]) -> Self {
        let largest = shown.iter().max_by_key(|set| set.len());
        let wanted = if registered.is_empty() {
            largest.map_or(&[] as &[NamedKey], Vec::as_slice)
        } else {
            registered
        };

        let missing = wanted
            .iter()
            .filter(|wanted| !keys.iter().any(|key| key.is_same_key(wanted)))
            .map(|wanted| wanted.algorithm);
        let mut missing: Vec<Algorithm> = missing.collect();
        missing.sort_unstable();
        missing.dedup();
        Self { missing }
    }

    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// The names of what is missing.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.missing
            .iter()
            .map(|algorithm| algorithm.name())
            .collect()
    }
}
