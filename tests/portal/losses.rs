//! Nothing is lost in silence: wallets without a pair, ciphertexts that stay unopened, bad files among good ones.

use lifeboat::crypto::{
    curve::Curve,
    gcm::gcm_seal,
    secret::{Secret, SecretBytes},
};
use serde_json::{Value, json};

use super::{eject, wallet};
use crate::support::{
    Folder, Run,
    sharing::{numbered, scalar, share},
    text,
};

fn length(outcome: &Run, field: &str) -> usize {
    outcome.outcome()[field].as_array().unwrap().len()
}

/// Both shares of a sharing, in the folders of both sides.
fn put(folder: &Folder, key: u8) {
    let sharing = numbered(Curve::Ed25519, key, key);
    folder
        .write(&format!("c/{key}"), sharing.client.to_string())
        .write(&format!("s/{key}"), sharing.custodian.to_string());
}

#[test]
fn a_ciphertext_whose_key_is_missing_is_a_failed_record_while_its_custodian_share_waits() {
    let (wallet, folder) = (wallet(), Folder::new());
    put(&folder, 1);
    folder
        .write("c/sealed", text(&wallet["cipherText_key"]))
        .write("s/2", text(&wallet["custodian_ed25519"]));
    folder.write("wrong", "00".repeat(32));
    let outcome = eject(&folder, &["--key-file", "wrong"]);
    assert_eq!(
        (outcome.exit, outcome.code()),
        (1, "ciphertexts_unopened"),
        "{}",
        outcome.stderr
    );
    assert_eq!(length(&outcome, "keys"), 1);
    // Without a custodian share that waits for it, it is an old version.
    std::fs::remove_file(folder.path("s/2")).unwrap();
    let outcome = eject(&folder, &["--key-file", "wrong"]);
    assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
}

#[test]
fn a_curve_without_custodian_share_is_a_failed_record() {
    let (client, other) = (
        numbered(Curve::Secp256k1, 1, 1),
        numbered(Curve::Ed25519, 1, 1),
    );
    let both =
        json!({ "SECP256K1": { "share": client.client }, "ED25519": { "share": other.client } });
    let folder = Folder::new();
    folder
        .write("c/both", both.to_string())
        .write("s/1", client.custodian.to_string());
    let outcome = eject(&folder, &[]);
    assert_eq!((outcome.exit, outcome.code()), (1, "wallets_unpaired"));
    assert_eq!(
        (length(&outcome, "keys"), length(&outcome, "unpaired")),
        (1, 1)
    );
    assert!(outcome.stderr.contains("no custodian share of this curve"));
}

#[test]
fn a_bad_file_in_a_folder_stops_nothing_and_is_named() {
    let wallet = wallet();
    let mut zero = numbered(Curve::Ed25519, 2, 2).client;
    zero["share"] = json!("0");
    let sealed = text(&wallet["cipherText_key"]);
    for (content, code) in [
        ("{\"share\":".to_owned(), "not_json"),
        ("[ ] call Bob".to_owned(), "not_json"),
        (zero.to_string(), "bad_value"),
        (sealed.to_owned(), "cloud_key_needed"),
        (sealed[..54].to_owned(), "ciphertext_short"),
        (
            json!({ "SECP256K1": { "id": "1", "share": "?!" } }).to_string(),
            "not_a_share",
        ),
    ] {
        let folder = Folder::new();
        put(&folder, 1);
        folder.write("c/bad", &content);
        let outcome = eject(&folder, &[]);
        assert_eq!(
            (outcome.exit, outcome.code()),
            (1, "files_failed"),
            "{}",
            outcome.stderr
        );
        assert_eq!(
            (
                length(&outcome, "keys"),
                &outcome.outcome()["failed"][0]["code"]
            ),
            (1, &json!(code))
        );
        assert_eq!(outcome.outcome()["failed"][0]["file"], "c/bad");
        assert!(
            outcome.stderr.contains("not used") && outcome.stderr.contains("`c/bad`"),
            "{}",
            outcome.stderr
        );
        let named = folder.run_json(&[
            "portal",
            "eject",
            "--client",
            "c/1",
            "c/bad",
            "--custodian",
            "s",
        ]);
        assert_eq!((named.exit, named.code()), (2, code), "{}", named.stderr);
        let looked = folder.run_json(&["portal", "inspect", "c"]);
        assert_eq!(
            looked.exit,
            i32::from(code != "cloud_key_needed"),
            "{}",
            looked.stderr
        );
    }
}

#[test]
fn a_ciphertext_that_opens_to_nonsense_stops_nothing() {
    let plain = SecretBytes::new(b"nonsense".to_vec());
    let sealed = gcm_seal(&Secret::take(&mut [0; 32]), &[7; 12], b"", &plain).unwrap();
    let folder = Folder::new();
    put(&folder, 1);
    folder
        .write(
            "c/bad",
            format!("{}{}", "07".repeat(12), hex::encode(sealed)),
        )
        .write("key", "00".repeat(32));
    let outcome = eject(&folder, &["--key-file", "key"]);
    assert_eq!(
        (outcome.exit, outcome.code()),
        (1, "files_failed"),
        "{}",
        outcome.stderr
    );
    assert_eq!(
        (
            length(&outcome, "keys"),
            &outcome.outcome()["failed"][0]["code"]
        ),
        (1, &json!("not_a_share"))
    );
}

#[test]
fn a_file_that_is_too_large_stops_nothing() {
    let folder = Folder::new();
    put(&folder, 1);
    folder.write("s/log", "");
    std::fs::File::options()
        .write(true)
        .open(folder.path("s/log"))
        .unwrap()
        .set_len((16 << 20) + 1)
        .unwrap();
    let outcome = eject(&folder, &[]);
    assert_eq!(
        (outcome.exit, outcome.code()),
        (1, "files_failed"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.outcome()["failed"][0]["code"], "file_too_large");
}

#[test]
fn a_folder_of_many_files_is_read() {
    let folder = Folder::new();
    put(&folder, 1);
    for number in 0..10_050 {
        std::fs::write(folder.path(&format!("s/note-{number}")), "call Bob").unwrap();
    }
    let outcome = eject(&folder, &["--quiet"]);
    assert_eq!(
        (outcome.exit, length(&outcome, "keys")),
        (0, 1),
        "{}",
        outcome.message()
    );
}

#[test]
fn points_that_eject_does_not_need_are_overruled_by_the_key() {
    let (good, other) = (
        numbered(Curve::Secp256k1, 1, 1),
        numbered(Curve::Secp256k1, 1, 2),
    );
    for spoiled in ["client", "custodian"] {
        let (mut client, mut custodian) = (good.client.clone(), good.custodian.clone());
        if spoiled == "client" {
            client["partialPubkey"] = other.client["partialPubkey"].clone();
        } else {
            for field in ["clientPartialPubKey_x", "clientPartialPubKey_y"] {
                custodian[field] = other.custodian[field].clone();
            }
        }
        let folder = Folder::new();
        folder
            .write("c", client.to_string())
            .write("s", custodian.to_string());
        let outcome = eject(&folder, &[]);
        assert_eq!(
            (outcome.exit, outcome.warnings().len()),
            (0, 1),
            "{}",
            outcome.stderr
        );
        assert_eq!(
            outcome.outcome()["keys"][0]["publicKey"],
            good.public_key.to_hex()
        );
    }
}

#[test]
fn half_a_point_and_an_empty_place_block_nothing() {
    let sharing = numbered(Curve::Secp256k1, 1, 1);
    for field in ["x", "y"] {
        let mut custodian = sharing.custodian.clone();
        custodian[field] = Value::Null;
        let folder = Folder::new();
        folder
            .write("c", sharing.client.to_string())
            .write("s", custodian.to_string());
        assert_eq!(eject(&folder, &[]).exit, 0);
    }
    for empty in [
        json!({ "id": null, "share": null }),
        json!({ "id": "1", "share": "" }),
        json!(""),
        Value::Null,
    ] {
        let client = json!({ "SECP256K1": { "share": sharing.client }, "ED25519": empty });
        let folder = Folder::new();
        folder
            .write("c", client.to_string())
            .write("s", sharing.custodian.to_string());
        let outcome = eject(&folder, &[]);
        assert_eq!(outcome.exit, 0, "{}", outcome.stderr);
        assert_eq!(outcome.warnings().len(), usize::from(!empty.is_null()));
    }
}

#[test]
fn inspect_keeps_the_method_of_ciphertexts() {
    let wallet = wallet();
    for method in ["PASSKEY", "passkey", "Firebase"] {
        let folder = Folder::new();
        let row = json!({ "backupMethod": method, "encryptedClientBackupShare": wallet["cipherText_key"] });
        folder
            .write("row", row.to_string())
            .write("key", text(&wallet["key"]));
        let outcome = folder.run_json(&["portal", "inspect", "row"]);
        assert_eq!(outcome.outcome()["encrypted"][0]["backupMethod"], method);
        assert!(outcome.warnings()[0].contains("not recoverable offline"));
        assert!(outcome.stderr.contains("not recoverable offline"));
        let opened = folder.run_json(&["portal", "inspect", "row", "--key-file", "key"]);
        assert_eq!(opened.outcome()["shares"][0]["backupMethod"], method);
    }
}

#[test]
fn inspect_contradicts_shares_that_stand_at_one_place() {
    for curve in [Curve::Secp256k1, Curve::Ed25519] {
        let number = |byte| scalar(curve, &[byte; 32]);
        let sharing = share(number(1), &number(2), &number(3), &number(3), "pair");
        let folder = Folder::new();
        folder
            .write("c", sharing.client.to_string())
            .write("s", sharing.custodian.to_string());
        let outcome = folder.run_json(&["portal", "inspect", "c", "s"]);
        assert_eq!((outcome.exit, outcome.code()), (3, "share_inconsistent"));
        let numbers: Vec<_> = outcome.outcome()["shares"]
            .as_array()
            .unwrap()
            .iter()
            .map(|share| &share["numbers"])
            .collect();
        assert_eq!(numbers, ["contradicts", "contradicts"]);
    }
}

#[test]
fn failed_pairings_are_counted_and_only_the_first_are_kept() {
    let folder = Folder::new();
    for pair in 2..40 {
        folder.write(
            &format!("s/{pair}"),
            numbered(Curve::Ed25519, 1, pair).custodian.to_string(),
        );
    }
    folder.write("c/1", numbered(Curve::Ed25519, 1, 1).client.to_string());
    let outcome = eject(&folder, &[]);
    assert_eq!((outcome.exit, outcome.code()), (3, "no_pair"));
    assert_eq!(outcome.outcome()["unpaired"][0]["tried"], 38);
    assert_eq!(
        outcome.outcome()["unpaired"][0]["attempts"]
            .as_array()
            .unwrap()
            .len(),
        20
    );
    assert!(outcome.stderr.contains("18 more pairings failed"));
}

#[test]
fn an_exponent_is_not_hexadecimal() {
    let mut sharing = numbered(Curve::Ed25519, 1, 1);
    sharing.client["share"] = json!("1e5");
    let folder = Folder::new();
    folder
        .write("c", sharing.client.to_string())
        .write("s", sharing.custodian.to_string());
    assert!(
        eject(&folder, &[])
            .message()
            .contains("not a decimal number")
    );
}

#[test]
fn ejected_keys_are_locked_unless_unencrypted_and_decrypt_unlocks_them() {
    let folder = Folder::new();
    put(&folder, 1);
    let unasked = eject(&folder, &["--out", "keys"]);
    assert_eq!(
        (unasked.exit, unasked.code()),
        (2, "passphrase_needed"),
        "{}",
        unasked.stderr
    );
    assert!(unasked.stderr.contains("--out-passphrase-file") && !folder.exists("keys"));
    folder
        .write("short", "tiny")
        .write("pass", "correct horse battery\n")
        .write("wrong", "incorrect horse battery\n");
    let weak = eject(
        &folder,
        &["--out", "keys", "--out-passphrase-file", "short"],
    );
    assert_eq!((weak.exit, weak.code()), (2, "weak_passphrase"));
    // What is wrong with the passphrase, and how to do without one.
    assert!(
        weak.stderr.contains("--allow-weak-passphrase") && weak.stderr.contains("`--unencrypted`")
    );
    let locked = eject(&folder, &["--out", "keys", "--out-passphrase-file", "pass"]);
    assert_eq!(
        (locked.exit, &locked.outcome()["locked"]),
        (0, &json!(true)),
        "{}",
        locked.stderr
    );
    assert_eq!(eject(&folder, &["--out", "clear", "--unencrypted"]).exit, 0);
    assert!(
        folder
            .read("keys")
            .starts_with("{\"format\":\"lifeboat locked file\"")
            && !folder.read("keys").contains("solana")
    );
    let open = |pass, out| {
        folder.run_json(&[
            "portal",
            "decrypt",
            "keys",
            "--passphrase-file",
            pass,
            "--out",
            out,
        ])
    };
    let refused = open("wrong", "opened");
    assert_eq!((refused.exit, refused.code()), (3, "wrong_passphrase"));
    assert_eq!(open("pass", "opened").exit, 0);
    assert_eq!(folder.read("opened"), folder.read("clear"));
    let key = folder.run_json(&[
        "portal",
        "decrypt",
        "keys",
        "--key-file",
        "pass",
        "--out",
        "no",
    ]);
    assert_eq!((key.exit, key.code()), (2, "locked_keys"));
}
