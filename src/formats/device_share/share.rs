//! The device share file: Key Share #2 unencrypted, as a device holds it (FORMATS.md §14).

use std::collections::HashSet;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::device_id::DeviceId;
use crate::crypto::{
    curve::{PublicKey, Scalar},
    secret::{Secret, SecretText},
};
use crate::formats::{
    encoding::{
        json::{FieldError, FieldFault, Value},
        readable::Readable,
        shown::shown_name,
    },
    wallets::algorithm::{Algorithm, share_tag},
};

/// Largest device share file or device backup accepted, in bytes.
pub const MAX_DEVICE_FILE: u64 = 16 << 20;

/// One of a wallet's keys as its device names it; nothing secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletKey {
    /// Its id on the device.
    pub id: Uuid,
    /// How it signs.
    pub algorithm: Algorithm,
    /// The check on what is taken over, where the record carries it.
    pub public_key: Option<PublicKey>,
}

/// What a device keeps of one key.
pub struct ShareContent {
    /// The share, neither zero nor at or over the group order.
    pub share: Secret<32>,
    /// Presignatures and the like, in hex; kept as it is.
    pub auxiliary_keys: Option<SecretText>,
    /// The device's own notes, in hex; kept as they are.
    pub metadata: Option<SecretText>,
}

/// One key of a device.
pub struct DeviceKey {
    /// Its name.
    pub key: WalletKey,
    /// Its share.
    pub content: ShareContent,
}

/// Key Share #2: everything one device holds of one wallet.
pub struct DeviceShare {
    /// The device, in the spelling that is the salt of its backups.
    pub device_id: DeviceId,
    /// Its keys, one at least.
    pub keys: Vec<DeviceKey>,
}

impl WalletKey {
    /// Reads `keyId`, `algorithm` and `publicKey` of a record.
    ///
    /// # Errors
    /// [`FieldError`] with the field.
    pub fn parse(node: &Value<'_>) -> Result<Self, FieldError> {
        let name = node.get("algorithm")?;
        let algorithm = Algorithm::from_spelling(name.text()?.expose()).ok_or_else(|| {
            name.fault(FieldFault::Value(format!(
                "unknown algorithm `{}`",
                name_of(&name)
            )))
        })?;
        let public_key = node.find("publicKey")?.map(|field| {
            let key = PublicKey::from_bytes(algorithm.curve(), &field.hex()?);
            key.ok_or_else(|| {
                field.fault(FieldFault::Value(
                    "no public key of its algorithm".to_owned(),
                ))
            })
        });
        let id = node.get("keyId")?;
        Ok(Self {
            id: Uuid::try_parse(id.text()?.expose()).map_err(|_| id.fault(FieldFault::Uuid))?,
            algorithm,
            public_key: public_key.transpose()?,
        })
    }

    /// `"keyId":…,"algorithm":…,"publicKey":…` without braces.
    #[must_use]
    pub fn to_members(&self) -> String {
        let public_key = self
            .public_key
            .as_ref()
            .map_or("null".to_owned(), |key| format!("\"{}\"", key.to_hex()));
        format!(
            r#""keyId":"{}","algorithm":"{}","publicKey":{public_key}"#,
            self.id,
            self.algorithm.name()
        )
    }
}

impl ShareContent {
    /// Reads the members `share` (under that name or another), `auxiliaryKeys` and `metadata`.
    ///
    /// # Errors
    /// [`FieldError`] with the field.
    pub fn parse(node: &Value<'_>, share: &str, algorithm: Algorithm) -> Result<Self, FieldError> {
        let text = |name| {
            node.find(name)?
                .map(|field| field.secret_hex_text())
                .transpose()
        };
        Ok(Self {
            share: parse_share(&node.get(share)?, algorithm)?,
            auxiliary_keys: text("auxiliaryKeys")?,
            metadata: text("metadata")?,
        })
    }

    /// `"share":…,"auxiliaryKeys":…,"metadata":…` without braces, the share under that name.
    #[must_use]
    pub fn to_members(&self, share: &str) -> SecretText {
        let hex = self.share.to_hex();
        let mut out = String::with_capacity(
            256 + text_length(&self.auxiliary_keys) + text_length(&self.metadata),
        );
        for part in ["\"", share, "\":\"", hex.expose(), "\",\"auxiliaryKeys\":"] {
            out.push_str(part);
        }
        push_text(&self.auxiliary_keys, &mut out);
        out.push_str(",\"metadata\":");
        push_text(&self.metadata, &mut out);
        SecretText::new(out)
    }

    /// Whether both hold the same.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let same = |a: &Option<SecretText>, b: &Option<SecretText>| {
            a.as_ref().map(SecretText::expose) == b.as_ref().map(SecretText::expose)
        };
        self.share.same_as(&other.share)
            && same(&self.auxiliary_keys, &other.auxiliary_keys)
            && same(&self.metadata, &other.metadata)
    }
}

impl DeviceShare {
    /// Reads a device share file.
    ///
    /// # Errors
    /// [`FieldError`] with the field.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        let readable = Readable::of(bytes);
        let root = Value::parse("device share", readable.bytes())?;
        let device_id = DeviceId::of(&root.get("deviceId")?)?;
        let list = root.get("keys")?;
        let keys = list
            .elements()?
            .map(|node| parse_key(&node))
            .collect::<Result<Vec<_>, _>>()?;
        check_ids(&list, keys.iter().map(|key| key.key.id))?;
        Ok(Self { device_id, keys })
    }

    /// The file.
    #[must_use]
    pub fn to_json(&self) -> SecretText {
        let keys: Vec<SecretText> = self.keys.iter().map(DeviceKey::to_json).collect();
        let length: usize = keys.iter().map(|key| key.expose().len() + 8).sum();
        let mut out = String::with_capacity(length + 96);
        out.push_str(&format!("{{\"deviceId\":\"{}\",\"keys\":[", self.device_id));
        for (index, key) in keys.iter().enumerate() {
            out.push_str(if index == 0 { "\n" } else { ",\n" });
            out.push_str(key.expose());
        }
        out.push_str("\n]}\n");
        SecretText::new(out)
    }

    /// Whether both hold the same keys with the same shares, in the same order.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.device_id == other.device_id
            && self.keys.len() == other.keys.len()
            && self
                .keys
                .iter()
                .zip(&other.keys)
                .all(|(a, b)| a.key == b.key && a.content.same_as(&b.content))
    }
}

impl DeviceKey {
    fn to_json(&self) -> SecretText {
        let content = self.content.to_members("share");
        let mut out = String::with_capacity(content.expose().len() + 320);
        out.push('{');
        out.push_str(&self.key.to_members());
        out.push(',');
        out.push_str(content.expose());
        out.push('}');
        SecretText::new(out)
    }
}

/// Refuses a list without keys, and one in which a key is listed twice.
///
/// # Errors
/// [`FieldError`] with the list's path.
pub fn check_ids(list: &Value<'_>, ids: impl Iterator<Item = Uuid>) -> Result<(), FieldError> {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(list.fault(FieldFault::Value(format!("key `{id}` is listed twice"))));
        }
    }
    if seen.is_empty() {
        Err(list.fault(FieldFault::Value("no keys".to_owned())))
    } else {
        Ok(())
    }
}

fn parse_key(node: &Value<'_>) -> Result<DeviceKey, FieldError> {
    let key = WalletKey::parse(node)?;
    Ok(DeviceKey {
        content: ShareContent::parse(node, "share", key.algorithm)?,
        key,
    })
}

/// 32 bytes, or 36 with the algorithm's tag in front, in hex.
fn parse_share(field: &Value<'_>, algorithm: Algorithm) -> Result<Secret<32>, FieldError> {
    const TAGGED: usize = 2 * 36;
    let share = if field.text()?.expose().len() == TAGGED {
        let tagged = field.secret_hex::<36>()?;
        let (tag, share) = tagged
            .expose()
            .split_first_chunk::<4>()
            .expect("36 bytes begin with 4");
        if *tag != share_tag(algorithm.curve()) {
            return Err(field.fault(FieldFault::Value("a share of another algorithm".to_owned())));
        }
        Secret::from_slice(share).expect("36 bytes less 4 are 32")
    } else {
        field.secret_hex::<32>()?
    };
    let sound =
        Scalar::from_canonical(algorithm.curve(), &share).is_some_and(|scalar| !scalar.is_zero());
    if sound {
        Ok(share)
    } else {
        Err(field.fault(FieldFault::Value(SHARE_RANGE.to_owned())))
    }
}

/// What is said of a share that no key can have.
pub const SHARE_RANGE: &str = "a share that is zero or not below the group order";

fn name_of(node: &Value<'_>) -> String {
    node.text()
        .map(|name| shown_name(name.expose()))
        .unwrap_or_default()
}

fn text_length(text: &Option<SecretText>) -> usize {
    text.as_ref().map_or(0, |text| text.expose().len())
}

fn push_text(text: &Option<SecretText>, out: &mut String) {
    match text {
        None => out.push_str("null"),
        Some(text) => {
            let text = Zeroizing::new(format!("\"{}\"", text.expose()));
            out.push_str(&text);
        }
    }
}
