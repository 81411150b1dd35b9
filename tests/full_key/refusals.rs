//! Bad input: each gets its exit status and code, and leaves nothing behind.

use lifeboat::formats::{
    full_key::{
        extended_key::{ExtendedKey, extended_public},
        file::read_full_keys,
    },
    wallets::algorithm::Algorithm,
};
use serde_json::{Value, json};

use crate::support::{
    Folder, json_fixture,
    takeover::{COSIGNER, WALLET, folder_of, recover},
    text,
};

const N: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

/// Makes something wrong.
type Spoil = fn(&mut Value);

fn vector(number: usize) -> Value {
    json_fixture("backups/device-backup.json")[number].clone()
}

fn recover_arguments<'a>(device: &'a str, passphrase: &'a str) -> Vec<&'a str> {
    vec![
        "share",
        "recover",
        "backup.json",
        "--device-id",
        device,
        "--passphrase-file",
        passphrase,
        "--out",
        "out",
    ]
}

#[test]
fn a_backup_opens_only_with_its_passphrase_and_device() {
    for number in 0..json_fixture("backups/device-backup.json")
        .as_array()
        .unwrap()
        .len()
    {
        let vector = vector(number);
        let bench = folder_of(&vector);
        let device = text(&vector["deviceId"]);
        bench.write("wrong", "another passphrase\n");
        bench.refused(3, "backup_not_opened", &recover_arguments(device, "wrong"));
        bench.refused(
            3,
            "backup_not_opened",
            &recover_arguments(COSIGNER, "passphrase"),
        );
        bench.refused(
            2,
            "bad_uuid",
            &recover_arguments("not-a-uuid", "passphrase"),
        );
        bench.refused(2, "file_not_found", &recover_arguments(device, "missing"));
    }
}

#[test]
fn white_space_around_a_passphrase_is_tried_and_told() {
    let vector = vector(0);
    let bench = folder_of(&vector);
    bench.write("padded", format!("  {} \n", text(&vector["passphrase"])));
    let run = bench.done(&recover_arguments(text(&vector["deviceId"]), "padded"));
    assert!(
        run.stderr.contains("without the white space"),
        "{}",
        run.stderr
    );
    let backup = [
        "share",
        "backup",
        "out",
        "--passphrase-file",
        "padded",
        "--passphrase-id",
        WALLET,
        "--out",
        "again",
    ];
    bench.refused(2, "padded_passphrase", &backup);
}

#[test]
fn tampering_with_an_authenticated_backup_is_seen() {
    let vector = vector(0);
    let bench = folder_of(&vector);
    recover(&bench, &vector);
    bench.done(&[
        "share",
        "backup",
        "device.json",
        "--passphrase-file",
        "passphrase",
        "--passphrase-id",
        WALLET,
        "--out",
        "ours",
    ]);
    let ours = bench.read("ours");
    let device = text(&vector["deviceId"]);
    let end = ours.trim_end().len() - 1;
    let flipped = if ours.as_bytes()[end] == b'0' {
        "1"
    } else {
        "0"
    };
    bench.write("backup.json", format!("{}{flipped}\n", &ours[..end]));
    bench.refused(
        3,
        "locked_file_altered",
        &recover_arguments(device, "passphrase"),
    );
    bench.write(
        "backup.json",
        ours.replace("MPC_CMP_ECDSA_SECP256K1", "MPC_CMP_EDDSA_ED25519")
            .replace("\"publicKey\":\"", "\"was\":\""),
    );
    bench.refused(
        3,
        "locked_file_altered",
        &recover_arguments(device, "passphrase"),
    );
    bench.write(
        "backup.json",
        ours.replace("\"memoryKiB\":131072", "\"memoryKiB\":999999999"),
    );
    bench.refused(2, "bad_value", &recover_arguments(device, "passphrase"));
    bench.write("backup.json", &ours);
    bench.refused(
        3,
        "other_device",
        &recover_arguments(COSIGNER, "passphrase"),
    );
    bench.write("wrong", "another passphrase\n");
    bench.refused(3, "wrong_passphrase", &recover_arguments(device, "wrong"));
}

#[test]
fn a_key_that_is_not_asked_for_need_not_open() {
    let vector = vector(0);
    let bench = folder_of(&vector);
    let mut backup = vector["backup"].clone();
    let mut damaged = backup["keys"][0].clone();
    damaged["keyId"] = json!(COSIGNER);
    damaged["algorithm"] = json!("MPC_CMP_EDDSA_ED25519");
    damaged["publicKey"] = Value::Null;
    damaged["encryptedKeys"][0]["iv"] = json!("00".repeat(16));
    damaged["encryptedKeys"][0]["encryptedKey"] = json!("00".repeat(32));
    backup["keys"].as_array_mut().unwrap().push(damaged);
    bench.write_json("backup.json", &backup);
    let arguments = recover_arguments(text(&vector["deviceId"]), "passphrase");
    bench.refused(3, "backup_not_opened", &arguments);
    bench.refused(
        3,
        "backup_not_opened",
        &[&arguments[..], &["--algorithm", "eddsa"]].concat(),
    );
    bench.done(&[&arguments[..], &["--algorithm", "ecdsa"]].concat());
    assert_eq!(bench.read_json("out")["keys"].as_array().unwrap().len(), 1);
}

#[test]
fn a_malformed_backup_names_the_field() {
    let vector = vector(0);
    let device = text(&vector["deviceId"]);
    let cases: [(&str, &str, Spoil); 8] = [
        ("missing_field", "keys", |backup| {
            drop(backup.as_object_mut().unwrap().remove("keys"))
        }),
        ("bad_value", "keys", |backup| backup["keys"] = json!([])),
        ("bad_value", "keys[0].algorithm", |backup| {
            backup["keys"][0]["algorithm"] = json!("MPC_OTHER")
        }),
        ("bad_uuid", "keys[0].keyId", |backup| {
            backup["keys"][0]["keyId"] = json!("1")
        }),
        ("bad_value", "keys[0].publicKey", |backup| {
            backup["keys"][0]["publicKey"] = json!("00")
        }),
        ("bad_value", "passphraseId", |backup| {
            backup["passphraseId"] = json!("")
        }),
        ("bad_hex", "encryptedKey", |backup| {
            backup["keys"][0]["encryptedKeys"][0]["encryptedKey"] = json!("zz")
        }),
        ("wrong_length", "iv", |backup| {
            backup["keys"][0]["encryptedKeys"][0]["iv"] = json!("00")
        }),
    ];
    for (code, field, spoil) in cases {
        let bench = folder_of(&vector);
        let mut backup = vector["backup"].clone();
        spoil(&mut backup);
        bench.write_json("backup.json", &backup);
        let run = bench.refused(2, code, &recover_arguments(device, "passphrase"));
        assert!(
            text(&run.outcome()["error"]["message"]).contains(field),
            "{field}: {}",
            run.stdout
        );
    }
    let bench = folder_of(&vector);
    bench.write("backup.json", "{\"keys\":");
    bench.refused(2, "not_json", &recover_arguments(device, "passphrase"));
}

#[test]
fn a_resolver_finds_the_passphrase_or_says_why_not() {
    let vector = vector(0);
    let bench = folder_of(&vector);
    let (device, id) = (
        text(&vector["deviceId"]),
        text(&vector["backup"]["passphraseId"]),
    );
    let with = |flag: &'static str, value: &'static str| {
        vec![
            "share",
            "recover",
            "backup.json",
            "--device-id",
            device,
            flag,
            value,
            "--out",
            "out",
        ]
    };
    std::fs::create_dir(bench.path("folder")).unwrap();
    bench.refused(2, "file_not_found", &with("--passphrase-dir", "folder"));
    bench.write(&format!("folder/{id}"), text(&vector["passphrase"]));
    bench.done(&with("--passphrase-dir", "folder"));
    std::fs::remove_file(bench.path("out")).unwrap();
    bench.done(&with("--passphrase-command", "cat passphrase; :"));
    std::fs::remove_file(bench.path("out")).unwrap();
    bench.done(&with("--passphrase-command", "cd folder && cat"));
    std::fs::remove_file(bench.path("out")).unwrap();
    for command in ["false", "true", "exit 3;"] {
        bench.refused(
            2,
            "passphrase_command",
            &with("--passphrase-command", command),
        );
    }
    let without = [
        "share",
        "recover",
        "backup.json",
        "--device-id",
        device,
        "--out",
        "out",
    ];
    let run = bench.refused(2, "passphrase_needed", &without);
    assert!(text(&run.outcome()["error"]["hint"]).contains("--passphrase-file"));
}

fn takeover_arguments(server: &str) -> Vec<&str> {
    vec![
        "takeover",
        "--server-shares",
        server,
        "--wallet",
        WALLET,
        "--device-share",
        "device.json",
        "--reveal",
        "--out",
        "full",
    ]
}

#[test]
fn a_takeover_writes_nothing_unless_the_public_key_matches() {
    let vector = vector(0);
    let bench = folder_of(&vector);
    recover(&bench, &vector);
    let good = bench.read_json("server.json");
    let algorithm = text(&vector["expect"][0]["algorithm"]);
    let other = N.replace("4141", "4140");
    let chain_code = "22".repeat(32);
    let cases: [(i32, &str, Value); 9] = [
        (3, "public_key_mismatch", json!(other)),
        (2, "share_range", json!(N)),
        (2, "share_range", json!("0")),
        (2, "bad_value", json!("")),
        (2, "bad_value", json!(format!("0{other}"))),
        (2, "bad_hex", json!("xyz")),
        (2, "wrong_type", json!(7)),
        (2, "no_server_share", Value::Null),
        (2, "bad_value", Value::Bool(true)),
    ];
    for (exit, code, share) in cases {
        let mut records = good.clone();
        let cosigner = &mut records[WALLET]["shares"][0];
        cosigner[algorithm] = share.clone();
        if share.is_null() {
            cosigner["MPC_CMP_EDDSA_ED25519"] = json!("01");
        }
        if share == Value::Bool(true) {
            *cosigner = json!({ "cosigner": COSIGNER });
        }
        bench.write_json("records.json", &records);
        bench.refused(exit, code, &takeover_arguments("records.json"));
    }
    let mut records = good.clone();
    records[WALLET]["chainCode"] = json!(chain_code);
    bench.write_json("records.json", &records);
    bench.refused(2, "bad_value", &takeover_arguments("records.json"));
    let near = WALLET.replace("9a1b", "9a1c");
    bench.write_json("records.json", &json!({ near.as_str(): good[WALLET] }));
    let run = bench.refused(2, "no_such_wallet", &takeover_arguments("records.json"));
    assert!(
        text(&run.outcome()["error"]["hint"]).contains(&near),
        "{}",
        run.stdout
    );
    bench.write(
        "records.json",
        format!("{{\"{WALLET}\":{0},\"{WALLET}\":{0}}}", good[WALLET]),
    );
    bench.refused(2, "duplicate_field", &takeover_arguments("records.json"));
}

#[test]
fn a_device_share_of_zero_or_too_much_is_refused() {
    let vector = vector(0);
    let bench = folder_of(&vector);
    recover(&bench, &vector);
    let good = bench.read_json("device.json");
    let zero = "00".repeat(32);
    for (code, share) in [
        ("bad_value", zero.as_str()),
        ("bad_value", N),
        ("wrong_length", "00"),
        ("bad_hex", "0"),
    ] {
        let mut share_file = good.clone();
        share_file["keys"][0]["share"] = json!(share);
        bench.write_json("device.json", &share_file);
        bench.refused(2, code, &takeover_arguments("server.json"));
    }
    let mut share_file = good;
    share_file["keys"][0]["publicKey"] = Value::Null;
    bench.write_json("device.json", &share_file);
    bench.refused(2, "no_public_key", &takeover_arguments("server.json"));
}

#[test]
fn a_batch_names_what_failed() {
    let vector = vector(0);
    let bench = folder_of(&vector);
    recover(&bench, &vector);
    std::fs::create_dir(bench.path("devices")).unwrap();
    std::fs::copy(
        bench.path("device.json"),
        bench.path(&format!("devices/{WALLET}.json")),
    )
    .unwrap();
    bench.write("wallets", format!("{WALLET}\n{COSIGNER}\n"));
    let run = bench.run(&[
        "takeover",
        "--server-shares",
        "server.json",
        "--wallets",
        "wallets",
        "--device-shares",
        "devices",
        "--reveal",
        "--out",
        "full",
        "--json",
    ]);
    assert_eq!(run.exit, 1, "{}", run.stderr);
    assert_eq!(run.outcome()["failed"][0]["walletId"], COSIGNER);
    assert_eq!(bench.read("full").lines().count(), 1);
    let export = bench.done(&["export", "full", "--chain", "btc", "--format", "json"]);
    let keys: Value = serde_json::from_str(&export.stdout).unwrap();
    assert_eq!(keys[0]["walletId"], WALLET);
}

#[test]
fn nothing_is_overwritten_and_nothing_secret_is_said() {
    let vector = vector(0);
    let bench = folder_of(&vector);
    recover(&bench, &vector);
    let share = bench.read_json("device.json")["keys"][0]["share"].clone();
    bench.write("full", "here first");
    bench.refused(2, "output_exists", &takeover_arguments("server.json"));
    assert_eq!(bench.read("full"), "here first");
    let run = bench.done(&[
        "takeover",
        "--server-shares",
        "server.json",
        "--wallet",
        WALLET,
        "--device-share",
        "device.json",
    ]);
    assert!(
        run.stdout.contains("xpub") && !run.stdout.contains("xprv"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains(text(&share)) && !run.stderr.contains(text(&share)));
    let arguments = [
        "takeover",
        "--server-shares",
        "server.json",
        "--wallet",
        WALLET,
        "--device-share",
        "device.json",
        "--out",
        "locked",
    ];
    bench.refused(2, "passphrase_needed", &arguments);
}

#[test]
fn exports_refuse_what_they_cannot_give() {
    let bench = Folder::new();
    let vectors = json_fixture("shares/takeover.json");
    let expect = &vectors[0]["expect"];
    bench.write("private", text(&expect["extendedPrivateKey"]));
    bench.write("message", "hello");
    bench.write("public", text(&expect["extendedPublicKey"]));
    let address = |keys: &str| {
        bench
            .done(&["export", keys, "--chain", "eth", "--format", "csv"])
            .stdout
    };
    assert_eq!(address("private"), address("public"));
    bench.refused(
        2,
        "public_keys_only",
        &[
            "export", "public", "--chain", "eth", "--reveal", "--out", "out",
        ],
    );
    bench.refused(
        2,
        "no_key_on_curve",
        &["export", "public", "--chain", "sol"],
    );
    bench.refused(
        2,
        "no_such_address_type",
        &[
            "export",
            "public",
            "--chain",
            "doge",
            "--address-type",
            "p2tr",
        ],
    );
    bench.refused(
        3,
        "address_differs",
        &["export", "public", "--chain", "eth", "--expect", "0x0"],
    );
    bench.refused(
        2,
        "too_many_keys",
        &[
            "export",
            "public",
            "--chain",
            "eth",
            "--index",
            "0..2000000",
        ],
    );
    for bad in ["2147483648", "3..2", "-1", "1..", "x"] {
        bench.refused(
            2,
            "usage",
            &["export", "public", "--chain", "eth", "--index", bad],
        );
    }
    bench.refused(2, "usage", &["export", "public", "--chain", "nochain"]);
    bench.write(
        "damaged",
        text(&expect["extendedPrivateKey"]).replace("xprv9", "xprv8"),
    );
    bench.refused(2, "bad_value", &["export", "damaged", "--chain", "eth"]);
    bench.refused(
        2,
        "public_keys_only",
        &["sign", "public", "message", "--chain", "eth"],
    );
    bench.refused(
        2,
        "digest_length",
        &[
            "sign",
            "private",
            "message",
            "--chain",
            "eth",
            "--prehashed",
        ],
    );
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
