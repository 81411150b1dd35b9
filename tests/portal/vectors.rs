//! Walks `fixtures/portal/`: what the provider's library made or accepted, and full-size wallets of other code.
//!
//! Every item is taken out of its object as it is checked; what is left at the end fails the test.

use lifeboat::{
    crypto::{
        gcm::gcm_seal,
        kdf::pbkdf2_sha256,
        secret::{Passphrase, SecretBytes},
    },
    formats::portal::{
        address::addresses,
        ciphertext::{PortalCiphertext, parse_cloud_key},
        cloud_name::cloud_names,
        exported_key::{ed25519_scalar, exported_key, parse_exported_key},
    },
    operations::portal::{
        collect::{DecryptionKeys, Role, Source, collect},
        eject::{Ejected, eject},
        repair::repair,
    },
};
use serde_json::{Map, Value, json};

use crate::support::{Folder, sharing::secret_of_hex};

type Object = Map<String, Value>;

fn fixture(name: &str) -> Object {
    let text = std::fs::read_to_string(format!("fixtures/portal/{name}")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn take(object: &mut Object, name: &str) -> String {
    take_value(object, name).as_str().unwrap().to_owned()
}

fn take_value(object: &mut Object, name: &str) -> Value {
    object.remove(name).unwrap_or_else(|| panic!("no `{name}`"))
}

fn items(object: &mut Object, name: &str) -> Vec<Object> {
    let Value::Array(items) = take_value(object, name) else {
        panic!("`{name}` is no array")
    };
    items
        .into_iter()
        .map(|item| item.as_object().unwrap().clone())
        .collect()
}

fn source(name: &str, text: &str) -> Source {
    Source {
        name: name.to_owned(),
        bytes: SecretBytes::new(text.as_bytes().to_vec()),
        from_folder: false,
    }
}

fn password(text: &str) -> Passphrase {
    Passphrase::new(text.as_bytes().to_vec())
}

fn eject_texts(clients: &[&str], custodians: &[&str], keys: &DecryptionKeys) -> Vec<Ejected> {
    let sources = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| source("share", text))
            .collect::<Vec<_>>()
    };
    let clients = collect(&sources(clients), keys, Some(Role::Client)).unwrap();
    let custodians = collect(&sources(custodians), keys, Some(Role::Custodian)).unwrap();
    let ejection = eject(&clients.clients, &custodians.custodians);
    assert!(ejection.unpaired.is_empty());
    ejection.keys
}

#[test]
fn portal_json() {
    let mut vectors = fixture("portal.json");
    take(&mut vectors, "about");
    items(&mut vectors, "encryption")
        .into_iter()
        .for_each(check_encryption);
    items(&mut vectors, "filenames")
        .into_iter()
        .for_each(check_names);
    items(&mut vectors, "wallets")
        .into_iter()
        .for_each(check_wallet);
    items(&mut vectors, "eject")
        .into_iter()
        .for_each(check_eject);
    items(&mut vectors, "errors")
        .into_iter()
        .for_each(check_error);
    assert!(vectors.is_empty(), "unvisited: {:?}", vectors.keys());
}

fn check_encryption(mut item: Object) {
    let kind = take(&mut item, "kind");
    let (plain, text) = (take(&mut item, "plaintext"), take(&mut item, "cipherText"));
    let sealed = PortalCiphertext::parse(text.as_bytes()).unwrap();
    let upper =
        PortalCiphertext::parse(format!(" \r\n{}\t\n", text.to_uppercase()).as_bytes()).unwrap();
    let bytes = hex::decode(&text).unwrap();
    let (prefix, key) = match kind.split('-').next().unwrap() {
        "key" => {
            let key =
                parse_cloud_key(format!("\n {} \n", take(&mut item, "key")).as_bytes()).unwrap();
            assert_eq!(
                sealed.open_with_key(&key).unwrap().expose(),
                plain.as_bytes()
            );
            assert_eq!(
                upper.open_with_key(&key).unwrap().expose(),
                plain.as_bytes()
            );
            (&bytes[..0], key)
        }
        "password" => {
            let password = password(&take(&mut item, "password"));
            assert_eq!(
                sealed.open_with_password(&password).unwrap().expose(),
                plain.as_bytes()
            );
            assert_eq!(
                upper.open_with_password(&password).unwrap().expose(),
                plain.as_bytes()
            );
            (
                &bytes[..16],
                pbkdf2_sha256(&password, &bytes[..16], 100_000),
            )
        }
        other => panic!("unknown kind `{other}`"),
    };
    let nonce = bytes[prefix.len()..][..12].try_into().unwrap();
    let made = gcm_seal(&key, &nonce, b"", &SecretBytes::new(plain.into_bytes())).unwrap();
    assert_eq!(
        [prefix, &nonce[..], &made].concat(),
        bytes,
        "sealed with the same salt and nonce"
    );
    if kind.ends_with("-fixed") {
        assert_eq!(take_value(&mut item, "accepted_by_binary"), json!(true));
    }
    assert!(item.is_empty(), "unvisited: {:?}", item.keys());
}

fn check_names(mut item: Object) {
    let names = cloud_names(
        &take(&mut item, "custodianId"),
        &take(&mut item, "clientId"),
    );
    let mut hashes = take_value(&mut item, "hashes").as_object().unwrap().clone();
    assert_eq!(take(&mut hashes, "ios"), names.older_icloud);
    for sdk in ["android", "default", "react_native", "web_sdk"] {
        let hash = take(&mut hashes, sdk);
        assert_eq!(hash, names.icloud);
        assert_eq!(format!("{hash}.txt"), names.drive_file);
    }
    assert!(item.is_empty() && hashes.is_empty());
}

fn check_wallet(mut item: Object) {
    take(&mut item, "tag");
    take_value(&mut item, "full_size");
    let (ios, rn) = (
        take(&mut item, "plaintext_ios"),
        take(&mut item, "plaintext_rn"),
    );
    let custodians = [
        take(&mut item, "custodian_secp256k1"),
        take(&mut item, "custodian_ed25519"),
    ];
    let custodians = custodians.each_ref().map(String::as_str);
    let (user, under_password) = (
        password(&take(&mut item, "password")),
        take(&mut item, "cipherText_password"),
    );
    let (key, under_key) = (
        secret_of_hex(&take(&mut item, "key")),
        take(&mut item, "cipherText_key"),
    );
    let opened = PortalCiphertext::parse(under_password.as_bytes())
        .unwrap()
        .open_with_password(&user)
        .unwrap();
    assert_eq!(opened.expose(), ios.as_bytes());
    let opened = PortalCiphertext::parse(under_key.as_bytes())
        .unwrap()
        .open_with_key(&key)
        .unwrap();
    assert_eq!(opened.expose(), rn.as_bytes());
    check_sizes(
        &mut item,
        [&ios, &rn, &under_password, &under_key, custodians[0]],
    );

    let keys = DecryptionKeys {
        keys: vec![key],
        passwords: vec![user],
        ..DecryptionKeys::default()
    };
    let mut expected = take_value(&mut item, "expected")
        .as_object()
        .unwrap()
        .clone();
    let results = [&ios, &rn, &under_password, &under_key]
        .map(|text| eject_texts(&[text], &custodians, &keys));
    for keys in &results {
        let [secp, ed] = keys.as_slice() else {
            panic!("two keys")
        };
        assert_eq!(
            exported_key(&secp.key).expose(),
            expected["secp256k1_privateKey"]
        );
        assert_eq!(
            secp.key.public_key().to_hex(),
            expected["secp256k1_pub_compressed"]
        );
        assert_eq!(
            exported_key(&ed.key).expose(),
            expected["ed25519_privateKey"]
        );
        let little = secret_of_hex(expected["ed25519_scalar_le_hex"].as_str().unwrap());
        assert!(
            ed25519_scalar(&little)
                .unwrap()
                .to_bytes()
                .same_as(&ed.key.expose().to_bytes())
        );
        assert_eq!(
            addresses(ed.key.public_key())[0].address,
            expected["solana_address"]
        );
        let evm = &addresses(secp.key.public_key())[0].address;
        assert_eq!(
            evm.to_lowercase(),
            expected["eip155_address"].as_str().unwrap().to_lowercase()
        );
    }
    for visited in [
        "secp256k1_privateKey",
        "secp256k1_pub_compressed",
        "ed25519_privateKey",
    ] {
        expected.remove(visited).unwrap();
    }
    for visited in ["ed25519_scalar_le_hex", "solana_address", "eip155_address"] {
        expected.remove(visited).unwrap();
    }
    assert!(
        item.is_empty() && expected.is_empty(),
        "unvisited: {:?} {:?}",
        item.keys(),
        expected.keys()
    );
}

fn check_sizes(item: &mut Object, texts: [&str; 5]) {
    let mut sizes = take_value(item, "sizes").as_object().unwrap().clone();
    let names = [
        "plaintext_ios",
        "plaintext_rn",
        "cipherText_password",
        "cipherText_key",
        "custodian_secp",
    ];
    for (name, text) in names.into_iter().zip(texts) {
        assert_eq!(take_value(&mut sizes, name), json!(text.len()), "{name}");
    }
    assert!(sizes.is_empty());
}

fn check_eject(mut item: Object) {
    take(&mut item, "tag");
    assert_eq!(take(&mut item, "curve"), "ED25519");
    let (client, custodian) = (take(&mut item, "client"), take(&mut item, "custodian"));
    let keys = eject_texts(&[&client], &[&custodian], &DecryptionKeys::default());
    let expected = take(&mut item, "expected_privateKey");
    assert_eq!(exported_key(&keys[0].key).expose(), expected);
    assert_eq!(
        addresses(keys[0].key.public_key())[0].address,
        take(&mut item, "solana_address")
    );
    let shifted =
        parse_exported_key(take(&mut item, "ejectjs_1_0_2_would_output").as_bytes()).unwrap();
    let repaired = repair(&shifted, keys[0].key.public_key()).unwrap();
    assert!(repaired.moved > 0);
    assert_eq!(exported_key(&repaired.key).expose(), expected);
    assert!(item.is_empty(), "unvisited: {:?}", item.keys());
}

/// What the provider's library refuses, the command refuses; what it refuses only for being too strict, it takes.
fn check_error(mut item: Object) {
    let case = take(&mut item, "case");
    take(&mut item, "call");
    take_value(&mut item, "result");
    assert!(item.is_empty(), "unvisited: {:?}", item.keys());
    let wallet = fixture("portal.json")["wallets"][0].clone();
    let other = fixture("portal.json")["eject"][0].clone();
    let text = |name: &str| wallet[name].as_str().unwrap().to_owned();
    let plain: Value = serde_json::from_str(&text("plaintext_rn")).unwrap();
    let mut client = plain["secp256k1"]["share"].clone();
    let mut custodian: Value = serde_json::from_str(&text("custodian_secp256k1")).unwrap();
    let (exit, code) = match case.as_str() {
        "custodian share +1" => {
            let share = custodian["share"]
                .as_str()
                .unwrap()
                .strip_suffix('8')
                .unwrap()
                .to_owned()
                + "9";
            custodian["share"] = json!(share);
            (3, "no_pair")
        }
        "client A with custodian B" => {
            client = serde_json::from_str(other["client"].as_str().unwrap()).unwrap();
            (3, "no_pair")
        }
        "client without pubkey" => {
            client.as_object_mut().unwrap().remove("pubkey").unwrap();
            (2, "missing_field")
        }
        "custodian without clientBk" => {
            custodian
                .as_object_mut()
                .unwrap()
                .remove("clientBk")
                .unwrap();
            (2, "missing_field")
        }
        "custodian share as JSON number" => {
            let text = custodian.to_string();
            let number = custodian["share"].to_string();
            custodian = json!(text.replace(&number, number.trim_matches('"')));
            (2, "wrong_type")
        }
        "client with foreign extra fields" => {
            let points = client["partialPubkey"]
                .as_object()
                .unwrap()
                .values()
                .cloned()
                .collect::<Vec<_>>();
            client["partialPubkey"] = json!(points);
            (0, "")
        }
        "wrong password" => return check_wrong_password(&text("cipherText_password")),
        other => panic!("no check for the case `{other}`"),
    };
    let folder = Folder::new();
    folder
        .write("client", client.to_string())
        .write("custodian", custodian.to_string());
    let outcome = folder.run_json(&[
        "portal",
        "eject",
        "--client",
        "client",
        "--custodian",
        "custodian",
        "--reveal",
        "--out",
        "out",
    ]);
    assert_eq!(
        (outcome.exit, outcome.code()),
        (exit, code),
        "{case}: {}",
        outcome.stderr
    );
    assert_eq!(folder.exists("out"), exit == 0, "{case}");
}

fn check_wrong_password(ciphertext: &str) {
    let folder = Folder::new();
    folder
        .write("sealed", ciphertext)
        .write("password", "another password\n");
    let args = [
        "portal",
        "decrypt",
        "sealed",
        "--passphrase-file",
        "password",
        "--out",
        "out",
    ];
    let outcome = folder.run_json(&args);
    assert_eq!((outcome.exit, outcome.code()), (3, "wrong_password"));
    assert!(!folder.exists("out"));
    assert_eq!(folder.run(&args).exit, 3);
}

/// Wallets of the field's size, made by other code: leading zeros, tiny shares, every encoding.
#[test]
fn full_size_json() {
    let mut vectors = fixture("full_size.json");
    take(&mut vectors, "about");
    for mut item in items(&mut vectors, "wallets") {
        let tag = take(&mut item, "tag");
        take(&mut item, "why");
        take(&mut item, "dress");
        let plain = take(&mut item, "plaintext");
        assert!(plain.len() > 11_000, "{tag} has the size of the field's");
        let sealed = take(&mut item, "cipherText");
        let mut keys = DecryptionKeys::default();
        keys.keys.extend(
            item.remove("key")
                .map(|key| secret_of_hex(key.as_str().unwrap())),
        );
        keys.passwords.extend(
            item.remove("password")
                .map(|text| password(text.as_str().unwrap())),
        );
        let opened = keys
            .open(&PortalCiphertext::parse(sealed.as_bytes()).unwrap())
            .unwrap()
            .unwrap();
        assert_eq!(opened.expose(), plain.as_bytes(), "{tag}");
        let custodians = [
            take(&mut item, "custodian_secp256k1"),
            take(&mut item, "custodian_ed25519"),
        ];
        let keys = eject_texts(
            &[&sealed],
            &custodians.each_ref().map(String::as_str),
            &keys,
        );
        assert_eq!(keys.len(), 2);
        let mut expected = take_value(&mut item, "expected")
            .as_object()
            .unwrap()
            .clone();
        for (key, curve) in keys.iter().zip(["secp256k1", "ed25519"]) {
            let expected = take_value(&mut expected, curve);
            assert_eq!(
                exported_key(&key.key).expose(),
                expected["privateKey"],
                "{tag}"
            );
            assert_eq!(
                key.key.public_key().to_hex(),
                expected["publicKey"],
                "{tag}"
            );
        }
        assert!(
            item.is_empty() && expected.is_empty(),
            "unvisited: {:?}",
            item.keys()
        );
    }
    assert!(vectors.is_empty());
}
