//! Scalars and public keys of the two curves: the only curve arithmetic in the house.
//!
//! Scalars are big-endian 32-byte integers on the outside, whatever the curve's own habit (FORMATS.md §6).

use curve25519_dalek::{edwards::EdwardsPoint, scalar::Scalar as EdScalar};
use k256::{
    FieldBytes, Scalar as KScalar, WideBytes,
    elliptic_curve::{PrimeField, ops::Reduce, sec1::ToSec1Point},
};
use rand_core::CryptoRng;
use zeroize::Zeroize;

use super::secret::{Secret, Wiped};

/// The two curves that wallets sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Curve {
    /// secp256k1: ECDSA, prime order `n`.
    Secp256k1,
    /// edwards25519: EdDSA, base point of prime order `ℓ`.
    Ed25519,
}

impl Curve {
    /// The name of the curve, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Secp256k1 => "secp256k1",
            Self::Ed25519 => "ed25519",
        }
    }

    /// Length of a public key in bytes: 33 compressed, or 32.
    #[must_use]
    pub fn public_key_length(self) -> usize {
        match self {
            Self::Secp256k1 => 33,
            Self::Ed25519 => 32,
        }
    }
}

/// A secret integer modulo a curve's group order; wiped when dropped.
pub struct Scalar(Inner);

enum Inner {
    K(KScalar),
    E(EdScalar),
}

impl Scalar {
    /// The integer that 32 big-endian bytes hold; `None` when it is not below the group order.
    #[must_use]
    pub fn from_canonical(curve: Curve, bytes: &Secret<32>) -> Option<Self> {
        let inner = match curve {
            Curve::Secp256k1 => {
                Inner::K(Option::from(KScalar::from_repr((*bytes.expose()).into()))?)
            }
            Curve::Ed25519 => {
                let mut little = *bytes.expose();
                little.reverse();
                let scalar = EdScalar::from_canonical_bytes(little);
                little.zeroize();
                Inner::E(Option::from(scalar)?)
            }
        };
        Some(Self(inner))
    }

    /// A random integer in `1 … order − 1`: 64 random bytes, reduced, so that none is likelier than another by more than
    /// one part in 2^256.
    pub fn random<R: CryptoRng>(curve: Curve, rng: &mut R) -> Self {
        loop {
            let mut wide = Wiped::new([0; 64]);
            rng.fill_bytes(wide.expose_mut());
            let scalar = Self::reduce_wide(curve, wide.expose());
            if !scalar.is_zero() {
                return scalar;
            }
        }
    }

    /// `integer mod order` of 64 big-endian bytes.
    #[must_use]
    pub fn reduce_wide(curve: Curve, wide: &[u8; 64]) -> Self {
        Self(match curve {
            Curve::Secp256k1 => Inner::K(<KScalar as Reduce<WideBytes>>::reduce(&(*wide).into())),
            Curve::Ed25519 => {
                let mut little = *wide;
                little.reverse();
                let scalar = EdScalar::from_bytes_mod_order_wide(&little);
                little.zeroize();
                Inner::E(scalar)
            }
        })
    }

    /// `integer mod order` of 32 big-endian bytes.
    #[must_use]
    pub fn reduce(curve: Curve, bytes: &[u8; 32]) -> Self {
        Self(match curve {
            Curve::Secp256k1 => Inner::K(<KScalar as Reduce<FieldBytes>>::reduce(&(*bytes).into())),
            Curve::Ed25519 => {
                let mut little = *bytes;
                little.reverse();
                let scalar = EdScalar::from_bytes_mod_order(little);
                little.zeroize();
                Inner::E(scalar)
            }
        })
    }

    /// `integer mod order` of 64 big-endian bytes, written to `out` as 32 bytes: what a batch does per wallet.
    pub fn write_reduced(curve: Curve, wide: &[u8; 64], out: &mut [u8; 32]) {
        match curve {
            Curve::Secp256k1 => {
                let mut scalar = <KScalar as Reduce<WideBytes>>::reduce(&(*wide).into());
                *out = scalar.to_bytes().into();
                scalar.zeroize();
            }
            Curve::Ed25519 => Self::reduce_wide(curve, wide).write_bytes(out),
        }
    }

    /// `self + integer` of 32 big-endian bytes, written to `out` as 32 bytes.
    pub fn write_sum(&self, integer: &[u8; 32], out: &mut [u8; 32]) {
        match &self.0 {
            Inner::K(scalar) => {
                let mut other = <KScalar as Reduce<FieldBytes>>::reduce(&(*integer).into());
                let mut sum = *scalar + other;
                *out = sum.to_bytes().into();
                other.zeroize();
                sum.zeroize();
            }
            Inner::E(_) => {
                let other = Self::reduce(Curve::Ed25519, integer);
                self.add(&other)
                    .expect("both are ed25519 scalars")
                    .write_bytes(out);
            }
        }
    }

    /// A copy, which is wiped by itself. There is no `Clone`: every copy of a secret is one somebody asked for.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(match &self.0 {
            Inner::K(scalar) => Inner::K(*scalar),
            Inner::E(scalar) => Inner::E(*scalar),
        })
    }

    /// A small public integer, such as a player's abscissa.
    #[must_use]
    pub fn from_u64(curve: Curve, value: u64) -> Self {
        Self(match curve {
            Curve::Secp256k1 => Inner::K(KScalar::from(value)),
            Curve::Ed25519 => Inner::E(EdScalar::from(value)),
        })
    }

    /// The curve this scalar belongs to.
    #[must_use]
    pub fn curve(&self) -> Curve {
        match self.0 {
            Inner::K(_) => Curve::Secp256k1,
            Inner::E(_) => Curve::Ed25519,
        }
    }

    /// The integer as 32 big-endian bytes, leading zeros kept.
    #[must_use]
    pub fn to_bytes(&self) -> Secret<32> {
        match &self.0 {
            Inner::K(scalar) => Secret::take(&mut scalar.to_bytes().into()),
            Inner::E(scalar) => {
                let mut bytes = scalar.to_bytes();
                bytes.reverse();
                Secret::take(&mut bytes)
            }
        }
    }

    /// Writes the integer to `out` as 32 big-endian bytes, leading zeros kept.
    pub fn write_bytes(&self, out: &mut [u8; 32]) {
        match &self.0 {
            Inner::K(scalar) => *out = scalar.to_bytes().into(),
            Inner::E(scalar) => {
                *out = scalar.to_bytes();
                out.reverse();
            }
        }
    }

    /// Whether the integer is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Inner::K(scalar) => bool::from(scalar.is_zero()),
            Inner::E(scalar) => bool::from(subtle::ConstantTimeEq::ct_eq(scalar, &EdScalar::ZERO)),
        }
    }

    /// `self + other`; `None` when they belong to different curves.
    #[must_use]
    pub fn add(&self, other: &Self) -> Option<Self> {
        self.pair(other, |a, b| a + b, |a, b| a + b)
    }

    /// `self − other`; `None` when they belong to different curves.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Option<Self> {
        self.pair(other, |a, b| a - b, |a, b| a - b)
    }

    /// `self · other`; `None` when they belong to different curves.
    #[must_use]
    pub fn multiply(&self, other: &Self) -> Option<Self> {
        self.pair(other, |a, b| a * b, |a, b| a * b)
    }

    /// `1 / self`; `None` for zero.
    #[must_use]
    pub fn invert(&self) -> Option<Self> {
        if self.is_zero() {
            return None;
        }
        Some(Self(match &self.0 {
            Inner::K(scalar) => Inner::K(Option::from(scalar.invert())?),
            Inner::E(scalar) => Inner::E(scalar.invert()),
        }))
    }

    /// The public key `self · G`; `None` for zero, which has none.
    #[must_use]
    pub fn public_key(&self) -> Option<PublicKey> {
        if self.is_zero() {
            return None;
        }
        let bytes = match &self.0 {
            Inner::K(scalar) => k256::ProjectivePoint::mul_by_generator(scalar)
                .to_affine()
                .to_sec1_point(true)
                .as_bytes()
                .to_vec(),
            Inner::E(scalar) => EdwardsPoint::mul_base(scalar)
                .compress()
                .to_bytes()
                .to_vec(),
        };
        Some(PublicKey {
            curve: self.curve(),
            bytes,
        })
    }

    fn pair(
        &self,
        other: &Self,
        k: impl Fn(&KScalar, &KScalar) -> KScalar,
        e: impl Fn(&EdScalar, &EdScalar) -> EdScalar,
    ) -> Option<Self> {
        match (&self.0, &other.0) {
            (Inner::K(a), Inner::K(b)) => Some(Self(Inner::K(k(a, b)))),
            (Inner::E(a), Inner::E(b)) => Some(Self(Inner::E(e(a, b)))),
            _ => None,
        }
    }
}

impl Drop for Scalar {
    fn drop(&mut self) {
        match &mut self.0 {
            Inner::K(scalar) => scalar.zeroize(),
            Inner::E(scalar) => scalar.zeroize(),
        }
    }
}

/// A point that a secret scalar answers to: 33 bytes compressed (secp256k1) or 32 (ed25519).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    curve: Curve,
    bytes: Vec<u8>,
}

impl PublicKey {
    /// Reads a public key; `None` when the length is wrong or the bytes are not a point of the curve.
    #[must_use]
    pub fn from_bytes(curve: Curve, bytes: &[u8]) -> Option<Self> {
        if bytes.len() != curve.public_key_length() {
            return None;
        }
        let on_curve = match curve {
            Curve::Secp256k1 => k256::PublicKey::from_sec1_bytes(bytes).is_ok(),
            Curve::Ed25519 => curve25519_dalek::edwards::CompressedEdwardsY::from_slice(bytes)
                .ok()?
                .decompress()
                .is_some(),
        };
        on_curve.then(|| Self {
            curve,
            bytes: bytes.to_vec(),
        })
    }

    /// The curve the point lies on.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The encoded point.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// `self + scalar · G`; `None` for scalars of the other curve, and for the one sum that is no public key.
    #[must_use]
    pub fn add_multiple(&self, scalar: &Scalar) -> Option<Self> {
        let bytes = match &scalar.0 {
            Inner::K(scalar) => {
                let own = k256::PublicKey::from_sec1_bytes(&self.bytes)
                    .ok()?
                    .to_projective();
                let sum = own + k256::ProjectivePoint::mul_by_generator(scalar);
                k256::PublicKey::from_affine(sum.to_affine())
                    .ok()?
                    .to_sec1_point(true)
                    .as_bytes()
                    .to_vec()
            }
            Inner::E(scalar) => {
                let own = curve25519_dalek::edwards::CompressedEdwardsY::from_slice(&self.bytes)
                    .ok()?
                    .decompress()?;
                (own + EdwardsPoint::mul_base(scalar))
                    .compress()
                    .to_bytes()
                    .to_vec()
            }
        };
        (self.curve == scalar.curve()).then_some(Self {
            curve: self.curve,
            bytes,
        })
    }

    /// The secp256k1 point with this x and an even y (BIP 340); an ed25519 key as it is.
    #[must_use]
    pub fn with_even_y(&self) -> Self {
        let mut even = self.clone();
        if let (Curve::Secp256k1, Some(tag)) = (self.curve, even.bytes.first_mut()) {
            *tag = 2;
        }
        even
    }

    /// The encoded point as lower-case hex.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(&self.bytes)
    }
}
