//! What wallet SDKs ask, and when they are refused.

use serde_json::{Value, json};

use crate::support::{
    database::is_postgres,
    users::{BACKUP, Company, DEVICE, OTHER, WALLET, backup, message, smaller_backup, success},
};

const NONE: &Value = &Value::Null;

fn ciphertext(key: &Value) -> String {
    let first = &key["encryptedKeys"][0];
    first["encryptedKey"].as_str().unwrap().to_owned()
}

fn code(answer: &Value) -> i64 {
    answer["error"]["code"].as_i64().unwrap_or_default()
}

fn key_set(company: &Company) {
    let keys = backup()["keys"].clone();
    let path = format!("/v1/wallets/{WALLET}/keys");
    company
        .as_backend("PUT", &path)
        .json(&keys)
        .send()
        .expect(200);
}

#[test]
fn an_sdk_can_start() {
    let company = Company::start();
    let certificates = company.ask(
        "p1",
        "get_service_certificates",
        &json!({"names": ["nckms"]}),
    );
    assert_eq!(certificates, json!({"result": {}}));
    let cosigner = company.try_ask("p1", "get_cloud_cosigner_certificate", NONE);
    assert_eq!(cosigner.text, "{}");
    for method in ["send_client_version", "report_event"] {
        assert_eq!(company.ask("p1", method, &json!({})), success());
    }
}

#[test]
fn what_needs_the_provider_is_an_error() {
    let company = Company::start();
    for method in [
        "request_mpc_setup",
        "request_end_user_takeover",
        "broadcast_mpc_msg",
    ] {
        assert_eq!(code(&company.ask("p1", method, NONE)), 1099, "{method}");
    }
}

#[test]
fn a_backup_comes_back_as_an_sdk_reads_it() {
    let company = Company::start();
    assert_eq!(company.try_ask("p1", "get_backup", NONE).text, "{}");
    assert_eq!(company.back_up("p1"), success());

    let fetched = company.ask("p2", "get_backup", NONE);
    let sent = backup();
    for (key, sent) in fetched["result"]["keys"]
        .as_array()
        .unwrap()
        .iter()
        .zip(sent["keys"].as_array().unwrap())
    {
        for member in ["keyId", "algorithm", "publicKey"] {
            assert_eq!(key[member], sent[member], "{member}");
        }
        for member in ["encryptedKey", "encryptionAlgorithm", "iv"] {
            assert_eq!(key[member], sent["encryptedKeys"][0][member], "{member}");
        }
    }
    assert_eq!(fetched["result"]["passphraseId"], sent["passphraseId"]);
}

#[test]
fn a_backup_that_cannot_be_read_is_an_error_and_never_success() {
    let company = Company::start();
    for record in [
        json!({}),
        json!({"passphraseId": "p", "keys": []}),
        NONE.clone(),
    ] {
        assert_eq!(
            code(&company.ask("p1", "backup_keys", &record)),
            1013,
            "{record}"
        );
    }
    assert_eq!(company.try_ask("p1", "get_backup", NONE).text, "{}");
}

#[test]
fn a_backup_without_a_registered_key_is_incomplete() {
    let company = Company::start();
    key_set(&company);
    let refused = company.ask("p1", "backup_keys", &smaller_backup());
    assert_eq!(code(&refused), 1002);
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(
        message.ends_with("it lacks MPC_CMP_EDDSA_ED25519"),
        "{message}"
    );
    assert_eq!(company.try_ask("p1", "get_backup", NONE).text, "{}");
    assert_eq!(company.back_up("p1"), success());
}

#[test]
fn a_recovery_replaces_the_earlier_phone() {
    let company = Company::start();
    company.back_up("p1");
    company.ask("p2", "get_backup", NONE);
    // Nothing has changed for the phone that has the wallet.
    assert_eq!(company.back_up("p1"), success());
    assert_eq!(company.ask("p2", "enter_recovery_state", NONE), success());
    let enrolled = company.ask("p2", "enroll_player", &json!({"playerId": "1", "csr": "x"}));
    assert_eq!(enrolled, success());

    assert_eq!(code(&company.back_up("p1")), 1010);
    assert_eq!(company.back_up("p2"), success());
}

#[test]
fn a_recovery_on_the_same_phone_leaves_it_active() {
    let company = Company::start();
    company.back_up("p1");
    company.ask("p1", "get_backup", NONE);
    assert_eq!(company.ask("p1", "enroll_player", NONE), success());
    assert_eq!(company.back_up("p1"), success());
}

#[test]
fn a_recovery_that_has_begun_is_never_refused() {
    let mut company = Company::start();
    company.back_up("p1");
    for phone in ["p2", "p3"] {
        assert!(company.ask(phone, "get_backup", NONE)["result"].is_object());
    }
    // The other phone is faster, the key set grows, and the server loses power twice.
    assert_eq!(company.ask("p3", "enroll_player", NONE), success());
    company.crash();
    key_set(&company);
    assert_eq!(company.ask("p2", "enter_recovery_state", NONE), success());
    company.crash();
    assert_eq!(company.ask("p2", "enroll_player", NONE), success());
    // And again, because the answer was lost on the way.
    assert_eq!(company.ask("p2", "enroll_player", NONE), success());
    assert_eq!(code(&company.back_up("p3")), 1010);
}

#[test]
fn a_locked_wallet_is_refused_before_its_phone_is_wiped_and_never_after() {
    let company = Company::start();
    company.back_up("p1");
    company.ask("p2", "get_backup", NONE);

    // As an operator does, who is none of this company's tests.
    let wallet = WALLET.replace('-', "");
    let wallet = if is_postgres() {
        format!("'\\x{wallet}'")
    } else {
        format!("x'{wallet}'")
    };
    let lock =
        format!("INSERT INTO wallet_lock (wallet, reason, at) VALUES ({wallet}, 'a test', 0)");
    company.folder.sql(&lock);
    assert_eq!(code(&company.ask("p3", "get_backup", NONE)), 1011);
    let history = format!("/v1/wallets/{WALLET}/backups");
    let kept = company.as_user("GET", &history).send().expect(200);
    let id = kept["backups"][0]["id"].as_str().unwrap();
    let content = company.as_user("GET", &format!("{history}/{id}/content"));
    content.send().expect_problem(403, "wallet-locked");
    // It may not begin; what has begun goes on, and copies are kept.
    assert_eq!(code(&company.ask("p3", "enter_recovery_state", NONE)), 1012);
    assert_eq!(company.ask("p2", "enter_recovery_state", NONE), success());
    assert_eq!(company.ask("p2", "enroll_player", NONE), success());
    assert_eq!(company.ask("p2", "backup_keys", &backup()), success());
}

#[test]
fn nobody_recovers_without_a_backup_that_was_served() {
    let company = Company::start();
    company.back_up("p1");
    for method in ["enter_recovery_state", "enroll_player"] {
        assert_eq!(code(&company.ask("p2", method, NONE)), 1012, "{method}");
    }
}

#[test]
fn a_recovery_waits_while_another_program_holds_the_database() {
    let company = Company::start();
    company.back_up("p1");
    company.ask("p2", "get_backup", NONE);

    let held = company.folder.database.hold(company.folder.root());
    // Longer than the database itself waits.
    let release = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(5700));
        drop(held);
    });
    assert_eq!(company.ask("p2", "enroll_player", NONE), success());
    release.join().unwrap();
}

#[test]
fn a_message_may_be_an_object_and_must_be_one() {
    let company = Company::start();
    let path = format!("/v1/wallets/{WALLET}/devices/{DEVICE}/rpc");
    let send = |message: Value| {
        let request = company.as_user("POST", &path);
        request
            .json(&json!({ "message": message }))
            .send()
            .expect(200)
    };
    let text = message("p1", "report_event", NONE);
    assert_eq!(send(serde_json::from_str(&text).unwrap()), success());
    assert_eq!(code(&send(json!("no message"))), 1013);
    let missing = company.as_user("POST", &path).json(&json!({})).send();
    missing.expect_problem(400, "bad-request");
}

#[test]
fn another_wallet_and_no_wallet_look_alike() {
    let company = Company::start();
    company.back_up("p1");
    let body = json!({"message": message("p9", "get_backup", NONE)});
    for wallet in [OTHER, "11111111-2222-4333-8444-555555555555", "x"] {
        let path = format!("/v1/wallets/{wallet}/devices/{DEVICE}/rpc");
        let answer = company.as_user("POST", &path).json(&body).send();
        answer.expect_problem(404, "no-such-wallet");
    }
}

#[test]
fn nothing_secret_lies_open_in_the_database_or_the_log() {
    let company = Company::start();
    company.back_up("p1");
    company.ask("p2", "get_backup", NONE);
    let ciphertexts: Vec<String> = backup()["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(ciphertext)
        .collect();
    let mut texts = vec![company.server().log().into_bytes()];
    let dumped = company.folder.database.dumped(company.folder.root());
    texts.extend(dumped.into_iter().map(|(_, bytes)| bytes));
    assert!(texts.len() >= 2);
    for text in &texts {
        let text = String::from_utf8_lossy(text);
        assert!(ciphertexts.iter().all(|hex| !text.contains(hex)));
    }
    assert!(
        BACKUP.contains(&ciphertexts[0]),
        "the search can find something"
    );
}
