//! What `kit verify` must not let pass, and owner shares that are not what their names say.

use lifeboat::crypto::{
    aes::legacy_aes256_cbc_seal,
    kdf::pbkdf2_sha1,
    secret::{Passphrase, SecretBytes},
};
use serde_json::{Value, json};

use crate::support::{
    Folder, Run, fixture,
    forge::{
        COSIGNER, Forge, KEY_ID, MASTER_ID, ORDER_K, OWNER_PASSPHRASE, SHARE_1, SHARE_2, seal,
        unhex,
    },
    lifeboat,
};

const STRANGER: &str = "99999999-0000-4000-8000-000000000000";
const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A `MOBILE` entry for a key, its plain text under the owner's passphrase of the forge.
fn owner_share(key_id: &str, plain: &[u8]) -> String {
    let key = pbkdf2_sha1(
        &Passphrase::new(OWNER_PASSPHRASE.into()),
        COSIGNER.as_bytes(),
        10_000,
    );
    let sealed = legacy_aes256_cbc_seal(&key, &[0; 16], &SecretBytes::new(plain.to_vec()));
    json!({ "keyId": key_id, "deviceId": COSIGNER, "userId": COSIGNER, "encryptedKey": hex::encode(sealed) })
        .to_string()
}

/// A kit whose key has a cosigner's and the owner's share, which add up; the latter's plain text is given.
fn with_owner_share(plain: &[u8]) -> Forge {
    let mut forge = Forge::workspace();
    forge.entries.pop();
    forge.add(&format!("MOBILE_{KEY_ID}"), owner_share(KEY_ID, plain))
}

/// `kit verify --json` of this kit; with the owner's passphrase, or without.
fn verify(forge: &Forge, owner: bool) -> Run {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", forge.zip());
    if owner {
        return bench.verify(&kit);
    }
    lifeboat(&[
        "--json",
        "kit",
        "verify",
        &kit,
        "--key",
        fixture("keys/recovery.pkcs8.pem").to_str().unwrap(),
    ])
}

/// The result of the first check of that name whose subject begins so, and why.
#[track_caller]
fn check(outcome: &Value, name: &str, subject: &str) -> (String, String) {
    let is = |check: &&Value| {
        check["check"] == name && check["subject"].as_str().unwrap().starts_with(subject)
    };
    let check = outcome["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(is)
        .unwrap_or_else(|| panic!("no such check: {outcome}"));
    (
        check["result"].as_str().unwrap().to_owned(),
        check["why"].as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn a_kit_in_which_nothing_could_be_checked_is_not_verified() {
    let empty = || {
        let mut forge = Forge::workspace();
        forge.metadata["keys"] = json!({});
        forge.entries.clear();
        forge
    };
    for forge in [empty(), empty().add("x-backup.public_key.pem", "no key")] {
        let bench = Folder::with_out();
        let kit = bench.put("kit.zip", forge.zip());
        bench
            .verify(&kit)
            .refused(3, "nothing_verified", &["nothing in the kit"]);
        assert!(bench.result("report.json").contains("\"held\": false"));
    }
}

#[test]
fn a_key_without_any_cosigner_share_fails_though_its_public_key_could_not_be_tried() {
    let mut forge = with_owner_share(&unhex(SHARE_2));
    forge.entries.retain(|(name, _)| name.starts_with("MOBILE"));
    let wallets = Forge::wallets();
    forge.metadata["masterKeys"] = wallets.metadata["masterKeys"].clone();
    forge.entries.extend(wallets.entries);
    let outcome = verify(&forge, false).refused(3, "kit_not_verified", &["1 of"]);
    assert_eq!(check(&outcome, "wallet master key opens", "").0, "ok");
    assert_eq!(check(&outcome, "public key matches", KEY_ID).0, "skipped");
    let (result, why) = check(&outcome, "cosigner share opens", KEY_ID);
    assert!(
        result == "failed" && why.contains("no entry holds a share"),
        "{outcome}"
    );
}

#[test]
fn several_wallet_masters_are_a_failed_check() {
    let mut forge = Forge::wallets();
    let second = forge.master().clone();
    forge.metadata["masterKeys"][STRANGER] = second;
    let forge = forge.add(
        &Forge::master_entry().replace(MASTER_ID, STRANGER),
        seal(&[7; 32]),
    );
    let outcome = verify(&forge, false).refused(3, "kit_not_verified", &["1 of 3"]);
    let (result, why) = check(&outcome, "one wallet master", "metadata.json");
    assert!(
        result == "failed" && why.contains("expected exactly one"),
        "{outcome}"
    );
}

#[test]
fn a_wallet_master_key_out_of_range_is_not_verified() {
    for value in [ZERO, ORDER_K] {
        let mut forge = Forge::wallets();
        *forge.entry(&Forge::master_entry()) = seal(&unhex(value));
        let outcome = verify(&forge, false).refused(3, "kit_not_verified", &["1 of 1"]);
        let (_, why) = check(&outcome, "wallet master key opens", &Forge::master_entry());
        assert!(
            why.contains("zero or not below the group order"),
            "{outcome}"
        );
    }
}

#[test]
fn shares_out_of_range_fail_where_they_stand() {
    for value in [ZERO, ORDER_K] {
        let mut forge = with_owner_share(&unhex(value));
        *forge.entry(&Forge::share_entry(0)) = seal(&unhex(value));
        let outcome = verify(&forge, true).refused(3, "kit_not_verified", &["3 of 3"]);
        for (name, subject) in [
            ("cosigner share opens", "1000_"),
            ("owner share opens", "MOBILE_"),
        ] {
            let (result, why) = check(&outcome, name, subject);
            assert!(
                result == "failed" && why.contains("zero or not below the group order"),
                "{outcome}"
            );
        }
    }
}

#[test]
fn an_owner_share_with_the_tag_of_another_algorithm_is_refused() {
    let share = unhex(SHARE_2);
    for plain in [share.clone(), [&[0; 4][..], &share].concat()] {
        verify(&with_owner_share(&plain), true).json();
    }
    for (tag, code, words) in [
        (
            &[1, 0, 0, 0][..],
            "owner_share_algorithm",
            "another algorithm",
        ),
        (&[0, 0, 0, 1], "owner_share_algorithm", "another algorithm"),
        (&[0; 3], "wrong_owner_passphrase", "no share"),
    ] {
        let forge = with_owner_share(&[tag, &share].concat());
        let bench = Folder::with_out();
        let kit = bench.put("kit.zip", forge.zip());
        bench.workspace(&kit).refused(3, code, &["MOBILE_", words]);
        bench.is_clean();
    }
    // As hexadecimal in JSON there is room for tags of any length.
    let plain = json!({ "key": hex::encode([&[0; 5][..], &share].concat()) }).to_string();
    let outcome =
        verify(&with_owner_share(plain.as_bytes()), true).refused(3, "kit_not_verified", &[]);
    assert!(
        check(&outcome, "owner share opens", "MOBILE_")
            .1
            .contains("no share"),
        "{outcome}"
    );
}

#[test]
fn an_owner_share_of_another_key_is_neither_counted_nor_in_the_way() {
    for (name, content) in [
        (
            format!("MOBILE_{STRANGER}"),
            owner_share(STRANGER, &unhex(SHARE_1)),
        ),
        ("MOBILE".to_owned(), owner_share(STRANGER, &unhex(SHARE_1))),
        (
            format!("MOBILE_{KEY_ID}"),
            owner_share(STRANGER, &unhex(SHARE_1)),
        ),
    ] {
        let outcome = verify(&Forge::workspace().add(&name, content), true).json();
        let (result, why) = check(&outcome, "owner share opens", &name);
        assert!(
            result == "skipped" && why.contains("does not list its key"),
            "{outcome}"
        );
        assert_eq!(
            check(&outcome, "public key matches", KEY_ID).0,
            "ok",
            "{outcome}"
        );
    }
    // One that is damaged costs the key it is named after, and no other.
    let damaged = Forge::workspace().add(&format!("MOBILE_{STRANGER}"), "{");
    let outcome = verify(&damaged, true).refused(3, "kit_not_verified", &["1 of 4"]);
    assert_eq!(
        check(&outcome, "owner share opens", "MOBILE_").0,
        "failed",
        "{outcome}"
    );
    assert_eq!(
        check(&outcome, "public key matches", KEY_ID).0,
        "ok",
        "{outcome}"
    );
}

#[test]
fn a_name_with_a_sign_is_no_entry() {
    let name = format!("+7_{KEY_ID}");
    let said = verify(&Forge::workspace().add(&name, seal(&unhex(SHARE_1))), true);
    said.json();
    assert!(
        said.stderr
            .contains(&format!("skipped `{name}`: not an entry of a kit")),
        "{}",
        said.stderr
    );
}

#[test]
fn a_share_that_names_no_key_is_nobody_s_where_there_are_several() {
    let mut forge = Forge::workspace();
    let second = forge.key().clone();
    forge.metadata["keys"][STRANGER] = second;
    for (index, share) in [SHARE_1, SHARE_2].into_iter().enumerate() {
        forge = forge.add(
            &Forge::share_entry(index).replace(KEY_ID, STRANGER),
            seal(&unhex(share)),
        );
    }
    let said = verify(&forge.add("7", seal(&unhex(SHARE_1))), true);
    let outcome = said.json();
    for key in [KEY_ID, STRANGER] {
        assert_eq!(
            check(&outcome, "public key matches", key).0,
            "ok",
            "{outcome}"
        );
    }
    assert!(
        said.stderr.contains("skipped `7`: it names no key"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_sealed_passphrase_of_nothing_names_its_field() {
    let forge = with_owner_share(&unhex(SHARE_2))
        .add("RSA_PASSPHRASE", json!({ "encryptedKey": "" }).to_string());
    let bench = Folder::with_out();
    let (kit, key) = (
        bench.put("kit.zip", forge.zip()),
        fixture("keys/recovery.pkcs8.pem"),
    );
    let key = key.to_str().unwrap();
    let said = lifeboat(&[
        "--json",
        "workspace",
        &kit,
        "--key",
        key,
        "--owner-key",
        key,
    ]);
    said.refused(2, "bad_value", &["RSA_PASSPHRASE", "encryptedKey", "empty"]);
}
