//! A loss of power under load: every answer that was given is recorded, and the chain holds.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;

use crate::support::{
    client::Request,
    users::Company,
    vault::{AT_ONCE, Vault},
};

const ROUNDS: usize = 6;
const CLIENTS: usize = 8;

#[test]
fn every_share_that_was_given_away_is_recorded_after_a_kill() {
    let mut vault = Vault::start(AT_ONCE);
    let given = Mutex::new(BTreeSet::new());
    for round in 0..ROUNDS {
        let (server, stop) = (vault.take_server(), AtomicBool::new(false));
        let to = server.public();
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (given, stop, wallets) = (&given, &stop, &vault.wallets);
                scope.spawn(move || {
                    let user = if client % 2 == 0 { "ann" } else { "bob" };
                    let token = Company::token(user, json!({}));
                    let path = format!("/v1/wallets/{}/server-share", wallets[client % 2]);
                    while !stop.load(Ordering::Relaxed) {
                        let sent = Request::new(to, "GET", &path).token(&token).try_send();
                        let Ok(answer) = sent else { break };
                        if answer.status == 200 && !answer.text.is_empty() {
                            let id = answer.headers["x-request-id"].clone();
                            given.lock().unwrap().insert(id);
                        }
                    }
                });
            }
            thread::sleep(Duration::from_millis(300 + 70 * round as u64));
            server.kill();
            stop.store(true, Ordering::Relaxed);
        });
        vault.restart();
    }
    let given = given.into_inner().unwrap();
    assert!(given.len() > 50, "{}", given.len());

    let mut recorded = BTreeSet::new();
    let mut from = 1;
    loop {
        let path = format!("/v1/operator/audit?from={from}");
        let page = vault.operator("olga", "GET", &path).send().expect(200);
        let events = page["events"].as_array().unwrap();
        let Some(last) = events.last() else { break };
        from = last["seq"].as_i64().unwrap() + 1;
        let released = events
            .iter()
            .filter(|event| event["kind"] == "share-released");
        recorded.extend(released.map(|event| event["request"].as_str().unwrap().to_owned()));
    }
    let lost: Vec<&String> = given.difference(&recorded).collect();
    assert!(
        lost.is_empty(),
        "{} of {} are not recorded",
        lost.len(),
        given.len()
    );
    let (status, told) = vault.verify();
    assert_eq!(status, 0, "{told}");
}
