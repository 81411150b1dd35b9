//! The recovery key pair: RSA with OAEP, the two paddings that kits use (FORMATS.md §3).
//!
//! Decryption is blinded with fresh randomness; the crate's arithmetic and unpadding are constant time.

use crypto_bigint::{BoxedUint, Odd};
use crypto_primes::hazmat::MillerRabin;
use pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef, UintRef};
use pkcs8::{EncodePrivateKey, EncodePublicKey, der::Decode};
use rand_core::CryptoRng;
use rsa::{
    Oaep, PrivateKey, PublicKey,
    traits::{PrivateKeyParts, PublicKeyParts},
};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{
    modulus::{Doubt, doubt},
    secret::SecretBytes,
};

/// Smallest modulus accepted when reading a key: kits of 2019 were made for RSA-2048.
pub const MIN_BITS: u32 = 2048;
/// Largest modulus accepted when reading a key.
pub const MAX_BITS: u32 = 8192;
/// Modulus of the keys made here.
pub const GENERATED_BITS: usize = 4096;

const MILLER_RABIN_ROUNDS: usize = 5;

/// What is wrong with a key that parses, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaKeyError {
    /// Not the structure of an RSA key.
    Structure,
    /// The parts of the key contradict each other.
    Inconsistent,
    /// Modulus outside 2048 to 8192 bits; holds its size.
    Size(u32),
    /// A public key that no key program makes.
    Doubtful(Doubt),
}

/// Which hash the OAEP padding uses, for label and mask alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OaepHash {
    /// Cosigner entries of a kit.
    Sha1,
    /// Auto-generated owner passphrases and what this tool seals.
    Sha256,
}

/// The numbers of a private key, big-endian, leading zeros or not.
pub struct KeyNumbers {
    /// `n`.
    pub modulus: SecretBytes,
    /// `e`.
    pub public_exponent: SecretBytes,
    /// `d`.
    pub private_exponent: SecretBytes,
    /// `p` and `q`.
    pub primes: [SecretBytes; 2],
}

/// The customer's private RSA key. The `rsa` crate wipes it when dropped.
pub struct RecoveryKey(Box<PrivateKey>);

/// The public key.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryPublicKey(PublicKey);

impl RecoveryKey {
    /// Makes an RSA-4096 key pair, e = 65537. The crate's own primality test is followed by five Miller–Rabin
    /// rounds with random bases for each prime; `None` when the crate fails or a prime does not pass.
    pub fn generate<R: CryptoRng>(rng: &mut R) -> Option<Self> {
        let key = PrivateKey::new(rng, GENERATED_BITS).ok()?;
        let sound = key
            .primes()
            .iter()
            .all(|prime| passes_miller_rabin(prime, rng));
        sound.then(|| Self(Box::new(key)))
    }

    /// Reads PKCS#1 DER (`RSAPrivateKey`).
    ///
    /// # Errors
    /// [`RsaKeyError`] when it is not such a key, or not a sound one.
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, RsaKeyError> {
        let numbers = RsaPrivateKeyRef::from_der(der).map_err(|_| RsaKeyError::Structure)?;
        check_size(bits_of(&numbers.modulus))?;
        if numbers.version() != pkcs1::Version::TwoPrime {
            return Err(RsaKeyError::Structure);
        }
        PrivateKey::try_from(numbers)
            .map_err(|_| RsaKeyError::Inconsistent)
            .and_then(Self::sound)
    }

    /// Reads the numbers of a key, as formats without DER hold them.
    ///
    /// # Errors
    /// [`RsaKeyError`] when they make no sound key.
    pub fn from_numbers(numbers: &KeyNumbers) -> Result<Self, RsaKeyError> {
        let modulus = number(numbers.modulus.expose());
        check_bytes(modulus)?;
        let uint = |bytes: &SecretBytes| uint(number(bytes.expose()), modulus.len());
        let primes = numbers.primes.iter().map(uint).collect::<Result<_, _>>()?;
        PrivateKey::from_components(
            uint(&numbers.modulus)?,
            uint(&numbers.public_exponent)?,
            uint(&numbers.private_exponent)?,
            primes,
        )
        .map_err(|_| RsaKeyError::Inconsistent)
        .and_then(Self::sound)
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> RecoveryPublicKey {
        RecoveryPublicKey(self.0.to_public_key())
    }

    /// PKCS#8 DER; `None` when the crate cannot encode the key.
    #[must_use]
    pub fn to_pkcs8_der(&self) -> Option<pkcs8::SecretDocument> {
        self.0.to_pkcs8_der().ok()
    }

    /// Opens an OAEP ciphertext (empty label). `None`: made for another key, or altered; the two look alike.
    pub fn open<R: CryptoRng>(
        &self,
        rng: &mut R,
        hash: OaepHash,
        sealed: &[u8],
    ) -> Option<SecretBytes> {
        let plain = match hash {
            OaepHash::Sha1 => self.0.decrypt_blinded(rng, Oaep::<Sha1>::new(), sealed),
            OaepHash::Sha256 => self.0.decrypt_blinded(rng, Oaep::<Sha256>::new(), sealed),
        };
        plain.ok().map(SecretBytes::new)
    }

    /// Opens an OAEP-SHA256 ciphertext with a label, as [`RecoveryKey::open`] does without.
    pub fn open_labelled<R: CryptoRng>(
        &self,
        rng: &mut R,
        label: &str,
        sealed: &[u8],
    ) -> Option<SecretBytes> {
        let padding = Oaep::<Sha256>::new_with_label(label.as_bytes());
        let plain = self.0.decrypt_blinded(rng, padding, sealed);
        plain.ok().map(SecretBytes::new)
    }

    fn sound(key: PrivateKey) -> Result<Self, RsaKeyError> {
        check_size(key.n().bit_width())?;
        key.validate().map_err(|_| RsaKeyError::Inconsistent)?;
        Ok(Self(Box::new(key)))
    }
}

impl RecoveryPublicKey {
    /// Reads PKCS#1 DER (`RSAPublicKey`).
    ///
    /// # Errors
    /// As [`RecoveryPublicKey::from_numbers`].
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, RsaKeyError> {
        // Looked at before the crate does: it calls all that it does not take malformed.
        let parts = RsaPublicKeyRef::from_der(der).map_err(|_| RsaKeyError::Structure)?;
        Self::from_numbers(parts.modulus.as_bytes(), parts.public_exponent.as_bytes())
    }

    /// Reads modulus and exponent, big-endian.
    ///
    /// # Errors
    /// [`RsaKeyError`] when they make no public key, one of a size outside the bounds, or one that no key program makes.
    pub fn from_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Self, RsaKeyError> {
        let (modulus, exponent) = (number(modulus), number(exponent));
        check_bytes(modulus)?;
        if let Some(doubt) = doubt(modulus, exponent) {
            return Err(RsaKeyError::Doubtful(doubt));
        }
        PublicKey::new(
            uint(modulus, modulus.len())?,
            uint(exponent, exponent.len())?,
        )
        .map(Self)
        .map_err(|_| RsaKeyError::Structure)
    }

    /// Size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.0.n().bit_width()
    }

    /// Size of the modulus in bytes, which is the size of every ciphertext.
    #[must_use]
    pub fn ciphertext_length(&self) -> usize {
        self.0.size()
    }

    /// SPKI DER.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        self.0
            .to_public_key_der()
            .expect("an RSA public key always encodes")
            .into_vec()
    }

    /// SHA-256 of the SPKI DER.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(self.to_spki_der()).into()
    }

    /// Exponent and modulus, big-endian.
    #[must_use]
    pub fn numbers(&self) -> (Vec<u8>, Vec<u8>) {
        (
            self.0.e().to_be_bytes().into_vec(),
            self.0.n().to_be_bytes().into_vec(),
        )
    }

    /// Seals with OAEP-SHA256 and a label; `None` when the plain text is too long for the key.
    pub fn seal_labelled<R: CryptoRng>(
        &self,
        rng: &mut R,
        label: &str,
        plain: &[u8],
    ) -> Option<Vec<u8>> {
        let padding = Oaep::<Sha256>::new_with_label(label.as_bytes());
        self.0.encrypt(rng, padding, plain).ok()
    }

    /// Seals with OAEP (empty label); `None` when the plain text is too long for the key.
    pub fn seal<R: CryptoRng>(&self, rng: &mut R, hash: OaepHash, plain: &[u8]) -> Option<Vec<u8>> {
        match hash {
            OaepHash::Sha1 => self.0.encrypt(rng, Oaep::<Sha1>::new(), plain),
            OaepHash::Sha256 => self.0.encrypt(rng, Oaep::<Sha256>::new(), plain),
        }
        .ok()
    }
}

fn bits_of(number: &UintRef<'_>) -> u32 {
    let bytes = number.as_bytes();
    let zeros = bytes.first().map_or(0, |byte| byte.leading_zeros());
    u32::try_from(bytes.len())
        .unwrap_or(u32::MAX)
        .saturating_mul(8)
        .saturating_sub(zeros)
}

/// A number without leading zeros.
fn number(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

fn uint(bytes: &[u8], length: usize) -> Result<BoxedUint, RsaKeyError> {
    let bits = u32::try_from(length * 8).map_err(|_| RsaKeyError::Inconsistent)?;
    BoxedUint::from_be_slice(bytes, bits).map_err(|_| RsaKeyError::Inconsistent)
}

/// Refuses a modulus outside the bounds before anything is calculated with it.
fn check_bytes(modulus: &[u8]) -> Result<(), RsaKeyError> {
    let first = modulus.first().map_or(8, |byte| byte.leading_zeros());
    let bits = u32::try_from(modulus.len() * 8).unwrap_or(u32::MAX);
    check_size(bits.saturating_sub(first))
}

fn check_size(bits: u32) -> Result<(), RsaKeyError> {
    if (MIN_BITS..=MAX_BITS).contains(&bits) {
        Ok(())
    } else {
        Err(RsaKeyError::Size(bits))
    }
}

fn passes_miller_rabin<R: CryptoRng>(prime: &BoxedUint, rng: &mut R) -> bool {
    let Some(odd) = Option::<Odd<BoxedUint>>::from(Odd::new(prime.clone())) else {
        return false;
    };
    let test = MillerRabin::new(odd);
    (0..MILLER_RABIN_ROUNDS).all(|_| test.test_random_base(rng).is_probably_prime())
}
