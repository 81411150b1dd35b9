//! What device shares and backups must not hold: each slip gets its exit status and code, and leaves nothing behind.

use lifeboat::{
    crypto::secret::{Passphrase, SecretBytes},
    formats::{
        device_share::{
            lifeboat_backup::{LifeboatBackup, LifeboatBackupError},
            sdk_backup::DeviceBackup,
            share::DeviceShare,
        },
        sealed::passphrase_file::lock,
    },
};
use serde_json::{Value, json};

use crate::support::{
    forge::rng,
    json_fixture,
    takeover::{COSIGNER, WALLET, folder_of, recover, recovered, takeover},
    text,
};

const N: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

/// Another id.
const OTHER: &str = "00000000-0000-4000-8000-000000000002";

const INTO_FULL: [&str; 3] = ["--reveal", "--out", "full"];

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
fn a_device_share_of_zero_or_too_much_is_refused() {
    let bench = recovered();
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
        bench.refused(
            2,
            code,
            &[&takeover("server.json", "device.json")[..], &INTO_FULL].concat(),
        );
    }
    let mut share_file = good;
    share_file["keys"][0]["publicKey"] = Value::Null;
    bench.write_json("device.json", &share_file);
    bench.refused(
        2,
        "no_public_key",
        &[&takeover("server.json", "device.json")[..], &INTO_FULL].concat(),
    );
}
