//! Public keys by their affine coordinates, as Portal shares write them (FORMATS.md §21).
//!
//! All of it is public: nothing here needs constant time.

use crypto_bigint::{NonZero, U256};
use k256::elliptic_curve::sec1::ToSec1Point;

use super::curve::{Curve, PublicKey};

/// `2²⁵⁵ − 19`: the field of edwards25519.
const ED_FIELD: &str = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
/// `−121665 / 121666` in that field (RFC 8032 §5.1).
const ED_D: &str = "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3";

/// The point `(x, y)`, each 32 bytes big-endian; `None` when it does not lie on the curve.
///
/// Coordinates at or over the field's prime are refused: no program writes them.
#[must_use]
pub fn from_affine(curve: Curve, x: &[u8; 32], y: &[u8; 32]) -> Option<PublicKey> {
    match curve {
        Curve::Secp256k1 => {
            let mut point = [4; 65];
            point[1..33].copy_from_slice(x);
            point[33..].copy_from_slice(y);
            let key = k256::PublicKey::from_sec1_bytes(&point).ok()?;
            PublicKey::from_bytes(curve, key.to_sec1_point(true).as_bytes())
        }
        Curve::Ed25519 => {
            if !on_edwards25519(x, y) {
                return None;
            }
            let mut encoded = *y;
            encoded.reverse();
            encoded[31] |= (x[31] & 1) << 7;
            PublicKey::from_bytes(curve, &encoded)
        }
    }
}

/// `x ‖ y` of a secp256k1 key, 32 bytes each, big-endian: what Ethereum hashes. `None` for the other curve.
#[must_use]
pub fn to_affine_secp256k1(key: &PublicKey) -> Option<[u8; 64]> {
    if key.curve() != Curve::Secp256k1 {
        return None;
    }
    let point = k256::PublicKey::from_sec1_bytes(key.as_bytes())
        .ok()?
        .to_sec1_point(false);
    point.as_bytes().get(1..)?.try_into().ok()
}

/// `x` and `y` of a key, 32 bytes each, big-endian: what [`from_affine`] takes.
///
/// # Panics
/// Never: a [`PublicKey`] is a point of its curve.
#[must_use]
pub fn to_affine(key: &PublicKey) -> ([u8; 32], [u8; 32]) {
    if let Some(point) = to_affine_secp256k1(key) {
        let (x, y) = point.split_at(32);
        let half = |bytes: &[u8]| bytes.try_into().expect("half of 64 bytes are 32");
        return (half(x), half(y));
    }
    let mut y: [u8; 32] = key
        .as_bytes()
        .try_into()
        .expect("an ed25519 key has 32 bytes");
    y.reverse();
    let is_odd = y[0] >> 7 == 1;
    y[0] &= 0x7f;
    (edwards_x(&y, is_odd), y)
}

/// The `x` of this parity beside a `y` of edwards25519 (RFC 8032 §5.1.3): `x² = (y² − 1) / (d·y² + 1)`.
fn edwards_x(y: &[u8; 32], is_odd: bool) -> [u8; 32] {
    let p = U256::from_be_hex(ED_FIELD);
    let prime = NonZero::new(p).expect("the prime is not zero");
    let y = U256::from_be_slice(y);
    let yy = y.mul_mod(&y, &prime);

    let above = yy.sub_mod(&U256::ONE, &prime);
    let below = U256::from_be_hex(ED_D).mul_mod(&yy, &prime);
    let below = below.add_mod(&U256::ONE, &prime);
    let inverse = power(&below, &p.wrapping_sub(&U256::from_u8(2)), &prime);
    let xx = above.mul_mod(&inverse, &prime);

    // A square root modulo p = 8k + 5 is this power, or this power times √−1.
    let mut x = power(&xx, &p.wrapping_add(&U256::from_u8(3)).shr(3), &prime);
    if x.mul_mod(&x, &prime) != xx {
        let quarter = p.wrapping_sub(&U256::ONE).shr(2);
        x = x.mul_mod(&power(&U256::from_u8(2), &quarter, &prime), &prime);
    }
    if x.bit_vartime(0) != is_odd {
        x = x.neg_mod(&prime);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(x.to_be_bytes().as_ref());
    bytes
}

/// `base` to the power `exponent`, from its highest bit down.
fn power(base: &U256, exponent: &U256, prime: &NonZero<U256>) -> U256 {
    (0..U256::BITS).rev().fold(U256::ONE, |result, bit| {
        let squared = result.mul_mod(&result, prime);
        match exponent.bit_vartime(bit) {
            true => squared.mul_mod(base, prime),
            false => squared,
        }
    })
}

/// `−x² + y² = 1 + d·x²·y²`
fn on_edwards25519(x: &[u8; 32], y: &[u8; 32]) -> bool {
    let prime = U256::from_be_hex(ED_FIELD);
    let (x, y) = (U256::from_be_slice(x), U256::from_be_slice(y));
    if x >= prime || y >= prime {
        return false;
    }
    let prime = NonZero::new(prime).expect("the prime is not zero");
    let (xx, yy) = (x.mul_mod(&x, &prime), y.mul_mod(&y, &prime));
    let d = U256::from_be_hex(ED_D);
    let right = d
        .mul_mod(&xx, &prime)
        .mul_mod(&yy, &prime)
        .add_mod(&U256::ONE, &prime);
    yy.sub_mod(&xx, &prime) == right
}
