//! Makes a recovery key pair and proves it before it is handed over (FORMATS.md §2, §3).

use rand_core::CryptoRng;

use crate::{
    crypto::{
        rsa::{OaepHash, RecoveryKey, RecoveryPublicKey},
        secret::{Passphrase, SecretText},
    },
    formats::recovery_key::file::{
        PrivateKeyFile, fingerprint, read_private_key, read_public_key, short_phrase,
        write_locked_key, write_open_key, write_public_key,
    },
};

/// A new key pair as the files it is kept in.
pub struct KeyPair {
    /// PEM of the private key, encrypted if a passphrase was given.
    pub private_pem: SecretText,
    /// PEM of the public key, with LF.
    pub public_pem: String,
    /// `SHA256:` of the SPKI.
    pub fingerprint: String,
    /// What console and mobile app show of the public file.
    pub short_phrase: String,
}

/// A step of the proof did not hold. It means broken hardware or a broken build: nothing is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key pair did not pass its own proof: {0}")]
pub struct GenerateError(pub &'static str);

/// Makes an RSA-4096 pair, writes both files in memory, reads them back and opens what was sealed to them.
///
/// # Errors
/// [`GenerateError`], naming the step that failed.
pub fn generate<R: CryptoRng>(
    rng: &mut R,
    passphrase: Option<&Passphrase>,
) -> Result<KeyPair, GenerateError> {
    let key = RecoveryKey::generate(rng).ok_or(GenerateError("no sound primes were found"))?;
    let private_pem = match passphrase {
        Some(passphrase) => write_locked_key(&key, passphrase, rng),
        None => write_open_key(&key),
    }
    .ok_or(GenerateError("the private key does not encode"))?;
    let public_pem = write_public_key(&key.public_key());
    prove(rng, &private_pem, &public_pem, passphrase)?;
    Ok(KeyPair {
        private_pem,
        fingerprint: fingerprint(&key.public_key()),
        short_phrase: short_phrase(public_pem.as_bytes()),
        public_pem,
    })
}

fn prove<R: CryptoRng>(
    rng: &mut R,
    private_pem: &SecretText,
    public_pem: &str,
    passphrase: Option<&Passphrase>,
) -> Result<(), GenerateError> {
    let unread = GenerateError("the written files do not read back");
    let file = read_private_key(private_pem.expose().as_bytes()).map_err(|_| unread)?;
    let private = match (file, passphrase) {
        (PrivateKeyFile::Open(key), None) => key,
        (PrivateKeyFile::Locked(locked), Some(passphrase)) => {
            locked.unlock(passphrase).map_err(|_| unread)?
        }
        _ => return Err(unread),
    };
    let public = read_public_key(public_pem.as_bytes()).map_err(|_| unread)?;
    prove_key(rng, &private, &public)
}

/// Opens with the private key what was encrypted to the public key, as kits have it and as sealed files have it.
///
/// # Errors
/// [`GenerateError`], naming the step that failed.
pub fn prove_key<R: CryptoRng>(
    rng: &mut R,
    private: &RecoveryKey,
    public: &RecoveryPublicKey,
) -> Result<(), GenerateError> {
    let mut message = [0; 32];
    rng.fill_bytes(&mut message);
    for hash in [OaepHash::Sha1, OaepHash::Sha256] {
        let sealed = public
            .seal(rng, hash, &message)
            .ok_or(GenerateError("the public key does not seal"))?;
        let opened = private.open(rng, hash, &sealed);
        if opened.is_none_or(|opened| opened.expose() != message) {
            return Err(GenerateError(
                "the private key does not open what the public one sealed",
            ));
        }
    }
    Ok(())
}
