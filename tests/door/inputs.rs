//! Inputs are read to their end or refused: whatever is longer than its kind can be is never cut.

use std::io::Write;

use serde_json::json;

use crate::support::{
    Folder, KEY_PASSPHRASE, fixture,
    forge::{Forge, WALLET},
    json_fixture, lifeboat, lifeboat_fed,
    workload::key,
};

/// Full keys of a known takeover.
fn full_keys(bench: &Folder) -> String {
    let case = &json_fixture("shares/takeover.json")[0];
    let key = json!([{
        "keyId": WALLET,
        "algorithm": case["algorithm"],
        "privateKey": case["expect"]["extendedPrivateKey"],
        "publicKey": case["expect"]["extendedPublicKey"],
    }]);
    bench.put("full", key.to_string())
}

#[test]
fn a_message_is_signed_whole_or_not_at_all() {
    let bench = Folder::with_out();
    let full = full_keys(&bench);
    let most = vec![7; 64 << 20];
    let sign = |message: &str, stdin: &[u8]| {
        let args = ["--json", "sign", &full, message, "--chain", "eth"];
        lifeboat_fed(&[&args[..], &["--text-message"]].concat(), stdin)
    };
    let whole = bench.put("whole", &most);
    let signed = sign(&whole, b"").json();
    assert_eq!(sign("-", &most).json()["signature"], signed["signature"]);
    let longer = [&most[..], b"tail"].concat();
    sign("-", &longer).refused(2, "file_too_large", &["64 MiB"]);
    sign(&bench.put("longer", &longer), b"").refused(2, "file_too_large", &["64 MiB"]);
}

#[test]
fn a_passphrase_is_taken_whole_or_not_at_all() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let locked = key("recovery.pkcs8.pbkdf2");
    let more = ["--key-passphrase-file", "-", WALLET];
    let derive = |stdin: &[u8]| {
        let out = bench.text("out/shares");
        let args = [
            &["--json", "derive", &kit, "--key", &locked, "--out", &out],
            &more[..],
        ]
        .concat();
        lifeboat_fed(&args, stdin)
    };
    let mut long = KEY_PASSPHRASE.as_bytes().to_vec();
    long.resize(64 << 10, b'\n');
    derive(&long).refused(3, "wrong_key_passphrase", &[]);
    long.push(b'\n');
    derive(&long).refused(2, "file_too_large", &["standard input"]);
    bench.is_clean();
}

#[test]
fn what_a_passphrase_command_prints_is_taken_whole_or_not_at_all() {
    let bench = Folder::with_out();
    let vector = &json_fixture("backups/device-backup.json")[0];
    let backup = bench.put("backup", vector["backup"].to_string());
    let recover = |length: usize| {
        let out = bench.text("out/share");
        let command = format!("head -c {length} /dev/zero | tr '\\0' x #");
        let device = vector["deviceId"].as_str().unwrap();
        let args = [
            "--json",
            "share",
            "recover",
            &backup,
            "--device-id",
            device,
            "--passphrase-command",
            &command,
            "--out",
            &out,
        ];
        lifeboat(&args)
    };
    recover(64 << 10).refused(3, "backup_not_opened", &[]);
    recover((64 << 10) + 1).refused(2, "passphrase_command", &["more than 64 KiB"]);
    bench.is_clean();
}

#[test]
fn a_key_of_the_largest_size_is_read_and_a_larger_one_is_not() {
    let bench = Folder::with_out();
    let mut pem = std::fs::read(fixture("keys/recovery.pkcs8.pem")).unwrap();
    pem.resize(256 << 10, b'\n');
    let mut file = std::fs::File::create(bench.path("key")).unwrap();
    file.write_all(&pem).unwrap();
    let shown = lifeboat(&["--json", "key", "show", &bench.text("key")]).json();
    assert_eq!(shown["kind"], "private");
    file.write_all(b"\n").unwrap();
    lifeboat(&["--json", "key", "show", &bench.text("key")]).refused(
        2,
        "file_too_large",
        &["256 KiB"],
    );
}
