//! Colours: of verdicts and of the words that say what is wrong, and only where they are seen and wanted.

use crate::support::{fixture, lifeboat, screen::on_screen};

const GREEN: &str = "\x1b[1m\x1b[32m";
const YELLOW: &str = "\x1b[1m\x1b[33m";
const RED: &str = "\x1b[1m\x1b[31m";

fn doctor(options: &[&str]) -> Option<String> {
    on_screen([80, 24], options, &["doctor"]).map(|shown| shown.sent)
}

#[test]
fn a_verdict_is_green_and_what_is_wrong_is_not() {
    let Some(sent) = doctor(&[]) else { return };
    let verdict = sent.lines().last().unwrap();
    assert!(verdict.starts_with(GREEN), "{verdict:?}");
    for line in sent.lines().filter(|line| line.contains("warning")) {
        assert!(
            line.starts_with(&format!("{YELLOW}warning\x1b[0m")),
            "{line:?}"
        );
    }
    for line in sent.lines().filter(|line| line.starts_with("ok ")) {
        assert!(!line.contains('\x1b'), "{line:?}");
    }
    let wrong = on_screen([80, 24], &[], &["kit", "inspect", "nowhere"]).unwrap();
    let first = wrong.sent.lines().next().unwrap();
    assert!(
        first.starts_with(&format!("lifeboat: {RED}error\x1b[0m: ")),
        "{first:?}"
    );
    assert_eq!(wrong.sent.matches('\x1b').count(), 3, "{:?}", wrong.sent);
}

#[test]
fn a_failed_check_is_red() {
    let key = fixture("demo/endpoint-private.pem");
    let passphrase = fixture("demo/endpoint-passphrase.txt");
    let kit = fixture("demo/kit.zip");
    let args = [
        "kit",
        "verify",
        kit.to_str().unwrap(),
        "--key",
        key.to_str().unwrap(),
        "--key-passphrase-file",
        passphrase.to_str().unwrap(),
    ];
    let Some(shown) = on_screen([80, 24], &[], &args) else {
        return;
    };
    assert!(
        shown.sent.contains(&format!("\n{RED}failed\x1b[0m   this")),
        "{:?}",
        shown.sent
    );
}

#[test]
fn there_are_none_where_they_are_not_wanted_or_not_seen() {
    for options in [
        &["NO_COLOR=1"][..],
        &["TERM=dumb"],
        &["TERM="],
        &["TERM=vt100"],
    ] {
        let Some(sent) = doctor(options) else { return };
        assert!(!sent.contains('\x1b'), "{options:?}: {sent:?}");
        let coloured = doctor(&[]).unwrap();
        assert_eq!(
            coloured.lines().count(),
            sent.lines().count(),
            "the same is said"
        );
    }
    let piped = lifeboat(&["doctor"]);
    assert!(!piped.stdout.contains('\x1b'));
    // Unset and empty are the same (https://no-color.org).
    assert!(doctor(&["NO_COLOR="]).unwrap().contains('\x1b'));
}
