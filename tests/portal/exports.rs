//! Shares as databases other than CSV export them, and files that hold keys and no shares.

use lifeboat::crypto::curve::Curve;
use serde_json::{Value, json};

use super::{eject, wallet};
use crate::support::{
    Folder,
    sharing::{Sharing, numbered},
    utf16,
};

fn sharing() -> Sharing {
    numbered(Curve::Ed25519, 1, 1)
}

#[track_caller]
fn ejects(folder: &Folder) -> Value {
    let outcome = eject(folder, &[]);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    let key = &outcome.outcome()["keys"][0];
    assert_eq!(key["publicKey"], sharing().public_key.to_hex());
    outcome.json()
}

/// A value as DynamoDB writes it.
fn typed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: serde_json::Map<_, _> = members
                .iter()
                .map(|(name, value)| (name.clone(), typed(value)))
                .collect();
            json!({ "M": members })
        }
        Value::Array(elements) => json!({ "L": elements.iter().map(typed).collect::<Vec<_>>() }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        other => json!({ "S": other }),
    }
}

#[test]
fn items_of_dynamodb_are_rows() {
    let (folder, sharing) = (Folder::new(), sharing());
    folder.write("c", typed(&sharing.client).to_string());
    let text = sharing.custodian.to_string();
    let item = json!({
        "clientId": { "S": "client-7" }, "backupMethod": { "S": "GDRIVE" }, "share": { "S": text },
    });
    for (table, names_client) in [
        (json!({ "Items": [item], "Count": 1 }).to_string(), false),
        (format!("{}\n", json!({ "Item": item })), false),
        (json!({ "Item": { "clientId": { "S": "client-7" }, "share": typed(&sharing.custodian) } }).to_string(), false),
        (json!({ "Item": { "shares": { "L": [{ "S": text }] } } }).to_string(), true),
    ] {
        folder.write("s", &table);
        let fields = ejects(&folder);
        let client = &fields["keys"][0]["clientId"];
        assert_eq!(client, "made-up client", "{names_client} {table}");
    }

    // What the row says counts where the share is silent.
    let mut silent = sharing.custodian.clone();
    silent.as_object_mut().unwrap().remove("clientId");
    let item = json!({ "clientId": { "S": "client-7" }, "share": { "S": silent.to_string() } });
    folder.write("s", json!({ "Item": item }).to_string());
    assert_eq!(ejects(&folder)["keys"][0]["clientId"], "client-7");
}

#[test]
fn rows_of_postgresql_are_read() {
    let (folder, sharing) = (Folder::new(), sharing());
    folder.write("c", sharing.client.to_string());
    let text = sharing.custodian.to_string();
    // The share as a webhook delivered it, in a column of its own: JSON in JSON, whose backslashes COPY doubles.
    let row = json!({ "share": text }).to_string();
    let doubled = row.replace('\\', "\\\\");
    assert_ne!(row, doubled);
    let quoted = text.replace('"', "\"\"");
    for table in [
        format!("1\tclient-7\t{text}\n"),
        format!("1\tclient-7\t{doubled}\n2\tclient-8\t\\N\n"),
        format!("id\tclient_id\tshare\n1\tclient-7\t{doubled}\n"),
        format!("1,client-7,\"{quoted}\"\r\n"),
        format!(
            "--\n-- PostgreSQL database dump\n--\nSET client_encoding = 'UTF8';\nCOPY public.users (id, name) FROM stdin;\n1\tx\n\\.\n\n\
             COPY public.shares (id, client_id, share, note) FROM stdin;\n1\tclient-7\t{doubled}\t\\N\n\\.\n\nSELECT 1;\n"
        ),
    ] {
        folder.write("s", &table);
        ejects(&folder);
    }

    // A row that was cut is named by its line.
    for (table, line) in [
        (
            format!("COPY s (id, share) FROM stdin;\n1\t{text}\n2\n\\.\n"),
            "line 3",
        ),
        (format!("id\tshare\n1\t{text}\n2\n"), "line 3"),
    ] {
        folder.write("s", table);
        let outcome = eject(&folder, &[]);
        assert_eq!((outcome.exit, outcome.code()), (2, "not_a_share"));
        assert!(outcome.message().contains(line), "{}", outcome.message());
    }
}

#[test]
fn shares_in_utf16_are_read() {
    let (folder, sharing) = (Folder::new(), sharing());
    folder.write("c", utf16(&sharing.client.to_string()));
    folder.write("s", utf16(&sharing.custodian.to_string()));
    ejects(&folder);
}

#[test]
fn an_unknown_version_of_a_custodian_share_is_told() {
    let (folder, sharing) = (Folder::new(), sharing());
    folder.write("c", sharing.client.to_string());
    for (version, is_told) in [
        (json!("v7"), true),
        (json!(99), true),
        (json!({ "S": "next" }), true),
        (json!("v6"), false),
        (json!(1), false),
        (Value::Null, false),
    ] {
        let mut custodian = sharing.custodian.clone();
        custodian["version"] = version.clone();
        folder.write("s", custodian.to_string());
        let warnings = ejects(&folder)["warnings"].to_string();
        assert_eq!(
            warnings.contains("not known here"),
            is_told,
            "{version}: {warnings}"
        );
    }
}

#[test]
fn keys_that_were_ejected_are_named() {
    let (folder, sharing) = (Folder::new(), sharing());
    folder.write("c", sharing.client.to_string());
    folder.write("s", sharing.custodian.to_string());
    let eject = |more: &[&str]| {
        let outcome = eject(&folder, more);
        assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    };
    folder.write("passphrase", "nine wandering badgers\n");
    eject(&["--out", "locked", "--out-passphrase-file", "passphrase"]);
    eject(&["--out", "open", "--reveal"]);
    let keys: Value = serde_json::from_str(&folder.read("open")).unwrap();
    let key = keys[0]["privateKey"].as_str().unwrap();
    folder.write("bare", format!("{key}\n"));
    folder.write("answer", json!({ "ed25519Key": key }).to_string());
    folder.write("curves", json!({ "ED25519": key }).to_string());
    folder.write("digits", "ab".repeat(32));

    for (file, words) in [
        ("locked", "`lifeboat portal decrypt FILE"),
        ("open", "`lifeboat export FILE"),
        ("bare", "`lifeboat export FILE"),
        ("answer", "`lifeboat export FILE"),
        ("curves", "`lifeboat export FILE"),
        ("digits", "`--key-file FILE`"),
    ] {
        for command in [
            vec!["portal", "inspect", file],
            vec!["portal", "eject", "--client", file, "--custodian", "s"],
            vec!["portal", "eject", "--client", "c", "--custodian", file],
        ] {
            let outcome = folder.run_json(&command);
            assert_eq!(
                (outcome.exit, outcome.code()),
                (2, "not_a_share"),
                "{command:?}"
            );
            assert!(
                outcome.stderr.contains(words),
                "{command:?}\n{}",
                outcome.stderr
            );
            assert!(!outcome.stderr.contains(key));
        }
    }

    // What `export` is said to do, it does.
    for file in ["open", "bare"] {
        let outcome = folder.run_json(&["export", file, "--chain", "sol"]);
        assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    }
}

#[test]
fn inspect_shows_the_good_files_beside_a_bad_one() {
    let (folder, sharing) = (Folder::new(), sharing());
    folder.write("c", sharing.client.to_string());
    folder.write("s", sharing.custodian.to_string());
    folder.write("bad", "{\"hello\":1}").write("worse", "hello");
    let outcome = folder.run_json(&["portal", "inspect", "bad", "c", "worse", "s"]);
    assert_eq!((outcome.exit, outcome.code()), (2, "not_a_share"));
    let shares = outcome.outcome()["shares"].as_array().unwrap();
    assert_eq!(shares.len(), 2, "{}", outcome.outcome());
    for name in ["`bad`", "`worse`"] {
        assert!(outcome.message().contains(name), "{}", outcome.message());
    }
}

#[test]
fn repair_takes_a_public_key_behind_0x() {
    let folder = Folder::new();
    let expected = &wallet()["expected"];
    folder.write("key", expected["ed25519_privateKey"].as_str().unwrap());
    let address = expected["solana_address"].as_str().unwrap();
    let hex = hex::encode(bs58::decode(address).into_vec().unwrap());
    for public_key in [format!("0x{hex}"), format!("0X{}", hex.to_uppercase()), hex] {
        let outcome = folder.run_json(&[
            "portal",
            "repair",
            "key",
            "--public-key",
            &public_key,
            "--out",
            "out",
        ]);
        assert_eq!(
            outcome.outcome()["result"],
            "right_already",
            "{}",
            outcome.stderr
        );
    }
    let outcome = folder.run_json(&[
        "portal",
        "repair",
        "key",
        "--public-key",
        "0x1234",
        "--out",
        "out",
    ]);
    assert_eq!((outcome.exit, outcome.code()), (2, "bad_public_key"));
}
