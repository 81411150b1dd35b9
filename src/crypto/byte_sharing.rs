//! A secret of bytes shared among people, as SLIP-39 does it (FORMATS.md §25): Shamir's polynomials over GF(256), with a
//! digest among their points that tells a wrong set of shares, and the cipher over the whole secret.
//!
//! Multiplication looks nothing up, so that no cache tells what was multiplied.

use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    kdf::pbkdf2_sha256_of_length,
    secret::{Passphrase, SecretBytes},
};

/// Most shares of one secret.
pub const MOST_SHARES: u8 = 16;

/// Length of the digest, in bytes.
const DIGEST: usize = 4;
/// Where the polynomials have the digest, with random bytes behind it, and where the secret.
const DIGEST_PLACE: u8 = 254;
const SECRET_PLACE: u8 = 255;

/// The points of all polynomials at one place: one byte for each byte of the secret.
pub struct ByteShare {
    /// The place; public, and different for every share.
    pub place: u8,
    /// The value there.
    pub value: SecretBytes,
}

/// Why shares do not make a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// Two shares of one place, shares of different lengths, or not as many as the threshold says.
    #[error("the shares do not belong together")]
    Unfit,
    /// The digest says no: a share of another secret is among them, or one was altered.
    #[error("the shares do not make a secret: one of them is wrong")]
    Digest,
}

/// Shares a secret of at least 16 bytes among `count`, any `threshold` of which make it.
///
/// `None` for a threshold of zero or over `count`, more than [`MOST_SHARES`], or one of several with a threshold of one,
/// which would be copies.
pub fn share_bytes<R: CryptoRng>(
    secret: &SecretBytes,
    threshold: u8,
    count: u8,
    rng: &mut R,
) -> Option<Vec<ByteShare>> {
    let fits = (1..=count).contains(&threshold) && count <= MOST_SHARES;
    if !fits || secret.len() < 16 || (threshold == 1 && count > 1) {
        return None;
    }
    if threshold == 1 {
        let value = SecretBytes::new(secret.expose().to_vec());
        return Some(vec![ByteShare { place: 0, value }]);
    }

    // The first shares are drawn; the rest lie on the polynomials through them, the digest and the secret.
    let drawn = threshold - 2;
    let mut shares: Vec<ByteShare> = (0..drawn)
        .map(|place| ByteShare {
            place,
            value: random(secret.len(), rng),
        })
        .collect();
    let salt = random(secret.len() - DIGEST, rng);
    let mut digested = Vec::with_capacity(secret.len());
    digested.extend_from_slice(&digest(&salt, secret));
    digested.extend_from_slice(salt.expose());
    let mut points: Vec<ByteShare> = shares.iter().map(ByteShare::duplicate).collect();
    points.push(ByteShare {
        place: DIGEST_PLACE,
        value: SecretBytes::new(digested),
    });
    points.push(ByteShare {
        place: SECRET_PLACE,
        value: SecretBytes::new(secret.expose().to_vec()),
    });
    for place in drawn..count {
        let value = interpolate(&points, place)?;
        shares.push(ByteShare { place, value });
    }
    Some(shares)
}

/// The secret of exactly as many shares as its threshold says.
///
/// # Errors
/// [`JoinError`].
pub fn join_shares(shares: &[ByteShare]) -> Result<SecretBytes, JoinError> {
    let first = shares.first().ok_or(JoinError::Unfit)?;
    if shares.len() == 1 {
        return Ok(SecretBytes::new(first.value.expose().to_vec()));
    }
    let secret = interpolate(shares, SECRET_PLACE).ok_or(JoinError::Unfit)?;
    let digested = interpolate(shares, DIGEST_PLACE).ok_or(JoinError::Unfit)?;
    let (told, salt) = digested
        .expose()
        .split_at_checked(DIGEST)
        .ok_or(JoinError::Unfit)?;
    let made = digest(&SecretBytes::new(salt.to_vec()), &secret);
    if bool::from(made.ct_eq(told)) {
        Ok(secret)
    } else {
        Err(JoinError::Digest)
    }
}

impl ByteShare {
    fn duplicate(&self) -> Self {
        Self {
            place: self.place,
            value: SecretBytes::new(self.value.expose().to_vec()),
        }
    }
}

fn random<R: CryptoRng>(length: usize, rng: &mut R) -> SecretBytes {
    let mut bytes = vec![0; length];
    rng.fill_bytes(&mut bytes);
    SecretBytes::new(bytes)
}

/// The first bytes of `HMAC-SHA256(salt, secret)`.
fn digest(salt: &SecretBytes, secret: &SecretBytes) -> [u8; DIGEST] {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(salt.expose()).expect("HMAC takes keys of any length");
    mac.update(secret.expose());
    let whole: [u8; 32] = mac.finalize().into_bytes().into();
    let [a, b, c, d, ..] = whole;
    [a, b, c, d]
}

/// Every polynomial's value at `place`, by Lagrange: `Σ yᵢ · Π (xⱼ − x) / (xⱼ − xᵢ)`. `None` for two points of one place, or
/// values of different lengths.
fn interpolate(points: &[ByteShare], place: u8) -> Option<SecretBytes> {
    let length = points.first()?.value.len();
    let mut sum = Zeroizing::new(vec![0_u8; length]);
    for (i, point) in points.iter().enumerate() {
        if point.value.len() != length {
            return None;
        }
        let mut basis = 1;
        for (_, other) in points.iter().enumerate().filter(|(j, _)| *j != i) {
            // Places are public: a look at them tells nothing.
            if other.place == point.place {
                return None;
            }
            let share = multiply(other.place ^ place, invert(other.place ^ point.place));
            basis = multiply(basis, share);
        }
        for (sum, value) in sum.iter_mut().zip(point.value.expose()) {
            *sum ^= multiply(basis, *value);
        }
    }
    Some(SecretBytes::new(sum.to_vec()))
}

/// The product in GF(256) with the polynomial x⁸ + x⁴ + x³ + x + 1, in the same steps for all factors.
fn multiply(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    for _ in 0..8 {
        product ^= a & (b & 1).wrapping_neg();
        let overflow = (a >> 7).wrapping_neg();
        a = (a << 1) ^ (overflow & 0x1b);
        b >>= 1;
    }
    product
}

/// `a²⁵⁴`, which is `1 / a`, and 0 of 0.
fn invert(a: u8) -> u8 {
    let mut power = a;
    // 254 is 1111 1110 in binary: six times squared and multiplied, and squared.
    for _ in 0..6 {
        power = multiply(multiply(power, power), a);
    }
    multiply(power, power)
}

/// What the cipher of a shared secret depends on, beside its passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cipher {
    /// 15 random bits that all shares of a secret have in common.
    pub identifier: u16,
    /// Whether the secret can be shared anew under another identifier: then the cipher does not depend on it.
    pub is_extendable: bool,
    /// `2500 · 2ᵉ` rounds of PBKDF2 in each of its four rounds.
    pub exponent: u8,
}

impl Cipher {
    /// A secret of an even number of bytes, encrypted.
    #[must_use]
    pub fn encrypt(&self, secret: &SecretBytes, passphrase: &Passphrase) -> SecretBytes {
        self.rounds(secret, passphrase, [0, 1, 2, 3])
    }

    /// A secret of an even number of bytes, decrypted. Another passphrase gives another secret.
    #[must_use]
    pub fn decrypt(&self, encrypted: &SecretBytes, passphrase: &Passphrase) -> SecretBytes {
        self.rounds(encrypted, passphrase, [3, 2, 1, 0])
    }

    /// A Feistel network of four rounds, whose function is PBKDF2-HMAC-SHA256.
    fn rounds(&self, text: &SecretBytes, passphrase: &Passphrase, order: [u8; 4]) -> SecretBytes {
        let (left, right) = text.expose().split_at(text.len() / 2);
        let mut left = Zeroizing::new(left.to_vec());
        let mut right = Zeroizing::new(right.to_vec());
        for round in order {
            let mut key = Vec::with_capacity(1 + passphrase.expose().len());
            key.push(round);
            key.extend_from_slice(passphrase.expose());
            let key = Passphrase::new(key);
            let mut salt = Zeroizing::new(Vec::with_capacity(8 + right.len()));
            if !self.is_extendable {
                salt.extend_from_slice(b"shamir");
                salt.extend_from_slice(&self.identifier.to_be_bytes());
            }
            salt.extend_from_slice(&right);
            let rounds = 2500 << self.exponent.min(15);
            let mask = pbkdf2_sha256_of_length(&key, &salt, rounds, left.len());
            for (byte, mask) in left.iter_mut().zip(mask.expose()) {
                *byte ^= mask;
            }
            std::mem::swap(&mut left, &mut right);
        }
        let mut done = Vec::with_capacity(text.len());
        done.extend_from_slice(&right);
        done.extend_from_slice(&left);
        SecretBytes::new(done)
    }
}

#[cfg(test)]
mod tests {
    use super::{invert, multiply};

    /// A field: what is multiplied comes apart again, and 3 runs through all of it, as the standard of AES says.
    #[test]
    fn multiplication_is_of_a_field() {
        let mut power = 1;
        let mut seen = [false; 256];
        for _ in 0..255 {
            assert!(!std::mem::replace(&mut seen[usize::from(power)], true));
            power = multiply(power, 3);
        }
        assert_eq!((power, seen[0]), (1, false));
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        for a in 1..=255 {
            assert_eq!(multiply(a, invert(a)), 1);
        }
    }
}
