//! Portal client ciphertexts: hexadecimal AES-256-GCM under a cloud key or a password (FORMATS.md §20).

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    crypto::{
        gcm::{NONCE_LENGTH, TAG_LENGTH, gcm_open, gcm_seal},
        kdf::pbkdf2_sha256,
        secret::{Passphrase, Secret, SecretBytes},
    },
    formats::{
        encoding::{
            base64::from_base64, byte_order_mark::without_mark, json::Value, readable::from_wide,
            shown::plural,
        },
        known_file::KnownFile,
    },
};

/// Shortest ciphertext under a key, in bytes: nonce and tag.
pub const SHORTEST_UNDER_KEY: usize = NONCE_LENGTH + TAG_LENGTH;
/// Shortest ciphertext under a password, in bytes: salt, nonce and tag.
pub const SHORTEST_UNDER_PASSWORD: usize = SALT_LENGTH + SHORTEST_UNDER_KEY;

const SALT_LENGTH: usize = 16;
const ROUNDS: u32 = 100_000;

/// Why a ciphertext cannot be read or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CiphertextError {
    /// A digit is missing.
    #[error("not a ciphertext: an odd number of hexadecimal digits")]
    Odd,
    /// Something that is no hexadecimal digit.
    #[error("not a ciphertext: a character that is no hexadecimal digit")]
    Foreign,
    /// Shorter than nonce, tag and salt.
    #[error("a ciphertext of {}, expected at least {expected}", plural(*.found as u64, "byte"))]
    Short {
        /// What was found.
        found: usize,
        /// The least for this mode.
        expected: usize,
    },
    /// The tag says no to this key.
    #[error("the ciphertext does not open: another key, or altered; the two look alike")]
    WrongKey,
    /// The tag says no to this password.
    #[error("the ciphertext does not open: another password, or altered; the two look alike")]
    WrongPassword,
}

/// Why a file holds no cloud key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cloud key: expected 64 hexadecimal digits and nothing else")]
pub struct CloudKeyError;

/// A client backup as the customer stores it. It does not say which of the two modes it has.
pub struct PortalCiphertext(Vec<u8>);

impl PortalCiphertext {
    /// Reads hexadecimal digits of either case, with white space around them.
    ///
    /// # Errors
    /// [`CiphertextError::Odd`], [`CiphertextError::Foreign`] or [`CiphertextError::Short`].
    pub fn parse(text: &[u8]) -> Result<Self, CiphertextError> {
        let text = trimmed_text(text);
        if !text.iter().all(u8::is_ascii_hexdigit) {
            return Err(CiphertextError::Foreign);
        }
        let bytes = hex::decode(text).map_err(|_| CiphertextError::Odd)?;
        Self::from_bytes(bytes)
    }

    /// The bytes themselves, where they were kept without hexadecimal around them.
    ///
    /// # Errors
    /// [`CiphertextError::Short`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, CiphertextError> {
        let ciphertext = Self(bytes);
        ciphertext.require(SHORTEST_UNDER_KEY)?;
        Ok(ciphertext)
    }

    /// What [`PortalCiphertext::open_with_key`] opens, with a random nonce.
    pub fn seal_with_key<R: CryptoRng>(key: &Secret<32>, plain: &SecretBytes, rng: &mut R) -> Self {
        let mut nonce = [0; NONCE_LENGTH];
        rng.fill_bytes(&mut nonce);
        let sealed = gcm_seal(key, &nonce, b"", plain).expect("a share is shorter than 64 GiB");
        Self([nonce.as_slice(), &sealed].concat())
    }

    /// What [`PortalCiphertext::open_with_password`] opens, with random salt and nonce.
    pub fn seal_with_password<R: CryptoRng>(
        password: &Passphrase,
        plain: &SecretBytes,
        rng: &mut R,
    ) -> Self {
        let mut salt = [0; SALT_LENGTH];
        rng.fill_bytes(&mut salt);
        let key = pbkdf2_sha256(password, &salt, ROUNDS);
        let Self(sealed) = Self::seal_with_key(&key, plain, rng);
        Self([salt.as_slice(), &sealed].concat())
    }

    /// The hexadecimal digits that it is kept as.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(&self.0)
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Refuses, before a password is asked for, what is too short to have one.
    ///
    /// # Errors
    /// [`CiphertextError::Short`].
    pub fn check_length_for_password(&self) -> Result<(), CiphertextError> {
        self.require(SHORTEST_UNDER_PASSWORD)
    }

    /// Opens `nonce ‖ ciphertext ‖ tag` with the key from the user's cloud.
    ///
    /// # Errors
    /// [`CiphertextError::WrongKey`].
    pub fn open_with_key(&self, key: &Secret<32>) -> Result<SecretBytes, CiphertextError> {
        open(key, &self.0).ok_or(CiphertextError::WrongKey)
    }

    /// Opens `salt ‖ nonce ‖ ciphertext ‖ tag` with `PBKDF2-HMAC-SHA256(password, salt, 100 000, 32)`.
    ///
    /// # Errors
    /// [`CiphertextError::Short`], before any work is done, or [`CiphertextError::WrongPassword`].
    pub fn open_with_password(
        &self,
        password: &Passphrase,
    ) -> Result<SecretBytes, CiphertextError> {
        self.check_length_for_password()?;
        let (salt, ciphertext) = self.0.split_at(SALT_LENGTH);
        open(&pbkdf2_sha256(password, salt, ROUNDS), ciphertext)
            .ok_or(CiphertextError::WrongPassword)
    }

    fn require(&self, expected: usize) -> Result<(), CiphertextError> {
        let found = self.0.len();
        if found < expected {
            Err(CiphertextError::Short { found, expected })
        } else {
            Ok(())
        }
    }
}

/// The key as cloud storage holds it: 64 hexadecimal digits with white space around them, decoded in constant time. What
/// programs put around them is taken off where it leaves no doubt: UTF-16, quotes, `0x`, base64, an object with one such text.
///
/// # Errors
/// [`CloudKeyError`].
pub fn parse_cloud_key(text: &[u8]) -> Result<Secret<32>, CloudKeyError> {
    const LAYERS: usize = 3;
    let found = match from_wide(text) {
        Some((_, narrow)) => bare_key(narrow.as_bytes(), LAYERS),
        None => bare_key(text, LAYERS),
    };
    found.ok_or(CloudKeyError)
}

fn bare_key(text: &[u8], layers: usize) -> Option<Secret<32>> {
    let text = trimmed_text(text);
    let quoted = |quote: &[u8]| text.strip_prefix(quote)?.strip_suffix(quote);
    let text = quoted(b"\"").or_else(|| quoted(b"'")).unwrap_or(text);
    let text = text.trim_ascii();
    let text = text
        .strip_prefix(b"0x")
        .or_else(|| text.strip_prefix(b"0X"))
        .unwrap_or(text);
    if text.len() == 64 {
        let key = Zeroizing::new(base16ct::mixed::decode_vec(text).ok()?);
        return Secret::from_slice(&key);
    }

    let layers = layers.checked_sub(1)?;
    if text.starts_with(b"{") {
        return key_in_object(text, layers);
    }
    // Without the sign that fills it up it could be a key in base58.
    let is_base64 = text.ends_with(b"=") && text.len() <= 128;
    let inner = from_base64(std::str::from_utf8(text).ok().filter(|_| is_base64)?)?;
    Secret::from_slice(inner.expose()).or_else(|| bare_key(inner.expose(), layers))
}

/// The one text of an object that is a key; `None` where there are none or several, and of another file of a recovery: the
/// only such text of a share is no key.
fn key_in_object(text: &[u8], layers: usize) -> Option<Secret<32>> {
    let is_other = !matches!(KnownFile::of(text), None | Some(KnownFile::WalletList));
    if is_other {
        return None;
    }
    let object = Value::parse("key", text).ok()?.object().ok()?;
    let mut keys = object.members().filter_map(|member| {
        let text = member.text().ok()?;
        bare_key(text.expose().as_bytes(), layers)
    });
    let key = keys.next()?;
    keys.next().is_none().then_some(key)
}

/// The text without the white space around it and without the byte order mark that editors put before it.
pub(in crate::formats) fn trimmed_text(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    without_mark(text).trim_ascii()
}

fn open(key: &Secret<32>, ciphertext: &[u8]) -> Option<SecretBytes> {
    let (nonce, ciphertext) = ciphertext.split_first_chunk()?;
    gcm_open(key, nonce, b"", ciphertext)
}
