//! SIGHUP: what is loaded anew, what stays in force where a file is broken, and that nobody is cut off.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{
    receiver::Receiver,
    server::Server,
    tokens::{SigningKey, jwks},
    users::{Company, ISSUER, issuer_key, seconds},
    vault::{AT_ONCE, Vault},
};

/// Tells the server to load anew, and waits for what the log says of it.
fn reload(vault: &Vault, says: &str) {
    reload_server(vault.server(), says);
}

/// The same of any server.
pub(crate) fn reload_server(server: &Server, says: &str) {
    let before = server.log().len();
    let id = i32::try_from(server.id()).unwrap();
    let id = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::HUP).unwrap();
    let started = Instant::now();
    loop {
        let log = server.log();
        if log[before..].contains(says) {
            return;
        }
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "{}",
            &log[before..]
        );
        sleep(Duration::from_millis(10));
    }
}

fn token(key: &SigningKey, id: &str) -> String {
    let claims = json!({"iss": ISSUER, "aud": "recovery", "sub": "ann", "iat": seconds(), "exp": seconds() + 600});
    key.token(id, &claims)
}

#[test]
fn keys_of_issuers_are_exchanged_and_a_broken_file_changes_nothing() {
    let vault = Vault::start(AT_ONCE);
    let new = SigningKey::p256();
    let status = |token: &str| vault.server().get("/v1/wallets").token(token).send().status;
    let (old_token, new_token) = (Company::token("ann", json!({})), token(&new, "k2"));
    assert_eq!((status(&old_token), status(&new_token)), (200, 401));

    vault.folder.write("jwks.json", "{\"keys\": [");
    reload(&vault, "everything stays as it was");
    let log = vault.server().log();
    assert!(
        log.contains("not loaded anew: `jwks_file` of issuer"),
        "{log}"
    );
    assert_eq!((status(&old_token), status(&new_token)), (200, 401));

    vault
        .folder
        .write("jwks.json", jwks(&[issuer_key().jwk("k1"), new.jwk("k2")]));
    reload(&vault, "loaded anew: certificates");
    assert_eq!((status(&old_token), status(&new_token)), (200, 200));
    vault.folder.write("jwks.json", jwks(&[new.jwk("k2")]));
    reload(&vault, "loaded anew: certificates");
    assert_eq!((status(&old_token), status(&new_token)), (401, 200));
}

/// The folder has the endpoint's private key in it: to a confined server, what is new there stays closed, and it says why.
#[test]
fn a_new_file_beside_a_private_key_is_not_read() {
    let vault = Vault::start(AT_ONCE);
    vault
        .folder
        .write("new.json", jwks(&[issuer_key().jwk("k1")]));
    let (new, old) = (
        vault.folder.path("new.json"),
        vault.folder.path("jwks.json"),
    );
    fs::rename(new, old).unwrap();
    if vault.server().log().contains("not confined") {
        return;
    }
    reload(&vault, "everything stays as it was");
    let log = vault.server().log();
    assert!(
        log.contains("reads no file that is new in a folder with a private key"),
        "{log}"
    );
    vault.ask("ann", "GET", "/v1/wallets").send().expect(200);
}

#[test]
fn limits_are_exchanged_and_a_broken_configuration_changes_nothing() {
    let vault = Vault::start(AT_ONCE);
    let ask = || vault.ask("ann", "GET", "/v1/wallets").send();
    let config = vault.folder.read("endpoint.toml");
    vault
        .folder
        .write("endpoint.toml", config.replace("100000/s", "lots"));
    reload(&vault, "everything stays as it was");
    for _ in 0..5 {
        ask().expect(200);
    }
    let few = config.replace("per_caller = \"100000/s\"", "per_caller = \"2/h\"");
    vault.folder.write("endpoint.toml", few);
    reload(&vault, "loaded anew: certificates");
    ask().expect(200);
    ask().expect(200);
    ask().expect_problem(429, "too-many-requests");
    // Whoever has used up theirs gets no more by a reload.
    reload(&vault, "loaded anew: certificates");
    ask().expect_problem(429, "too-many-requests");
}

#[test]
fn secrets_of_notices_are_exchanged() {
    const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let company = Receiver::start();
    let vault = Vault::prepared(&format!(
        "{AT_ONCE}[notify]\nurl = \"http://127.0.0.1:{}/\"\nsecret = \"secret\"\n",
        company.port
    ));
    vault.folder.write("secret", OLD);
    let vault = vault.started();
    vault.requested("ann", 0);
    assert!(company.wait_for(1)[0].is_signed_with(OLD));
    vault.folder.write("secret", "nothing");
    reload(&vault, "everything stays as it was");
    vault.requested("bob", 1);
    assert!(company.wait_for(2)[1].is_signed_with(OLD));
    vault.folder.write("secret", NEW);
    reload(&vault, "loaded anew: certificates");
    vault.requested("car", 1);
    let got = company.wait_for(3);
    assert!(got[2].is_signed_with(NEW) && !got[2].is_signed_with(OLD));
}

/// Makes a certificate for this name.
fn certificate(vault: &Vault, name: &str) {
    let folder = vault.folder.path("tls");
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ])
        .args(["-days", "2", "-subj", &format!("/CN={name}")])
        .args(["-keyout", "key.new", "-out", "certificate.new"])
        .current_dir(&folder)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    // As programs that fetch certificates do: a new file takes the place of the old one.
    for file in ["key", "certificate"] {
        fs::rename(
            folder.join(format!("{file}.new")),
            folder.join(format!("{file}.pem")),
        )
        .unwrap();
    }
}

/// A connection over TLS, and the name in the certificate that it got.
struct Connection {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    name: String,
}

impl Connection {
    fn open(vault: &Vault) -> Self {
        let mut child = Command::new("openssl")
            .args(["s_client", "-connect", &vault.server().public().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut name = String::new();
        loop {
            let mut line = String::new();
            assert!(
                output.read_line(&mut line).unwrap() > 0,
                "the connection ended"
            );
            if let Some(subject) = line.strip_prefix("subject=") {
                name = subject.trim().rsplit(' ').next().unwrap().to_owned();
            }
            if line.starts_with("Verify return code") || line.starts_with("    Verify return code")
            {
                break;
            }
        }
        let name = name.rsplit('=').next().unwrap().to_owned();
        Self {
            child,
            output,
            name,
        }
    }

    /// Whether the server answers on it.
    fn is_answered(&mut self) -> bool {
        let request = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
        self.child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(request)
            .unwrap();
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return false;
            }
            // The body before it has no line end.
            if line.contains("HTTP/1.1 200") {
                return true;
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

#[test]
fn certificates_are_exchanged_and_no_connection_is_dropped() {
    let vault = Vault::prepared(AT_ONCE);
    // A connection may be idle for as long as that.
    let config = vault.folder.read("endpoint.toml");
    let patient = config.replacen("[limits]\n", "[limits]\nheader = \"1m\"\n", 1);
    vault.folder.write("endpoint.toml", patient);
    fs::create_dir(vault.folder.path("tls")).unwrap();
    certificate(&vault, "first.example");
    let config = vault.folder.read("endpoint.toml");
    let tls = "[server]\ntls = { certificate = \"tls/certificate.pem\", key = \"tls/key.pem\" }\n";
    vault
        .folder
        .write("endpoint.toml", config.replacen("[server]\n", tls, 1));
    let vault = vault.started();
    let mut before = Connection::open(&vault);
    assert_eq!(before.name, "first.example");
    assert!(before.is_answered());

    // The key of one and the certificate of the other.
    let key = fs::read(vault.folder.path("tls/key.pem")).unwrap();
    certificate(&vault, "second.example");
    let second = fs::read(vault.folder.path("tls/key.pem")).unwrap();
    vault.folder.write("tls/key.pem", key);
    reload(&vault, "everything stays as it was");
    assert_eq!(Connection::open(&vault).name, "first.example");

    vault.folder.write("tls/key.pem", second);
    reload(&vault, "loaded anew: certificates");
    assert_eq!(Connection::open(&vault).name, "second.example");
    assert!(before.is_answered());
}
