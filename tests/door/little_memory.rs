//! Machines with little memory: what a key derivation or an entry takes is asked for first, and its lack is an error. No
//! run is aborted.

use crate::support::{
    Folder, Run, fixture,
    forge::{Forge, WALLET, scrypt_key},
    json_fixture, shell,
};

/// Runs the binary under a limit of its address space, in KiB.
fn limited(kib: u64, args: &[&str]) -> Run {
    let script = format!(r#"ulimit -v {kib}; exec "$0" --json "$@""#);
    shell(&script, args)
}

#[test]
fn a_key_under_scrypt_says_what_it_takes() {
    let bench = Folder::with_out();
    // 128 · 127 · (16,384 + 2) bytes.
    let key = bench.put("key", scrypt_key(127, &[1]));
    let passphrase = bench.put("passphrase", "SECRET\n");
    let show = [
        "key",
        "show",
        key.as_str(),
        "--key-passphrase-file",
        &passphrase,
    ];
    limited(120_000, &show).refused(2, "not_enough_memory", &["255 MiB", "ulimit -v"]);
    // With the memory it is only the wrong key for these parameters.
    limited(2_000_000, &show).refused(3, "wrong_key_passphrase", &[]);
}

#[test]
fn a_key_under_scrypt_of_the_usual_cost_opens_in_little_memory() {
    let bench = Folder::with_out();
    let key = fixture("keys/recovery.pkcs8.scrypt.pem");
    let passphrase = bench.put("passphrase", "SECRET\n");
    let show = [
        "key",
        "show",
        key.to_str().unwrap(),
        "--key-passphrase-file",
        &passphrase,
    ];
    limited(120_000, &show).json();
}

#[test]
fn a_keystore_is_not_begun_without_its_memory() {
    let bench = Folder::with_out();
    let vector = &json_fixture("shares/takeover.json")[0];
    let full = serde_json::json!([{
        "keyId": WALLET, "algorithm": vector["algorithm"],
        "privateKey": vector["expect"]["extendedPrivateKey"],
        "publicKey": vector["expect"]["extendedPublicKey"],
    }]);
    let full = bench.put("full", full.to_string());
    let passphrase = bench.put("passphrase", "correct horse battery staple\n");
    let export = [
        "export",
        full.as_str(),
        "--chain",
        "eth",
        "--keystore-dir",
        &bench.text("out/keystores"),
        "--keystore-passphrase-file",
        &passphrase,
        "--out",
        &bench.text("out/list"),
    ]
    .map(str::to_owned);
    let export: Vec<&str> = export.iter().map(String::as_str).collect();
    limited(120_000, &export).refused(2, "not_enough_memory", &["257 MiB"]);
    bench.is_clean();
}

#[test]
fn files_under_a_passphrase_are_not_written_or_opened_without_their_memory() {
    let bench = Folder::with_out();
    let vector = &json_fixture("backups/device-backup.json")[0];
    let device = vector["deviceId"].as_str().unwrap();
    let passphrase = bench.put("passphrase", vector["passphrase"].as_str().unwrap());
    let backup = bench.put("backup", vector["backup"].to_string());
    let share = bench.text("share");
    let recover = |backup: &str, out: &str, kib| {
        let args = [
            "share",
            "recover",
            backup,
            "--device-id",
            device,
            "--passphrase-file",
            &passphrase,
            "--out",
            out,
        ];
        limited(kib, &args)
    };
    recover(&backup, &share, 2_000_000).json();
    let again = bench.text("again");
    let back_up = |kib| {
        let args = [
            "share",
            "backup",
            &share,
            "--passphrase-id",
            WALLET,
            "--format",
            "lifeboat",
            "--passphrase-file",
            &passphrase,
            "--allow-weak-passphrase",
            "--out",
            &again,
        ];
        limited(kib, &args)
    };
    back_up(120_000).refused(2, "not_enough_memory", &[]);
    back_up(2_000_000).json();
    let said = recover(&again, &bench.text("out/share"), 120_000);
    said.refused(2, "not_enough_memory", &["ulimit -v"]);
    bench.is_clean();
}

#[test]
fn whatever_the_limit_a_kit_is_opened_or_an_error_is_told() {
    let bench = Folder::with_out();
    let forge = Forge::wallets();
    let spaces = " ".repeat(15 << 20);
    let mut metadata = forge.metadata.to_string();
    metadata.insert_str(1, &spaces);
    let files: Vec<(String, Vec<u8>)> = forge
        .files()
        .into_iter()
        .map(|(name, bytes)| match name.as_str() {
            "metadata.json" => (name, metadata.clone().into_bytes()),
            _ => (name, bytes),
        })
        .collect();
    let kit = bench.put("kit.zip", crate::support::forge::zip_of(&files));
    let mut ended = Vec::new();
    for kib in (20_000..40_000).step_by(1_000) {
        let said = limited(kib, &["kit", "inspect", &kit]);
        if said.exit != 0 {
            said.refused(2, "not_enough_memory", &["ulimit -v"]);
        }
        ended.push(said.exit);
    }
    assert!(ended.contains(&0) && ended.contains(&2), "{ended:?}");
}
