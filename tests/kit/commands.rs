//! Kits as people's machines leave them, the evidence of `kit verify`, and what `kit inspect` prints.

use std::fs;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{
    Folder, fixture,
    forge::{Forge, MASTER_KEY, WALLET, zip_of},
    lifeboat, tested_program,
};

/// Derives from this kit what the sound kit gives, and says these warnings.
#[track_caller]
fn passes(bench: &Folder, kit: &str, warnings: &[&str]) {
    let said = bench.derive(kit, &["--quiet", WALLET]);
    said.json();
    let found = bench.result("shares");
    fs::remove_file(bench.path("out/shares")).unwrap();
    let sound = bench.put("sound.zip", Forge::wallets().zip());
    bench.derive(&sound, &[WALLET]).json();
    assert_eq!(found, bench.result("shares"));
    fs::remove_file(bench.path("out/shares")).unwrap();
    let listed = bench.inspect(kit).warnings();
    assert_eq!(listed.len(), warnings.len(), "{listed:?}");
    for warning in warnings {
        assert!(
            said.stderr
                .contains(&format!("lifeboat: warning: {warning}")),
            "`{warning}` not in {}",
            said.stderr
        );
        assert!(
            listed.iter().any(|text| text.starts_with(warning)),
            "{listed:?}"
        );
    }
}

/// Writes the kit's files into a folder on the bench.
fn unzip(bench: &Folder, folder: &str, forge: &Forge) -> String {
    fs::create_dir_all(bench.path(folder)).unwrap();
    for (name, bytes) in forge.files() {
        bench.put(&format!("{folder}/{name}"), bytes);
    }
    bench.text(folder)
}

#[test]
fn what_a_mac_adds_is_named_and_passed_over() {
    let forge = Forge::wallets()
        .add("__MACOSX/note", "\0\u{5}\u{16}\u{7}")
        .add(".DS_Store", "Bud1")
        .add("._metadata.json", "x");
    let bench = Folder::with_out();
    let warnings = [
        "skipped `__MACOSX/note`: left by a desktop",
        "skipped `.DS_Store`",
        "skipped `._metadata.json`",
    ];
    passes(&bench, &bench.put("kit.zip", forge.zip()), &warnings);
}

#[test]
fn what_windows_adds_is_named_and_passed_over() {
    let forge = Forge::wallets()
        .add("Thumbs.db", "x")
        .add("desktop.ini", "x");
    let bench = Folder::with_out();
    passes(
        &bench,
        &bench.put("kit.zip", forge.zip()),
        &["skipped `Thumbs.db`", "skipped `desktop.ini`"],
    );
}

#[test]
fn a_nested_top_folder_is_named_and_passed_over() {
    let bench = Folder::with_out();
    let mut files = Forge::wallets().in_folder("backup 2024/kit/");
    files.push((
        "__MACOSX/backup 2024/kit/._metadata.json".to_owned(),
        vec![0],
    ));
    files.push(("backup 2024/notes.txt".to_owned(), vec![0]));
    let warnings = [
        "the kit is in a folder `backup 2024/kit/`",
        "skipped `__MACOSX/",
        "skipped `backup 2024/notes.txt`",
    ];
    passes(&bench, &bench.put("kit.zip", zip_of(&files)), &warnings);
}

#[test]
fn extra_files_are_named_and_passed_over() {
    let forge = Forge::wallets()
        .add("README.txt", "hello")
        .add("old/metadata.json", "not even JSON")
        .add("12_x", "");
    let bench = Folder::with_out();
    let warnings = [
        "skipped `README.txt`",
        "skipped `old/metadata.json`",
        "skipped `12_x`",
    ];
    passes(&bench, &bench.put("kit.zip", forge.zip()), &warnings);
}

#[test]
fn an_unzipped_kit_is_a_kit() {
    let bench = Folder::with_out();
    let folder = unzip(&bench, "kit", &Forge::wallets());
    passes(&bench, &folder, &["a folder has no checksums"]);
    bench.put("kit/.DS_Store", "x");
    let warnings = ["a folder has no checksums", "skipped `.DS_Store`"];
    passes(&bench, &folder, &warnings);
}

#[test]
fn an_unzipped_kit_one_folder_down_is_a_kit() {
    let bench = Folder::with_out();
    unzip(&bench, "kit/inner", &Forge::wallets());
    passes(
        &bench,
        &bench.text("kit"),
        &[
            "the kit is in a folder `inner/`",
            "a folder has no checksums",
        ],
    );
}

#[test]
fn an_empty_folder_is_no_kit() {
    let bench = Folder::with_out();
    fs::create_dir(bench.path("kit")).unwrap();
    bench
        .derive(&bench.text("kit"), &[WALLET])
        .refused(2, "no_metadata", &["metadata.json"]);
    bench.is_clean();
}

#[test]
fn a_link_inside_a_folder_is_not_followed() {
    let bench = Folder::with_out();
    let folder = unzip(&bench, "kit", &Forge::wallets());
    fs::rename(bench.path("kit/metadata.json"), bench.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(bench.path("elsewhere"), bench.path("kit/metadata.json")).unwrap();
    bench
        .derive(&folder, &[WALLET])
        .refused(2, "kit_link", &["`metadata.json` is a link"]);
}

#[test]
fn a_kit_without_a_tenant_is_warned_about() {
    let mut forge = Forge::wallets();
    forge.metadata.as_object_mut().unwrap().remove("tenantId");
    let bench = Folder::with_out();
    passes(
        &bench,
        &bench.put("kit.zip", forge.zip()),
        &["metadata.json names no tenant"],
    );
}

#[test]
fn the_evidence_is_dated_private_and_without_secrets() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::workspace().zip());
    let shown = bench.verify(&kit).json();
    assert_eq!(bench.results(), ["report.json"]);
    assert_eq!(bench.mode("out/report.json"), 0o600);
    let report: Value = serde_json::from_str(&bench.result("report.json")).unwrap();
    let date: jiff::Timestamp = report["date"].as_str().unwrap().parse().unwrap();
    assert!(jiff::Timestamp::now().duration_since(date).as_secs().abs() < 600);
    assert_eq!(report["tool"]["name"], "lifeboat");
    let program = Sha256::digest(std::fs::read(tested_program()).unwrap());
    assert_eq!(report["tool"]["sha256"], hex::encode(program));
    assert!(
        report["tool"]["version"]
            .as_str()
            .unwrap()
            .starts_with(env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(
        (&report["held"], &report["file"]),
        (&true.into(), &"kit.zip".into())
    );
    for field in ["checks", "keys", "key", "kit"] {
        assert_eq!(report[field], shown[field], "{field}");
    }
    let digest = Sha256::digest(fs::read(&kit).unwrap());
    assert_eq!(report["kit"]["fileSha256"], hex::encode(digest));
    let key = lifeboat(&[
        "--json",
        "key",
        "show",
        fixture("keys/recovery.public.pem").to_str().unwrap(),
    ])
    .json();
    assert_eq!(report["key"], key["fingerprint"]);
    assert!(!report.to_string().contains("prv"));
}

#[test]
fn verify_prints_a_table_and_the_extended_keys_for_people() {
    let bench = Folder::with_out();
    let (kit, key) = (
        bench.put("kit.zip", Forge::workspace().zip()),
        fixture("keys/recovery.pkcs8.pem"),
    );
    let said = lifeboat(&["kit", "verify", &kit, "--key", key.to_str().unwrap()]);
    assert_eq!(
        said.done()
            .lines()
            .filter(|line| line.starts_with("ok "))
            .count(),
        3,
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("keyset 1, vault accounts from 0") && said.stdout.contains("xpub"),
        "{}",
        said.stdout
    );
    said.is_decent();
}

#[test]
fn a_stranger_s_key_opens_nothing() {
    let bench = Folder::with_out();
    let (kit, key) = (
        bench.put("kit.zip", Forge::wallets().zip()),
        fixture("keys/other.pkcs8.pem"),
    );
    let said = lifeboat(&[
        "--json",
        "kit",
        "verify",
        &kit,
        "--key",
        key.to_str().unwrap(),
    ]);
    let checks = said.refused(3, "kit_not_verified", &["another key"])["checks"].clone();
    assert!(
        checks[0]["why"]
            .as_str()
            .unwrap()
            .contains("does not open with this recovery key"),
        "{checks}"
    );
}

#[test]
fn a_private_workspace_key_is_shown_only_where_it_was_asked_for() {
    let bench = Folder::with_out();
    let (kit, key) = (
        bench.put("kit.zip", Forge::workspace().zip()),
        fixture("keys/recovery.pkcs8.pem"),
    );
    let base = ["workspace", &kit, "--key", key.to_str().unwrap()];
    let said = lifeboat(&base);
    assert!(
        said.done().contains("xpub")
            && !said.stdout.contains("xprv")
            && !said.stderr.contains("xprv")
    );
    assert_eq!(
        lifeboat(&[&base[..], &["--reveal"]].concat()).exit,
        2,
        "private keys need a file"
    );
    bench.is_clean();
    let piped = lifeboat(&[&base[..], &["--unencrypted", "--out", "-"]].concat());
    let keys: Value = serde_json::from_str(piped.done()).unwrap();
    assert!(keys[0]["privateKey"].as_str().unwrap().starts_with("xprv"));
    // The old name of the flag.
    lifeboat(&[&base[..], &["--reveal", "--out", &bench.text("out/keys")]].concat()).done();
    assert_eq!(bench.mode("out/keys"), 0o600);
}

#[test]
fn private_workspace_keys_are_locked_unless_they_are_asked_for_unencrypted() {
    let bench = Folder::with_out();
    let (kit, key) = (
        bench.put("kit.zip", Forge::workspace().zip()),
        fixture("keys/recovery.pkcs8.pem"),
    );
    let passphrase = bench.put("passphrase", "twelve letters or more");
    let base = ["workspace", &kit, "--key", key.to_str().unwrap(), "--json"];

    let unasked = lifeboat(&[&base[..], &["--out", &bench.text("out/locked")]].concat());
    unasked.refused(2, "passphrase_needed", &["--unencrypted"]);
    bench.is_clean();

    let (locked, open) = (bench.text("out/locked"), bench.text("out/open"));
    let given = ["--passphrase-file", &passphrase];
    let outcome = lifeboat(&[&base[..], &["--out", &locked], &given].concat()).json();
    assert_eq!(outcome["locked"], true);
    let text = fs::read_to_string(&locked).unwrap();
    assert!(!text.contains("xprv"), "{text}");
    lifeboat(&[&base[..], &["--unencrypted", "--out", &open]].concat()).json();

    let addresses = |keys: &str| {
        let export = ["export", keys, "--chain", "btc,eth", "--private-keys"];
        lifeboat(&[&export[..], &given].concat()).done().to_owned()
    };
    assert_eq!(addresses(&locked), addresses(&open));
}

#[test]
fn inspect_shows_people_what_it_shows_machines() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().add("letter.txt", "x").zip());
    let said = lifeboat(&["kit", "inspect", &kit]);
    for word in [
        &Forge::master_entry(),
        "(wallet master key)",
        "letter.txt",
        "cloud, its key is in the kit",
    ] {
        assert!(
            said.done().contains(word),
            "`{word}` not in {}",
            said.stdout
        );
    }
    let whole = "nothing that the kit lists is missing";
    assert!(said.stdout.contains(whole), "{}", said.stdout);
    assert!(said.stderr.contains("skipped `letter.txt`"));
    assert!(!said.stdout.contains(MASTER_KEY));
    let mut forge = Forge::wallets();
    forge.entries.clear();
    let said = lifeboat(&["kit", "inspect", &bench.put("kit.zip", forge.zip())]);
    assert!(
        said.done().contains("its key is MISSING") && !said.stdout.contains(whole),
        "{}",
        said.stdout
    );
}
