//! What only rehearsals need: coordinates of points, numbers in decimal, signatures verified by public keys that were there before.

use lifeboat::{
    crypto::{
        affine::{from_affine, to_affine},
        curve::{Curve, PublicKey, Scalar},
        secret::Secret,
        signature::{sign_ecdsa, sign_ed25519, verifies_ecdsa, verifies_ed25519},
    },
    formats::encoding::decimal::{parse_decimal, write_decimal},
};
use proptest::prelude::*;

use crate::support::sharing::{coordinates, decimal_of, scalar};

fn curves() -> impl Strategy<Value = Curve> {
    prop_oneof![Just(Curve::Secp256k1), Just(Curve::Ed25519)]
}

/// By either curve's verification.
fn verifies(key: &PublicKey, message: &[u8; 32], signature: &[u8; 64]) -> bool {
    match key.curve() {
        Curve::Secp256k1 => verifies_ecdsa(key, message, signature),
        Curve::Ed25519 => verifies_ed25519(key, message, signature),
    }
}

proptest! {
    #[test]
    fn coordinates_are_those_of_other_arithmetic(curve in curves(), bytes: [u8; 32]) {
        let key = scalar(curve, &bytes).public_key().unwrap();
        let (x, y) = to_affine(&key);
        prop_assert_eq!((decimal_of(&x), decimal_of(&y)), coordinates(Some(&key)));
        prop_assert_eq!(from_affine(curve, &x, &y), Some(key));
    }

    #[test]
    fn numbers_are_written_as_they_are_read(mut bytes: [u8; 32], zeros in 0..=32_usize) {
        bytes[..zeros].fill(0);
        let written = write_decimal(&Secret::from_slice(&bytes).unwrap());
        prop_assert_eq!(written.expose(), decimal_of(&bytes));
        let read = parse_decimal(written.expose()).unwrap();
        prop_assert_eq!(*read.expose(), bytes);
    }

    #[test]
    fn a_signature_verifies_with_its_key_and_no_other(curve in curves(), bytes: [u8; 32], at in 0..64_usize) {
        let key = scalar(curve, &bytes);
        let own = key.public_key().unwrap();
        let other = Scalar::from_u64(curve, 7).public_key().unwrap();
        let mut signature = match curve {
            Curve::Secp256k1 => sign_ecdsa(&key, &bytes).unwrap().compact,
            Curve::Ed25519 => sign_ed25519(&key, &bytes).unwrap(),
        };
        prop_assert!(verifies(&own, &bytes, &signature));
        prop_assert!(own == other || !verifies(&other, &bytes, &signature));
        signature[at] ^= 1;
        prop_assert!(!verifies(&own, &bytes, &signature));
    }
}

#[test]
fn the_largest_number_and_zero_are_written_whole() {
    for bytes in [[0; 32], [0xff; 32]] {
        let written = write_decimal(&Secret::from_slice(&bytes).unwrap());
        assert_eq!(written.expose(), decimal_of(&bytes));
    }
}
