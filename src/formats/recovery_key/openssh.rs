//! RSA keys as `ssh-keygen` writes them: `openssh-key-v1` and `ssh-rsa …` (FORMATS.md §2).

use ssh_key::{Algorithm, Cipher, Error, Kdf, Mpint, PrivateKey, PublicKey, public::KeyData};

use super::error::KeyError;
use crate::crypto::{
    rsa::{KeyNumbers, RecoveryKey, RecoveryPublicKey},
    secret::{Passphrase, SecretBytes},
};

/// `ssh-keygen` sets 24 rounds unless told otherwise; each takes milliseconds.
const MAX_ROUNDS: u32 = 20_000;

/// Whether the key is encrypted. Refuses, before a passphrase is asked for, what no passphrase would open.
pub(in crate::formats) fn is_encrypted(bytes: &[u8]) -> Result<bool, KeyError> {
    let key = parse(bytes)?;
    if !matches!(key.algorithm(), Algorithm::Rsa { .. }) {
        return Err(KeyError::NotRsa(kind_of(&key.algorithm())));
    }
    if let Kdf::Bcrypt { rounds, .. } = key.kdf()
        && *rounds > MAX_ROUNDS
    {
        return Err(KeyError::Work);
    }
    if key.is_encrypted() && !is_read(key.cipher()) {
        return Err(KeyError::SshCipher(key.cipher().to_string()));
    }
    Ok(key.is_encrypted())
}

/// The key in an unencrypted file.
pub(in crate::formats) fn open(bytes: &[u8]) -> Result<RecoveryKey, KeyError> {
    recovery_key(&parse(bytes)?)
}

/// The key in an encrypted file.
pub(in crate::formats) fn unlock(
    bytes: &[u8],
    passphrase: &Passphrase,
) -> Result<RecoveryKey, KeyError> {
    let opened = parse(bytes)?
        .decrypt(passphrase.expose())
        .map_err(|_| KeyError::WrongPassphrase)?;
    recovery_key(&opened)
}

/// The public key in the part of a line behind `ssh-rsa`, decoded.
pub(in crate::formats) fn public_key(blob: &[u8]) -> Result<RecoveryPublicKey, KeyError> {
    let key = PublicKey::from_bytes(blob).map_err(|_| KeyError::Damaged)?;
    match key.key_data() {
        KeyData::Rsa(numbers) => Ok(RecoveryPublicKey::from_numbers(
            positive(numbers.n())?,
            positive(numbers.e())?,
        )?),
        _ => Err(KeyError::NotRsa(kind_of(&key.algorithm()))),
    }
}

/// The kind of key that a word at the beginning of a line names, where it names one.
pub(in crate::formats) fn is_algorithm(word: &str) -> bool {
    word == "ssh-rsa"
        || word.starts_with("ssh-ed25519")
        || word.starts_with("ssh-dss")
        || word.starts_with("ecdsa-sha2-")
        || word.starts_with("sk-ssh-")
        || word.starts_with("sk-ecdsa-")
        || word.starts_with("ssh-rsa-cert-")
}

fn parse(bytes: &[u8]) -> Result<PrivateKey, KeyError> {
    PrivateKey::from_bytes(bytes).map_err(|error| match error {
        Error::AlgorithmUnknown | Error::AlgorithmUnsupported { .. } => {
            KeyError::NotRsa("an SSH key of another algorithm")
        }
        _ => KeyError::Damaged,
    })
}

fn recovery_key(key: &PrivateKey) -> Result<RecoveryKey, KeyError> {
    let pair = key
        .key_data()
        .rsa()
        .ok_or_else(|| KeyError::NotRsa(kind_of(&key.algorithm())))?;
    // What is unencrypted at the beginning of the file is the key that people compare.
    if key.public_key().key_data().rsa() != Some(pair.public()) {
        return Err(KeyError::Inconsistent);
    }
    let number = |number: &Mpint| positive(number).map(|bytes| SecretBytes::new(bytes.to_vec()));
    let numbers = KeyNumbers {
        modulus: number(pair.public().n())?,
        public_exponent: number(pair.public().e())?,
        private_exponent: number(pair.private().d())?,
        primes: [number(pair.private().p())?, number(pair.private().q())?],
    };
    Ok(RecoveryKey::from_numbers(&numbers)?)
}

fn positive(number: &Mpint) -> Result<&[u8], KeyError> {
    number.as_positive_bytes().ok_or(KeyError::Inconsistent)
}

fn is_read(cipher: Cipher) -> bool {
    matches!(
        cipher,
        Cipher::Aes128Cbc
            | Cipher::Aes192Cbc
            | Cipher::Aes256Cbc
            | Cipher::Aes128Ctr
            | Cipher::Aes192Ctr
            | Cipher::Aes256Ctr
            | Cipher::Aes128Gcm
            | Cipher::Aes256Gcm
            | Cipher::ChaCha20Poly1305
            | Cipher::TdesCbc
    )
}

fn kind_of(algorithm: &Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Ed25519 => "an Ed25519 key (SSH)",
        Algorithm::Ecdsa { .. } => "an elliptic-curve key (SSH, ECDSA)",
        Algorithm::Dsa => "a DSA key (SSH)",
        Algorithm::SkEcdsaSha2NistP256 | Algorithm::SkEd25519 => "a key of a security token (SSH)",
        _ => "an SSH key of another algorithm",
    }
}
