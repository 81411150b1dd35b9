//! What is meant for a file does not run over the screen.

use crate::support::{
    lifeboat,
    screen::{Shown, on_screen},
    workload::{Workload, key},
};

/// `derive` of three wallets to standard output, on a terminal.
fn derive(more: &[&str]) -> Option<Shown> {
    let work = Workload::new(3);
    let key = key("recovery.pkcs8");
    let args = ["derive", &work.kit, "--key", &key, "--wallets", &work.list];
    on_screen([80, 24], &[], &[&args[..], more].concat())
}

#[test]
fn a_batch_is_refused_on_a_terminal_sealed_or_not() {
    let public = key("recovery.public");
    let sealed = ["--seal-to", &public];
    let age = ["--seal-to", &public, "--seal-format", "age"];
    for (more, words) in [
        (&[][..], ["the result is secret", "`--out FILE`"]),
        (&sealed, ["meant for a file", "`--out FILE`"]),
        (&age, ["meant for a file", "`--out FILE`"]),
    ] {
        let Some(shown) = derive(more) else { return };
        assert_eq!(shown.exit, 2, "{}", shown.sent);
        let plain = shown.plain();
        for word in words {
            assert!(plain.contains(word), "`{word}` is not in {plain}");
        }
        // Before any work: no recipient, no record.
        assert!(plain.lines().count() <= 10, "{plain}");
    }
}

#[test]
fn whoever_insists_sees_it_and_a_pipe_gets_it() {
    let public = key("recovery.public");
    let Some(shown) = derive(&["--seal-to", &public, "--reveal"]) else {
        return;
    };
    assert_eq!(shown.exit, 0, "{}", shown.sent);
    assert!(
        shown.sent.contains(r#""lifeboat":"sealed""#),
        "{}",
        shown.sent
    );

    let work = Workload::new(3);
    let key = key("recovery.pkcs8");
    let args = ["derive", &work.kit, "--key", &key, "--wallets", &work.list];
    let piped = lifeboat(&[&args[..], &["--seal-to", &public]].concat());
    assert!(
        piped.done().contains(r#""lifeboat":"sealed""#),
        "{}",
        piped.stdout
    );
}
