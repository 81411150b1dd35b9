//! Made-up sharings as the field writes them: the dealer that tests need and the library must not have.

use crypto_bigint::{NonZero, U256};
use lifeboat::{
    crypto::{
        affine::to_affine_secp256k1,
        curve::{Curve, PublicKey, Scalar},
        secret::Secret,
    },
    formats::encoding::decimal::parse_decimal,
};
use serde_json::{Value, json};

const ED_FIELD: &str = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
const ED_D: &str = "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3";

/// A key in two shares.
pub(crate) struct Sharing {
    pub(crate) curve: Curve,
    pub(crate) key: Scalar,
    pub(crate) public_key: PublicKey,
    pub(crate) client: Value,
    pub(crate) custodian: Value,
}

/// What a failed property shows; made-up secrets.
impl std::fmt::Debug for Sharing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "key {}\n{}\n{}",
            self.key.to_bytes().to_hex().expose(),
            self.client,
            self.custodian
        )
    }
}

/// The scalar of these bytes, reduced; zero becomes one.
pub(crate) fn scalar(curve: Curve, bytes: &[u8; 32]) -> Scalar {
    let mut wide = [0; 64];
    wide[32..].copy_from_slice(bytes);
    let scalar = Scalar::reduce_wide(curve, &wide);
    if scalar.is_zero() {
        Scalar::from_u64(curve, 1)
    } else {
        scalar
    }
}

/// Shares `key` along a line of that slope, at two abscissas that must differ.
pub(crate) fn share(
    key: Scalar,
    slope: &Scalar,
    xc: &Scalar,
    xs: &Scalar,
    pair_id: &str,
) -> Sharing {
    let curve = key.curve();
    let at = |x: &Scalar| key.add(&slope.multiply(x).unwrap()).unwrap();
    let (client, custodian) = (at(xc), at(xs));
    let public_key = key.public_key().unwrap();
    let (client_point, custodian_point) = (client.public_key(), custodian.public_key());
    let (cx, cy) = coordinates(client_point.as_ref());
    let (sx, sy) = coordinates(custodian_point.as_ref());
    let (x, y) = coordinates(Some(&public_key));
    let client = json!({
        "clientId": "", "backupSharePairId": pair_id, "signingSharePairId": "",
        "share": decimal(&client), "ssid": "AAAA",
        "pubkey": { "X": x, "Y": y },
        "partialPubkey": { "client": { "X": cx, "Y": cy }, "server": { "X": sx, "Y": sy } },
        "bks": { "client": { "X": decimal(xc), "Rank": 0 }, "server": { "X": decimal(xs), "Rank": 0 } },
    });
    let custodian = json!({
        "clientId": "made-up client", "backupSharePairId": pair_id,
        "x": x, "y": y, "clientBk": decimal(xc), "serverBk": decimal(xs), "share": decimal(&custodian),
        "clientPartialPubKey_x": cx, "clientPartialPubKey_y": cy,
        "serverPartialPubKey_x": sx, "serverPartialPubKey_y": sy,
    });
    Sharing {
        curve,
        key,
        public_key,
        client,
        custodian,
    }
}

/// A sharing that a number tells apart from others.
pub(crate) fn numbered(curve: Curve, key: u8, pair: u8) -> Sharing {
    let number = |salt: u8| {
        scalar(
            curve,
            &std::array::from_fn(|i| (i as u8).wrapping_mul(37) ^ salt),
        )
    };
    let pair_id = format!("pair-{}-{key}-{pair}", curve.name());
    share(
        number(key),
        &number(pair ^ 0x55),
        &number(pair ^ 0x70),
        &number(pair ^ 0x0f),
        &pair_id,
    )
}

/// Decimal digits of a scalar, without leading zeros.
pub(crate) fn decimal(scalar: &Scalar) -> String {
    decimal_of(scalar.to_bytes().expose())
}

/// Decimal digits of 32 big-endian bytes.
pub(crate) fn decimal_of(bytes: &[u8; 32]) -> String {
    let mut rest = *bytes;
    let mut digits = Vec::new();
    while rest != [0; 32] {
        let mut remainder = 0;
        for byte in &mut rest {
            let value = remainder * 256 + u32::from(*byte);
            *byte = u8::try_from(value / 10).unwrap();
            remainder = value % 10;
        }
        digits.push(char::from_digit(remainder, 10).unwrap());
    }
    if digits.is_empty() {
        "0".to_owned()
    } else {
        digits.iter().rev().collect()
    }
}

/// The group order in decimal, plus a number.
pub(crate) fn order_plus(curve: Curve, more: u64) -> String {
    let minus_one = Scalar::from_u64(curve, 0)
        .subtract(&Scalar::from_u64(curve, 1))
        .unwrap();
    let order =
        U256::from_be_slice(minus_one.to_bytes().expose()).wrapping_add(&U256::from_u64(1 + more));
    decimal_of(&bytes_of(order))
}

/// A coordinate of edwards25519 plus the field's prime: the same point, written as no program writes it.
pub(crate) fn plus_field(coordinate: &str) -> String {
    let number = U256::from_be_slice(parse_decimal(coordinate).unwrap().expose());
    decimal_of(&bytes_of(number.wrapping_add(&U256::from_be_hex(ED_FIELD))))
}

/// Affine coordinates in decimal; zeros for the point at infinity, which tests do not reach.
pub(crate) fn coordinates(key: Option<&PublicKey>) -> (String, String) {
    let Some(key) = key else {
        return ("0".to_owned(), "0".to_owned());
    };
    if let Some(point) = to_affine_secp256k1(key) {
        let (x, y) = point.split_at(32);
        return (
            decimal_of(x.try_into().unwrap()),
            decimal_of(y.try_into().unwrap()),
        );
    }
    let mut y: [u8; 32] = key.as_bytes().try_into().unwrap();
    y.reverse();
    let odd = y[0] >> 7 == 1;
    y[0] &= 0x7f;
    (
        decimal_of(&bytes_of(edwards_x(U256::from_be_slice(&y), odd))),
        decimal_of(&y),
    )
}

/// `x` with `−x² + y² = 1 + d·x²·y²` and the parity asked for (RFC 8032 §5.1.3), by plain modular arithmetic.
fn edwards_x(y: U256, odd: bool) -> U256 {
    let p = U256::from_be_hex(ED_FIELD);
    let modulus = NonZero::new(p).unwrap();
    let mul = |a: &U256, b: &U256| a.mul_mod(b, &modulus);
    let pow = |base: &U256, exponent: &U256| {
        (0..256).rev().fold(U256::ONE, |result, bit| {
            let square = mul(&result, &result);
            if exponent.bit_vartime(bit) {
                mul(&square, base)
            } else {
                square
            }
        })
    };
    let yy = mul(&y, &y);
    let numerator = yy.sub_mod(&U256::ONE, &modulus);
    let denominator = mul(&U256::from_be_hex(ED_D), &yy).add_mod(&U256::ONE, &modulus);
    let xx = mul(
        &numerator,
        &pow(&denominator, &p.wrapping_sub(&U256::from_u64(2))),
    );
    let mut x = pow(&xx, &p.wrapping_add(&U256::from_u64(3)).wrapping_shr(3));
    if mul(&x, &x) != xx {
        let root = pow(
            &U256::from_u64(2),
            &p.wrapping_sub(&U256::ONE).wrapping_shr(2),
        );
        x = mul(&x, &root);
    }
    assert_eq!(mul(&x, &x), xx);
    if x.bit_vartime(0) == odd {
        x
    } else {
        p.wrapping_sub(&x)
    }
}

fn bytes_of(number: U256) -> [u8; 32] {
    number.to_be_bytes().as_slice().try_into().unwrap()
}

/// 32 bytes of hex as a secret.
pub(crate) fn secret_of_hex(text: &str) -> Secret<32> {
    Secret::from_slice(&hex::decode(text).unwrap()).unwrap()
}
