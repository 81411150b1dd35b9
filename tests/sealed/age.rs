//! Files of age: what is sealed so opens with the age project's own program, and what that program sealed opens here.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use crate::support::{
    Folder, Run, fixture, lifeboat, read_fixture,
    workload::{Workload, ids, key},
};

const FORMATS: [&str; 3] = ["json", "ndjson", "csv"];
const AGE: [&str; 2] = ["--seal-format", "age"];

/// `age -d` of a file; `None`, and a line about it, where the program is not there.
fn age_opens(file: &str, own: &str) -> Option<Output> {
    let output = Command::new("age").args(["-d", "-i", own, file]).output();
    if output.is_err() {
        eprintln!("skipped: there is no age to compare with (Debian package `age`)");
    }
    output.ok()
}

fn unseal(file: &str, more: &[&str]) -> Run {
    let own = key("recovery.pkcs8");
    let args = ["--json", "unseal", file, "--key", &own];
    lifeboat(&[&args[..], more].concat())
}

#[test]
fn what_derive_seals_opens_with_age_and_here() {
    // One file of several chunks, one that ends with a full chunk or nearly so, one of a single record.
    for count in [1, 1_000] {
        let work = Workload::new(count);
        let (to, other) = (key("recovery.public"), key("other.public"));
        for format in FORMATS {
            let name = format!("{format}.age");
            work.run(format, &["--format", format]).json();
            let seal = ["--seal-to", &to, "--seal-to", &other, "--format", format];
            let said = work.run(&name, &[&seal[..], &AGE].concat()).json();
            assert_eq!(
                (&said["wallets"], &said["sealed"]),
                (&count.into(), &true.into())
            );
            let (file, clear) = (work.bench.text(&format!("out/{name}")), work.bytes(format));
            for own in ["recovery.pkcs8", "other.pkcs8", "recovery.pkcs1"] {
                if let Some(opened) = age_opens(&file, &key(own)) {
                    let said = String::from_utf8_lossy(&opened.stderr);
                    assert!(opened.status.success(), "{own} {format}: {said}");
                    assert!(opened.stdout == clear, "{own} {format}");
                }
            }
            for into in FORMATS {
                let out = work.bench.text("out/opened");
                let said = unseal(&file, &["--format", into, "--out", &out]).json();
                assert_eq!(said["records"], count);
                work.run("expected", &["--format", into]).json();
                assert!(
                    work.bytes("opened") == work.bytes("expected"),
                    "{format} {into}"
                );
                fs::remove_file(&out).unwrap();
                fs::remove_file(work.bench.path("out/expected")).unwrap();
            }
        }
    }
}

#[test]
fn what_age_sealed_opens_here() {
    let (bench, records) = (Folder::with_out(), read_fixture("age/records.ndjson"));
    let out = bench.text("out/opened");
    // The second has another recipient's stanza before.
    for name in ["program.age", "two.age"] {
        let file = fixture("age").join(name);
        let file = file.to_str().unwrap();
        let said = unseal(file, &["--format", "ndjson", "--out", &out]);
        assert_eq!(said.json()["records"], 600);
        assert!(fs::read(&out).unwrap() == records, "{name}");
        fs::remove_file(&out).unwrap();
        let id = "00000123-1111-4222-8333-444444444444";
        let one = unseal(file, &["--format", "ndjson", "--wallet", id, "--out", &out]);
        assert_eq!(one.json()["records"], 1);
        let line = records.split_inclusive(|byte| *byte == b'\n').nth(0x123);
        assert_eq!(fs::read(&out).unwrap(), line.unwrap());
        fs::remove_file(&out).unwrap();
        let absent = ids(1).remove(0).replace('0', "9");
        let said = unseal(file, &["--wallet", &absent, "--out", &out]);
        said.refused(3, "no_record", &[&absent]);
    }
    let armor = fixture("age/armor.age");
    let said = unseal(armor.to_str().unwrap(), &["--out", &out]);
    said.refused(2, "age_armor", &["base64 -d"]);
    bench.is_clean();
}

#[test]
fn every_part_of_an_age_file_is_authenticated() {
    let (bench, file) = (Folder::with_out(), read_fixture("age/program.age"));
    let out = bench.text("out/opened");
    let end = file.windows(4).position(|bytes| bytes == b"\n---").unwrap();
    let nonce = end + 1 + 4 + 43 + 1;
    let chunk = (64 << 10) + 16;
    let refused = |text: &[u8], codes: &[&str]| {
        let said = unseal(&bench.put("changed", text), &["--out", &out]);
        let outcome: Value = serde_json::from_str(&said.stdout).unwrap();
        let code = outcome["error"]["code"].as_str().unwrap_or_default();
        assert!(codes.contains(&code), "{code} is none of {codes:?}");
        bench.is_clean();
    };
    let head = ["age_header", "not_recipient", "not_sealed"];
    for at in (0..nonce).step_by(7).chain(end..nonce) {
        let mut changed = file.clone();
        changed[at] ^= 1;
        refused(&changed, &head);
    }
    for at in [
        nonce,
        nonce + 15,
        nonce + 16,
        nonce + 20,
        nonce + 16 + chunk,
        file.len() - 1,
    ] {
        let mut changed = file.clone();
        changed[at] ^= 1;
        refused(&changed, &["age_chunk"]);
    }
    // Cut within and between chunks, and with something behind.
    for length in [
        nonce,
        nonce + 5,
        nonce + 16,
        nonce + 16 + chunk,
        nonce + 16 + chunk + 1,
        file.len() - 1,
    ] {
        refused(&file[..length], &["age_chunk"]);
    }
    refused(&file[..end + 10], &["age_header"]);
    refused(&[&file[..], b"more"].concat(), &["age_chunk"]);
    // Two chunks change places, one is missing.
    let chunks: Vec<&[u8]> = file[nonce + 16..].chunks(chunk).collect();
    let start = &file[..nonce + 16];
    refused(
        &[start, chunks[1], chunks[0], chunks[2]].concat(),
        &["age_chunk"],
    );
    refused(&[start, chunks[0], chunks[2]].concat(), &["age_chunk"]);
    refused(&[start, chunks[0], chunks[1]].concat(), &["age_chunk"]);
}

#[test]
fn a_result_in_clear_is_sealed_as_age_later() {
    let work = Workload::new(50);
    for format in FORMATS {
        work.run(format, &["--format", format]).json();
        let (clear, out) = (
            work.bench.text(&format!("out/{format}")),
            work.bench.text("out/age"),
        );
        let args = [
            "--json",
            "seal",
            &clear,
            "--seal-to",
            &key("recovery.public"),
        ];
        let said = lifeboat(&[&args[..], &AGE, &["--out", &out]].concat());
        assert_eq!(said.json()["records"], 50);
        if let Some(opened) = age_opens(&out, &key("recovery.pkcs8")) {
            assert!(opened.stdout == work.bytes(format), "{format}");
        }
        let opened = work.bench.text("out/opened");
        unseal(&out, &["--format", format, "--out", &opened]).json();
        assert!(work.bytes("opened") == work.bytes(format), "{format}");
        fs::remove_file(&out).unwrap();
        fs::remove_file(&opened).unwrap();
    }
}

#[test]
fn an_age_file_cannot_be_taken_up_and_says_so() {
    let work = Workload::new(5);
    let to = key("recovery.public");
    let seal = [&["--seal-to", to.as_str()][..], &AGE].concat();
    let said = work.run("age", &[&seal[..], &["--resume"]].concat());
    said.refused(2, "age_resume", &["--resume"]);
    assert!(!work.has("age") && !work.has("age.partial"));
    // Without recipients it is no seal at all.
    work.run("age", &AGE).refused(2, "usage", &["--seal-to"]);
    let sealed = work.run("sealed", &["--seal-to", &to, "--format", "csv"]);
    // The format is chosen when it is opened; that it was named here is said, not refused.
    sealed.json();
    assert!(
        sealed.stderr.contains("`--format` is ignored"),
        "{}",
        sealed.stderr
    );
    work.run("age", &seal).json();
    for args in [
        vec!["check", "AGE", &work.kit, "--key", "KEY"],
        vec!["seal", "AGE", "--seal-to", &to, "--out", "OUT"],
        vec!["merge", "AGE", "--wallets", &work.list, "--out", "OUT"],
        vec![
            "rewrap",
            "AGE",
            "--key",
            "KEY",
            "--seal-to",
            &to,
            "--out",
            "OUT",
        ],
        vec![
            "unseal",
            "AGE",
            "--key",
            "KEY",
            "--hand-over-key",
            "--wallet",
            "ID",
            "--out",
            "OUT",
        ],
        vec!["portal", "open", "AGE", "--key", "KEY", "--out", "OUT"],
    ] {
        let (file, own) = (work.bench.text("out/age"), key("recovery.pkcs8"));
        let (out, id) = (work.bench.text("out/new"), &ids(1)[0]);
        let args = args.iter().map(|argument| match *argument {
            "AGE" => &file,
            "KEY" => &own,
            "OUT" => &out,
            "ID" => id,
            other => other,
        });
        let args: Vec<&str> = std::iter::once("--json").chain(args).collect();
        lifeboat(&args).refused(2, "sealed_as_age", &["age -d"]);
        assert!(!Path::new(&out).exists());
    }
}

#[test]
fn an_age_run_that_is_interrupted_leaves_nothing() {
    let work = Workload::new(60_000);
    let to = key("recovery.public");
    let form = [&["--seal-to", to.as_str(), "--threads", "1"][..], &AGE].concat();
    let mut run = work.begin("age", &form);
    assert!(
        run.until(|| work.length("age.partial") > 0),
        "it ended too soon"
    );
    run.interrupt();
    run.said().refused(2, "interrupted", &["age file"]);
    assert!(!work.has("age") && !work.has("age.partial"));
}

#[test]
fn an_age_file_without_a_result_in_it_is_not_called_one() {
    let (bench, records) = (Folder::with_out(), read_fixture("age/records.ndjson"));
    let line = records
        .split_inclusive(|byte| *byte == b'\n')
        .next()
        .unwrap();
    let (file, out) = (bench.text("sealed.age"), bench.text("out/opened"));
    let seal = |content: &[u8]| {
        let clear = bench.put("content", content);
        let to = fixture("keys/recovery.public.openssh.pub");
        let to = to.to_str().unwrap();
        let said = Command::new("age")
            .args(["-R", to, "-o", &file, &clear])
            .output();
        if said.is_err() {
            eprintln!("skipped: there is no age to seal with (Debian package `age`)");
        }
        said.is_ok_and(|said| said.status.success())
    };

    // A JSON object keeps one of two members of one name; the other shapes hold both.
    if !seal(&[line, line].concat()) {
        return;
    }
    unseal(&file, &["--format", "json", "--out", &out]).refused(2, "record_twice", &["ndjson"]);
    assert!(!Path::new(&out).exists());
    let both = unseal(&file, &["--format", "ndjson", "--out", &out]).json();
    assert_eq!(both["records"], 2);
    fs::remove_file(&out).unwrap();

    for nothing in ["", "{\n}\n"] {
        assert!(seal(nothing.as_bytes()));
        unseal(&file, &["--out", &out]).refused(3, "no_records", &["derive"]);
        assert!(!Path::new(&out).exists(), "{nothing:?}");
    }

    assert!(seal(b"a letter\n"));
    let said = unseal(&file, &["--out", &out]);
    said.json();
    assert!(said.stderr.contains("no Key Share #1"), "{}", said.stderr);
    assert_eq!(fs::read(&out).unwrap(), b"a letter\n");
}

/// Another RSA key would not help: what opens the file is said.
#[test]
fn a_file_for_a_key_of_age_is_told_from_one_for_another_rsa_key() {
    let bench = Folder::with_out();
    let (identity, file, out) = (
        bench.text("identity"),
        bench.text("x.age"),
        bench.text("out/x"),
    );
    let clear = bench.put("content", "records");
    let made = Command::new("age-keygen").args(["-o", &identity]).output();
    if made.is_err() {
        return eprintln!("skipped: there is no age-keygen (Debian package `age`)");
    }
    let text = fs::read_to_string(&identity).unwrap();
    let recipient = text
        .split("public key: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    let sealed = Command::new("age")
        .args(["-r", recipient, "-o", &file, &clear])
        .status();
    assert!(sealed.unwrap().success());

    unseal(&file, &["--out", &out]).refused(3, "not_recipient", &["age -d -i IDENTITY"]);
}

/// The text form is told from a damaged file, also behind the words of a mail.
#[test]
fn the_text_form_is_known_behind_words() {
    let bench = Folder::with_out();
    let out = bench.text("out/x");
    let armor = "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCg==\n-----END AGE ENCRYPTED FILE-----\n";
    for before in [
        "",
        "\n\n  ",
        "\u{feff}",
        "Hello,\nhere are the shares:\n\n",
        "Subject: the shares of the third of March\nX-Sender: finance\n\n",
    ] {
        let file = bench.put("x.age", format!("{before}{armor}"));
        unseal(&file, &["--out", &out]).refused(2, "age_armor", &["age"]);
    }
    let file = bench.put(
        "x.age",
        format!("{{\"note\":\"{}\"}}\n", armor.replace('\n', "\\n")),
    );
    let said = unseal(&file, &["--out", &out]);
    assert!(!said.stdout.contains("age_armor"), "{}", said.stdout);
}

#[test]
fn parts_are_merged_into_an_age_file() {
    let work = Workload::new(6);
    let (public, own) = (key("recovery.public"), key("recovery.pkcs8"));
    let to = key("other.public");
    let part = |index: u32, more: &[&str]| {
        let (name, shard) = (format!("part.{index}"), format!("{index}/2"));
        let format = ["--format", "ndjson", "--shard", &shard];
        work.run(&name, &[&format, more].concat()).json();
        work.bench.text(&format!("out/{name}"))
    };
    // In clear, sealed, and one of each.
    for sealed in [[false, false], [true, true], [false, true]] {
        for name in work.bench.results() {
            std::fs::remove_file(work.bench.path("out").join(name)).unwrap();
        }
        let seal_to = ["--seal-to", &public];
        let seal = |is_sealed: bool| if is_sealed { &seal_to[..] } else { &[] };
        let parts = [part(1, seal(sealed[0])), part(2, seal(sealed[1]))];
        work.run("whole", &["--format", "ndjson"]).json();

        let merged = work.bench.text("out/merged.age");
        let mut args = vec![
            "--json",
            "merge",
            &parts[0],
            &parts[1],
            "--wallets",
            &work.list,
        ];
        args.extend(["--key", &own, "--seal-to", &to, "--seal-format", "age"]);
        args.extend(["--out", &merged]);
        assert_eq!(lifeboat(&args).json()["wallets"], 6);
        assert!(
            work.bytes("merged.age")
                .starts_with(b"age-encryption.org/v1\n")
        );

        let (other, opened) = (key("other.pkcs8"), work.bench.text("out/opened"));
        let unseal = [
            "--json", "unseal", &merged, "--key", &other, "--out", &opened,
        ];
        lifeboat(&[&unseal[..], &["--format", "ndjson"]].concat()).json();
        assert!(work.bytes("opened") == work.bytes("whole"), "{sealed:?}");
    }
    // Without recipients there is nothing to seal.
    let part = work.bench.text("out/part.1");
    let args = [
        "--json",
        "merge",
        &part,
        "--wallets",
        &work.list,
        "--seal-format",
        "age",
    ];
    let none = work.bench.text("out/none");
    lifeboat(&[&args[..], &["--out", &none]].concat()).refused(2, "usage", &["--seal-to"]);
}

/// Full keys begin as records do, and are none.
#[test]
fn full_keys_that_a_takeover_sealed_as_age_open_here() {
    let bench = Folder::with_out();
    let demo = |name: &str| {
        fixture(&format!("demo/{name}"))
            .to_str()
            .unwrap()
            .to_owned()
    };
    let shares = bench.text("shares");
    let key = [
        "--key",
        &demo("recovery-private.pem"),
        "--key-passphrase-file",
        &demo("key-passphrase.txt"),
    ];
    let derive = [
        "derive",
        &demo("kit.zip"),
        "--wallets",
        &demo("wallets.txt"),
        "--out",
        &shares,
        "--algorithm",
        "both",
    ];
    lifeboat(&[&derive[..], &key].concat()).done();
    let devices = bench.text("devices");
    let recover = [
        "share",
        "recover",
        &demo("device-backups"),
        "--devices",
        &demo("devices.csv"),
        "--passphrase-dir",
        &demo("passphrases"),
        "--out",
        &devices,
    ];
    lifeboat(&recover).done();

    let ids = std::fs::read_to_string(demo("wallets.txt")).unwrap();
    let two: Vec<&str> = ids.lines().take(2).collect();
    let two = bench.put("two", two.join("\n"));
    let (plain, sealed, opened) = (
        bench.text("plain"),
        bench.text("sealed"),
        bench.text("opened"),
    );
    let takeover = [
        "takeover",
        "--server-shares",
        &shares,
        "--wallets",
        &two,
        "--device-shares",
        &devices,
    ];
    lifeboat(&[&takeover[..], &["--unencrypted", "--out", &plain]].concat()).done();
    let to = demo("recovery-public.pem");
    let seal = ["--seal-to", &to, "--seal-format", "age", "--out", &sealed];
    lifeboat(&[&takeover[..], &seal].concat()).done();
    let unseal = ["unseal", &sealed, "--out", &opened];
    let said = lifeboat(&[&unseal[..], &key].concat());
    said.done();
    assert!(!said.stderr.contains("no Key Share #1"), "{}", said.stderr);
    assert_eq!(fs::read(&opened).unwrap(), fs::read(&plain).unwrap());
}
