//! What a company asks for before a share is given away.

use serde_json::json;

use crate::support::{
    users::Company,
    users::seconds,
    vault::{AT_ONCE, Vault},
};

fn sleep_until_ready(vault: &Vault, user: &str, id: &str) {
    for _ in 0..200 {
        if vault.state(user, id) == "ready" {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("it never became ready");
}

#[test]
fn a_delay_is_waited_for_and_can_be_cancelled() {
    let vault = Vault::start("[release]\ndelay = \"2s\"\nttl = \"1h\"\n");
    let id = vault.requested("ann", 0);
    assert_eq!(vault.state("ann", &id), "waiting");
    let early = vault.collect("ann", &id).send();
    let problem = early.expect_problem(409, "release-not-ready");
    assert_eq!(problem["state"], "waiting");
    assert!(early.headers["retry-after"].parse::<u64>().unwrap() <= 3);
    sleep_until_ready(&vault, "ann", &id);
    vault.collect("ann", &id).send().expect(200);

    // Anybody who has the wallet may stop it.
    let id = vault.requested("ann", 0);
    let cancelled = vault
        .ask("car", "DELETE", &format!("/v1/releases/{id}"))
        .send();
    assert_eq!(cancelled.expect(200)["state"], "cancelled");
    let late = vault.collect("ann", &id).send();
    assert_eq!(
        late.expect_problem(409, "release-final")["state"],
        "cancelled"
    );
    let again = vault
        .ask("ann", "DELETE", &format!("/v1/releases/{id}"))
        .send();
    again.expect_problem(409, "release-final");
}

#[test]
fn the_shorthand_is_for_policies_without_a_wait() {
    let vault = Vault::start("[release]\ndelay = \"1h\"\n");
    let wallet = &vault.wallets[0];
    let answer = vault
        .ask("ann", "GET", &format!("/v1/wallets/{wallet}/server-share"))
        .send();
    let problem = answer.expect_problem(409, "release-required");
    assert_eq!(problem["link"], format!("/v1/wallets/{wallet}/releases"));
}

#[test]
fn two_operators_approve_and_none_of_them_is_the_requester() {
    let vault = Vault::start("[release]\ndelay = \"0s\"\napprovals = 2\n");
    let id = vault.requested("ann", 0);
    assert_eq!(vault.state("ann", &id), "pending");
    let approve = |name: &str| {
        vault
            .operator(name, "POST", &format!("/v1/operator/releases/{id}/approve"))
            .send()
    };
    approve("ann").expect_problem(403, "own-request");
    assert_eq!(approve("olga").expect(200)["approvalsLeft"], 1);
    approve("olga").expect_problem(409, "already-decided");
    vault
        .collect("ann", &id)
        .send()
        .expect_problem(409, "release-not-ready");

    let path = "/v1/operator/releases?state=pending";
    let listed = vault.operator("olga", "GET", path).send().expect(200);
    assert_eq!(listed["releases"][0]["release"]["id"], id.as_str());
    assert_eq!(listed["releases"][0]["subject"], "ann");

    assert_eq!(approve("otto").expect(200)["state"], "ready");
    vault.collect("ann", &id).send().expect(200);
}

#[test]
fn an_operator_denies() {
    let vault = Vault::start("[release]\ndelay = \"0s\"\napprovals = 1\n");
    let id = vault.requested("ann", 0);
    let path = format!("/v1/operator/releases/{id}/deny");
    let denied = vault.operator("olga", "POST", &path).send().expect(200);
    assert_eq!(denied["state"], "denied");
    let late = vault.collect("ann", &id).send();
    assert_eq!(late.expect_problem(409, "release-final")["state"], "denied");
    vault.requested("ann", 0);
}

#[test]
fn operators_are_told_from_users_and_have_another_listener() {
    let vault = Vault::start(AT_ONCE);
    let user = Company::token("ann", json!({}));
    let path = "/v1/operator/releases";
    let answer = vault.server().admin("GET", path).token(&user).send();
    answer.expect_problem(403, "not-operator");
    let operator = Company::token("olga", json!({"role": "recovery-operator"}));
    let answer = vault.server().get(path).token(&operator).send();
    answer.expect_problem(404, "no-such-path");
}

#[test]
fn a_share_is_collected_three_times_and_no_more() {
    let vault = Vault::start(AT_ONCE);
    let id = vault.requested("ann", 0);
    for _ in 0..3 {
        vault.collect("ann", &id).send().expect(200);
    }
    vault
        .collect("ann", &id)
        .send()
        .expect_problem(409, "release-final");
}

#[test]
fn a_wallet_has_so_many_releases_a_day() {
    let vault = Vault::start(&AT_ONCE.replace("1000", "2"));
    for _ in 0..2 {
        let id = vault.requested("ann", 0);
        vault
            .ask("ann", "DELETE", &format!("/v1/releases/{id}"))
            .send()
            .expect(200);
    }
    let answer = vault.request("car", 0).send();
    answer.expect_problem(429, "too-many-releases");
    assert!(answer.headers["retry-after"].parse::<u64>().unwrap() > 86_000);
    // Another wallet has its own count.
    vault.requested("car", 1);
}

#[test]
fn an_old_sign_in_is_not_enough() {
    let vault = Vault::start(&format!("{AT_ONCE}max_sign_in_age = \"15m\"\n"));
    let path = format!("/v1/wallets/{}/releases", vault.wallets[0]);
    let send = |signed_in: i64| {
        let token = Company::token("ann", json!({"auth_time": signed_in}));
        vault.server().request("POST", &path).token(&token).send()
    };
    // A token that was refreshed is young, and its owner may have signed in long ago.
    let answer = vault.request("ann", 0).send();
    let problem = answer.expect_problem(403, "sign-in-too-old");
    assert!(
        problem["detail"].as_str().unwrap().contains("auth_time"),
        "{problem}"
    );
    send(seconds() - 1000).expect_problem(403, "sign-in-too-old");
    // One that is still to come is none.
    send(seconds() + 3600).expect_problem(403, "sign-in-too-old");
    send(seconds() - 800).expect(201);

    // What can be collected again is not given to an old sign-in either.
    let path = format!("/v1/wallets/{}/server-share", vault.wallets[1]);
    let again = |signed_in: i64| {
        let token = Company::token("bob", json!({"auth_time": signed_in}));
        vault.server().get(&path).token(&token).send()
    };
    again(seconds()).expect(200);
    again(seconds() - 1000).expect_problem(403, "sign-in-too-old");
}

#[test]
fn a_locked_wallet_gives_nothing_away() {
    let vault = Vault::start(AT_ONCE);
    let id = vault.requested("ann", 0);
    let lock = |what: &str| {
        let path = format!("/v1/operator/wallets/{}/{what}", vault.wallets[0]);
        vault.operator("olga", "POST", &path).send().expect(204);
    };
    lock("lock");
    vault
        .collect("ann", &id)
        .send()
        .expect_problem(403, "wallet-locked");
    let path = format!("/v1/wallets/{}/server-share", vault.wallets[0]);
    vault
        .ask("car", "GET", &path)
        .send()
        .expect_problem(403, "wallet-locked");
    lock("unlock");
    vault.collect("ann", &id).send().expect(200);
}

/// One database takes such letters, another does not: nobody gets further with them.
#[test]
fn letters_that_nobody_can_print_are_refused() {
    let vault = Vault::start(AT_ONCE);
    let body = serde_json::json!({"physicalDeviceId": "a\0b"});
    let refused = vault.request("ann", 0).json(&body).send();
    refused.expect_problem(422, "unprocessable");
    let lock = format!("/v1/operator/wallets/{}/lock", vault.wallets[0]);
    let body = serde_json::json!({"reason": "a\0b"});
    let refused = vault.operator("olga", "POST", &lock).json(&body).send();
    refused.expect_problem(422, "unprocessable");
    let refused = vault.ask("ann", "GET", "/v1/releases/%00").send();
    refused.expect_problem(404, "no-such-path");
    // Operators read reasons on terminals.
    for reason in ["a\0b", "a\u{1b}[2Jb", "a\u{9b}b", "a\nb"] {
        let body = serde_json::json!({"reason": reason});
        let refused = vault.request("ann", 0).json(&body).send();
        refused.expect_problem(422, "unprocessable");
    }
}

/// A backend that is an operator, too, has asked for whatever it asked for somebody else.
#[test]
fn nobody_approves_what_they_asked_for_on_behalf_of_somebody() {
    let vault = Vault::start("[release]\ndelay = \"0s\"\napprovals = 1\n");
    let both = json!({"scope": "lifeboat.service", "role": "recovery-operator"});
    let token = Company::token("both", both);
    let path = format!("/v1/wallets/{}/releases", vault.wallets[0]);
    let request = vault.server().request("POST", &path).token(&token);
    let release = request
        .header("X-On-Behalf-Of", "mallory")
        .send()
        .expect(201);
    let id = release["id"].as_str().unwrap();
    let approve = format!("/v1/operator/releases/{id}/approve");
    let refused = vault.server().admin("POST", &approve).token(&token).send();
    refused.expect_problem(403, "own-request");
    vault.operator("olga", "POST", &approve).send().expect(200);
}

/// What is over must not hide what waits.
#[test]
fn operators_see_every_release_page_by_page() {
    let vault = Vault::start(&format!("{AT_ONCE}approvals = 1\n"));
    let last = vault.requested("bob", 1);
    let folder = &vault.folder;
    let columns = "wallet, issuer, subject, mode, approvals, created_at, not_before, expires_at";
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)";
    folder.sql(&format!(
        "{numbers} INSERT INTO release (id, {columns}, ended) SELECT 'old-' || i, wallet, issuer, subject, mode, approvals, \
         created_at - 1 - i % 7, not_before, expires_at, 'cancelled' FROM n, release WHERE release.id = '{last}'"
    ));
    let (mut after, mut seen, mut pages, mut found) = (String::new(), 0, 0, Vec::new());
    loop {
        let path = format!("/v1/operator/releases?after={after}");
        let all = vault.operator("olga", "GET", &path).send().expect(200);
        seen += all["releases"].as_array().unwrap().len();
        let path = format!("{path}&state=pending");
        let page = vault.operator("olga", "GET", &path).send().expect(200);
        found.extend(page["releases"].as_array().unwrap().clone());
        pages += 1;
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((pages, seen, found.len()), (3, 2501, 1));
    assert_eq!(found[0]["release"]["id"], last.as_str());
}

/// Whoever signed in long ago does not wait less.
#[test]
fn a_delay_begins_with_the_request_and_not_with_the_sign_in() {
    let vault = Vault::start("[release]\ndelay = \"1h\"\n");
    let path = format!("/v1/wallets/{}/releases", vault.wallets[0]);
    let token = Company::token("ann", json!({"auth_time": seconds() - 7200}));
    let asked = vault.server().request("POST", &path).token(&token).send();
    let release = asked.expect(201);
    assert_eq!(release["state"], "waiting");
    let [from, until] = ["createdAt", "notBefore"].map(|name| release[name].as_i64().unwrap());
    assert_eq!(until - from, 3_600_000);
}
