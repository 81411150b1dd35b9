//! Every vector: device backups through the program, combinations through the library.

use lifeboat::{
    crypto::{
        curve::{Curve, PublicKey, Scalar},
        hd::PrivateNode,
        secret::Secret,
        secret_sharing::{FullKey, add_shares},
    },
    formats::{
        full_key::{
            extended_key::{ExtendedKey, extended_private, extended_public},
            key_path::KeyPath,
        },
        wallets::algorithm::Algorithm,
    },
};
use serde_json::{Value, json};

use crate::support::{
    Folder, json_fixture,
    takeover::{WALLET, folder_of, recover, takeover},
    text,
};

#[test]
fn every_backup_recovers_and_takes_over() {
    for vector in json_fixture("backups/device-backup.json")
        .as_array()
        .unwrap()
    {
        let bench = folder_of(vector);
        recover(&bench, vector);
        let share = bench.read_json("device.json");
        assert_eq!(share["deviceId"], vector["deviceId"]);
        let keys = share["keys"].as_array().unwrap();
        let expected = vector["expect"].as_array().unwrap();
        assert_eq!(keys.len(), expected.len());
        for (key, expected) in keys.iter().zip(expected) {
            for field in [
                "keyId",
                "algorithm",
                "publicKey",
                "share",
                "auxiliaryKeys",
                "metadata",
            ] {
                assert_eq!(
                    key[field], expected[field],
                    "{field} of {}",
                    vector["madeBy"]
                );
            }
        }
        let arguments = takeover("server.json", "device.json");
        bench.done(&[&arguments[..], &["--out", "full.json", "--reveal"]].concat());
        let full = bench.read_json("full.json");
        for (full, expected) in full.as_array().unwrap().iter().zip(expected) {
            assert_eq!(full["keyId"], expected["keyId"]);
            let key = ExtendedKey::parse(text(&full["privateKey"])).unwrap();
            assert_eq!(key.public_key().to_hex(), text(&expected["publicKey"]));
        }
    }
}

#[test]
fn every_combination_gives_the_same_keys() {
    for vector in json_fixture("shares/takeover.json").as_array().unwrap() {
        let curve = Algorithm::from_name(text(&vector["algorithm"]))
            .unwrap()
            .curve();
        let shares: Vec<Scalar> = vector["shares"]
            .as_array()
            .unwrap()
            .iter()
            .map(|share| scalar(curve, share))
            .collect();
        let expected = &vector["expect"];
        let public =
            PublicKey::from_bytes(curve, &hex::decode(text(&expected["publicKey"])).unwrap())
                .unwrap();
        let full = FullKey::checked(add_shares(&shares).unwrap(), &public).unwrap();
        let chain = secret(&vector["chainCode"]);
        assert_eq!(
            full.expose().to_bytes().to_hex().expose(),
            text(&expected["privateKey"])
        );
        let private = extended_private(&full, chain.expose());
        assert_eq!(private.expose(), text(&expected["extendedPrivateKey"]));
        assert_eq!(
            extended_public(&public, chain.expose()),
            text(&expected["extendedPublicKey"])
        );
        let ExtendedKey::Private(root) = ExtendedKey::parse(private.expose()).unwrap() else {
            panic!("a private key")
        };
        expected["assets"]
            .as_array()
            .unwrap()
            .iter()
            .for_each(|asset| asset_matches(&root, asset));
    }
}

fn asset_matches(root: &PrivateNode, asset: &Value) {
    let path = KeyPath::parse(text(&asset["path"])).unwrap();
    let path = path.levels();
    let child = root.descend(path).unwrap();
    assert_eq!(
        child.expose().to_bytes().to_hex().expose(),
        text(&asset["privateKey"])
    );
    assert_eq!(child.public_key().to_hex(), text(&asset["publicKey"]));
    assert_eq!(
        root.to_public().descend(path).unwrap().public_key(),
        child.public_key()
    );
}

#[test]
fn records_of_every_shape_take_over_alike() {
    let vectors = json_fixture("backups/device-backup.json");
    let vector = &vectors[0];
    let bench = folder_of(vector);
    recover(&bench, vector);
    let record = bench.read_json("server.json")[WALLET].clone();
    let (share, chain) = (&record["shares"][0], text(&record["chaincode"]));
    let algorithm = text(&vector["expect"][0]["algorithm"]);
    let row = format!(
        "{WALLET},{chain},{},{algorithm},{}",
        text(&share["cosigner"]),
        text(&share[algorithm])
    );
    bench.write(
        "rows.csv",
        format!("wallet_id,chaincode,cosigner,algorithm,share\n{row}\n"),
    );
    bench.write(
        "lines",
        format!(
            "\n{}\n",
            json!({ "walletId": WALLET, "chainCode": chain, "shares": [share] })
        ),
    );
    for (number, file) in ["server.json", "rows.csv", "lines"].into_iter().enumerate() {
        let out = format!("full{number}.json");
        bench.done(&[
            "takeover",
            "--server-shares",
            file,
            "--wallet",
            WALLET,
            "--device-share",
            "device.json",
            "--reveal",
            "--out",
            &out,
        ]);
        assert_eq!(bench.read(&out), bench.read("full0.json"));
    }
}

#[test]
fn sealed_server_shares_are_opened_for_the_wallet_alone() {
    let bench = Folder::new();
    let demo = |name: &str| format!("{}/fixtures/demo/{name}", env!("CARGO_MANIFEST_DIR"));
    let key = [
        "--key",
        &demo("recovery-private.pem"),
        "--key-passphrase-file",
        &demo("key-passphrase.txt"),
    ];
    let derive = [
        "derive",
        &demo("kit.zip"),
        "--wallets",
        &demo("wallets.txt"),
        "--seal-to",
        &demo("recovery-public.pem"),
    ];
    bench.done(&[&derive[..], &key[..], &["--out", "sealed"]].concat());
    let expected = json_fixture("demo/expected-shares.json");
    let (wallet, record) = expected.as_object().unwrap().iter().next().unwrap();
    let device = Scalar::from_u64(Curve::Secp256k1, 7);
    let shares = record["shares"].as_array().unwrap().iter();
    let mut all: Vec<Scalar> = shares
        .map(|share| scalar(Curve::Secp256k1, &share["MPC_CMP_ECDSA_SECP256K1"]))
        .collect();
    let share = device.to_bytes().to_hex().expose().to_owned();
    all.push(device);
    let public = add_shares(&all).unwrap().public_key().unwrap().to_hex();
    let key_share = json!({ "keyId": wallet, "algorithm": "MPC_CMP_ECDSA_SECP256K1", "publicKey": public, "share": share });
    bench.write_json(
        "device.json",
        &json!({ "deviceId": wallet, "keys": [key_share] }),
    );
    let takeover = [
        "takeover",
        "--server-shares",
        "sealed",
        "--device-share",
        "device.json",
        "--wallet",
    ];
    let run = bench.done(&[&takeover[..], &[wallet], &key[..]].concat());
    assert!(run.stdout.contains("xpub"), "{}", run.stdout);
    bench.refused(
        2,
        "no_such_wallet",
        &[&takeover[..], &[WALLET], &key[..]].concat(),
    );
    bench.refused(2, "sealed_needs_key", &[&takeover[..], &[wallet]].concat());
}

#[test]
fn locked_full_keys_export_like_open_ones() {
    let vectors = json_fixture("backups/device-backup.json");
    let vector = &vectors[0];
    let bench = folder_of(vector);
    recover(&bench, vector);
    let takeover = takeover("server.json", "device.json");
    bench.done(&[&takeover[..], &["--out", "open.json", "--reveal"]].concat());
    bench.done(
        &[
            &takeover[..],
            &["--out", "locked", "--passphrase-file", "passphrase"],
        ]
        .concat(),
    );
    assert!(!bench.read("locked").contains("xprv"));
    let export = [
        "--chain", "btc,eth", "--index", "0..4", "--format", "csv", "--reveal",
    ];
    let open = bench.done(&[&["export", "open.json"], &export[..]].concat());
    let locked = bench.done(
        &[
            &["export", "locked", "--passphrase-file", "passphrase"],
            &export[..],
        ]
        .concat(),
    );
    assert_eq!(open.stdout, locked.stdout);
    assert_eq!(open.stdout.lines().count(), 11);
    bench.write("expected.csv", &open.stdout);
    bench.done(&[
        "export",
        "open.json",
        "--chain",
        "btc,eth",
        "--index",
        "0..4",
        "--expect-file",
        "expected.csv",
    ]);
    let arguments = [
        "export",
        "open.json",
        "--chain",
        "btc",
        "--index",
        "0..4",
        "--expect-file",
        "expected.csv",
    ];
    // The rows of the chain that was not asked for are counted, not failed.
    let compared = bench.done(&[&arguments[..], &["--json"]].concat()).json();
    assert_eq!(compared["otherRows"], 5);
    assert_eq!(compared["keys"].as_array().unwrap().len(), 5);
}

#[test]
fn full_keys_sealed_to_a_recipient_open_with_its_key() {
    let vectors = json_fixture("backups/device-backup.json");
    let bench = folder_of(&vectors[0]);
    recover(&bench, &vectors[0]);
    let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys");
    let (public, private) = (
        format!("{keys}/recovery.public.pem"),
        format!("{keys}/recovery.pkcs8.pem"),
    );
    let takeover = takeover("server.json", "device.json");
    bench.done(&[&takeover[..], &["--out", "open.json", "--reveal"]].concat());
    let sealing = ["--json", "--out", "sealed", "--seal-to", &public];
    let said = bench.done(&[&takeover[..], &sealing].concat());
    let shown: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let fingerprint = shown["sealedTo"][0]["fingerprint"].as_str().unwrap();
    assert!(said.stderr.contains(fingerprint), "{}", said.stderr);
    assert!(!bench.read("sealed").contains("xprv"));
    bench.done(&[
        "unseal",
        "sealed",
        "--key",
        &private,
        "--out",
        "unsealed.json",
    ]);
    assert_eq!(bench.read("unsealed.json"), bench.read("open.json"));
    let other = format!("{keys}/other.pkcs8.pem");
    bench.refused(
        3,
        "not_recipient",
        &["unseal", "sealed", "--key", &other, "--out", "nothing"],
    );
}

fn scalar(curve: Curve, value: &Value) -> Scalar {
    Scalar::from_canonical(curve, &secret(value)).unwrap()
}

fn secret(value: &Value) -> Secret<32> {
    Secret::from_slice(&hex::decode(text(value)).unwrap()).unwrap()
}
