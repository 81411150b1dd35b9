//! No share and no token is anywhere but in the answer that it was asked for.

use std::fs;

use serde_json::json;

use crate::support::{
    users::Company,
    vault::{AT_ONCE, Vault},
};

#[test]
fn no_secret_is_in_the_log_the_database_or_a_refusal() {
    let mut vault = Vault::start(AT_ONCE);
    let token = Company::token("ann", json!({}));
    let mut secrets = vec![token.clone()];
    let mut refusals = String::new();
    for round in 0..3 {
        let path = format!("/v1/wallets/{}/server-share", vault.wallets[0]);
        let answer = vault.server().get(&path).token(&token).send();
        let share = answer.expect(200);
        secrets.push(share["chaincode"].as_str().unwrap().to_owned());
        let shares = share["shares"][0].as_object().unwrap();
        secrets.extend(
            shares
                .iter()
                .filter(|(name, _)| *name != "cosigner")
                .map(|(_, share)| share.as_str().unwrap().to_owned()),
        );
        let bad = [
            vault
                .server()
                .get(&format!("{path}?token={token}"))
                .token("a.b.c"),
            vault.server().request("POST", &path).token(&token),
            vault
                .request("ann", 0)
                .body(format!("{{\"{token}\": {round}}}")),
        ];
        refusals.extend(bad.map(|request| request.send().text));
    }
    let ready = vault.server().admin("GET", "/readyz").send();
    refusals.push_str(&ready.text);
    vault.take_server().stop();
    assert!(secrets.len() >= 10, "{}", secrets.len());

    let mut places = vec![("refusals".to_owned(), refusals.into_bytes())];
    places.push((
        "the log".to_owned(),
        fs::read(vault.folder.path("server.log")).unwrap(),
    ));
    places.extend(vault.folder.database.dumped(vault.folder.root()));
    for (name, bytes) in places {
        assert!(bytes.len() > 100, "{name} is empty");
        for secret in &secrets {
            let raw = hex::decode(secret).unwrap_or_default();
            let is_there = |part: &[u8]| {
                !part.is_empty() && bytes.windows(part.len()).any(|window| window == part)
            };
            assert!(!is_there(secret.as_bytes()), "a secret is in {name}");
            assert!(!is_there(&raw), "the bytes of a secret are in {name}");
        }
    }
}
