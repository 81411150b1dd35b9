//! Files that are locked under a passphrase here: one header line, one line of ciphertext (FORMATS.md §16).
//!
//! ```text
//! root       = Argon2id(passphrase, salt, cost, 32 bytes)
//! encryption = HKDF-SHA256(root, "lifeboat locked file 1 encryption")
//! check      = HKDF-SHA256(root, "lifeboat locked file 1 check")
//! line 2     = hex(AES-256-GCM(encryption, nonce, header = the bytes of line 1, plain text))
//! ```
//!
//! The check is in the header: it tells a wrong passphrase from an altered file, and ties the ciphertext to one
//! passphrase, which GCM alone does not.

use rand_core::CryptoRng;

use crate::crypto::{
    gcm::{gcm_open, gcm_seal},
    kdf::{Argon2Cost, argon2id, hkdf_sha256},
    secret::{Passphrase, Secret, SecretBytes},
};
use crate::formats::encoding::byte_order_mark::without_mark;
use crate::formats::encoding::json::{FieldError, FieldFault, Value};
use crate::formats::encoding::readable::Readable;

const FORMAT: &str = "lifeboat locked file";
/// What complaints call the first line.
const HEADER: &str = "header";
const VERSION: u32 = 1;
const ENCRYPTION: &[u8] = b"lifeboat locked file 1 encryption";
const CHECK: &[u8] = b"lifeboat locked file 1 check";

/// A locked file, read but not opened.
pub struct LockedFile {
    header: Vec<u8>,
    cost: Argon2Cost,
    salt: [u8; 16],
    nonce: [u8; 12],
    check: Secret<32>,
    sealed: Vec<u8>,
}

/// Why a locked file cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Another passphrase.
    #[error("the passphrase does not open it")]
    Passphrase,
    /// The passphrase is right; header or ciphertext is not what was written.
    #[error("it has been altered since it was written")]
    Altered,
    /// Not enough memory for the derivation.
    #[error("there is not enough memory to derive its key")]
    Memory,
}

impl LockedFile {
    /// Whether the bytes begin as a locked file does.
    #[must_use]
    pub fn looks_like(bytes: &[u8]) -> bool {
        let readable = Readable::of_text(bytes);
        let text = without_mark(readable.bytes());
        text.starts_with(format!("{{\"format\":\"{FORMAT}\"").as_bytes())
    }

    /// Reads a locked file of a kind.
    ///
    /// # Errors
    /// [`FieldError`] with the field; work factors out of bounds are one.
    pub fn parse(bytes: &[u8], kind: &str) -> Result<Self, FieldError> {
        // Editors, mail programs and transfers in text mode change what is around the text, and line ends.
        let readable = Readable::of_text(bytes);
        let mut lines = without_mark(readable.bytes()).splitn(2, |byte| *byte == b'\n');
        let header = lines.next().unwrap_or_default();
        let header = header.strip_suffix(b"\r").unwrap_or(header).to_vec();
        let root = Value::parse(HEADER, &header)?;
        expect_text(&root.get("format")?, FORMAT)?;
        root.get("version")?.integer(VERSION..=VERSION)?;
        expect_text(&root.get("kind")?, kind)?;
        let sealed = lines.next().unwrap_or_default().trim_ascii();
        let no_hex = |_| FieldError {
            document: "second line".to_owned(),
            path: String::new(),
            fault: FieldFault::Hex("odd number of digits or foreign character"),
        };
        Ok(Self {
            cost: parse_cost(&root.get("argon2id")?)?,
            salt: root.get("salt")?.hex_array()?,
            nonce: root.get("nonce")?.hex_array()?,
            check: root.get("check")?.secret_hex()?,
            sealed: hex::decode(sealed).map_err(no_hex)?,
            header,
        })
    }

    /// What the header says unencrypted. Only believed after [`LockedFile::unlock`].
    #[must_use]
    pub fn header(&self) -> Value<'_> {
        Value::parse(HEADER, &self.header).expect("it was read before")
    }

    /// The plain text.
    ///
    /// # Errors
    /// [`LockError`].
    pub fn unlock(&self, passphrase: &Passphrase) -> Result<SecretBytes, LockError> {
        let root = argon2id(passphrase, &self.salt, self.cost).ok_or(LockError::Memory)?;
        if !hkdf_sha256(&root, CHECK).same_as(&self.check) {
            return Err(LockError::Passphrase);
        }
        let key = hkdf_sha256(&root, ENCRYPTION);
        gcm_open(&key, &self.nonce, &self.header, &self.sealed).ok_or(LockError::Altered)
    }
}

/// Writes a locked file. `members` are further members of the header, as JSON without braces.
///
/// # Errors
/// [`LockError::Memory`].
pub fn lock<R: CryptoRng>(
    kind: &str,
    members: &str,
    plain: &SecretBytes,
    passphrase: &Passphrase,
    rng: &mut R,
) -> Result<String, LockError> {
    let (mut salt, mut nonce) = ([0; 16], [0; 12]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut nonce);
    let cost = Argon2Cost::WRITTEN;
    let root = argon2id(passphrase, &salt, cost).ok_or(LockError::Memory)?;
    let header = format!(
        r#"{{"format":"{FORMAT}","version":{VERSION},"kind":"{kind}",{members},"argon2id":{{"memoryKiB":{},"passes":{},"lanes":{}}},"salt":"{}","nonce":"{}","check":"{}"}}"#,
        cost.memory_kib(),
        cost.passes(),
        cost.lanes(),
        hex::encode(salt),
        hex::encode(nonce),
        hkdf_sha256(&root, CHECK).to_hex().expose(),
    );
    let sealed = gcm_seal(
        &hkdf_sha256(&root, ENCRYPTION),
        &nonce,
        header.as_bytes(),
        plain,
    );
    Ok(format!(
        "{header}\n{}\n",
        hex::encode(sealed.ok_or(LockError::Memory)?)
    ))
}

fn parse_cost(node: &Value<'_>) -> Result<Argon2Cost, FieldError> {
    let number = |name| node.get(name)?.integer(1..=u32::MAX);
    let cost = Argon2Cost::bounded(number("memoryKiB")?, number("passes")?, number("lanes")?);
    cost.ok_or_else(|| {
        node.fault(FieldFault::Value(
            "outside 64 MiB to 1 GiB, 3 to 16 passes, 1 to 4 lanes".to_owned(),
        ))
    })
}

fn expect_text(node: &Value<'_>, expected: &str) -> Result<(), FieldError> {
    if node.text()?.expose() == expected {
        return Ok(());
    }
    Err(node.fault(FieldFault::Value(format!("expected `{expected}`"))))
}
