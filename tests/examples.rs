//! The openers of `docs/examples`: what they open, how they ask, and how they refuse. The sealed files of other software are
//! the part of `sealed::vectors`, damaged ones that of `sealed::commands`.

use std::{
    fs,
    os::unix::fs::symlink,
    process::{Command, Output},
};

use crate::support::{Folder, fixture};

const WALLET: &str = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11";
const ENDPOINT: &str = "demo/endpoint-private.pem";
const OPENS: &str = "demo/endpoint-passphrase.txt";
const OPENERS: [(&str, &str); 2] = [("node", "mjs"), ("python3", "py")];

/// A folder with the demo, and its shares sealed to its endpoint in `shares.sealed`.
fn demo() -> Folder {
    let folder = Folder::new();
    symlink(fixture("demo"), folder.path("demo")).unwrap();
    symlink(fixture("keys"), folder.path("keys")).unwrap();
    done(
        &folder,
        "derive demo/kit.zip --key demo/recovery-private.pem --key-passphrase-file demo/key-passphrase.txt \
         --wallets demo/wallets.txt --seal-to demo/endpoint-public.pem --out shares.sealed",
    );
    folder
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// What lifeboat prints when it does all that this command line says.
fn done(folder: &Folder, line: &str) -> String {
    folder.done(&words(line)).stdout
}

fn opener(name: &str) -> String {
    let path = format!("{}/docs/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    assert!(fs::exists(&path).unwrap(), "{path}");
    path
}

/// What the opener said in the folder; `None`, with a line, where this machine lacks what it needs.
fn run(folder: &Folder, program: &str, name: &str, args: &str) -> Option<Output> {
    let mut command = Command::new(program);
    command.arg(opener(name)).args(words(args));
    let Ok(output) = command.current_dir(folder.path("")).output() else {
        eprintln!("skipped: there is no {program}");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("No module named") || said.contains("this Node has no Argon2") {
        eprintln!("skipped: {said}");
        return None;
    }
    Some(output)
}

/// Exit status 0, and this on standard output.
fn opened(output: &Output, expected: &[u8], about: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{about}: {said}");
    assert!(output.stdout == expected, "{about}: {said}");
}

/// One line about what was wrong, or the usage; nothing on standard output.
fn refused(output: &Output, exit: i32, why: &str, about: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit), "{about}: {said}");
    assert!(output.stdout.is_empty(), "{about}");
    assert!(said.contains(why), "{about}: {said}");
    let is_usage = said.contains("usage: ");
    assert!(is_usage || said.lines().count() == 1, "{about}: {said}");
    let is_raw = said.contains("Traceback") || said.contains("    at ");
    assert!(!is_raw, "{about}: {said}");
    assert!(!said.contains("secret\n"), "{about} repeats: {said}");
}

#[test]
fn a_key_under_a_passphrase_opens() {
    let folder = demo();
    let ours = done(
        &folder,
        &format!(
            "unseal shares.sealed --key {ENDPOINT} --key-passphrase-file {OPENS} --format ndjson"
        ),
    );
    let first = ours.split_inclusive('\n').next().unwrap();
    for (program, ending) in OPENERS {
        let name = format!("unseal.{ending}");
        let open = |wallet: &str| {
            let args = format!("shares.sealed {ENDPOINT} {wallet} --passphrase-file {OPENS}");
            run(&folder, program, &name, &args)
        };
        if let Some(output) = open("") {
            opened(&output, ours.as_bytes(), &name);
            opened(&open(WALLET).unwrap(), first.as_bytes(), &name);
        }
    }
}

/// Under other ciphers and key derivations than those of `keygen`, too; the passphrase's line end is no part of it.
#[test]
fn keys_in_other_encodings_open() {
    let folder = demo();
    folder.write("passphrase", "SECRET\r\n");
    fs::copy(fixture("sealed/v2.good.three.sealed"), folder.path("three")).unwrap();
    let records = fs::read(fixture("sealed/records.ndjson")).unwrap();
    let lines: Vec<&[u8]> = records.split_inclusive(|byte| *byte == b'\n').collect();
    for encoding in [
        "pkcs8",
        "pkcs1",
        "pkcs8.pbkdf2",
        "pkcs8.scrypt",
        "pkcs1.encrypted",
    ] {
        for (program, ending) in OPENERS {
            let name = format!("unseal.{ending}");
            let args = format!("three keys/recovery.{encoding}.pem --passphrase-file passphrase");
            if let Some(output) = run(&folder, program, &name, &args) {
                opened(&output, &lines[..3].concat(), &format!("{name} {encoding}"));
            }
        }
    }
}

#[test]
fn what_an_opener_of_sealed_files_refuses_it_says_in_one_line() {
    let folder = demo();
    let altered = folder
        .read("shares.sealed")
        .replacen("\"n\":0", "\"n\":1", 1);
    folder.write("altered", altered);
    let with = format!("--passphrase-file {OPENS}");
    let nobody = "00000000-0000-4000-8000-000000000000";
    let cases = [
        (String::new(), 2, "usage: "),
        ("shares.sealed".into(), 2, "usage: "),
        (
            format!("shares.sealed {ENDPOINT} {WALLET} secret"),
            2,
            "usage: ",
        ),
        (
            format!("shares.sealed {ENDPOINT} --passphrase secret"),
            2,
            "PASSPHRASE",
        ),
        (
            format!("shares.sealed {ENDPOINT} --passphrase-file secret"),
            2,
            "cannot read",
        ),
        (format!("shares.sealed {ENDPOINT} < nothing"), 2, "usage: "),
        (format!("no.file {ENDPOINT} {with}"), 2, "no.file"),
        ("shares.sealed no.key".into(), 2, "no.key"),
        (
            "shares.sealed demo/endpoint-public.pem".into(),
            2,
            "not a private RSA key",
        ),
        (
            format!("demo/wallets.txt {ENDPOINT} {with}"),
            2,
            "not a sealed file",
        ),
        (
            format!("shares.sealed {ENDPOINT} --passphrase-file demo/owner-passphrase.txt"),
            3,
            "the passphrase is wrong",
        ),
        (
            "shares.sealed keys/other.pkcs8.pem".into(),
            3,
            "not sealed to this key",
        ),
        (
            format!("shares.sealed {ENDPOINT} {nobody} {with}"),
            3,
            "no record of that wallet",
        ),
        (format!("altered {ENDPOINT} {with}"), 3, "missing or moved"),
    ];
    for (args, exit, why) in &cases {
        for (program, ending) in OPENERS {
            let name = format!("unseal.{ending}");
            if let Some(output) = run(&folder, program, &name, args) {
                refused(&output, *exit, why, &format!("{name} {args}"));
            }
        }
    }
}

/// An opener on a terminal: the exit status, whether it echoes again, and all it showed. `None` where there is no Python to
/// make a terminal.
fn on_terminal(folder: &Folder, answers: &[&str], line: &str) -> Option<(i32, bool, String)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/question.py");
    let answers = answers
        .iter()
        .map(|answer| hex::encode(format!("{answer}\n")));
    let mut python = Command::new("python3");
    python
        .arg(script)
        .args(answers)
        .args(["--", "/usr/bin/env"])
        .args(words(line));
    let Ok(output) = python.current_dir(folder.path("")).output() else {
        eprintln!("skipped: there is no python3 to make a terminal");
        return None;
    };
    let shown = String::from_utf8(output.stdout).unwrap();
    let last: Vec<&str> = shown.lines().last().unwrap().split(' ').collect();
    assert_eq!(last[2], "ended", "{shown}");
    Some((last[0].parse().unwrap(), last[1] == "echo", shown.clone()))
}

#[test]
fn a_passphrase_is_asked_for_without_echo_and_asked_again() {
    let folder = demo();
    let right = "demo endpoint passphrase";
    let edited = format!("nonsense\x15{right}x\x7f");
    let cases: [(&[&str], i32, &[&str]); 4] = [
        (
            &["a wrong one", right],
            0,
            &["passphrase of", "try again", "\"chaincode\""],
        ),
        (&["one", "two", "three"], 3, &["the passphrase is wrong"]),
        (&[&edited], 0, &["\"chaincode\""]),
        (&["\x03"], 2, &["interrupted"]),
    ];
    for (program, ending) in OPENERS {
        let name = format!("unseal.{ending}");
        if run(&folder, program, &name, "--help").is_none() {
            continue;
        }
        let line = format!(
            "{program} {} shares.sealed {ENDPOINT} {WALLET}",
            opener(&name)
        );
        for (answers, exit, seen) in cases {
            let Some((status, echoes, shown)) =
                on_terminal(&folder, answers, &format!("{line} --reveal"))
            else {
                return;
            };
            assert!(status == exit && echoes, "{name}: {status} {shown}");
            assert!(
                seen.iter().all(|words| shown.contains(words)),
                "{name}: {shown}"
            );
            assert!(
                !shown.contains("a wrong one") && !shown.contains(right),
                "{name}: {shown}"
            );
        }

        // A secret goes to a terminal only when asked to.
        let (status, _, shown) = on_terminal(&folder, &[], &line).unwrap();
        assert!(
            status == 2 && shown.contains("--reveal"),
            "{name}: {status} {shown}"
        );
    }
}

/// A folder with a locked file of each kind, under the passphrase in `passphrase`, and what it holds.
fn locked() -> (Folder, [(&'static str, &'static str); 4]) {
    let folder = demo();
    folder.write("passphrase", "a passphrase with \u{fc} in it\n");
    done(
        &folder,
        "share recover demo/device-backups/device-1.json --device-id 7cc9b276-3c65-47f9-b35a-992766d3cafd \
         --passphrase-dir demo/passphrases --out device.json",
    );
    done(
        &folder,
        "share backup device.json --passphrase-id test --passphrase-file passphrase --out backup.locked",
    );

    let takeover = format!(
        "takeover --server-shares shares.sealed --key {ENDPOINT} --key-passphrase-file {OPENS} --wallet {WALLET} \
         --device-share device.json --algorithm ecdsa"
    );
    done(
        &folder,
        &format!("{takeover} --passphrase-file passphrase --out full.locked"),
    );
    done(
        &folder,
        &format!("{takeover} --unencrypted --out full.json"),
    );

    let eject = "portal eject --client demo/portal/client.txt --key-file demo/portal/cloud-key.txt --custodian \
                 demo/portal/custodian-secp256k1.json demo/portal/custodian-ed25519.json";
    done(
        &folder,
        &format!("{eject} --out-passphrase-file passphrase --out portal.locked"),
    );
    done(&folder, &format!("{eject} --unencrypted --out portal.json"));

    let workspace = "workspace demo/kit.zip --key demo/recovery-private.pem --key-passphrase-file demo/key-passphrase.txt \
                     --owner-passphrase-file demo/owner-passphrase.txt";
    done(
        &folder,
        &format!("{workspace} --passphrase-file passphrase --out workspace.locked"),
    );
    done(
        &folder,
        &format!("{workspace} --unencrypted --out workspace.json"),
    );
    let files = [
        ("full.locked", "full.json"),
        ("workspace.locked", "workspace.json"),
        ("portal.locked", "portal.json"),
        ("backup.locked", "device.json"),
    ];
    (folder, files)
}

#[test]
fn locked_files_of_every_kind_open() {
    let (folder, files) = locked();
    for (program, ending) in OPENERS {
        let name = format!("unlock.{ending}");
        for (file, plain) in files {
            let args = format!("{file} --passphrase-file passphrase");
            if let Some(output) = run(&folder, program, &name, &args) {
                opened(
                    &output,
                    folder.read(plain).as_bytes(),
                    &format!("{name} {file}"),
                );
            }
        }
    }
}

#[test]
fn a_locked_file_that_is_not_as_it_was_written_stays_closed() {
    let (folder, _) = locked();
    folder.write("wrong", "another passphrase");
    let text = folder.read("full.locked");
    let sealed = text.trim_end();
    let (most, last) = sealed.split_at(sealed.len() - 1);
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let layout = "not as it was written";
    let cases = [
        (
            "flipped",
            format!("{most}{}", if last == "0" { "1" } else { "0" }),
            3,
            "was altered",
        ),
        (
            "another kind",
            changed("full keys", "fall keys"),
            3,
            "was altered",
        ),
        (
            "cut by a byte",
            most[..most.len() - 1].to_owned(),
            3,
            "was altered",
        ),
        ("cut by a digit", most.to_owned(), 3, layout),
        (
            "one line",
            sealed.lines().next().unwrap().to_owned(),
            3,
            layout,
        ),
        ("three lines", format!("{sealed}\nab\n"), 3, layout),
        (
            "300 passes",
            changed("\"passes\":3", "\"passes\":300"),
            3,
            layout,
        ),
        ("memory as text", changed("131072", "\"131072\""), 3, layout),
        (
            "newer",
            changed("\"version\":1", "\"version\":2"),
            2,
            "version 2",
        ),
        ("no locked file", "[]".to_owned(), 2, "not a locked file"),
    ];
    for (program, ending) in OPENERS {
        let name = format!("unlock.{ending}");
        let refuses = |args: &str, exit: i32, why: &str, about: &str| {
            if let Some(output) = run(&folder, program, &name, args) {
                refused(&output, exit, why, &format!("{name} {about}"));
            }
        };
        for (about, text, exit, why) in &cases {
            folder.write("altered", text);
            refuses("altered --passphrase-file passphrase", *exit, why, about);
        }
        refuses(
            "full.locked --passphrase-file wrong",
            3,
            "the passphrase is wrong",
            "wrong",
        );
        refuses("", 2, "usage: ", "nothing");
        refuses("full.locked another", 2, "usage: ", "too much");
    }
}
