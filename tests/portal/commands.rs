//! The commands as a person or a program calls them: outcomes, files, modes, what is said and what is not.

use lifeboat::crypto::curve::Curve;
use serde_json::{Value, json};

use super::wallet;
use crate::support::{Folder, json_fixture, sharing::numbered, text};

/// Two wallets' shares on both curves: client files `c-…`, custodian files `s-…`.
fn with_shares() -> Folder {
    let folder = Folder::new();
    for (name, curve) in [("secp", Curve::Secp256k1), ("ed", Curve::Ed25519)] {
        for (key, pair) in [(1, 1), (1, 2), (2, 3)] {
            let sharing = numbered(curve, key, pair);
            folder.write(
                &format!("clients/c-{name}-{key}-{pair}"),
                sharing.client.to_string(),
            );
            folder.write(
                &format!("custodians/s-{name}-{key}-{pair}"),
                sharing.custodian.to_string(),
            );
        }
    }
    folder
}

fn eject_vector() -> Value {
    json_fixture("portal/portal.json")["eject"][0].clone()
}

#[test]
fn decrypt_writes_the_plain_text_to_a_new_private_file() {
    let wallet = wallet();
    let folder = Folder::new();
    folder
        .write("key", text(&wallet["key"]))
        .write("password", format!("{}\n", text(&wallet["password"])));
    folder
        .write("k", text(&wallet["cipherText_key"]))
        .write("p", format!(" {}\n", text(&wallet["cipherText_password"])));
    folder.write(
        "answer",
        json!({ "encryptedClientBackupShare": wallet["cipherText_key"] }).to_string(),
    );
    for (sealed, flag, file, plain) in [
        ("k", "--key-file", "key", "plaintext_rn"),
        ("answer", "--key-file", "key", "plaintext_rn"),
        ("p", "--passphrase-file", "password", "plaintext_ios"),
    ] {
        let out = format!("out-{sealed}");
        let outcome = folder.run_json(&["portal", "decrypt", sealed, flag, file, "--out", &out]);
        assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
        assert_eq!(folder.read(&out), text(&wallet[plain]));
        assert_eq!(folder.mode(&out), 0o600);
        let again = folder.run_json(&["portal", "decrypt", sealed, flag, file, "--out", &out]);
        assert_eq!((again.exit, again.code()), (2, "output_exists"));
    }
    let output = folder.run_fed(
        &["portal", "decrypt", "k", "--key-file", "-", "--out", "-"],
        text(&wallet["key"]).as_bytes(),
    );
    assert_eq!(output.stdout, text(&wallet["plaintext_rn"]));
}

#[test]
fn decrypt_without_key_and_terminal_names_both_flags() {
    let folder = Folder::new();
    folder.write("k", text(&wallet()["cipherText_key"]));
    let outcome = folder.run_json(&["portal", "decrypt", "k", "--out", "out"]);
    assert_eq!((outcome.exit, outcome.code()), (2, "passphrase_needed"));
    assert!(outcome.stderr.contains("--key-file") && outcome.stderr.contains("--passphrase-file"));
    assert_eq!(folder.names(), ["k"]);
}

#[test]
fn eject_pairs_folders_of_versions() {
    let folder = with_shares();
    // An interrupted backup: of pair 2 only the client's share, of pair 1 only the custodian's on one curve.
    for lost in ["custodians/s-secp-1-2", "clients/c-ed-2-3"] {
        std::fs::remove_file(folder.path(lost)).unwrap();
    }
    folder
        .write("clients/notes.txt", "not a share at all")
        .write("clients/copy", folder.read("clients/c-ed-1-1"));
    let outcome = folder.run_json(&[
        "portal",
        "eject",
        "--client",
        "clients",
        "--custodian",
        "custodians",
        "--reveal",
        "--out",
        "keys",
    ]);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    let keys: Value = serde_json::from_str(&folder.read("keys")).unwrap();
    let made: Vec<_> = keys
        .as_array()
        .unwrap()
        .iter()
        .map(|key| text(&key["publicKey"]).to_owned())
        .collect();
    let expected = [
        (Curve::Secp256k1, 1, 1),
        (Curve::Secp256k1, 2, 3),
        (Curve::Ed25519, 1, 1),
    ];
    let expected: Vec<_> = expected
        .map(|(c, k, p)| numbered(c, k, p).public_key.to_hex())
        .to_vec();
    assert_eq!(made, expected);
    // The note, the copy, and the custodian's share whose client's share is lost.
    assert_eq!(outcome.warnings().len(), 3);
    let stdout = outcome.outcome().to_string();
    for key in keys.as_array().unwrap() {
        assert!(
            !stdout.contains(text(&key["privateKey"])),
            "the outcome holds no secret"
        );
        assert!(!outcome.stderr.contains(text(&key["privateKey"])));
    }
}

#[test]
fn eject_tells_why_every_pairing_failed() {
    let folder = with_shares();
    let args = [
        "portal",
        "eject",
        "--client",
        "clients/c-ed-1-1",
        "--custodian",
        "custodians/s-ed-1-2",
    ];
    let outcome = folder.run_json(
        &[
            &args[..],
            &["custodians/s-ed-2-3", "--reveal", "--out", "keys"],
        ]
        .concat(),
    );
    assert_eq!((outcome.exit, outcome.code()), (3, "no_pair"));
    let attempts = outcome.outcome()["unpaired"][0]["attempts"]
        .as_array()
        .unwrap();
    let codes: Vec<_> = attempts
        .iter()
        .map(|attempt| text(&attempt["code"]))
        .collect();
    assert_eq!(codes, ["other_client_share", "other_wallet"]);
    assert_eq!(outcome.outcome()["shares"].as_array().unwrap().len(), 3);
    assert!(!folder.exists("keys"));
}

#[test]
fn some_wallets_without_a_pair_are_failed_records() {
    let folder = with_shares();
    let args = [
        "portal",
        "eject",
        "--client",
        "clients/c-ed-1-1",
        "clients/c-ed-2-3",
    ];
    let outcome = folder.run_json(
        &[
            &args[..],
            &[
                "--custodian",
                "custodians/s-ed-1-1",
                "--reveal",
                "--out",
                "keys",
            ],
        ]
        .concat(),
    );
    assert_eq!((outcome.exit, outcome.code()), (1, "wallets_unpaired"));
    assert_eq!(outcome.outcome()["keys"].as_array().unwrap().len(), 1);
    assert!(folder.exists("keys"));
}

#[test]
fn eject_opens_what_is_encrypted_and_passes_over_what_does_not_open() {
    let (wallet, other) = (wallet(), eject_vector());
    let folder = Folder::new();
    folder
        .write("c/new", text(&wallet["cipherText_key"]))
        .write("c/old", text(&wallet["cipherText_password"]));
    folder
        .write("c/bare", text(&other["client"]))
        .write("key", text(&wallet["key"]));
    folder
        .write("s/1", text(&wallet["custodian_secp256k1"]))
        .write("s/2", text(&wallet["custodian_ed25519"]));
    folder.write("s/3", text(&other["custodian"]));
    let args = [
        "portal",
        "eject",
        "--client",
        "c",
        "--custodian",
        "s",
        "--reveal",
        "--out",
        "keys",
    ];
    let locked = folder.run_json(&args);
    assert_eq!((locked.exit, locked.code()), (1, "files_failed"));
    std::fs::remove_file(folder.path("keys")).unwrap();
    let outcome = folder.run_json(&[&args[..], &["--key-file", "key"]].concat());
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
    assert_eq!(outcome.outcome()["keys"].as_array().unwrap().len(), 3);
    assert!(outcome.stderr.contains("skipped `c/old`"));
    folder.write("wrong", "00".repeat(32));
    let unopened = [
        "portal",
        "eject",
        "--client",
        "c/new",
        "--custodian",
        "s",
        "--key-file",
        "wrong",
    ];
    let outcome = folder.run_json(&unopened);
    assert_eq!((outcome.exit, outcome.code()), (3, "wrong_cloud_key"));
}

#[test]
fn eject_without_out_shows_no_private_key_and_reveal_does() {
    let vector = eject_vector();
    let folder = Folder::new();
    folder
        .write("c", text(&vector["client"]))
        .write("s", text(&vector["custodian"]));
    let args = ["portal", "eject", "--client", "c", "--custodian", "s"];
    let shown = folder.run(&args).stdout;
    assert!(
        shown.contains(text(&vector["solana_address"]))
            && !shown.contains(text(&vector["expected_privateKey"]))
    );
    let output = folder.run(&[&args[..], &["--reveal"]].concat());
    let keys: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(keys[0]["privateKey"], vector["expected_privateKey"]);
    assert!(text(&keys[0]["form"]).contains("not an RFC 8032 seed"));
}

#[test]
fn one_answer_with_both_shares_serves_both_sides() {
    let vector = eject_vector();
    let folder = Folder::new();
    let answer = json!({ "encryptedClientBackupShare": wallet()["cipherText_key"], "custodianBackupShare": wallet()["custodian_ed25519"] });
    folder
        .write("answer", answer.to_string())
        .write("key", text(&wallet()["key"]));
    let args = [
        "portal",
        "eject",
        "--client",
        "answer",
        "--custodian",
        "answer",
        "--key-file",
        "key",
        "--reveal",
        "--out",
        "keys",
    ];
    let outcome = folder.run_json(&args);
    assert_eq!(
        (outcome.exit, outcome.code()),
        (1, "wallets_unpaired"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.outcome()["keys"][0]["curve"], "ed25519");
    assert_ne!(
        outcome.outcome()["keys"][0]["addresses"]["solana"],
        vector["solana_address"]
    );
}

#[test]
fn repair_gives_the_key_or_says_what_it_is() {
    let vector = eject_vector();
    let (address, good) = (
        text(&vector["solana_address"]),
        text(&vector["expected_privateKey"]),
    );
    let folder = Folder::new();
    folder
        .write(
            "bad",
            format!("{}\n", text(&vector["ejectjs_1_0_2_would_output"])),
        )
        .write("good", good);
    let output = folder.run(&["portal", "repair", "bad", "--public-key", address]);
    assert_eq!(output.stdout, format!("{good}\n"));
    let outcome = folder.run_json(&[
        "portal",
        "repair",
        "bad",
        "--address",
        address,
        "--out",
        "fixed",
    ]);
    assert_eq!(
        (outcome.exit, &outcome.outcome()["result"]),
        (0, &json!("repaired"))
    );
    assert_eq!(folder.read("fixed"), format!("{good}\n"));
    let outcome = folder.run_json(&["portal", "repair", "good", "--public-key", address]);
    assert_eq!(
        (outcome.exit, &outcome.outcome()["result"]),
        (0, &json!("right_already"))
    );
    let other = text(&wallet()["expected"]["solana_address"]).to_owned();
    let outcome = folder.run_json(&[
        "portal",
        "repair",
        "bad",
        "--public-key",
        &other,
        "--out",
        "no",
    ]);
    assert_eq!((outcome.exit, outcome.code()), (3, "key_of_another_wallet"));
    assert!(!folder.exists("no"));
}

#[test]
fn a_key_typed_as_an_argument_is_refused_and_not_repeated() {
    let vector = eject_vector();
    let folder = Folder::new();
    let (key, address) = (
        text(&vector["expected_privateKey"]),
        text(&vector["solana_address"]),
    );
    let outcome = folder.run_json(&["portal", "repair", key, "--public-key", address]);
    assert_eq!((outcome.exit, outcome.code()), (2, "secret_in_arguments"));
    assert!(!outcome.stderr.contains(key) && !outcome.outcome().to_string().contains(key));
}

#[test]
fn cloud_name_shows_every_place() {
    let folder = Folder::new();
    let args = [
        "portal",
        "cloud-name",
        "--custodian",
        "custodianId",
        "--client",
        "clientId",
    ];
    let shown = folder.run(&args).stdout;
    for name in [
        "_PORTAL_MPC_DO_NOT_DELETE_",
        "2065615633.txt",
        "2a43d412de95c179",
    ] {
        assert!(shown.contains(name), "{name}");
    }
    assert_eq!(
        folder.run_json(&args).outcome()["icloud"]["current"],
        "2065615633"
    );
}

#[test]
fn inspect_says_what_files_are_and_no_secret() {
    let folder = with_shares();
    let sharing = numbered(Curve::Secp256k1, 1, 1);
    let row = json!({ "clientId": "outer", "share": sharing.custodian.to_string(), "backupMethod": "PASSKEY-SECP256K1" });
    folder
        .write("row", row.to_string())
        .write("sealed", text(&wallet()["cipherText_key"]));
    let run = folder.run(&["portal", "inspect", "row", "clients/c-ed-1-1", "sealed"]);
    let (shown, said) = (run.stdout, run.stderr);
    for expected in [
        "custodian share, secp256k1, pair pair-secp256k1-1-1",
        "client share, ed25519",
        "3362 bytes",
        "made-up client",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(said.contains("not recoverable offline"));
    assert!(!shown.contains(text(&sharing.custodian["share"])));
    let mut damaged = numbered(Curve::Ed25519, 1, 1).client;
    damaged["share"] = json!("5");
    folder.write("damaged", damaged.to_string());
    let outcome = folder.run_json(&["portal", "inspect", "damaged"]);
    assert_eq!((outcome.exit, outcome.code()), (3, "share_inconsistent"));
    assert_eq!(outcome.outcome()["shares"][0]["numbers"], "contradicts");
    folder.write("wrong", "00".repeat(32));
    let outcome = folder.run_json(&["portal", "inspect", "sealed", "--key-file", "wrong"]);
    assert_eq!((outcome.exit, outcome.code()), (3, "wrong_cloud_key"));
    assert_eq!(outcome.outcome()["encrypted"][0]["bytes"], 3362);
}

#[test]
fn equal_pair_ids_are_tried_first() {
    let folder = with_shares();
    let mut damaged = numbered(Curve::Ed25519, 1, 1).custodian;
    damaged["share"] = json!("5");
    folder.write("z-damaged", damaged.to_string());
    let args = [
        "portal",
        "eject",
        "--client",
        "clients/c-ed-1-1",
        "--custodian",
        "custodians/s-ed-1-2",
        "z-damaged",
    ];
    let outcome = folder.run_json(&args);
    let attempts = outcome.outcome()["unpaired"][0]["attempts"]
        .as_array()
        .unwrap();
    let tried: Vec<_> = attempts
        .iter()
        .map(|attempt| (text(&attempt["custodian"]), text(&attempt["code"])))
        .collect();
    assert_eq!(
        tried,
        [
            ("z-damaged", "other_custodian_share"),
            ("custodians/s-ed-1-2", "other_client_share")
        ]
    );
}

/// The web SDK lists both points without saying whose they are.
#[test]
fn points_in_an_array_are_told_apart_by_the_share() {
    for order in [["client", "server"], ["server", "client"]] {
        let sharing = numbered(Curve::Secp256k1, 1, 1);
        let mut client = sharing.client.clone();
        let points = order.map(|name| client["partialPubkey"][name].clone());
        client
            .as_object_mut()
            .unwrap()
            .remove("partialPubkey")
            .unwrap();
        client["partialPubKey"] = json!(points);
        let folder = Folder::new();
        folder
            .write("c", client.to_string())
            .write("s", sharing.custodian.to_string());
        let outcome = folder.run_json(&["portal", "inspect", "c", "s"]);
        let numbers: Vec<_> = outcome.outcome()["shares"]
            .as_array()
            .unwrap()
            .iter()
            .map(|share| &share["numbers"])
            .collect();
        assert_eq!(numbers, ["consistent", "consistent"]);
        assert_eq!(
            folder
                .run_json(&["portal", "eject", "--client", "c", "--custodian", "s"])
                .exit,
            0
        );
    }
}

/// Every escape of JSON, in the text that holds the share and in a label.
#[test]
fn escapes_are_resolved() {
    let custodian = numbered(Curve::Ed25519, 1, 1).custodian.to_string();
    let custodian = custodian
        .replacen('{', r"{ \t\r\n\u0020", 1)
        .replace('"', r"\u0022");
    let custodian = custodian.replace("made-up", r"a\/\\b\\f\\u0001");
    let folder = Folder::new();
    folder.write(
        "row",
        format!(r#"{{"share":"{custodian}","backupMethod":"\ud83d\uDE00\u00e9"}}"#),
    );
    let outcome = folder.run_json(&["portal", "inspect", "row"]);
    let share = &outcome.outcome()["shares"][0];
    assert_eq!(share["numbers"], "consistent", "{}", outcome.stderr);
    assert_eq!(share["backupMethod"], "😀é");
    assert_eq!(share["clientId"], r"a/\u{8}\u{c}\u{1} client");
}
