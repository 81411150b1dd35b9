//! The company hears of every step of a release, at once, whatever its own server does meanwhile.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::support::{
    receiver::{Receiver, SILENCE},
    server::Server,
    vault::Vault,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const APPROVED: &str = "[release]\ndelay = \"0s\"\napprovals = 1\n";

/// A vault whose company listens at this port.
fn prepared(release: &str, port: u16) -> Vault {
    let notify =
        format!("{release}[notify]\nurl = \"http://127.0.0.1:{port}/hook\"\nsecret = \"secret\"\n");
    let vault = Vault::prepared(&notify);
    vault
        .folder
        .write("secret", format!("{SECRET}\n{OLD_SECRET}\n"));
    vault
}

#[test]
fn every_step_is_told_and_signed() {
    let company = Receiver::start();
    let vault = prepared(APPROVED, company.port).started();
    let id = vault.requested("ann", 0);
    let path = format!("/v1/operator/releases/{id}/approve");
    vault.operator("olga", "POST", &path).send().expect(200);
    vault.collect("ann", &id).send().expect(200);
    let denied = vault.requested("bob", 1);
    let path = format!("/v1/operator/releases/{denied}/deny");
    vault.operator("olga", "POST", &path).send().expect(200);
    let cancelled = vault.requested("car", 1);
    let path = format!("/v1/releases/{cancelled}");
    vault.ask("bob", "DELETE", &path).send().expect(200);

    let got = company.wait_for(7);
    let told: Vec<_> = got
        .iter()
        .map(|got| {
            let notice = got.json();
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let data = &notice["data"];
            (
                text(&notice["type"]),
                text(&data["state"]),
                text(&data["by"]["subject"]),
            )
        })
        .collect();
    let expected = [
        ("release.requested", "pending", "ann"),
        ("release.approved", "ready", "olga"),
        ("release.collected", "collected", "ann"),
        ("release.requested", "pending", "bob"),
        ("release.denied", "denied", "olga"),
        ("release.requested", "pending", "car"),
        ("release.cancelled", "cancelled", "bob"),
    ]
    .map(|(kind, state, by)| (kind.to_owned(), state.to_owned(), by.to_owned()));
    assert_eq!(told, expected);

    let first = got[0].json();
    assert_eq!(first["data"]["release"], id.as_str());
    assert_eq!(first["data"]["walletId"], vault.wallets[0].as_str());
    assert_eq!(first["data"]["for"]["subject"], "ann");
    let at = first["timestamp"].as_str().unwrap();
    assert!(
        at.starts_with("20") && at.ends_with('Z') && at.contains('T'),
        "{at}"
    );
    for got in &got {
        assert_eq!(got.headers["content-type"], "application/json");
        assert!(got.is_signed_with(SECRET) && got.is_signed_with(OLD_SECRET));
        assert!(!got.body.contains("chaincode"), "{}", got.body);
    }
    let mut ids: Vec<&str> = got.iter().map(|got| got.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 7);
}

#[test]
fn what_is_not_taken_is_sent_again_after_pauses_that_grow() {
    let company = Receiver::start();
    company.answer(500);
    let vault = prepared(APPROVED, company.port).started();
    vault.requested("ann", 0);
    company.wait_for(2);
    // Somebody who redirects has not taken it.
    company.answer(302);
    let got = company.wait_for(3);
    company.answer(200);
    let all = company.wait_for(4);
    assert!(
        all.iter()
            .all(|one| one.id() == all[0].id() && one.body == all[0].body)
    );
    let pause = |index: usize| got[index + 1].at - got[index].at;
    assert!(pause(0) >= Duration::from_millis(900), "{:?}", pause(0));
    assert!(pause(1) >= Duration::from_millis(1900), "{:?}", pause(1));
    let log = vault.server().log();
    assert!(log.contains("it answered 500"), "{log}");
    assert!(log.contains("it answered 302"), "{log}");
    assert!(!log.contains("/hook"), "{log}");
}

/// Neither a company that never answers nor a loss of power loses one, and nobody waits for it.
#[test]
fn a_company_that_does_not_answer_holds_nobody_up_and_hears_of_it_later() {
    let company = Receiver::start();
    company.answer(SILENCE);
    let mut vault = prepared(APPROVED, company.port).started();
    let id = vault.requested("ann", 0);
    company.wait_for(1);
    let started = Instant::now();
    let path = format!("/v1/releases/{id}");
    vault.ask("ann", "DELETE", &path).send().expect(200);
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );

    vault.take_server().kill();
    company.answer(200);
    vault.restart();
    let got = company.wait_for(2);
    assert_eq!(got[1].json()["type"], "release.cancelled");
    // The other is held by the sender that died, for a minute.
    assert_eq!(got[0].json()["type"], "release.requested");
    vault
        .folder
        .sql("UPDATE outbox SET next_at = 0 WHERE done_at IS NULL");
    let got = company.wait_for(3);
    assert_eq!(got[2].id(), got[0].id());
}

/// A notice that failed while the clock was wrong is due in years, and a late one that it wrote is from the future.
#[test]
fn notices_of_a_wrong_clock_are_sent_and_said() {
    let port = Receiver::free_port();
    let vault = prepared(APPROVED, port).started();
    vault.requested("ann", 0);
    vault.folder.sql(
        "UPDATE outbox SET next_at = next_at + 372000000000, created_at = created_at + 372000000000",
    );
    let ready = vault.server().admin("GET", "/readyz").send().expect(200);
    assert_eq!(ready["warnings"], json!(["notices-late"]));
    let company = Receiver::start_at(port);
    assert_eq!(company.wait_for(1)[0].json()["type"], "release.requested");
}

#[test]
fn notices_that_wait_long_are_said() {
    let port = Receiver::free_port();
    let vault = prepared(APPROVED, port).started();
    vault.requested("ann", 0);
    let ready = || vault.server().admin("GET", "/readyz").send().expect(200);
    let warnings = ready()["warnings"].clone();
    assert_eq!(warnings, json!([]));
    vault
        .folder
        .sql("UPDATE outbox SET created_at = created_at - 100000");
    let warnings = ready()["warnings"].clone();
    assert_eq!(warnings, json!(["notices-late"]));
    let metrics = vault.server().admin("GET", "/metrics").send().text;
    assert!(
        metrics.contains("lifeboat_notices_waiting 1\n"),
        "{metrics}"
    );
    let oldest = metrics
        .lines()
        .find_map(|line| line.strip_prefix("lifeboat_notices_oldest_seconds "));
    assert!(oldest.unwrap().parse::<i64>().unwrap() >= 100, "{metrics}");

    // The company's server is back.
    let company = Receiver::start_at(port);
    company.wait_for(1);
    let started = Instant::now();
    while ready()["warnings"] != json!([]) {
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn checkpoints_are_sent_where_that_is_wanted() {
    let company = Receiver::start();
    let more = format!("{APPROVED}[audit]\nkey = \"audit.key\"\nevery = \"1s\"\n");
    let vault = prepared(&more, company.port);
    let config = vault.folder.read("endpoint.toml") + "checkpoints = true\n";
    vault.folder.write("endpoint.toml", config);
    let key = vault.folder.path("audit.key");
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "ed25519", "-out"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    let vault = vault.started();
    let got = company.wait_for(1);
    let notice = got[0].json();
    assert_eq!(notice["type"], "audit.checkpoint");
    let note = notice["data"]["note"].as_str().unwrap();
    assert!(
        note.starts_with("recovery.example.com/audit\n2\n"),
        "{note}"
    );
    vault.folder.write("note", note);
    let args = ["audit", "verify", "--checkpoint", "note"];
    vault.folder.run(&args).ok();
}

#[test]
fn a_secret_that_others_may_read_or_that_is_none_is_refused() {
    let vault = prepared(APPROVED, 1);
    vault.folder.run(&["check"]).ok();
    for (text, expected) in [
        ("secret\n", "line 1 is no secret"),
        ("whsec_c2hvcnQ=\n", "line 1 is no secret"),
        ("\n", "it is empty"),
    ] {
        vault.folder.write("secret", text);
        let run = vault.folder.run(&["check"]);
        assert_eq!(run.status(), 2);
        assert!(run.stderr().contains(expected), "{}", run.stderr());
        assert!(!run.stderr().contains("c2hvcnQ"), "{}", run.stderr());
        let log = Server::try_start(&vault.folder).err().expect("no start");
        assert!(log.contains(expected), "{log}");
    }
    vault.folder.write("secret", SECRET);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(vault.folder.path("secret"), mode).unwrap();
    let run = vault.folder.run(&["check"]);
    assert!(
        run.stderr().contains("anybody on this machine may read"),
        "{}",
        run.stderr()
    );
}

/// A delay is there so that somebody can stop a thief: who is told of none is warned.
#[test]
fn a_delay_of_which_nobody_is_told_is_warned_of() {
    let vault = Vault::start("[release]\ndelay = \"1h\"\n");
    assert!(vault.server().log().contains("nobody is told of them"));
    let told = vault.folder.run(&["check"]).ok().stdout();
    assert!(told.contains("warning: releases wait for"), "{told}");
    let ready = vault.server().admin("GET", "/readyz").send().expect(200);
    assert_eq!(ready["warnings"], json!(["no-notices"]));
}
