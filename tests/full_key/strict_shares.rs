//! What device shares, server shares and full keys must not hold; and what a batch writes whole or not at all.

use lifeboat::{
    crypto::secret::{Passphrase, SecretBytes},
    formats::{
        device_share::{
            lifeboat_backup::{LifeboatBackup, LifeboatBackupError},
            sdk_backup::DeviceBackup,
            share::DeviceShare,
        },
        encoding::base58::{check_decode, check_encode},
        full_key::{
            extended_key::{ExtendedKey, ExtendedKeyError, extended_public},
            file::read_full_keys,
        },
        sealed::passphrase_file::lock,
        server_share::import::read_server_shares,
    },
};
use serde_json::{Value, json};

use crate::support::{
    Folder,
    forge::rng,
    json_fixture,
    takeover::{COSIGNER, WALLET, folder_of, recover},
    text,
};

const ECDSA: &str = "MPC_CMP_ECDSA_SECP256K1";
const EDDSA: &str = "MPC_CMP_EDDSA_ED25519";
const SHAMIR: &str = "MPC_ECDSA_SECP256K1";
/// Another id.
const OTHER: &str = "00000000-0000-4000-8000-000000000002";

/// Makes something wrong.
type Spoil = fn(&mut Value);

/// The bench of the first backup with its device share, and the takeover of it.
fn recovered() -> Folder {
    let vector = json_fixture("backups/device-backup.json")[0].clone();
    let bench = folder_of(&vector);
    recover(&bench, &vector);
    bench
}

fn takeover(server: &str) -> [&str; 7] {
    [
        "takeover",
        "--server-shares",
        server,
        "--wallet",
        WALLET,
        "--device-share",
        "device.json",
    ]
}

#[test]
fn a_device_share_names_its_keys_once_and_by_their_own_tags() {
    let good = recovered().read_json("device.json");
    let share = text(&good["keys"][0]["share"]).to_owned();
    let read = |value: &Value| {
        DeviceShare::parse(value.to_string().as_bytes()).map_err(|error| error.to_string())
    };
    let mut tagged = good.clone();
    tagged["keys"][0]["share"] = json!(format!("00000000{share}"));
    assert!(read(&tagged).unwrap().same_as(&read(&good).unwrap()));
    tagged["keys"][0]["share"] = json!(format!("01000000{share}"));
    assert!(read(&tagged).err().unwrap().contains("another algorithm"));
    let mut twice = good.clone();
    let key = twice["keys"][0].clone();
    twice["keys"].as_array_mut().unwrap().push(key);
    assert!(read(&twice).err().unwrap().contains("is listed twice"));
    let mut none = good.clone();
    none["keys"] = json!([]);
    assert!(read(&none).err().unwrap().contains("no keys"));
    for (field, value) in [("auxiliaryKeys", "zz"), ("metadata", "abc")] {
        let mut foreign = good.clone();
        foreign["keys"][0][field] = json!(value);
        assert!(
            read(&foreign).err().unwrap().contains("not hexadecimal"),
            "{field}"
        );
    }
    for length in [0, 62, 66, 70, 74, 128] {
        let mut short = good.clone();
        short["keys"][0]["share"] = json!("1".repeat(length));
        assert!(
            read(&short).err().unwrap().contains("expected 32"),
            "{length}"
        );
    }
}

#[test]
fn a_backup_without_a_ciphertext_or_with_another_content_than_its_header_is_refused() {
    let mut backup = json_fixture("backups/device-backup.json")[0]["backup"].clone();
    backup["keys"][0]["encryptedKeys"] = json!([]);
    let error = DeviceBackup::parse(backup.to_string().as_bytes())
        .err()
        .unwrap();
    assert!(error.to_string().contains("no encrypted key"), "{error}");

    let share = recovered().read_json("device.json");
    let passphrase = || Passphrase::new(b"a passphrase of the test".to_vec());
    let plain = SecretBytes::new(share.to_string().into_bytes());
    let (device, key) = (&share["deviceId"], &share["keys"][0]);
    let name = |id: &Value| json!({ "keyId": id, "algorithm": key["algorithm"], "publicKey": key["publicKey"] });
    let mut unnamed = name(&key["keyId"]);
    unnamed["publicKey"] = Value::Null;
    let other = json!(OTHER);
    for (device, keys, same) in [
        (device, json!([name(&key["keyId"])]), true),
        (&other, json!([name(&key["keyId"])]), false),
        (device, json!([unnamed]), false),
        (device, json!([name(&key["keyId"]), name(&other)]), false),
    ] {
        let members = format!(r#""deviceId":{device},"passphraseId":"{WALLET}","keys":{keys}"#);
        let file = lock("device backup", &members, &plain, &passphrase(), &mut rng()).unwrap();
        let opened = LifeboatBackup::parse(file.as_bytes())
            .unwrap()
            .open(&passphrase());
        assert_eq!(
            opened.err(),
            (!same).then_some(LifeboatBackupError::Contradiction),
            "{members}"
        );
    }
    // What the header says of itself.
    let members = |count: u32| {
        let keys: Vec<Value> = (0..count)
            .map(|n| name(&json!(format!("{n:08x}-0000-4000-8000-000000000000"))))
            .collect();
        format!(
            r#""deviceId":{device},"passphraseId":"{WALLET}","keys":{}"#,
            json!(keys)
        )
    };
    let file = lock(
        "device backup",
        &members(1024),
        &plain,
        &passphrase(),
        &mut rng(),
    )
    .unwrap();
    assert!(LifeboatBackup::parse(file.as_bytes()).is_ok());
    for (from, to, words) in [
        (
            "\"keys\":[",
            format!("\"keys\":[{},", name(&json!(OTHER))),
            "more than 1024 keys",
        ),
        ("\"version\":1", "\"version\":2".to_owned(), "out of range"),
        ("\"version\":1", "\"version\":0".to_owned(), "out of range"),
        (
            "\"device backup\"",
            "\"full keys\"".to_owned(),
            "expected `device backup`",
        ),
        ("\"passes\":3", "\"passes\":17".to_owned(), "3 to 16 passes"),
        ("\"passes\":3", "\"passes\":2".to_owned(), "3 to 16 passes"),
    ] {
        let error = LifeboatBackup::parse(file.replacen(from, &to, 1).as_bytes())
            .err()
            .unwrap();
        assert!(error.to_string().contains(words), "{error}");
    }
}

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

/// A record with these shares.
fn record(shares: Value) -> Value {
    json!({ "chaincode": "11".repeat(32), "shares": shares })
}

#[test]
fn records_that_contradict_themselves_are_refused_in_every_shape() {
    let share = |cosigner: &str| json!({ "cosigner": cosigner, ECDSA: "22".repeat(32) });
    let read = |text: &str| match read_server_shares(text.as_bytes(), |_| true) {
        Ok(shares) => format!("{} wallets", shares.len()),
        Err(error) => error.to_string(),
    };
    let cases: [(&str, Spoil); 5] = [
        ("is listed twice", |record| {
            let first = record["shares"][0].clone();
            record["shares"].as_array_mut().unwrap().push(first);
        }),
        ("no shares", |record| record["shares"] = json!([])),
        ("no share of a known algorithm", |record| {
            drop(record["shares"][0].as_object_mut().unwrap().remove(ECDSA))
        }),
        ("expected 32", |record| {
            record["chaincode"] = json!("11".repeat(31))
        }),
        ("differs from `chaincode`", |record| {
            record["chainCode"] = json!("33".repeat(32))
        }),
    ];
    let good = record(json!([share(COSIGNER), share(OTHER)]));
    for (words, spoil) in cases {
        let mut bad = good.clone();
        spoil(&mut bad);
        let by_id = read(&json!({ WALLET: bad }).to_string());
        assert!(by_id.contains(words), "{by_id}");
        bad["walletId"] = json!(WALLET);
        let line = read(&bad.to_string());
        assert!(line.contains(words), "{line}");
    }
    assert_eq!(read(&json!({ WALLET: good }).to_string()), "1 wallets");

    let header = "wallet_id,chaincode,cosigner,algorithm,share\n";
    let row = |chain: &str, cosigner: &str, share: &str| {
        format!(
            "{WALLET},{},{cosigner},{ECDSA},{}\n",
            chain.repeat(32),
            share.repeat(32)
        )
    };
    let rows = |second: String| read(&format!("{header}{}{second}", row("11", COSIGNER, "22")));
    assert_eq!(rows(row("11", OTHER, "22")), "1 wallets");
    assert!(rows(row("33", OTHER, "22")).contains("differs from an earlier line"));
    assert!(rows(row("11", COSIGNER, "22")).contains("is listed twice"));
    assert!(
        rows(row("11", OTHER, "22").replace(&"11".repeat(32), &"1".repeat(63)))
            .contains("expected 32")
    );
    assert!(rows(row("11", OTHER, "2z")).contains("foreign character"));
    assert!(rows(row("11", OTHER, "")).contains("expected 64"));
}

#[test]
fn a_takeover_needs_a_share_of_every_cosigner_and_keys_that_add_up() {
    let bench = recovered();
    let good = bench.read_json("server.json");
    let mut silent = good.clone();
    let other = json!({ "cosigner": OTHER, EDDSA: "01".repeat(32) });
    silent[WALLET]["shares"].as_array_mut().unwrap().push(other);
    bench.write_json("silent.json", &silent);
    let run = bench.refused(
        2,
        "cosigner_silent",
        &[&takeover("silent.json")[..], &["--reveal", "--out", "full"]].concat(),
    );
    assert!(
        run.stderr.contains(OTHER) && run.stderr.contains(ECDSA),
        "{}",
        run.stderr
    );
    bench.refused(
        2,
        "no_device_key",
        &[&takeover("server.json")[..], &["--algorithm", "eddsa"]].concat(),
    );

    let mut device = bench.read_json("device.json");
    device["keys"][0]["algorithm"] = json!(SHAMIR);
    bench.write_json("device.json", &device);
    let mut server = good;
    let share = server[WALLET]["shares"][0][ECDSA].take();
    server[WALLET]["shares"][0] = json!({ "cosigner": COSIGNER, SHAMIR: share });
    bench.write_json("shamir.json", &server);
    bench.done(&takeover("shamir.json"));
    server[WALLET]["shares"][0][SHAMIR] = json!("22".repeat(32));
    bench.write_json("shamir.json", &server);
    bench.refused(3, "not_additive", &takeover("shamir.json"));
}

#[test]
fn what_is_asked_of_a_backup_must_be_there() {
    let vector = json_fixture("backups/device-backup.json")[0].clone();
    let bench = recovered();
    let recover = [
        "share",
        "recover",
        "backup.json",
        "--device-id",
        text(&vector["deviceId"]),
    ];
    let more = [
        "--passphrase-file",
        "passphrase",
        "--out",
        "out",
        "--algorithm",
        "eddsa",
    ];
    bench.refused(2, "no_such_key", &[&recover[..], &more].concat());
    let mut device = bench.read_json("device.json");
    device["keys"][0]["publicKey"] = Value::Null;
    bench.write_json("device.json", &device);
    let backup = [
        "share",
        "backup",
        "device.json",
        "--passphrase-file",
        "passphrase",
        "--passphrase-id",
        WALLET,
    ];
    bench.refused(
        2,
        "no_public_key",
        &[&backup[..], &["--format", "fireblocks", "--out", "out"]].concat(),
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
fn sealed_files_of_another_kind_are_no_server_shares() {
    let bench = recovered();
    let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys");
    let (public, private) = (
        format!("{keys}/recovery.public.pem"),
        format!("{keys}/recovery.pkcs8.pem"),
    );
    bench.done(
        &[
            &takeover("server.json")[..],
            &["--out", "sealed", "--seal-to", &public],
        ]
        .concat(),
    );
    bench.refused(
        2,
        "sealed_other",
        &[&takeover("sealed")[..], &["--key", &private]].concat(),
    );
    bench.refused(
        2,
        "sealed_other",
        &[
            "portal", "open", "sealed", "--key", &private, "--out", "folder",
        ],
    );
    bench.done(&[
        "portal",
        "seal",
        "device.json",
        "--seal-to",
        &public,
        "--out",
        "shares",
    ]);
    bench.refused(
        2,
        "sealed_other",
        &["unseal", "shares", "--key", &private, "--out", "out"],
    );
    bench.refused(
        2,
        "sealed_other",
        &[&takeover("shares")[..], &["--key", &private]].concat(),
    );
    bench.refused(
        2,
        "weak_recipient",
        &[
            &takeover("server.json")[..],
            &[
                "--out",
                "small",
                "--seal-to",
                &format!("{keys}/old.public.pem"),
            ],
        ]
        .concat(),
    );
}

#[test]
fn a_batch_takes_a_list_that_names_each_wallet_once() {
    let bench = recovered();
    std::fs::create_dir(bench.path("devices")).unwrap();
    let batch = [
        "takeover",
        "--server-shares",
        "server.json",
        "--wallets",
        "wallets",
        "--device-shares",
        "devices",
    ];
    for (list, code) in [
        (format!("{WALLET}\n{OTHER}\n{WALLET}\n"), "bad_wallet_ids"),
        (
            format!("{WALLET}\n{}\n", OTHER.to_uppercase().replace('0', "A")),
            "bad_wallet_ids",
        ),
        ("\n\n".to_owned(), "no_wallet_ids"),
    ] {
        bench.write("wallets", list);
        bench.refused(2, code, &batch);
    }
}

#[test]
fn an_expect_file_says_one_thing_of_each_address() {
    let bench = recovered();
    bench.done(&[&takeover("server.json")[..], &["--reveal", "--out", "full"]].concat());
    let export = ["export", "full", "--chain", "eth", "--index", "0..1"];
    let csv = bench
        .done(&[&export[..], &["--format", "csv"]].concat())
        .stdout;
    let lines: Vec<&str> = csv.split_inclusive('\n').collect();
    let expect = ["--expect-file", "expected.csv"];
    for (text, exit, code) in [
        (csv.clone() + lines[2], 2, "bad_expect_file"),
        (lines[0].to_owned(), 2, "bad_expect_file"),
        (lines[..2].concat(), 3, "address_differs"),
        (
            csv.replace(",m/44/60/0/0/1,", ",m/44/60/0/0/2,"),
            3,
            "address_differs",
        ),
        (csv.replace("m/44/", "m/44'/"), 2, "bad_expect_file"),
    ] {
        bench.write("expected.csv", text);
        bench.refused(exit, code, &[&export[..], &expect].concat());
    }
    // A batch of one wallet against a list that names no wallet.
    let unnamed: String = lines
        .iter()
        .map(|line| line.split_once(',').unwrap().1)
        .collect();
    bench.write("expected.csv", unnamed);
    bench.done(&[&export[..], &expect].concat());
    let array: Value = bench.read_json("full");
    bench.write(
        "full",
        json!({ "walletId": WALLET, "keys": array }).to_string(),
    );
    bench.done(&[&export[..], &expect].concat());
}

#[test]
fn a_disk_that_fills_up_leaves_no_keystore() {
    let bench = recovered();
    bench.done(&[&takeover("server.json")[..], &["--reveal", "--out", "full"]].concat());
    bench.write("lock", "a passphrase for keystores\n");
    std::fs::create_dir(bench.path("stores")).unwrap();
    // A disk of one page in a name space of its own, where the system lets us have one: room for one keystore.
    let script = r#"mount -t tmpfs -o size=4k none stores || exit 77
        "$1" export full --chain eth --index 0..1 --keystore-dir stores/new --keystore-passphrase-file lock; code=$?
        ls -A stores >&2; exit $code"#;
    let mut command = std::process::Command::new("unshare");
    command.args([
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        script,
        "sh",
        env!("CARGO_BIN_EXE_lifeboat"),
    ]);
    let Ok(output) = command.current_dir(bench.path("")).output() else {
        return eprintln!("skipped: there is no unshare");
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77) || said.starts_with("unshare") {
        return eprintln!("skipped: no small disk can be mounted here");
    }
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("no space left") && !said.contains(".json\n"),
        "{said}"
    );
}

#[test]
fn a_digest_is_signed_as_it_is_where_messages_are() {
    let bench = Folder::new();
    let vectors = json_fixture("shares/takeover.json");
    let is_eddsa = |vector: &&Value| vector["algorithm"] == EDDSA;
    let vector = vectors.as_array().unwrap().iter().find(is_eddsa).unwrap();
    bench.write("private", text(&vector["expect"]["extendedPrivateKey"]));
    bench.write("digest", [7; 32]);
    let sign = ["sign", "private", "digest", "--chain", "sol"];
    let prehashed = bench.done(&[&sign[..], &["--prehashed"]].concat());
    assert_eq!(prehashed.stdout, bench.done(&sign).stdout);
    bench.write("digest", [7; 31]);
    bench.refused(2, "digest_length", &[&sign[..], &["--prehashed"]].concat());
}
