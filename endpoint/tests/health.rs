//! Whether the server is alive and ready, what it answers where there is nothing, and how it stops.

use crate::support::{
    folder::Folder,
    server::{HEAD, Server},
    vault::{AT_ONCE, Vault},
};

const NO_SHARES: &str = "[modules]\nshares = false\n";

fn server(folder: &Folder) -> Server {
    folder.write("endpoint.toml", format!("{HEAD}{NO_SHARES}"));
    Server::start(folder)
}

#[test]
fn a_server_that_has_started_is_alive_and_ready() {
    let folder = Folder::new();
    let server = server(&folder);

    assert_eq!(server.get("/healthz").send().expect(200)["alive"], true);
    assert_eq!(
        server.admin("GET", "/healthz").send().expect(200)["alive"],
        true
    );
    let ready = server.admin("GET", "/readyz").send().expect(200);
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["missing"], serde_json::json!([]));
}

#[test]
fn operators_have_a_listener_of_their_own() {
    let folder = Folder::new();
    let server = server(&folder);
    server
        .get("/readyz")
        .send()
        .expect_problem(404, "no-such-path");
}

#[test]
fn what_is_not_there_is_a_problem_with_a_code() {
    let folder = Folder::new();
    let server = server(&folder);
    server
        .get("/nothing")
        .send()
        .expect_problem(404, "no-such-path");
    let wrong = server.request("DELETE", "/healthz").send();
    wrong.expect_problem(405, "method-not-allowed");
}

#[test]
fn it_ends_when_it_is_told_to_and_starts_again() {
    let folder = Folder::new();
    let first = server(&folder);
    first.get("/healthz").send().expect(200);
    assert_eq!(first.stop(), Some(0));

    let second = Server::start(&folder);
    second.get("/healthz").send().expect(200);
}

#[test]
fn its_files_are_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    // It needs no server of another program.
    let sqlite = "[database]\nurl = \"sqlite:data\"\n";
    folder.write("endpoint.toml", format!("{HEAD}{NO_SHARES}{sqlite}"));
    let _server = Server::start(&folder);
    for (name, wanted) in [
        ("data", 0o700),
        ("data/state.db", 0o600),
        ("data/shares.db", 0o600),
    ] {
        let mode = std::fs::metadata(folder.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, wanted, "{name}");
    }
}

/// Also where the framework could not read the address.
#[test]
fn an_address_that_cannot_be_read_is_a_problem() {
    let vault = Vault::start(AT_ONCE);
    for path in ["/v1/releases/%ff", "/v1/wallets/%c3%28/server-share"] {
        let answer = vault.ask("ann", "GET", path).send();
        answer.expect_problem(404, "no-such-path");
    }
    for path in [
        "/v1/operator/audit?from=surprise",
        "/v1/operator/releases?state=a&state=b",
        "/v1/operator/releases?state=%ff",
    ] {
        let answer = vault.operator("olga", "GET", path).send();
        let problem = answer.expect_problem(400, "bad-request");
        assert!(!problem.to_string().contains("surprise"), "{problem}");
    }
}
