//! Entries: sealed wrongly, missing, and what they hold when they open.

use std::process::Command;

use super::{derive_refuses, workspace_refuses};
use crate::support::{
    Folder, fixture,
    forge::{
        COSIGNER, Forge, KEY_ID, MASTER_ID, ORDER_E, ORDER_K, OWNER_PASSPHRASE, SHARE_1, WALLET,
        seal, seal_to, unhex,
    },
    lifeboat, read_fixture,
};

const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn a_ciphertext_that_is_cut() {
    let mut forge = Forge::wallets();
    forge.entry(&Forge::master_entry()).pop();
    derive_refuses(
        &forge.zip(),
        3,
        "entry_size",
        &[&Forge::master_entry(), "511 bytes", "512"],
    );
}

#[test]
fn a_ciphertext_of_nothing() {
    let mut forge = Forge::workspace();
    forge.entry(&Forge::share_entry(1)).clear();
    workspace_refuses(&forge, "entry_size", &Forge::share_entry(1));
}

#[test]
fn a_ciphertext_with_a_flipped_bit() {
    for place in [0, 255, 511] {
        let mut forge = Forge::wallets();
        forge.entry(&Forge::master_entry())[place] ^= 1;
        derive_refuses(
            &forge.zip(),
            3,
            "wrong_recovery_key",
            &[&Forge::master_entry()],
        );
    }
}

#[test]
fn a_ciphertext_for_another_key() {
    let mut forge = Forge::workspace();
    *forge.entry(&Forge::share_entry(0)) = seal_to("other", &unhex(SHARE_1));
    workspace_refuses(&forge, "wrong_recovery_key", &Forge::share_entry(0));
}

#[test]
fn a_kit_that_names_another_key_says_so_before_trying() {
    let mut forge = Forge::wallets().add(
        "x-backup.public_key.pem",
        read_fixture("keys/other.public.pem"),
    );
    *forge.entry(&Forge::master_entry()) = seal_to("other", &[7; 32]);
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", forge.zip());
    let said = bench.derive(&kit, &[WALLET]);
    said.refused(3, "wrong_recovery_key", &[&Forge::master_entry()]);
    let warning = said
        .stderr
        .find("the kit was made for key SHA256:")
        .expect("no word about the other key");
    assert!(warning < said.stderr.find("lifeboat: error").unwrap());
    bench.is_clean();
    let checks = bench.verify(&kit).refused(3, "kit_not_verified", &[])["checks"].clone();
    assert_eq!(
        (&checks[0]["check"], &checks[0]["result"]),
        (&"made for this key".into(), &"failed".into())
    );
}

#[test]
fn a_missing_entry() {
    let mut forge = Forge::wallets();
    forge.entries.clear();
    derive_refuses(&forge.zip(), 2, "missing_entry", &[&Forge::master_entry()]);
}

#[test]
fn a_missing_share_of_a_workspace_key() {
    let mut forge = Forge::workspace();
    forge.entries.pop();
    workspace_refuses(&forge, "public_key_mismatch", KEY_ID);
}

#[test]
fn no_share_of_a_workspace_key_at_all() {
    let mut forge = Forge::workspace();
    forge.entries.clear();
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", forge.zip());
    bench.workspace(&kit).refused(2, "no_shares", &[KEY_ID]);
    bench.is_clean();
    bench.verify(&kit).refused(3, "kit_not_verified", &[]);
}

#[test]
fn an_entry_of_a_stranger_is_named_and_passed_over() {
    let stranger = "77_99999999-0000-4000-8000-000000000000";
    let bench = Folder::with_out();
    let kit = bench.put(
        "kit.zip",
        Forge::wallets()
            .add(stranger, seal(&[1; 32]))
            .add("letter.txt", "hello")
            .zip(),
    );
    let said = bench.derive(&kit, &[WALLET]);
    said.json();
    assert!(
        said.stderr.contains(&format!("skipped `{stranger}`")),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("skipped `letter.txt`"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_master_key_of_the_wrong_length() {
    for length in [0, 31, 33, 64] {
        let mut forge = Forge::wallets();
        *forge.entry(&Forge::master_entry()) = seal(&vec![0x11; length]);
        let words = [
            Forge::master_entry(),
            format!("{length} bytes"),
            "expected 32".to_owned(),
        ];
        derive_refuses(
            &forge.zip(),
            3,
            "secret_length",
            &words.each_ref().map(String::as_str),
        );
    }
}

#[test]
fn a_master_key_of_zero_or_not_below_the_order() {
    for value in [ZERO, ORDER_K, &"f".repeat(64)] {
        let mut forge = Forge::wallets();
        *forge.entry(&Forge::master_entry()) = seal(&unhex(value));
        derive_refuses(&forge.zip(), 3, "secret_range", &[&Forge::master_entry()]);
    }
}

#[test]
fn a_share_of_zero_or_not_below_the_order_of_secp256k1() {
    for value in [ZERO, ORDER_K, &"f".repeat(64)] {
        let mut forge = Forge::workspace();
        *forge.entry(&Forge::share_entry(0)) = seal(&unhex(value));
        workspace_refuses(&forge, "secret_range", &Forge::share_entry(0));
    }
}

#[test]
fn a_share_of_zero_or_not_below_the_order_of_ed25519() {
    // The shares still add up to the right key modulo the order: only the range is wrong.
    let one = format!("{:064x}", 1);
    let order_and_one = format!("{}ee", &ORDER_E[..62]);
    for (bad, good) in [
        (ZERO, one.as_str()),
        (ORDER_E, &one),
        (&order_and_one, ZERO),
    ] {
        workspace_refuses(
            &Forge::workspace_ed([bad, good]),
            "secret_range",
            &Forge::share_entry(0),
        );
    }
}

#[test]
fn shares_of_another_key() {
    let mut forge = Forge::workspace();
    *forge.entry(&Forge::share_entry(0)) = seal(&unhex(&format!("{:064x}", 99)));
    workspace_refuses(&forge, "public_key_mismatch", KEY_ID);
}

#[test]
fn a_wrong_owner_passphrase() {
    let (key, kit) = (
        fixture("keys/recovery.pkcs8.pem"),
        fixture("kits/workspace-cmp.zip"),
    );
    let bench = Folder::with_out();
    let (owner, out) = (bench.put("owner", OWNER_PASSPHRASE), bench.text("out/keys"));
    let (key, kit) = (key.to_str().unwrap(), kit.to_str().unwrap());
    let secrets = ["--key", key, "--owner-passphrase-file", &owner];
    let said = lifeboat(
        &[
            &["--json", "workspace", kit, "--reveal", "--out", &out][..],
            &secrets,
        ]
        .concat(),
    );
    said.refused(3, "wrong_owner_passphrase", &["MOBILE_"]);
    bench.is_clean();
    let said = lifeboat(&[&["--json", "kit", "verify", kit][..], &secrets].concat());
    let words = ["opens none of the owner's shares; everything else holds"];
    let checks = said.refused(3, "kit_not_verified", &words)["checks"].clone();
    let shares = checks
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["check"] == "cosigner share opens");
    assert!(
        shares.into_iter().all(|check| check["result"] == "ok"),
        "{checks}"
    );
}

/// Where the owner's passphrase opens one share it is right, and the other share is damaged.
#[test]
fn a_damaged_owner_share_is_not_blamed_on_the_passphrase() {
    let bench = Folder::with_out();
    let demo = fixture("demo");
    let unpacked = bench.path("kit");
    std::fs::create_dir(&unpacked).unwrap();
    let unzip = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    let python = Command::new("python3")
        .args(["-c", unzip])
        .args([demo.join("kit.zip"), unpacked.clone()])
        .status();
    if python.is_err() {
        return eprintln!("skipped: there is no python3 to unpack the demo's kit");
    }
    let share = unpacked.join("MOBILE_49a43acd-a19b-4eb9-985b-ffe33e0020b6");
    let mut entry: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&share).unwrap()).unwrap();
    let sealed = entry["encryptedKey"].as_str().unwrap();
    entry["encryptedKey"] = "0".repeat(sealed.len()).into();
    std::fs::write(&share, entry.to_string()).unwrap();

    let of_demo = |name: &str| demo.join(name).display().to_string();
    let said = lifeboat(&[
        "--json",
        "kit",
        "verify",
        unpacked.to_str().unwrap(),
        "--key",
        &of_demo("recovery-private.pem"),
        "--key-passphrase-file",
        &of_demo("key-passphrase.txt"),
        "--owner-passphrase-file",
        &of_demo("owner-passphrase.txt"),
    ]);
    said.refused(3, "kit_not_verified", &["checks failed"]);
}

#[test]
fn no_owner_secret_is_skipped_by_verify_and_refused_by_workspace() {
    let (key, kit) = (
        fixture("keys/recovery.pkcs8.pem"),
        fixture("kits/workspace-cmp.zip"),
    );
    let (key, kit) = (key.to_str().unwrap(), kit.to_str().unwrap());
    let words = ["--owner-passphrase-file", "--owner-key"];
    lifeboat(&["--json", "workspace", kit, "--key", key]).refused(2, "owner_secret_needed", &words);
    let shown = lifeboat(&["--json", "kit", "verify", kit, "--key", key]).json();
    let skipped = shown["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["result"] == "skipped");
    assert_eq!(skipped.count(), 4, "two owner shares, two public keys");
}

#[test]
fn an_owner_share_that_is_no_json() {
    let forge = Forge::workspace().add(&format!("MOBILE_{KEY_ID}"), "{");
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", forge.zip());
    bench
        .workspace(&kit)
        .refused(2, "not_json", &[&format!("MOBILE_{KEY_ID}"), "line 1"]);
    bench.is_clean();
}

#[test]
fn no_cosigner_of_the_master_is_left_out() {
    let second = "00000001-0000-4000-8000-000000000000";
    let mut forge = Forge::wallets();
    forge.master()["cosigners"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({ "id": second, "type": "cloud" }));
    let name = format!("16777216_{MASTER_ID}");
    derive_refuses(&forge.zip(), 2, "missing_entry", &[&name]);
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", forge.add(&name, seal(&[9; 32])).zip());
    let shown = bench.derive(&kit, &[WALLET]).json();
    assert_eq!(shown["cosigners"], serde_json::json!([COSIGNER, second]));
}
