//! Keys on disk: every dress a recovery key is found in, and the one it is written in (FORMATS.md §2).

use base64ct::{Base64, Encoding};
use pkcs8::{
    EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef,
    der::{Decode, Reader, pem::LineEnding},
    pkcs5::{EncryptionScheme, pbes2},
};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use super::shown::shown_name;
use crate::crypto::{
    aes::{LegacyCipher, legacy_cbc_open},
    kdf::legacy_bytes_to_key,
    modulus::Doubt,
    rsa::{KeyFault, MAX_BITS, MIN_BITS, RecoveryKey, RecoveryPublicKey},
    secret::{Passphrase, SecretText},
};

/// Largest key file accepted, in bytes.
pub const MAX_KEY_FILE: u64 = 256 << 10;
/// PBKDF2 rounds of the keys written here.
pub const WRITTEN_ROUNDS: u32 = 600_000;

const MAX_ROUNDS: u32 = 20_000_000;
const MAX_SCRYPT_MEMORY: u64 = 1 << 30;
const MAX_SCRYPT_WORK: u64 = 1 << 32;

/// Why a key file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No PEM block in the file.
    #[error("not a key: no PEM block `-----BEGIN …-----` in it")]
    NotPem,
    /// A PEM block of something else; holds its label.
    #[error("a PEM block `{0}`, not an RSA key")]
    OtherBlock(String),
    /// A public key where a private one is needed.
    #[error("a public key, where the private one is needed")]
    PublicOnly,
    /// A private key where a public one is needed.
    #[error("a private key, where only a public one belongs")]
    PrivateGiven,
    /// A key of another kind than RSA.
    #[error("a key of another kind than RSA")]
    NotRsa,
    /// The structure inside the PEM block is broken.
    #[error("damaged: it does not hold the structure of an RSA key")]
    Damaged,
    /// The numbers of the key contradict each other.
    #[error("damaged: the parts of the RSA key contradict each other")]
    Inconsistent,
    /// Modulus of a size outside the bounds.
    #[error("an RSA key of {0} bits, expected {MIN_BITS} to {MAX_BITS}")]
    Size(u32),
    /// A public key that no key program makes.
    #[error("not a key that anybody can use: {}", told(*.0))]
    Doubtful(Doubt),
    /// The passphrase does not open it.
    #[error("the passphrase does not open the key")]
    WrongPassphrase,
    /// Encrypted by a scheme that is not read; holds its name.
    #[error("the key is encrypted by {0}, which is not read here")]
    Scheme(String),
    /// The file asks for more work or memory than any honest key.
    #[error("the key asks for an unreasonable amount of work to open")]
    Work,
}

impl KeyError {
    /// Stable identifier for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotPem | Self::OtherBlock(_) => "not_a_key",
            Self::PublicOnly => "public_key_given",
            Self::PrivateGiven => "private_key_given",
            Self::NotRsa => "not_rsa",
            Self::Damaged | Self::Inconsistent => "key_damaged",
            Self::Size(_) => "key_size",
            Self::Doubtful(_) => "key_doubtful",
            Self::WrongPassphrase => "wrong_key_passphrase",
            Self::Scheme(_) => "key_scheme_unknown",
            Self::Work => "key_work_factor",
        }
    }
}

impl From<KeyFault> for KeyError {
    fn from(fault: KeyFault) -> Self {
        match fault {
            KeyFault::Structure => Self::Damaged,
            KeyFault::Inconsistent => Self::Inconsistent,
            KeyFault::Size(bits) => Self::Size(bits),
            KeyFault::Doubtful(doubt) => Self::Doubtful(doubt),
        }
    }
}

fn told(doubt: Doubt) -> String {
    match doubt {
        Doubt::Exponent => "its exponent is none that key programs use".to_owned(),
        Doubt::Factor(factor) => format!("its modulus is divisible by {factor}"),
        Doubt::Pattern => "its modulus is almost all ones or almost all zeros".to_owned(),
        Doubt::Prime => "its modulus is a prime, not the product of two".to_owned(),
        Doubt::Power => "its modulus is a power of a smaller number".to_owned(),
        Doubt::Close => "its two primes are almost equal, so that anybody finds them".to_owned(),
    }
}

/// A private key file, as far as it opens without a passphrase.
pub enum PrivateKeyFile {
    /// Not encrypted.
    Open(RecoveryKey),
    /// Encrypted.
    Locked(LockedKey),
}

/// An encrypted private key.
pub struct LockedKey(Lock);

enum Lock {
    /// PKCS#1 with `DEK-Info`.
    Legacy {
        cipher: LegacyCipher,
        iv: Vec<u8>,
        sealed: Vec<u8>,
    },
    /// PKCS#8 under PBES2, DER.
    Pkcs8(Vec<u8>),
}

/// Reads a private key in any of its dresses.
///
/// # Errors
/// [`KeyError`], other than [`KeyError::WrongPassphrase`].
pub fn read_private_key(text: &[u8]) -> Result<PrivateKeyFile, KeyError> {
    let block = key_block(text)?;
    match block.tag() {
        "PRIVATE KEY" => pkcs8_key(block.contents()).map(PrivateKeyFile::Open),
        "RSA PRIVATE KEY" => match block.headers().get("DEK-Info") {
            None => Ok(PrivateKeyFile::Open(RecoveryKey::from_pkcs1_der(
                block.contents(),
            )?)),
            Some(header) => legacy_lock(header, block.contents())
                .map(|lock| PrivateKeyFile::Locked(LockedKey(lock))),
        },
        "ENCRYPTED PRIVATE KEY" => {
            check_scheme(block.contents())?;
            Ok(PrivateKeyFile::Locked(LockedKey(Lock::Pkcs8(
                block.contents().to_vec(),
            ))))
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Err(KeyError::PublicOnly),
        "EC PRIVATE KEY" | "DSA PRIVATE KEY" | "OPENSSH PRIVATE KEY" => Err(KeyError::NotRsa),
        other => Err(KeyError::OtherBlock(shown_name(other))),
    }
}

/// Reads a public key, SPKI or PKCS#1.
///
/// # Errors
/// [`KeyError`], other than [`KeyError::WrongPassphrase`].
pub fn read_public_key(text: &[u8]) -> Result<RecoveryPublicKey, KeyError> {
    let block = key_block(text)?;
    match block.tag() {
        "PUBLIC KEY" => spki_key(block.contents()),
        "RSA PUBLIC KEY" => Ok(RecoveryPublicKey::from_pkcs1_der(block.contents())?),
        tag if tag.ends_with("PRIVATE KEY") => Err(KeyError::PrivateGiven),
        other => Err(KeyError::OtherBlock(shown_name(other))),
    }
}

/// Reads every public key of a file; there is at least one. Attributes and certificates around them are passed over.
///
/// # Errors
/// [`KeyError`] of the first that is none, and for a private key among them.
pub fn read_public_keys(text: &[u8]) -> Result<Vec<RecoveryPublicKey>, KeyError> {
    let blocks = key_blocks(text);
    if blocks.len() < 2 {
        return read_public_key(text).map(|key| vec![key]);
    }
    blocks.into_iter().map(read_public_key).collect()
}

/// The parts of a file that each hold one key: PEM blocks whose label ends so, and lines of OpenSSH.
fn key_blocks(text: &[u8]) -> Vec<&[u8]> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let mut starts: Vec<usize> = memchr::memmem::find_iter(text, BEGIN).collect();
    let lines = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|end| end + 1));
    starts.extend(lines.filter(|start| {
        text.get(*start..)
            .is_some_and(|line| line.starts_with(b"ssh-rsa "))
    }));
    starts.sort_unstable();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let blocks = starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| text.get(*start..end));
    let is_key = |block: &&[u8]| {
        let label = block.split(|byte| *byte == b'\n').next();
        let label = label.unwrap_or_default().trim_ascii_end();
        block.starts_with(b"ssh-rsa ") || label.ends_with(b"KEY-----")
    };
    blocks.filter(is_key).collect()
}

impl LockedKey {
    /// Opens the key. A wrong passphrase can pass the padding once in 256 times; what then is no key is reported as
    /// a wrong passphrase too.
    ///
    /// # Errors
    /// [`KeyError::WrongPassphrase`], or what is wrong with the key inside.
    pub fn unlock(&self, passphrase: &Passphrase) -> Result<RecoveryKey, KeyError> {
        let opened = match &self.0 {
            Lock::Legacy { cipher, iv, sealed } => {
                let salt = iv.get(..8).ok_or(KeyError::Damaged)?;
                let key = legacy_bytes_to_key(passphrase, salt, cipher.key_length());
                let der =
                    legacy_cbc_open(*cipher, &key, iv, sealed).ok_or(KeyError::WrongPassphrase)?;
                RecoveryKey::from_pkcs1_der(der.expose()).map_err(KeyError::from)
            }
            Lock::Pkcs8(der) => {
                let info =
                    EncryptedPrivateKeyInfoRef::from_der(der).map_err(|_| KeyError::Damaged)?;
                let plain = info
                    .decrypt(passphrase.expose())
                    .map_err(|_| KeyError::WrongPassphrase)?;
                pkcs8_key(plain.as_bytes())
            }
        };
        opened.map_err(|error| {
            if error == KeyError::Damaged {
                KeyError::WrongPassphrase
            } else {
                error
            }
        })
    }
}

/// PKCS#8 under PBES2 (PBKDF2-HMAC-SHA256, [`WRITTEN_ROUNDS`], AES-256-CBC), PEM with LF: what `keygen` writes.
///
/// `None` when the crates cannot encode the key.
pub fn write_locked_key<R: CryptoRng>(
    key: &RecoveryKey,
    passphrase: &Passphrase,
    rng: &mut R,
) -> Option<SecretText> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut iv);
    let scheme =
        pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(WRITTEN_ROUNDS, &salt, iv).ok()?;
    let der = key.to_pkcs8_der()?;
    let info = PrivateKeyInfoRef::try_from(der.as_bytes()).ok()?;
    let sealed = info.encrypt_with_params(scheme, passphrase.expose()).ok()?;
    pem_text(&sealed, "ENCRYPTED PRIVATE KEY")
}

/// PKCS#8 in clear, PEM with LF.
///
/// `None` when the crates cannot encode the key.
#[must_use]
pub fn write_open_key(key: &RecoveryKey) -> Option<SecretText> {
    pem_text(&key.to_pkcs8_der()?, "PRIVATE KEY")
}

/// SPKI, PEM with LF: what goes to the provider.
#[must_use]
pub fn write_public_key(key: &RecoveryPublicKey) -> String {
    let block = pem::Pem::new("PUBLIC KEY", key.to_spki_der());
    pem::encode_config(
        &block,
        pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF),
    )
}

/// The first 8 characters of base64(SHA-256(text)): what console and mobile app show for approval.
///
/// It covers the text of the file, so line ends and the final newline count.
#[must_use]
pub fn short_phrase(text: &[u8]) -> String {
    let mut phrase = Base64::encode_string(&Sha256::digest(text));
    phrase.truncate(8);
    phrase
}

/// `SHA256:` and the hex of the SPKI's SHA-256.
#[must_use]
pub fn fingerprint(key: &RecoveryPublicKey) -> String {
    format!("SHA256:{}", hex::encode(key.fingerprint()))
}

/// The first block that is a key; files exported from other stores carry attributes and certificates around it.
fn key_block(text: &[u8]) -> Result<pem::Pem, KeyError> {
    let blocks = pem::parse_many(text).map_err(|_| KeyError::NotPem)?;
    let position = blocks
        .iter()
        .position(|block| block.tag().ends_with("KEY"))
        .unwrap_or(0);
    blocks.into_iter().nth(position).ok_or(KeyError::NotPem)
}

fn pkcs8_key(der: &[u8]) -> Result<RecoveryKey, KeyError> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| KeyError::Damaged)?;
    if info.algorithm.oid != pkcs1::ALGORITHM_OID {
        return Err(KeyError::NotRsa);
    }
    Ok(RecoveryKey::from_pkcs8_der(der)?)
}

fn spki_key(der: &[u8]) -> Result<RecoveryPublicKey, KeyError> {
    let info =
        pkcs8::spki::SubjectPublicKeyInfoRef::try_from(der).map_err(|_| KeyError::Damaged)?;
    if info.algorithm.oid != pkcs1::ALGORITHM_OID {
        return Err(KeyError::NotRsa);
    }
    Ok(RecoveryPublicKey::from_spki_der(der)?)
}

fn legacy_lock(header: &str, sealed: &[u8]) -> Result<Lock, KeyError> {
    let (name, iv) = header.split_once(',').ok_or(KeyError::Damaged)?;
    let cipher = match name.trim() {
        "AES-128-CBC" => LegacyCipher::Aes128,
        "AES-192-CBC" => LegacyCipher::Aes192,
        "AES-256-CBC" => LegacyCipher::Aes256,
        "DES-EDE3-CBC" => LegacyCipher::DesEde3,
        other => return Err(KeyError::Scheme(format!("`{}`", shown_name(other)))),
    };
    let iv = hex::decode(iv.trim()).map_err(|_| KeyError::Damaged)?;
    if iv.len() != cipher.iv_length() {
        return Err(KeyError::Damaged);
    }
    Ok(Lock::Legacy {
        cipher,
        iv,
        sealed: sealed.to_vec(),
    })
}

/// Refuses, before a passphrase is asked for, what could not be opened with one.
fn check_scheme(der: &[u8]) -> Result<(), KeyError> {
    let info = EncryptedPrivateKeyInfoRef::from_der(der).map_err(|_| unread_scheme(der))?;
    let EncryptionScheme::Pbes2(scheme) = &info.encryption_algorithm else {
        return Err(KeyError::Scheme("PBES1 (a scheme of 1993)".to_owned()));
    };
    let excessive = match &scheme.kdf {
        pbes2::Kdf::Pbkdf2(kdf) => kdf.iteration_count > MAX_ROUNDS,
        pbes2::Kdf::Scrypt(kdf) => {
            let memory = kdf
                .cost_parameter
                .saturating_mul(u64::from(kdf.block_size) * 128);
            memory > MAX_SCRYPT_MEMORY
                || memory.saturating_mul(kdf.parallelization.into()) > MAX_SCRYPT_WORK
        }
        _ => return Err(KeyError::Scheme("an unknown key derivation".to_owned())),
    };
    if excessive {
        Err(KeyError::Work)
    } else {
        Ok(())
    }
}

/// The crates call every scheme they do not know malformed; tell the two apart by the outer structure.
fn unread_scheme(der: &[u8]) -> KeyError {
    let outer = pkcs8::der::asn1::AnyRef::from_der(der).and_then(|any| {
        any.sequence(|fields| {
            let scheme: pkcs8::spki::AlgorithmIdentifierRef<'_> = Reader::decode(fields)?;
            let _sealed: &pkcs8::der::asn1::OctetStringRef = Reader::decode(fields)?;
            Ok::<_, pkcs8::der::Error>(scheme.oid)
        })
    });
    outer.map_or(KeyError::Damaged, |oid| {
        KeyError::Scheme(format!("scheme {oid}"))
    })
}

fn pem_text(document: &pkcs8::SecretDocument, label: &'static str) -> Option<SecretText> {
    let text = document.to_pem(label, LineEnding::LF).ok()?;
    Some(SecretText::new(text.as_str().to_owned()))
}
