//! The description of the API: it names every route that there is, and no other.

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::vault::{AT_ONCE, Vault};

/// The paths in the sources of the routes. The parts of the takeover page are files for browsers, and no program asks for them.
fn routed() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes");
    let in_folder = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let mut paths = BTreeSet::new();
    for file in [in_folder(&folder), in_folder(&folder.join("openapi"))].concat() {
        let Ok(text) = fs::read_to_string(file) else {
            continue;
        };
        for rest in text.split(".route(").skip(1) {
            let path = rest.trim_start().strip_prefix('"').unwrap();
            let path = path.split('"').next().unwrap();
            // Portal's webhooks are below a root of the configuration, which is this one where nothing is said.
            if path.starts_with("/backup") {
                paths.insert(format!("/portal{path}"));
            } else if !path.starts_with("/takeover") {
                paths.insert(path.to_owned());
            }
        }
    }
    paths
}

#[test]
fn every_route_is_described_and_no_other() {
    let vault = Vault::start(AT_ONCE);
    let description = vault.server().get("/openapi.json").send().expect(200);
    let described: BTreeSet<String> = description["paths"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert!(described.len() > 30, "{}", described.len());
    assert_eq!(described, routed());
    assert_eq!(description["openapi"], "3.1.0");

    // Every schema that is named is there, and none is left over.
    let text = description.to_string();
    let schemas = description["components"]["schemas"].as_object().unwrap();
    assert!(schemas.len() > 30, "{}", schemas.len());
    for part in text.split("#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
    for name in schemas.keys() {
        let named = format!("#/components/schemas/{name}\"");
        assert!(text.contains(&named), "{name} is named nowhere");
    }

    // What needs a token says so.
    for path in ["/v1/wallets", "/v1/passphrases"] {
        assert!(
            description["paths"][path]["get"]["security"].is_array(),
            "{path}"
        );
    }
    assert!(description["paths"]["/healthz"]["get"]["security"].is_null());
}

#[test]
fn the_page_has_no_scripts_and_names_every_path() {
    let vault = Vault::start(AT_ONCE);
    let page = vault.server().get("/docs").send();
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("<script"));
    assert!(page.headers["content-security-policy"].starts_with("default-src 'none'"));
    for path in routed() {
        assert!(
            page.text.contains(&format!("<code>{path}</code>")),
            "{path}"
        );
    }
}
