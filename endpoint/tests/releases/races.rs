//! Many at once: what may happen once, three times or not any more happens no oftener, whoever comes first.

use std::thread;

use serde_json::json;

use crate::support::{
    client::Request,
    vault::{AT_ONCE, Vault},
};

/// The statuses of requests that are sent at the same time.
fn at_once(requests: Vec<Request>) -> Vec<u16> {
    thread::scope(|scope| {
        let sent: Vec<_> = requests
            .into_iter()
            .map(|request| scope.spawn(move || request.send().status))
            .collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn count(statuses: &[u16], status: u16) -> usize {
    statuses.iter().filter(|one| **one == status).count()
}

#[test]
fn a_share_is_handed_out_three_times_however_many_ask() {
    let vault = Vault::start(AT_ONCE);
    let id = vault.requested("ann", 0);
    let statuses = at_once((0..12).map(|_| vault.collect("ann", &id)).collect());
    assert_eq!(
        (count(&statuses, 200), count(&statuses, 409)),
        (3, 9),
        "{statuses:?}"
    );
    let handed_out = vault
        .events()
        .iter()
        .filter(|event| event["kind"] == "share-released")
        .count();
    assert_eq!(handed_out, 3);
}

#[test]
fn a_wallet_has_as_many_releases_as_it_may_and_a_caller_one() {
    let vault = Vault::start("[release]\ndelay = \"1h\"\nper_wallet = 1000\n");
    let statuses = at_once((0..12).map(|_| vault.request("ann", 0)).collect());
    assert_eq!(
        (count(&statuses, 201), count(&statuses, 409)),
        (1, 11),
        "{statuses:?}"
    );

    let vault = Vault::start("[release]\ndelay = \"0s\"\nper_wallet = 2\n");
    let path = format!("/v1/wallets/{}/server-share", vault.wallets[0]);
    let ask = |name: &str| vault.ask(name, "GET", &path);
    // Each of them may collect what they have three times.
    let statuses = at_once((0..8).flat_map(|_| [ask("ann"), ask("car")]).collect());
    assert_eq!(
        (count(&statuses, 200), count(&statuses, 429)),
        (6, 10),
        "{statuses:?}"
    );
}

#[test]
fn an_operator_counts_once_and_a_request_that_is_repeated_is_one() {
    let vault = Vault::start("[release]\ndelay = \"0s\"\napprovals = 2\n");
    let send = || {
        vault
            .request("ann", 0)
            .header("Idempotency-Key", "k")
            .json(&json!({}))
    };
    let statuses = at_once((0..8).map(|_| send()).collect());
    assert_eq!(count(&statuses, 201), 8, "{statuses:?}");
    let requested = vault
        .events()
        .iter()
        .filter(|event| event["kind"] == "release-requested")
        .count();
    assert_eq!(requested, 1);
    let listed = vault
        .operator("olga", "GET", "/v1/operator/releases")
        .send()
        .expect(200);
    let id = listed["releases"][0]["release"]["id"]
        .as_str()
        .unwrap()
        .to_owned();

    let path = format!("/v1/operator/releases/{id}/approve");
    let approve = || vault.operator("olga", "POST", &path);
    let statuses = at_once((0..8).map(|_| approve()).collect());
    assert_eq!(
        (count(&statuses, 200), count(&statuses, 409)),
        (1, 7),
        "{statuses:?}"
    );
    assert_eq!(vault.state("ann", &id), "pending");
}

/// Once the owner was told that it is cancelled, nobody gets the share.
#[test]
fn who_was_told_that_a_release_is_over_can_rely_on_it() {
    let vault = Vault::start(AT_ONCE);
    for round in 0..10 {
        let id = vault.requested("ann", 0);
        let cancel = || vault.ask("car", "DELETE", &format!("/v1/releases/{id}"));
        let statuses = at_once(vec![
            vault.collect("ann", &id),
            cancel(),
            vault.collect("ann", &id),
        ]);
        let (collected, cancelled) = (count(&[statuses[0], statuses[2]], 200), statuses[1] == 200);
        // One of them was first, and the other was told so.
        assert_eq!(cancelled, collected == 0, "{round}: {statuses:?}");
        let late = vault.collect("ann", &id).send().status;
        assert_eq!(
            late,
            if cancelled { 409 } else { 200 },
            "{round}: {statuses:?}"
        );
    }
    assert_eq!(vault.verify().0, 0);
}
