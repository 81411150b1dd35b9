//! `[database]`: a folder of SQLite, or the address of a PostgreSQL server. A password is never in it.

use std::path::Path;

use super::{
    Database, Postgres, SslMode,
    reader::{Field, Section},
};

/// What an address may say about encryption.
const SSL_MODES: [(&str, SslMode); 4] = [
    ("disable", SslMode::Disable),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-full", SslMode::VerifyFull),
];

/// Reads the section; `None` where it is unusable, which has been complained about.
pub(super) fn read(section: &Section<'_>, folder: &Path) -> Option<Database> {
    let url = section.get("url");
    let path = |name: &str| {
        let field = section.get(name);
        field.and_then(|field| field.text().map(|text| folder.join(text)))
    };
    let (certificate, password_file) = (path("certificate"), path("password_file"));
    section.finish();

    let Some(field) = url else {
        return Some(Database::Sqlite(folder.join("data")));
    };
    let text = field.text()?;
    if let Some(path) = text.strip_prefix("sqlite:") {
        if certificate.is_some() || password_file.is_some() {
            field.complain(
                "names a folder: `certificate` and `password_file` belong to a server of PostgreSQL",
            );
        }
        return Some(Database::Sqlite(folder.join(path)));
    }
    let Some((_, rest)) = text.split_once("://").filter(|(scheme, _)| {
        let known = ["postgres", "postgresql"];
        known.contains(scheme)
    }) else {
        field.complain("begins neither with \"sqlite:\" nor with \"postgres://\"");
        return None;
    };

    let (url, said) = address(&field, rest)?;
    let ssl_mode = match (said, &certificate) {
        (Said::Mode(mode), Some(_)) if mode != SslMode::VerifyFull => {
            field.complain("believes any server: with `certificate` say `sslmode=verify-full`");
            return None;
        }
        (Said::Mode(mode), _) => mode,
        // Beyond this machine nobody is believed without a certificate, unless that is said.
        (Said::Nothing { is_local: true }, None) => SslMode::Prefer,
        (Said::Nothing { .. }, _) => SslMode::VerifyFull,
    };
    Some(Database::Postgres(Postgres {
        url,
        ssl_mode,
        certificate,
        password_file,
    }))
}

/// What an address says about encryption.
enum Said {
    Mode(SslMode),
    Nothing { is_local: bool },
}

/// The address without what it says about encryption, and that.
fn address(field: &Field<'_>, rest: &str) -> Option<(String, Said)> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = place.split('/').next().unwrap_or_default();
    let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let mut hosts: Vec<&str> = hosts.split(',').filter(|host| !host.is_empty()).collect();
    if user.contains(':') {
        field.complain("has a password: put it into a file, and name that in `password_file`");
        return None;
    }

    let (mut kept, mut ssl_mode) = (Vec::new(), None);
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name {
            "password" | "passfile" => {
                field.complain(format!(
                    "says `{name}`: put the password into a file, and name that in `password_file`"
                ));
                return None;
            }
            "sslrootcert" => {
                field.complain("says `sslrootcert`: name the file in `certificate`");
                return None;
            }
            "sslmode" => {
                let known = SSL_MODES.iter().find(|(name, _)| *name == value);
                let Some((_, mode)) = known else {
                    let names = SSL_MODES.map(|(name, _)| name).join(", ");
                    field.complain(format!("says `sslmode={value}`, expected one of {names}"));
                    return None;
                };
                ssl_mode = Some(*mode);
            }
            _ => {
                if name == "host" {
                    hosts.extend(value.split(','));
                }
                kept.push(parameter);
            }
        }
    }
    if hosts.is_empty() {
        field.complain(
            "names no server, such as \"postgres://user@db.example.com/lifeboat\" or, for a socket, \"postgres://user@/lifeboat?host=/run/postgresql\"",
        );
        return None;
    }

    let said = ssl_mode.map_or_else(
        || Said::Nothing {
            is_local: hosts.iter().all(|host| is_local(host)),
        },
        Said::Mode,
    );
    let mut url = format!("postgres://{place}");
    if !kept.is_empty() {
        url = format!("{url}?{}", kept.join("&"));
    }
    Some((url, said))
}

/// Whether a host is a socket, or this machine by one of its usual names.
fn is_local(host: &str) -> bool {
    if host.starts_with('/') || host.to_ascii_lowercase().starts_with("%2f") {
        return true;
    }
    let name = host.strip_prefix('[').map_or_else(
        || host.split(':').next().unwrap_or_default(),
        |rest| rest.split(']').next().unwrap_or_default(),
    );
    name == "localhost" || name == "::1" || name.starts_with("127.")
}
