//! `demo`: a made-up company on this machine. It shows what the endpoint does, and everything in it is worthless.

mod company;
mod issuer;

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{ErrorKind, Write},
    net::{SocketAddr, TcpListener},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V2Der},
    signature::Ed25519KeyPair,
};
use lifeboat::crypto::secret::SecretText;
use lifeboat_endpoint::{config::PORTAL_ROOT, log};
use serde_json::{Value, json};

use self::{
    company::{Company, Device, random_id},
    issuer::{AUDIENCE, Issuer, NAME, pem_of},
};
use crate::{
    args::Demo,
    commands::{import_backups, import_grants, import_shares, serve, settings},
    failure::Failure,
    say::say,
};

/// What a demo writes, and what a new one takes away.
const FILES: [&str; 12] = [
    "config.toml",
    "endpoint-private.pem",
    "audit.key",
    "jwks.json",
    "shares.sealed",
    "grants.csv",
    "clients.csv",
    "portal-secrets.txt",
    "backups.ndjson",
    "device-share.json",
    "demo.json",
    "data",
];

/// What the configuration of a demo begins with: nothing else is ever taken away.
const MARK: &str = "# A made-up company: everything here is worthless.\n";

/// Where the servers listen, and who may use them.
struct Access {
    public: SocketAddr,
    admin: SocketAddr,
    token: String,
    other: String,
    operator: String,
    webhooks: Webhooks,
}

/// What Portal would have: the secret of its webhooks, and a client that is a user's.
struct Webhooks {
    secret: SecretText,
    client: String,
}

pub(crate) fn run(args: &Demo) -> Result<(), Failure> {
    let dir = &args.dir;
    make_room(dir)?;
    let listeners = serve::Listeners {
        public: serve::listener(args.listen, "--listen")?,
        admin: serve::listener(SocketAddr::new(args.listen.ip(), 0), "--listen")?,
    };
    let issuer = Issuer::new()?;
    let address = |listener: &TcpListener| {
        let address = listener.local_addr();
        address.map_err(|error| Failure::new(format!("a listener has no address: {error}")))
    };
    let access = Access {
        public: address(&listeners.public)?,
        admin: address(&listeners.admin)?,
        token: issuer.token("ann", &json!({}))?,
        other: issuer.token("bob", &json!({}))?,
        operator: issuer.token("olga", &json!({"role": "recovery-operator"}))?,
        webhooks: Webhooks {
            secret: SecretText::new(random_id().simple().to_string()),
            client: format!("cl{:.23}", random_id().simple().to_string()),
        },
    };

    // First, so that a demo that is interrupted is known for one.
    write_secret(&dir.join("config.toml"), configuration(&access).as_bytes())?;
    let company = Company::new()?;
    let [wallet, other, third, ..] = company.wallets() else {
        return Err(Failure::new("the demo has no wallets"));
    };
    let device = company.device(*wallet)?;
    company.write_key(&dir.join("endpoint-private.pem"))?;
    write_secret(&dir.join("shares.sealed"), &company.sealed_shares()?)?;
    write_secret(&dir.join("jwks.json"), issuer.jwks().as_bytes())?;
    write_secret(&dir.join("audit.key"), audit_key()?.as_bytes())?;
    write_secret(
        &dir.join("device-share.json"),
        device.share.expose().as_bytes(),
    )?;
    let grants = format!("subject,walletId\nann,{wallet}\nbob,{other}\ncarol,{third}\n");
    write_secret(&dir.join("grants.csv"), grants.as_bytes())?;
    let clients = format!("subject,clientId\nann,{}\n", access.webhooks.client);
    write_secret(&dir.join("clients.csv"), clients.as_bytes())?;
    let secret = format!("{}\n", access.webhooks.secret.expose());
    write_secret(&dir.join("portal-secrets.txt"), secret.as_bytes())?;
    let harvested = json!({
        "walletId": wallet.as_str(),
        "deviceId": device.id,
        "backup": parsed(&device.backup)?,
    });
    write_secret(
        &dir.join("backups.ndjson"),
        format!("{harvested}\n").as_bytes(),
    )?;

    let config = dir.join("config.toml");
    import_shares::import(&config, &dir.join("shares.sealed"))?;
    import_grants::import(&config, &dir.join("grants.csv"), Some(NAME))?;
    import_grants::import(&config, &dir.join("clients.csv"), Some(NAME))?;
    import_backups::import(&config, &dir.join("backups.ndjson"))?;
    let summary = summary(dir, &access, wallet.as_str(), &device)?;
    write_secret(&dir.join("demo.json"), summary.to_string().as_bytes())?;
    tell(dir, &access, wallet.as_str());

    let settings = settings(&config)?;
    log::start(settings.log);
    serve::serve(settings, &config, listeners)
}

fn configuration(access: &Access) -> String {
    let Access { public, admin, .. } = access;
    format!(
        r#"{MARK}[server]
listen = "{public}"
admin = "{admin}"
public_url = "http://{public}"

[modules]
page = true
portal = true

[portal]
root = "{PORTAL_ROOT}"
secrets = "portal-secrets.txt"

[key]
holder = "file"
path = "endpoint-private.pem"

[[identity]]
issuer = "{NAME}"
audience = "{AUDIENCE}"
jwks_file = "jwks.json"
operator = {{ claim = "role", is = "recovery-operator" }}

# A real company waits, so that an owner can stop what a thief asked for: delay = "24h"
[release]
delay = "0s"
per_wallet = 1000

[audit]
key = "audit.key"

[limits]
per_caller = "60000/min"
per_address = "60000/min"
webhooks = "6000000/min"

[log]
level = "warn"
"#
    )
}

fn summary(dir: &Path, access: &Access, wallet: &str, device: &Device) -> Result<Value, Failure> {
    let whole = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    let file = |name: &str| whole.join(name).display().to_string();
    Ok(json!({
        "url": format!("http://{}", access.public),
        "adminUrl": format!("http://{}", access.admin),
        "pageUrl": format!("http://{}/takeover", access.public),
        "token": access.token,
        "operatorToken": access.operator,
        "otherToken": access.other,
        "walletId": wallet,
        "deviceId": device.id,
        "passphrase": device.passphrase.expose(),
        "passphraseId": device.passphrase_id.to_string(),
        "backup": fetched(&parsed(&device.backup)?),
        "deviceShare": parsed(device.share.expose())?,
        "expected": {"fullKeys": parsed(device.full_keys.expose())?},
        "sealed": file("shares.sealed"),
        "endpointKey": file("endpoint-private.pem"),
        "portal": {
            "root": PORTAL_ROOT,
            "secret": access.webhooks.secret.expose(),
            "clientId": access.webhooks.client,
        },
    }))
}

fn parsed(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|_| Failure::new("the demo could not be made"))
}

/// A backup in the shape that it is fetched in.
fn fetched(backup: &Value) -> Value {
    let names = [
        "keyId",
        "algorithm",
        "publicKey",
        "encryptedKey",
        "encryptionAlgorithm",
        "iv",
    ];
    let keys = backup.get("keys").and_then(Value::as_array);
    let keys = keys.into_iter().flatten().map(|key| {
        let members = names.iter().filter_map(|name| {
            let value = key.get(*name)?;
            Some(((*name).to_owned(), value.clone()))
        });
        Value::Object(members.collect())
    });
    json!({"passphraseId": backup.get("passphraseId"), "keys": keys.collect::<Vec<_>>()})
}

fn audit_key() -> Result<zeroize::Zeroizing<String>, Failure> {
    let failed = |_| Failure::new("the demo could not be made: its audit key");
    let key = Ed25519KeyPair::generate().map_err(failed)?;
    let der = AsDer::<Pkcs8V2Der<'_>>::as_der(&key).map_err(failed)?;
    Ok(pem_of(der.as_ref()))
}

fn tell(dir: &Path, access: &Access, wallet: &str) {
    let Access { public, token, .. } = access;
    let Webhooks { secret, client } = &access.webhooks;
    let secret = secret.expose();
    say!(
        "\na made-up company is in `{}`; `demo.json` has all of it\n\naddress: http://{public}\ntoken of a user:\n{token}\n\n\
         curl -H \"Authorization: Bearer {token}\" http://{public}/v1/wallets\n\n\
         curl -H \"Authorization: Bearer {token}\" http://{public}/v1/wallets/{wallet}/server-share\n\n\
         curl -H \"Authorization: Bearer {token}\" http://{public}/v1/wallets/{wallet}/backups/latest\n\n\
         curl -H \"X-Webhook-Secret: {secret}\" -d '{{\"clientId\":\"{client}\"}}' http://{public}{PORTAL_ROOT}/backup/fetch\n\n\
         the takeover page, for a browser:\nhttp://{public}/takeover#token={token}\n\n\
         it serves until Ctrl-C",
        dir.display()
    );
}

/// An empty folder, or one of an earlier demo without what that one wrote.
fn make_room(dir: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(format!("the folder `{}`: {error}", dir.display()))
            .hint("name another one with `--dir DIR`")
    };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(failed)?;
    let names = fs::read_dir(dir).map_err(failed)?;
    let names = names.map(|entry| entry.map(|entry| entry.file_name()));
    let names = names.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let is_known = |name: &std::ffi::OsString| FILES.iter().any(|known| name == known);
    if let Some(other) = names.iter().find(|name| !is_known(name)) {
        let what = format!("`{}` is in the folder `{}`", other.display(), dir.display());
        return Err(Failure::new(format!("{what}, which no demo has written"))
            .hint("name an empty folder with `--dir DIR`"));
    }
    let config = fs::read_to_string(dir.join("config.toml")).unwrap_or_default();
    if !names.is_empty() && !config.starts_with(MARK) {
        return Err(
            Failure::new(format!("`{}` is no folder of a demo", dir.display()))
                .hint("name an empty folder with `--dir DIR`"),
        );
    }
    for name in &names {
        let path = dir.join(name);
        let removed = match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::IsADirectory => fs::remove_dir_all(&path),
            removed => removed,
        };
        removed.map_err(failed)?;
    }
    Ok(())
}

/// Writes a file for its owner alone.
fn write_secret(path: &Path, text: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text));
    written.map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display())))
}
