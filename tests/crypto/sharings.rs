//! Random sharings recombine, and scalars are their bytes.

use lifeboat::crypto::{
    curve::{Curve, Scalar},
    secret_sharing::{FullKey, ShamirShare, add_shares, interpolate_shares},
};
use proptest::{collection::vec, prelude::*};

fn curves() -> impl Strategy<Value = Curve> {
    prop_oneof![Just(Curve::Secp256k1), Just(Curve::Ed25519)]
}

/// A scalar from 64 random bytes.
fn scalar(curve: Curve, wide: &[u8]) -> Scalar {
    Scalar::reduce_wide(curve, wide.try_into().unwrap())
}

fn interpolate(curve: Curve, players: &[(u64, Scalar)]) -> Option<Scalar> {
    let places: Vec<Scalar> = players
        .iter()
        .map(|(x, _)| Scalar::from_u64(curve, *x))
        .collect();
    let shares = places.iter().zip(players);
    let shares: Vec<ShamirShare<'_>> = shares
        .map(|(abscissa, (_, share))| ShamirShare { abscissa, share })
        .collect();
    interpolate_shares(&shares)
}

fn same(a: &Scalar, b: &Scalar) -> bool {
    a.to_bytes().same_as(&b.to_bytes())
}

fn wide() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 64)
}

proptest! {
    #[test]
    fn additive_sharings_recombine(curve in curves(), key in wide(), masks in vec(wide(), 1..5)) {
        let key = scalar(curve, &key);
        let mut shares: Vec<Scalar> = masks.iter().map(|mask| scalar(curve, mask)).collect();
        let sum = add_shares(&shares).unwrap();
        shares.push(key.subtract(&sum).unwrap());
        let combined = add_shares(&shares).unwrap();
        prop_assert!(same(&combined, &key));
        let public = key.public_key().unwrap();
        prop_assert!(FullKey::checked(combined, &public).is_some());
        shares.pop();
        prop_assert!(FullKey::checked(add_shares(&shares).unwrap(), &public).is_none());
    }

    #[test]
    fn shamir_sharings_recombine_at_any_abscissas(
        curve in curves(),
        coefficients in vec(wide(), 2..5),
        places in proptest::collection::hash_set(1_u64.., 5),
    ) {
        // The polynomial's value at 0 is the key; Horner's rule gives its value at each player.
        let coefficients: Vec<Scalar> = coefficients.iter().map(|wide| scalar(curve, wide)).collect();
        let value_at = |x: u64| {
            let x = Scalar::from_u64(curve, x);
            let zero = Scalar::from_u64(curve, 0);
            coefficients.iter().rev().fold(zero, |sum, next| sum.multiply(&x).unwrap().add(next).unwrap())
        };
        let players = |count: usize| -> Vec<(u64, Scalar)> { places.iter().take(count).map(|x| (*x, value_at(*x))).collect() };
        let threshold = coefficients.len();
        for count in threshold..=places.len() {
            prop_assert!(same(&interpolate(curve, &players(count)).unwrap(), &coefficients[0]));
        }
        prop_assert!(!same(&interpolate(curve, &players(threshold - 1)).unwrap(), &coefficients[0]));
        let mut twice = players(threshold);
        twice.push((twice[0].0, value_at(7)));
        prop_assert!(interpolate(curve, &twice).is_none(), "two players at one abscissa");
    }

    #[test]
    fn scalars_are_their_canonical_bytes(curve in curves(), key in wide()) {
        let key = scalar(curve, &key);
        let again = Scalar::from_canonical(curve, &key.to_bytes()).unwrap();
        prop_assert!(same(&key, &again));
        let inverse = key.invert().unwrap();
        prop_assert!(same(&key.multiply(&inverse).unwrap(), &Scalar::from_u64(curve, 1)));
    }
}
