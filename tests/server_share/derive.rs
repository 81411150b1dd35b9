//! `derive`: wallet lists in every shape, order kept, results in new files that only their owner can read.

use std::fs;

use crate::support::{
    Folder, fixture,
    forge::{Forge, WALLET, WALLET_2},
    lifeboat, lifeboat_fed, on_terminal, shell,
};

/// The kit and key that all of these tests use.
fn inputs(bench: &Folder) -> (String, String) {
    let key = fixture("keys/recovery.pkcs8.pem")
        .to_str()
        .unwrap()
        .to_owned();
    (bench.put("kit.zip", Forge::wallets().zip()), key)
}

/// What `derive` gives on standard output.
fn derived(bench: &Folder, more: &[&str], stdin: &[u8]) -> String {
    let (kit, key) = inputs(bench);
    lifeboat_fed(
        &[&["derive", &kit, "--key", &key][..], more].concat(),
        stdin,
    )
    .done()
    .to_owned()
}

#[test]
fn every_shape_of_a_list_gives_the_same() {
    let bench = Folder::with_out();
    let expected = derived(&bench, &[WALLET_2, WALLET], b"");
    let lists = [
        format!("{WALLET_2}\n{WALLET}\n"),
        format!("{WALLET_2}\r\n{WALLET}"),
        format!("\u{feff}{WALLET_2}\n{WALLET}\n"),
        format!("  {WALLET_2}  \n\t{WALLET}\n\n"),
        format!("Wallet Id\n{WALLET_2}\n{WALLET}\n"),
        format!("\u{feff}\"Wallet Id\"\r\n\"{WALLET_2}\"\r\n\"{WALLET}\"\r\n"),
        format!("\"{WALLET_2}\"\n\"{WALLET}\"\n"),
        format!("name,walletId,balance\n\"Doe, Jane\",{WALLET_2},1\n\"a \"\"b\"\"\",{WALLET},2\n"),
        format!("wallet_id,chaincode\n{WALLET_2},00\n{WALLET},00\n"),
        format!("{{\"walletId\":\"{WALLET_2}\"}}\n{{\"n\": 1, \"walletId\": \"{WALLET}\"}}\n"),
    ];
    for list in lists {
        let file = bench.put("list", &list);
        assert_eq!(
            derived(&bench, &["--wallets", &file], b""),
            expected,
            "{list}"
        );
        assert_eq!(
            derived(&bench, &["--wallets", "-"], list.as_bytes()),
            expected,
            "{list}"
        );
    }
}

#[test]
fn what_was_derived_can_be_the_next_list() {
    let bench = Folder::with_out();
    let expected = derived(&bench, &[WALLET_2, WALLET], b"");
    for format in ["csv", "ndjson"] {
        let text = derived(&bench, &["--format", format, WALLET_2, WALLET], b"");
        assert_eq!(
            derived(&bench, &["--wallets", "-"], text.as_bytes()),
            expected,
            "{format}"
        );
    }
}

#[test]
fn order_in_is_order_out_whatever_the_threads() {
    let bench = Folder::with_out();
    let id = |index: u32| {
        format!(
            "{:08x}-1111-4222-8333-444444444444",
            index.wrapping_mul(2_654_435_761)
        )
    };
    let ids: Vec<String> = (0..9_000).map(id).collect();
    let list = bench.put("list", ids.join("\n"));
    let one = derived(
        &bench,
        &["--wallets", &list, "--format", "ndjson", "--threads", "1"],
        b"",
    );
    let three = derived(
        &bench,
        &["--wallets", &list, "--format", "ndjson", "--threads", "3"],
        b"",
    );
    assert!(one == three, "threads change the result");
    let derived: Vec<&str> = one.lines().map(|line| &line[13..49]).collect();
    assert_eq!(derived, ids);
}

#[test]
fn the_result_is_private_and_alone_whatever_the_umask() {
    let bench = Folder::with_out();
    let (kit, key) = inputs(&bench);
    let out = bench.text("out/shares");
    let script = r#"umask 000; exec "$0" derive "$@""#;
    shell(script, &[&kit, "--key", &key, "--out", &out, WALLET]).done();
    assert_eq!(bench.results(), ["shares"]);
    assert_eq!(bench.mode("out/shares"), 0o600);
}

#[test]
fn the_outcome_names_what_was_done_and_no_share() {
    let bench = Folder::with_out();
    let (kit, _) = inputs(&bench);
    let said = bench.derive(&kit, &["--algorithm", "both", WALLET]);
    let outcome = said.json();
    assert_eq!(outcome["wallets"], 1);
    assert_eq!(outcome["failed"], serde_json::json!([]));
    assert_eq!(
        outcome["algorithms"],
        serde_json::json!(["MPC_CMP_ECDSA_SECP256K1", "MPC_CMP_EDDSA_ED25519"])
    );
    assert_eq!(
        outcome["files"],
        serde_json::json!([bench.text("out/shares")])
    );
    let written: serde_json::Value = serde_json::from_str(&bench.result("shares")).unwrap();
    for share in written[WALLET]["shares"][0].as_object().unwrap().values() {
        assert!(
            !said.stdout.contains(share.as_str().unwrap()) || share == &outcome["cosigners"][0]
        );
        assert!(!said.stderr.contains(share.as_str().unwrap()));
    }
}

#[test]
fn eddsa_is_marked_unconfirmed_wherever_it_appears() {
    let bench = Folder::with_out();
    let (kit, _) = inputs(&bench);
    for (algorithm, unconfirmed) in [("ecdsa", 0), ("eddsa", 1), ("both", 1)] {
        let said = bench.derive(&kit, &["--algorithm", algorithm, WALLET]);
        assert_eq!(
            said.json()["unconfirmed"].as_array().unwrap().len(),
            unconfirmed,
            "{algorithm}"
        );
        assert_eq!(
            said.stderr.contains("unconfirmed"),
            unconfirmed == 1,
            "{algorithm}: {}",
            said.stderr
        );
        let written = bench.result("shares");
        assert_eq!(
            written.contains("MPC_CMP_ECDSA_SECP256K1"),
            algorithm != "eddsa"
        );
        assert_eq!(
            written.contains("MPC_CMP_EDDSA_ED25519"),
            algorithm != "ecdsa"
        );
        fs::remove_file(bench.path("out/shares")).unwrap();
    }
    assert!(lifeboat(&["help", "derive"]).done().contains("unconfirmed"));
    assert!(lifeboat(&["man", "derive"]).done().contains("unconfirmed"));
}

#[test]
fn quiet_says_nothing_and_talk_stays_off_standard_output() {
    let bench = Folder::with_out();
    let (kit, key) = inputs(&bench);
    let derive = |name: &str, more: &[&str]| {
        lifeboat(
            &[
                &[
                    "derive",
                    &kit,
                    "--key",
                    &key,
                    "--out",
                    &bench.text(name),
                    WALLET,
                ][..],
                more,
            ]
            .concat(),
        )
    };
    let quiet = derive("out/a", &["--quiet"]);
    // Where the tests run, a network interface may be up: that is never kept quiet.
    let talk: Vec<&str> = quiet
        .stderr
        .lines()
        .filter(|line| !line.contains("not offline"))
        .collect();
    assert_eq!((quiet.done(), talk), ("", vec![]));
    let plain = derive("out/b", &[]);
    assert_eq!(plain.done(), "");
    assert!(
        plain.stderr.contains("derived Key Share #1 of 1 wallet"),
        "{}",
        plain.stderr
    );
}

#[test]
fn shares_reach_a_terminal_only_when_asked_to() {
    let bench = Folder::with_out();
    let (kit, key) = inputs(&bench);
    let Some(said) = on_terminal(&[], &["derive", &kit, "--key", &key, WALLET]) else {
        return;
    };
    assert_eq!(said.exit, 2, "{}", said.stdout);
    assert!(
        said.stdout.contains("--reveal") && !said.stdout.contains("chaincode"),
        "{}",
        said.stdout
    );
    let said = on_terminal(&[], &["derive", &kit, "--key", &key, "--reveal", WALLET]).unwrap();
    assert!(said.done().contains("chaincode"), "{}", said.stdout);
}

/// What `derive` says to type next works as it is printed, in every format; of age files it says nothing.
#[test]
fn the_next_command_works_as_it_is_printed() {
    let bench = Folder::with_out();
    let (kit, key) = inputs(&bench);
    let to = fixture("keys/recovery.public.pem").display().to_string();
    for more in [
        &[][..],
        &["--format", "csv"],
        &["--format", "ndjson", "--shard", "1/1"],
        &["--seal-to", &to],
    ] {
        let out = bench.text("out/shares");
        let derive = ["derive", &kit, "--key", &key, WALLET, "--out", &out];
        let said = lifeboat(&[&derive[..], more].concat());
        said.done();
        let (_, rest) = said.stderr.split_once("next: `lifeboat ").unwrap();
        let (command, _) = rest.split_once('`').unwrap();
        let command: Vec<&str> = command.split(' ').collect();
        assert_eq!(command[0], "check");
        assert!(
            lifeboat(&command).done().contains("this result is right"),
            "{more:?}"
        );
        fs::remove_file(&out).unwrap();
    }

    let out = bench.text("out/age");
    let sealed = ["--seal-to", &to, "--seal-format", "age"];
    let said = lifeboat(
        &[
            &["derive", &kit, "--key", &key, WALLET, "--out", &out][..],
            &sealed,
        ]
        .concat(),
    );
    said.done();
    assert!(!said.stderr.contains("next:"), "{}", said.stderr);
}
