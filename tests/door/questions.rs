//! Questions: what was typed is what is used, Enter ends them, signals restore the terminal; new passphrases that nobody
//! could type again are refused, the same way everywhere.

use std::process::Command;

use crate::support::{
    Folder, KEY_PASSPHRASE, fixture,
    forge::{Forge, WALLET},
    json_fixture, lifeboat, openssl, tested_program,
    workload::key,
};

/// How a run on a terminal ended.
struct Ended {
    status: i32,
    echoes: bool,
    ended: bool,
    shown: String,
}

/// Runs the binary on a terminal; `None` where there is no Python to make one.
fn at_questions(steps: &[&str], args: &[&str]) -> Option<Ended> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/question.py");
    let mut python = Command::new("python3");
    python
        .env("NO_COLOR", "1")
        .arg(script)
        .args(steps)
        .args(["--", tested_program()])
        .args(args);
    let Ok(output) = python.output() else {
        eprintln!("skipped: there is no python3 to make a terminal");
        return None;
    };
    let shown = String::from_utf8(output.stdout).unwrap();
    let last: Vec<&str> = shown.lines().last().unwrap().split(' ').collect();
    Some(Ended {
        status: last[0].parse().unwrap(),
        echoes: last[1] == "echo",
        ended: last[2] == "ended",
        shown: shown.clone(),
    })
}

/// `key show` of the key whose passphrase is `SECRET`.
fn show(steps: &[&str]) -> Option<Ended> {
    at_questions(steps, &["key", "show", &key("recovery.pkcs8.pbkdf2")])
}

fn typed(text: &str) -> String {
    hex::encode(text)
}

#[test]
fn enter_ends_a_question_and_editing_keys_edit() {
    assert_eq!(KEY_PASSPHRASE, "SECRET");
    let answers: [Vec<u8>; 12] = [
        b"SECRET\n".to_vec(),
        b"SECRET\r".to_vec(),
        b"SECRER\x7fT\n".to_vec(),
        b"SECRER\x08T\n".to_vec(),
        "SECRE\u{fc}\x7fT\n".into(),
        "SECRE\u{1f600}\x7fT\n".into(),
        b"nonsense\x15SECRET\n".to_vec(),
        b"\x1b[A\x15SECRET\n".to_vec(),
        b"nonsense\x17SECRET\n".to_vec(),
        b"\x1b[200~SECRET\x1b[201~\n".to_vec(),
        b"\x1b[200~SECRET\r\x1b[201~".to_vec(),
        b"SECRET\x04".to_vec(),
    ];
    for raw in [false, true] {
        for answer in &answers {
            let answer = hex::encode(answer);
            let steps = if raw {
                vec!["raw", &answer]
            } else {
                vec![answer.as_str()]
            };
            let Some(run) = show(&steps) else { return };
            assert_eq!(
                (run.status, run.echoes),
                (0, true),
                "raw {raw}, {answer}: {}",
                run.shown
            );
        }
    }
}

#[test]
fn what_is_typed_counts_to_the_letter() {
    for answer in ["SECRET\t", "\tSECRET", "SECRET ", "secret"] {
        let Some(run) = show(&[&typed(&format!("{answer}\n"))]) else {
            return;
        };
        assert_eq!(run.status, 3, "{answer:?}: {}", run.shown);
    }
    let long = format!("{}\u{15}SECRET\n", "x".repeat(20_000));
    let Some(run) = show(&[&typed(&long)]) else {
        return;
    };
    assert_eq!(run.status, 0, "{}", run.shown);
}

#[test]
fn what_is_no_text_is_refused_with_the_reason() {
    let answers: [(&[u8], &str); 5] = [
        (b"Z\xfcrich-Gr\xfc\xdfe 7\n", "not UTF-8"),
        (b"SECRET\x1b[A\n", "arrow"),
        (b"SECRET\x1bx\n", "arrow"),
        (b"SECRET\x00\n", "control key"),
        (b"SECRET\x01\n", "control key"),
    ];
    for (answer, word) in answers {
        let Some(run) = show(&[&hex::encode(answer)]) else {
            return;
        };
        assert_eq!((run.status, run.echoes), (2, true), "{}", run.shown);
        assert!(
            run.shown.contains(word) && run.shown.contains("passphrase_not_text"),
            "{}",
            run.shown
        );
    }
    // Two passphrases that differ only in such bytes never count as the same.
    let bench = Folder::with_out();
    let out = bench.text("out/k");
    let Some(run) = at_questions(
        &[
            "e9436f7272656374486f7273650a",
            "e8436f7272656374486f7273650a",
        ],
        &["keygen", "--out", &out],
    ) else {
        return;
    };
    assert_eq!(run.status, 2, "{}", run.shown);
    bench.is_clean();
}

#[test]
fn signals_restore_the_terminal_and_end_the_program() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let out = bench.text("out/shares");
    let derive = [
        "derive",
        &kit,
        "--key",
        &key("recovery.pkcs8.pbkdf2"),
        WALLET,
        "--out",
        &out,
    ];
    for (signal, status) in [("TERM", -15), ("HUP", -1), ("QUIT", -3), ("INT", 2)] {
        let Some(run) = at_questions(&[&format!("+{signal}")], &derive) else {
            return;
        };
        assert_eq!(
            (run.status, run.echoes, run.ended),
            (status, true, true),
            "{signal}: {}",
            run.shown
        );
        assert!(
            run.shown.contains("at the question"),
            "{signal}: {}",
            run.shown
        );
        bench.is_clean();
    }
    // What cannot be caught leaves nothing either, so that the next run begins anew.
    at_questions(&["+KILL"], &derive);
    bench.is_clean();
}

#[test]
fn a_question_shows_names_visibly() {
    let bench = Folder::with_out();
    let named = bench.path("k\x1b]0;pwn\x07\u{202e}.pem");
    std::fs::copy(key("recovery.pkcs8.pbkdf2"), &named).unwrap();
    let Some(run) = at_questions(
        &[&typed("SECRET\n")],
        &["key", "show", named.to_str().unwrap()],
    ) else {
        return;
    };
    assert_eq!(run.status, 0, "{}", run.shown);
    assert!(
        run.shown.contains("\\u{1b}]0;pwn\\u{7}\\u{202e}"),
        "{}",
        run.shown
    );
    assert!(
        !run.shown.contains(['\x1b', '\x07', '\u{202e}']),
        "{}",
        run.shown
    );
}

/// Every command that sets a passphrase, with a file of it.
fn set_everywhere(passphrase: &[u8]) -> Vec<(&'static str, crate::support::Run, Folder)> {
    let mut said = Vec::new();
    let vector = json_fixture("shares/takeover.json")[0].clone();
    let full = serde_json::json!([{
        "keyId": WALLET, "algorithm": vector["algorithm"],
        "privateKey": vector["expect"]["extendedPrivateKey"], "publicKey": vector["expect"]["extendedPublicKey"],
    }]);
    let recovered = recovered_share();
    let eject = &json_fixture("portal/portal.json")["wallets"][0];
    for command in ["keygen", "share backup", "keystores", "eject"] {
        let bench = Folder::with_out();
        let file = bench.put("passphrase", passphrase);
        let out = bench.text("out/result");
        let args: Vec<String> = match command {
            "keygen" => ["keygen", "--out", &out, "--key-passphrase-file", &file]
                .map(str::to_owned)
                .to_vec(),
            "share backup" => {
                let share = bench.put("share", &recovered);
                [
                    "share",
                    "backup",
                    &share,
                    "--passphrase-id",
                    WALLET,
                    "--passphrase-file",
                    &file,
                    "--out",
                    &out,
                ]
                .map(str::to_owned)
                .to_vec()
            }
            "eject" => {
                let client = bench.put("client", eject["plaintext_ios"].as_str().unwrap());
                let custodian =
                    bench.put("custodian", eject["custodian_secp256k1"].as_str().unwrap());
                let other = bench.put("custodian.e", eject["custodian_ed25519"].as_str().unwrap());
                [
                    "portal",
                    "eject",
                    "--client",
                    &client,
                    "--custodian",
                    &custodian,
                    "--custodian",
                    &other,
                    "--out-passphrase-file",
                    &file,
                    "--out",
                    &out,
                ]
                .map(str::to_owned)
                .to_vec()
            }
            _ => {
                let full = bench.put("full", full.to_string());
                [
                    "export",
                    &full,
                    "--chain",
                    "eth",
                    "--keystore-dir",
                    &out,
                    "--keystore-passphrase-file",
                    &file,
                    "--out",
                    &bench.text("list"),
                ]
                .map(str::to_owned)
                .to_vec()
            }
        };
        let args: Vec<&str> = std::iter::once("--json")
            .chain(args.iter().map(String::as_str))
            .collect();
        said.push((command, lifeboat(&args), bench));
    }
    said
}

fn recovered_share() -> String {
    let vector = &json_fixture("backups/device-backup.json")[0];
    let bench = Folder::with_out();
    let backup = bench.put("backup", vector["backup"].to_string());
    let passphrase = bench.put("passphrase", vector["passphrase"].as_str().unwrap());
    let device = vector["deviceId"].as_str().unwrap();
    let out = bench.text("out/share");
    lifeboat(&[
        "--json",
        "share",
        "recover",
        &backup,
        "--device-id",
        device,
        "--passphrase-file",
        &passphrase,
        "--out",
        &out,
    ])
    .json();
    bench.result("share")
}

#[test]
fn a_new_passphrase_that_nobody_could_type_is_refused_the_same_way_everywhere() {
    let utf16: Vec<u8> = "correct horse battery"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let passphrases: [(&[u8], &str); 9] = [
        (b"\xef\xbb\xbfcorrect horse battery", "unfit_passphrase"),
        (&[b"\xff\xfe", &utf16[..]].concat(), "unfit_passphrase"),
        (&utf16, "unfit_passphrase"),
        (b"correct\0horse battery", "unfit_passphrase"),
        (b"correct\x1bhorse battery", "unfit_passphrase"),
        (
            "correct\u{200b}horse battery".as_bytes(),
            "unfit_passphrase",
        ),
        (b"Z\xfcrich-Gr\xfc\xdfe und mehr", "unfit_passphrase"),
        (b"correct horse battery \n", "padded_passphrase"),
        (b"correct horse battery\n\n", "padded_passphrase"),
    ];
    for (passphrase, code) in passphrases {
        for (command, said, bench) in set_everywhere(passphrase) {
            assert!(
                said.stdout.contains(&format!("\"code\": \"{code}\"")),
                "{command}, {passphrase:?}: {}",
                said.stdout
            );
            said.refused(2, code, &[]);
            bench.is_clean();
        }
    }
}

#[test]
fn a_new_passphrase_of_letters_is_taken_and_is_just_its_bytes() {
    let text = "Zürich-Grüße 7 é 東京 🛟";
    for (command, said, bench) in set_everywhere(format!("{text}\r\n").as_bytes()) {
        said.json();
        if command == "keygen" {
            // OpenSSL, which is not ours, opens it with these bytes.
            let (pem, file) = (
                bench.text("out/result-private.pem"),
                bench.put("bytes", text),
            );
            openssl(&[
                "pkey",
                "-in",
                &pem,
                "-passin",
                &format!("file:{file}"),
                "-noout",
            ]);
        }
        assert!(
            !said.stderr.contains("wallets differ") || command == "keystores",
            "{command}"
        );
    }
}

#[test]
fn a_keystore_passphrase_that_wallets_spell_differently_is_warned_of() {
    for (text, warned) in [
        ("corre\u{301}ct horse battery", true),
        ("\u{fb01}ne horse battery", true),
        ("corréct horse battery", false),
        ("correct horse battery", false),
    ] {
        for (command, said, _) in set_everywhere(text.as_bytes()) {
            said.json();
            assert_eq!(
                said.stderr.contains("NFKC"),
                warned && command == "keystores",
                "{command} {text:?}: {}",
                said.stderr
            );
        }
    }
}

#[test]
fn a_passphrase_file_that_opens_nothing_is_told_what_may_be_the_matter() {
    let bench = Folder::with_out();
    let pem = fixture("keys/recovery.pkcs8.pbkdf2.pem");
    let pem = pem.to_str().unwrap();
    let utf16: Vec<u8> = "SECRET".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: [(&[u8], &str); 6] = [
        (b"\xef\xbb\xbfSECRET", "byte order mark"),
        (&utf16, "UTF-16"),
        (b"SECRET \n", "white space"),
        (b"SECRET\n\n", "line end"),
        (b"SECRET\r\nmore\r\n", "several lines"),
        ("SECRE\u{301}T".as_bytes(), "NFD"),
    ];
    for (bytes, word) in files {
        let file = bench.put("passphrase", bytes);
        let said = lifeboat(&["--json", "key", "show", pem, "--key-passphrase-file", &file]);
        said.refused(3, "wrong_key_passphrase", &[word]);
    }
    let file = bench.put("passphrase", "WRONG\r\n");
    let said = lifeboat(&["--json", "key", "show", pem, "--key-passphrase-file", &file]);
    assert!(
        !said.stdout.contains("the passphrase of"),
        "{}",
        said.stdout
    );
}

#[test]
fn a_typed_passphrase_that_opens_nothing_is_told_what_may_be_the_matter() {
    let cases = [
        ("SECRET ", "white space"),
        (" SECRET", "white space"),
        ("SECRE\u{301}T", "NFD"),
        ("\u{feff}SECRET", "byte order mark"),
    ];
    for (text, word) in cases {
        let Some(run) = show(&[&typed(&format!("{text}\n"))]) else {
            return;
        };
        assert_eq!(run.status, 3, "{text:?}: {}", run.shown);
        let mut hints = run
            .shown
            .lines()
            .filter(|line| line.contains("what was typed"));
        let hint = hints
            .next()
            .unwrap_or_else(|| panic!("{text:?}: {}", run.shown));
        assert!(hint.contains(word), "{hint}");
        // There is no file to mend.
        assert!(
            !run.shown.contains("the passphrase of `--"),
            "{}",
            run.shown
        );
        assert!(!run.shown.contains("printf"), "{}", run.shown);
    }
    // A plainly wrong one gives nothing to say.
    let Some(run) = show(&[&typed("WRONG\n")]) else {
        return;
    };
    assert_eq!(run.status, 3, "{}", run.shown);
    assert!(!run.shown.contains("what was typed"), "{}", run.shown);
}

#[test]
fn a_typed_new_passphrase_that_nobody_could_type_again_says_how_to_type_it() {
    for (text, code, hint) in [
        (
            "correct horse battery ",
            "padded_passphrase",
            "type it without white space",
        ),
        (
            "\u{feff}correct horse battery",
            "unfit_passphrase",
            "type it by hand",
        ),
        (
            "correct\u{200b}horse battery",
            "unfit_passphrase",
            "several random words",
        ),
    ] {
        let bench = Folder::with_out();
        let answer = typed(&format!("{text}\n"));
        let out = bench.text("out/k");
        let Some(run) = at_questions(&[&answer, &answer], &["keygen", "--out", &out]) else {
            return;
        };
        assert_eq!(run.status, 2, "{text:?}: {}", run.shown);
        assert!(
            run.shown.contains(code) && run.shown.contains(hint),
            "{text:?}: {}",
            run.shown
        );
        // Advice about files helps nobody who typed.
        assert!(
            !run.shown.contains("save the file") && !run.shown.contains("the file may end"),
            "{}",
            run.shown
        );
        bench.is_clean();
    }
}

#[test]
fn a_wrong_passphrase_is_asked_for_again() {
    let (wrong, right) = (typed("secret\n"), typed("SECRET\n"));
    let Some(run) = show(&[&wrong, &wrong, &right]) else {
        return;
    };
    assert_eq!((run.status, run.echoes), (0, true), "{}", run.shown);
    assert_eq!(run.shown.matches("try again").count(), 2, "{}", run.shown);

    let Some(run) = show(&[&wrong, &wrong, &wrong]) else {
        return;
    };
    assert_eq!((run.status, run.echoes), (3, true), "{}", run.shown);
    assert!(run.shown.contains("wrong_key_passphrase"), "{}", run.shown);

    // Whoever goes away after a wrong one is told of that one.
    let Some(run) = show(&[&wrong, &typed("\u{4}")]) else {
        return;
    };
    assert_eq!(run.status, 3, "{}", run.shown);
}

#[test]
fn a_new_passphrase_that_does_not_fit_is_asked_for_again() {
    let bench = Folder::with_out();
    let out = bench.text("out/k");
    let (good, other) = (typed("twelve letters\n"), typed("twelve lettres\n"));
    let steps = [&typed("short\n"), &good, &other, &good, &good];
    let steps: Vec<&str> = steps.iter().map(|step| step.as_str()).collect();
    let Some(run) = at_questions(&steps, &["keygen", "--out", &out]) else {
        return;
    };
    assert_eq!(run.status, 0, "{}", run.shown);
    assert_eq!(run.shown.matches("try again").count(), 2, "{}", run.shown);
    let key = format!("{out}-private.pem");
    let Some(run) = at_questions(&[&good], &["key", "show", &key]) else {
        return;
    };
    assert_eq!(run.status, 0, "{}", run.shown);
}

const DEMO: [&str; 5] = [
    "fixtures/demo/kit.zip",
    "--key",
    "fixtures/demo/recovery-private.pem",
    "--key-passphrase-file",
    "fixtures/demo/key-passphrase.txt",
];

#[test]
fn the_workspace_owner_is_asked_for_a_passphrase() {
    let (wrong, right) = (typed("a guess\n"), typed("demo workspace owner\n"));
    for command in [&["workspace"][..], &["kit", "verify"]] {
        let args = [command, &DEMO].concat();
        let Some(run) = at_questions(&[&wrong, &right], &args) else {
            return;
        };
        assert_eq!((run.status, run.echoes), (0, true), "{}", run.shown);
        assert!(!run.shown.contains("workspace owner\n\n"), "{}", run.shown);
        assert!(run.shown.contains("xpub"), "{}", run.shown);
        assert!(!run.shown.contains("a guess"), "{}", run.shown);
    }

    // A kit is verified without it, and says what was left out.
    let verify = [&["kit", "verify"][..], &DEMO].concat();
    let Some(run) = at_questions(&[&typed("\n")], &verify) else {
        return;
    };
    assert!(run.shown.contains("skipped"), "{}", run.shown);
    assert_eq!(run.status, 0, "{}", run.shown);
}

#[test]
fn a_command_prints_a_passphrase_wherever_there_is_one() {
    let bench = Folder::with_out();
    let key = [
        "--key-passphrase-command",
        "cat fixtures/demo/key-passphrase.txt #",
    ];
    let owner = [
        "--owner-passphrase-command",
        "cat fixtures/demo/owner-passphrase.txt #",
    ];
    let keys = bench.text("out/keys");
    let lock = ["--passphrase-command", "printf 'twelve letters' #"];
    let run = [
        &["workspace"][..],
        &DEMO[..3],
        &key,
        &owner,
        &lock,
        &["--out", &keys],
    ];
    lifeboat(&run.concat()).done();
    let export = ["export", &keys, "--chain", "btc"];
    let exported = lifeboat(&[&export[..], &lock].concat());
    assert!(exported.done().contains("bc1q"), "{}", exported.stdout);

    let both = [&["--json", "workspace"][..], &DEMO, &key].concat();
    lifeboat(&both).refused(2, "usage", &["--key-passphrase-command"]);
    let fails = ["--key-passphrase-command", "exit 7 #"];
    let run = [&["--json", "workspace"][..], &DEMO[..3], &fails].concat();
    lifeboat(&run).refused(2, "passphrase_command", &["7"]);
}

/// Ejected keys locked under `one passphrase`, in `keys.locked` of the folder.
fn locked_keys(bench: &Folder) -> String {
    let demo = |name: &str| format!("{}/fixtures/demo/portal/{name}", env!("CARGO_MANIFEST_DIR"));
    let passphrase = bench.put("passphrase", "one passphrase");
    let locked = bench.text("keys.locked");
    lifeboat(&[
        "--json",
        "portal",
        "eject",
        "--client",
        &demo("client.txt"),
        "--custodian",
        &demo("custodian-secp256k1.json"),
        &demo("custodian-ed25519.json"),
        "--key-file",
        &demo("cloud-key.txt"),
        "--out-passphrase-file",
        &passphrase,
        "--out",
        &locked,
    ])
    .json();
    locked
}

#[test]
fn an_answer_typed_ahead_is_not_shown_while_the_one_before_it_is_at_work() {
    let bench = Folder::with_out();
    let locked = locked_keys(&bench);
    let stores = bench.text("out/stores");
    let export = [
        "export",
        &locked,
        "--chain",
        "eth",
        "--keystore-dir",
        &stores,
    ];
    let ahead = format!(
        "{}/{}",
        typed("one passphrase\n"),
        typed("the next passphrase\n")
    );
    let Some(run) = at_questions(&[&ahead, &typed("the next passphrase\n")], &export) else {
        return;
    };
    assert_eq!((run.status, run.echoes), (0, true), "{}", run.shown);
    assert!(!run.shown.contains("next"), "{}", run.shown);

    // A signal that comes while the key is derived ends the program at once, as it does without a question.
    for (signal, status) in [("TERM", -15), ("INT", -2)] {
        let step = format!("{}/+{signal}", typed("one passphrase\n"));
        let Some(run) = at_questions(&[&step], &export[..4]) else {
            return;
        };
        assert_eq!(
            (run.status, run.echoes, run.ended),
            (status, true, true),
            "{signal}: {}",
            run.shown
        );
    }
}

#[test]
fn who_stops_at_a_question_and_goes_on_is_asked_again_without_echo() {
    let Some(run) = show(&["+STOP", &typed("SECRET\n")]) else {
        return;
    };
    assert_eq!((run.status, run.echoes), (0, true), "{}", run.shown);
    assert!(!run.shown.contains("SECRET"), "{}", run.shown);
    assert_eq!(
        run.shown.matches("passphrase of").count(),
        2,
        "{}",
        run.shown
    );
}

/// Between two questions the program is busy for long, and a signal ends it all the same.
#[test]
fn a_signal_between_two_questions_ends_the_program() {
    let bench = Folder::with_out();
    let locked = locked_keys(&bench);
    let stores = bench.text("out/stores");
    let export = [
        "export",
        &locked,
        "--chain",
        "eth",
        "--keystore-dir",
        &stores,
        "--keystore-passphrase-command",
        "sleep 40",
    ];
    for (signal, status) in [("TERM", -15), ("INT", -2)] {
        let step = format!("{}/+{signal}", typed("one passphrase\n"));
        let Some(run) = at_questions(&[&step], &export) else {
            return;
        };
        assert_eq!(
            (run.status, run.echoes, run.ended),
            (status, true, true),
            "{signal}: {}",
            run.shown
        );
    }
}

#[test]
fn nobody_is_asked_for_the_owner_s_passphrase_when_it_is_another_key() {
    let demo = |name: &str| fixture("demo").join(name).display().to_string();
    let (kit, key) = (demo("kit.zip"), demo("endpoint-private.pem"));
    let passphrase = std::fs::read_to_string(demo("endpoint-passphrase.txt")).unwrap();
    let Some(run) = at_questions(
        &[&typed(&passphrase)],
        &["kit", "verify", &kit, "--key", &key],
    ) else {
        return;
    };
    assert_eq!(run.status, 3, "{}", run.shown);
    assert!(run.shown.contains("another key"), "{}", run.shown);
    assert!(!run.shown.contains("Enter leaves it out"), "{}", run.shown);
}

/// A key's passphrase is typed for nothing where another file cannot be what it is named as.
#[test]
fn nobody_types_a_passphrase_for_what_is_no_result() {
    let bench = Folder::with_out();
    let demo = |name: &str| fixture("demo").join(name).display().to_string();
    let (kit, list, locked) = (
        demo("kit.zip"),
        demo("wallets.txt"),
        demo("recovery-private.pem"),
    );
    let endpoint = demo("endpoint-public.pem");
    let (device, out) = (demo("devices.csv"), bench.text("out/whole"));
    let commands = [
        vec!["check", &device, &kit, "--key", &locked],
        vec![
            "merge",
            &device,
            "--wallets",
            &list,
            "--key",
            &locked,
            "--seal-to",
            &endpoint,
            "--out",
            &out,
        ],
        vec!["unseal", &device, "--key", &locked, "--out", &out],
    ];
    for command in commands {
        let Some(run) = at_questions(&[&typed("a passphrase\n")], &command) else {
            return;
        };
        assert_eq!(run.status, 2, "{}", run.shown);
        assert!(!run.shown.contains("passphrase of"), "{}", run.shown);
    }
}
