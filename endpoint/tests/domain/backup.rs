//! Backups in every shape they come in.

use lifeboat::formats::{device_share::device_id::DeviceId, wallets::wallet_id::WalletId};
use lifeboat_endpoint::domain::{
    backup::{BackupError, Completeness, MAX_KEYS, NewBackup},
    named_key::NamedKey,
};

const WALLET: &str = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11";
const DEVICE: &str = "7cc9b276-3c65-47f9-b35a-992766d3cafd";
const OTHER: &str = "11111111-2222-4333-8444-555555555555";
/// The demo's backup, as an SDK sends it and fetches it at once.
const BACKUP: &str = include_str!("../../../fixtures/demo/device-backups/device-1.json");

fn wallet() -> WalletId {
    WalletId::parse(WALLET.as_bytes()).unwrap()
}

fn device() -> DeviceId {
    DeviceId::parse(DEVICE).unwrap()
}

fn read(text: &str) -> Result<NewBackup, BackupError> {
    NewBackup::read(text.as_bytes(), &wallet(), &device())
}

fn error(text: &str) -> String {
    read(text).err().expect("it is refused").to_string()
}

/// The members of one key in one ciphertext.
fn key(id: &str, ciphertexts: &[&str]) -> String {
    let each: Vec<String> = ciphertexts
        .iter()
        .map(|hex| {
            format!(
                r#"{{"encryptedKey":"{hex}","encryptionAlgorithm":"AES-CBC","iv":"{}"}}"#,
                "00".repeat(16)
            )
        })
        .collect();
    format!(
        r#"{{"keyId":"{id}","algorithm":"MPC_CMP_ECDSA_SECP256K1","encryptedKeys":[{}]}}"#,
        each.join(",")
    )
}

fn sent(keys: &[String]) -> String {
    format!(r#"{{"passphraseId":"p-1","keys":[{}]}}"#, keys.join(","))
}

#[test]
fn every_shape_of_one_content_has_one_digest() {
    let digest = read(BACKUP).unwrap().digest();
    let content = read(BACKUP).unwrap().content.expose().to_owned();
    let text = serde_json::Value::from(BACKUP).to_string();
    let shapes = [
        content.clone(),
        format!(r#"{{"method":"backup_keys","headers":{{}},"params":[{BACKUP}]}}"#),
        format!(r#"{{"result":{content}}}"#),
        format!(r#"{{"payload":{text}}}"#),
        content.replace("passphraseId", "passphraseI\\u0064"),
    ];
    for shape in shapes {
        assert_eq!(read(&shape).unwrap().digest(), digest, "{shape}");
    }
}

#[test]
fn the_fetched_shape_is_flat_and_has_nothing_else() {
    let record = sent(&[key(OTHER, &["aa"])]).replacen("\"keys\"", "\"more\":1,\"keys\"", 1);
    let iv = "00".repeat(16);
    assert_eq!(
        read(&record).unwrap().content.expose(),
        format!(
            r#"{{"passphraseId":"p-1","keys":[{{"keyId":"{OTHER}","algorithm":"MPC_CMP_ECDSA_SECP256K1","encryptedKey":"aa","encryptionAlgorithm":"AES-CBC","iv":"{iv}"}}]}}"#
        )
    );
}

#[test]
fn a_key_with_two_ciphertexts_keeps_both() {
    let content = read(&sent(&[key(OTHER, &["aa", "bb"])])).unwrap().content;
    let content: serde_json::Value = serde_json::from_str(content.expose()).unwrap();
    let key = &content["keys"][0];
    assert_eq!(key["encryptedKey"], "aa");
    assert_eq!(key["encryptedKeys"][1]["encryptedKey"], "bb");
}

#[test]
fn the_name_of_an_algorithm_is_given_back_as_it_came() {
    let record = sent(&[key(OTHER, &["aa"])]).replace("MPC_CMP_ECDSA", "MPC_ECDSA");
    let content = read(&record).unwrap().content;
    assert!(content.expose().contains("\"MPC_ECDSA_SECP256K1\""));
}

#[test]
fn what_is_no_backup_of_this_device_is_refused_with_the_place() {
    let ours = BACKUP.trim();
    let cases = [
        ("", "not JSON"),
        ("{}", "field `keys`: missing"),
        (r#"{"passphraseId":"p","keys":[]}"#, "no keys"),
        (&sent(&[key(OTHER, &["zz"])]), "not hexadecimal"),
        (&sent(&[key(OTHER, &[])]), "no encrypted key"),
        (
            &sent(&[key(OTHER, &["aa"]), key(OTHER, &["aa"])]),
            "listed twice",
        ),
        (&format!("[{ours},{ours}]"), "2 backups, expected one"),
        (
            &format!(r#"{{"deviceId":"{OTHER}","backup":{ours}}}"#),
            "another device",
        ),
        (
            &format!(r#"{{"walletId":"{OTHER}","backup":{ours}}}"#),
            "another wallet",
        ),
    ];
    for (text, part) in cases {
        let error = error(text);
        assert!(error.contains(part), "{error:?} lacks {part:?}");
    }

    let many: Vec<String> = (0..=MAX_KEYS)
        .map(|n| key(&uuid::Uuid::from_u128(n as u128).to_string(), &["aa"]))
        .collect();
    assert_eq!(error(&sent(&many)), "more than 64 keys");
}

#[test]
fn the_spelling_of_a_device_id_is_kept_because_it_is_the_salt() {
    let spelled = format!(
        r#"{{"deviceId":"{}","backup":{}}}"#,
        DEVICE.to_uppercase(),
        BACKUP.trim()
    );
    assert_eq!(
        read(&spelled).unwrap().device.as_str(),
        DEVICE.to_uppercase()
    );
    assert_eq!(read(BACKUP).unwrap().device.as_str(), DEVICE);
}

#[test]
fn a_backup_is_held_against_what_is_registered_and_else_against_the_largest_shown() {
    let keys = read(BACKUP).unwrap().keys;
    let [ecdsa, eddsa] = keys.as_slice() else {
        panic!("the demo has two keys");
    };
    let missing = |keys: &[NamedKey], registered: &[NamedKey], shown: &[Vec<NamedKey>]| {
        Completeness::of(keys, registered, shown).names()
    };
    let one = std::slice::from_ref(ecdsa);
    let eddsa_alone = vec!["MPC_CMP_EDDSA_ED25519"];

    assert!(missing(one, &[], &[]).is_empty());
    assert_eq!(missing(one, &keys, &[]), eddsa_alone);
    assert_eq!(
        missing(one, &[], &[one.to_vec(), keys.clone()]),
        eddsa_alone
    );
    assert!(missing(&keys, &keys, &[]).is_empty());
    // What is registered counts, however much some backup has shown.
    assert!(missing(one, one, std::slice::from_ref(&keys)).is_empty());

    let mut swapped = eddsa.clone();
    swapped.id = ecdsa.id;
    assert_eq!(missing(&[ecdsa.clone(), swapped], &keys, &[]), eddsa_alone);
}

#[test]
fn another_public_key_under_the_same_id_is_another_key() {
    let keys = read(BACKUP).unwrap().keys;
    let mut other = keys.clone();
    let point = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    other[0].public_key = Some(point.to_owned());
    assert_eq!(
        Completeness::of(&keys, &other, &[]).names(),
        ["MPC_CMP_ECDSA_SECP256K1"]
    );

    other[0].public_key = None;
    assert!(Completeness::of(&keys, &other, &[]).is_complete());
}
