//! What keeps a server going: copies of its database, checks before it starts, bounds, metrics, confinement.

use std::{fs, thread};

use serde_json::json;

use crate::support::{
    company::{self, KEY, sealed, wallets},
    database::is_postgres,
    folder::{Folder, make_pipe},
    server::{HEAD, Server},
    users::Company,
    vault::{AT_ONCE, Vault},
};

#[test]
fn a_copy_that_was_taken_under_load_serves_and_verifies() {
    let (vault, restored) = (Vault::start(AT_ONCE), Folder::new());
    let path = format!("/v1/wallets/{}/server-share", vault.wallets[0]);
    let told = thread::scope(|scope| {
        let asking = scope.spawn(|| {
            for _ in 0..60 {
                vault.ask("ann", "GET", &path).send().expect(200);
            }
        });
        if is_postgres() {
            vault.folder.database.copy_to(&restored.database);
        }
        let run = vault.folder.run(&["backup", "--to", "copy"]);
        asking.join().unwrap();
        run.stdout() + &run.stderr()
    });
    let wanted = if is_postgres() {
        "pg_dump"
    } else {
        "audit events, none changed; 1 complete files of shares"
    };
    assert!(told.contains(wanted), "{told}");

    for name in ["endpoint-private.pem", "jwks.json"] {
        restored.write(name, vault.folder.read(name));
    }
    let config = vault.folder.read("endpoint.toml");
    let config = config
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("database"));
    restored.write("endpoint.toml", format!("\n{}", config.collect::<String>()));
    if !is_postgres() {
        fs::create_dir(restored.path("data")).unwrap();
        for name in ["state.db", "shares.db"] {
            let (from, to) = (format!("copy/{name}"), format!("data/{name}"));
            fs::copy(vault.folder.path(&from), restored.path(&to)).unwrap();
        }
    }
    restored.run(&["check"]).ok();
    let told = restored.run(&["audit", "verify"]).ok().stdout();
    assert!(told.contains("events, none changed"), "{told}");
    let server = Server::start(&restored);
    let token = Company::token("ann", json!({}));
    server.get(&path).token(&token).send().expect(200);

    let again = vault.folder.run(&["backup", "--to", "copy"]);
    assert_eq!(again.status(), 2);
    let wanted = if is_postgres() {
        "pg_dump"
    } else {
        "is not empty"
    };
    assert!(again.stderr().contains(wanted), "{}", again.stderr());
}

/// A copy knows nothing of what came after it, and what a stopped server left beside its files would be played over others.
#[test]
fn a_copy_is_put_back_as_it_was_and_ends_what_was_open() {
    let mut vault = Vault::start("[release]\ndelay = \"1h\"\nper_wallet = 100\n");
    let id = vault.requested("ann", 0);
    if is_postgres() {
        let refused = vault.folder.run(&["restore", "--from", "copy"]);
        assert_eq!(refused.status(), 2);
        assert!(
            refused.stderr().contains("pg_restore"),
            "{}",
            refused.stderr()
        );
    } else {
        vault.folder.run(&["backup", "--to", "copy"]).ok();
        for _ in 0..20 {
            let path = format!("/v1/wallets/{}/releases", vault.wallets[1]);
            let made = vault.ask("bob", "POST", &path).send().expect(201);
            let release = format!("/v1/releases/{}", made["id"].as_str().unwrap());
            vault.ask("bob", "DELETE", &release).send();
        }
    }
    vault.take_server().stop();

    let mut restore = vec!["restore"];
    if !is_postgres() {
        let refused = vault.folder.run(&["restore", "--from", "copy"]);
        assert_eq!(refused.status(), 2);
        assert!(
            refused.stderr().contains("move the folder"),
            "{}",
            refused.stderr()
        );
        // The logs beside the files were written into them: the files alone are the database.
        for name in ["state.db-wal", "shares.db-wal"] {
            let left = fs::metadata(vault.folder.path("data").join(name));
            assert!(
                left.is_err() || left.is_ok_and(|left| left.len() == 0),
                "{name}"
            );
        }
        fs::rename(vault.folder.path("data"), vault.folder.path("gone")).unwrap();
        // What a restore left that was killed.
        fs::create_dir_all(vault.folder.path("data/restoring")).unwrap();
        vault.folder.write("data/restoring/state.db", "half");
        // A server would make an empty database there, in which nothing is locked.
        for command in ["serve", "check"] {
            let (status, told) = vault.folder.ended(&[command]);
            assert_eq!(status, 2, "{told}");
            assert!(told.contains("restore --from"), "{told}");
        }
        assert!(!vault.folder.path("data/state.db").exists());
        let refused = vault.folder.run(&["restore"]);
        assert_eq!(refused.status(), 2);
        assert!(refused.stderr().contains("--from"), "{}", refused.stderr());
        restore.extend(["--from", "copy"]);
    }
    let told = vault.folder.run(&restore).ok().stdout();
    assert!(
        told.contains("open in the copy, and are ended: 1"),
        "{told}"
    );
    let (status, told) = vault.verify();
    assert_eq!(status, 0, "{told}");
    if !is_postgres() {
        use std::os::unix::fs::PermissionsExt;
        for name in ["data/state.db", "data/shares.db"] {
            let mode = fs::metadata(vault.folder.path(name)).unwrap().permissions();
            assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
        }
        assert!(!vault.folder.path("data/restoring").exists());
    }

    vault.restart();
    assert_eq!(vault.state("ann", &id), "cancelled");
    let events = vault.events();
    let last = events.last().unwrap();
    assert_eq!(last["kind"], "database-restored", "{last}");
    assert_eq!(last["ended"], 1, "{last}");
}

/// SQLite says what it sees; the chain alone would not.
#[test]
fn a_database_file_that_is_damaged_is_told() {
    if is_postgres() {
        return;
    }
    let vault = Vault::prepared(AT_ONCE);
    vault.folder.run(&["check"]).ok();
    let path = vault.folder.path("data/state.db");
    let mut bytes = fs::read(&path).unwrap();
    let page = 4096;
    for byte in bytes.iter_mut().skip(3 * page).step_by(7) {
        *byte = !*byte;
    }
    fs::write(&path, bytes).unwrap();
    let run = vault.folder.run(&["check"]);
    assert_eq!(run.status(), 2, "{}", run.stdout());
    assert!(
        run.stderr().contains("state.db") || run.stderr().contains("malformed"),
        "{}",
        run.stderr()
    );
}

/// A pipe that nobody writes to would be waited for without end.
#[test]
fn a_pipe_in_the_place_of_a_file_is_refused() {
    let vault = Vault::prepared("[audit]\nkey = \"audit.key\"\n");
    name_a_certificate(&vault);
    for name in [
        "jwks.json",
        "audit.key",
        "endpoint-private.pem",
        "tls.pem",
        "tls.key",
        "endpoint.toml",
    ] {
        let path = vault.folder.path(name);
        let before = fs::read(&path).unwrap_or_default();
        let _none = fs::remove_file(&path);
        make_pipe(&path);
        let (status, told) = vault.folder.ended(&["check"]);
        assert_eq!(status, 2, "{name}: {told}");
        let named = told.lines().find(|line| line.contains("no regular file"));
        assert!(
            named.is_some_and(|line| line.contains(name)),
            "{name}: {told}"
        );
        fs::remove_file(&path).unwrap();
        vault.folder.write(name, before);
    }
}

#[test]
fn a_server_does_not_wait_for_a_certificate_out_of_a_pipe() {
    for (pipe, file) in [("tls.pem", "tls.key"), ("tls.key", "tls.pem")] {
        let vault = Vault::prepared("");
        name_a_certificate(&vault);
        vault.folder.write(file, "");
        make_pipe(&vault.folder.path(pipe));
        let (status, told) = vault.folder.ended(&["serve"]);
        assert_eq!(status, 2, "{told}");
        let named = told.lines().find(|line| line.contains("no regular file"));
        assert!(named.is_some_and(|line| line.contains(pipe)), "{told}");
    }
}

fn name_a_certificate(vault: &Vault) {
    let config = vault.folder.read("endpoint.toml");
    let tls = "[server]\ntls = { certificate = \"tls.pem\", key = \"tls.key\" }\n";
    let config = config.replacen("[server]\n", tls, 1);
    fs::write(vault.folder.path("endpoint.toml"), config).unwrap();
}

#[test]
fn a_check_names_every_file_that_is_wrong() {
    use std::os::unix::fs::PermissionsExt;
    let vault = Vault::prepared(
        "[audit]\nkey = \"audit.key\"\n[[service]]\napi_key = \"a\"\npublic_key = \"b.pem\"\n",
    );
    let key = vault.folder.path("endpoint-private.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    fs::remove_file(vault.folder.path("jwks.json")).unwrap();
    let run = vault.folder.run(&["check"]);
    assert_eq!(run.status(), 2);
    let told = run.stderr();
    for what in [
        "jwks.json",
        "b.pem",
        "audit.key",
        "anybody on this machine may read",
    ] {
        assert!(told.contains(what), "{what}: {told}");
    }
}

#[test]
fn a_check_knows_which_key_the_shares_are_sealed_to() {
    let vault = Vault::prepared(AT_ONCE);
    vault.folder.run(&["check"]).ok();
    vault
        .folder
        .write("endpoint-private.pem", company::key("other.pkcs8.pem"));
    let run = vault.folder.run(&["check"]);
    assert_eq!(run.status(), 2);
    assert!(
        run.stderr()
            .contains("sealed file 1: the file is not sealed to key"),
        "{}",
        run.stderr()
    );
    assert!(Server::try_start(&vault.folder).is_err_and(|log| log.contains("not sealed to key")));
}

#[test]
fn both_halves_on_one_host_are_warned_of() {
    let folder = Folder::new();
    folder.write("endpoint-private.pem", company::key("recovery.pkcs8.pem"));
    folder.write("endpoint.toml", format!("{HEAD}{KEY}"));
    let told = folder.run(&["check"]).ok().stdout();
    assert!(
        told.contains("warning: shares and backups are both on this host"),
        "{told}"
    );
}

/// An import while the server runs is not served before it starts again, and that is said.
#[test]
fn a_file_that_came_after_the_start_is_named_as_missing() {
    let mut vault = Vault::start(AT_ONCE);
    let more: Vec<String> = wallets(1003).split_off(1000);
    let file = sealed(&more, &[company::public("recovery")], 5);
    vault.folder.write("more.sealed", file);
    vault.folder.run(&["import", "shares", "more.sealed"]).ok();
    let ready = vault.server().admin("GET", "/readyz").send().expect(503);
    assert_eq!(ready["missing"], json!(["share-key"]));

    vault.take_server().stop();
    vault.restart();
    vault.server().admin("GET", "/readyz").send().expect(200);
    let rows = format!("subject,walletId\nann,{}\n", more[0]);
    vault.folder.write("more.csv", rows);
    let args = [
        "import",
        "grants",
        "--issuer",
        "https://issuer.example",
        "more.csv",
    ];
    vault.folder.run(&args).ok();
    let path = format!("/v1/wallets/{}/server-share", more[0]);
    let share = vault.ask("ann", "GET", &path).send().expect(200);
    assert_eq!(share["walletId"], more[0].as_str());
}

#[test]
fn a_caller_and_an_address_may_ask_so_often() {
    let folder_of = |caller: &str, address: &str| {
        let vault = Vault::prepared(AT_ONCE);
        let config = vault.folder.read("endpoint.toml");
        let config = config
            .replace(
                "per_caller = \"100000/s\"",
                &format!("per_caller = \"{caller}\""),
            )
            .replace(
                "per_address = \"100000/s\"",
                &format!("per_address = \"{address}\""),
            );
        vault.folder.write("endpoint.toml", config);
        vault.started()
    };
    let vault = folder_of("3/h", "1000/s");
    for _ in 0..3 {
        vault.ask("ann", "GET", "/v1/wallets").send().expect(200);
    }
    let answer = vault.ask("ann", "GET", "/v1/wallets").send();
    answer.expect_problem(429, "too-many-requests");
    let wait: u64 = answer.headers["retry-after"].parse().unwrap();
    assert!((1..=1201).contains(&wait), "{wait}");
    vault.ask("bob", "GET", "/v1/wallets").send().expect(200);

    let vault = folder_of("1000/s", "3/h");
    for _ in 0..3 {
        vault.server().get("/healthz").send().expect(200);
    }
    // A path that only looks like one of a recovery is counted, too.
    for path in ["/healthz", "/v1/releases/rpc", "/anything/invoke"] {
        let refused = vault.server().get(path).send();
        refused.expect_problem(429, "too-many-requests");
    }
}

#[test]
fn requests_are_counted_by_route_and_never_by_wallet() {
    let vault = Vault::start(AT_ONCE);
    let path = format!("/v1/wallets/{}/server-share", vault.wallets[0]);
    vault.ask("ann", "GET", &path).send().expect(200);
    vault
        .server()
        .get("/no/such/path")
        .send()
        .expect_problem(404, "no-such-path");
    let metrics = vault.server().admin("GET", "/metrics").send();
    assert_eq!(metrics.status, 200);
    let text = metrics.text;
    for line in [
        "lifeboat_requests_total{route=\"/v1/wallets/{w}/server-share\",status=\"200\"} 1",
        "lifeboat_requests_total{route=\"none\",status=\"404\"} 1",
        "lifeboat_ready 1",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains(&vault.wallets[0]));
    vault
        .server()
        .get("/metrics")
        .send()
        .expect_problem(404, "no-such-path");
}

#[test]
fn settings_that_cannot_be_kept_are_refused() {
    let folder = Folder::new();
    let head = HEAD.replace(
        "[limits]",
        "origins = [\"https://app.example.com\"]\n[limits]",
    );
    let config = format!("{head}[modules]\nshares = false\nbackups = false\n");
    folder.write("endpoint.toml", config);
    let log = Server::try_start(&folder).err().expect("it does not start");
    assert!(
        log.contains("`server.origins` is set, which this version cannot do"),
        "{log}"
    );
}

/// Every thread: what is left to a server that was taken over.
#[cfg(target_os = "linux")]
#[test]
fn a_server_starts_no_programs_and_leaves_no_memory_behind() {
    let vault = Vault::start(AT_ONCE);
    let process = format!("/proc/{}", vault.server().id());
    let limits = fs::read_to_string(format!("{process}/limits")).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    let mut threads = 0;
    for entry in fs::read_dir(format!("{process}/task")).unwrap() {
        // One may end while it is looked at.
        let Ok(status) = fs::read_to_string(entry.unwrap().path().join("status")) else {
            continue;
        };
        for line in ["Seccomp:\t2", "NoNewPrivs:\t1"] {
            assert!(status.contains(line), "{line}: {status}");
        }
        threads += 1;
    }
    assert!(threads >= 3, "{threads}");

    // Its memory stays out of the swap, or the log says that it does not.
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:"));
    let locked: u64 = locked
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    let is_told = vault.server().log().contains("memory is not locked");
    assert_eq!(locked == 0, is_told, "{status}");
    assert!(
        !vault.server().log().contains("not confined"),
        "{}",
        vault.server().log()
    );
}
