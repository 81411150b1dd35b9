//! Who is let in: tokens, signed requests, and what each is told otherwise.

use serde_json::json;

use crate::support::{
    tokens::unsigned_token,
    users::{API_KEY, BACKUP, Company, DEVICE, WALLET},
};

#[test]
fn a_token_is_needed_and_never_in_the_address() {
    let company = Company::start();
    let path = format!("/v1/wallets/{WALLET}/backups/latest");
    let missing = company.server().get(&path).send();
    assert_eq!(missing.headers["www-authenticate"], "Bearer");
    missing.expect_problem(401, "token-missing");

    let in_address = format!("{path}?token={}", Company::user());
    company
        .server()
        .get(&in_address)
        .send()
        .expect_problem(401, "token-missing");
    let basic = company
        .server()
        .get(&path)
        .header("Authorization", "Basic eDp5");
    basic.send().expect_problem(401, "token-missing");
    let twice = company.as_user("GET", &path).token(&Company::backend());
    twice.send().expect_problem(401, "token-invalid");
    let none = unsigned_token(&json!({"alg": "none"}), &json!({"iss": "x"}));
    company
        .server()
        .get(&path)
        .token(&none)
        .send()
        .expect_problem(401, "token-invalid");

    let old = Company::token("user-1", json!({"exp": 1_000_000}));
    company
        .server()
        .get(&path)
        .token(&old)
        .send()
        .expect_problem(401, "token-expired");
}

#[test]
fn whoever_has_another_wallet_learns_nothing_of_this_one() {
    let company = Company::start();
    company.back_up("p1");
    for (method, path) in [
        ("GET", format!("/v1/wallets/{WALLET}/backups/latest")),
        ("GET", format!("/v1/wallets/{WALLET}/backups")),
        ("GET", format!("/v1/wallets/{WALLET}/devices")),
        (
            "POST",
            format!("/v1/wallets/{WALLET}/devices/{DEVICE}/backups"),
        ),
        (
            "POST",
            format!("/v1/wallets/{WALLET}/devices/{DEVICE}/observed"),
        ),
        (
            "POST",
            format!("/v1/wallets/{WALLET}/devices/{DEVICE}/activate"),
        ),
        ("PUT", format!("/v1/wallets/{WALLET}/keys")),
    ] {
        let request = company.server().request(method, &path);
        let answer = request.token(&Company::stranger()).body(BACKUP).send();
        answer.expect_problem(404, "no-such-wallet");
    }
}

#[test]
fn a_signed_request_counts_once() {
    let company = Company::start();
    company.back_up("p1");
    let path = format!("/v1/ncw/wallets/{WALLET}/backup/latest");
    let request = company.signed("GET", &path, "", "nonce-1");
    request.clone().send().expect(200);
    let again = request.send().expect(401);
    assert_eq!(again["code"], 401);

    let invoke = format!("/v1/ncw/wallets/{WALLET}/devices/{DEVICE}/invoke");
    let other_body = company
        .signed("POST", &invoke, "{}", "nonce-2")
        .body("{ }")
        .send();
    assert_eq!(other_body.status, 401);
    let devices = company.signed("GET", "/api/devices", "", "nonce-3");
    devices.send().expect(200);
}

#[test]
fn a_nonce_is_known_after_a_restart() {
    let mut company = Company::start();
    company.back_up("p1");
    let path = format!("/v1/ncw/wallets/{WALLET}/backup/latest");
    let first = company.signed("GET", &path, "", "nonce-1");
    first.send().expect(200);
    company.crash();
    let again = company.signed("GET", &path, "", "nonce-1").send();
    assert_eq!(again.status, 401);
}

#[test]
fn a_key_without_its_signature_is_nobody() {
    let company = Company::start();
    let path = format!("/v1/ncw/wallets/{WALLET}/backup/latest");
    let request = company.server().get(&path).header("X-API-Key", API_KEY);
    assert_eq!(request.clone().send().status, 401);
    assert_eq!(request.token(&Company::user()).send().status, 401);
}

#[test]
fn bodies_are_bounded() {
    let company = Company::start();
    let path = format!("/v1/wallets/{WALLET}/devices/{DEVICE}/rpc");
    let long = json!({"message": "x".repeat(300 * 1024)});
    let answer = company.as_user("POST", &path).json(&long).send();
    answer.expect_problem(413, "body-too-large");
    let longer = json!({"message": "x".repeat(2 << 20)});
    let answer = company.as_user("POST", &path).json(&longer).send();
    answer.expect_problem(413, "body-too-large");
}
