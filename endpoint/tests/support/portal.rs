//! A company of Portal's: an endpoint that takes its webhooks, two clients that were granted, and the shares of the vectors.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{
    client::Request,
    folder::Folder,
    server::{HEAD, Server},
    tokens::jwks,
    users::{Company, ISSUER, issuer_key},
};

pub(crate) const SECRET: &str = "portal-webhook-secret-1";
/// `ann` has this client, `bob` the other one.
pub(crate) const CLIENT: &str = "clz2m8x0k0001abcd";
pub(crate) const OTHER_CLIENT: &str = "clz2m8x0k0002efgh";

const KEY: &str = include_str!("../../../fixtures/demo/endpoint-private.pem");
const PASSPHRASE: &str = include_str!("../../../fixtures/demo/endpoint-passphrase.txt");

/// What Portal's own library made or accepted.
pub(crate) static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../fixtures/portal/portal.json");
    serde_json::from_str(text).unwrap()
});
/// The same with shares of the size that Portal's have.
pub(crate) static FULL_SIZE: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../fixtures/portal/full_size.json");
    serde_json::from_str(text).unwrap()
});

pub(crate) struct Portal {
    pub(crate) folder: Folder,
    server: Option<Server>,
}

impl Portal {
    pub(crate) fn start() -> Self {
        Self::prepared("").started()
    }

    /// Before its server starts, with more in `[portal]` or behind it.
    pub(crate) fn prepared(more: &str) -> Self {
        let folder = Folder::new();
        folder.write("jwks.json", jwks(&[issuer_key().jwk("k1")]));
        folder.write("endpoint.pem", KEY);
        folder.write("passphrase.txt", PASSPHRASE);
        folder.write("portal-secrets.txt", format!("{SECRET}\n"));
        let config = format!(
            r#"{HEAD}
webhooks = "100000/s"
[modules]
shares = false
backups = false
portal = true
[key]
holder = "file"
path = "endpoint.pem"
passphrase_file = "passphrase.txt"
[[identity]]
issuer = "{ISSUER}"
audience = "recovery"
jwks_file = "jwks.json"
algorithms = ["ES256"]
operator = {{ claim = "role", is = "recovery-operator" }}
[portal]
secrets = "portal-secrets.txt"
{more}"#
        );
        folder.write("endpoint.toml", config);
        let grants = format!(
            "issuer,subject,clientId\n{ISSUER},ann,{CLIENT}\n{ISSUER},bob,{OTHER_CLIENT}\n"
        );
        folder.write("grants.csv", grants);
        folder.run(&["import", "grants", "grants.csv"]).ok();
        Self {
            folder,
            server: None,
        }
    }

    pub(crate) fn started(mut self) -> Self {
        self.server = Some(Server::start(&self.folder));
        self
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    pub(crate) fn take_server(&mut self) -> Server {
        self.server.take().expect("it runs")
    }

    pub(crate) fn restart(&mut self) {
        self.server = Some(Server::start(&self.folder));
    }

    /// A webhook as Portal sends it, without a body.
    pub(crate) fn webhook(&self, path: &str) -> Request {
        let request = self.server().request("POST", &format!("/portal{path}"));
        request.header("X-Webhook-Secret", SECRET)
    }

    /// The custodian's share of a client.
    pub(crate) fn deliver(&self, client: &str, share: &str) -> Request {
        let body = json!({"clientId": client, "share": share});
        self.webhook("/backup").json(&body)
    }

    /// The same with a method and a pair.
    pub(crate) fn deliver_of(&self, share: &str, method: &str, pair: &str) -> Request {
        let body = json!({
            "clientId": CLIENT, "share": share, "backupMethod": method, "backupSharePairId": pair,
        });
        self.webhook("/backup").json(&body)
    }

    /// Every version that Portal gets.
    pub(crate) fn fetched(&self, client: &str) -> Vec<String> {
        let webhook = self.webhook("/backup/fetch");
        let answer = webhook.json(&json!({ "clientId": client })).send();
        let answer = answer.expect(200);
        let shares = answer["backupShares"].as_array().unwrap().iter();
        shares
            .map(|share| share.as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn ask(&self, user: &str, method: &str, path: &str) -> Request {
        let token = Company::token(user, json!({}));
        self.server().request(method, path).token(&token)
    }

    /// The events of a kind in the audit chain.
    pub(crate) fn events(&self, kind: &str) -> Vec<Value> {
        let token = Company::token("olga", json!({"role": "recovery-operator"}));
        let audit = self
            .server()
            .admin("GET", "/v1/operator/audit")
            .token(&token);
        let audit = audit.send().expect(200);
        let events = audit["events"].as_array().unwrap().iter();
        events
            .filter(|event| event["kind"] == kind)
            .cloned()
            .collect()
    }
}

/// A share of so many bytes, as JSON text with every kind of letter that must come back as it came.
pub(crate) fn share_of_size(size: usize) -> String {
    let begin = r#"{"clientBk":"1","x":"2", "share":"  \" \\ / \u00e9 é 日本 𝄞 "#;
    let end = "\"}\n";
    format!("{begin}{}{end}", "7".repeat(size - begin.len() - end.len()))
}
