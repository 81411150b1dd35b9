//! What a clock that is wrong for a moment may not do.

use std::{fs, thread::sleep, time::Duration};

use crate::support::{
    database::is_postgres,
    server::Server,
    users::{Company, WALLET, seconds, smaller_backup, success},
    vault::Vault,
};

/// Debian's libfaketime, which tells a program another time.
fn other_time() -> Option<String> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let found = libraries.find(|library| library.exists())?;
    Some(found.to_str().unwrap().to_owned())
}

/// Eleven years ahead for a moment, and back.
#[test]
fn a_clock_that_jumps_and_comes_back_changes_nothing() {
    let Some(library) = other_time() else {
        eprintln!("not run: no libfaketime (Debian package `faketime`)");
        return;
    };
    if is_postgres() {
        // A confined server reads the file below only beside a database of its own.
        return;
    }
    let mut vault = Vault::prepared("[release]\ndelay = \"1h\"\nper_wallet = 3\n");
    let file = vault.folder.path("data/clock");
    let set = |offset: &str| {
        fs::write(&file, format!("{offset}\n")).unwrap();
        sleep(Duration::from_millis(200));
    };
    set("+0");
    let environment = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("FAKETIME_DONT_RESET", "1"),
    ];
    vault.put_server(Server::start_with(&vault.folder, &environment));
    let id = vault.requested("ann", 0);

    set("+372000000");
    assert_ne!(vault.collect("ann", &id).send().status, 200);
    assert_eq!(vault.state("ann", &id), "waiting");
    let asked = vault.request("bob", 1).send().expect(201);
    let ahead = asked["createdAt"].as_i64().unwrap() / 1000 - seconds();
    assert!(ahead.abs() < 60, "{ahead}");
    let warnings = || vault.server().admin("GET", "/readyz").send().expect(200)["warnings"].clone();
    let is_told = |warnings: &serde_json::Value| {
        warnings
            .as_array()
            .unwrap()
            .contains(&"clock-jumped".into())
    };
    assert!(is_told(&warnings()));
    assert!(vault.server().log().contains("has jumped"));

    set("+0");
    assert!(!is_told(&warnings()));
    assert_eq!(vault.state("ann", &id), "waiting");
}

/// What such a moment left in a database does not stop notices, and locks nobody out.
#[test]
fn rows_of_a_wrong_clock_are_not_waited_for() {
    let vault = Vault::start("[release]\ndelay = \"1h\"\nper_wallet = 1\n");
    vault.requested("ann", 0);
    vault
        .folder
        .sql("UPDATE release SET created_at = created_at + 372000000000, ended = 'cancelled', ended_at = 0");
    vault.requested("ann", 0);

    // Nor is one that is open still: a new one is made, and goes on from now.
    let ahead = vault.requested("bob", 1);
    vault.folder.sql(
        "UPDATE release SET created_at = created_at + 372000000000, not_before = not_before + 372000000000, expires_at = expires_at + 372000000000 WHERE ended IS NULL",
    );
    let asked = vault.request("bob", 1).send().expect(201);
    assert_ne!(asked["id"], ahead.as_str());

    // A limit outlives a clock that is set back by less than a day.
    let other = Vault::start("[release]\ndelay = \"1h\"\nper_wallet = 1\n");
    other.requested("ann", 0);
    other.folder.sql(
        "UPDATE release SET created_at = created_at + 7200000, ended = 'cancelled', ended_at = 0",
    );
    let refused = other.request("ann", 0).send();
    refused.expect_problem(429, "too-many-releases");
}

/// A backup from a clock that was ahead is not given out in the place of one that was made since.
#[test]
fn a_backup_that_is_made_now_is_the_latest() {
    let company = Company::start();
    assert_eq!(company.back_up("p1"), success());
    company
        .folder
        .sql("UPDATE backup SET created_at = created_at + 372000000000, arrived_at = arrived_at + 372000000000");
    assert_eq!(
        company.ask("p1", "backup_keys", &smaller_backup()),
        success()
    );

    let latest = || {
        let path = format!("/v1/wallets/{WALLET}/backups/latest");
        company.as_user("GET", &path).send().expect(200)
    };
    assert_eq!(
        latest()["keys"].as_array().unwrap().len(),
        1,
        "{}",
        latest()
    );
    let path = format!("/v1/wallets/{WALLET}/backups");
    let history = company.as_user("GET", &path).send().expect(200);
    assert_eq!(history["backups"][0]["id"], latest()["id"], "{history}");
}
