//! Envelope encryption: a file key wrapped to RSA recipients, a key of its own for every record (FORMATS.md §13).
//!
//! ```text
//! PRK        = HKDF-Extract-SHA256(salt = header digest; in version 1 the run salt, file key)
//! record key = HKDF-Expand(PRK, "record" ‖ record id, 32)
//! sealed     = AES-256-GCM(record key, nonce = 00 00 00 00 ‖ position, aad = header digest ‖ position ‖ record id)
//! ```
//!
//! The header holds a salt that is fresh for every file, and the position differs for every record, so no key meets a nonce
//! twice, even where one id is in a file twice. A derivation that is resumed meets the same keys: then header, id
//! and position determine the plain text, too. A record key opens that id's records in that file and nothing else.

use std::mem::ManuallyDrop;

use aes::Aes256Enc;
use aes_gcm::{
    AesGcm, KeyInit,
    aead::{self, AeadInOut, consts::U12, inout::InOutBuf},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::{
    batch_hash::Expander,
    secret::{Secret, SecretBytes},
};

const TAG_LENGTH: usize = 16;

/// What authenticates a sealed record.
pub type Tag = [u8; TAG_LENGTH];

/// AES-256-GCM with no more than its one direction of AES: the keys of the other are most of a key's cost.
type Aes256Gcm = AesGcm<Aes256Enc, U12>;

/// The key that is wrapped to each recipient.
pub struct FileKey(Secret<32>);

impl FileKey {
    /// A fresh random one.
    pub fn generate<R: CryptoRng>(rng: &mut R) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(Secret::take(&mut bytes))
    }

    /// The one that a secret and the run's salt determine: `HKDF-SHA256(salt, secret, "lifeboat file key", 32)`.
    ///
    /// A derivation that lost power can be resumed without its file key ever having been stored.
    #[must_use]
    pub fn from_secret(secret: &SecretBytes, salt: &[u8; 32]) -> Self {
        let mut bytes = [0; 32];
        let expanded = Hkdf::<Sha256>::new(Some(salt), secret.expose())
            .expand(b"lifeboat file key", &mut bytes);
        expanded.expect("32 bytes are within HKDF's limit");
        Self(Secret::take(&mut bytes))
    }

    /// The one that a recipient unwrapped; `None` unless it has 32 bytes.
    #[must_use]
    pub fn unwrapped(bytes: &SecretBytes) -> Option<Self> {
        Secret::from_slice(bytes.expose()).map(Self)
    }

    /// The bytes that are wrapped.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The keys of one file; `salt` is that of the extraction.
    #[must_use]
    pub fn run_keys(&self, salt: &[u8; 32], header_digest: [u8; 32]) -> RunKeys {
        let (mut key, hkdf) = Hkdf::<Sha256>::extract(Some(salt), self.0.expose());
        let records = Expander::new(key.as_ref());
        key.zeroize();
        RunKeys {
            hkdf,
            records,
            header_digest,
        }
    }
}

/// The keys of one sealed file.
pub struct RunKeys {
    hkdf: Hkdf<Sha256>,
    /// The same for the records, of which there are millions.
    records: Expander,
    header_digest: [u8; 32],
}

impl RunKeys {
    /// The key of one record.
    ///
    /// # Panics
    /// For an id longer than [`MAX_ID`].
    #[must_use]
    pub fn record_key(&self, id: &[u8]) -> RecordKey {
        let mut key = Zeroizing::new([0; 32]);
        self.records.expand(b"record", id, &mut key);
        RecordKey {
            key,
            header_digest: self.header_digest,
        }
    }

    /// HMAC-SHA256 under the key `HKDF-Expand(PRK, purpose, 32)`, over the header digest and the message.
    #[must_use]
    pub fn authenticate(&self, purpose: &[u8], message: &[u8]) -> [u8; 32] {
        self.mac(purpose, message).finalize().into_bytes().into()
    }

    /// Whether that is the code of the message, in constant time.
    #[must_use]
    pub fn is_authentic(&self, purpose: &[u8], message: &[u8], code: &[u8]) -> bool {
        self.mac(purpose, message).verify_slice(code).is_ok()
    }

    fn mac(&self, purpose: &[u8], message: &[u8]) -> Hmac<Sha256> {
        let mut key = Zeroizing::new([0; 32]);
        self.hkdf
            .expand(purpose, key.as_mut_slice())
            .expect("32 bytes are within HKDF's limit");
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_slice())
            .expect("HMAC takes a key of any length");
        mac.update(&self.header_digest);
        mac.update(message);
        mac
    }
}

/// The key of one record, with the digest of the header its file has. It can be handed over without the others.
pub struct RecordKey {
    key: Zeroizing<[u8; 32]>,
    header_digest: [u8; 32],
}

impl RecordKey {
    /// A key that was handed over.
    #[must_use]
    pub fn handed_over(key: &Secret<32>, header_digest: [u8; 32]) -> Self {
        Self {
            key: Zeroizing::new(*key.expose()),
            header_digest,
        }
    }

    /// The bytes of the key.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.key
    }

    /// Seals in place: `text` becomes ciphertext and tag. Returns the tag.
    ///
    /// # Panics
    /// For an id longer than [`MAX_ID`].
    pub fn seal(&self, position: u64, id: &[u8], text: &mut Vec<u8>) -> Tag {
        // Not wiped here, as in a derivation: whoever works through a batch wipes the stack behind it
        // ([`super::secret::wipe_stack`]).
        let cipher = ManuallyDrop::new(Aes256Gcm::new((&*self.key).into()));
        let aad = self.associated_data(position, id);
        let tag = cipher.encrypt_inout_detached(
            &nonce(position).into(),
            aad.as_slice(),
            InOutBuf::from(text.as_mut_slice()),
        );
        let tag: Tag = tag.expect("a record is far below GCM's limit").into();
        text.extend_from_slice(&tag);
        tag
    }

    /// Opens ciphertext and tag in place: the plain text takes the place of the ciphertext, and its length is returned.
    /// `None`: another key, position, id or header, or altered.
    #[must_use]
    pub fn open(&self, position: u64, id: &[u8], sealed: &mut [u8]) -> Option<usize> {
        if id.len() > MAX_ID {
            return None;
        }
        let length = sealed.len().checked_sub(TAG_LENGTH)?;
        let (text, tag) = sealed.split_at_mut_checked(length)?;
        let tag = aead::Tag::<Aes256Gcm>::try_from(&*tag).ok()?;
        let cipher = Aes256Gcm::new((&*self.key).into());
        let aad = self.associated_data(position, id);
        cipher
            .decrypt_inout_detached(
                &nonce(position).into(),
                aad.as_slice(),
                InOutBuf::from(text),
                &tag,
            )
            .ok()?;
        Some(length)
    }

    /// `header digest ‖ position ‖ id`, with nothing taken from the heap for the ids there are.
    fn associated_data(&self, position: u64, id: &[u8]) -> AssociatedData {
        let mut bytes = [0; ASSOCIATED_ROOM];
        let length = 40 + id.len();
        bytes[..32].copy_from_slice(&self.header_digest);
        bytes[32..40].copy_from_slice(&position.to_be_bytes());
        bytes
            .get_mut(40..length)
            .expect("an id is no longer than a record may have")
            .copy_from_slice(id);
        AssociatedData { bytes, length }
    }
}

/// Longest id of a record, in bytes.
pub const MAX_ID: usize = 128;
const ASSOCIATED_ROOM: usize = 40 + MAX_ID;

struct AssociatedData {
    bytes: [u8; ASSOCIATED_ROOM],
    length: usize,
}

impl AssociatedData {
    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

fn nonce(position: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&position.to_be_bytes());
    nonce
}
