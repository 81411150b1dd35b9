//! What one client can hold of a server by doing nothing: for a while, and then no more.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{
    server::Server,
    unread::unread,
    users::{Company, DEVICE, OTHER, WALLET, message},
    vault::{AT_ONCE, Vault},
};

/// Far more than what is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// A server with the page and this limit.
fn with_page(limit: &str) -> Vault {
    let vault = Vault::prepared(AT_ONCE);
    let config = vault.folder.read("endpoint.toml");
    let config = config
        .replace("[limits]", &format!("[limits]\n{limit}"))
        .replace("backups = false", "backups = false\npage = true");
    vault.folder.write("endpoint.toml", config);
    vault.started()
}

/// Waits until the other side has closed.
#[track_caller]
fn await_end(mut is_closed: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_closed() {
        assert!(begun.elapsed() < PATIENCE, "the connection stays open");
        sleep(Duration::from_millis(200));
    }
}

/// Behind the first answer the server has more requests to read, and reads none while it sends.
#[test]
fn a_connection_on_which_no_answer_is_taken_ends() {
    let vault = with_page("request = \"1s\"");
    let ask = "GET /takeover/takeover.wasm HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20);
    let mut stream = unread(vault.server().public(), ask.as_bytes());
    await_end(|| stream.write_all(b"\r\n").is_err());
    vault.server().get("/healthz").send().expect(200);
}

/// Whoever goes on asking is sent what was asked for, and is not excused from taking it.
#[test]
fn an_answer_of_http_2_that_is_not_taken_ends_its_connection_whatever_else_is_asked() {
    let vault = with_page("request = \"1s\"");
    let mut client = Http2::connect(vault.server(), Some(0));
    client.get("/takeover/takeover.wasm");
    let mut ended = false;
    await_end(|| {
        client.get("/healthz");
        ended |= client.next_frame().is_none();
        ended
    });
}

/// Pings keep no connection, and its client is told before it ends.
#[test]
fn a_connection_of_http_2_without_a_request_ends_as_http_2_has_it() {
    let vault = with_page("header = \"1s\"");
    let mut client = Http2::connect(vault.server(), None);
    client.get("/healthz");
    let (mut kinds, begun) = (Vec::new(), Instant::now());
    while let Some(kind) = client.next_frame() {
        kinds.push(kind);
        client.ping();
        assert!(begun.elapsed() < PATIENCE, "{kinds:?}");
    }
    assert!(kinds.contains(&GO_AWAY), "{kinds:?}");
}

/// A server asks for a body where it begins to read it (`100 Continue`).
#[test]
fn a_user_has_a_bounded_number_of_messages_under_way() {
    let company = Company::start();
    let begin = |wallet: &str, token: &str| {
        let head = format!(
            "POST /v1/wallets/{wallet}/devices/{DEVICE}/rpc HTTP/1.1\r\nHost: x\r\n\
             Authorization: Bearer {token}\r\nExpect: 100-continue\r\nContent-Length: 99\r\n\r\n"
        );
        let mut stream = TcpStream::connect(company.server().public()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let first_line = |stream: &mut TcpStream, patience: Duration| {
        let mut line = [0; 12];
        stream.set_read_timeout(Some(patience)).unwrap();
        let read = stream.read_exact(&mut line);
        read.ok()
            .map(|()| String::from_utf8_lossy(&line).into_owned())
    };
    let asked = Some("HTTP/1.1 100".to_owned());
    let (user, long) = (Company::user(), Duration::from_secs(5));
    let mut open: Vec<TcpStream> = (0..8).map(|_| begin(WALLET, &user)).collect();
    for stream in &mut open {
        assert_eq!(first_line(stream, long), asked);
    }
    let mut ninth = begin(WALLET, &user);
    assert_eq!(first_line(&mut ninth, Duration::from_secs(1)), None);
    // Nobody else waits for that.
    assert_eq!(
        first_line(&mut begin(OTHER, &Company::stranger()), long),
        asked
    );

    open.pop();
    assert_eq!(first_line(&mut ninth, long), asked);
    drop((open, ninth));
    let body = json!({"message": message("p1", "get_backup", &json!(null))});
    let path = format!("/v1/wallets/{WALLET}/devices/{DEVICE}/rpc");
    let last = company.as_user("POST", &path).json(&body).send();
    assert_eq!(last.status, 200, "{last:?}");
}

const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const ACK: u8 = 1;

/// As much of HTTP/2 (RFC 9113) as it takes to do nothing with it.
struct Http2 {
    stream: TcpStream,
    next: u32,
}

impl Http2 {
    /// With this window for each answer.
    fn connect(server: &Server, window: Option<u32>) -> Self {
        let mut stream = TcpStream::connect(server.public()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .unwrap();
        let mut client = Self { stream, next: 1 };
        let initial_window_size = window.map_or(Vec::new(), |window| {
            [&[0, 4][..], &window.to_be_bytes()].concat()
        });
        client.send(SETTINGS, 0, 0, &initial_window_size);
        client
    }

    fn get(&mut self, path: &str) {
        let head = [
            (":method", "GET"),
            (":scheme", "http"),
            (":path", path),
            (":authority", "x"),
        ];
        let mut block = Vec::new();
        for (name, value) in head {
            // A literal without indexing and without Huffman's code (RFC 7541, 6.2.2).
            block.push(0);
            for text in [name, value] {
                block.push(u8::try_from(text.len()).unwrap());
                block.extend_from_slice(text.as_bytes());
            }
        }
        let stream = self.next;
        self.next += 2;
        // The end of the head and of the request.
        self.send(HEADERS, 0x4 | 0x1, stream, &block);
    }

    fn ping(&mut self) {
        self.send(PING, 0, 0, b"12345678");
    }

    fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        // The server may have closed already: what is read says so.
        let _closed = self.stream.write_all(&[&head, payload].concat());
    }

    /// The kind of the next frame, once pings and settings are answered; `None` at the end.
    fn next_frame(&mut self) -> Option<u8> {
        let mut head = [0; 9];
        self.read(&mut head)?;
        let [a, b, c, kind, flags, ..] = head;
        let mut payload = vec![0; usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap()];
        self.read(&mut payload)?;
        match kind {
            PING if flags & ACK == 0 => self.send(PING, ACK, 0, &payload),
            // Pings go to and fro no faster than that.
            PING => sleep(Duration::from_millis(100)),
            SETTINGS if flags & ACK == 0 => self.send(SETTINGS, ACK, 0, &[]),
            _ => {}
        }
        Some(kind)
    }

    fn read(&mut self, bytes: &mut [u8]) -> Option<()> {
        match self.stream.read_exact(bytes) {
            Ok(()) => Some(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                panic!("the connection stays open")
            }
            Err(_) => None,
        }
    }
}
