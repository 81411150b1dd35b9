//! Standard output that is closed, gone or failing: a result that went nowhere is an error. What is in every outcome.

use std::path::Path;

use serde_json::Value;

use crate::support::{
    Folder, fixture,
    forge::{Forge, WALLET},
    json_fixture, lifeboat, lifeboat_fed, shell,
    workload::{Workload, ids, key},
};

/// Commands whose result goes to standard output.
fn results(bench: &Folder) -> Vec<Vec<String>> {
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let list = bench.put("list", ids(3_000).join("\n"));
    let (pem, public) = (key("recovery.pkcs8"), fixture("keys/recovery.public.pem"));
    let sealed = bench.text("sealed");
    let args = [
        "derive",
        &kit,
        "--key",
        &pem,
        "--wallets",
        &list,
        "--seal-to",
        public.to_str().unwrap(),
        "--out",
        &sealed,
    ];
    lifeboat(&args).done();
    let case = &json_fixture("shares/takeover.json")[0];
    let full = serde_json::json!([{
        "keyId": WALLET, "algorithm": case["algorithm"],
        "privateKey": case["expect"]["extendedPrivateKey"], "publicKey": case["expect"]["extendedPublicKey"],
    }]);
    let (full, message) = (
        bench.put("full", full.to_string()),
        bench.put("message", "x"),
    );
    let rows: [&[&str]; 6] = [
        &["unseal", &sealed, "--key", &pem, "--out", "-"],
        &[
            "derive",
            &kit,
            "--key",
            &pem,
            "--wallets",
            &list,
            "--out",
            "-",
        ],
        &["sign", &full, &message, "--chain", "eth", "--text-message"],
        &["export", &full, "--chain", "eth", "--reveal", "--out", "-"],
        &["share", "generate-passphrase", "--out", "-", "--reveal"],
        &["--json", "kit", "inspect", &kit],
    ];
    rows.iter()
        .map(|row| row.iter().map(|word| (*word).to_owned()).collect())
        .collect()
}

#[test]
fn a_result_on_a_standard_output_that_is_not_there_is_an_error() {
    let bench = Folder::with_out();
    let scripts = [
        ("closed", r#"exec "$0" "$@" >&-"#),
        (
            "closed, and the others too",
            r#"exec "$0" "$@" >&- 2>&- <&-"#,
        ),
        ("open for reading alone", r#"exec "$0" "$@" 1</dev/null"#),
        (
            "its reader has gone",
            r#"exec 3> >(exit 0); wait $!; exec "$0" "$@" >&3"#,
        ),
        ("full", r#"exec "$0" "$@" >/dev/full"#),
    ];
    for row in results(&bench) {
        let row: Vec<&str> = row.iter().map(String::as_str).collect();
        for (what, script) in scripts {
            let said = shell(script, &row);
            assert_eq!(said.exit, 2, "{what}: {row:?}: {}", said.stderr);
            if !what.contains("others") {
                let named =
                    said.stderr.contains("stdout_lost") || said.stderr.contains("disk_full");
                assert!(named, "{what}: {row:?}: {}", said.stderr);
            }
        }
        // Whoever throws it away knows.
        assert_eq!(
            shell(r#"exec "$0" "$@" >/dev/null"#, &row).exit,
            0,
            "{row:?}"
        );
    }
}

#[test]
fn a_verdict_that_nobody_got_is_an_error_and_says_why() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let (pem, public) = (key("recovery.pkcs8"), key("recovery.public"));
    let shares = bench.text("shares");
    lifeboat(&["derive", &kit, "--key", &pem, WALLET, "--out", &shares]).done();
    let verdicts: [&[&str]; 2] = [
        &["check", &shares, &kit, "--key", &pem],
        &["kit", "verify", &kit, "--key", &pem],
    ];
    let tables: [&[&str]; 3] = [
        &["kit", "inspect", &kit],
        &["key", "show", &public],
        &["errors"],
    ];
    let cases = [
        (r#"exec "$0" "$@" >&-"#, "standard output is closed", true),
        (r#"exec "$0" "$@" >/dev/full"#, "no space left", true),
        (
            r#"exec 3> >(exit 0); wait $!; exec "$0" "$@" >&3"#,
            "broken pipe",
            false,
        ),
    ];
    for (script, cause, of_tables) in cases {
        for row in verdicts.iter().chain(tables.iter().filter(|_| of_tables)) {
            for json in [&["--json"][..], &[]] {
                let said = shell(script, &[json, row].concat());
                assert_eq!(said.exit, 2, "{script} {row:?}: {}", said.stderr);
                assert!(said.stderr.contains(cause), "{row:?}: {}", said.stderr);
                // None of these commands has it.
                assert!(!said.stderr.contains("--out"), "{row:?}: {}", said.stderr);
            }
        }
    }
    for row in verdicts.iter().chain(&tables) {
        assert_eq!(
            shell(r#"exec "$0" "$@" >/dev/null"#, row).exit,
            0,
            "{row:?}"
        );
    }
}

#[test]
fn lines_beside_a_result_in_a_file_are_no_result() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let pem = key("recovery.pkcs8");
    for (number, script) in [
        r#"exec "$0" "$@" >&-"#,
        r#"exec 3> >(exit 0); wait $!; exec "$0" "$@" >&3"#,
    ]
    .into_iter()
    .enumerate()
    {
        let keys = bench.text(&format!("out/keys-{number}"));
        shell(script, &["keygen", "--unencrypted", "--out", &keys]).done();
        let shares = bench.text(&format!("out/shares-{number}"));
        let derive = ["derive", &kit, "--key", &pem, WALLET, "--out", &shares];
        shell(script, &derive).done();
    }
    assert_eq!(bench.results().len(), 6);
}

#[test]
fn a_reader_that_has_seen_enough_of_a_table_is_no_error() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let public = key("recovery.public");
    let rows: [&[&str]; 6] = [
        &["help"],
        &["errors"],
        &["man"],
        &["completions", "bash"],
        &["kit", "inspect", &kit],
        &["key", "show", &public],
    ];
    for row in rows {
        let said = shell(r#"exec 3> >(exit 0); wait $!; exec "$0" "$@" >&3"#, row);
        assert_eq!(said.exit, 0, "{row:?}: {}", said.stderr);
    }
}

#[test]
fn a_closed_standard_input_harms_nothing() {
    let work = Workload::new(3);
    let args = work.args("shares", &[]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    shell(r#"exec "$0" "$@" <&-"#, &args).json();
    let shares = work.bench.result("shares");
    assert_eq!(
        serde_json::from_str::<Value>(&shares)
            .unwrap()
            .as_object()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn an_outcome_says_which_command_it_is_of_and_what_protected_it() {
    let bench = Folder::with_out();
    let sound = bench.put("kit.zip", Forge::wallets().zip());
    let good = bench.inspect(&sound).json();
    let bad: Value = serde_json::from_str(&bench.inspect("nowhere.zip").stdout).unwrap();
    for outcome in [&good, &bad] {
        assert_eq!(outcome["command"], "kit inspect");
        assert_eq!(outcome["schemaVersion"], 1);
        let protection = &outcome["protection"];
        for part in ["systemCalls", "files"] {
            assert!(
                ["full", "partial", "none"].contains(&protection[part].as_str().unwrap()),
                "{protection}"
            );
        }
        assert!(protection["memoryLocked"].is_boolean());
        assert!(protection["airGap"].is_boolean() || protection["airGap"].is_null());
    }
    // The same as `doctor` finds, and what the kernel says of a process that is confined so.
    let doctor: Value = serde_json::from_str(&lifeboat(&["--json", "doctor"]).stdout).unwrap();
    assert_eq!(
        doctor["protection"]["systemCalls"],
        doctor["confinement"]["calls"]
    );
    assert_eq!(doctor["protection"], good["protection"]);
    let up = doctor["interfaces"]
        .as_array()
        .map(|all| all.iter().any(|one| one["up"] == true));
    assert_eq!(good["protection"]["airGap"].as_bool(), up.map(|up| !up));
    let usage: Value = serde_json::from_str(&lifeboat(&["--json", "frobnicate"]).stdout).unwrap();
    assert_eq!(
        (usage["command"].is_null(), &usage["schemaVersion"]),
        (true, &Value::from(1))
    );

    bench.verify(&bench.put("workspace.zip", Forge::workspace().zip()));
    let report: Value = serde_json::from_str(&bench.result("report.json")).unwrap();
    assert_eq!(report["protection"], good["protection"]);
    assert_eq!(report["clockBeforeProgram"], false);
}

#[test]
fn a_name_that_is_no_text_is_given_as_far_as_it_is_text() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let out = bench.path("out").join(OsStr::from_bytes(b"r\xe4.json"));
    let pem = key("recovery.pkcs8");
    let derive = ["--json", "derive", &kit, "--key", &pem, WALLET, "--out"];
    let args: Vec<&OsStr> = derive
        .iter()
        .map(OsStr::new)
        .chain([out.as_os_str()])
        .collect();
    let outcome = lifeboat(&args).json();
    assert!(
        outcome["files"][0]
            .as_str()
            .unwrap()
            .ends_with("r\u{fffd}.json"),
        "{outcome}"
    );
    assert!(out.is_file());
    // Where a second run meets it, it is named too.
    lifeboat(&args).refused(2, "output_exists", &["r\u{fffd}.json"]);
    let keys = bench.path("out").join(OsStr::from_bytes(b"k\xe4"));
    let args = [
        OsStr::new("--json"),
        OsStr::new("keygen"),
        OsStr::new("--unencrypted"),
        OsStr::new("--out"),
        keys.as_os_str(),
    ];
    lifeboat(&args).json();
}

#[test]
fn an_outcome_that_could_not_be_shown_is_an_error() {
    if !Path::new("/dev/full").exists() {
        return eprintln!("skipped: there is no /dev/full");
    }
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    for more in [&[][..], &["--json"]] {
        let args = [&["kit", "inspect", &kit], more].concat();
        let run = |script: &str| shell(script, &args);
        let said = run(r#"exec "$0" "$@" > /dev/full"#);
        assert_eq!(said.exit, 2, "{more:?}: {}", said.stderr);
        assert!(
            said.stderr.contains("standard output could not be written"),
            "{more:?}: {}",
            said.stderr
        );
        said.is_decent();
        let said = run(r#"exec 3> >(exit 0); wait $!; exec "$0" "$@" >&3"#);
        assert_eq!(
            (said.exit, said.stderr.contains("error")),
            // Whoever reads a table may have seen enough; an outcome is for a program, which has not got it.
            if more.is_empty() {
                (0, false)
            } else {
                (2, true)
            },
            "{more:?}: {}",
            said.stderr
        );
    }
}

#[test]
fn standard_input_is_not_read_before_it_is_known_to_serve_once() {
    let work = Workload::new(3);
    let args = work.args(
        "shares",
        &[
            "--key",
            &key("recovery.pkcs8.pbkdf2"),
            "--key-passphrase-file",
            "-",
        ],
    );
    let args: Vec<&str> = args
        .iter()
        .map(|arg| if *arg == work.list { "-" } else { arg.as_str() })
        .collect();
    let said = lifeboat_fed(&args, b"SECRET\n");
    said.refused(2, "stdin_twice", &["--wallets", "--key-passphrase-file"]);
    work.bench.is_clean();
}

#[test]
fn names_of_streams_where_a_file_belongs_get_the_right_hint() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    bench.run_json(&["kit", "inspect", "-"]).refused(
        2,
        "file_not_found",
        &["wallet lists and passphrases only"],
    );
    let own = key("recovery.pkcs8");
    lifeboat(&[
        "--json",
        "derive",
        &kit,
        "--key",
        &own,
        "--out",
        "/dev/stdout",
        WALLET,
    ])
    .refused(2, "output_exists", &["`--out -`"]);
}
