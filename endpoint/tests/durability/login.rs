//! How the endpoint gets into a server of PostgreSQL: certificates and passwords.

use crate::support::{
    database::{cluster, is_postgres, port, psql},
    folder::Folder,
    server::{HEAD, Server},
};

/// A user with a password and a database, and a folder with the server's authority and another one.
fn guest(folder: &Folder, name: &str) {
    psql(
        "postgres",
        &format!("CREATE ROLE {name} LOGIN PASSWORD 'open sesame'"),
    )
    .unwrap();
    psql("postgres", &format!("CREATE DATABASE {name} OWNER {name}")).unwrap();
    let authority = std::fs::read(format!("{}/ca.pem", cluster().unwrap())).unwrap();
    folder.write("ca.pem", authority);
    folder.write("password.txt", "open sesame\n");
}

fn configure(folder: &Folder, name: &str, host: &str, parameters: &str, more: &str) {
    let port = port();
    let url = format!("postgres://{name}@{host}:{port}/{name}{parameters}");
    let config = format!(
        "[database]\nurl = \"{url}\"\npassword_file = \"password.txt\"\n{more}{HEAD}[modules]\nshares = false\n"
    );
    folder.write("endpoint.toml", config);
}

fn leave(name: &str) {
    psql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
    psql("postgres", &format!("DROP ROLE {name}")).unwrap();
}

#[test]
fn a_server_proves_who_it_is_where_that_is_wanted() {
    if !is_postgres() {
        return;
    }
    let (folder, name) = (Folder::new(), "guest_of_certificates");
    guest(&folder, name);
    let own = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other"])
        .arg("-keyout")
        .arg(folder.path("other.key"))
        .arg("-out")
        .arg(folder.path("other.pem"))
        .output();
    assert!(own.unwrap().status.success());

    let authority = "certificate = \"ca.pem\"\n";
    let other = "certificate = \"other.pem\"\n";
    for (host, parameters, more, fault) in [
        ("localhost", "?sslmode=verify-full", authority, None),
        ("localhost", "", authority, None),
        ("localhost", "?sslmode=require", "", None),
        ("localhost", "", "", None),
        ("localhost", "?sslmode=disable", "", Some("no encryption")),
        (
            "localhost",
            "?sslmode=verify-full",
            other,
            Some("UnknownIssuer"),
        ),
        (
            "localhost",
            "?sslmode=verify-full",
            "",
            Some("UnknownIssuer"),
        ),
        (
            "127.0.0.1",
            "?sslmode=verify-full",
            authority,
            Some("not valid for name"),
        ),
    ] {
        configure(&folder, name, host, parameters, more);
        let run = folder.run(&["check"]);
        let told = run.stderr();
        match fault {
            None => assert_eq!(run.status(), 0, "{host}{parameters} {more}: {told}"),
            Some(fault) => {
                assert_eq!(run.status(), 2, "{host}{parameters} {more}");
                assert!(told.contains(fault), "{host}{parameters} {more}: {told}");
            }
        }
    }
    leave(name);
}

#[test]
fn a_password_is_read_again_for_every_connection_and_told_to_nobody() {
    if !is_postgres() {
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let (folder, name) = (Folder::new(), "guest_of_passwords");
    guest(&folder, name);
    configure(&folder, name, "localhost", "", "certificate = \"ca.pem\"\n");
    let server = Server::start(&folder);
    assert_eq!(server.admin("GET", "/readyz").send().status, 200);

    // Changed on both sides while it serves, confined as it is.
    psql(
        "postgres",
        &format!("ALTER ROLE {name} PASSWORD 'close sesame'"),
    )
    .unwrap();
    folder.write("password.txt", "close sesame\n");
    let sql =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{name}'");
    psql("postgres", &sql).unwrap();
    assert_eq!(server.admin("GET", "/readyz").send().status, 200);
    assert_eq!(server.stop(), Some(0));

    folder.write("password.txt", "a wrong word\n");
    let told = folder.run(&["check"]).stderr();
    assert!(told.contains("password authentication failed"), "{told}");
    assert!(!told.contains("wrong word"), "{told}");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path("password.txt"), open).unwrap();
    let told = folder.run(&["check"]).stderr();
    assert!(
        told.contains("anybody on this machine may read it"),
        "{told}"
    );
    leave(name);
}

/// Looked at before anybody is asked: a server is not needed for it.
#[test]
fn a_password_that_anybody_may_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let database = "[database]\nurl = \"postgres://guest@127.0.0.1:1/none\"\npassword_file = \"password.txt\"\n";
    folder.write(
        "endpoint.toml",
        format!("{database}{HEAD}[modules]\nshares = false\n"),
    );
    folder.write("password.txt", "open sesame\n");
    let checked = |mode: u32| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.path("password.txt"), mode).unwrap();
        folder.run(&["check"]).stderr()
    };
    let told = checked(0o604);
    assert!(
        told.contains("anybody on this machine may read it"),
        "{told}"
    );
    assert!(!checked(0o640).contains("anybody"));
}
