//! Many takeovers from made-up shares: nothing loses a leading zero on the way.

use lifeboat::{
    crypto::{
        curve::{Curve, Scalar},
        hd::PublicNode,
        secret::Secret,
    },
    formats::{
        device_share::share::DeviceShare,
        full_key::{extended_key::ExtendedKey, file::full_keys_json},
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::takeover::{find_shares, take_over},
};
use serde_json::Value;
use sha2::{Digest, Sha512};

use crate::support::{takeover::COSIGNER, text};

const TAKEOVERS: u64 = 20_000;

#[test]
fn no_leading_zero_is_lost() {
    let short: u64 = std::thread::scope(|scope| {
        let shares = [0, 1].map(|share| {
            scope.spawn(move || (0..TAKEOVERS / 2).filter(|n| one(2 * n + share)).count() as u64)
        });
        shares.into_iter().map(|share| share.join().unwrap()).sum()
    });
    // One share in sixteen begins with a zero digit.
    assert!(
        short > TAKEOVERS / 20,
        "only {short} shares with leading zeros"
    );
}

/// One takeover; whether the server share began with a zero, which is then dropped as one of the published tools does.
fn one(number: u64) -> bool {
    let algorithm = if number.is_multiple_of(2) {
        Algorithm::CmpEcdsa
    } else {
        Algorithm::CmpEddsa
    };
    let (server, device) = (
        random(algorithm.curve(), number, "server"),
        random(algorithm.curve(), number, "device"),
    );
    let full = server.add(&device).unwrap();
    let (public, full_hex) = (full.public_key().unwrap(), full.to_bytes().to_hex());
    let wallet = WalletId::from_u128(u128::from(number) << 64 | 0x4000_8000_0000_0000_0000);
    let (server, device) = (server.to_bytes().to_hex(), device.to_bytes().to_hex());
    let digits = server.expose().trim_start_matches('0');
    let name = algorithm.name();
    let records = format!(
        r#"{{"{wallet}":{{"chaincode":"{}","shares":[{{"cosigner":"{COSIGNER}","{name}":"{digits}"}}]}}}}"#,
        "07".repeat(32)
    );
    let file = format!(
        r#"{{"deviceId":"{COSIGNER}","keys":[{{"keyId":"{wallet}","algorithm":"{name}","publicKey":"{}","share":"{}"}}]}}"#,
        public.to_hex(),
        device.expose()
    );
    let share = DeviceShare::parse(file.as_bytes()).unwrap();
    assert!(
        share.to_json().expose().contains(device.expose()),
        "takeover {number}: the device share changed"
    );
    let found = find_shares(records.as_bytes(), wallet).unwrap();
    assert_eq!(
        found.shares[0].share.to_hex().expose(),
        server.expose(),
        "takeover {number}"
    );
    assert_eq!(found.shares[0].repaired, digits.len() < 64);
    let taken = take_over(&found, &share, &[algorithm]).unwrap();
    let json: Value = serde_json::from_str(full_keys_json(&taken).expose()).unwrap();
    let ExtendedKey::Private(root) = ExtendedKey::parse(text(&json[0]["privateKey"])).unwrap()
    else {
        panic!()
    };
    assert_eq!(
        root.expose().to_bytes().to_hex().expose(),
        full_hex.expose(),
        "takeover {number}"
    );
    if number.is_multiple_of(25) {
        same_child_on_both_sides(&root, number);
    }
    digits.len() < 64
}

fn same_child_on_both_sides(root: &lifeboat::crypto::hd::PrivateNode, number: u64) {
    let path = [44, u32::try_from(number).unwrap(), 0, 0, 5];
    let private = root.descend(&path).unwrap();
    let public: PublicNode = root.to_public().descend(&path).unwrap();
    assert_eq!(
        private.public_key(),
        public.public_key(),
        "takeover {number}"
    );
    assert_eq!(
        private.expose().public_key().as_ref(),
        Some(public.public_key())
    );
}

fn random(curve: Curve, number: u64, what: &str) -> Scalar {
    let mut wide: [u8; 64] = Sha512::digest(format!("{what} {number}")).into();
    let scalar = Scalar::reduce_wide(curve, &wide);
    wide.fill(0);
    // The bytes are as long as they are, whatever they begin with.
    assert_eq!(
        Secret::<32>::from_slice(scalar.to_bytes().expose()).map(|bytes| bytes.expose().len()),
        Some(32)
    );
    scalar
}
