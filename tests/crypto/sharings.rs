//! Random sharings recombine, and scalars are their bytes.

use lifeboat::crypto::{
    curve::{Curve, Scalar},
    secret_sharing::{
        FullKey, ShamirShare, add_shares, deal_polynomial, deal_sum, interpolate_shares, value_at,
    },
};
use proptest::{collection::vec, prelude::*};

use crate::support::forge::rng;

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

#[test]
fn a_key_is_dealt_into_shares_of_which_enough_make_it() {
    for curve in [Curve::Secp256k1, Curve::Ed25519] {
        let key = Scalar::random(curve, &mut rng());
        let sum = deal_sum(&key, 3, &mut rng()).unwrap();
        assert!(same(&add_shares(&sum).unwrap(), &key));
        assert!(!same(&add_shares(&sum[..2]).unwrap(), &key));
        assert!(deal_sum(&key, 1, &mut rng()).is_none());

        let places: Vec<u64> = vec![9, 1 << 40, 3, u64::MAX];
        let at: Vec<Scalar> = places.iter().map(|x| Scalar::from_u64(curve, *x)).collect();
        for threshold in 2..=4 {
            let shares = deal_polynomial(&key, &at, threshold, &mut rng()).unwrap();
            let players = places
                .iter()
                .copied()
                .zip(shares.iter().map(Scalar::duplicate));
            let players: Vec<(u64, Scalar)> = players.collect();
            for start in 0..=4 - threshold {
                let enough = &players[start..start + threshold];
                assert!(same(&interpolate(curve, enough).unwrap(), &key));
                assert!(!same(&interpolate(curve, &enough[1..]).unwrap(), &key));
            }
            let points: Vec<ShamirShare<'_>> = at[..threshold]
                .iter()
                .zip(&shares)
                .map(|(abscissa, share)| ShamirShare { abscissa, share })
                .collect();
            assert!(same(&value_at(&points, &at[3]).unwrap(), &shares[3]));
        }
        for bad in [0, 1, 5] {
            assert!(
                deal_polynomial(&key, &at, bad, &mut rng()).is_none(),
                "{bad}"
            );
        }
        let zero = [Scalar::from_u64(curve, 0), Scalar::from_u64(curve, 1)];
        assert!(deal_polynomial(&key, &zero, 2, &mut rng()).is_none());
    }
}
