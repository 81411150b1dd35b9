//! Edges of the public library that no command reaches alone, because another check is in front of each: they hold
//! by themselves, so that the one in front may move.

use lifeboat::{
    crypto::{
        affine::from_affine,
        curve::{Curve, PublicKey, Scalar},
        envelope::{FileKey, MAX_ID},
        hd::{HARDENED, PrivateNode},
        kdf::Argon2Cost,
        rsa::{RecoveryPublicKey, RsaKeyError},
        secret::Secret,
        secret_sharing::{FullKey, ShamirShare, add_shares, interpolate_shares},
    },
    formats::portal::exported_key::ed25519_scalar,
};

const CURVES: [Curve; 2] = [Curve::Secp256k1, Curve::Ed25519];

const GENERATOR: &str = "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798\
    483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";

fn number(curve: Curve, value: u64) -> Scalar {
    Scalar::from_u64(curve, value)
}

fn player((abscissa, share): &(Scalar, Scalar)) -> ShamirShare<'_> {
    ShamirShare { abscissa, share }
}

#[test]
fn zero_has_no_inverse_and_no_public_key() {
    for curve in CURVES {
        assert!(
            number(curve, 0).invert().is_none() && number(curve, 0).public_key().is_none(),
            "{curve:?}"
        );
        assert!(
            PrivateNode::new(number(curve, 0), Secret::take(&mut [1; 32])).is_none(),
            "{curve:?}"
        );
    }
    // The neutral point is a point of edwards25519, but nobody's key.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let neutral = PublicKey::from_bytes(Curve::Ed25519, &neutral).unwrap();
    assert!(FullKey::checked(number(Curve::Ed25519, 0), &neutral).is_none());
    assert!(ed25519_scalar(&Secret::take(&mut [0; 32])).is_none());
}

#[test]
fn shares_of_nobody_of_two_curves_or_of_one_player_twice_make_no_key() {
    assert!(add_shares(&[]).is_none() && interpolate_shares(&[]).is_none());
    assert!(add_shares(&CURVES.map(|curve| number(curve, 1))).is_none());
    let players = CURVES.map(|curve| {
        (
            number(curve, u64::from(curve == CURVES[0])),
            number(curve, 1),
        )
    });
    assert!(interpolate_shares(&players.each_ref().map(player)).is_none());
    for curve in CURVES {
        let one = (number(curve, 5), number(curve, 1));
        let other = (number(curve, 6), number(curve, 1));
        assert!(
            interpolate_shares(&[player(&one), player(&one)]).is_none(),
            "{curve:?}"
        );
        assert!(
            interpolate_shares(&[player(&one), player(&other)]).is_some(),
            "{curve:?}"
        );
    }
}

#[test]
fn a_number_that_is_not_below_the_order_is_no_scalar_and_a_long_point_no_key() {
    for curve in CURVES {
        assert!(
            Scalar::from_canonical(curve, &Secret::take(&mut [0xff; 32])).is_none(),
            "{curve:?}"
        );
    }
    let whole = hex::decode(GENERATOR).unwrap();
    assert!(
        PublicKey::from_bytes(Curve::Secp256k1, &whole).is_none(),
        "an uncompressed key"
    );
    let (x, y) = (
        whole[1..33].try_into().unwrap(),
        whole[33..].try_into().unwrap(),
    );
    assert!(from_affine(Curve::Secp256k1, x, y).is_some());
    assert!(
        from_affine(Curve::Secp256k1, y, x).is_none()
            && from_affine(Curve::Ed25519, x, y).is_none()
    );
}

#[test]
fn hardened_children_are_refused_on_both_sides() {
    for curve in CURVES {
        let root = PrivateNode::new(number(curve, 7), Secret::take(&mut [1; 32])).unwrap();
        assert!(
            root.child(HARDENED - 1).is_some() && root.to_public().child(HARDENED - 1).is_some()
        );
        assert!(
            root.child(HARDENED).is_none() && root.to_public().child(HARDENED).is_none(),
            "{curve:?}"
        );
        assert!(root.descend(&[44, u32::MAX]).is_none(), "{curve:?}");
    }
}

#[test]
fn a_record_id_that_is_too_long_opens_nothing() {
    let keys =
        FileKey::unwrapped(&lifeboat::crypto::secret::SecretBytes::new(vec![1; 32])).unwrap();
    let keys = keys.run_keys(&[2; 32], [3; 32]);
    for (length, opens) in [(MAX_ID, true), (MAX_ID + 1, false)] {
        let id = vec![b'a'; length];
        let mut text = b"text".to_vec();
        keys.record_key(&id[..MAX_ID])
            .seal(0, &id[..MAX_ID], &mut text);
        assert_eq!(
            keys.record_key(&id[..MAX_ID])
                .open(0, &id, &mut text)
                .is_some(),
            opens,
            "{length}"
        );
    }
}

#[test]
fn work_factors_out_of_bounds_are_none() {
    let (least, most) = (64 << 10, 1 << 20);
    for (memory, passes, lanes) in [(least, 3, 1), (most, 16, 4)] {
        assert!(Argon2Cost::bounded(memory, passes, lanes).is_some());
    }
    for (memory, passes, lanes) in [
        (least - 1, 3, 1),
        (most + 1, 3, 1),
        (least, 2, 1),
        (least, 17, 1),
        (least, 3, 0),
        (least, 3, 5),
    ] {
        assert!(
            Argon2Cost::bounded(memory, passes, lanes).is_none(),
            "{memory} {passes} {lanes}"
        );
    }
}

/// `RSAPublicKey` with a modulus of so many bits, all of them ones, and 65537.
fn rsa_public_key(bits: usize) -> Vec<u8> {
    let length = |bytes: usize| [0x82, (bytes >> 8) as u8, bytes as u8];
    let mut modulus = vec![0xff; bits / 8];
    modulus.insert(0, 0);
    let mut body = [&[2][..], &length(modulus.len()), &modulus, &[2, 3, 1, 0, 1]].concat();
    body.splice(..0, [&[0x30][..], &length(body.len())].concat());
    body
}

#[test]
fn rsa_keys_outside_the_sizes_are_refused() {
    for bits in [2048, 3072, 4096, 8192] {
        // Its size is right, and it is no key.
        let fault = RecoveryPublicKey::from_pkcs1_der(&rsa_public_key(bits)).err();
        assert!(matches!(fault, Some(RsaKeyError::Doubtful(_))), "{bits}");
    }
    assert_eq!(
        RecoveryPublicKey::from_pkcs1_der(&rsa_public_key(2040)).err(),
        Some(RsaKeyError::Size(2040))
    );
    for bits in [8200, 16384] {
        assert_eq!(
            RecoveryPublicKey::from_pkcs1_der(&rsa_public_key(bits)).err(),
            Some(RsaKeyError::Size(bits as u32))
        );
    }
}
