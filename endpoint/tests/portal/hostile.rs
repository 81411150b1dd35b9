//! What somebody with the source would send: bodies that are no JSON or too much of it, names that are not theirs, rows that were
//! moved, many at once.

use std::{collections::BTreeSet, thread};

use serde_json::json;

use crate::support::{
    database::is_postgres,
    portal::{CLIENT, OTHER_CLIENT, Portal, SECRET},
    server::Server,
};

#[test]
fn bodies_that_are_not_what_they_should_be_are_refused_and_nothing_is_kept() {
    let portal = Portal::start();
    let deep = |count: usize| format!("{}{}", "[".repeat(count), "]".repeat(count));
    let c = CLIENT;
    let bodies = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "\"share\"".to_owned(),
        "{".to_owned(),
        format!("{{\"clientId\":\"{c}\",\"share\":\"a\"}} x"),
        format!("{{\"clientId\":\"{c}\",\"share\":\"a\",}}"),
        format!("{{'clientId':'{c}','share':'a'}}"),
        // The last one counts for some readers, the first one for others.
        format!("{{\"clientId\":\"{c}\",\"clientId\":\"x\",\"share\":\"a\"}}"),
        format!("{{\"clientId\":\"{c}\",\"share\":\"a\",\"share\":\"b\"}}"),
        format!("{{\"clientId\":\"{c}\",\"share\":\"a\",\"sh\\u0061re\":\"b\"}}"),
        format!("{{\"clientId\":\"{c}\",\"share\":\"a\",\"more\":{{\"x\":1,\"x\":2}}}}"),
        // Half of a letter.
        format!("{{\"clientId\":\"{c}\",\"share\":\"a \\ud800 b\"}}"),
        format!("{{\"clientId\":\"{c}\\u0000\",\"share\":\"a\"}}"),
        format!("{{\"clientId\":\"{c}\",\"share\":\"a\nb\"}}"),
        format!(
            "{{\"clientId\":\"{c}\",\"share\":\"a\",\"more\":{}}}",
            deep(100_000)
        ),
        format!(
            "{{\"clientId\":\"{c}\",\"share\":{{\"a\":{}}}}}",
            deep(100_000)
        ),
        format!(
            "{{\"clientId\":\"{c}\",\"share\":\"a\",\"more\":[{}0]}}",
            "0,".repeat(400_000)
        ),
    ];
    for body in bodies {
        let shown: String = body.chars().take(60).collect();
        let answer = portal.webhook("/backup").body(body.clone()).send();
        assert_eq!(answer.status, 400, "{shown}: {}", answer.text);
        answer.expect_problem(400, "bad-request");
        let path = format!("/v1/portal/clients/{CLIENT}/backups");
        let body = body
            .replace("\"share\"", "\"cipherText\"")
            .replace("sh\\u0061re", "cipherTe\\u0078t");
        let client = format!("\"clientId\":\"{c}\\u0000\"");
        if !body.contains(&client) && !body.contains("\"x\",") {
            let answer = portal.ask("ann", "POST", &path).body(body).send();
            assert_eq!(answer.status, 400, "{shown}: {}", answer.text);
        }
    }
    let utf16: Vec<u8> = format!("{{\"clientId\":\"{c}\",\"share\":\"a\"}}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for body in [
        utf16,
        b"{\"clientId\":\"a\",\"share\":\"\xff\xfe\"}".to_vec(),
    ] {
        portal
            .webhook("/backup")
            .body(body)
            .send()
            .expect_problem(400, "bad-request");
    }
    assert_eq!(portal.fetched(CLIENT), Vec::<String>::new());

    // A share that is deep inside of its text is a text like any other.
    let share = format!("{{\"a\":{}}}", deep(100_000));
    portal.deliver(CLIENT, &share).send().expect(200);
    assert_eq!(portal.fetched(CLIENT), [share]);
}

/// Other methods, other spellings of the path, other types of content.
#[test]
fn there_is_one_way_to_each_webhook() {
    let portal = Portal::start();
    let body = json!({"clientId": CLIENT, "share": "a share"});
    let ask = |method: &str, path: &str| {
        let request = portal.server().request(method, path).json(&body);
        request.header("X-Webhook-Secret", SECRET).send().status
    };
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        assert_eq!(ask(method, "/portal/backup"), 405, "{method}");
    }
    for path in [
        "/portal/backup/",
        "//portal/backup",
        "/PORTAL/backup",
        "/portal%2Fbackup",
        "/portal/../portal/backup",
        "/portal",
        "/portal/",
        "/backup",
        "/portal/backup/fetch/x",
    ] {
        assert_eq!(ask("POST", path), 404, "{path}");
    }
    assert_eq!(ask("POST", "/portal/backup?clientId=x"), 200);
    // What Portal says of the type does not decide; what the body is does.
    for kind in [
        "text/plain",
        "application/json; charset=utf-8",
        "multipart/form-data",
    ] {
        let request = portal.webhook("/backup").header("Content-Type", kind);
        request.body(body.to_string()).send().expect(200);
    }
    assert_eq!(portal.fetched(CLIENT), ["a share"]);
    // The listener of operators has no webhooks.
    let inside = portal
        .server()
        .admin("POST", "/portal/backup")
        .header("X-Webhook-Secret", SECRET);
    inside
        .json(&body)
        .send()
        .expect_problem(404, "no-such-path");
}

/// Whoever can write to the database cannot give one client's share to another.
#[test]
fn a_row_under_another_name_does_not_open() {
    let portal = Portal::start();
    portal
        .deliver(CLIENT, "the share of ann")
        .send()
        .expect(200);
    portal.folder.sql(&format!(
        "UPDATE custodian_share SET client = '{OTHER_CLIENT}'"
    ));
    let request = portal
        .webhook("/backup/fetch")
        .json(&json!({"clientId": OTHER_CLIENT}));
    let answer = request.send();
    answer.expect_problem(500, "internal");
    assert!(!answer.text.contains("ann"));
}

/// Two processes over one database number a client's versions together, and lose none.
#[test]
fn two_processes_keep_all_versions_of_one_client() {
    if !is_postgres() {
        return;
    }
    let portal = Portal::start();
    let second = Server::start(&portal.folder);
    let servers = [portal.server().public(), second.public()];
    let versions: Vec<i64> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|writer| {
                let (portal, servers) = (&portal, &servers);
                scope.spawn(move || {
                    let deliver = |number: usize| {
                        let share = format!("share {writer} {number}");
                        let request = portal.deliver(CLIENT, &share).to(servers[writer % 2]);
                        request.send().expect(200)["version"].as_i64().unwrap()
                    };
                    (0..20).map(deliver).collect::<Vec<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let numbers: BTreeSet<i64> = versions.iter().copied().collect();
    assert_eq!(numbers, (1..=160).collect());
    let shares: BTreeSet<String> = portal.fetched(CLIENT).into_iter().collect();
    assert_eq!(shares.len(), 160);
}
