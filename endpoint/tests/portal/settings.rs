//! What the module needs before it serves, and what is said where that is missing.

use crate::support::{
    folder::Folder,
    portal::Portal,
    server::{HEAD, Server},
};

const KEY: &str = "[key]\nholder = \"file\"\npath = \"endpoint.pem\"\n";

fn refused(config: &str) -> String {
    let folder = Folder::new();
    folder.write("endpoint.toml", format!("{HEAD}{config}"));
    let run = folder.run(&["serve"]);
    assert_eq!(run.status(), 2);
    run.stderr()
}

#[test]
fn incomplete_settings_are_refused_with_what_to_write() {
    let modules = "[modules]\nshares = false\nbackups = false\nportal = true\n";
    let told = refused(modules);
    assert!(
        told.contains("write `[portal]` and `secrets = \"portal-secrets.txt\"`"),
        "{told}"
    );
    assert!(
        told.contains("has no `[key]`, which `modules.portal` needs"),
        "{told}"
    );
    let told = refused(&format!("{modules}{KEY}[portal]\nroot = \"/portal\"\n"));
    assert!(told.contains("`portal.secrets` is missing"), "{told}");
    let small = format!("body = \"64KiB\"\n{modules}{KEY}[portal]\nsecrets = \"s.txt\"\n");
    let told = refused(&small);
    assert!(
        told.contains("`limits` has a `body` of less than 256KiB"),
        "{told}"
    );

    for root in [
        "portal", "/portal/", "/", "/a//b", "/a/../b", "/{c}", "/*x", "/a b", "/é", "/a?b", "/..",
    ] {
        let told = refused(&format!(
            "{modules}{KEY}[portal]\nsecrets = \"s.txt\"\nroot = \"{root}\"\n"
        ));
        assert!(
            told.contains("`portal.root` is no path of letters"),
            "{root}: {told}"
        );
    }
    for root in ["/v1", "/v1/portal/clients", "/api/x", "/takeover"] {
        let told = refused(&format!(
            "{modules}{KEY}[portal]\nsecrets = \"s.txt\"\nroot = \"{root}\"\n"
        ));
        assert!(
            told.contains("where the endpoint has paths of its own"),
            "{root}: {told}"
        );
    }
}

#[test]
fn a_file_of_secrets_that_others_may_read_or_that_is_missing_is_refused() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let portal = Portal::prepared("");
    let file = portal.folder.path("portal-secrets.txt");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let log = Server::try_start(&portal.folder).err().expect("no start");
    assert!(log.contains("anybody on this machine may read"), "{log}");
    let check = portal.folder.run(&["check"]);
    assert_eq!(check.status(), 2);
    let told = check.stderr();
    assert!(told.contains("anybody on this machine may read"), "{told}");
    fs::remove_file(&file).unwrap();
    let log = Server::try_start(&portal.folder).err().expect("no start");
    assert!(
        log.contains("cannot read") && log.contains("portal-secrets.txt"),
        "{log}"
    );
    portal.folder.write("portal-secrets.txt", "too short");
    let log = Server::try_start(&portal.folder).err().expect("no start");
    assert!(
        log.contains("line 1 is no secret") && log.contains("openssl rand -hex 32"),
        "{log}"
    );
}

/// Where the module is off, there is nothing, whatever else is configured.
#[test]
fn a_module_that_is_off_answers_nothing() {
    let portal = Portal::prepared("root = \"/webhooks/portal-1\"\n");
    let portal = portal.started();
    let webhook = |portal: &Portal, path: &str| {
        let request = portal.server().request("POST", path);
        let request = request.header("X-Webhook-Secret", crate::support::portal::SECRET);
        request.body("{\"clientId\":\"a\"}").send().status
    };
    assert_eq!(webhook(&portal, "/webhooks/portal-1/backup/fetch"), 200);
    assert_eq!(webhook(&portal, "/portal/backup/fetch"), 404);
    let described = portal.server().get("/openapi.json").send().expect(200);
    assert!(described["paths"]["/webhooks/portal-1/backup"]["post"].is_object());

    let portal = Portal::prepared("");
    let config = portal.folder.read("endpoint.toml");
    portal.folder.write(
        "endpoint.toml",
        config.replace("portal = true", "portal = false"),
    );
    let portal = portal.started();
    assert_eq!(webhook(&portal, "/portal/backup/fetch"), 404);
}
