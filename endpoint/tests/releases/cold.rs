//! Cold mode: the server holds no key to shares, and opens what was approved with the keys of single records.

use std::os::unix::fs::PermissionsExt;

use getrandom::{SysRng, rand_core::UnwrapErr};
use lifeboat::{
    formats::{
        recovery_key::file::{PrivateKeyFile, read_private_key},
        sealed::record_key::RecordKeyFile,
    },
    operations::unseal::SealedFile,
};
use serde_json::{Value, json};

use crate::support::{
    client::Answer,
    company::{self, THOUSAND, sealed},
    receiver::Receiver,
    server::Server,
    users::Company,
    vault::Vault,
};

const COLD: &str = "[release]\nmode = \"cold\"\ndelay = \"0s\"\nper_wallet = 1000\n";
const PATH: &str = "/v1/operator/release-keys";

/// What the offline machine hands over for the record of a wallet.
fn key_in(file: &[u8], wallet: &str) -> String {
    let key = company::key("recovery.pkcs8.pem");
    let PrivateKeyFile::Open(key) = read_private_key(key.as_bytes()).unwrap() else {
        panic!("the fixture is an open key");
    };
    let file = SealedFile::begin(file).unwrap();
    let (_, keys) = file.unlock(&key, &mut UnwrapErr(SysRng)).unwrap();
    let key = RecordKeyFile::new(wallet, &file.header, &keys.record_key(wallet.as_bytes()));
    String::from_utf8(key.to_text().expose().to_vec()).unwrap()
}

fn key_of(wallet: &str) -> String {
    key_in(&THOUSAND, wallet)
}

fn wanted(vault: &Vault) -> Vec<Value> {
    let answer = vault.operator("olga", "GET", PATH).send().expect(200);
    let wallets = answer["wallets"].as_array().unwrap().iter();
    wallets.map(|one| one["walletId"].clone()).collect()
}

fn hand_in(vault: &Vault, keys: &str) -> Answer {
    vault.operator("olga", "POST", PATH).body(keys).send()
}

/// How many keys are kept.
fn kept(vault: &Vault) -> i64 {
    let folder = &vault.folder;
    folder
        .database
        .number(folder.root(), "SELECT count(*) FROM release_key")
}

#[test]
fn a_release_waits_for_the_key_of_its_record() {
    let mut vault = Vault::start(COLD);
    let (first, second) = (vault.wallets[0].clone(), vault.wallets[1].clone());
    let (id, other) = (vault.requested("ann", 0), vault.requested("bob", 1));
    assert_eq!(vault.state("ann", &id), "needs-key");
    let early = vault.collect("ann", &id).send();
    assert_eq!(
        early.expect_problem(409, "release-not-ready")["state"],
        "needs-key"
    );
    assert_eq!(wanted(&vault), [json!(first), json!(second)]);

    let taken = hand_in(&vault, &key_of(&first)).expect(200);
    assert_eq!(
        taken["handedIn"],
        json!([{"release": id, "walletId": first}])
    );
    assert_eq!(taken["notWanted"], json!([]));
    assert_eq!(vault.state("ann", &id), "ready");
    assert_eq!(vault.state("bob", &other), "needs-key");
    assert_eq!(wanted(&vault), [json!(second)]);

    // The key is there after a restart, and goes with the last collection.
    vault.take_server().kill();
    vault.restart();
    let share = vault.collect("ann", &id).send().expect(200);
    assert_eq!(share["walletId"], first.as_str());
    if let Some(expected) = company::expected(std::slice::from_ref(&first)) {
        assert_eq!(share["shares"], expected[&first]["shares"]);
    }
    vault.collect("ann", &id).send().expect(200);
    assert_eq!(kept(&vault), 1);
    vault.collect("ann", &id).send().expect(200);
    assert_eq!(kept(&vault), 0);
    vault
        .collect("ann", &id)
        .send()
        .expect_problem(409, "release-final");
    let kinds: Vec<Value> = vault
        .events()
        .iter()
        .map(|event| event["kind"].clone())
        .collect();
    assert!(kinds.contains(&json!("release-key")), "{kinds:?}");
    assert_eq!(vault.verify().0, 0);
}

#[test]
fn only_the_key_that_opens_the_record_is_taken() {
    let vault = Vault::start(COLD);
    let id = vault.requested("ann", 0);
    let (own, other) = (vault.wallets[0].clone(), vault.wallets[1].clone());
    let good = key_of(&own);
    let of_other = key_of(&other).replace(&other, &own);
    let elsewhere = key_in(
        &sealed(
            std::slice::from_ref(&own),
            &[company::public("recovery")],
            9,
        ),
        &own,
    );
    // The header of this file, the key of that one.
    let mut forged: Value = serde_json::from_str(&elsewhere).unwrap();
    let header: Value = serde_json::from_str(&good).unwrap();
    forged["header"] = header["header"].clone();
    for (keys, status, code, told) in [
        (
            of_other,
            422,
            "unprocessable",
            "line 1: the key does not open",
        ),
        (
            elsewhere,
            422,
            "unprocessable",
            "a sealed file that is not served here",
        ),
        (
            format!("{good}\n{forged}"),
            422,
            "unprocessable",
            "line 3: the key does not open",
        ),
        ("{}".to_owned(), 400, "bad-request", "line 1: no record key"),
    ] {
        let problem = hand_in(&vault, &keys).expect_problem(status, code);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(told), "{detail}");
        let secret = forged["key"].as_str().unwrap();
        assert!(!detail.contains(secret), "{detail}");
    }
    assert_eq!(kept(&vault), 0);
    assert_eq!(vault.state("ann", &id), "needs-key");

    // What nobody asked for is not kept, and does not keep what was asked for from being taken.
    let taken = hand_in(&vault, &(key_of(&other) + &good)).expect(200);
    assert_eq!(taken["notWanted"], json!([other]));
    assert_eq!(kept(&vault), 1);
    let again = hand_in(&vault, &good).expect(200);
    assert_eq!(again["handedIn"], json!([]));
    assert_eq!(kept(&vault), 1);
}

#[test]
fn one_key_is_for_every_release_of_its_wallet_that_waits() {
    let vault = Vault::start(COLD);
    let (anns, cars) = (vault.requested("ann", 0), vault.requested("car", 0));
    assert_eq!(wanted(&vault).len(), 1);
    let taken = hand_in(&vault, &key_of(&vault.wallets[0])).expect(200);
    assert_eq!(taken["handedIn"].as_array().unwrap().len(), 2);
    vault.collect("ann", &anns).send().expect(200);

    // A release that is over takes its key with it: the next one needs another approval offline.
    let path = format!("/v1/releases/{cars}");
    vault.ask("car", "DELETE", &path).send().expect(200);
    assert_eq!(kept(&vault), 1);
    let next = vault.requested("car", 0);
    assert_eq!(vault.state("car", &next), "needs-key");
}

#[test]
fn keys_are_taken_from_operators_alone_and_for_what_was_approved() {
    let vault = Vault::start(&format!("{COLD}approvals = 1\n"));
    let id = vault.requested("ann", 0);
    assert_eq!(vault.state("ann", &id), "pending");
    assert_eq!(wanted(&vault), Vec::<Value>::new());
    let key = key_of(&vault.wallets[0]);
    assert_eq!(hand_in(&vault, &key).expect(200)["handedIn"], json!([]));

    let user = Company::token("ann", json!({}));
    for method in ["GET", "POST"] {
        let answer = vault.server().admin(method, PATH).token(&user).send();
        answer.expect_problem(403, "not-operator");
        let operator = Company::token("olga", json!({"role": "recovery-operator"}));
        let answer = vault.server().request(method, PATH).token(&operator).send();
        answer.expect_problem(404, "no-such-path");
    }
    let path = format!("/v1/operator/releases/{id}/approve");
    vault.operator("olga", "POST", &path).send().expect(200);
    assert_eq!(
        hand_in(&vault, &key).expect(200)["handedIn"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    vault.collect("ann", &id).send().expect(200);
}

/// On the server's own terminal, while it serves.
#[test]
fn operators_can_do_it_on_the_terminal() {
    let company = Receiver::start();
    let vault = Vault::prepared(&format!(
        "{COLD}[notify]\nurl = \"http://127.0.0.1:{}/\"\nsecret = \"secret\"\n",
        company.port
    ));
    vault
        .folder
        .write("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let vault = vault.started();
    let id = vault.requested("ann", 0);
    let listed = vault.folder.run(&["requests", "wanted"]).ok().stdout();
    assert_eq!(listed, format!("{}\n", vault.wallets[0]));

    let path = vault.folder.write(
        "keys",
        key_of(&vault.wallets[0]) + &key_of(&vault.wallets[1]),
    );
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&path, mode).unwrap();
    let open = vault.folder.run(&["requests", "hand-in", "keys"]);
    assert!(
        open.stderr().contains("anybody on this machine may read"),
        "{}",
        open.stderr()
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let told = vault
        .folder
        .run(&["requests", "hand-in", "keys"])
        .ok()
        .stdout();
    assert!(
        told.contains(&format!(
            "release {id} of wallet {} is ready",
            vault.wallets[0]
        )),
        "{told}"
    );
    assert!(
        told.contains(&format!("no release of wallet {} waits", vault.wallets[1])),
        "{told}"
    );
    vault.collect("ann", &id).send().expect(200);
    let steps: Vec<Value> = company
        .wait_for(3)
        .iter()
        .map(|got| got.json()["type"].clone())
        .collect();
    assert_eq!(
        steps,
        [
            "release.requested",
            "release.key-handed-in",
            "release.collected"
        ]
    );
    assert_eq!(vault.verify().0, 0);
}

/// A server whose key opens the file holds what cold mode keeps away from it.
#[test]
fn a_key_that_opens_all_shares_is_refused() {
    let vault = Vault::prepared(COLD);
    vault.folder.run(&["check"]).ok();
    vault
        .folder
        .write("endpoint-private.pem", company::key("recovery.pkcs8.pem"));
    let told = vault.folder.run(&["check"]);
    assert_eq!(told.status(), 2);
    assert!(
        told.stderr().contains("that is not cold mode"),
        "{}",
        told.stderr()
    );
    let log = Server::try_start(&vault.folder).err().expect("no start");
    assert!(log.contains("that is not cold mode"), "{log}");
}

#[test]
fn a_file_that_was_cut_off_is_not_served_in_cold_mode_either() {
    let vault = Vault::prepared(COLD);
    let file = sealed(&vault.wallets[..3], &[company::public("recovery")], 3);
    vault.folder.write("cut.sealed", &file[..file.len() - 200]);
    let run = vault.folder.run(&["import", "shares", "cut.sealed"]);
    assert_eq!(run.status(), 2, "{}", run.stderr());
    vault.folder.write("cut.sealed", &file);
    let told = vault
        .folder
        .run(&["import", "shares", "cut.sealed"])
        .ok()
        .stdout();
    assert!(told.contains("imported 3 records, unopened"), "{told}");
}

#[test]
fn no_handed_in_key_lies_open_anywhere() {
    let mut vault = Vault::start(COLD);
    let id = vault.requested("ann", 0);
    let key = key_of(&vault.wallets[0]);
    hand_in(&vault, &key).expect(200);
    hand_in(&vault, &format!("{key}{{")).expect_problem(400, "bad-request");
    vault.collect("ann", &id).send().expect(200);
    vault.take_server().stop();
    let key: Value = serde_json::from_str(&key).unwrap();
    let key = key["key"].as_str().unwrap();
    let raw = hex::decode(key).unwrap();
    let log = std::fs::read(vault.folder.path("server.log")).unwrap();
    let mut places = vault.folder.database.dumped(vault.folder.root());
    places.push(("the log".to_owned(), log));
    for (name, bytes) in places {
        let is_there = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(!is_there(key.as_bytes()) && !is_there(&raw), "{name}");
    }
}

/// Whatever is over keeps no key, also where nobody comes to collect.
#[test]
fn the_key_of_a_release_that_has_expired_goes_with_the_next_one() {
    let vault = Vault::start(COLD);
    let id = vault.requested("ann", 0);
    hand_in(&vault, &key_of(&vault.wallets[0])).expect(200);
    assert_eq!(kept(&vault), 1);
    let over = format!("UPDATE release SET expires_at = created_at + 1 WHERE id = '{id}'");
    vault.folder.sql(&over);
    assert_eq!(vault.state("ann", &id), "expired");

    vault.requested("bob", 1);
    hand_in(&vault, &key_of(&vault.wallets[1])).expect(200);
    assert_eq!(kept(&vault), 1);
}
