//! Addresses equal those of a library that is not ours (`tests/interop/make_portal_addresses.py`).

use lifeboat::{
    crypto::curve::{Curve, PublicKey, Scalar},
    formats::{
        chains::{address::address, table::Chain},
        portal::address::{addresses, parse_ed25519_key},
    },
};
use serde_json::Value;

#[test]
fn addresses_equal_an_independent_librarys() {
    let text = std::fs::read_to_string("fixtures/portal/addresses.json").unwrap();
    let fixture: Value = serde_json::from_str(&text).unwrap();
    for (name, curve) in [("secp256k1", Curve::Secp256k1), ("ed25519", Curve::Ed25519)] {
        let keys = fixture[name].as_array().unwrap();
        assert!(keys.len() >= 20);
        for expected in keys {
            let bytes = hex::decode(expected["publicKey"].as_str().unwrap()).unwrap();
            let key = PublicKey::from_bytes(curve, &bytes).unwrap();
            let made = addresses(&key);
            assert_eq!(made.len() + 1, expected.as_object().unwrap().len());
            for on in &made {
                assert_eq!(on.address, expected[on.chain], "{}", on.chain);
                if curve == Curve::Ed25519 {
                    assert_eq!(parse_ed25519_key(&on.address), Some(key.clone()));
                }
            }
        }
    }
}

#[test]
fn a_slip_in_an_address_is_no_key() {
    let good = "GC3TM4QP3DI4PWJW4B3NXLL3KMF2MHEO4XIYM43GXLXSBFPJDJOLO4UA";
    assert!(parse_ed25519_key(good).is_some());
    assert!(parse_ed25519_key(&good.replacen("3TM4", "3TN4", 1)).is_none());
    assert!(parse_ed25519_key("0xd75C8308Ce565Ce18021792f2737F1c6d4687360").is_none());
    assert!(parse_ed25519_key("").is_none());
}

#[test]
fn a_stellar_address_with_a_slip_is_no_key() {
    let key = Scalar::from_u64(Curve::Ed25519, 1).public_key().unwrap();
    let right = address(Chain::from_name("xlm").unwrap(), None, &key).unwrap();
    assert_eq!(parse_ed25519_key(&right), Some(key));
    let slipped = |at: usize| {
        let letter = if &right[at..=at] == "A" { "B" } else { "A" };
        format!("{}{letter}{}", &right[..at], &right[at + 1..])
    };
    for at in [1, 20, 40, 53, 55] {
        assert_eq!(parse_ed25519_key(&slipped(at)), None, "{at}");
    }
    // Another kind of address that begins with the same letter, its checksum holding.
    let mut other = data_encoding::BASE32_NOPAD
        .decode(right.as_bytes())
        .unwrap();
    other[0] |= 1;
    let step = |crc: u16| {
        if crc >> 15 == 1 {
            crc << 1 ^ 0x1021
        } else {
            crc << 1
        }
    };
    let sum = |bytes: &[u8]| {
        bytes.iter().fold(0, |crc, byte| {
            (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| step(crc))
        })
    };
    let checksum = sum(&other[..33]);
    other[33..].copy_from_slice(&checksum.to_le_bytes());
    let other = data_encoding::BASE32_NOPAD.encode(&other);
    assert!(other.starts_with('G'), "{other}");
    assert_eq!(parse_ed25519_key(&other), None);
}
