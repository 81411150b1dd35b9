//! The company's server for notices: keeps what it is sent, and answers what it is told to.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use aws_lc_rs::hmac;
use base64ct::{Base64, Encoding};
use serde_json::Value;

/// Answers nothing, and leaves the connection open.
pub(crate) const SILENCE: u16 = 0;
const PATIENCE: Duration = Duration::from_secs(20);

/// A notice as it came.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// Whether one of its signatures is of this secret, `whsec_…`.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let secret = Base64::decode_vec(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let text = format!(
            "{}.{}.{}",
            self.id(),
            self.headers["webhook-timestamp"],
            self.body
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let signature = Base64::encode_string(hmac::sign(&key, text.as_bytes()).as_ref());
        let mut signatures = self.headers["webhook-signature"].split(' ');
        signatures.any(|one| one == format!("v1,{signature}"))
    }
}

pub(crate) struct Receiver {
    pub(crate) port: u16,
    status: Arc<AtomicU16>,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        Self::start_at(0)
    }

    pub(crate) fn start_at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (status, got) = (Arc::new(AtomicU16::new(204)), Arc::new(Mutex::default()));
        let (of_thread, all) = (Arc::clone(&status), Arc::clone(&got));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (status, all) = (Arc::clone(&of_thread), Arc::clone(&all));
                thread::spawn(move || answer(stream.unwrap(), &status, &all));
            }
        });
        Self { port, status, got }
    }

    /// A port that nobody listens at.
    pub(crate) fn free_port() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    }

    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// What came, once there are so many.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Got> {
        let started = Instant::now();
        loop {
            let got = self.got();
            if got.len() >= count {
                return got;
            }
            assert!(started.elapsed() < PATIENCE, "{got:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn answer(stream: TcpStream, status: &AtomicU16, all: &Mutex<Vec<Got>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut headers = BTreeMap::new();
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() == 0 {
            return;
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let length: usize = headers["content-length"].parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let (body, at) = (String::from_utf8(body).unwrap(), Instant::now());
        all.lock().unwrap().push(Got { headers, body, at });
        let status = status.load(Ordering::SeqCst);
        if status == SILENCE {
            thread::sleep(Duration::from_secs(60));
            return;
        }
        let text = format!("HTTP/1.1 {status} So\r\nContent-Length: 0\r\n\r\n");
        reader.get_mut().write_all(text.as_bytes()).unwrap();
    }
}
