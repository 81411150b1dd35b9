//! The right share for the right user, and nothing for anybody else.

use serde_json::{Value, json};

use crate::support::{
    company,
    users::Company,
    vault::{AT_ONCE, Vault},
};

/// A share is used up by whoever gets it: a HEAD gets nothing.
#[test]
fn a_head_uses_no_share_up() {
    let vault = Vault::start(AT_ONCE);
    let path = format!("/v1/wallets/{}/server-share", vault.wallets[0]);
    for _ in 0..4 {
        assert_eq!(vault.ask("ann", "HEAD", &path).send().status, 405);
    }
    vault.ask("ann", "GET", &path).send().expect(200);
    let kinds = vault.events();
    let released = kinds
        .iter()
        .filter(|event| event["kind"] == "share-released");
    assert_eq!(released.count(), 1);
}

/// Every wallet's share is the one that an independent reference derives.
#[test]
fn a_thousand_wallets_have_the_expected_shares() {
    let mut vault = Vault::prepared(AT_ONCE);
    let rows: String = vault
        .wallets
        .iter()
        .map(|id| format!("all,{id}\n"))
        .collect();
    vault
        .folder
        .write("more.csv", format!("subject,walletId\n{rows}"));
    let args = [
        "import",
        "grants",
        "--issuer",
        "https://issuer.example",
        "more.csv",
    ];
    vault.folder.run(&args).ok();
    vault.restart();
    let Some(expected) = company::expected(&vault.wallets) else {
        eprintln!("there is no Python: the shares are compared with nothing");
        return;
    };
    for wallet in &vault.wallets {
        let path = format!("/v1/wallets/{wallet}/server-share");
        let answer = vault.ask("all", "GET", &path).send();
        assert_eq!(answer.headers["cache-control"], "no-store");
        let share = answer.expect(200);
        assert_eq!(share["walletId"], wallet.as_str());
        assert_eq!(share["chaincode"], expected[wallet]["chaincode"]);
        assert_eq!(share["shares"], expected[wallet]["shares"]);
    }
}

#[test]
fn a_share_is_requested_and_collected() {
    let vault = Vault::start(AT_ONCE);
    let release = vault.request("ann", 0).send().expect(201);
    assert_eq!(release["state"], "ready");
    assert_eq!(release["approvalsLeft"], 0);
    let id = release["id"].as_str().unwrap();
    let share = vault.collect("ann", id).send().expect(200);
    assert_eq!(share["walletId"], vault.wallets[0].as_str());
    assert_eq!(vault.state("ann", id), "collected");
}

#[test]
fn nobody_learns_which_wallets_others_have() {
    let vault = Vault::start(AT_ONCE);
    let (own, other) = (&vault.wallets[0], &vault.wallets[1]);
    let nothing = "00000000-0000-4000-8000-000000000000";
    for wallet in [other.as_str(), nothing, "no-id", &own.to_uppercase()[..35]] {
        for (method, path) in [("POST", "releases"), ("GET", "server-share")] {
            let path = format!("/v1/wallets/{wallet}/{path}");
            let answer = vault.ask("ann", method, &path).send();
            answer.expect_problem(404, "no-such-wallet");
        }
    }
    let id = vault.requested("bob", 1);
    for method in ["GET", "DELETE"] {
        let answer = vault
            .ask("ann", method, &format!("/v1/releases/{id}"))
            .send();
        answer.expect_problem(404, "no-such-release");
    }
    let stolen = vault.collect("ann", &id).send();
    stolen.expect_problem(404, "no-such-release");
    // The wallet is hers too, the release is not.
    let shared = vault.collect("car", &id).send();
    shared.expect_problem(404, "no-such-release");
    vault.collect("bob", &id).send().expect(200);
}

#[test]
fn a_token_is_needed_and_told_apart() {
    let vault = Vault::start(AT_ONCE);
    let path = format!("/v1/wallets/{}/server-share", vault.wallets[0]);
    let get = || vault.server().get(&path);
    get().send().expect_problem(401, "token-missing");
    get()
        .token("x.y.z")
        .send()
        .expect_problem(401, "token-invalid");
    let old = Company::token("ann", json!({"exp": 1_700_000_000}));
    get()
        .token(&old)
        .send()
        .expect_problem(401, "token-expired");
    let in_query = format!("{path}?access_token={}", Company::token("ann", json!({})));
    vault
        .server()
        .get(&in_query)
        .send()
        .expect_problem(401, "token-missing");
}

#[test]
fn a_user_sees_the_wallets_that_were_granted() {
    let vault = Vault::start(AT_ONCE);
    let listed = vault.ask("car", "GET", "/v1/wallets").send().expect(200);
    let ids: Vec<&Value> = listed["wallets"].as_array().unwrap().iter().collect();
    assert_eq!(ids.len(), 2);
    for wallet in ids {
        assert_eq!(wallet["hasServerShare"], true);
        assert_eq!(wallet["latestBackup"], Value::Null);
    }
    let nobody = vault.ask("dan", "GET", "/v1/wallets").send().expect(200);
    assert_eq!(nobody["wallets"], json!([]));
}

#[test]
fn a_backend_asks_for_a_user_by_name() {
    let vault = Vault::start(AT_ONCE);
    let path = format!("/v1/wallets/{}/releases", vault.wallets[5]);
    let token = Company::token("backend", json!({"scope": "lifeboat.service"}));
    let request = || vault.server().request("POST", &path).token(&token);
    request().send().expect_problem(400, "bad-request");
    let release = request().header("X-On-Behalf-Of", "eva").send().expect(201);
    let path = format!("/v1/releases/{}/collect", release["id"].as_str().unwrap());
    let collect = || vault.server().request("POST", &path).token(&token);
    let other = collect().header("X-On-Behalf-Of", "eve").send();
    other.expect_problem(404, "no-such-release");
    collect().header("X-On-Behalf-Of", "eva").send().expect(200);
}

#[test]
fn an_idempotency_key_makes_one_release() {
    let vault = Vault::start(AT_ONCE);
    let send = |key: &str, body: &Value| {
        vault
            .request("ann", 0)
            .header("Idempotency-Key", key)
            .json(body)
            .send()
    };
    let first = send("k1", &json!({})).expect(201);
    let again = send("k1", &json!({})).expect(201);
    assert_eq!(first["id"], again["id"]);
    let other = send("k1", &json!({"reason": "another"}));
    other.expect_problem(409, "idempotency-key-reused");
    let second = send("k2", &json!({}));
    let problem = second.expect_problem(409, "release-open");
    assert_eq!(
        problem["link"],
        format!("/v1/releases/{}", first["id"].as_str().unwrap())
    );
}

#[test]
fn bad_bodies_are_problems_and_say_nothing_of_what_was_sent() {
    let vault = Vault::start(AT_ONCE);
    for (body, status, code) in [
        ("{", 400, "bad-request"),
        ("[]", 400, "bad-request"),
        (r#"{"surprise":"s3cret"}"#, 400, "bad-request"),
        (r#"{"reason":7}"#, 400, "bad-request"),
        (
            r#"{"encryptTo":{"kty":"oct","k":"s3cret"}}"#,
            422,
            "unprocessable",
        ),
    ] {
        let answer = vault.request("ann", 0).body(body).send();
        let problem = answer.expect_problem(status, code);
        assert!(!problem.to_string().contains("s3cret"), "{problem}");
    }
    let long = "x".repeat(2 << 20);
    let answer = vault.request("ann", 0).body(long).send();
    answer.expect_problem(413, "body-too-large");
}

/// What a page got for a key of its own is of no use to the app of the same user.
#[test]
fn who_asks_at_once_does_not_get_what_was_encrypted_to_another_key() {
    let vault = Vault::start(AT_ONCE);
    let jwk = crate::support::jwe::Rsa::new().jwk();
    let release = vault.request("ann", 0).json(&json!({"encryptTo": jwk}));
    let release = release.send().expect(201);
    let id = release["id"].as_str().unwrap();
    assert!(vault.collect("ann", id).send().expect(200)["jwe"].is_string());

    let path = format!("/v1/wallets/{}/server-share", vault.wallets[0]);
    let share = vault.ask("ann", "GET", &path).send().expect(200);
    assert_eq!(share["walletId"], vault.wallets[0].as_str(), "{share}");
}

/// The answer for a key of the caller opens with that key alone.
#[test]
fn an_answer_is_encrypted_to_a_key_of_the_caller() {
    use crate::support::jwe::{Ec, Rsa};
    let vault = Vault::start(&AT_ONCE.replace("[release]", "[release]\nencrypt = \"required\""));
    vault
        .request("ann", 0)
        .send()
        .expect_problem(422, "encryption-required");

    let plain = |open: &dyn Fn(&str) -> String, jwk: Value| {
        let release = vault
            .request("ann", 0)
            .json(&json!({"encryptTo": jwk}))
            .send()
            .expect(201);
        let id = release["id"].as_str().unwrap().to_owned();
        let answer = vault.collect("ann", &id).send();
        assert!(!answer.text.contains("chaincode"), "{}", answer.text);
        let jwe = answer.expect(200)["jwe"].as_str().unwrap().to_owned();
        serde_json::from_str::<Value>(&open(&jwe)).unwrap()
    };
    let (ec, rsa) = (Ec::new(), Rsa::new());
    for share in [
        plain(&|jwe| ec.open(jwe), ec.jwk()),
        plain(&|jwe| rsa.open(jwe), rsa.jwk()),
    ] {
        assert_eq!(share["walletId"], vault.wallets[0].as_str());
        assert_eq!(share["chaincode"].as_str().unwrap().len(), 64);
    }
}

/// A key that is kept and recorded is public, no longer than it must be, and strong enough.
#[test]
fn a_key_of_the_caller_is_taken_with_what_is_needed_of_it() {
    use crate::support::jwe::{Ec, Rsa};
    let vault = Vault::start(AT_ONCE);
    let (ec, rsa) = (Ec::new().jwk(), Rsa::new().jwk());
    let with = |jwk: &Value, name: &str, value: Value| {
        let mut jwk = jwk.clone();
        jwk[name] = value;
        jwk
    };
    for jwk in [
        with(&ec, "d", json!("AQAB")),
        with(&rsa, "p", json!("AQAB")),
        with(&rsa, "k", json!("AQAB")),
        with(&rsa, "e", json!("AQ")),
        with(&rsa, "e", json!("Ag")),
        with(&rsa, "n", json!("AQAB")),
        with(&ec, "x", ec["y"].clone()),
        with(&ec, "crv", json!("P-384")),
        with(&ec, "kid", json!("x".repeat(257))),
    ] {
        let answer = vault
            .request("ann", 0)
            .json(&json!({"encryptTo": jwk}))
            .send();
        answer.expect_problem(422, "unprocessable");
    }
    let jwk = with(
        &with(&rsa, "kid", json!("mine")),
        "more",
        json!("x".repeat(100_000)),
    );
    vault
        .request("ann", 0)
        .json(&json!({"encryptTo": jwk}))
        .send()
        .expect(201);
    let events = vault.events();
    let recorded = events.last().unwrap()["encryptTo"].as_str().unwrap();
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    assert_eq!(
        (&recorded["n"], &recorded["kid"]),
        (&rsa["n"], &json!("mine"))
    );
    assert_eq!(recorded["e"], "AQAB");
    assert_eq!(recorded["more"], Value::Null);
}
