//! Keys on disk: every encoding a recovery key is read in, and the one it is written in (FORMATS.md §2).

use base64ct::{Base64, Encoding};
use pkcs8::{
    EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef,
    der::{Decode, Reader, pem::LineEnding},
    pkcs5::{EncryptionScheme, pbes2},
};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

pub use super::error::KeyError;
use super::{
    der,
    key_runs::{key_runs, without_certificates},
    material::{Material, Piece},
    openssh,
    search::{has_mixed_encodings, search},
};
use crate::crypto::{
    aes::{LegacyCipher, legacy_cbc_open},
    kdf::{has_room, legacy_bytes_to_key, scrypt_memory},
    rsa::{RecoveryKey, RecoveryPublicKey},
    secret::{Passphrase, SecretBytes, SecretText},
};
use crate::formats::encoding::{readable::from_wide, shown::shown_name};

/// Largest key file accepted, in bytes.
pub const MAX_KEY_FILE: u64 = 256 << 10;
/// PBKDF2 rounds of the keys written here.
pub const WRITTEN_ROUNDS: u32 = 600_000;

const MAX_ROUNDS: u32 = 20_000_000;
/// scrypt's table of 1 GiB, and as much more for its blocks as no honest key takes.
const MAX_SCRYPT_MEMORY: u64 = (1 << 30) + (16 << 20);
const MAX_SCRYPT_WORK: u64 = 1 << 32;

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
    /// `openssh-key-v1` under bcrypt.
    OpenSsh(SecretBytes),
}

/// A key and the encodings it was found in, from the outside in: `UTF-16, PEM, PKCS#8`.
pub struct Found<T> {
    /// The key.
    pub key: T,
    /// The encodings.
    pub encoding: String,
    /// Whether the file is a PEM file and nothing around it.
    pub is_plain_pem: bool,
    /// Certificates, and requests for one, that are beside the key and are not used.
    pub certificates: usize,
}

/// Reads a private key in any encoding.
///
/// # Errors
/// [`KeyError`], other than [`KeyError::WrongPassphrase`].
pub fn read_private_key(bytes: &[u8]) -> Result<PrivateKeyFile, KeyError> {
    find_private_key(bytes).map(|found| found.key)
}

/// Reads a public key in any encoding.
///
/// # Errors
/// [`KeyError`], other than [`KeyError::WrongPassphrase`].
pub fn read_public_key(bytes: &[u8]) -> Result<RecoveryPublicKey, KeyError> {
    find_public_key(bytes).map(|found| found.key)
}

/// Reads a private key and tells the encoding it was found in. What else is around it, certificates and public keys,
/// is skipped; a second private key is not.
///
/// # Errors
/// [`KeyError`], other than [`KeyError::WrongPassphrase`].
pub fn find_private_key(bytes: &[u8]) -> Result<Found<PrivateKeyFile>, KeyError> {
    let pieces = search(bytes);
    let certificates = pieces
        .iter()
        .filter(|piece| piece.material.is_certified())
        .count();
    let has_public = pieces.iter().any(|piece| piece.material.is_public());
    let keys: Vec<&Piece> = pieces
        .iter()
        .filter(|piece| piece.material.is_private())
        .collect();
    let [first, others @ ..] = keys.as_slice() else {
        return Err(if has_public {
            KeyError::PublicOnly
        } else {
            fault_of(pieces)
        });
    };
    let file = private_file(&first.material)?;
    for other in others {
        // The same bytes are the same key: looking at its numbers is the dear part.
        if other.material.same_as(&first.material) {
            continue;
        }
        let same = match (&file, private_file(&other.material)) {
            (PrivateKeyFile::Open(key), Ok(PrivateKeyFile::Open(other))) => {
                key.public_key() == other.public_key()
            }
            (PrivateKeyFile::Locked(key), Ok(PrivateKeyFile::Locked(other))) => {
                key.0.sealed() == other.0.sealed()
            }
            _ => false,
        };
        if !same {
            return Err(KeyError::Several(keys.len()));
        }
    }
    Ok(Found::new(file, first, certificates))
}

/// Reads a public key and tells the encoding it was found in. The same key several times is one; several are refused.
///
/// # Errors
/// [`KeyError`], other than [`KeyError::WrongPassphrase`].
pub fn find_public_key(bytes: &[u8]) -> Result<Found<RecoveryPublicKey>, KeyError> {
    let pieces = search(bytes);
    if pieces.iter().any(|piece| piece.material.is_private()) {
        return Err(KeyError::PrivateGiven);
    }
    let keys: Vec<&Piece> = pieces
        .iter()
        .filter(|piece| piece.material.is_public())
        .collect();
    let [first, others @ ..] = keys.as_slice() else {
        return Err(fault_of(pieces));
    };
    let key = public_key(&first.material)?;
    for other in others {
        if other.material.same_as(&first.material) {
            continue;
        }
        if public_key(&other.material)? != key {
            return Err(KeyError::Several(keys.len()));
        }
    }
    Ok(Found::new(key, first, 0))
}

/// Reads every public key of a file, each once; there is at least one. Attributes are skipped, and so are
/// certificates beside keys: those of an issuer name nobody to seal to.
///
/// # Errors
/// [`KeyError`] of the first that is none, for a private key among them, and for certificates of several keys.
pub fn read_public_keys(bytes: &[u8]) -> Result<Vec<RecoveryPublicKey>, KeyError> {
    if has_mixed_encodings(bytes) {
        return Err(KeyError::Mixed);
    }
    let pieces = search(bytes);
    // What is as long as a key and was not understood may be one.
    let (_, wide) = from_wide(bytes).unzip();
    let text = wide.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned().into());
    if key_runs(&without_certificates(&text)) > pieces.len() {
        return Err(KeyError::Mixed);
    }
    let is_bare = |piece: &&Piece| piece.material.is_public() && !piece.material.is_certified();
    if pieces.iter().any(|piece| piece.material.is_private())
        || !pieces.iter().any(|piece| is_bare(&piece))
    {
        return find_public_key(bytes).map(|found| vec![found.key]);
    }
    let mut keys = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        if let Material::Fault(fault) = &piece.material {
            // Of something that is no key, such as another block.
            if !matches!(fault, KeyError::OtherBlock(_)) {
                return Err(fault.clone());
            }
        } else if is_bare(&piece) {
            let mut before = pieces.iter().take(index);
            if before.any(|other| other.material.same_as(&piece.material)) {
                continue;
            }
            let key = public_key(&piece.material)?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

impl<T> Found<T> {
    fn new(key: T, piece: &Piece, certificates: usize) -> Self {
        let material = [piece.material.name()];
        let encodings: Vec<&str> = piece.around.iter().copied().chain(material).collect();
        Self {
            key,
            encoding: encodings.join(", "),
            is_plain_pem: piece.around == ["PEM"],
            certificates,
        }
    }
}

/// What to say of a file in which no key is. Something said about its form is worth more than about a block in it.
fn fault_of(pieces: Vec<Piece>) -> KeyError {
    let mut faults = pieces.into_iter().filter_map(|piece| match piece.material {
        Material::Fault(fault) => Some(fault),
        _ => None,
    });
    let first = faults.next().unwrap_or(KeyError::NotPem);
    match first {
        KeyError::OtherBlock(_) => faults
            .find(|fault| !matches!(fault, KeyError::OtherBlock(_)))
            .unwrap_or(first),
        first => first,
    }
}

fn private_file(material: &Material) -> Result<PrivateKeyFile, KeyError> {
    let lock = match material {
        Material::Pkcs1(der) => {
            return Ok(PrivateKeyFile::Open(RecoveryKey::from_pkcs1_der(
                der.expose(),
            )?));
        }
        Material::Pkcs8(der) => return pkcs8_key(der.expose()).map(PrivateKeyFile::Open),
        Material::Numbers(_, numbers) => {
            return Ok(PrivateKeyFile::Open(RecoveryKey::from_numbers(numbers)?));
        }
        Material::OpenSsh(bytes) if !openssh::is_encrypted(bytes.expose())? => {
            return openssh::open(bytes.expose()).map(PrivateKeyFile::Open);
        }
        Material::OpenSsh(bytes) => Lock::OpenSsh(SecretBytes::new(bytes.expose().to_vec())),
        Material::Legacy(header, sealed) => legacy_lock(header, sealed)?,
        Material::Encrypted(der) => {
            check_scheme(der)?;
            Lock::Pkcs8(der.clone())
        }
        _ => return Err(KeyError::PublicOnly),
    };
    Ok(PrivateKeyFile::Locked(LockedKey(lock)))
}

fn public_key(material: &Material) -> Result<RecoveryPublicKey, KeyError> {
    match material {
        Material::Spki(der) | Material::Certificate(der) | Material::Request(der) => spki_key(der),
        Material::Pkcs1Public(der) => Ok(RecoveryPublicKey::from_pkcs1_der(der)?),
        Material::SshPublic(blob) => openssh::public_key(blob),
        Material::PublicNumbers(_, modulus, exponent) => {
            Ok(RecoveryPublicKey::from_numbers(modulus, exponent)?)
        }
        _ => Err(KeyError::PrivateGiven),
    }
}

impl Lock {
    fn sealed(&self) -> &[u8] {
        match self {
            Self::Legacy { sealed, .. } | Self::Pkcs8(sealed) => sealed,
            Self::OpenSsh(bytes) => bytes.expose(),
        }
    }
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
                inner_key(der.expose())
            }
            Lock::Pkcs8(der) => {
                let info =
                    EncryptedPrivateKeyInfoRef::from_der(der).map_err(|_| KeyError::Damaged)?;
                if let Some(memory) = scrypt_bytes(&info.encryption_algorithm)
                    && !has_room(memory)
                {
                    return Err(KeyError::Memory(memory));
                }
                let plain = info
                    .decrypt(passphrase.expose())
                    .map_err(|_| KeyError::WrongPassphrase)?;
                inner_key(plain.as_bytes())
            }
            Lock::OpenSsh(bytes) => openssh::unlock(bytes.expose(), passphrase),
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

/// PKCS#8 unencrypted, PEM with LF.
///
/// `None` when the crates cannot encode the key.
#[must_use]
pub fn write_open_key(key: &RecoveryKey) -> Option<SecretText> {
    pem_text(&key.to_pkcs8_der()?, "PRIVATE KEY")
}

/// SPKI, PEM with LF: what goes to the provider.
#[must_use]
pub fn write_public_key(key: &RecoveryPublicKey) -> String {
    pkcs8::der::pem::encode_string("PUBLIC KEY", LineEnding::LF, &key.to_spki_der())
        .expect("any bytes can be written as PEM")
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

/// The key inside an encryption, which may be PKCS#8 or PKCS#1 whatever the label said.
fn inner_key(der: &[u8]) -> Result<RecoveryKey, KeyError> {
    match der::whole(der).and_then(der::recognise) {
        Some(Material::Pkcs1(der)) => Ok(RecoveryKey::from_pkcs1_der(der.expose())?),
        Some(Material::Pkcs8(der)) => pkcs8_key(der.expose()),
        Some(Material::Fault(fault)) => Err(fault),
        _ => Err(KeyError::Damaged),
    }
}

fn pkcs8_key(der: &[u8]) -> Result<RecoveryKey, KeyError> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| KeyError::Damaged)?;
    Ok(RecoveryKey::from_pkcs1_der(info.private_key.as_bytes())?)
}

fn spki_key(der: &[u8]) -> Result<RecoveryPublicKey, KeyError> {
    let info =
        pkcs8::spki::SubjectPublicKeyInfoRef::try_from(der).map_err(|_| KeyError::Damaged)?;
    let bits = info.subject_public_key.as_bytes();
    Ok(RecoveryPublicKey::from_pkcs1_der(
        bits.ok_or(KeyError::Damaged)?,
    )?)
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
            let mixed = u64::from(kdf.block_size) * u64::from(kdf.parallelization) * 128;
            memory_of(kdf) > MAX_SCRYPT_MEMORY
                || kdf.cost_parameter.saturating_mul(mixed) > MAX_SCRYPT_WORK
        }
        _ => return Err(KeyError::Scheme("an unknown key derivation".to_owned())),
    };
    if excessive {
        Err(KeyError::Work)
    } else {
        Ok(())
    }
}

/// Bytes that a key under scrypt takes to open; `None` for other schemes, which take next to nothing.
fn scrypt_bytes(scheme: &EncryptionScheme) -> Option<u64> {
    match scheme {
        EncryptionScheme::Pbes2(pbes2::Parameters {
            kdf: pbes2::Kdf::Scrypt(kdf),
            ..
        }) => Some(memory_of(kdf)),
        _ => None,
    }
}

fn memory_of(kdf: &pbes2::ScryptParams) -> u64 {
    scrypt_memory(
        kdf.cost_parameter,
        kdf.block_size.into(),
        kdf.parallelization.into(),
    )
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
