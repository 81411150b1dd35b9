//! What is recorded: everything, in a chain that shows every change.

use std::process::Command;

use sha2::{Digest, Sha256};

use crate::support::vault::{AT_ONCE, Vault};

#[test]
fn every_step_is_in_the_chain() {
    let vault = Vault::start("[release]\ndelay = \"0s\"\napprovals = 1\n");
    let id = vault.requested("ann", 0);
    let path = format!("/v1/operator/releases/{id}/approve");
    vault.operator("olga", "POST", &path).send().expect(200);
    vault.collect("ann", &id).send().expect(200);
    let kinds: Vec<String> = vault
        .events()
        .iter()
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "shares-imported",
        "grants-imported",
        "release-requested",
        "release-approved",
        "share-released",
    ];
    assert_eq!(kinds, expected);
    let released = &vault.events()[4];
    assert_eq!(released["caller"]["subject"], "ann");
    assert_eq!(released["wallet"], vault.wallets[0].as_str());
    assert_eq!(released["release"], id.as_str());
    let (status, told) = vault.verify();
    assert_eq!(status, 0, "{told}");
    assert!(told.contains("5 events"), "{told}");
}

/// Every way to change the chain is noticed, and the first event that does not hold is named.
#[test]
fn a_changed_chain_is_noticed() {
    for (change, expected) in [
        (
            "UPDATE audit SET body = replace(body, 'ann', 'bob') WHERE seq = 3",
            "event 3 is not what was written",
        ),
        ("DELETE FROM audit WHERE seq = 3", "event 3 is missing"),
        (
            "UPDATE audit SET hash = (SELECT hash FROM audit WHERE seq = 1) WHERE seq = 4",
            "event 4 is not what was written",
        ),
    ] {
        let mut vault = Vault::start(AT_ONCE);
        for _ in 0..2 {
            let id = vault.requested("ann", 0);
            vault.collect("ann", &id).send().expect(200);
        }
        vault.take_server().stop();
        vault.folder.sql(change);
        let (status, told) = vault.verify();
        assert_eq!(status, 3, "{change}: {told}");
        assert!(told.contains(expected), "{change}: {told}");
    }
}

fn make_key(path: &std::path::Path) {
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "ed25519", "-out"])
        .arg(path)
        .status();
    assert!(made.unwrap().success());
}

/// Whoever kept a checkpoint notices that the end of the chain was cut off, which the chain alone cannot show.
#[test]
fn a_checkpoint_shows_what_the_chain_alone_cannot() {
    let mut vault = Vault::prepared(&format!(
        "{AT_ONCE}[audit]\nkey = \"audit.key\"\nevery = \"1s\"\n"
    ));
    make_key(&vault.folder.path("audit.key"));
    vault.restart();
    let id = vault.requested("ann", 0);
    vault.collect("ann", &id).send().expect(200);
    // One is signed at the stop at the latest.
    vault.take_server().stop();
    let run = vault.folder.run(&["audit", "checkpoint"]).ok();
    let note = run.stdout();
    assert!(
        note.starts_with("recovery.example.com/audit\n4\n"),
        "{note}"
    );
    vault.folder.write("checkpoint.txt", &note);

    let verify = || {
        let run = vault
            .folder
            .run(&["audit", "verify", "--checkpoint", "checkpoint.txt"]);
        (run.status(), run.stdout() + &run.stderr())
    };
    let (status, told) = verify();
    assert_eq!(status, 0, "{told}");
    assert!(
        told.contains("checkpoint.txt: the chain is as it was at event 4"),
        "{told}"
    );

    vault.folder.sql("DELETE FROM audit WHERE seq = 4");
    let (status, told) = verify();
    assert_eq!(status, 3, "{told}");
    assert!(
        told.contains("the chain ends at event 3, before the checkpoint's event 4"),
        "{told}"
    );

    vault
        .folder
        .write("checkpoint.txt", note.replace("\n4\n", "\n3\n"));
    let (status, told) = verify();
    assert_eq!(status, 3, "{told}");
    assert!(
        told.contains("the signature of the checkpoint does not hold"),
        "{told}"
    );
}

/// A server that moved, or has another key, verifies what it signed before with the keys that it is told.
#[test]
fn checkpoints_outlive_the_name_of_the_server_and_its_key() {
    let mut vault = Vault::prepared(&format!("{AT_ONCE}[audit]\nkey = \"audit.key\"\n"));
    make_key(&vault.folder.path("audit.key"));
    let config = vault.folder.path("endpoint.toml");
    let rewrite = |from: &str, to: &str| {
        let changed = std::fs::read_to_string(&config).unwrap().replace(from, to);
        std::fs::write(&config, changed).unwrap();
    };
    let serve_once = |vault: &mut Vault| {
        vault.restart();
        let path = format!("/v1/wallets/{}/server-share", vault.wallets[0]);
        vault.ask("ann", "GET", &path).send().expect(200);
        let log = vault.server().log();
        vault.take_server().stop();
        log
    };
    let verifier = |log: &str| {
        let at = log.rfind("+").unwrap();
        let start = log[..at].rfind(['"', ' ', '=']).unwrap() + 1;
        let rest = &log[start..];
        rest[..rest.find(['"', '\n', ' ']).unwrap()].to_owned()
    };
    let mut known = vec![verifier(&serve_once(&mut vault))];
    rewrite("recovery.example.com\"", "moved.example.com\"");
    known.push(verifier(&serve_once(&mut vault)));
    make_key(&vault.folder.path("audit.key"));
    serve_once(&mut vault);

    // Not altered: signed by somebody whom the configuration does not name.
    let (status, told) = vault.verify();
    assert_eq!(status, 2, "{told}");
    assert!(
        told.contains("a signer that the configuration does not name: 2"),
        "{told}"
    );
    assert!(told.contains("audit.verifiers"), "{told}");

    let list = format!("verifiers = [\"{}\", \"{}\"]", known[0], known[1]);
    rewrite(
        "key = \"audit.key\"",
        &format!("key = \"audit.key\"\n{list}"),
    );
    let (status, told) = vault.verify();
    assert_eq!(status, 0, "{told}");
    assert_eq!(
        told.matches("the chain is as it was at event").count(),
        3,
        "{told}"
    );

    // What is no checkpoint at all is no other signer's.
    vault
        .folder
        .write("note", "recovery.example.com/audit\n4\nx\n\nnobody\n");
    let run = vault
        .folder
        .run(&["audit", "verify", "--checkpoint", "note"]);
    assert_eq!(run.status(), 3, "{}", run.stderr());
    assert!(
        run.stderr().contains("note: no checkpoint"),
        "{}",
        run.stderr()
    );

    // A verifier key with a letter changed is none.
    rewrite("verifiers = [\"", "verifiers = [\"x");
    let (status, told) = vault.verify();
    assert_eq!(status, 2, "{told}");
    assert!(told.contains("is no verifier key"), "{told}");
}

/// What cannot be recorded is not given away, and that is said at once.
#[test]
fn without_an_audit_log_nothing_is_released() {
    let vault = Vault::start(AT_ONCE);
    let id = vault.requested("ann", 0);
    let holder = vault.folder.database.hold(vault.folder.root());

    // The first one waits for the other program; whoever comes after is told at once.
    vault
        .collect("ann", &id)
        .send()
        .expect_problem(503, "audit-unavailable");
    let started = std::time::Instant::now();
    let refused = vault.collect("ann", &id).send();
    refused.expect_problem(503, "audit-unavailable");
    assert!(refused.headers.contains_key("retry-after"));
    assert!(
        started.elapsed().as_millis() < 500,
        "{:?}",
        started.elapsed()
    );
    let ready = vault.server().admin("GET", "/readyz").send().expect(503);
    assert_eq!(ready["missing"], serde_json::json!(["audit"]));

    drop(holder);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    vault.collect("ann", &id).send().expect(200);
    vault.server().admin("GET", "/readyz").send().expect(200);
}

/// Computed here from the texts of the events alone, as the manual says: SHA-256 over a mark, the hash before, and the body.
#[test]
fn the_last_hash_covers_every_letter_of_every_event() {
    let vault = Vault::start(AT_ONCE);
    vault.requested("ann", 0);
    let mut hash = [0; 32];
    for event in vault.events() {
        let mut next = Sha256::new();
        next.update(b"lifeboat audit 1\n");
        next.update(hash);
        next.update(event.to_string());
        hash = next.finalize().into();
    }
    let (status, told) = vault.verify();
    assert_eq!(status, 0, "{told}");
    let expected = format!("the last hash is {}", hex::encode(hash));
    assert!(told.contains(&expected), "{expected}: {told}");
}
