//! A database that is held, stopped, full or read-only: refused at once, nothing acknowledged is lost, and it goes on by
//! itself.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::Command,
    sync::atomic::Ordering,
    thread::{self, sleep},
    time::{Duration, Instant},
};

use super::load::{Load, grant_all, wait_until};
use crate::support::{
    client::Answer,
    database::{cluster, is_postgres},
    server::Server,
    vault::{AT_ONCE, Vault},
};

/// Longest time of a refusal.
const AT_ONCE_IS: Duration = Duration::from_millis(700);

fn is_ready(vault: &Vault) -> bool {
    vault.server().admin("GET", "/readyz").send().status == 200
}

fn share(vault: &Vault, wallet: usize) -> Answer {
    let path = format!("/v1/wallets/{}/server-share", vault.wallets[wallet]);
    vault.ask("ann", "GET", &path).send()
}

/// Refused at once, and when to come again is said.
fn assert_refused(vault: &Vault) {
    let begun = Instant::now();
    let refused = share(vault, 0);
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
    assert!(begun.elapsed() < AT_ONCE_IS, "{:?}", begun.elapsed());
}

/// A write that is under way is held up by somebody else: after three seconds nobody else waits with it.
#[test]
fn a_write_that_is_stuck_holds_up_nobody_for_longer_than_three_seconds() {
    let vault = Vault::start(AT_ONCE);
    share(&vault, 0).expect(200);
    let held = vault.folder.database.hold(vault.folder.root());
    thread::scope(|scope| {
        let begun = Instant::now();
        let first = scope.spawn(|| share(&vault, 0));
        sleep(Duration::from_secs(1));
        let second = scope.spawn(|| share(&vault, 0));
        sleep(Duration::from_millis(2300));
        assert_refused(&vault);
        assert!(!is_ready(&vault));
        drop(held);
        // Both were taken, and are done now.
        first.join().unwrap().expect(200);
        second.join().unwrap().expect(200);
        assert!(begun.elapsed() < Duration::from_millis(4900));
        share(&vault, 0).expect(200);
    });
    wait_until("it is ready again", || is_ready(&vault));
    let (status, told) = vault.verify();
    assert_eq!(status, 0, "{told}");
}

/// What a file system or a server says that takes no writes: here a trigger says it. The two tests below have real ones.
#[test]
fn a_database_that_takes_no_writes_is_looked_at_again_without_a_request() {
    let vault = Vault::start(AT_ONCE);
    share(&vault, 0).expect(200);
    let (refuse, allow) = if is_postgres() {
        (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'read-only' USING ERRCODE = '25006'; END $$; \
             CREATE TRIGGER a BEFORE INSERT ON audit EXECUTE FUNCTION refuse(); CREATE TRIGGER b BEFORE INSERT ON checkpoint EXECUTE FUNCTION refuse()",
            "DROP FUNCTION refuse CASCADE",
        )
    } else {
        (
            "CREATE TRIGGER a BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'read-only'); END; \
             CREATE TRIGGER b BEFORE INSERT ON checkpoint BEGIN SELECT RAISE(ABORT, 'read-only'); END",
            "DROP TRIGGER a; DROP TRIGGER b",
        )
    };
    vault.folder.sql(refuse);
    for _ in 0..3 {
        assert_refused(&vault);
    }
    let ready = vault.server().admin("GET", "/readyz").send().expect(503);
    assert_eq!(ready["missing"], serde_json::json!(["audit"]));
    vault.folder.sql(allow);
    wait_until("it is ready again", || is_ready(&vault));
    share(&vault, 0).expect(200);
    let (status, told) = vault.verify();
    assert_eq!(status, 0, "{told}");
}

/// The cluster fails over: this server becomes the one that only follows, takes no writes, and is promoted again. Its clients stay
/// connected.
#[test]
#[ignore = "stops the cluster: tests/durability/run"]
fn long_a_server_that_follows_is_waited_for() {
    let Some(cluster) = cluster() else {
        return;
    };
    let mut vault = Vault::prepared(AT_ONCE);
    grant_all(&vault);
    vault.restart();
    let load = Load::default();
    thread::scope(|scope| {
        let _running = load.run(scope, &[vault.server().public()], &vault.wallets);
        for _ in 0..3 {
            sleep(Duration::from_millis(700));
            ctl(&["--mode", "fast", "stop"]);
            let signal = format!("{cluster}/data/standby.signal");
            fs::write(&signal, "").unwrap();
            // The server runs as somebody else where the tests run as root, and takes it away when it is promoted.
            fs::set_permissions(&signal, Permissions::from_mode(0o666)).unwrap();
            ctl(&["start"]);
            wait_until("it notices", || !is_ready(&vault));
            for _ in 0..5 {
                assert_refused(&vault);
                sleep(Duration::from_millis(200));
            }
            let before = load.count();
            ctl(&["promote"]);
            wait_until("it is ready again", || is_ready(&vault));
            wait_until("it goes on", || load.count() > before);
        }
    });
    assert!(load.away.load(Ordering::Relaxed) > 10);
    assert_eq!(load.impolite.load(Ordering::Relaxed), 0);
    load.verify(&vault);
}

/// The disk reports an error under load, and the system lets nobody write to it any more. `tests/durability/run` gives this test such
/// a disk, and what mends it.
#[test]
#[ignore = "needs a disk that fails: tests/durability/run"]
fn long_a_disk_that_fails_loses_nothing() {
    let (Ok(fault), Ok(mend)) = (
        std::env::var("LIFEBOAT_TEST_DISK_FAULT"),
        std::env::var("LIFEBOAT_TEST_DISK_MEND"),
    ) else {
        return;
    };
    let mut vault = Vault::prepared(AT_ONCE);
    grant_all(&vault);
    vault.restart();
    // What this test itself wrote is not at stake.
    assert!(Command::new("sync").status().unwrap().success());
    let load = Load::default();
    thread::scope(|scope| {
        let _running = load.run(scope, &[vault.server().public()], &vault.wallets);
        sleep(Duration::from_millis(700));
        fs::write(&fault, "1").unwrap();
        wait_until("it notices", || !is_ready(&vault));
        for _ in 0..5 {
            assert_refused(&vault);
        }
    });
    assert!(load.count() > 50, "{}", load.count());
    assert_eq!(load.impolite.load(Ordering::Relaxed), 0);

    // Whoever runs it stops it, has the file system checked, mounts it, and starts it.
    drop(vault.take_server());
    let mended = Command::new(mend).status().unwrap();
    assert!(mended.success());
    vault.restart();
    load.verify(&vault);
}

/// The database server goes down in all its ways, under load, and comes back.
#[test]
#[ignore = "stops the cluster: tests/durability/run"]
fn long_a_server_that_is_stopped_comes_back() {
    if !is_postgres() {
        return;
    }
    let mut vault = Vault::prepared(AT_ONCE);
    grant_all(&vault);
    vault.restart();
    let load = Load::default();
    let mut waited = Vec::new();
    thread::scope(|scope| {
        let _running = load.run(scope, &[vault.server().public()], &vault.wallets);
        for mode in ["fast", "immediate", "fast", "immediate", "immediate"] {
            sleep(Duration::from_millis(700));
            ctl(&["--mode", mode, "stop"]);
            wait_until("it notices", || !is_ready(&vault));
            for _ in 0..5 {
                assert_refused(&vault);
                sleep(Duration::from_millis(100));
            }
            let before = load.count();
            ctl(&["start"]);
            let begun = Instant::now();
            wait_until("it is ready again", || is_ready(&vault));
            wait_until("it goes on", || load.count() > before);
            waited.push(begun.elapsed());
        }
    });
    assert!(
        waited.iter().all(|time| *time < Duration::from_secs(4)),
        "{waited:?}"
    );
    assert!(load.away.load(Ordering::Relaxed) > 10);
    assert_eq!(load.impolite.load(Ordering::Relaxed), 0);
    load.verify(&vault);
}

/// The disk is full under load, and then it is not. `tests/durability/run` gives this test a small one.
#[test]
#[ignore = "needs a small disk: tests/durability/run"]
fn long_a_full_disk_loses_nothing() {
    let Ok(disk) = std::env::var("LIFEBOAT_TEST_DISK") else {
        return;
    };
    let mut vault = Vault::prepared(AT_ONCE);
    grant_all(&vault);
    vault.restart();
    let (load, filler) = (Load::default(), format!("{disk}/filler"));
    thread::scope(|scope| {
        let _running = load.run(scope, &[vault.server().public()], &vault.wallets);
        for _ in 0..3 {
            sleep(Duration::from_millis(500));
            fill(&filler);
            wait_until("it notices", || !is_ready(&vault));
            let before = load.away.load(Ordering::Relaxed);
            wait_until("it refuses", || load.away.load(Ordering::Relaxed) > before);
            fs::remove_file(&filler).unwrap();
            if is_postgres() && !is_running() {
                // A server that cannot write its log ends; its administrator starts it again.
                ctl(&["start"]);
            }
            let before = load.count();
            wait_until("it is ready again", || is_ready(&vault));
            wait_until("it goes on", || load.count() > before);
        }
    });
    assert_eq!(load.impolite.load(Ordering::Relaxed), 0);
    load.verify(&vault);
}

/// Takes all that is left, again and again: what others free meanwhile, too.
fn fill(path: &str) {
    use std::io::Write;
    let mut file = fs::File::create(path).unwrap();
    for size in [1 << 20, 64 << 10, 4 << 10, 512] {
        let block = vec![0; size];
        while file.write_all(&block).is_ok() {}
    }
}

/// A row that this program never wrote fails whoever meets it, and nobody else for longer than a moment.
#[test]
fn a_write_that_fails_leaves_nothing_behind_and_holds_up_nobody() {
    let vault = Vault::prepared(AT_ONCE);
    grant_all(&vault);
    let vault = vault.started();
    vault.requested("ann", 7);
    vault.folder.sql("UPDATE release SET approvals = -1");
    let failing = format!("/v1/wallets/{}/server-share", vault.wallets[7]);
    let load = Load::default();
    thread::scope(|scope| {
        let _running = load.run(scope, &[vault.server().public()], &vault.wallets[..7]);
        for _ in 0..30 {
            let failed = vault.ask("ann", "GET", &failing).send();
            failed.expect_problem(500, "internal");
            sleep(Duration::from_millis(20));
        }
    });
    // One transaction at most failed with the first of them.
    assert!(load.away.load(Ordering::Relaxed) <= 8);
    assert!(load.count() > 50, "{}", load.count());
    load.verify(&vault);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_at_the_start() {
    let vault = Vault::prepared(AT_ONCE);
    let config = vault.folder.read("endpoint.toml");
    // No folder can be made in a file.
    let config: String = config
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("database"))
        .collect();
    let config = format!("{config}[database]\nurl = \"sqlite:jwks.json/data\"\n");
    vault.folder.write("endpoint.toml", config);
    let log = Server::try_start(&vault.folder).err().unwrap();
    assert!(log.contains("cannot be written: the folder"), "{log}");
}

fn ctl(arguments: &[&str]) {
    let program = format!("{}/ctl", cluster().unwrap());
    let done = Command::new(program).args(arguments).status().unwrap();
    assert!(done.success(), "{arguments:?}");
}

fn is_running() -> bool {
    let program = format!("{}/ctl", cluster().unwrap());
    let status = Command::new(program).arg("status").output().unwrap();
    status.status.success()
}
