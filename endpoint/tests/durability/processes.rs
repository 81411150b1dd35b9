//! Several processes over one database of PostgreSQL: what one has written binds the others, and either may die.

use std::{thread, time::Duration};

use serde_json::json;

use super::load::{Load, grant_all};
use crate::support::{
    database::is_postgres,
    server::Server,
    users::{self, Company},
    vault::{AT_ONCE, Vault},
};

#[test]
fn what_one_process_has_written_binds_the_other() {
    if !is_postgres() {
        return;
    }
    let vault = Vault::start("[release]\ndelay = \"0s\"\nttl = \"1h\"\nper_wallet = 3\n");
    let other = Server::start(&vault.folder);
    let token = Company::token("ann", json!({}));
    let path = format!("/v1/wallets/{}/releases", vault.wallets[0]);
    let ask = |server: &Server| server.request("POST", &path).token(&token);

    // One request, sent to both.
    let one = ask(vault.server()).header("Idempotency-Key", "k").send();
    let one = one.expect(201);
    let again = ask(&other).header("Idempotency-Key", "k").send();
    assert_eq!(again.expect(201)["id"], one["id"]);
    ask(&other).send().expect_problem(409, "release-open");

    // Cancelled here, requested there: three a day, wherever.
    let mut id = one["id"].clone();
    for server in [&other, vault.server()] {
        let cancel = format!("/v1/releases/{}", id.as_str().unwrap());
        let cancelled = server.request("DELETE", &cancel).token(&token).send();
        assert_eq!(cancelled.expect(200)["state"], "cancelled");
        id = ask(server).send().expect(201)["id"].clone();
    }
    let cancel = format!("/v1/releases/{}", id.as_str().unwrap());
    other.request("DELETE", &cancel).token(&token).send();
    ask(&other).send().expect_problem(429, "too-many-releases");

    let lock = format!("/v1/operator/wallets/{}/lock", vault.wallets[1]);
    vault.operator("olga", "POST", &lock).send().expect(204);
    let path = format!("/v1/wallets/{}/server-share", vault.wallets[1]);
    let token = Company::token("bob", json!({}));
    let refused = other.get(&path).token(&token).send();
    refused.expect_problem(403, "wallet-locked");
    let (status, told) = vault.verify();
    assert_eq!(status, 0, "{told}");
}

#[test]
fn a_signed_request_is_good_for_one_process() {
    if !is_postgres() {
        return;
    }
    let company = users::Company::start();
    let other = Server::start(&company.folder);
    let path = format!("/v1/ncw/wallets/{}/backup/latest", users::WALLET);
    let signed = company.signed("GET", &path, "", "n1");
    signed.clone().send().expect(404);
    let replayed = signed.to(other.public()).send();
    assert_eq!(replayed.status, 401, "{replayed:?}");
}

/// A process that was not started again since a data key was made says so, and opens what it could open before.
#[test]
fn what_was_sealed_with_a_newer_key_is_not_here_yet() {
    if !is_postgres() {
        return;
    }
    let company = users::Company::start();
    company.back_up("p1");
    company.folder.run(&["data-key", "new"]).ok();
    let other = Server::start(&company.folder);
    let kept = format!("/v1/wallets/{}/backups", users::WALLET);
    let at = format!(
        "/v1/wallets/{}/devices/{}/backups",
        users::WALLET,
        users::DEVICE
    );
    let newer = company.as_user("POST", &at).to(other.public());
    let newer = newer.json(&users::smaller_backup()).send().expect(201);
    let content = |id: &serde_json::Value| {
        let path = format!("{kept}/{}/content", id.as_str().unwrap());
        company.as_user("GET", &path)
    };
    let refused = content(&newer["id"]).send();
    refused.expect_problem(503, "data-key-missing");
    content(&newer["id"]).to(other.public()).send().expect(200);
    let history = company.as_user("GET", &kept).send().expect(200);
    let older = history["backups"].as_array().unwrap().last().unwrap();
    content(&older["id"]).send().expect(200);
}

#[test]
fn either_of_two_processes_may_die() {
    two_processes(6);
}

#[test]
#[ignore = "takes minutes: tests/durability/run"]
fn long_two_processes_die_by_turns() {
    two_processes(30);
}

fn two_processes(rounds: u64) {
    if !is_postgres() {
        return;
    }
    let mut vault = Vault::prepared(AT_ONCE);
    grant_all(&vault);
    vault.restart();
    let (load, mut other) = (Load::default(), Server::start(&vault.folder));
    for round in 0..rounds {
        let one = vault.take_server();
        let servers = [one.public(), other.public()];
        let (dies, stays) = if round % 2 == 0 {
            (one, other)
        } else {
            (other, one)
        };
        thread::scope(|scope| {
            let _running = load.run(scope, &servers, &vault.wallets);
            thread::sleep(Duration::from_millis(150 + round * 97 % 400));
            dies.kill();
            // The other goes on: a lock that the dead one held ends with its connection.
            let before = load.count();
            thread::sleep(Duration::from_millis(300));
            assert!(load.count() > before, "the other stands still");
        });
        other = stays;
        vault.restart();
    }
    load.verify(&vault);
}
