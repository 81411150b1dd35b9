//! Properties over random 2-of-2 sharings with random abscissas, on both curves, keys with leading zero bytes included.

use base64ct::{Base64, Base64Unpadded, Encoding};
use lifeboat::{
    crypto::{
        curve::{Curve, Scalar},
        secret::{Secret, SecretBytes},
    },
    formats::{
        encoding::decimal::parse_decimal,
        portal::{
            exported_key::{exported_key, parse_exported_key},
            share_file::{PortalItem, read_portal_file},
        },
    },
    operations::portal::{
        collect::{DecryptionKeys, Role, Source, collect},
        eject::eject,
        repair::repair,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::sharing::{Sharing, decimal_of, scalar, share};

/// How many encodings `wrapped` knows for a client share.
const DRESSES: usize = 8;

fn source(name: &str, text: &str) -> Source {
    Source {
        name: name.to_owned(),
        bytes: SecretBytes::new(text.as_bytes().to_vec()),
        from_folder: false,
    }
}

/// A client share as the SDKs, the Enclave API and old versions write it.
fn wrapped(sharing: &Sharing, encoding: usize) -> String {
    let (upper, lower) = match sharing.curve {
        Curve::Secp256k1 => ("SECP256K1", "secp256k1"),
        Curve::Ed25519 => ("ED25519", "ed25519"),
    };
    let text = sharing.client.to_string();
    let one =
        |name: &str, share: Value| json!({ name: { "id": "pair", "share": share } }).to_string();
    match encoding {
        0 => one(upper, json!(text)),
        1 => one(lower, sharing.client.clone()),
        2 => one(upper, json!(Base64Unpadded::encode_string(text.as_bytes()))),
        3 => one(upper, json!(Base64::encode_string(text.as_bytes()))),
        4 => Base64::encode_string(one(upper, json!(text)).as_bytes()),
        5 => text,
        6 => Base64Unpadded::encode_string(text.as_bytes()),
        _ => json!({ lower: { "id": "other", "share": "{}" }, upper: { "id": "pair", "share": text } }).to_string(),
    }
}

/// A custodian share as webhooks, fetches and exports write it.
fn custodian_wrapped(sharing: &Sharing, encoding: usize) -> String {
    let text = sharing.custodian.to_string();
    match encoding % 5 {
        0 => text,
        1 => json!({ "clientId": "c", "share": text, "backupMethod": "GDRIVE" }).to_string(),
        2 => json!({ "backupShares": [text] }).to_string(),
        3 => json!({ "backupShare": text }).to_string(),
        _ => {
            json!({ "encryptedClientBackupShare": null, "custodianBackupShare": text }).to_string()
        }
    }
}

fn any_sharing() -> impl Strategy<Value = Sharing> {
    let bytes = any::<[u8; 32]>;
    (
        any::<bool>(),
        0_usize..=2,
        bytes(),
        bytes(),
        bytes(),
        bytes(),
    )
        .prop_filter_map(
            "the abscissas must differ",
            |(is_ed, zeros, mut key, slope, xc, xs)| {
                let curve = if is_ed {
                    Curve::Ed25519
                } else {
                    Curve::Secp256k1
                };
                key[..zeros].fill(0);
                let number = |bytes| scalar(curve, bytes);
                let (xc, xs) = (number(&xc), number(&xs));
                let differ = !xc.to_bytes().same_as(&xs.to_bytes());
                differ.then(|| share(number(&key), &number(&slope), &xc, &xs, "pair"))
            },
        )
}

proptest! {
    /// Shares in any encoding give the key they share, with every leading zero.
    #[test]
    fn shares_give_their_key(sharing in any_sharing(), encoding in 0..DRESSES) {
        let client = collect(&[source("c", &wrapped(&sharing, encoding))], &DecryptionKeys::default(), Some(Role::Client)).unwrap();
        let custodian = source("s", &custodian_wrapped(&sharing, encoding));
        let custodian = collect(&[custodian], &DecryptionKeys::default(), Some(Role::Custodian)).unwrap();
        let ejection = eject(&client.clients, &custodian.custodians);
        prop_assert!(ejection.unpaired.is_empty());
        let [only] = ejection.keys.as_slice() else { panic!("one key") };
        prop_assert!(only.key.expose().to_bytes().same_as(&sharing.key.to_bytes()));
        prop_assert_eq!(only.key.public_key(), &sharing.public_key);
        let exported = exported_key(&only.key);
        match sharing.curve {
            Curve::Secp256k1 => {
                let digits = sharing.key.to_bytes().to_hex();
                prop_assert_eq!(exported.expose(), digits.expose());
            }
            Curve::Ed25519 => {
                let mut little = *sharing.key.to_bytes().expose();
                little.reverse();
                let read_back = parse_exported_key(exported.expose().as_bytes()).unwrap();
                prop_assert_eq!(read_back.expose(), &little);
            }
        }
    }

    /// Without public points the pairing is found by forming keys, and a half of another sharing is refused.
    #[test]
    fn bare_shares_pair_by_the_public_key(a in any_sharing(), b in any_sharing()) {
        let bare = |custodian: &Value| json!({ "share": custodian["share"], "clientBk": custodian["clientBk"] }).to_string();
        let client = json!({ "share": a.client["share"], "pubkey": a.client["pubkey"], "bks": a.client["bks"] });
        let client = collect(&[source("c", &client.to_string())], &DecryptionKeys::default(), Some(Role::Client)).unwrap();
        let shares = [source("b", &bare(&b.custodian)), source("a", &bare(&a.custodian))];
        let custodians = collect(&shares, &DecryptionKeys::default(), Some(Role::Custodian)).unwrap();
        let ejection = eject(&client.clients, &custodians.custodians);
        prop_assert_eq!(ejection.keys.len(), 1);
        prop_assert_eq!(ejection.keys[0].custodian.as_str(), "a");
        let strangers = collect(&shares[..1], &DecryptionKeys::default(), Some(Role::Custodian)).unwrap();
        prop_assert!(eject(&client.clients, &strangers.custodians).keys.is_empty());
    }

    /// What the faulty tool shifts, repair shifts back; what is right stays; what is foreign is refused.
    #[test]
    fn shifted_keys_are_repaired(bytes in any::<[u8; 32]>(), low in 0_usize..3, high in 0_usize..4) {
        let mut big = bytes;
        big[..high].fill(0);
        big[32 - low..].fill(0);
        let key = scalar(Curve::Ed25519, &big);
        let public_key = key.public_key().unwrap();
        let mut little = *key.to_bytes().expose();
        little.reverse();
        let zeros = little.iter().rev().take_while(|byte| **byte == 0).count();
        let mut shifted = little;
        shifted.rotate_right(zeros);
        for (exported, moved) in [(shifted, zeros), (little, 0)] {
            let repaired = repair(&Secret::from_slice(&exported).unwrap(), &public_key).unwrap();
            prop_assert_eq!(repaired.moved, moved);
            prop_assert!(repaired.key.expose().to_bytes().same_as(&key.to_bytes()));
        }
        let stranger = key.add(&Scalar::from_u64(Curve::Ed25519, 1)).unwrap().public_key().unwrap();
        prop_assert!(repair(&Secret::from_slice(&shifted).unwrap(), &stranger).is_err());
    }

    /// Decimal digits and bytes are one number.
    #[test]
    fn decimals_round_trip(bytes in any::<[u8; 32]>(), zeros in 0_usize..=32) {
        let mut bytes = bytes;
        bytes[..zeros].fill(0);
        let parsed = parse_decimal(&decimal_of(&bytes)).unwrap();
        prop_assert_eq!(parsed.expose(), &bytes);
    }

    /// No bytes at all make the reader panic or find a share.
    #[test]
    fn noise_holds_no_share(noise in proptest::collection::vec(any::<u8>(), 0..400), text in ".{0,200}") {
        for bytes in [noise, text.into_bytes()] {
            if let Ok(items) = read_portal_file("noise", &SecretBytes::new(bytes)) {
                prop_assert!(items.iter().all(|item| matches!(item, PortalItem::Ciphertext(..))));
            }
        }
    }
}
