//! The client's shares: every documented shape comes back as it came, and an interrupted backup never takes the place of a
//! complete one.

use serde_json::{Value, json};

use crate::support::{
    client::Request,
    portal::{CLIENT, FULL_SIZE, OTHER_CLIENT, Portal, VECTORS},
    users::Company,
};

fn path() -> String {
    format!("/v1/portal/clients/{CLIENT}/backups")
}

fn hand_in(portal: &Portal, body: &Value) -> Value {
    let request = portal.ask("ann", "POST", &path()).json(body);
    request.send().expect(201)
}

fn listed(portal: &Portal, query: &str) -> Value {
    let request = portal.ask("ann", "GET", &format!("{}{query}", path()));
    request.send().expect(200)
}

fn say(portal: &Portal, id: &Value, stored: bool) -> Request {
    let path = format!("{}/{}/state", path(), id.as_str().unwrap());
    let request = portal.ask("ann", "PUT", &path);
    request.json(&json!({ "stored": stored }))
}

/// The ciphertexts that an app would recover with.
fn chosen(portal: &Portal) -> Vec<Value> {
    let listed = listed(portal, "");
    let backups = listed["backups"].as_array().unwrap().iter();
    backups.map(|backup| backup["cipherText"].clone()).collect()
}

#[test]
fn every_documented_shape_comes_back_as_it_came() {
    let portal = Portal::start();
    let by_key = &VECTORS["wallets"][0]["cipherText_key"];
    let by_password = &VECTORS["wallets"][0]["cipherText_password"];
    let full_size = &FULL_SIZE["wallets"][0]["cipherText"];
    let shapes = [
        json!({"backupShare": by_key}),
        json!({"encryptedClientBackupShare": by_password, "backupMethod": "PASSWORD"}),
        json!({"cipherText": full_size, "backupMethod": "GDRIVE"}),
        json!({"clientCipherText": by_key, "backupSharePairId": "pair-1", "backupMethod": "ICLOUD"}),
        json!({"secp256k1Ciphertext": by_key, "ed25519Ciphertext": by_password, "backupMethod": "KMS"}),
        json!({"secp256k1Ciphertext": by_key, "backupMethod": "KMS"}),
        json!({"user-backup-share": {"secp256k1Ciphertext": by_key, "ed25519Ciphertext": by_password}, "backupMethod": "ENCLAVE"}),
        json!({"data": {"encryptedClientBackupShare": by_key, "backupMethod": "DATA"}, "metadata": null}),
        json!({"backupShare": {"any": ["envelope", 1.50]}, "backupMethod": "OWN"}),
    ];
    for body in &shapes {
        let kept = hand_in(&portal, body);
        assert_eq!(kept["state"], "STORED_CLIENT_BACKUP_SHARE_KEY");
        assert_eq!(kept["isEncrypted"], true);
        assert!(kept["id"].is_string());
    }
    let all = listed(&portal, "?all=true");
    let backups = all["backups"].as_array().unwrap();
    assert_eq!(backups.len(), shapes.len());
    for (backup, body) in backups.iter().rev().zip(&shapes) {
        let body = body.as_object().unwrap();
        let content = body.iter().filter(|(name, _)| {
            !["backupMethod", "backupSharePairId", "metadata"].contains(&name.as_str())
        });
        for (name, value) in content {
            let mut value = value.clone();
            // Labels are told beside the share.
            if let Some(inner) = value.as_object_mut() {
                inner.remove("backupMethod");
            }
            assert_eq!(backup[name], value, "{name}");
        }
    }
    assert_eq!(backups[1]["backupMethod"], "DATA");
    assert_eq!(backups[3]["curve"], "SECP256K1");
    assert_eq!(backups[4]["curve"], Value::Null);
    assert_eq!(all["pairs"][0]["backupSharePairId"], "pair-1");
    assert_eq!(all["pairs"][0]["hasCustodianShare"], false);
    // One of each method and curve.
    let newest = listed(&portal, "");
    assert_eq!(newest["backups"].as_array().unwrap().len(), shapes.len());
    // An object comes back with its spaces and all of its digits.
    let object = r#"{ "any": ["envelope", 1.50] }"#;
    let body = format!(r#"{{"backupMethod":"OWN", "backupShare" : {object}}}"#);
    let request = portal.ask("ann", "POST", &path()).body(body);
    request.send().expect(201);
    let raw = portal.ask("ann", "GET", &path()).send().text;
    assert!(raw.contains(object), "{raw}");
}

#[test]
fn what_is_no_share_is_refused_and_replaces_nothing() {
    let portal = Portal::start();
    let first = hand_in(&portal, &json!({"cipherText": "ab".repeat(300)}));
    let bad = [
        (json!({}), "/backupShare"),
        (json!({"backupShare": null}), "/backupShare"),
        (json!({"backupMethod": "GDRIVE"}), "/backupShare"),
        (json!({"backupShare": ""}), "/backupShare"),
        (json!({"backupShare": " undefined "}), "/backupShare"),
        (
            json!({"encryptedClientBackupShare": "[object Object]"}),
            "/encryptedClientBackupShare",
        ),
        (json!({"cipherText": "null\n"}), "/cipherText"),
        (json!({"clientCipherText": 7}), "/clientCipherText"),
        (json!({"cipherText": {}}), "/cipherText"),
        (json!({"cipherText": ["a"]}), "/cipherText"),
        (
            json!({"secp256k1Ciphertext": "aa", "ed25519Ciphertext": "undefined"}),
            "/ed25519Ciphertext",
        ),
        (
            json!({"user-backup-share": {"ed25519Ciphertext": ""}}),
            "/user-backup-share/ed25519Ciphertext",
        ),
        (json!({"user-backup-share": "undefined"}), "/backupShare"),
        (
            json!({"backupShare": "aa", "cipherText": "bb"}),
            "/cipherText",
        ),
        (
            json!({"backupShare": "aa", "ed25519Ciphertext": "bb"}),
            "/ed25519Ciphertext",
        ),
        (
            json!({"cipherText": "aa", "backupMethod": 7}),
            "/backupMethod",
        ),
        (
            json!({"cipherText": "aa", "backupSharePairId": "x".repeat(129)}),
            "/backupSharePairId",
        ),
    ];
    for (body, pointer) in bad {
        let answer = portal.ask("ann", "POST", &path()).json(&body).send();
        let problem = answer.expect_problem(400, "bad-request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    let all = listed(&portal, "?all=true");
    assert_eq!(all["backups"].as_array().unwrap().len(), 1);
    assert_eq!(all["backups"][0]["id"], first["id"]);
}

#[test]
fn whoever_has_no_grant_gets_404_for_everything() {
    let portal = Portal::start();
    let kept = hand_in(&portal, &json!({"cipherText": "ab".repeat(300)}));
    let state = format!("{}/{}/state", path(), kept["id"].as_str().unwrap());
    let body = json!({"cipherText": "cd".repeat(300), "stored": false});
    for (user, client) in [
        ("bob", CLIENT),
        ("ann", OTHER_CLIENT),
        ("ann", "nobody"),
        ("ann", "..%2f..%2fx"),
    ] {
        let path = path().replace(CLIENT, client);
        for (method, path) in [
            ("POST", &path),
            ("GET", &path),
            ("PUT", &state.replace(CLIENT, client)),
        ] {
            let answer = portal.ask(user, method, path).json(&body).send();
            answer.expect_problem(404, "no-such-client");
        }
    }
    // Nor is another client's backup changed under one's own name.
    let own = state.replace(CLIENT, OTHER_CLIENT);
    let answer = portal.ask("bob", "PUT", &own).json(&body).send();
    answer.expect_problem(404, "no-backup");
    let anybody = portal.server().get(&path()).send();
    anybody.expect_problem(401, "token-missing");
    assert_eq!(
        listed(&portal, "")["backups"][0]["state"],
        "STORED_CLIENT_BACKUP_SHARE_KEY"
    );
    // A backend may name any client.
    let backend = portal.server().get(&path()).token(&Company::backend());
    assert_eq!(
        backend.send().expect(200)["backups"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_token_can_name_the_clients_itself() {
    let portal = Portal::prepared("");
    let config = portal.folder.read("endpoint.toml");
    let claim = "jwks_file = \"jwks.json\"\nclients = { claim = \"portal_client\" }\n";
    portal.folder.write(
        "endpoint.toml",
        config.replace("jwks_file = \"jwks.json\"\n", claim),
    );
    let portal = portal.started();
    let ask = |claims: Value| {
        let token = Company::token("ann", claims);
        portal.server().get(&path()).token(&token).send().status
    };
    assert_eq!(ask(json!({"portal_client": CLIENT})), 200);
    assert_eq!(ask(json!({"portal_client": ["x", CLIENT]})), 200);
    // The table of grants counts no longer.
    assert_eq!(ask(json!({})), 404);
    assert_eq!(ask(json!({"portal_client": OTHER_CLIENT})), 404);
}

/// The new key lies in the user's cloud already when the app stops; what is here still has both, and gives the complete one.
#[test]
fn an_interrupted_backup_never_loses_the_complete_one() {
    let portal = Portal::start();
    let body = |text: &str, pair: &str| json!({"cipherText": text.repeat(300), "backupMethod": "GDRIVE", "backupSharePairId": pair});
    portal
        .deliver_of("custodian 1", "GDRIVE-SECP256K1", "p1")
        .send()
        .expect(200);
    let first = hand_in(&portal, &body("a1", "p1"));
    // Nothing is complete yet: the newest is given.
    assert_eq!(chosen(&portal), [json!("a1".repeat(300))]);
    let said = say(&portal, &first["id"], true).send().expect(200);
    assert_eq!(said["state"], "STORED_CLIENT_BACKUP_SHARE");
    assert_eq!(said["backupSharePairId"], "p1");

    // The custodian's share has come and the client's has not.
    portal
        .deliver_of("custodian 2", "GDRIVE-SECP256K1", "p2")
        .send()
        .expect(200);
    assert_eq!(chosen(&portal), [json!("a1".repeat(300))]);
    let pairs = listed(&portal, "")["pairs"].clone();
    assert_eq!(
        pairs[0],
        json!({"backupSharePairId": "p1", "state": "STORED_CLIENT_BACKUP_SHARE", "hasCustodianShare": true})
    );
    assert_eq!(
        pairs[1],
        json!({"backupSharePairId": "p2", "state": "STORED_CUSTODIAN_BACKUP_SHARE", "hasCustodianShare": true})
    );
    // The client's share has come and nobody says how it went.
    let second = hand_in(&portal, &body("b2", "p2"));
    assert_eq!(chosen(&portal), [json!("a1".repeat(300))]);
    // It did not go well.
    let said = say(&portal, &second["id"], false).send().expect(200);
    assert_eq!(said["state"], "FAILED");
    assert_eq!(chosen(&portal), [json!("a1".repeat(300))]);
    // The next one did.
    portal
        .deliver_of("custodian 3", "GDRIVE-SECP256K1", "p3")
        .send()
        .expect(200);
    let third = hand_in(&portal, &body("c3", "p3"));
    say(&portal, &third["id"], true).send().expect(200);
    assert_eq!(chosen(&portal), [json!("c3".repeat(300))]);
    // And all of them are still here.
    let all = listed(&portal, "?all=true");
    let states: Vec<&str> = all["backups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|backup| backup["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        [
            "STORED_CLIENT_BACKUP_SHARE",
            "FAILED",
            "STORED_CLIENT_BACKUP_SHARE"
        ]
    );
    assert_eq!(portal.fetched(CLIENT).len(), 3);
}

#[test]
fn states_follow_each_other_and_what_is_complete_stays_so() {
    let portal = Portal::start();
    let body = json!({"cipherText": "ab".repeat(300), "backupMethod": "GDRIVE"});
    let complete = hand_in(&portal, &body)["id"].clone();
    for _ in 0..2 {
        let said = say(&portal, &complete, true).send().expect(200);
        assert_eq!(said["state"], "STORED_CLIENT_BACKUP_SHARE");
    }
    let late = say(&portal, &complete, false).send();
    let late = late.expect_problem(409, "state-order");
    assert!(
        late["detail"]
            .as_str()
            .unwrap()
            .contains("STORED_CLIENT_BACKUP_SHARE")
    );
    assert_eq!(
        listed(&portal, "")["backups"][0]["state"],
        "STORED_CLIENT_BACKUP_SHARE"
    );

    let body = json!({"cipherText": "cd".repeat(300), "backupMethod": "GDRIVE"});
    let failed = hand_in(&portal, &body)["id"].clone();
    for _ in 0..2 {
        assert_eq!(
            say(&portal, &failed, false).send().expect(200)["state"],
            "FAILED"
        );
    }
    say(&portal, &failed, true)
        .send()
        .expect_problem(409, "state-order");
    // The same share once more begins anew.
    let again = hand_in(&portal, &body)["id"].clone();
    assert_ne!(again, failed);
    say(&portal, &again, true).send().expect(200);

    // A pair of which the custodian's share has not come is not complete, where others have come.
    portal
        .deliver_of("custodian", "GDRIVE-SECP256K1", "p1")
        .send()
        .expect(200);
    let lone = json!({"cipherText": "ef".repeat(300), "backupSharePairId": "p2"});
    let lone = hand_in(&portal, &lone)["id"].clone();
    say(&portal, &lone, true)
        .send()
        .expect_problem(409, "state-order");
    portal
        .deliver_of("custodian 2", "GDRIVE-SECP256K1", "p2")
        .send()
        .expect(200);
    say(&portal, &lone, true).send().expect(200);

    for body in [
        "{}",
        "{\"stored\":\"true\"}",
        "{\"stored\":1}",
        "{\"stored\":null}",
        "[]",
        "{\"stored\":true,\"stored\":false}",
    ] {
        let path = format!("{}/{}/state", path(), lone.as_str().unwrap());
        let answer = portal.ask("ann", "PUT", &path).body(body).send();
        answer.expect_problem(400, "bad-request");
    }
    for id in ["x", "0f8e9c4d-1dbd-4d5a-805b-340c24f9bafe"] {
        say(&portal, &json!(id), true)
            .send()
            .expect_problem(404, "no-backup");
    }
    let events = portal.events("client-ciphertext-state");
    let refused = events
        .iter()
        .filter(|event| event["outcome"] == "state-order");
    assert_eq!(refused.count(), 3);
}

/// However many say it at once, the outcome is one of both and stays so.
#[test]
fn states_that_are_said_at_once_are_decided_once() {
    let portal = Portal::start();
    for round in 0..10 {
        let body = json!({"cipherText": format!("{round:02}").repeat(300)});
        let id = hand_in(&portal, &body)["id"].clone();
        let answers: Vec<(bool, u16)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|index| {
                    let (portal, id) = (&portal, &id);
                    scope.spawn(move || {
                        let stored = index % 2 == 0;
                        (stored, say(portal, id, stored).send().status)
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let won: Vec<bool> = answers
            .iter()
            .filter(|(_, status)| *status == 200)
            .map(|(stored, _)| *stored)
            .collect();
        let lost = answers.iter().filter(|(_, status)| *status == 409).count();
        assert_eq!((won.len(), lost), (4, 4), "{answers:?}");
        assert!(won.iter().all(|stored| *stored == won[0]));
    }
}

#[test]
fn a_request_that_is_sent_again_is_done_once() {
    let portal = Portal::start();
    let body = json!({"cipherText": "ab".repeat(300)});
    let send = |key: &str, body: &Value| {
        let request = portal.ask("ann", "POST", &path()).json(body);
        request.header("Idempotency-Key", key).send()
    };
    let first = send("key 1", &body).expect(201);
    let again = send("key 1", &body).expect(200);
    assert_eq!(first["id"], again["id"]);
    let other = json!({"cipherText": "cd".repeat(300)});
    send("key 1", &other).expect_problem(409, "idempotency-key-reused");
    send("", &other).expect_problem(400, "bad-request");
    // Without a key the same share is the same version, too.
    let same = portal.ask("ann", "POST", &path()).json(&body).send();
    assert_eq!(same.expect(200)["id"], first["id"]);
    assert_eq!(
        listed(&portal, "?all=true")["backups"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    for query in ["?all=false", "?all=yes", "?all=true&all=false"] {
        let request = portal.ask("ann", "GET", &format!("{}{query}", path()));
        assert_eq!(
            request.send().status,
            if query == "?all=false" { 200 } else { 400 }
        );
    }
}

/// Portal keeps both shares for some: a backend fetches both and hands them in together.
#[test]
fn what_portal_keeps_is_handed_in_by_a_backend() {
    let portal = Portal::start();
    let custodian = VECTORS["wallets"][0]["custodian_secp256k1"]
        .as_str()
        .unwrap();
    let cipher_text = &VECTORS["wallets"][0]["cipherText_key"];
    let body = json!({"data": {
        "encryptedClientBackupShare": cipher_text, "custodianBackupShare": custodian, "backupMethod": "GDRIVE",
        "backupSharePairId": "vec3c19a2a9b139ae72e4eb47",
    }});
    let user = portal.ask("ann", "POST", &path()).json(&body).send();
    let problem = user.expect_problem(422, "unprocessable");
    assert_eq!(problem["errors"][0]["pointer"], "/custodianBackupShare");
    assert_eq!(portal.fetched(CLIENT), Vec::<String>::new());

    let send = |body: &Value| {
        let request = portal.server().request("POST", &path());
        request.token(&Company::backend()).json(body).send()
    };
    let kept = send(&body).expect(201);
    assert!(kept["id"].is_string());
    send(&body).expect(200);
    assert_eq!(portal.fetched(CLIENT), [custodian]);
    assert_eq!(chosen(&portal).len(), 1);
    // Not every client has a share of its own there.
    let alone =
        json!({"encryptedClientBackupShare": null, "custodianBackupShare": "another custodian"});
    assert_eq!(send(&alone).expect(201)["id"], Value::Null);
    assert_eq!(portal.fetched(CLIENT), ["another custodian", custodian]);
    // The app's next backup is complete before a backend fetches its custodian's share.
    let next = json!({"cipherText": "ab".repeat(300), "backupSharePairId": "a pair of Portal's"});
    let next = hand_in(&portal, &next)["id"].clone();
    say(&portal, &next, true).send().expect(200);
    let nothing = json!({"encryptedClientBackupShare": null, "custodianBackupShare": "undefined"});
    send(&nothing).expect_problem(400, "bad-request");
}

#[test]
fn a_share_that_lies_open_is_kept_and_said_to() {
    let portal = Portal::start();
    let open = &VECTORS["wallets"][0]["plaintext_ios"];
    let kept = hand_in(&portal, &json!({"backupShare": open}));
    assert_eq!(kept["isEncrypted"], false);
    assert!(portal.server().log().contains("came without encryption"));
    let share = open.as_str().unwrap();
    assert!(!portal.server().log().contains(&share[100..140]));
}

#[test]
fn a_loss_of_power_loses_nothing_that_was_acknowledged() {
    let mut portal = Portal::start();
    let id = hand_in(&portal, &json!({"cipherText": "ab".repeat(300)}))["id"].clone();
    say(&portal, &id, true).send().expect(200);
    portal.take_server().kill();
    portal.restart();
    let backup = listed(&portal, "")["backups"][0].clone();
    assert_eq!(backup["id"], id);
    assert_eq!(backup["state"], "STORED_CLIENT_BACKUP_SHARE");
}

/// What one answer does not hold is in the next ones.
#[test]
fn many_versions_come_page_by_page() {
    let portal = Portal::start();
    let share = |number: usize| json!({"cipherText": format!("{number:02}").repeat(450_000)});
    for number in 0..7 {
        hand_in(&portal, &share(number));
    }
    let (mut found, mut query, mut pages) = (Vec::new(), String::from("?all=true"), 0);
    loop {
        let page = listed(&portal, &query);
        let backups = page["backups"].as_array().unwrap();
        found.extend(
            backups
                .iter()
                .map(|backup| backup["cipherText"].as_str().unwrap()[..2].to_owned()),
        );
        pages += 1;
        let Some(next) = page["next"].as_i64() else {
            break;
        };
        query = format!("?all=true&before={next}");
    }
    assert_eq!(found, ["06", "05", "04", "03", "02", "01", "00"]);
    assert!(pages > 1, "{pages}");
    // Without `all` there is one of them.
    assert_eq!(listed(&portal, "")["backups"].as_array().unwrap().len(), 1);
    let last = listed(&portal, "?all=true&before=1");
    assert_eq!(
        (last["backups"].clone(), last["next"].clone()),
        (json!([]), Value::Null)
    );
    let request = portal.ask("ann", "GET", &format!("{}?before=x", path()));
    request.send().expect_problem(400, "bad-request");
}
