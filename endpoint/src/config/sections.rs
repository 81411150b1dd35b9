//! Each section of the configuration, with the values that it has where nothing is said.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use tracing::level_filters::LevelFilter;

use super::{
    Audit, Holder, Issuer, IssuerKeys, Limits, Log, Modules, Network, Notify, Page,
    PassphraseSource, Rate, Server, Service, Settings, Tls,
    reader::{Field, Section},
};
use crate::domain::policy::{Encrypt, Mode, Policy};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// Signatures that tokens may have: never one with a shared secret.
const ALGORITHMS: [&str; 9] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
];

/// Reads all sections; `None` where one of them is unusable, which has been complained about.
pub(super) fn read(root: &Section<'_>, folder: &Path) -> Option<Settings> {
    // Every section is read before any is missed: all complaints come at once.
    let server = server(&root.section("server"), root, folder);
    let database = super::database::read(&root.section("database"), folder);
    let modules = modules(&root.section("modules"));
    let release = release(&root.section("release"));
    let key = key(&root.section("key"), folder);
    let issuers = root.sections("identity");
    let issuers = issuers
        .iter()
        .filter_map(|section| issuer(section, folder))
        .collect::<Vec<_>>();
    let page = page(&root.section("page"), &issuers);
    let services = root.sections("service");
    let services = services
        .iter()
        .filter_map(|section| service(section, folder))
        .collect();
    let portal = super::portal::read(&root.section("portal"), folder);
    let notify = notify(&root.section("notify"), folder);
    let audit = audit(&root.section("audit"), folder);
    let limits = limits(&root.section("limits"));
    let log = log(&root.section("log"));

    if modules.shares && release.mode == Mode::Hot && !root.section("key").is_there() {
        root.complain(
            "has no `[key]`: shares are served in hot mode, which needs who opens them; or say `release.mode = \"cold\"`",
        );
    }
    if modules.shares && release.mode == Mode::Cold && !root.section("key").is_there() {
        root.complain(
            "has no `[key]`: in cold mode it keeps what is handed in; make one of its own, never the one that shares are sealed to",
        );
    }
    if modules.portal {
        super::portal::check(root, portal.as_ref(), &limits);
    }
    if modules.page && !modules.shares {
        root.complain("`modules.page` needs `modules.shares`: its users ask for shares");
    }
    Some(Settings {
        server: server?,
        database: database?,
        modules,
        key,
        issuers,
        services,
        release,
        portal,
        page,
        notify,
        audit,
        limits,
        log,
    })
}

fn path_of(field: &Field<'_>, folder: &Path) -> Option<PathBuf> {
    field.text().map(|text| folder.join(text))
}

fn server(section: &Section<'_>, root: &Section<'_>, folder: &Path) -> Option<Server> {
    if !section.is_there() {
        root.complain("has no `[server]`");
        return None;
    }
    let address = |name: &str, default: &str| -> Option<SocketAddr> {
        let Some(field) = section.get(name) else {
            return default.parse().ok();
        };
        let text = field.text()?;
        let address = text.parse();
        if address.is_err() {
            field.complain(format!(
                "is `{text}`, expected an address and a port, such as \"0.0.0.0:8443\""
            ));
        }
        address.ok()
    };
    let listen = address("listen", "127.0.0.1:8443");
    let admin = address("admin", "127.0.0.1:9443");
    let public_url = section.need("public_url").and_then(|field| {
        let text = field.text()?.trim_end_matches('/');
        if !is_web_address(text) {
            field.complain("is no address that begins with https:// or, on loopback, http://");
            return None;
        }
        Some(text.to_owned())
    });
    let networks = section.get("trusted_proxies");
    let networks = networks.map_or(Vec::new(), |field| networks_of(&field));
    let tls = tls(section, networks, listen, folder);
    let origins = section
        .get("origins")
        .map_or(Vec::new(), |field| field.texts());
    section.finish();
    Some(Server {
        listen: listen?,
        admin: admin?,
        public_url: public_url?,
        tls: tls?,
        origins,
    })
}

fn tls(
    section: &Section<'_>,
    networks: Vec<Network>,
    listen: Option<SocketAddr>,
    folder: &Path,
) -> Option<Tls> {
    let Some(field) = section.get("tls") else {
        if listen.is_some_and(|address| !address.ip().is_loopback()) {
            section.complain(
                "listens beyond this machine without `tls`: give `tls = { certificate = …, key = … }`, or `tls = \"proxy\"` behind a proxy that encrypts",
            );
            return None;
        }
        return Some(Tls::None);
    };
    if field.is_table() {
        let section = field.section();
        let certificate = section
            .need("certificate")
            .and_then(|field| path_of(&field, folder));
        let key = section
            .need("key")
            .and_then(|field| path_of(&field, folder));
        section.finish();
        return Some(Tls::Own {
            certificate: certificate?,
            key: key?,
        });
    }
    field.choice(&[("proxy", ())])?;
    Some(Tls::Proxy(networks))
}

fn networks_of(field: &Field<'_>) -> Vec<Network> {
    let elements = field.elements();
    let network = |field: &Field<'_>| {
        let text = field.text()?;
        let network = Network::parse(text);
        if network.is_none() {
            field.complain(format!(
                "is `{text}`, expected a network such as \"10.0.0.0/8\""
            ));
        }
        network
    };
    elements.iter().filter_map(network).collect()
}

fn modules(section: &Section<'_>) -> Modules {
    let flag = |name: &str, default: bool| {
        let field = section.get(name);
        field.and_then(|field| field.flag()).unwrap_or(default)
    };
    let modules = Modules {
        shares: flag("shares", true),
        backups: flag("backups", true),
        portal: flag("portal", false),
        page: flag("page", false),
    };
    section.finish();
    modules
}

fn key(section: &Section<'_>, folder: &Path) -> Option<Holder> {
    if !section.is_there() {
        return None;
    }
    let is_file = section
        .need("holder")
        .and_then(|field| field.choice(&[("file", true), ("command", false)]));
    let holder = match is_file {
        None => {
            for name in [
                "path",
                "passphrase_file",
                "passphrase_command",
                "program",
                "public_key",
            ] {
                section.get(name);
            }
            None
        }
        Some(true) => key_file(section, folder),
        Some(false) => key_command(section, folder),
    };
    section.finish();
    holder
}

fn key_file(section: &Section<'_>, folder: &Path) -> Option<Holder> {
    let path = section
        .need("path")
        .and_then(|field| path_of(&field, folder));
    let file = section.get("passphrase_file");
    let command = section.get("passphrase_command");
    if let (Some(_), Some(command)) = (&file, &command) {
        command.complain("is there beside `passphrase_file`: only one of them can be");
    }
    let passphrase = match (file, command) {
        (Some(file), _) => PassphraseSource::File(path_of(&file, folder)?),
        (None, Some(command)) => PassphraseSource::Command(program_of(&command)?),
        (None, None) => PassphraseSource::Asked,
    };
    Some(Holder::File {
        path: path?,
        passphrase,
    })
}

fn key_command(section: &Section<'_>, folder: &Path) -> Option<Holder> {
    let program = section.need("program").and_then(|field| program_of(&field));
    let public_key = section
        .need("public_key")
        .and_then(|field| path_of(&field, folder));
    Some(Holder::Command {
        program: program?,
        public_key: public_key?,
    })
}

fn program_of(field: &Field<'_>) -> Option<Vec<String>> {
    let program = field.texts();
    if program.is_empty() {
        field.complain("names no program");
        return None;
    }
    Some(program)
}

fn issuer(section: &Section<'_>, folder: &Path) -> Option<Issuer> {
    let text = |name: &str| {
        let field = section.need(name);
        field.and_then(|field| field.text().map(str::to_owned))
    };
    let (issuer, audience) = (text("issuer"), text("audience"));
    let keys = issuer_keys(section, folder);
    let algorithms = section.get("algorithms").map_or_else(
        || vec!["RS256".to_owned()],
        |field| {
            for field in field.elements() {
                let known = field.text().is_none_or(|text| ALGORITHMS.contains(&text));
                if !known {
                    field.complain(format!("is none of {}", ALGORITHMS.join(", ")));
                }
            }
            field.texts()
        },
    );
    if algorithms.is_empty() {
        section.complain("has no algorithms: no token could be valid");
    }
    let wallets_claim = section.get("wallets").and_then(claim_or_grants);
    let operator = section.get("operator").and_then(|field| {
        let section = field.section();
        let claim = section.need("claim").and_then(|field| field.text());
        let is = section.need("is").and_then(|field| field.text());
        section.finish();
        Some((claim?.to_owned(), is?.to_owned()))
    });
    let clients_claim = section.get("clients").and_then(claim_or_grants);
    let scope = section.get("service_scope").and_then(|field| field.text());
    section.finish();
    Some(Issuer {
        issuer: issuer?,
        audience: audience?,
        keys: keys?,
        algorithms,
        wallets_claim,
        clients_claim,
        operator,
        service_scope: scope.unwrap_or("lifeboat.service").to_owned(),
    })
}

/// `{ claim = … }`, or the word for the table of grants.
fn claim_or_grants(field: Field<'_>) -> Option<String> {
    if field.is_table() {
        let section = field.section();
        let claim = section.need("claim").and_then(|field| field.text());
        section.finish();
        return claim.map(str::to_owned);
    }
    field.choice(&[("grants", ())]);
    None
}

fn issuer_keys(section: &Section<'_>, folder: &Path) -> Option<IssuerKeys> {
    let (url, file) = (section.get("jwks_url"), section.get("jwks_file"));
    match (url, file) {
        (Some(url), None) => {
            let text = url.text()?;
            if !is_web_address(text) {
                url.complain("is no address that begins with https:// or, on loopback, http://");
                return None;
            }
            Some(IssuerKeys::Url(text.to_owned()))
        }
        (None, Some(file)) => path_of(&file, folder).map(IssuerKeys::File),
        (None, None) => {
            section.complain("has neither `jwks_url` nor `jwks_file`");
            None
        }
        (Some(_), Some(file)) => {
            file.complain("is there beside `jwks_url`: only one of them can be");
            None
        }
    }
}

/// Whether it is one of https, or of http to this machine.
fn is_web_address(text: &str) -> bool {
    let host = |rest: &str| {
        let host = rest.split('/').next().unwrap_or_default();
        !host.is_empty() && !host.contains(['@', ' ', '?', '#'])
    };
    if let Some(rest) = text.strip_prefix("https://") {
        return host(rest);
    }
    let loopback = ["127.0.0.1", "localhost", "[::1]"];
    text.strip_prefix("http://").is_some_and(|rest| {
        host(rest)
            && loopback.iter().any(|name| {
                let rest = rest.strip_prefix(name);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
            })
    })
}

fn service(section: &Section<'_>, folder: &Path) -> Option<Service> {
    let api_key = section.need("api_key").and_then(|field| field.text());
    let public_key = section
        .need("public_key")
        .and_then(|field| path_of(&field, folder));
    section.finish();
    Some(Service {
        api_key: api_key?.to_owned(),
        public_key: public_key?,
    })
}

fn release(section: &Section<'_>) -> Policy {
    let default = Policy::default();
    let duration = |name: &str, least: Duration, most: Duration, default: Duration| {
        let field = section.get(name);
        let duration = field.and_then(|field| field.duration(least, most));
        duration.unwrap_or(default)
    };
    let number = |name: &str, least: u64, most: u64, default: u32| {
        let field = section.get(name);
        let number = field.and_then(|field| field.number(least, most));
        number
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(default)
    };
    let mode = section.get("mode");
    let mode = mode.and_then(|field| field.choice(&[("hot", Mode::Hot), ("cold", Mode::Cold)]));
    let encrypt = section.get("encrypt");
    let encrypt = encrypt.and_then(|field| {
        field.choice(&[
            ("optional", Encrypt::Optional),
            ("required", Encrypt::Required),
        ])
    });
    let policy = Policy {
        mode: mode.unwrap_or(default.mode),
        delay: duration("delay", Duration::ZERO, 30 * DAY, default.delay),
        approvals: number("approvals", 0, 5, default.approvals),
        ttl: duration("ttl", MINUTE, 90 * DAY, default.ttl),
        per_wallet: number("per_wallet", 1, 1000, default.per_wallet),
        encrypt: encrypt.unwrap_or(default.encrypt),
        max_sign_in_age: section
            .get("max_sign_in_age")
            .and_then(|field| field.duration(SECOND, 90 * DAY)),
    };
    if policy.ttl <= policy.delay {
        section.complain("has a `ttl` that is not longer than its `delay`: every release would expire before it is ready");
    }
    section.finish();
    policy
}

fn page(section: &Section<'_>, issuers: &[Issuer]) -> Option<Page> {
    if !section.is_there() {
        return None;
    }
    let client_id = section.need("client_id").and_then(|field| field.text());
    let named = section.get("issuer").and_then(|field| field.text());
    section.finish();

    let client_id = client_id?;
    let known = match (named, issuers) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(named), _) => issuers.iter().find(|issuer| issuer.issuer == named),
    };
    let Some(issuer) = known else {
        section.complain("names no `issuer` of `[[identity]]`, at which its users sign in");
        return None;
    };
    if issuer.audience != client_id {
        section.complain(
            "its `client_id` is not the `audience` of its issuer: every sign-in would be refused",
        );
    }
    // It goes into the page's policy.
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~:/[]%".contains(letter);
    if !is_web_address(&issuer.issuer) || !issuer.issuer.chars().all(is_plain) {
        section.complain("its issuer is no address at which anybody could sign in");
    }
    Some(Page {
        issuer: issuer.issuer.clone(),
        client_id: client_id.to_owned(),
    })
}

fn notify(section: &Section<'_>, folder: &Path) -> Option<Notify> {
    if !section.is_there() {
        return None;
    }
    let url = section.need("url").and_then(|field| {
        let text = field.text()?;
        if !is_web_address(text) {
            field.complain("is no address that begins with https:// or, on loopback, http://");
            return None;
        }
        Some(text)
    });
    let secret = section
        .need("secret")
        .and_then(|field| path_of(&field, folder));
    let checkpoints = section.get("checkpoints").and_then(|field| field.flag());
    section.finish();
    Some(Notify {
        url: url?.to_owned(),
        secret: secret?,
        checkpoints: checkpoints.unwrap_or(false),
    })
}

fn audit(section: &Section<'_>, folder: &Path) -> Audit {
    let key = section.get("key").and_then(|field| path_of(&field, folder));
    let every = section.get("every");
    let every = every.and_then(|field| field.duration(SECOND, DAY));
    let verifiers = section.get("verifiers");
    section.finish();
    Audit {
        key,
        verifiers: verifiers.map_or_else(Vec::new, |field| field.texts()),
        every: every.unwrap_or(10 * MINUTE),
    }
}

fn limits(section: &Section<'_>) -> Limits {
    let duration = |name: &str, default: Duration| {
        let field = section.get(name);
        let duration = field.and_then(|field| field.duration(SECOND, 2 * MINUTE));
        duration.unwrap_or(default)
    };
    let rate = |name: &str, count: u32| {
        let field = section.get(name);
        let rate = field.and_then(|field| field.rate());
        rate.unwrap_or(Rate { count, per: MINUTE })
    };
    let body = section.get("body");
    let body = body.and_then(|field| field.size(64 << 10, 64 << 20));
    let open = section.get("open");
    let open = open.and_then(|field| field.number(1, 100_000));
    let usize_of = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let limits = Limits {
        body: body.map_or(1 << 20, usize_of),
        request: duration("request", 10 * SECOND),
        header: duration("header", 5 * SECOND),
        open: open.map_or(512, usize_of),
        per_caller: rate("per_caller", 60),
        per_address: rate("per_address", 300),
        webhooks: rate("webhooks", 6000),
    };
    section.finish();
    limits
}

fn log(section: &Section<'_>) -> Log {
    let json = section.get("format");
    let json = json.and_then(|field| field.choice(&[("json", true), ("text", false)]));
    let level = section.get("level");
    let level = level.and_then(|field| {
        field.choice(&[
            ("error", LevelFilter::ERROR),
            ("warn", LevelFilter::WARN),
            ("info", LevelFilter::INFO),
            ("debug", LevelFilter::DEBUG),
        ])
    });
    section.finish();
    Log {
        json: json.unwrap_or(true),
        level: level.unwrap_or(LevelFilter::INFO),
    }
}
