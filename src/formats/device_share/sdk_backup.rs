//! Device backups of the field: Key Share #2 encrypted under a passphrase by a wallet SDK (FORMATS.md §15).
//!
//! The derivation is weak by today's measure and CBC proves nothing: what opens is believed after it reads as a share,
//! and known to be right after the public-key check of a takeover.

use rand_core::CryptoRng;
use uuid::Uuid;

use super::{
    device_id::{DeviceId, PassphraseId},
    message::find_backups,
    share::{DeviceKey, DeviceShare, ShareContent, WalletKey, check_ids},
};
use crate::crypto::{
    aes::{legacy_aes256_cbc_open, legacy_aes256_cbc_seal},
    gcm::gcm_open_prefixed,
    kdf::pbkdf2_sha1,
    secret::{Passphrase, Secret, SecretBytes},
};
use crate::formats::encoding::{
    json::{FieldError, FieldFault, Text, Value},
    shown::shown_name,
};

const ROUNDS: u32 = 10_000;

/// A backup as it is sent or fetched, still encrypted.
pub struct DeviceBackup {
    /// Which passphrase it is under.
    pub passphrase_id: PassphraseId,
    /// The device, where the message that carried the backup names it.
    pub device_id: Option<DeviceId>,
    /// The wallet, where the message names it.
    pub wallet_id: Option<String>,
    keys: Vec<BackupKey>,
}

struct BackupKey {
    key: WalletKey,
    ciphertexts: Vec<EncryptedShare>,
}

struct EncryptedShare {
    cipher: Cipher,
    bytes: Vec<u8>,
}

enum Cipher {
    /// `AES-CBC` with its IV; `AES` and records without a name are the same with an IV of zeros.
    Cbc([u8; 16]),
    /// `AES-GCM`: the IV is before, the tag behind.
    Gcm,
}

/// Why a backup does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdkBackupError {
    /// Wrong padding or tag.
    #[error("key `{0}` does not open: another passphrase, another device id, or altered")]
    Unopened(Uuid),
    /// It opens to something else; once in 256 a wrong passphrase looks like this.
    #[error(
        "key `{key}` opens to something that is no share: another passphrase, another device id, or altered ({error})"
    )]
    NotShare {
        /// The key.
        key: Uuid,
        /// What is wrong inside.
        error: FieldError,
    },
}

impl DeviceBackup {
    /// Reads either shape of record: as sent (`encryptedKeys`) or as fetched (flat).
    ///
    /// # Errors
    /// [`FieldError`] with the field.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        let root = Value::parse("device backup", bytes)?;
        let list = root.get("keys")?;
        let keys = list
            .elements()?
            .map(|node| BackupKey::parse(&node))
            .collect::<Result<Vec<_>, _>>()?;
        check_ids(&list, keys.iter().map(|key| key.key.id))?;

        Ok(Self {
            passphrase_id: PassphraseId::of(&root.get("passphraseId")?)?,
            device_id: None,
            wallet_id: None,
            keys,
        })
    }

    /// Reads every backup of a file, in its order: backups alone, or whatever messages carried them.
    ///
    /// # Errors
    /// [`FieldError`] with the field of the first that is none.
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, FieldError> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        let messages = find_backups(text)?;
        if messages.is_empty() {
            return Self::parse(bytes).map(|backup| vec![backup]);
        }

        let read = messages.into_iter().map(|message| {
            let within = |mut error: FieldError| {
                let parts = [message.place.as_str(), error.path.as_str()];
                error.path = parts
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join(".");
                error
            };
            let mut backup = Self::parse(message.json.as_bytes()).map_err(within)?;
            backup.device_id = message.device_id.as_deref().and_then(DeviceId::parse);
            backup.wallet_id = message.wallet_id;
            Ok(backup)
        });
        read.collect()
    }

    /// The keys it holds, by name.
    pub fn keys(&self) -> impl Iterator<Item = &WalletKey> {
        self.keys.iter().map(|key| &key.key)
    }

    /// Leaves only the keys that `wanted` picks.
    pub fn retain(&mut self, wanted: impl Fn(&WalletKey) -> bool) {
        self.keys.retain(|key| wanted(&key.key));
    }

    /// Whether every key's cipher proves what it opens. CBC does not.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.keys
            .iter()
            .flat_map(|key| &key.ciphertexts)
            .all(|ciphertext| matches!(ciphertext.cipher, Cipher::Gcm))
    }

    /// Opens every key with the passphrase as it is given, or none.
    ///
    /// # Errors
    /// [`SdkBackupError`] of the first key that does not open.
    pub fn open(
        &self,
        passphrase: &Passphrase,
        device_id: &DeviceId,
    ) -> Result<DeviceShare, SdkBackupError> {
        let key = backup_key(passphrase, device_id);
        let keys = self.keys.iter().map(|entry| entry.open(&key));
        Ok(DeviceShare {
            device_id: device_id.clone(),
            keys: keys.collect::<Result<_, _>>()?,
        })
    }
}

impl BackupKey {
    fn parse(node: &Value<'_>) -> Result<Self, FieldError> {
        let ciphertexts = match node.find("encryptedKeys")? {
            Some(list) => list
                .elements()?
                .map(|node| EncryptedShare::parse(&node))
                .collect::<Result<Vec<_>, _>>()?,
            None => vec![EncryptedShare::parse(node)?],
        };
        if ciphertexts.is_empty() {
            let list = node.get("encryptedKeys")?;
            return Err(list.fault(FieldFault::Value("no encrypted key".to_owned())));
        }
        Ok(Self {
            key: WalletKey::parse(node)?,
            ciphertexts,
        })
    }

    /// The first of its ciphertexts that opens; there is one, where anyone has looked.
    fn open(&self, key: &Secret<32>) -> Result<DeviceKey, SdkBackupError> {
        let mut fault = SdkBackupError::Unopened(self.key.id);
        for ciphertext in &self.ciphertexts {
            match ciphertext.open(key).map(|plain| self.read(&plain)) {
                Some(Ok(content)) => {
                    return Ok(DeviceKey {
                        key: self.key.clone(),
                        content,
                    });
                }
                Some(Err(error)) => {
                    fault = SdkBackupError::NotShare {
                        key: self.key.id,
                        error,
                    }
                }
                None => {}
            }
        }
        Err(fault)
    }

    fn read(&self, plain: &SecretBytes) -> Result<ShareContent, FieldError> {
        let root = Value::parse("plain text", plain.expose())?;
        ShareContent::parse(&root, "key", self.key.algorithm)
    }
}

impl EncryptedShare {
    fn parse(node: &Value<'_>) -> Result<Self, FieldError> {
        let bytes = node.get("encryptedKey")?.hex()?;
        let name = node.find("encryptionAlgorithm")?;
        let named = name.as_ref().map(Value::text).transpose()?;
        let cipher = match named.as_ref().map(Text::expose) {
            None | Some("AES" | "AES-CBC") => Cipher::Cbc(parse_iv(node)?),
            Some("AES-GCM") => Cipher::Gcm,
            Some(other) => {
                let node = name.as_ref().unwrap_or(node);
                return Err(node.fault(FieldFault::Value(format!(
                    "unknown cipher `{}`",
                    shown_name(other)
                ))));
            }
        };
        Ok(Self { cipher, bytes })
    }

    fn open(&self, key: &Secret<32>) -> Option<SecretBytes> {
        match &self.cipher {
            Cipher::Cbc(iv) => legacy_aes256_cbc_open(key, iv, &self.bytes),
            Cipher::Gcm => gcm_open_prefixed(key, &self.bytes),
        }
    }
}

/// The record that an SDK sends and fetches: both shapes at once, AES-CBC, a fresh IV a key.
#[must_use]
pub fn write_device_backup<R: CryptoRng>(
    share: &DeviceShare,
    passphrase: &Passphrase,
    passphrase_id: &PassphraseId,
    rng: &mut R,
) -> String {
    let key = backup_key(passphrase, &share.device_id);
    let records: Vec<String> = share
        .keys
        .iter()
        .map(|entry| write_record(entry, &key, rng))
        .collect();
    format!(
        "{{\"passphraseId\":{},\"keys\":[\n{}\n]}}\n",
        passphrase_id.to_json(),
        records.join(",\n")
    )
}

fn write_record<R: CryptoRng>(entry: &DeviceKey, key: &Secret<32>, rng: &mut R) -> String {
    let mut iv = [0; 16];
    rng.fill_bytes(&mut iv);
    let content = entry.content.to_members("key");
    let mut plain = Vec::with_capacity(content.expose().len() + 2);
    plain.push(b'{');
    plain.extend_from_slice(content.expose().as_bytes());
    plain.push(b'}');
    let ciphertext = legacy_aes256_cbc_seal(key, &iv, &SecretBytes::new(plain));
    let members = format!(
        r#""encryptedKey":"{}","encryptionAlgorithm":"AES-CBC","iv":"{}""#,
        hex::encode(ciphertext),
        hex::encode(iv)
    );
    format!(
        r#"{{{},{members},"encryptedKeys":[{{{members}}}]}}"#,
        entry.key.to_members()
    )
}

/// `PBKDF2-HMAC-SHA1(passphrase, device id as text, 10 000, 32)`.
fn backup_key(passphrase: &Passphrase, device_id: &DeviceId) -> Secret<32> {
    pbkdf2_sha1(passphrase, device_id.as_str().as_bytes(), ROUNDS)
}

/// Absent and empty both mean zeros.
fn parse_iv(node: &Value<'_>) -> Result<[u8; 16], FieldError> {
    match node.find("iv")? {
        Some(iv) if !iv.text()?.expose().is_empty() => iv.hex_array(),
        _ => Ok([0; 16]),
    }
}
