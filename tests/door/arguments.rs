//! What is typed: one definition for help, manual and completions, and mistakes in the form that was asked for.

use crate::support::lifeboat;

#[test]
fn manual_completions_and_version_come_from_one_definition() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = lifeboat(&["completions", shell]);
        assert!(
            said.done().contains("lifeboat") && said.stdout.contains("keep-going"),
            "{shell}"
        );
    }
    assert!(lifeboat(&["man"]).done().starts_with(".TH LIFEBOAT 1 "));
    let page = lifeboat(&["man", "kit", "verify"]);
    assert!(
        page.done().contains("owner\\-passphrase\\-file"),
        "{}",
        page.stdout
    );
    assert_eq!(lifeboat(&["man", "nothing"]).exit, 2);
    assert!(
        lifeboat(&["--version"])
            .done()
            .starts_with(concat!("lifeboat ", env!("CARGO_PKG_VERSION")))
    );
    for status in ["0  ", "1  ", "2  ", "3  "] {
        assert!(lifeboat(&["help"]).done().contains(status));
    }
}

#[test]
fn a_wrong_command_line_is_a_usage_error_in_the_form_asked_for() {
    lifeboat(&["--json", "nothing"]).refused(2, "usage", &["lifeboat help"]);
    lifeboat(&["--json", "derive"]).refused(2, "usage", &[]);
    let said = lifeboat(&["derive"]);
    assert_eq!((said.exit, said.stdout.as_str()), (2, ""));
}
