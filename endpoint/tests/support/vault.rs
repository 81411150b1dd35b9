//! A server with the shares of a thousand wallets, and users to whom some of them were granted.

use serde_json::{Value, json};

use super::{
    client::Request,
    company::{self, KEY, THOUSAND, put_key, wallets},
    folder::Folder,
    server::{HEAD, Server},
    tokens::jwks,
    users::{Company, ISSUER, issuer_key},
};

pub(crate) struct Vault {
    pub(crate) folder: Folder,
    server: Option<Server>,
    pub(crate) wallets: Vec<String>,
}

/// A policy that gives shares away at once.
pub(crate) const AT_ONCE: &str = "[release]\ndelay = \"0s\"\nttl = \"1h\"\nper_wallet = 1000\n";

impl Vault {
    /// With this `[release]`; `ann` has the first wallet, `bob` the second, `car` both.
    pub(crate) fn start(release: &str) -> Self {
        let vault = Self::prepared(release);
        vault.started()
    }

    /// The same before its server starts.
    pub(crate) fn prepared(release: &str) -> Self {
        let folder = Folder::new();
        put_key(&folder);
        if release.contains("mode = \"cold\"") {
            // The key of such a server opens no share.
            folder.write("endpoint-private.pem", company::key("other.pkcs8.pem"));
        }
        folder.write("shares.sealed", THOUSAND.as_slice());
        folder.write("jwks.json", jwks(&[issuer_key().jwk("k1")]));
        let config = format!(
            r#"{HEAD}
[modules]
backups = false
{KEY}
[[identity]]
issuer = "{ISSUER}"
audience = "recovery"
jwks_file = "jwks.json"
algorithms = ["ES256"]
operator = {{ claim = "role", is = "recovery-operator" }}
{release}"#
        );
        folder.write("endpoint.toml", config);
        let wallets = wallets(1000);
        let rows = [("ann", 0), ("bob", 1), ("car", 0), ("car", 1)]
            .map(|(name, wallet)| format!("{ISSUER},{name},{}\n", wallets[wallet]));
        folder.write(
            "grants.csv",
            format!("issuer,subject,walletId\n{}", rows.concat()),
        );
        folder.run(&["import", "shares", "shares.sealed"]).ok();
        folder.run(&["import", "grants", "grants.csv"]).ok();
        Self {
            folder,
            server: None,
            wallets,
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

    pub(crate) fn put_server(&mut self, server: Server) {
        self.server = Some(server);
    }

    pub(crate) fn restart(&mut self) {
        self.server = Some(Server::start(&self.folder));
    }

    pub(crate) fn ask(&self, user: &str, method: &str, path: &str) -> Request {
        let token = Company::token(user, json!({}));
        self.server().request(method, path).token(&token)
    }

    /// Asks for the share of a wallet.
    pub(crate) fn request(&self, user: &str, wallet: usize) -> Request {
        let path = format!("/v1/wallets/{}/releases", self.wallets[wallet]);
        self.ask(user, "POST", &path)
    }

    pub(crate) fn operator(&self, name: &str, method: &str, path: &str) -> Request {
        let token = Company::token(name, json!({"role": "recovery-operator"}));
        self.server().admin(method, path).token(&token)
    }

    /// The id of a new release.
    pub(crate) fn requested(&self, user: &str, wallet: usize) -> String {
        let release = self.request(user, wallet).send().expect(201);
        release["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn state(&self, user: &str, id: &str) -> Value {
        let path = format!("/v1/releases/{id}");
        self.ask(user, "GET", &path).send().expect(200)["state"].clone()
    }

    pub(crate) fn collect(&self, user: &str, id: &str) -> Request {
        self.ask(user, "POST", &format!("/v1/releases/{id}/collect"))
    }

    /// What `audit verify` says.
    pub(crate) fn verify(&self) -> (i32, String) {
        let run = self.folder.run(&["audit", "verify"]);
        (run.status(), run.stdout() + &run.stderr())
    }

    /// The kinds of all events of the audit chain.
    pub(crate) fn events(&self) -> Vec<Value> {
        let audit = self.operator("olga", "GET", "/v1/operator/audit");
        audit.send().expect(200)["events"]
            .as_array()
            .unwrap()
            .clone()
    }
}
