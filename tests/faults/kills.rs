//! SIGKILL: before and after every system call on the folder of a result, and at random moments.
//!
//! Those take long: `tests/long/kills_at_random.sh` runs them.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use getrandom::rand_core::Rng;

use super::subjects::{self, Left, Subject};
use crate::support::{forge::rng, lifeboat, tested_program};

/// Random moments of each command, unless `LIFEBOAT_KILLS` says how many.
const KILLS: usize = 20;

/// Nothing, or the whole result. Two exceptions: of a key pair the private key alone, which gives the public one; of a
/// batch the `.partial`, which a resume completes.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum End {
    Nothing,
    Whole,
    PrivateAlone,
    Partial,
}

fn end(subject: &Subject, left: &Left, is_whole: impl Fn(&Left) -> bool, about: &str) -> End {
    let names: Vec<&str> = left.keys().map(String::as_str).collect();
    match (subject.name, names.as_slice()) {
        (_, []) => End::Nothing,
        ("keygen", ["k-private.pem"]) => {
            let private = subject.bench.text("out/k-private.pem");
            lifeboat(&[
                "--json",
                "key",
                "show",
                &private,
                "--key-passphrase-file",
                &subject.passphrase(),
            ])
            .json();
            End::PrivateAlone
        }
        ("derive", ["shares.partial"]) => {
            lifeboat(&subject.with(&["--json", "--resume"])).json();
            assert!(
                is_whole(&subject.left()),
                "{about}: the resumed result differs"
            );
            End::Partial
        }
        _ => {
            assert!(is_whole(left), "{about}: half a result: {names:?}");
            End::Whole
        }
    }
}

#[test]
fn a_kill_at_any_call_leaves_all_or_nothing() {
    for subject in Subject::main_ones() {
        let Some((calls, whole)) = subject.whole(&[]) else {
            return;
        };
        let mut ends = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            // Before a call there is what the one before it left; where names change, that is tried as well.
            let naming = ["link", "rename", "unlink"]
                .iter()
                .any(|name| call.starts_with(name));
            for moment in if naming {
                &["before", "after"][..]
            } else {
                &["after"]
            } {
                let about = format!(
                    "{}: killed {moment} call {}, {call}",
                    subject.name,
                    index + 1
                );
                let run = subject
                    .spoiled(&["kill", &(index + 1).to_string(), moment])
                    .unwrap();
                assert!(run.was_killed(), "{about}: {}", run.said().stderr);
                ends.push(end(
                    &subject,
                    &subject.left(),
                    |left| *left == whole,
                    &about,
                ));
                subject.clear();
            }
        }
        assert!(
            ends.first() == Some(&End::Nothing) && ends.last() == Some(&End::Whole),
            "{}: {ends:?}",
            subject.name
        );
    }
}

#[test]
fn a_name_is_given_to_what_is_on_the_disk_and_is_synced_itself() {
    for subject in Subject::main_ones() {
        let Some((calls, whole)) = subject.whole(&[]) else {
            return;
        };
        let folder = format!("fsync {}", subject.out().display());
        let mut named = 0;
        let (mut dirty, mut unsynced) = (false, false);
        for call in &calls {
            match call.split(' ').next().unwrap_or_default() {
                "write" | "fchmod" | "ftruncate" => dirty = true,
                "fsync" if *call == folder => unsynced = false,
                "fsync" => dirty = false,
                "linkat" | "renameat2" => {
                    assert!(!dirty && !unsynced, "{}: {calls:#?}", subject.name);
                    (named, unsynced) = (named + 1, true);
                }
                _ => {}
            }
        }
        assert!(
            named == whole.len() && !dirty && !unsynced,
            "{}: {calls:#?}",
            subject.name
        );
    }
}

/// Kills a command at random moments of its run, every second one in its last fifth.
fn kill_at_random(subject: &Subject, is_whole: impl Fn(&Left) -> bool) {
    let kills = std::env::var("LIFEBOAT_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(KILLS);
    let took = (0..3)
        .map(|_| run_for(subject, Duration::MAX).1)
        .max()
        .unwrap_or_default();
    let mut ends = Vec::new();
    let (mut killed, mut tries) = (0, 0);
    while killed < kills {
        tries += 1;
        assert!(
            tries < kills * 20,
            "{}: {killed} of {tries} runs were killed",
            subject.name
        );
        let part = f64::from(rng().next_u32()) / f64::from(u32::MAX);
        let moment = took.mul_f64(if tries % 2 == 0 {
            part
        } else {
            0.8 + part / 5.0
        });
        killed += usize::from(run_for(subject, moment).0);
        ends.push(end(
            subject,
            &subject.left(),
            &is_whole,
            &format!("{} after {moment:?}", subject.name),
        ));
        subject.clear();
    }
    let of = |wanted: End| ends.iter().filter(|end| **end == wanted).count();
    eprintln!(
        "{}: {killed} of {tries} runs killed in up to {took:?}: {} nothing, {} partial, {} private key alone, {} whole",
        subject.name,
        of(End::Nothing),
        of(End::Partial),
        of(End::PrivateAlone),
        of(End::Whole)
    );
}

/// Runs it for so long at most. Whether it was killed, and how long it took.
fn run_for(subject: &Subject, most: Duration) -> (bool, Duration) {
    let began = Instant::now();
    let mut command = Command::new(tested_program());
    let null = || Stdio::null();
    let mut child = command
        .args(&subject.args)
        .stdin(null())
        .stdout(null())
        .stderr(null())
        .spawn()
        .unwrap();
    while began.elapsed() < most && child.try_wait().unwrap().is_none() {
        std::thread::sleep(
            most.saturating_sub(began.elapsed())
                .min(Duration::from_micros(200)),
        );
    }
    let _ = child.kill();
    let status = child.wait().unwrap();
    assert!(
        status.code().is_none_or(|code| code == 0),
        "{}: {status}",
        subject.name
    );
    if most == Duration::MAX {
        subject.left();
        subject.clear();
    }
    (status.code().is_none(), began.elapsed())
}

#[test]
#[ignore = "takes long"]
fn a_key_pair_killed_at_random() {
    let subject = subjects::locked_keygen();
    kill_at_random(&subject, |left| {
        let shown = ["private", "public"].map(|half| {
            let file = subject.bench.text(&format!("out/k-{half}.pem"));
            lifeboat(&[
                "--json",
                "key",
                "show",
                &file,
                "--key-passphrase-file",
                &subject.passphrase(),
            ])
            .json()
        });
        left.len() == 2 && shown[0]["fingerprint"] == shown[1]["fingerprint"]
    });
}

#[test]
#[ignore = "takes long"]
fn a_batch_killed_at_random() {
    let subject = subjects::derive_of(20_000);
    lifeboat(&subject.args).done();
    let whole = subject.left();
    subject.clear();
    kill_at_random(&subject, |left| *left == whole);
}

#[test]
#[ignore = "takes long"]
fn a_backup_killed_at_random() {
    let subject = subjects::strong_backup();
    kill_at_random(&subject, |left| {
        let (backup, again) = (
            subject.bench.text("out/backup"),
            subject.bench.text("again"),
        );
        let args = [
            "share",
            "recover",
            &backup,
            "--device-id",
            &subject.device_id(),
            "--passphrase-file",
        ];
        lifeboat(&[&args[..], &[&subject.passphrase(), "--out", &again]].concat()).done();
        let same =
            std::fs::read(&again).unwrap() == std::fs::read(subject.bench.path("device")).unwrap();
        std::fs::remove_file(&again).unwrap();
        left.len() == 1 && same
    });
}

#[test]
#[ignore = "takes long"]
fn a_takeover_killed_at_random() {
    let subject = subjects::locked_takeover();
    kill_at_random(&subject, |left| {
        let full = subject.bench.text("out/full");
        let args = [
            "export",
            &full,
            "--chain",
            "btc",
            "--passphrase-file",
            &subject.passphrase(),
        ];
        left.len() == 1 && lifeboat(&args).done().contains("btc")
    });
}
