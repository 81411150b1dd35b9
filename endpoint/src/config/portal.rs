//! `[portal]`: where Portal's webhooks arrive, and the secrets that they carry.

use std::path::Path;

use super::{
    Limits, Portal,
    reader::{Field, Section},
};

/// Where the routes begin if nothing is said.
pub const ROOT: &str = "/portal";
/// First parts of paths that are the endpoint's own.
const OWN: [&str; 6] = ["v1", "api", "takeover", "docs", "healthz", "openapi.json"];
/// Smallest `limits.body` with which the largest share arrives: 64 KiB, escaped as JSON, with room.
const LEAST_BODY: usize = 256 << 10;

/// Reads the section; `None` where it is not there or unusable, which has been complained about.
pub(super) fn read(section: &Section<'_>, folder: &Path) -> Option<Portal> {
    if !section.is_there() {
        return None;
    }
    let root = section.get("root").and_then(|field| {
        let text = field.text()?;
        check_root(&field, text);
        Some(text)
    });
    let secrets = section.need("secrets").and_then(|field| field.text());
    let legacy = section.get("legacy").and_then(|field| field.flag());
    section.finish();
    Some(Portal {
        root: root.unwrap_or(ROOT).to_owned(),
        secrets: folder.join(secrets?),
        legacy: legacy.unwrap_or(false),
    })
}

fn check_root(field: &Field<'_>, text: &str) {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~".contains(letter);
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(is_plain) && part.chars().any(|letter| letter != '.')
    };
    let parts = text.strip_prefix('/').map(|rest| rest.split('/'));
    let Some(mut parts) = parts.filter(|parts| parts.clone().all(is_part)) else {
        return field.complain(
            "is no path of letters, digits, `-`, `.`, `_` and `~` that begins with a slash and ends without one, such as \"/portal\"",
        );
    };
    if let Some(own) = parts.next().filter(|part| OWN.contains(part)) {
        field.complain(format!(
            "begins with `/{own}`, where the endpoint has paths of its own: choose another, such as \"/portal\""
        ));
    }
}

/// What the module needs beside its section.
pub(super) fn check(root: &Section<'_>, portal: Option<&Portal>, limits: &Limits) {
    if portal.is_none() && !root.section("portal").is_there() {
        root.complain(
            "has no `[portal]`, which `modules.portal` needs: write `[portal]` and `secrets = \"portal-secrets.txt\"`, a file with the \
             secret of Portal's webhooks, one a line",
        );
    }
    if !root.section("key").is_there() {
        root.complain(
            "has no `[key]`, which `modules.portal` needs: Portal's shares are sealed under a data key, and `[key]` names who opens it",
        );
    }
    if limits.body < LEAST_BODY {
        root.section("limits").complain(
            "has a `body` of less than 256KiB, which `modules.portal` needs: shares have up to 64 KiB, and JSON makes them longer",
        );
    }
}
