//! Files of full keys: what they must not hold.

use lifeboat::{
    crypto::secret::{Passphrase, SecretText},
    formats::{
        encoding::base58::{check_decode, check_encode},
        full_key::{
            extended_key::{ExtendedKey, ExtendedKeyError, extended_public},
            file::{Root, lock_full_keys, read_full_keys},
        },
        wallets::algorithm::Algorithm,
    },
};
use serde_json::{Value, json};

use crate::support::{
    Folder, forge, json_fixture,
    takeover::{COSIGNER, WALLET},
    text, utf16,
};

/// Another id.
const OTHER: &str = "00000000-0000-4000-8000-000000000002";

#[test]
fn full_keys_name_no_key_twice() {
    let keys = json_fixture("shares/takeover.json");
    let entry = &keys.as_array().unwrap()[0];
    let line = |wallet: &str, id: &str| {
        let key = json!({
            "keyId": id, "algorithm": entry["algorithm"],
            "privateKey": entry["expect"]["extendedPrivateKey"],
        });
        json!({ "walletId": wallet, "keys": [key] }).to_string()
    };
    let read = |text: String| {
        let keys = read_full_keys(text.as_bytes()).map(|keys| keys.len());
        keys.map_err(|error| error.to_string())
    };
    assert_eq!(
        read(format!(
            "{}\n{}",
            line(WALLET, COSIGNER),
            line(WALLET, OTHER)
        )),
        Ok(2)
    );
    assert_eq!(
        read(format!("{}\n{}", line(WALLET, OTHER), line(OTHER, OTHER))),
        Ok(2),
        "another wallet's key may have the same id"
    );
    assert_eq!(
        read(format!("{}\n{}", line(WALLET, OTHER), line(WALLET, OTHER))),
        Err(format!(
            "`line 2`, field `keys[0].keyId`: key `{OTHER}` is listed twice"
        ))
    );
}

#[test]
fn full_keys_that_are_none_or_no_roots_are_refused() {
    for none in [
        "[]",
        "",
        "\n\n",
        &format!("{{\"walletId\":\"{WALLET}\",\"keys\":[]}}"),
    ] {
        let error = read_full_keys(none.as_bytes()).err().unwrap().to_string();
        assert!(error.contains("no keys"), "{none}: {error}");
    }
    let root =
        text(&json_fixture("shares/takeover.json")[0]["expect"]["extendedPrivateKey"]).to_owned();
    for (place, depth) in [(4, 1), (5, 0), (12, 0)] {
        let mut body = check_decode(&root).unwrap().to_vec();
        body[place] = 1;
        let fault = ExtendedKey::parse(&check_encode(&body)).err();
        assert_eq!(fault, Some(ExtendedKeyError::Depth(depth)), "{place}");
    }
    // A slip of the pen anywhere: the key it would give is nobody's.
    for at in 0..root.len() {
        let letter = if &root[at..=at] == "7" { "8" } else { "7" };
        let slipped = format!("{}{letter}{}", &root[..at], &root[at + 1..]);
        assert_eq!(
            ExtendedKey::parse(&slipped).err(),
            Some(ExtendedKeyError::Checksum),
            "{at}"
        );
    }
}

#[test]
fn a_private_key_beside_the_public_key_of_another_is_refused() {
    let expected = json_fixture("shares/takeover.json")[0]["expect"].clone();
    let ExtendedKey::Private(root) =
        ExtendedKey::parse(text(&expected["extendedPrivateKey"])).unwrap()
    else {
        panic!("a private key")
    };
    let other = extended_public(
        root.child(0).unwrap().public_key(),
        root.chain_code().expose(),
    );
    let bench = Folder::new();
    for (public, exit) in [
        (text(&expected["extendedPublicKey"]), 0),
        (other.as_str(), 2),
    ] {
        let key = json!({ "privateKey": expected["extendedPrivateKey"], "publicKey": public });
        bench.write_json("full", &json!([key]));
        let chain = if public.starts_with('x') {
            "eth"
        } else {
            "sol"
        };
        let run = bench.run(&["export", "full", "--chain", chain]);
        assert_eq!(run.exit, exit, "{}", run.stderr);
        assert_eq!(
            run.stderr.contains("not the public key of `privateKey`"),
            exit == 2,
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_full_key_of_two_chain_codes_or_curves_is_refused() {
    let expected = json_fixture("shares/takeover.json")[0]["expect"].clone();
    let (private, public) = (
        text(&expected["extendedPrivateKey"]),
        text(&expected["extendedPublicKey"]),
    );
    let other = extended_public(ExtendedKey::parse(public).unwrap().public_key(), &[9; 32]);
    let own = if public.starts_with('x') {
        Algorithm::CmpEcdsa
    } else {
        Algorithm::CmpEddsa
    };
    let foreign = if public.starts_with('x') {
        Algorithm::CmpEddsa
    } else {
        Algorithm::CmpEcdsa
    };
    let read = |keys: Value| read_full_keys(keys.to_string().as_bytes()).map(|keys| keys.len());
    let key = |algorithm: Algorithm, public: &str| json!({ "algorithm": algorithm.name(), "privateKey": private, "publicKey": public });
    assert_eq!(read(json!([key(own, public)])).ok(), Some(1));
    assert!(
        read(json!([key(own, &other)]))
            .unwrap_err()
            .to_string()
            .contains("chain code")
    );
    assert!(
        read(json!([key(foreign, public)]))
            .unwrap_err()
            .to_string()
            .contains("curve")
    );
    assert!(
        read(json!([{ "publicKey": public }, { "publicKey": other }]))
            .unwrap_err()
            .to_string()
            .contains("differs")
    );
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let bench = Folder::new();
    bench.write(
        "gzip",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    );
    bench.write("age", "age-encryption.org/v1\n-> X25519 abc\n");
    bench.write("empty", "");
    for (name, words) in [
        ("gzip", "gzip"),
        ("age", "lifeboat unseal"),
        ("empty", "empty"),
    ] {
        for command in [
            &["export", name, "--chain", "eth"][..],
            &["sign", name, "m", "--chain", "eth"],
        ] {
            bench.write("m", "m");
            let run = bench.run_json(command);
            run.refused(2, "other_content", &[words]);
        }
    }
}

#[test]
fn keys_are_read_as_editors_and_transfers_leave_them() {
    let keys = json_fixture("shares/takeover.json");
    let entry = &keys.as_array().unwrap()[0];
    let key = json!({
        "keyId": COSIGNER, "algorithm": entry["algorithm"],
        "privateKey": entry["expect"]["extendedPrivateKey"],
    });
    let plain = json!({ "walletId": WALLET, "keys": [key] }).to_string() + "\n";
    let passphrase = Passphrase::new(b"correct horse battery staple".to_vec());
    let locked = lock_full_keys(
        &SecretText::new(plain.clone()),
        &passphrase,
        &mut forge::rng(),
    );
    let locked = locked.unwrap();
    let bench = Folder::new();
    bench.write("passphrase", "correct horse battery staple");

    let chain = match text(&entry["algorithm"]).contains("ECDSA") {
        true => "eth",
        false => "sol",
    };
    let addresses = |file: &[u8]| {
        bench.write("keys", file);
        let passphrase = &["--passphrase-file", "passphrase"];
        bench
            .done(&[&["export", "keys", "--chain", chain][..], passphrase].concat())
            .stdout
    };
    let expected = addresses(plain.as_bytes());
    for whole in [plain, locked] {
        let crlf = whole.replace('\n', "\r\n");
        for changed in [
            whole.clone().into_bytes(),
            crlf.clone().into_bytes(),
            format!("\u{feff}{crlf}").into_bytes(),
            utf16(&crlf),
        ] {
            assert_eq!(addresses(&changed), expected);
        }
    }
}

#[test]
fn a_private_key_and_its_own_public_key_are_one_key() {
    let keys = json_fixture("shares/takeover.json");
    let expect = &keys.as_array().unwrap()[0]["expect"];
    let (private, public) = (
        text(&expect["extendedPrivateKey"]),
        text(&expect["extendedPublicKey"]),
    );
    for lines in [
        [private, public].join("\n"),
        [public, private].join("\r\n"),
        [private, private, public].join("\n"),
    ] {
        let read = read_full_keys(lines.as_bytes()).unwrap();
        assert_eq!(read.len(), 1, "{lines}");
        let Root::Tree(key) = &read[0].key else {
            panic!("an extended key is a tree");
        };
        assert!(matches!(key, ExtendedKey::Private(_)), "{lines}");
    }
}
