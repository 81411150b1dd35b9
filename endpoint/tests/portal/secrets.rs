//! The webhook's secrets: who has none gets nothing, and they can be exchanged while webhooks arrive.

use serde_json::json;

use crate::{
    reload::reload_server,
    support::portal::{CLIENT, Portal, SECRET},
};

const NEW: &str = "portal-webhook-secret-2";

fn status(portal: &Portal, secret: &str) -> u16 {
    let request = portal.server().request("POST", "/portal/backup/fetch");
    let request = request.json(&json!({"clientId": CLIENT}));
    request.header("X-Webhook-Secret", secret).send().status
}

#[test]
fn without_the_secret_nothing_is_kept_or_given() {
    let portal = Portal::start();
    portal.deliver(CLIENT, "the share").send().expect(200);
    let wrong = [
        "",
        "x",
        &SECRET[1..],
        &SECRET.to_uppercase(),
        &format!("{SECRET}x"),
        &format!("Bearer {SECRET}"),
        NEW,
        "undefined",
        "secret",
        "\u{fc}",
    ]
    .map(|secret| vec![("X-Webhook-Secret", secret.to_owned())]);
    let mut heads = wrong.to_vec();
    heads.push(Vec::new());
    heads.push(vec![("Authorization", format!("Bearer {SECRET}"))]);
    // Two of them: whoever added one decides nothing.
    let twice = |one: &str, two: &str| {
        vec![
            ("X-Webhook-Secret", one.to_owned()),
            ("x-webhook-secret", two.to_owned()),
        ]
    };
    heads.extend([
        twice(SECRET, NEW),
        twice(NEW, SECRET),
        twice(SECRET, SECRET),
    ]);
    for head in heads {
        for (path, body) in [
            (
                "/portal/backup",
                json!({"clientId": CLIENT, "share": "another"}),
            ),
            ("/portal/backup/fetch", json!({"clientId": CLIENT})),
        ] {
            let mut request = portal.server().request("POST", path).json(&body);
            for (name, value) in &head {
                request = request.header(name, value);
            }
            let answer = request.send();
            answer.expect_problem(401, "webhook-secret");
            assert_eq!(answer.headers["www-authenticate"], "X-Webhook-Secret");
        }
    }
    assert_eq!(portal.fetched(CLIENT), ["the share"]);
    // A user's token is no secret, and the secret no token.
    let listed = portal.server().get("/v1/wallets").token(SECRET).send();
    assert_eq!(listed.status, 404, "shares are another module");
}

#[test]
fn secrets_are_exchanged_while_webhooks_arrive() {
    let portal = Portal::start();
    assert_eq!((status(&portal, SECRET), status(&portal, NEW)), (200, 401));
    portal.folder.write(
        "portal-secrets.txt",
        format!("\u{feff}\r\n  {NEW} \t\r\n\r\n{SECRET}"),
    );
    reload_server(portal.server(), "loaded anew: certificates");
    assert_eq!((status(&portal, SECRET), status(&portal, NEW)), (200, 200));

    // A broken file changes nothing, and its text is not told.
    for broken in [
        "",
        "\n \n",
        "short",
        "with a space in it, long enough",
        "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
    ] {
        portal.folder.write("portal-secrets.txt", broken);
        reload_server(portal.server(), "everything stays as it was");
        assert_eq!((status(&portal, SECRET), status(&portal, NEW)), (200, 200));
    }
    let log = portal.server().log();
    assert!(log.contains("portal-secrets.txt"), "{log}");
    assert!(!log.contains("with a space") && !log.contains(SECRET) && !log.contains(NEW));

    portal.folder.write("portal-secrets.txt", NEW);
    reload_server(portal.server(), "loaded anew: certificates");
    assert_eq!((status(&portal, SECRET), status(&portal, NEW)), (401, 200));
}

/// Portal sends from a few addresses: webhooks with the secret are counted together, everybody else by address.
#[test]
fn only_who_has_no_secret_is_counted_by_address() {
    let portal = Portal::prepared("");
    let config = portal.folder.read("endpoint.toml");
    let config = config.replace("per_address = \"100000/s\"", "per_address = \"5/h\"");
    let config = config.replace("webhooks = \"100000/s\"", "webhooks = \"20/h\"");
    portal.folder.write("endpoint.toml", config);
    let portal = portal.started();
    for _ in 0..20 {
        assert_eq!(status(&portal, SECRET), 200);
    }
    let many = portal.deliver(CLIENT, "a share").send();
    many.expect_problem(429, "too-many-requests");
    assert!(many.headers.contains_key("retry-after"));
    for _ in 0..5 {
        assert_eq!(status(&portal, NEW), 401);
    }
    assert_eq!(status(&portal, NEW), 429);
}

#[test]
fn neither_secrets_nor_shares_are_in_the_log_the_database_or_a_refusal() {
    let mut portal = Portal::start();
    let share = "{\"share\":\"918273645546372819\",\"clientBk\":\"5647382910\"}";
    let mut refusals = String::new();
    portal.deliver(CLIENT, share).send().expect(200);
    assert_eq!(portal.fetched(CLIENT), [share]);
    let bad = [
        portal.webhook("/backup").body(share),
        portal.webhook("/backup").body(format!(
            "{{\"clientId\": \"{CLIENT}\", \"share\": [\"918273645546372819\"]}}"
        )),
        portal
            .webhook("/backup")
            .body("{\"clientId\": \"918273645546372819\u{0}\", \"share\": 1}"),
        portal
            .server()
            .request("POST", "/portal/backup")
            .header("X-Webhook-Secret", &format!("{SECRET}2")),
    ];
    for request in bad {
        let answer = request.send();
        assert!((400..500).contains(&answer.status), "{answer:?}");
        refusals.push_str(&answer.text);
    }
    refusals.push_str(&portal.server().admin("GET", "/metrics").send().text);
    portal.take_server().stop();

    let mut places = vec![("refusals".to_owned(), refusals.into_bytes())];
    places.push((
        "the log".to_owned(),
        portal.folder.read("server.log").into_bytes(),
    ));
    places.extend(portal.folder.database.dumped(portal.folder.root()));
    for (name, bytes) in places {
        assert!(bytes.len() > 100, "{name} is empty");
        for secret in [SECRET, "918273645546372819", "5647382910"] {
            let is_there = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
            assert!(!is_there(secret.as_bytes()), "a secret is in {name}");
        }
    }
}
