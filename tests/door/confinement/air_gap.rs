//! Network interfaces: warned of, refused on demand, listed by `doctor`.

use serde_json::Value;

use super::in_namespace;
use crate::support::{Folder, fixture, lifeboat};

const UP: &str = "ip link set lo up; ip link add lifeboat0 type bridge; ip link set lifeboat0 up";
const DOWN: &str = "ip link set lo up; ip link add lifeboat0 type bridge";
/// The table of another namespace: what it says of names proves nothing.
const BLIND: &str = "ip link add lifeboat0 type bridge; mount -t tmpfs none /sys";

fn show(more: &[&'static str]) -> Vec<&'static str> {
    let key: &'static str = fixture("keys/recovery.public.pem")
        .to_str()
        .unwrap()
        .to_owned()
        .leak();
    [&["--json", "key", "show", key], more].concat()
}

/// Whether the namespace can have an interface at all.
fn has_interfaces() -> bool {
    let made = in_namespace(UP, &["--version"]);
    let has = made.as_ref().is_some_and(|said| said.exit == 0);
    if made.is_some() && !has {
        eprintln!("skipped: no network interface can be made here");
    }
    has
}

#[test]
fn an_interface_that_is_up_is_warned_of_and_refused_on_demand() {
    if !has_interfaces() {
        return;
    }
    // A public key is no secret, and nobody is warned for it; a private one is.
    let public = in_namespace(UP, &show(&[])).unwrap();
    assert!(
        !public.stderr.contains("network interface"),
        "{}",
        public.stderr
    );
    let private = fixture("keys/recovery.pkcs8.pem");
    let private = ["--json", "key", "show", private.to_str().unwrap()];
    let warned = in_namespace(UP, &private).unwrap();
    warned.json();
    assert!(
        warned
            .stderr
            .contains("1 network interface is up (`lifeboat0`)"),
        "{}",
        warned.stderr
    );
    let refused = in_namespace(UP, &show(&["--require-air-gap"])).unwrap();
    refused.refused(3, "air_gap", &["`lifeboat0`", "ip link set lifeboat0 down"]);
}

#[test]
fn an_interface_that_is_down_crosses_no_air_gap() {
    if !has_interfaces() {
        return;
    }
    let said = in_namespace(DOWN, &show(&["--require-air-gap"])).unwrap();
    said.json();
    assert_eq!(said.stderr, "");
}

#[test]
fn an_interface_that_nothing_is_known_of_counts_as_up() {
    if !has_interfaces() {
        return;
    }
    let refused = in_namespace(BLIND, &show(&["--require-air-gap"])).unwrap();
    refused.refused(3, "air_gap", &["`lifeboat0`"]);
}

#[test]
fn loopback_alone_is_an_air_gap() {
    let Some(said) = in_namespace("", &show(&["--require-air-gap"])) else {
        return;
    };
    said.json();
    assert_eq!(said.stderr, "");
}

#[test]
fn nothing_is_written_across_the_air_gap() {
    if !has_interfaces() {
        return;
    }
    let bench = Folder::with_out();
    let out = bench.text("out/recovery");
    let said = in_namespace(
        UP,
        &[
            "--json",
            "--require-air-gap",
            "keygen",
            "--unencrypted",
            "--out",
            &out,
        ],
    )
    .unwrap();
    said.refused(3, "air_gap", &[]);
    bench.is_clean();
}

#[test]
fn doctor_lists_interfaces_and_answers_for_itself() {
    let doctor = lifeboat(&["--json", "doctor"]).json();
    assert!(
        doctor["knownAnswers"].as_array().unwrap().len() >= 6,
        "{doctor}"
    );
    assert!(
        doctor["knownAnswers"]
            .as_array()
            .unwrap()
            .iter()
            .all(|answer| answer["holds"] == true),
        "{doctor}"
    );
    assert_eq!(doctor["memory"]["dumpable"], false);
    assert!(
        doctor["memory"]["lockedBytes"].as_u64().unwrap() > 0,
        "{doctor}"
    );
    let in_words = lifeboat(&["doctor"]);
    for what in [
        "known answers",
        "network",
        "core dumps",
        "locked memory",
        "swap",
        "hibernation",
        "randomness",
    ] {
        assert!(
            in_words.done().contains(what),
            "{what}: {}",
            in_words.stdout
        );
    }
    if !has_interfaces() {
        return;
    }
    let of = |before, name: &str| {
        let doctor = in_namespace(before, &["--json", "doctor"]).unwrap().json();
        let all = doctor["interfaces"].as_array().unwrap().clone();
        all.into_iter()
            .find(|interface| interface["name"] == name)
            .unwrap_or(Value::Null)
    };
    assert_eq!(of(UP, "lifeboat0")["up"], true);
    assert_eq!(of(DOWN, "lifeboat0")["up"], false);
    assert_eq!(of(UP, "lo"), Value::Null);
    let refused = in_namespace(UP, &["--json", "doctor", "--require-air-gap"]).unwrap();
    let report = refused.refused(3, "air_gap", &["lifeboat0"]);
    assert!(
        report["checks"].as_array().unwrap().len() >= 8,
        "the report is there all the same"
    );
}
