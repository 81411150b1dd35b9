//! Addresses and WIF held against a library that is not ours.

use lifeboat::{
    crypto::{
        curve::{Curve, PublicKey, Scalar},
        secret::Secret,
    },
    formats::chains::{
        address::{address, address_with},
        private_key::private_text,
        table::{CHAINS, Chain, Script},
    },
};
use serde_json::Value;

use crate::support::{json_fixture, text};

/// Chains whose addresses the other library does not make.
const UNCONFIRMED: [&str; 1] = ["ton-test"];

#[test]
fn every_address_is_that_of_the_other_library() {
    let fixture = json_fixture("addresses/bip_utils.json");
    let mut seen = std::collections::BTreeSet::new();
    for (name, curve) in [("secp256k1", Curve::Secp256k1), ("ed25519", Curve::Ed25519)] {
        for key in fixture[name].as_array().unwrap() {
            let public =
                PublicKey::from_bytes(curve, &hex::decode(text(&key["publicKey"])).unwrap())
                    .unwrap();
            for (chain, expected) in key["chains"].as_object().unwrap() {
                let chain = Chain::from_name(chain).unwrap();
                seen.insert(chain.name);
                same_addresses(chain, &public, &stake_of(key), expected);
                same_private_key(chain, key, expected);
            }
        }
    }
    let unseen: Vec<&str> = CHAINS
        .iter()
        .map(|chain| chain.name)
        .filter(|name| !seen.contains(name))
        .collect();
    assert_eq!(unseen, UNCONFIRMED);
}

/// The key that base addresses name; any other where there is none.
fn stake_of(key: &Value) -> PublicKey {
    let stake = key["stakeKey"]
        .as_str()
        .map(|stake| hex::decode(stake).unwrap());
    PublicKey::from_bytes(Curve::Ed25519, &stake.unwrap_or(vec![0; 32])).unwrap()
}

fn same_addresses(chain: &'static Chain, public: &PublicKey, stake: &PublicKey, expected: &Value) {
    let expected = expected["addresses"].as_object().unwrap();
    assert_eq!(
        expected.len(),
        chain.scripts().len().max(1),
        "kinds of address of {}",
        chain.name
    );
    for (script, expected) in expected {
        let found = address_with(chain, Script::from_name(script), public, Some(stake));
        assert_eq!(
            found.as_deref(),
            expected.as_str(),
            "{} {script}",
            chain.name
        );
    }
}

fn same_private_key(chain: &'static Chain, key: &Value, expected: &Value) {
    if let (Some(private), Some(expected)) =
        (key["privateKey"].as_str(), expected["private"].as_str())
    {
        let secret = Secret::from_slice(&hex::decode(private).unwrap()).unwrap();
        let scalar = Scalar::from_canonical(chain.curve(), &secret).unwrap();
        assert_eq!(
            private_text(chain, &scalar).expose(),
            expected,
            "{}",
            chain.name
        );
    }
}

#[test]
fn no_address_of_another_curve_or_kind() {
    let key = |curve| Scalar::from_u64(curve, 1).public_key().unwrap();
    let chain = |name| Chain::from_name(name).unwrap();
    for (name, curve) in [
        ("btc", Curve::Ed25519),
        ("eth", Curve::Ed25519),
        ("sol", Curve::Secp256k1),
        ("xtz", Curve::Secp256k1),
    ] {
        assert_eq!(address(chain(name), None, &key(curve)), None, "{name}");
    }
    for (name, script) in [
        ("doge", Script::P2tr),
        ("doge", Script::P2wpkh),
        ("eth", Script::P2pkh),
    ] {
        assert_eq!(
            address(chain(name), Some(script), &key(Curve::Secp256k1)),
            None,
            "{name}"
        );
    }
}
