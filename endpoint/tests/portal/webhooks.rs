//! The custodian's webhooks: what is delivered is kept byte for byte and comes back whole, and nothing takes its place.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::portal::{
    CLIENT, FULL_SIZE, OTHER_CLIENT, Portal, SECRET, VECTORS, share_of_size,
};

#[test]
fn every_version_comes_back_byte_for_byte_newest_first() {
    let mut portal = Portal::start();
    let wallet = &VECTORS["wallets"][0];
    let large = &FULL_SIZE["wallets"][0];
    let mut shares: Vec<String> = [
        &wallet["custodian_secp256k1"],
        &wallet["custodian_ed25519"],
        &large["custodian_secp256k1"],
        &large["custodian_ed25519"],
    ]
    .map(|share| share.as_str().unwrap().to_owned())
    .to_vec();
    // 5.8 KB is what Portal sends, 64 KiB what it may come to.
    shares.extend([5800, 64 << 10].map(share_of_size));
    shares.push("no JSON at all, \u{1} and so on".to_owned());
    for (index, share) in shares.iter().enumerate() {
        let kept = portal.deliver(CLIENT, share).send().expect(200);
        assert_eq!(kept["version"], index + 1);
    }
    let newest_first: Vec<String> = shares.iter().rev().cloned().collect();
    assert_eq!(portal.fetched(CLIENT), newest_first);

    // Also after a loss of power, and for this client alone.
    portal.take_server().kill();
    portal.restart();
    assert_eq!(portal.fetched(CLIENT), newest_first);
    assert_eq!(portal.fetched(OTHER_CLIENT), Vec::<String>::new());
    let told = portal.folder.run(&["audit", "verify"]).ok().stdout();
    assert!(told.contains("none changed"), "{told}");
}

/// A share as an object is kept as its JSON came, with its spaces and the order of its members.
#[test]
fn a_share_that_is_an_object_is_kept_as_it_came() {
    let portal = Portal::start();
    let share = r#"{ "z": "1",  "a": [1.50, "é"] }"#;
    let body = format!(
        r#"{{"more": {{"x": [null]}}, "clientId": "{CLIENT}", "share": {share}, "backupMethod": null}}"#
    );
    portal.webhook("/backup").body(body).send().expect(200);
    assert_eq!(portal.fetched(CLIENT), [share]);
}

#[test]
fn methods_and_pairs_are_open_words() {
    let portal = Portal::start();
    for (index, method) in [
        "GDRIVE",
        "GDRIVE-SECP256K1",
        "PASSWORD-ED25519",
        "UNKNOWN",
        "什么",
    ]
    .iter()
    .enumerate()
    {
        let share = format!("share {index}");
        portal.deliver_of(&share, method, "pair").send().expect(200);
    }
    assert_eq!(portal.fetched(CLIENT).len(), 5);
    let events = portal.events("custodian-share");
    assert_eq!(events[1]["method"], "GDRIVE-SECP256K1");
    assert_eq!(events[1]["pair"], "pair");
    assert_eq!(events[1]["client"], CLIENT);
    assert_eq!(events[1]["outcome"], "kept");
}

/// A webhook that is sent again is the same version. The same share after another one is a new version: it is the newest again.
#[test]
fn a_webhook_that_is_sent_again_is_one_version() {
    let portal = Portal::start();
    let deliver = |share: &str, method: &str| {
        let answer = portal.deliver_of(share, method, "p1").send().expect(200);
        (answer["id"].clone(), answer["version"].as_i64().unwrap())
    };
    let secp = deliver("one", "GDRIVE-SECP256K1");
    let ed = deliver("two", "GDRIVE-ED25519");
    // One call for each curve: the other one may come between a call and its repetition.
    assert_eq!(deliver("one", "GDRIVE-SECP256K1"), secp);
    assert_eq!(deliver("two", "GDRIVE-ED25519"), ed);
    assert_eq!(portal.fetched(CLIENT), ["two", "one"]);
    assert_eq!(deliver("three", "GDRIVE-SECP256K1").1, 3);
    assert_eq!(deliver("one", "GDRIVE-SECP256K1").1, 4);
    assert_eq!(portal.fetched(CLIENT), ["one", "three", "two", "one"]);
    let outcomes = portal.events("custodian-share");
    let repeated = outcomes
        .iter()
        .filter(|event| event["outcome"] == "repeated");
    assert_eq!(repeated.count(), 2);
}

#[test]
fn what_is_no_share_is_refused_and_replaces_nothing() {
    let portal = Portal::start();
    portal.deliver(CLIENT, "the share").send().expect(200);
    let nothing = [
        "",
        " ",
        "\n\t",
        "undefined",
        " undefined\n",
        "null",
        "[object Object]",
        " [object Object] ",
        "[object object]",
        "UNDEFINED",
        "NaN",
        "\"undefined\"",
        "\"\"",
        "{}",
        "[]",
        "[object Promise]",
        "[object Undefined]",
        "<null>",
        "Optional(nil)",
        "\\\"undefined\\\"",
        "\u{200b}undefined\u{2060}",
        "\u{feff}null",
        "\0",
    ];
    let mut shares: Vec<_> = nothing.iter().map(|share| json!(share)).collect();
    shares.extend([
        json!(null),
        json!(7),
        json!(true),
        json!([]),
        json!(["a"]),
        json!({}),
    ]);
    for share in shares {
        let body = json!({"clientId": CLIENT, "share": share, "backupMethod": "GDRIVE"});
        let answer = portal.webhook("/backup").json(&body).send();
        let problem = answer.expect_problem(400, "bad-request");
        assert_eq!(problem["errors"][0]["pointer"], "/share", "{share}");
    }
    let absent = portal.webhook("/backup").json(&json!({"clientId": CLIENT}));
    let absent = absent.send().expect_problem(400, "bad-request");
    assert_eq!(absent["errors"][0]["pointer"], "/share");
    assert_eq!(portal.fetched(CLIENT), ["the share"]);
    assert_eq!(portal.events("custodian-share").len(), 1);
}

#[test]
fn a_webhook_without_a_client_is_refused() {
    let portal = Portal::start();
    let clients = [
        json!(null),
        json!(7),
        json!(""),
        json!(" a"),
        json!("undefined"),
        json!("a\0b"),
        json!("a\nb"),
        json!("x".repeat(129)),
        json!({}),
    ];
    for client in clients {
        for path in ["/backup", "/backup/fetch"] {
            let body = json!({"clientId": client, "share": "a share"});
            let answer = portal.webhook(path).json(&body).send();
            let problem = answer.expect_problem(400, "bad-request");
            assert_eq!(problem["errors"][0]["pointer"], "/clientId", "{client}");
        }
    }
    // What can be an id is one, however it looks.
    for client in [
        "../../etc/passwd",
        "a/b",
        "%00",
        "é日本",
        "x' OR '1'='1",
        "a b",
        ".",
    ] {
        portal.deliver(client, "a share").send().expect(200);
        assert_eq!(portal.fetched(client), ["a share"], "{client}");
    }
}

#[test]
fn a_pre_v6_caller_gets_the_newest_share_in_the_old_place() {
    let portal = Portal::prepared("legacy = true\n").started();
    let fetch = || {
        let webhook = portal.webhook("/backup/fetch");
        webhook
            .json(&json!({"clientId": CLIENT}))
            .send()
            .expect(200)
    };
    assert_eq!(fetch(), json!({"backupShares": [], "backupShare": null}));
    portal.deliver(CLIENT, "one").send().expect(200);
    portal.deliver(CLIENT, "two").send().expect(200);
    assert_eq!(
        fetch(),
        json!({"backupShares": ["two", "one"], "backupShare": "two"})
    );
    // Others get no member that they do not know.
    let portal = Portal::start();
    let webhook = portal.webhook("/backup/fetch");
    let answer = webhook.json(&json!({"clientId": CLIENT})).send();
    assert_eq!(answer.expect(200), json!({"backupShares": []}));
    assert_eq!(answer.headers["cache-control"], "no-store");
}

/// Whoever gives shares away has recorded it before.
#[test]
fn what_cannot_be_recorded_is_not_given_away() {
    let portal = Portal::start();
    portal.deliver(CLIENT, "the share").send().expect(200);
    portal.fetched(CLIENT);
    assert_eq!(portal.events("custodian-shares-fetched").len(), 1);
    let held = portal.folder.database.hold(portal.folder.root());
    for (path, body) in [
        ("/backup", json!({"clientId": CLIENT, "share": "another"})),
        ("/backup/fetch", json!({"clientId": CLIENT})),
    ] {
        let begun = Instant::now();
        let answer = portal.webhook(path).json(&body).send();
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(answer.headers.contains_key("retry-after"));
        assert!(
            begun.elapsed() < Duration::from_secs(9),
            "{:?}",
            begun.elapsed()
        );
        assert!(!answer.text.contains("the share"));
    }
    drop(held);
}

/// Portal waits ten seconds: a body that does not come is not waited for any longer.
#[test]
fn a_slow_webhook_is_answered_within_ten_seconds() {
    let portal = Portal::start();
    let address = portal.server().public();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /portal/backup HTTP/1.1\r\nHost: a\r\nX-Webhook-Secret: {SECRET}\r\nContent-Length: 100\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let begun = Instant::now();
    stream
        .set_read_timeout(Some(Duration::from_secs(15)))
        .unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 503");
    assert!(
        begun.elapsed() < Duration::from_millis(9500),
        "{:?}",
        begun.elapsed()
    );
}

/// What is kept of a client is bounded, so that all of it comes back in time.
#[test]
fn a_client_has_so_many_bytes_and_no_more() {
    let portal = Portal::start();
    let share = |number: usize| format!("{number}{}", "7".repeat(900_000));
    for number in 0..18 {
        portal.deliver(CLIENT, &share(number)).send().expect(200);
    }
    let full = portal.deliver(CLIENT, &share(18)).send();
    full.expect_problem(429, "too-many-versions");
    assert_eq!(portal.fetched(CLIENT).len(), 18);
    portal.deliver(OTHER_CLIENT, "a share").send().expect(200);
    let too_long = "7".repeat(1 << 20);
    let answer = portal.deliver(CLIENT, &too_long).send();
    answer.expect_problem(413, "body-too-large");
}
