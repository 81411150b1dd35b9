//! Sealed files: text lines that stream, each record open to whoever has the file key or that record's (FORMATS.md §13).

use std::io::Write;

use base64::Engine;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::age::looks_age;
use crate::crypto::{
    envelope::{FileKey, MAX_ID, RecordKey, RunKeys, Tag},
    rsa::{OaepHash, RecoveryKey, RecoveryPublicKey},
    secret::SecretBytes,
};
use crate::formats::encoding::shown::shown_member;
use rand_core::CryptoRng;

/// Smallest recipient key, in bits.
pub const MIN_RECIPIENT_BITS: u32 = 3072;
/// Most recipients of one file: their line stays far below [`MAX_LINE`].
pub const MAX_RECIPIENTS: usize = 256;
/// Longest line of a sealed file, in bytes.
pub const MAX_LINE: usize = 1 << 20;
/// What `derive` seals: one NDJSON object a record (FORMATS.md §10).
pub const KEY_SHARE_1: &str = "key-share-1";

/// What `takeover --seal-to` seals: the full keys of one wallet a record (FORMATS.md §17).
pub const FULL_KEYS: &str = "full-keys";
/// What `portal seal` seals: one share file a record, byte for byte.
pub const PORTAL_SHARE: &str = "portal-share";

const MARK: &str = "sealed";
/// The version that is written; the one before is read.
const VERSION: u32 = 2;
const RECIPIENTS: &[u8] = b"recipients";
const CLOSING: &[u8] = b"closing";

/// Padded base64 of the standard alphabet, by the processor's wide instructions where the crate knows them.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static BASE64: std::sync::LazyLock<base64::engine::Simd> = std::sync::LazyLock::new(|| {
    base64::engine::Simd::standard(base64::engine::general_purpose::PAD)
});
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static BASE64: base64::engine::GeneralPurpose = base64::engine::general_purpose::STANDARD;

/// Why a sealed file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// The first line is no header.
    #[error("not a sealed file")]
    NotSealed,
    /// A file of age.
    #[error("an age file, which opens only as a whole")]
    Age,
    /// Written by a newer version.
    #[error("a sealed file of version {0}, this program reads version {VERSION}")]
    Newer(u32),
    /// A line that is not as it is written.
    #[error("line {0} is damaged")]
    BadLine(u64),
    /// No recipient has this key.
    #[error("the file is not sealed to key {0}")]
    NotRecipient(String),
    /// The wrapped file key does not open, or the list of recipients was altered.
    #[error("the list of recipients is damaged")]
    BadRecipients,
    /// A record that does not open.
    #[error("line {0} does not open: altered, moved, or from another file")]
    BadRecord(u64),
    /// The file ends before its closing line.
    #[error("the file is cut off after {0} records: its closing line is missing")]
    CutOff(u64),
    /// The closing line does not fit the records.
    #[error("the closing line does not fit the {0} records before it")]
    BadClosing(u64),
    /// Something is after the closing line.
    #[error("something is after the closing line")]
    Trailing,
    /// No record of that id.
    #[error("the file has no record `{0}`")]
    NoRecord(String),
    /// A recipient key that is too small.
    #[error("a recipient key of {0} bits, expected at least {MIN_RECIPIENT_BITS}")]
    WeakRecipient(u32),
    /// More recipients than their line has room for.
    #[error("{0} recipients, expected at most {MAX_RECIPIENTS}")]
    ManyRecipients(usize),
    /// A record whose sealed line would be longer than [`MAX_LINE`]; holds its id.
    #[error("the record of `{0}` is too long to be sealed: its line would have more than {mib} MiB", mib = MAX_LINE >> 20)]
    LongRecord(String),
    /// No recipient at all.
    #[error("no recipient to seal to")]
    NoRecipient,
}

/// The first line: what the file is. Its digest goes into every record's associated data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    lifeboat: String,
    version: u32,
    /// What the records are, such as [`KEY_SHARE_1`].
    pub holds: String,
    salt: String,
    /// SHA-256 of the kit the records come from, in hex; absent where they come from elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kit: Option<String>,
    /// Names of the algorithms of the shares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub algorithms: Vec<String>,
}

#[derive(Deserialize)]
struct AnyVersion {
    lifeboat: String,
    version: u32,
}

impl Header {
    /// A header with a run salt.
    #[must_use]
    pub fn new(holds: &str, salt: &[u8; 32], kit: Option<String>, algorithms: Vec<String>) -> Self {
        let (lifeboat, holds) = (MARK.to_owned(), holds.to_owned());
        Self {
            lifeboat,
            version: VERSION,
            holds,
            salt: hex::encode(salt),
            kit,
            algorithms,
        }
    }

    /// Reads the first line, without its line end.
    ///
    /// # Errors
    /// [`SealedError::NotSealed`], or [`SealedError::Newer`].
    pub fn parse(line: &[u8]) -> Result<Self, SealedError> {
        if looks_age(line) {
            return Err(SealedError::Age);
        }
        let any: AnyVersion = serde_json::from_slice(line).map_err(|_| SealedError::NotSealed)?;
        if any.lifeboat != MARK {
            return Err(SealedError::NotSealed);
        }
        if any.version > VERSION {
            return Err(SealedError::Newer(any.version));
        }
        let header: Self = serde_json::from_slice(line).map_err(|_| SealedError::BadLine(1))?;
        let exact = (1..=VERSION).contains(&header.version)
            && header.run_salt().is_some()
            && header.line().as_bytes() == line;
        if exact {
            Ok(header)
        } else {
            Err(SealedError::BadLine(1))
        }
    }

    /// The line as it is written, without its line end.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("a header of strings and numbers always encodes")
    }

    /// The version of the format.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The keys of the file. Since version 2 the whole header goes into them: two files never share a key unless their
    /// headers are the same to the letter, and then they hold the same.
    #[must_use]
    pub fn run_keys(&self, file_key: &FileKey) -> RunKeys {
        let salt = if self.version == 1 {
            self.salt()
        } else {
            self.digest()
        };
        file_key.run_keys(&salt, self.digest())
    }

    /// The run salt.
    #[must_use]
    pub fn salt(&self) -> [u8; 32] {
        self.run_salt()
            .expect("a header is only made with a salt of 32 bytes")
    }

    /// SHA-256 of the line.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.line()).into()
    }

    fn run_salt(&self) -> Option<[u8; 32]> {
        hex::decode(&self.salt).ok()?.try_into().ok()
    }
}

/// The second line: the file key, wrapped to each recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipients {
    /// Each recipient.
    pub recipients: Vec<Recipient>,
    mac: String,
}

/// One recipient of a sealed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// SHA-256 of the recipient's SPKI, in hex.
    pub key: String,
    wrapped: String,
}

impl Recipients {
    /// Wraps the file key to each key with RSA-OAEP-SHA256.
    ///
    /// # Errors
    /// [`SealedError::NoRecipient`], [`SealedError::WeakRecipient`].
    pub fn wrap<R: CryptoRng>(
        file_key: &FileKey,
        keys: &RunKeys,
        to: &[RecoveryPublicKey],
        rng: &mut R,
    ) -> Result<Self, SealedError> {
        if to.is_empty() {
            return Err(SealedError::NoRecipient);
        }
        if to.len() > MAX_RECIPIENTS {
            return Err(SealedError::ManyRecipients(to.len()));
        }
        let mut recipients = Vec::new();
        for key in to {
            let wrapped = key.seal(rng, OaepHash::Sha256, file_key.expose());
            let wrapped = wrapped.filter(|_| key.bits() >= MIN_RECIPIENT_BITS);
            let wrapped = wrapped.ok_or(SealedError::WeakRecipient(key.bits()))?;
            recipients.push(Recipient {
                key: hex::encode(key.fingerprint()),
                wrapped: BASE64.encode(wrapped),
            });
        }
        let mac = hex::encode(keys.authenticate(RECIPIENTS, listing(&recipients).as_bytes()));
        Ok(Self { recipients, mac })
    }

    /// Reads the second line, without its line end.
    ///
    /// # Errors
    /// [`SealedError::BadLine`].
    pub fn parse(line: &[u8]) -> Result<Self, SealedError> {
        let parsed: Self = serde_json::from_slice(line).map_err(|_| SealedError::BadLine(2))?;
        if parsed.line().as_bytes() == line {
            Ok(parsed)
        } else {
            Err(SealedError::BadLine(2))
        }
    }

    /// The line as it is written, without its line end.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).expect("a list of strings always encodes")
    }

    /// Whether the list was made with these keys.
    #[must_use]
    pub fn is_authentic(&self, keys: &RunKeys) -> bool {
        let code = hex::decode(&self.mac).unwrap_or_default();
        hex::encode(&code) == self.mac
            && keys.is_authentic(RECIPIENTS, listing(&self.recipients).as_bytes(), &code)
    }

    /// Unwraps the file key, and believes it only when it authenticates the list.
    ///
    /// # Errors
    /// [`SealedError::NotRecipient`], [`SealedError::BadRecipients`].
    pub fn unwrap_key<R: CryptoRng>(
        &self,
        header: &Header,
        key: &RecoveryKey,
        rng: &mut R,
    ) -> Result<(FileKey, RunKeys), SealedError> {
        let wrapped = self.wrapped_to(&key.public_key().fingerprint())?;
        let plain = key
            .open(rng, OaepHash::Sha256, &wrapped)
            .ok_or(SealedError::BadRecipients)?;
        self.keys_of(header, &plain)
    }

    /// The file key as it is wrapped to the key with this fingerprint, for whoever holds its private part elsewhere.
    ///
    /// # Errors
    /// [`SealedError::NotRecipient`], [`SealedError::BadRecipients`].
    pub fn wrapped_to(&self, fingerprint: &[u8; 32]) -> Result<Vec<u8>, SealedError> {
        let fingerprint = hex::encode(fingerprint);
        let own = self
            .recipients
            .iter()
            .find(|recipient| recipient.key == fingerprint);
        let own = own.ok_or_else(|| SealedError::NotRecipient(format!("SHA256:{fingerprint}")))?;
        BASE64
            .decode(&own.wrapped)
            .map_err(|_| SealedError::BadRecipients)
    }

    /// The keys that an unwrapped file key gives, if it authenticates the list.
    ///
    /// # Errors
    /// [`SealedError::BadRecipients`].
    pub fn keys_of(
        &self,
        header: &Header,
        unwrapped: &SecretBytes,
    ) -> Result<(FileKey, RunKeys), SealedError> {
        let file_key = FileKey::unwrapped(unwrapped).ok_or(SealedError::BadRecipients)?;
        let keys = header.run_keys(&file_key);
        if self.is_authentic(&keys) {
            Ok((file_key, keys))
        } else {
            Err(SealedError::BadRecipients)
        }
    }
}

fn listing(recipients: &[Recipient]) -> String {
    serde_json::to_string(recipients).expect("a list of strings always encodes")
}

/// Appends one record as a line. `text` is the record's plain text and is consumed: sealed in place. Returns its tag.
pub fn write_record(
    keys: &RunKeys,
    position: u64,
    id: &[u8],
    text: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Tag {
    let tag = keys.record_key(id).seal(position, id, text);
    out.extend_from_slice(b"{\"n\":");
    write!(out, "{position}").expect("a vector takes every byte");
    out.extend_from_slice(b",\"id\":\"");
    out.extend_from_slice(id);
    out.extend_from_slice(b"\",\"sealed\":\"");
    let start = out.len();
    out.resize(start + text.len().div_ceil(3) * 4, 0);
    let room = out.get_mut(start..).expect("the buffer was just extended");
    BASE64
        .encode_slice(&*text, room)
        .expect("the room is exactly that of the encoding");
    out.extend_from_slice(b"\"}\n");
    text.clear();
    tag
}

/// What the last line of a file authenticates, collected record by record: how many there are, and since version 2 all of
/// them in their order, by their tags.
pub struct Ending {
    version: u32,
    count: u64,
    tags: Sha256,
}

impl Ending {
    /// That of a file under this header.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        Self {
            version: header.version,
            count: 0,
            tags: Sha256::new(),
        }
    }

    /// That of a file that is written now.
    #[must_use]
    pub fn begin() -> Self {
        Self {
            version: VERSION,
            count: 0,
            tags: Sha256::new(),
        }
    }

    /// Adds the next records, by their tags.
    pub fn add(&mut self, tags: &[Tag]) {
        self.count += tags.len() as u64;
        self.tags.update(tags.as_flattened());
    }

    /// How many records there are so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The last line, with its line end.
    #[must_use]
    pub fn line(&self, keys: &RunKeys) -> String {
        let count = self.count;
        let mut message = count.to_be_bytes().to_vec();
        if self.version > 1 {
            message.extend_from_slice(&self.tags.clone().finalize());
        }
        let mac = hex::encode(keys.authenticate(CLOSING, &message));
        format!("{{\"closing\":{count},\"mac\":\"{mac}\"}}\n")
    }

    /// Whether that line, without its line end, is the one.
    #[must_use]
    pub fn is(&self, keys: &RunKeys, line: &[u8]) -> bool {
        // The expected line is public once the file is; only equality matters here.
        self.line(keys).trim_end().as_bytes() == line
    }

    /// Whether that line, without its line end, may be the one: it says the right count. Whoever has no key learns no more.
    #[must_use]
    pub fn may_be(&self, line: &[u8]) -> bool {
        let begins = format!("{{\"closing\":{},\"mac\":\"", self.count);
        let mac = line
            .strip_prefix(begins.as_bytes())
            .and_then(|rest| rest.strip_suffix(b"\"}"));
        mac.is_some_and(|mac| mac.len() == 64 && mac.iter().all(u8::is_ascii_hexdigit))
    }
}

/// A record's line, not yet opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordLine<'a> {
    /// Its position, from 0.
    pub position: u64,
    /// Its id.
    pub id: &'a str,
    sealed: &'a [u8],
}

impl<'a> RecordLine<'a> {
    /// Reads a record's line, without its line end, exactly as it is written; `None` for anything else.
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"{\"n\":")?.strip_suffix(b"\"}")?;
        let (digits, rest) = rest.split_at(rest.iter().position(|byte| *byte == b',')?);
        let position = std::str::from_utf8(digits).ok()?.parse::<u64>().ok()?;
        let rest = rest.strip_prefix(b",\"id\":\"")?;
        let (id, rest) = rest.split_at(rest.iter().position(|byte| *byte == b'"')?);
        let sealed = rest.strip_prefix(b"\",\"sealed\":\"")?;
        let id = std::str::from_utf8(id).ok().filter(|id| is_record_id(id))?;
        (position.to_string().as_bytes() == digits).then_some(Self {
            position,
            id,
            sealed,
        })
    }

    /// Appends what is sealed as bytes, ciphertext and tag, and returns the tag; `None` when it is no base64.
    #[must_use]
    pub fn decode(&self, out: &mut Vec<u8>) -> Option<Tag> {
        let start = out.len();
        out.resize(start + self.sealed.len().div_ceil(4) * 3, 0);
        let room = out.get_mut(start..).unwrap_or_default();
        let length = BASE64.decode_slice(self.sealed, room).ok();
        out.truncate(start + length.unwrap_or_default());
        out.get(start..)?.last_chunk().copied()
    }

    /// Opens it with its record key and appends its plain text; `None` when it does not open. Returns its tag. Room for three quarters of
    /// the line is used for a moment: with less to spare, the buffer would move and leave copies behind.
    #[must_use]
    pub fn open(&self, key: &RecordKey, texts: &mut Vec<u8>) -> Option<Tag> {
        let start = texts.len();
        texts.resize(start + self.sealed.len().div_ceil(4) * 3, 0);
        let room = texts.get_mut(start..).unwrap_or_default();
        let opened = BASE64.decode_slice(self.sealed, room).ok();
        let opened = opened.and_then(|length| room.get_mut(..length));
        let opened = opened.and_then(|sealed| {
            let tag = *sealed.last_chunk()?;
            let length = key.open(self.position, self.id.as_bytes(), sealed)?;
            Some((length, tag))
        });
        texts.truncate(start + opened.map_or(0, |(length, _)| length));
        opened.map(|(_, tag)| tag)
    }
}

/// Whether a text can be the id of a sealed record: 1 to 128 letters, digits and `.`, `_`, `:`, `-`.
#[must_use]
pub fn is_record_id(id: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(good)
}

/// Whether a file begins like a sealed one.
#[must_use]
pub fn looks_sealed(start: &[u8]) -> bool {
    start.starts_with(b"{\"lifeboat\":\"sealed\"")
}

/// Whether the line begins like a closing line.
#[must_use]
pub fn looks_closing(line: &[u8]) -> bool {
    line.starts_with(b"{\"closing\":")
}

/// A record that is asked for and not there, by a name fit to show.
#[must_use]
pub fn no_record(id: &str) -> SealedError {
    SealedError::NoRecord(shown_member(id))
}
