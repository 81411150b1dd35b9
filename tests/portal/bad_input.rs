//! One line, one slip: the exit status, the code, nothing written, and no secret in what is said.

use lifeboat::{
    crypto::{
        curve::Curve,
        gcm::gcm_seal,
        secret::{Secret, SecretBytes},
    },
    formats::{
        encoding::json::FieldFault,
        portal::share_file::{MAX_SHARES, PortalFileError, read_portal_file},
    },
    operations::portal::collect::{CollectError, DecryptionKeys, Role, Source, collect},
};
use serde_json::{Value, json};

use super::wallet;
use crate::support::{
    Folder,
    sharing::{numbered, order_plus, plus_field, scalar, share},
};

const CURVES: [Curve; 2] = [Curve::Secp256k1, Curve::Ed25519];

fn shares(curve: Curve) -> (Value, Value) {
    let sharing = numbered(curve, 1, 1);
    (sharing.client, sharing.custodian)
}

/// Ejects these shares and expects this end.
fn refuse(client: &str, custodian: &str, exit: i32, code: &str, words: &str) {
    let folder = Folder::new();
    folder.write("client", client).write("custodian", custodian);
    let outcome = folder.run_json(&[
        "portal",
        "eject",
        "--client",
        "client",
        "--custodian",
        "custodian",
        "--out",
        "out",
    ]);
    assert_eq!(
        (outcome.exit, outcome.code()),
        (exit, code),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stderr.contains(words),
        "`{words}` in {}",
        outcome.stderr
    );
    assert_eq!(
        folder.names(),
        ["client", "custodian"],
        "nothing is left behind"
    );
    for secret in [client, custodian]
        .iter()
        .filter_map(|text| serde_json::from_str::<Value>(text).ok())
    {
        let share = secret["share"].to_string();
        assert!(
            share.len() < 20 || !outcome.stderr.contains(share.trim_matches('"')),
            "the share is not told"
        );
    }
}

/// Each way to spoil a number that eject needs, in each place that holds one.
#[test]
fn numbers_that_are_none() {
    for curve in CURVES {
        let slips = |good: &Value| {
            let hex = format!("0x{}", "ab".repeat(32));
            let number: Value =
                serde_json::from_str(good.as_str().unwrap().get(..9).unwrap()).unwrap();
            [
                (
                    number,
                    "wrong_type",
                    "expected a decimal number in a string",
                ),
                (json!("ab".repeat(32)), "bad_value", "hexadecimal"),
                (json!(hex), "bad_value", "hexadecimal"),
                (json!(""), "bad_value", "empty"),
                (json!("-5"), "bad_value", "not a decimal number"),
                (json!("1.5"), "bad_value", "not a decimal number"),
                (json!(" 5"), "bad_value", "not a decimal number"),
                (json!("٣"), "bad_value", "not a decimal number"),
                (json!("0"), "bad_value", "zero"),
                (
                    json!(order_plus(curve, 0)),
                    "bad_value",
                    "not below the group order",
                ),
                (
                    json!(order_plus(curve, 1)),
                    "bad_value",
                    "not below the group order",
                ),
                (json!("9".repeat(78)), "bad_value", "more than 32 bytes"),
                (json!("1".repeat(2000)), "bad_value", "more than 32 bytes"),
                (Value::Null, "missing_field", "missing"),
            ]
        };
        let (client, custodian) = shares(curve);
        for (slip, code, words) in slips(&client["share"]) {
            let mut spoiled = client.clone();
            spoiled["share"] = slip.clone();
            refuse(&spoiled.to_string(), &custodian.to_string(), 2, code, words);
            let mut spoiled = client.clone();
            spoiled["bks"]["server"]["X"] = slip.clone();
            refuse(&spoiled.to_string(), &custodian.to_string(), 2, code, words);
            for field in ["share", "clientBk"] {
                let mut spoiled = custodian.clone();
                spoiled[field] = slip.clone();
                refuse(&client.to_string(), &spoiled.to_string(), 2, code, words);
            }
        }
    }
}

#[test]
fn points_off_the_curve_and_on_the_other_one() {
    for curve in CURVES {
        let (client, custodian) = shares(curve);
        let mut spoiled = client.clone();
        spoiled["pubkey"]["Y"] = json!("12345");
        refuse(
            &spoiled.to_string(),
            &custodian.to_string(),
            2,
            "bad_value",
            "not a point of",
        );
        let mut spoiled = custodian.clone();
        spoiled["x"] = json!("12345");
        refuse(
            &client.to_string(),
            &spoiled.to_string(),
            2,
            "bad_value",
            "not a point of",
        );
    }
    let (client, custodian) = shares(Curve::Ed25519);
    let mut beyond = client.clone();
    beyond["pubkey"]["X"] = json!(plus_field(client["pubkey"]["X"].as_str().unwrap()));
    refuse(
        &beyond.to_string(),
        &custodian.to_string(),
        2,
        "bad_value",
        "not a point of",
    );
    let wrong = json!({ "SECP256K1": { "id": "pair", "share": client.to_string() } });
    refuse(
        &wrong.to_string(),
        &custodian.to_string(),
        2,
        "bad_value",
        "a point of ed25519, expected one of secp256k1",
    );
    let (_, other_curve) = shares(Curve::Secp256k1);
    refuse(
        &client.to_string(),
        &other_curve.to_string(),
        3,
        "no_pair",
        "no custodian share of this curve",
    );
}

#[test]
fn equal_abscissas() {
    for curve in CURVES {
        let number = |byte| scalar(curve, &[byte; 32]);
        let sharing = share(number(1), &number(2), &number(3), &number(3), "pair");
        let words = "both shares have the same x-coordinate";
        refuse(
            &sharing.client.to_string(),
            &sharing.custodian.to_string(),
            3,
            "no_pair",
            words,
        );
    }
}

#[test]
fn one_share_twice() {
    let (client, custodian) = shares(Curve::Secp256k1);
    let (client, custodian) = (client.to_string(), custodian.to_string());
    refuse(
        &client,
        &client,
        2,
        "wrong_side",
        "holds a client share, expected a custodian share",
    );
    refuse(
        &custodian,
        &custodian,
        2,
        "wrong_side",
        "holds a custodian share, expected a client share",
    );
    let folder = Folder::new();
    folder.write("c", &client).write("s", &custodian);
    let outcome = folder.run_json(&[
        "portal",
        "eject",
        "--client",
        "c",
        "c",
        "--custodian",
        "s",
        "--out",
        "out",
    ]);
    assert_eq!((outcome.exit, outcome.code()), (2, "given_twice"));
}

#[test]
fn shares_of_different_pairs() {
    for curve in CURVES {
        let (client, custodian) = (
            numbered(curve, 1, 1).client,
            numbered(curve, 1, 2).custodian,
        );
        let words = "the custodian share was made for another client share";
        refuse(
            &client.to_string(),
            &custodian.to_string(),
            3,
            "no_pair",
            words,
        );
        // Without public points only the key itself can tell.
        let bare = json!({ "share": custodian["share"], "clientBk": custodian["clientBk"] });
        let mut client = client;
        client
            .as_object_mut()
            .unwrap()
            .remove("partialPubkey")
            .unwrap();
        refuse(
            &client.to_string(),
            &bare.to_string(),
            3,
            "no_pair",
            "they do not combine to the wallet's public key",
        );
    }
}

#[test]
fn ciphertexts_that_do_not_open() {
    let wallet = wallet();
    let sealed = wallet["cipherText_key"].as_str().unwrap();
    let mut tampered = sealed.to_owned();
    tampered.replace_range(100..101, if &sealed[100..101] == "0" { "1" } else { "0" });
    let (right, wrong) = (wallet["key"].as_str().unwrap(), "00".repeat(32));
    let (key, password) = ("--key-file", "--passphrase-file");
    let both = "another key, or altered";
    for (sealed, flag, opener, exit, code, words) in [
        (sealed, key, wrong.as_str(), 3, "wrong_cloud_key", both),
        (&tampered, key, right, 3, "wrong_cloud_key", both),
        (
            sealed,
            password,
            "guess",
            3,
            "wrong_password",
            "another password, or altered",
        ),
        (
            &sealed[..54],
            key,
            right,
            2,
            "ciphertext_short",
            "27 bytes, expected at least 28",
        ),
        (
            &sealed[..86],
            password,
            "guess",
            2,
            "ciphertext_short",
            "43 bytes, expected at least 44",
        ),
        ("", key, right, 2, "ciphertext_short", "0 bytes"),
        (&sealed[1..], key, right, 2, "bad_hex", "odd number"),
        ("zz", key, right, 2, "bad_hex", "no hexadecimal digit"),
        (
            sealed,
            key,
            "cafe",
            2,
            "bad_cloud_key",
            "64 hexadecimal digits",
        ),
        (
            sealed,
            key,
            &"zz".repeat(32),
            2,
            "bad_cloud_key",
            "64 hexadecimal digits",
        ),
    ] {
        let folder = Folder::new();
        folder.write("sealed", sealed).write("opener", opener);
        let outcome = folder.run_json(&[
            "portal", "decrypt", "sealed", flag, "opener", "--out", "out",
        ]);
        assert_eq!(
            (outcome.exit, outcome.code()),
            (exit, code),
            "{}",
            outcome.stderr
        );
        assert!(outcome.message().contains(words), "{}", outcome.message());
        assert_eq!(folder.names(), ["opener", "sealed"]);
    }
}

#[test]
fn exported_keys_that_are_none() {
    let address = "7YkYxj9Qc4zwtyoDsbg2pVyaYzFbGK3jyHd94d2eFvpL";
    for (key, words) in [
        ("ab".repeat(32), "how secp256k1 keys are exported"),
        ("0OIl".to_owned(), "not a key in base58"),
        ("2".repeat(20), "expected 32"),
        ("2".repeat(88), "expected 32"),
        (String::new(), "expected 32"),
    ] {
        let folder = Folder::new();
        folder.write("key", &key);
        let outcome = folder.run_json(&[
            "portal",
            "repair",
            "key",
            "--public-key",
            address,
            "--out",
            "out",
        ]);
        assert_eq!(
            (outcome.exit, outcome.code()),
            (2, "bad_exported_key"),
            "{}",
            outcome.stderr
        );
        assert!(outcome.message().contains(words), "{}", outcome.message());
        let outcome = folder.run_json(&[
            "portal",
            "repair",
            "key",
            "--public-key",
            "nonsense",
            "--out",
            "out",
        ]);
        assert_eq!((outcome.exit, outcome.code()), (2, "bad_public_key"));
        assert_eq!(folder.names(), ["key"]);
    }
}

fn kind(error: &PortalFileError) -> &'static str {
    match error {
        PortalFileError::NotShare(_) | PortalFileError::Stranger(_) => "no share",
        PortalFileError::Ejected(_)
        | PortalFileError::LockedKeys(_)
        | PortalFileError::KeyDigits(_) => "keys",
        PortalFileError::OtherKind(..)
        | PortalFileError::OtherFile(..)
        | PortalFileError::DumpFile(_) => "another kind",
        PortalFileError::Damaged { .. } => "damaged",
        PortalFileError::Mixed(_) => "mixed",
        PortalFileError::TooDeep(_) | PortalFileError::TooMany(_) => "too much",
        PortalFileError::Ciphertext { .. } => "no ciphertext",
        PortalFileError::Row { .. } => "no row",
        PortalFileError::Field(error) => match error.fault {
            FieldFault::NotJson { .. } => "not JSON",
            FieldFault::Twice => "a name twice",
            FieldFault::Value(_) => "no text",
            FieldFault::TooMany | FieldFault::TooDeep => "too many values",
            _ => "another field",
        },
    }
}

/// Files that are nothing, too much, or wrapped without end.
#[test]
fn files_without_a_share() {
    let kind = |text: &str| {
        let read = read_portal_file("file", &SecretBytes::new(text.as_bytes().to_vec()));
        kind(&read.err().unwrap())
    };
    let mut wrapped = shares(Curve::Ed25519).0.to_string();
    for _ in 0..5 {
        wrapped = json!({ "share": wrapped }).to_string();
    }
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    for (text, expected) in [
        ("", "another kind"),
        ("hello", "no share"),
        ("{}", "no share"),
        ("[]", "another kind"),
        ("[1]", "no share"),
        ("\"\"", "no share"),
        ("{\"share\":\"12345\"}", "no ciphertext"),
        ("{\"share\":", "not JSON"),
        (
            "{\"share\":\"1\",\"clientBk\":\"2\",\"share\":\"3\"}",
            "a name twice",
        ),
        ("{\"share\":\"\\ud800\"}", "no text"),
        (&wrapped, "too much"),
        (&"[".repeat(100_000), "not JSON"),
        (&nested(40), "too much"),
        (&nested(1000), "too many values"),
    ] {
        assert_eq!(kind(text), expected, "{}", text.get(..60).unwrap_or(text));
    }
    assert_eq!(
        kind(&"ab".repeat(32)),
        "keys",
        "a key from the user's cloud"
    );
}

#[test]
fn a_ciphertext_inside_a_ciphertext() {
    let key = || Secret::take(&mut [7; 32]);
    let seal = |text: &str| {
        let sealed = gcm_seal(
            &key(),
            &[1; 12],
            b"",
            &SecretBytes::new(text.as_bytes().to_vec()),
        )
        .unwrap();
        hex::encode([&[1; 12][..], &sealed].concat())
    };
    let collected = |text: String| {
        let source = Source {
            name: "file".to_owned(),
            bytes: SecretBytes::new(text.into_bytes()),
            from_folder: false,
        };
        let keys = DecryptionKeys {
            keys: vec![key()],
            ..DecryptionKeys::default()
        };
        collect(&[source], &keys, Some(Role::Client)).map(|found| found.clients.len())
    };
    let share = shares(Curve::Secp256k1).0.to_string();
    assert_eq!(collected(seal(&share)), Ok(1));
    assert_eq!(
        collected(seal(&seal(&share))),
        Err(CollectError::Nested("file".to_owned()))
    );
}

#[test]
fn more_shares_than_any_file_has() {
    let code = |count: usize| {
        let share = "{\"share\":\"1\",\"clientBk\":\"2\"}\n";
        let read = read_portal_file("file", &SecretBytes::new(share.repeat(count).into_bytes()));
        read.map_or_else(|error| kind(&error), |_| "ok")
    };
    assert_eq!((code(MAX_SHARES), code(MAX_SHARES + 1)), ("ok", "too much"));
}
