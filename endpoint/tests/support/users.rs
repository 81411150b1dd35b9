//! A company with an issuer, a backend and a user: its configuration, and tokens for everybody.

use std::{
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    client::{Answer, Request},
    folder::Folder,
    server::{HEAD, Server, limited},
    tokens::{SigningKey, jwks},
};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const API_KEY: &str = "3f0d1c8a-9c2b-4b7e-8d55-0c1f6a7e2b90";
/// The demo's first wallet and its device.
pub(crate) const WALLET: &str = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11";
pub(crate) const DEVICE: &str = "7cc9b276-3c65-47f9-b35a-992766d3cafd";
/// A wallet that is nobody's.
pub(crate) const OTHER: &str = "0f8e9c4d-1dbd-4d5a-805b-340c24f9bafe";
/// A backup as an SDK sends it and fetches it.
pub(crate) const BACKUP: &str = include_str!("../../../fixtures/demo/device-backups/device-1.json");

const KEY: &str = include_str!("../../../fixtures/demo/endpoint-private.pem");
const PASSPHRASE: &str = include_str!("../../../fixtures/demo/endpoint-passphrase.txt");

pub(crate) struct Company {
    pub(crate) folder: Folder,
    pub(crate) server: Option<Server>,
}

pub(crate) fn issuer_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(SigningKey::p256)
}

pub(crate) fn api_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(SigningKey::rsa)
}

pub(crate) fn seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

impl Company {
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// With more in its configuration.
    pub(crate) fn start_with(more: &str) -> Self {
        Self::start_as(HEAD, more)
    }

    /// With this in its limits.
    pub(crate) fn start_limited(limit: &str) -> Self {
        Self::start_as(&limited(limit), "")
    }

    fn start_as(head: &str, more: &str) -> Self {
        let folder = Folder::new();
        folder.write("jwks.json", jwks(&[issuer_key().jwk("k1")]));
        folder.write("backend.pem", api_key().public_pem());
        folder.write("endpoint.pem", KEY);
        folder.write("passphrase.txt", PASSPHRASE);
        let config = format!(
            r#"{head}
[modules]
shares = false
[key]
holder = "file"
path = "endpoint.pem"
passphrase_file = "passphrase.txt"
[[identity]]
issuer = "{ISSUER}"
audience = "recovery"
jwks_file = "jwks.json"
algorithms = ["ES256"]
wallets = {{ claim = "wallets" }}
[[service]]
api_key = "{API_KEY}"
public_key = "backend.pem"
{more}"#
        );
        folder.write("endpoint.toml", config);
        let server = Some(Server::start(&folder));
        Self { folder, server }
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    /// As a loss of power ends it, and a start afterwards.
    pub(crate) fn crash(&mut self) {
        self.server.take().expect("it runs").kill();
        self.server = Some(Server::start(&self.folder));
    }

    /// The user of the demo's wallet.
    pub(crate) fn user() -> String {
        Self::token("user-1", json!({"wallets": [WALLET]}))
    }

    /// Somebody who has another wallet.
    pub(crate) fn stranger() -> String {
        Self::token("user-2", json!({"wallets": [OTHER]}))
    }

    pub(crate) fn backend() -> String {
        Self::token("backend", json!({"scope": "lifeboat.service"}))
    }

    pub(crate) fn token(subject: &str, more: Value) -> String {
        let mut claims = json!({"iss": ISSUER, "aud": "recovery", "sub": subject, "iat": seconds(), "exp": seconds() + 600});
        let members = claims.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        issuer_key().token("k1", &claims)
    }

    pub(crate) fn as_user(&self, method: &str, path: &str) -> Request {
        self.server().request(method, path).token(&Self::user())
    }

    pub(crate) fn as_backend(&self, method: &str, path: &str) -> Request {
        self.server().request(method, path).token(&Self::backend())
    }

    /// A request as the provider's SDKs sign it.
    pub(crate) fn signed(&self, method: &str, path: &str, body: &str, nonce: &str) -> Request {
        let hash = hex::encode(Sha256::digest(body));
        let claims = json!({"uri": path, "nonce": nonce, "iat": seconds(), "exp": seconds() + 55, "sub": API_KEY, "bodyHash": hash});
        let token = api_key().token_with(&json!({"alg": "RS256", "typ": "JWT"}), &claims);
        self.server()
            .request(method, path)
            .header("X-API-Key", API_KEY)
            .token(&token)
            .body(body)
    }

    /// What an SDK on this phone gets for a message.
    pub(crate) fn ask(&self, phone: &str, method: &str, parameter: &Value) -> Value {
        self.try_ask(phone, method, parameter).expect(200)
    }

    pub(crate) fn try_ask(&self, phone: &str, method: &str, parameter: &Value) -> Answer {
        let message = message(phone, method, parameter);
        let path = format!("/v1/wallets/{WALLET}/devices/{DEVICE}/rpc");
        let request = self.as_user("POST", &path);
        request.json(&json!({ "message": message })).send()
    }

    /// Hands the demo's backup in, from this phone.
    pub(crate) fn back_up(&self, phone: &str) -> Value {
        self.ask(phone, "backup_keys", &backup())
    }
}

/// The text that an SDK hands to its app.
pub(crate) fn message(phone: &str, method: &str, parameter: &Value) -> String {
    let mut message = json!({
        "method": method,
        "headers": {"sdkVersion": "12.5.6", "mpcVersion": 6, "physicalDeviceId": phone, "platformType": "NodeJS"},
    });
    if !parameter.is_null() {
        message["params"] = json!([parameter]);
    }
    message.to_string()
}

pub(crate) fn backup() -> Value {
    serde_json::from_str(BACKUP).unwrap()
}

/// A backup of the first of the two keys alone, with another content.
pub(crate) fn smaller_backup() -> Value {
    let mut backup = backup();
    backup["keys"].as_array_mut().unwrap().truncate(1);
    backup
}

pub(crate) fn success() -> Value {
    json!({"result": {"success": true}})
}
