//! What customers have: rows and envelopes of their own databases and servers, keys of many users, shares of the wrong kind.

use lifeboat::crypto::{
    curve::Curve,
    gcm::gcm_seal,
    secret::{Secret, SecretBytes},
};
use serde_json::{Value, json};

use super::{eject, wallet};
use crate::support::{
    Folder,
    sharing::{Sharing, numbered},
};

fn sharing(number: u8) -> Sharing {
    numbered(Curve::Ed25519, number, number)
}

#[track_caller]
fn ejects(folder: &Folder, sharing: &Sharing, more: &[&str]) -> Value {
    let outcome = eject(folder, more);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    assert_eq!(
        outcome.outcome()["keys"][0]["publicKey"],
        sharing.public_key.to_hex()
    );
    outcome.json()
}

#[test]
fn rows_of_a_database_open_in_every_form_it_exports() {
    let sharing = sharing(1);
    let custodian = sharing.custodian.to_string();
    let quoted = custodian.replace('"', "\"\"");
    let folder = Folder::new();
    folder.write("c", sharing.client.to_string());
    for table in [
        format!("id,clientId,backupMethod,share\nck1,client-7,GDRIVE-ED25519,\"{quoted}\"\n"),
        format!(
            "\u{feff}\"id\";\"client_id\";\"share\"\r\n\"ck1\";\"client-7\";\"{quoted}\"\r\n;;\r\n"
        ),
        format!("share\n\"{quoted}\"\n"),
        format!(
            "{}\n",
            json!({ "_id": { "$oid": "65" }, "clientId": "client-7", "share": custodian })
        ),
        json!([{ "id": 1, "client_id": "client-7", "custodian_backup_share": custodian }])
            .to_string(),
        json!({ "data": { "rows": [{ "share": sharing.custodian }] }, "message": "ok" })
            .to_string(),
        json!({ "statusCode": 200, "body": json!({ "backupShares": [custodian] }).to_string() })
            .to_string(),
    ] {
        folder.write("s", &table);
        ejects(&folder, &sharing, &[]);
    }

    folder.write("s", format!("id,share\n1,\"{quoted}\"\n2\n"));
    let outcome = eject(&folder, &[]);
    assert_eq!((outcome.exit, outcome.code()), (2, "not_a_share"));
    assert!(
        outcome.message().contains("line 3"),
        "{}",
        outcome.message()
    );
}

#[test]
fn small_letters_name_the_same_numbers() {
    let sharing = sharing(1);
    let small = sharing
        .client
        .to_string()
        .replace("\"X\"", "\"x\"")
        .replace("\"Y\"", "\"y\"");
    let folder = Folder::new();
    folder
        .write("c", small)
        .write("s", sharing.custodian.to_string());
    let inspected = folder.run_json(&["portal", "inspect", "c"]);
    assert_eq!(inspected.outcome()["shares"][0]["numbers"], "consistent");
    ejects(&folder, &sharing, &[]);
}

fn sealed(sharing: &Sharing, key: u8) -> String {
    let secret = Secret::take(&mut [key; 32]);
    let text = SecretBytes::new(sharing.client.to_string().into_bytes());
    let sealed = gcm_seal(&secret, &[key; 12], b"", &text).unwrap();
    hex::encode([&[key; 12][..], &sealed].concat())
}

#[test]
fn a_folder_of_keys_opens_the_backups_of_many_and_each_key_names_its_client() {
    let folder = Folder::new();
    let (mut clients, mut custodians) = (String::new(), String::new());
    for number in 1..=5 {
        let sharing = sharing(number);
        let row = json!({ "clientId": format!("client-{number}"), "cipherText": sealed(&sharing, number) });
        clients += &format!("{row}\n");
        custodians += &format!("{}\n", sharing.custodian);
        // In another order than the rows, and one as an editor saved it.
        let mark = if number == 3 { "\u{feff}" } else { "" };
        folder.write(
            &format!("keys/{}.txt", 9 - number),
            format!("{mark}{}\r\n", hex::encode([number; 32])),
        );
    }
    folder.write("keys/README", "one key a user");
    folder.write("c", clients).write("s", custodians);

    let outcome = eject(
        &folder,
        &["--key-file", "keys", "--reveal", "--out", "keys.json"],
    );
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("README"), "{}", outcome.stderr);
    let keys: Value = serde_json::from_str(&folder.read("keys.json")).unwrap();
    for number in 1..=5 {
        let (name, public_key) = (
            format!("client-{number}"),
            sharing(number).public_key.to_hex(),
        );
        for keys in [&keys, &outcome.outcome()["keys"]] {
            let key = keys
                .as_array()
                .unwrap()
                .iter()
                .find(|key| key["clientId"] == name.as_str());
            assert_eq!(key.unwrap()["publicKey"], public_key);
        }
    }
}

#[test]
fn a_signing_share_is_told_from_a_backup_share() {
    let (good, other) = (sharing(1), numbered(Curve::Ed25519, 1, 9));
    let mut signing = other.client.clone();
    signing["signingSharePairId"] = signing["backupSharePairId"].take();
    signing["backupSharePairId"] = json!("");
    let folder = Folder::new();
    folder.write(
        "c/signing",
        json!({ "ED25519": { "id": "pair-9", "share": signing.to_string() } }).to_string(),
    );
    folder.write("s", good.custodian.to_string());

    let inspected = folder.run_json(&["portal", "inspect", "c"]);
    assert_eq!((inspected.exit, inspected.code()), (3, "signing_share"));
    let share = &inspected.outcome()["shares"][0];
    assert_eq!(
        (&share["kind"], &share["backupSharePairId"]),
        (&json!("signing"), &json!(null))
    );
    assert_eq!(
        share["signingSharePairId"],
        other.client["backupSharePairId"]
    );

    let outcome = eject(&folder, &[]);
    assert_eq!((outcome.exit, outcome.code()), (3, "signing_share"));
    assert!(
        outcome.stderr.contains("never leaves the provider"),
        "{}",
        outcome.stderr
    );

    // Beside the backup share of the same wallet it does no harm; and one that is only said to be of a signing pair is one
    // half of a key all the same, when the key is the wallet's.
    folder.write("c/backup", good.client.to_string());
    ejects(&folder, &good, &[]);
    folder.write("c/backup", "{}");
    folder.write("s", other.custodian.to_string());
    std::fs::remove_file(folder.path("c/backup")).unwrap();
    ejects(&folder, &good, &[]);
}

#[test]
fn repair_takes_the_answer_an_app_got() {
    let expected = &wallet()["expected"];
    let (secp, ed) = (
        &expected["secp256k1_privateKey"],
        &expected["ed25519_privateKey"],
    );
    let address = expected["solana_address"].as_str().unwrap();
    let folder = Folder::new();
    let mut right = 0;
    for answer in [
        json!({ "secp256k1Key": secp, "ed25519Key": ed }),
        json!({ "SECP256K1": secp, "ED25519": ed }),
        json!({ "data": { "ed25519Key": ed } }),
        ed.clone(),
    ] {
        folder.write("key", format!("\u{feff}{answer}\n"));
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
            outcome.outcome()["result"],
            "right_already",
            "{answer}: {}",
            outcome.stderr
        );
        right += 1;
    }
    assert_eq!(right, 4);

    folder.write("key", json!({ "secp256k1Key": secp }).to_string());
    let outcome = folder.run_json(&[
        "portal",
        "repair",
        "key",
        "--public-key",
        address,
        "--out",
        "out",
    ]);
    assert_eq!((outcome.exit, outcome.code()), (2, "bad_exported_key"));
    assert!(
        outcome.message().contains("ed25519Key"),
        "{}",
        outcome.message()
    );
}
