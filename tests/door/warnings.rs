//! The warning that a machine is not offline is for what handles secrets, and for nothing else.

use serde_json::Value;

use crate::support::{Folder, fixture, lifeboat};

const WARNING: &str = "lifeboat: warning: this machine is not offline";

/// Whether a network interface is up here, so that there is something to warn of.
fn is_online() -> bool {
    let doctor: Value = serde_json::from_str(&lifeboat(&["doctor", "--json"]).stdout).unwrap();
    let online = doctor["protection"]["airGap"] == false;
    if !online {
        eprintln!("skipped: no network interface is up here");
    }
    online
}

#[test]
fn only_what_handles_secrets_is_told_to_be_offline() {
    if !is_online() {
        return;
    }
    let folder = Folder::with_out();
    let demo = |name: &str| {
        fixture(&format!("demo/{name}"))
            .to_str()
            .unwrap()
            .to_owned()
    };
    let (kit, public, list) = (
        demo("kit.zip"),
        demo("recovery-public.pem"),
        demo("wallets.txt"),
    );
    let (private, passphrase) = (demo("recovery-private.pem"), demo("key-passphrase.txt"));
    let (endpoint, its_passphrase) = (
        demo("endpoint-private.pem"),
        demo("endpoint-passphrase.txt"),
    );
    let (sealed, wallet) = (
        folder.text("out/sealed"),
        "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11",
    );
    let recovery = [
        "--key",
        private.as_str(),
        "--key-passphrase-file",
        &passphrase,
    ];
    let unseal = [
        "unseal",
        &sealed,
        "--key",
        &endpoint,
        "--key-passphrase-file",
        &its_passphrase,
    ];

    let seal_to = demo("endpoint-public.pem");
    let derive = [
        "derive",
        &kit,
        "--wallets",
        &list,
        "--seal-to",
        &seal_to,
        "--out",
        &sealed,
    ];
    for (args, warns) in [
        ([&derive[..], &recovery].concat(), true),
        (vec!["kit", "inspect", &kit], false),
        (vec!["key", "show", &public], false),
        (
            vec![
                "key",
                "show",
                &private,
                "--key-passphrase-file",
                &passphrase,
            ],
            true,
        ),
        (
            vec!["portal", "cloud-name", "--custodian", "a", "--client", "b"],
            false,
        ),
        (vec!["errors", "usage"], false),
        (vec!["man"], false),
        (vec!["completions", "bash"], false),
        (vec!["help", "derive"], false),
        // The endpoint opens one record at a time, online; all of them at once belong elsewhere.
        ([&unseal[..], &["--wallet", wallet]].concat(), false),
        (unseal.to_vec(), true),
        ([&["kit", "verify", &kit][..], &recovery].concat(), true),
    ] {
        let said = lifeboat(&args);
        assert_eq!(said.exit, 0, "{args:?}\n{}", said.stderr);
        assert_eq!(
            said.stderr.contains(WARNING),
            warns,
            "{args:?}\n{}",
            said.stderr
        );
    }
}
