//! What somebody without a token can do to others: nothing.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{
    folder::Folder,
    server::{Server, limited},
    tokens::jwks,
    users::{API_KEY, Company, DEVICE, OTHER, WALLET, backup, issuer_key, message, smaller_backup},
};

const IDENTITY: &str = "[[identity]]\nissuer = \"https://issuer.example\"\naudience = \"recovery\"\njwks_file = \"jwks.json\"\nalgorithms = [\"ES256\"]\n";

/// A server that only has to be there.
fn bare(server: &str, limits: &str) -> (Folder, Server) {
    let folder = Folder::new();
    folder.write("jwks.json", jwks(&[issuer_key().jwk("k1")]));
    let head = limited(limits).replace("[limits]", &format!("{server}\n[limits]"));
    let modules = "[modules]\nshares = false\nbackups = false\n";
    folder.write("endpoint.toml", format!("{head}{modules}{IDENTITY}"));
    let server = Server::start(&folder);
    (folder, server)
}

/// What comes back when only this is sent, and how long it takes.
fn after(server: &Server, sent: &[u8]) -> (String, Duration) {
    let mut stream = TcpStream::connect(server.public()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let begun = Instant::now();
    stream.write_all(sent).unwrap();
    let mut answer = vec![0; 4096];
    let length = match stream.read(&mut answer) {
        Ok(length) => length,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
        Err(error) => panic!("the connection stays open: {error}"),
    };
    let text = String::from_utf8_lossy(&answer[..length]).into_owned();
    (text, begun.elapsed())
}

#[test]
fn a_connection_on_which_nothing_comes_is_closed() {
    let (_folder, server) = bare("", "header = \"1s\"");
    // Nothing at all, and what may become either HTTP.
    for sent in ["", "P", "PRI * HTTP/2.0\r\n", "GET /healthz HTTP/1.1\r\n"] {
        assert_eq!(after(&server, sent.as_bytes()).0, "", "{sent:?}");
    }
}

#[test]
fn a_body_is_waited_for_once_its_sender_is_known() {
    let company = Company::start();
    let own = format!("/v1/wallets/{WALLET}/devices/{DEVICE}/rpc");
    let theirs = format!("/v1/ncw/wallets/{WALLET}/devices/{DEVICE}/invoke");
    let signed = format!("Authorization: Bearer x\r\nX-API-Key: {API_KEY}");
    for (path, proof) in [
        (&own, "Authorization: Bearer x"),
        (&theirs, &signed),
        (&own, "X-Nothing: x"),
    ] {
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: x\r\n{proof}\r\nContent-Length: 9\r\n\r\n");
        let (answer, took) = after(company.server(), head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 401"), "{proof}: {answer}");
        assert!(took < Duration::from_secs(5), "{proof}: {took:?}");
    }
}

#[test]
fn addresses_of_one_network_are_counted_together() {
    let proxied = "tls = \"proxy\"\ntrusted_proxies = [\"127.0.0.0/8\"]";
    let (_folder, server) = bare(proxied, "per_address = \"2/min\"");
    let from = |address: &str| {
        let request = server.get("/openapi.json");
        request.header("X-Forwarded-For", address).send().status
    };
    let statuses = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:3"].map(from);
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(from("2001:db8:0:1::1"), 200);

    // One address, in both spellings.
    let statuses = ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"].map(from);
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(from("::ffff:192.0.2.2"), 200);
}

#[test]
fn whoever_says_that_a_device_is_theirs_gets_nothing_of_a_backend() {
    let company = Company::start();
    company.back_up("p1");
    let claimed = company
        .server()
        .request(
            "POST",
            &format!("/v1/wallets/{OTHER}/devices/{DEVICE}/activate"),
        )
        .token(&Company::stranger())
        .json(&json!({"physicalDeviceId": "theirs"}));
    claimed.send().expect(204);

    let body = message("p1", "backup_keys", &smaller_backup());
    for (path, member) in [
        (format!("/api/devices/{DEVICE}/rpc"), "message"),
        (
            format!("/v1/ncw/embedded_wallets/devices/{DEVICE}/invoke"),
            "payload",
        ),
    ] {
        let request = company.as_backend("POST", &path);
        let answer = request.json(&json!({ member: body })).send();
        let answer = answer.expect(404);
        let told = answer["message"].as_str().unwrap();
        assert!(told.contains("a backend names the wallet"), "{told}");
    }
    let assign = company.as_backend("POST", &format!("/api/devices/{DEVICE}/assign"));
    assign.send().expect(404);

    let kept = company
        .server()
        .get(&format!("/v1/wallets/{OTHER}/backups"))
        .token(&Company::stranger());
    assert_eq!(kept.send().expect(200)["backups"], json!([]));
}

#[test]
fn a_wallet_cannot_fill_the_database_with_its_recoveries() {
    let company = Company::start_limited("per_caller = \"3/min\"");
    let ask = |wallet: &str, token: &str, phone: &str, method: &str| {
        let path = format!("/v1/wallets/{wallet}/devices/{DEVICE}/rpc");
        let request = company.server().request("POST", &path).token(token);
        let message = message(phone, method, &json!(null));
        request.json(&json!({ "message": message })).send().status
    };
    let user = Company::user();
    let statuses = ["p1", "p2", "p3", "p4"].map(|phone| ask(WALLET, &user, phone, "get_backup"));
    assert_eq!(statuses, [200, 200, 200, 429]);

    // A recovery that has begun goes on, and others begin.
    assert_eq!(ask(WALLET, &user, "p1", "enter_recovery_state"), 200);
    assert_eq!(ask(WALLET, &user, "p1", "enroll_player"), 200);
    assert_eq!(ask(OTHER, &Company::stranger(), "p1", "get_backup"), 200);
}

#[test]
fn nobody_on_the_way_keeps_an_answer() {
    let company = Company::start();
    for path in [
        "/v1/passphrases".to_owned(),
        format!("/v1/wallets/{WALLET}/devices"),
        "/api/wallets".to_owned(),
        "/healthz".to_owned(),
    ] {
        let answer = company.as_user("GET", &path).send();
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        assert_eq!(
            answer.headers["x-content-type-options"], "nosniff",
            "{path}"
        );
    }
}

#[test]
fn a_wallet_cannot_fill_the_disk_with_its_backups() {
    let company = Company::start();
    let path = format!("/v1/wallets/{WALLET}/devices/{DEVICE}/backups");
    let hand_in = |length: usize, mark: &str| {
        let mut backup = backup();
        let key = format!("{mark}{}", "ab".repeat(length / 2));
        backup["keys"][0]["encryptedKeys"][0]["encryptedKey"] = key.into();
        company.as_user("POST", &path).json(&backup).send()
    };
    // 16 MiB in all.
    for n in 10..28 {
        hand_in(900_000, &n.to_string()).expect(201);
    }
    hand_in(900_000, "50").expect_problem(429, "too-many-versions");
    let told = message("p1", "backup_keys", &backup());
    // What is small finds its place, and what is here is found again.
    hand_in(1_000, "60").expect(201);
    hand_in(900_000, "10").expect(200);
    hand_in(900_000, "51").expect_problem(429, "too-many-versions");
    let rpc = format!("/v1/wallets/{WALLET}/devices/{DEVICE}/rpc");
    let asked = company.as_user("POST", &rpc);
    asked.json(&json!({ "message": told })).send().expect(200);
}

/// Opens a connection from an address of this machine.
fn connect(from: &str, to: std::net::SocketAddr) -> TcpStream {
    let port = to.port().to_string();
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET,
        rustix::net::SocketType::STREAM,
        None,
    );
    let socket = socket.unwrap();
    let address = |text: &str| text.parse::<std::net::SocketAddr>().unwrap();
    rustix::net::bind(&socket, &address(&format!("{from}:0"))).unwrap();
    rustix::net::connect(&socket, &address(&format!("127.0.0.1:{port}"))).unwrap();
    TcpStream::from(socket)
}

/// One address gets a share of the connections, and leaves the rest to others and to operators.
#[test]
fn whoever_opens_connections_without_end_locks_nobody_out() {
    let (folder, server) = bare("", "header = \"60s\"");
    drop(server);
    let server = Server::start_lent(&folder, 400);
    let mut theirs: Vec<TcpStream> = (0..60)
        .map(|_| connect("127.0.0.1", server.public()))
        .collect();
    let ask = |stream: &mut TcpStream| {
        let patience = Some(Duration::from_secs(20));
        stream.set_read_timeout(patience).unwrap();
        let _sent = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).is_ok()
    };
    let answered = theirs
        .iter_mut()
        .filter_map(|stream| ask(stream).then_some(()))
        .count();
    assert_eq!(answered, 25, "an eighth of 200");
    assert!(ask(&mut connect("127.0.0.2", server.public())));
    server.admin("GET", "/readyz").send().expect(200);
    assert!(server.log().contains("connections are refused"));

    // What ends makes room.
    drop(theirs);
    let begun = Instant::now();
    while !ask(&mut connect("127.0.0.1", server.public())) {
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

/// Messages of a recovery wait for a place once they are there, and not before.
#[test]
fn messages_whose_body_never_comes_hold_up_nobody() {
    let company = Company::start_limited("open = 2");
    let path = format!("/v1/wallets/{WALLET}/devices/{DEVICE}/rpc");
    let token = Company::stranger();
    let theirs = format!("/v1/wallets/{OTHER}/devices/{DEVICE}/rpc");
    let head = format!(
        "POST {theirs} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 99\r\n\r\n"
    );
    let waiting: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut stream = TcpStream::connect(company.server().public()).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    let body = json!({"message": message("p1", "get_backup", &json!(null))});
    let answer = company.as_user("POST", &path).json(&body).send();
    assert_eq!(answer.status, 200, "{answer:?}");
    // They would have been waited for until the deadline of requests, ten seconds.
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    drop(waiting);
}

#[test]
fn a_body_that_is_not_sent_as_it_should_be_is_not_called_too_long() {
    let company = Company::start();
    let path = format!("/v1/wallets/{WALLET}/devices/{DEVICE}/rpc");
    let token = Company::user();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"
    );
    let (answer, _) = after(company.server(), head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}
