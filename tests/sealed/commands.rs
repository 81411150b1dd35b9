//! Sealed results at the command line: `unseal`, `seal`, `rewrap`, the key of one record, the openers in `docs/examples`.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::support::{
    Folder, Run,
    forge::WALLET,
    lifeboat, utf16,
    workload::{Workload, ids, key},
};

const FORMATS: [&str; 3] = ["json", "ndjson", "csv"];

/// A batch whose result is in `out/sealed`, sealed to the recovery key, and in `out/clear.FORMAT`.
fn sealed(count: u32) -> Workload {
    let work = Workload::new(count);
    for format in FORMATS {
        work.run(
            &format!("clear.{format}"),
            &["--format", format, "--algorithm", "both"],
        )
        .json();
    }
    let outcome = work
        .run(
            "sealed",
            &["--seal-to", &key("recovery.public"), "--algorithm", "both"],
        )
        .json();
    assert_eq!(
        (&outcome["sealed"], &outcome["wallets"]),
        (&true.into(), &count.into())
    );
    work
}

/// `COMMAND --json FILE …` on a file in `out/`.
fn on(work: &Workload, command: &str, name: &str, more: &[&str]) -> Run {
    lifeboat(
        &[
            &["--json", command, &work.bench.text(&format!("out/{name}"))][..],
            more,
        ]
        .concat(),
    )
}

fn out(work: &Workload, name: &str) -> String {
    work.bench.text(&format!("out/{name}"))
}

#[test]
fn what_is_unsealed_is_what_derive_writes() {
    let work = sealed(3_000);
    let own = key("recovery.pkcs8");
    for format in FORMATS {
        let opened = out(&work, "opened");
        let said = on(
            &work,
            "unseal",
            "sealed",
            &["--key", &own, "--format", format, "--out", &opened],
        );
        assert_eq!(said.json()["records"], 3_000);
        assert!(
            work.bytes("opened") == work.bytes(&format!("clear.{format}")),
            "{format}"
        );
        assert_eq!(work.bench.mode("out/opened"), 0o600);
        fs::remove_file(&opened).unwrap();
    }
    let text = work.bench.result("sealed");
    let share = "MPC_CMP_ECDSA_SECP256K1\":\"";
    for line in work.bench.result("clear.ndjson").lines().take(50) {
        let at = line.find(share).unwrap() + share.len();
        assert!(
            !text.contains(&line[at..at + 64]),
            "a share is in the sealed file"
        );
    }
}

#[test]
fn some_wallets_are_opened_without_the_rest() {
    let work = sealed(3_000);
    let (own, ids) = (key("recovery.pkcs8"), ids(3_000));
    let clear = work.bench.result("clear.ndjson");
    let lines: Vec<&str> = clear.split_inclusive('\n').collect();
    // The last are more ids than are looked for one by one, and the first ones of them say nothing of where the others are.
    let many: Vec<usize> = (0..12).chain([1_771, 2_998, 2_999]).collect();
    for wanted in [
        vec![0],
        vec![2_999],
        vec![1_234],
        vec![5, 1_771, 1_772],
        many,
    ] {
        let mut args = vec![
            "unseal".to_owned(),
            out(&work, "sealed"),
            "--key".to_owned(),
            own.clone(),
        ];
        args.extend(["--format".to_owned(), "ndjson".to_owned()]);
        args.extend(
            wanted
                .iter()
                .flat_map(|index| ["--wallet".to_owned(), ids[*index].clone()]),
        );
        let expected: String = wanted.iter().map(|index| lines[*index]).collect();
        assert!(lifeboat(&args).done() == expected, "{wanted:?}");
    }
    let open = |id: &str| {
        on(
            &work,
            "unseal",
            "sealed",
            &["--key", &own, "--out", &out(&work, "one"), "--wallet", id],
        )
    };
    open(WALLET).refused(3, "no_record", &[WALLET]);
    open(&WALLET.to_uppercase()).refused(2, "bad_wallet_ids", &[]);
    assert!(!work.has("one"));
}

#[test]
fn only_a_recipient_opens() {
    let work = sealed(20);
    let into = out(&work, "opened");
    let open = |name: &str| {
        on(
            &work,
            "unseal",
            "sealed",
            &["--key", &key(name), "--out", &into],
        )
    };
    open("other.pkcs8").refused(3, "not_recipient", &["recipients"]);
    open("old.pkcs8").refused(3, "not_recipient", &["recipients"]);
    open("recovery.public").refused(2, "public_key_given", &[]);
    assert!(!work.has("opened"));
    open("recovery.pkcs8").json();
}

#[test]
fn a_damaged_file_leaves_no_result() {
    let work = sealed(20);
    let (into, own) = (out(&work, "opened"), key("recovery.pkcs8"));
    let file = work.bench.result("sealed");
    let lines: Vec<&str> = file.split_inclusive('\n').collect();
    let swapped = file
        .replace(lines[4], "@")
        .replace(lines[5], lines[4])
        .replace('@', lines[5]);
    let newer = file.replacen("\"version\":2", "\"version\":9", 1);
    let changes = [
        (3, "sealed_cut_off", lines[..15].concat()),
        (3, "sealed_line", lines[..15].concat() + &lines[15][..200]),
        (3, "sealed_closing", file[..file.len() - 10].to_owned()),
        (3, "sealed_closing", file.trim_end().to_owned()),
        (3, "sealed_record", swapped),
        (3, "sealed_trailing", format!("{file}\n")),
        (2, "sealed_newer", newer),
        (2, "not_sealed", work.bench.result("clear.ndjson")),
        (2, "not_sealed", String::new()),
    ];
    for (exit, code, text) in changes {
        work.bench.put("out/damaged", text);
        let said = on(&work, "unseal", "damaged", &["--key", &own, "--out", &into]);
        said.refused(exit, code, &["damaged"]);
        assert!(!work.has("opened"), "{code}");
    }
}

#[test]
fn what_editors_do_to_a_sealed_file_is_named_and_undone_as_the_hint_says() {
    let work = sealed(3);
    let whole = work.bench.result("sealed");
    let crlf = whole.replace('\n', "\r\n");
    for (name, changed, refused, hint) in [
        (
            "bom",
            format!("\u{feff}{whole}").into_bytes(),
            (2, "not_sealed"),
            "tail -c +4 FILE > NEW",
        ),
        (
            "crlf",
            crlf.clone().into_bytes(),
            (3, "sealed_line"),
            "tr -d '\\r' < FILE > NEW",
        ),
        (
            "both",
            format!("\u{feff}{crlf}").into_bytes(),
            (2, "not_sealed"),
            "tail -c +4 FILE | tr -d '\\r' > NEW",
        ),
        (
            "wide",
            utf16(&whole),
            (2, "not_sealed"),
            "iconv -f UTF-16 -t UTF-8 FILE > NEW",
        ),
    ] {
        let file = work.bench.put(name, changed);
        let undone = out(&work, "undone");
        let own = key("recovery.pkcs8");
        lifeboat(&[
            "--json",
            "unseal",
            &file,
            "--key",
            &own,
            "--out",
            &out(&work, "opened"),
        ])
        .refused(refused.0, refused.1, &[hint]);

        let shell = hint.replace("FILE", &file).replace("NEW", &undone);
        let done = Command::new("sh").args(["-c", &shell]).status();
        assert!(done.unwrap().success());
        assert_eq!(work.bench.result("undone"), whole, "{name}");
    }
}

#[test]
fn a_recipient_key_that_is_too_small_is_refused_before_anything_is_written() {
    let work = sealed(20);
    let (small, own) = (key("old.public"), key("recovery.pkcs8"));
    let words = &["old.public.pem", "2048 bits", "3072"];
    work.run("small", &["--seal-to", &small])
        .refused(2, "weak_recipient", words);
    work.run(
        "small",
        &["--seal-to", &key("recovery.public"), "--seal-to", &small],
    )
    .refused(2, "weak_recipient", words);
    let into = out(&work, "small");
    on(
        &work,
        "seal",
        "clear.json",
        &["--seal-to", &small, "--out", &into],
    )
    .refused(2, "weak_recipient", words);
    let rewrap = ["--key", &own, "--seal-to", &small, "--out", &into];
    on(&work, "rewrap", "sealed", &rewrap).refused(2, "weak_recipient", words);
    work.run("small", &["--seal-to", &own])
        .refused(2, "private_key_given", &["key show"]);
    assert!(!work.has("small") && !work.has("small.partial"));
}

#[test]
fn every_recipient_opens_alone() {
    let work = Workload::new(20);
    let names = ["recovery", "other", "passphrase"];
    let to = names.map(|name| key(&format!("{name}.public")));
    work.run("clear", &[]).json();
    let args: Vec<&str> = to
        .iter()
        .flat_map(|to| ["--seal-to", to.as_str()])
        .collect();
    work.run("sealed", &args).json();
    for name in names {
        let opened = lifeboat(&[
            "unseal",
            &out(&work, "sealed"),
            "--key",
            &key(&format!("{name}.pkcs8")),
        ]);
        assert!(opened.done() == work.bench.result("clear"), "{name}");
    }
}

#[test]
fn a_result_in_clear_is_sealed_later() {
    let work = sealed(3_000);
    let (to, other) = (key("recovery.public"), key("other.public"));
    for format in FORMATS {
        let into = out(&work, "later");
        let said = on(
            &work,
            "seal",
            &format!("clear.{format}"),
            &["--seal-to", &to, "--seal-to", &other, "--out", &into],
        );
        let outcome = said.json();
        assert_eq!(
            (&outcome["records"], &outcome["recipients"]),
            (&3_000.into(), &2.into())
        );
        assert!(
            work.unsealed("later") == work.bench.result("clear.ndjson"),
            "{format}"
        );
        fs::remove_file(&into).unwrap();
    }
    let clear = work.bench.result("clear.json");
    for edited in [
        &clear[..clear.len() - 3],
        &clear[..1_000],
        &clear.replacen(":\"", ":\"0", 1),
        "",
        "[]\n",
    ] {
        work.bench.put("out/edited", edited);
        let said = on(
            &work,
            "seal",
            "edited",
            &["--seal-to", &to, "--out", &out(&work, "later")],
        );
        assert_eq!(said.exit, 2, "{}", said.stdout);
        said.is_decent();
        assert!(!work.has("later"), "{edited}");
    }
}

#[test]
fn rewrap_changes_who_opens_and_nothing_else() {
    let work = sealed(20);
    let (own, other) = (key("recovery.pkcs8"), key("other.pkcs8"));
    let into = out(&work, "theirs");
    let to = ["--seal-to", &key("other.public"), "--out", &into];
    let rewrap = |key: &str| {
        on(
            &work,
            "rewrap",
            "sealed",
            &[&["--key", key][..], &to].concat(),
        )
    };
    rewrap(&other).refused(3, "not_recipient", &["sealed"]);
    assert!(!work.has("theirs"));
    assert_eq!(rewrap(&own).json()["recipients"], 1);
    let open = |key: &str| {
        on(
            &work,
            "unseal",
            "theirs",
            &["--key", key, "--out", &out(&work, "opened")],
        )
    };
    open(&own).refused(3, "not_recipient", &["theirs"]);
    open(&other).json();
    assert!(
        work.bytes("opened") == work.bytes("clear.json"),
        "the records differ"
    );
    let (before, after) = (work.bench.result("sealed"), work.bench.result("theirs"));
    for (line, (before, after)) in before.lines().zip(after.lines()).enumerate() {
        assert_eq!(before == after, line != 1, "line {}", line + 1);
    }
}

#[test]
fn the_key_of_one_record_opens_it_and_only_it() {
    let work = sealed(20);
    let (own, ids, into) = (key("recovery.pkcs8"), ids(20), out(&work, "record.key"));
    let hand = |wallet: &[&str]| {
        on(
            &work,
            "unseal",
            "sealed",
            &[
                &["--key", &own, "--hand-over-key", "--out", &into][..],
                wallet,
            ]
            .concat(),
        )
    };
    hand(&[]).refused(2, "usage", &["--wallet"]);
    hand(&["--wallet", WALLET]).refused(3, "no_record", &[WALLET]);
    assert!(!work.has("record.key"));
    hand(&["--wallet", &ids[7]]).json();
    assert_eq!(work.bench.mode("out/record.key"), 0o600);
    let opened = lifeboat(&[
        "unseal",
        &out(&work, "sealed"),
        "--record-key",
        &into,
        "--format",
        "ndjson",
    ]);
    assert_eq!(
        opened.done().trim_end(),
        work.bench.result("clear.ndjson").lines().nth(7).unwrap()
    );
    // For another record, and for the same record in another file, it is worth nothing.
    let handed: Value = serde_json::from_str(&work.bench.result("record.key")).unwrap();
    let mut other = handed.clone();
    other["id"] = ids[8].as_str().into();
    let forged = work.bench.put("forged.key", other.to_string());
    let open = |name: &str, key: &str| {
        on(
            &work,
            "unseal",
            name,
            &["--record-key", key, "--out", &out(&work, "one")],
        )
    };
    open("sealed", &forged).refused(3, "sealed_record", &["sealed"]);
    work.run(
        "again",
        &["--seal-to", &key("recovery.public"), "--algorithm", "both"],
    )
    .json();
    open("again", &into).refused(3, "record_key_other_file", &["another sealed file"]);
    let digest = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(
        work.bench.result("again").lines().next().unwrap(),
    ));
    other = handed;
    other["header"] = hex::encode(digest).into();
    open("again", &work.bench.put("forged.key", other.to_string())).refused(
        3,
        "sealed_record",
        &["again"],
    );
    assert!(!work.has("one"));
}

/// What a machine with the private key takes from one that has none: a list of ids. It gives one key a line, each of which
/// opens its record.
#[test]
fn keys_are_handed_over_for_a_list() {
    let work = sealed(20);
    let (own, ids, into) = (key("recovery.pkcs8"), ids(20), out(&work, "keys"));
    let hand = |more: &[&str]| {
        let base = ["--key", &own, "--hand-over-key", "--out", &into];
        on(&work, "unseal", "sealed", &[&base[..], more].concat())
    };
    let empty = work.bench.put("empty.txt", "\n");
    hand(&["--wallets", &empty]).refused(2, "no_wallet_ids", &["empty.txt"]);
    let list = work
        .bench
        .put("wanted.txt", format!("{}\n{WALLET}\n", ids[3]));
    hand(&["--wallets", &list]).refused(3, "no_record", &[WALLET]);
    assert!(!work.has("keys"));

    let list = work
        .bench
        .put("wanted.txt", format!("{}\n{}\n", ids[9], ids[3]));
    let told = hand(&["--wallets", &list, "--wallet", &ids[5]]).json();
    assert_eq!(told["records"], 3);
    let text = work.bench.result("keys");
    let mut handed = Vec::new();
    for line in text.lines() {
        let one = work.bench.put("one.key", line);
        let record = lifeboat(&[
            "unseal",
            &out(&work, "sealed"),
            "--record-key",
            &one,
            "--format",
            "ndjson",
        ]);
        let record: Value = serde_json::from_str(record.done().trim_end()).unwrap();
        handed.push(record["walletId"].as_str().unwrap().to_owned());
    }
    assert_eq!(handed, [3, 5, 9].map(|index: usize| ids[index].clone()));

    // The records of a list, too.
    let some = out(&work, "some");
    let open = [
        "--key",
        &own,
        "--wallets",
        &list,
        "--format",
        "ndjson",
        "--out",
        &some,
    ];
    on(&work, "unseal", "sealed", &open).json();
    assert_eq!(work.bench.result("some").lines().count(), 2);
}

#[test]
fn two_files_of_one_batch_share_no_line() {
    let work = sealed(20);
    work.run(
        "again",
        &["--seal-to", &key("recovery.public"), "--algorithm", "both"],
    )
    .json();
    let (first, second) = (work.bench.result("sealed"), work.bench.result("again"));
    assert!(
        first
            .lines()
            .zip(second.lines())
            .all(|(first, second)| first != second)
    );
}

/// The openers, as someone would call them; those that cannot run here are left out with a line.
fn openers() -> Vec<(&'static str, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples");
    let probes = [
        ("node", "unseal.mjs", "-e", "0"),
        ("python3", "unseal.py", "-c", "import cryptography"),
    ];
    let mut found = Vec::new();
    for (program, name, flag, probe) in probes {
        let path = folder.join(name);
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 150, "{name} has {lines} lines");
        if Command::new(program)
            .args([flag, probe])
            .output()
            .is_ok_and(|probe| probe.status.success())
        {
            found.push((program, path.to_str().unwrap().to_owned()));
        } else {
            eprintln!("skipped: {name} needs {program} with what it imports");
        }
    }
    found
}

#[test]
fn the_example_openers_open_what_is_sealed_and_nothing_less() {
    let work = sealed(50);
    let (own, other) = (key("recovery.pkcs8"), key("other.pkcs8"));
    let clear = work.bench.result("clear.ndjson");
    let sealed = work.bench.result("sealed");
    let lines: Vec<&str> = sealed.split_inclusive('\n').collect();
    let mut bad_recipients = lines.clone();
    let listed = lines[1].replacen("\"mac\":\"", "\"mac\":\"0", 1);
    bad_recipients[1] = &listed;
    let damaged = [
        ("cut off", lines[..lines.len() - 1].concat()),
        ("cut within a line", sealed[..sealed.len() / 2].to_owned()),
        (
            "a record missing",
            [&lines[..10], &lines[11..]].concat().concat(),
        ),
        (
            "the last record missing",
            [&lines[..51], &lines[52..]].concat().concat(),
        ),
        (
            "two records swapped",
            [&lines[..10], &[lines[11], lines[10]], &lines[12..]]
                .concat()
                .concat(),
        ),
        (
            "a record twice",
            [&lines[..10], &[lines[9]], &lines[10..]].concat().concat(),
        ),
        (
            "another header",
            sealed.replacen("key-share-1", "key-share-2", 1),
        ),
        ("other recipients", bad_recipients.concat()),
        ("something after the end", format!("{sealed}{}", lines[5])),
    ];
    for (program, opener) in openers() {
        let open = |file: &str, more: &[&str]| {
            Command::new(program)
                .args([&opener, &out(&work, file)])
                .args(more)
                .output()
                .unwrap()
        };
        let opened = open("sealed", &[&own]);
        assert!(
            opened.status.success(),
            "{opener}: {}",
            String::from_utf8_lossy(&opened.stderr)
        );
        assert!(opened.stdout == clear.as_bytes(), "{opener}");
        let one = open("sealed", &[&own, &ids(50)[33]]);
        assert_eq!(
            String::from_utf8(one.stdout).unwrap().trim_end(),
            clear.lines().nth(33).unwrap(),
            "{opener}"
        );
        assert!(
            !open("sealed", &[&other]).status.success(),
            "{opener} opens for a stranger"
        );
        for (how, text) in &damaged {
            work.bench.put("out/damaged", text);
            assert!(
                !open("damaged", &[&own]).status.success(),
                "{opener} opens a file with {how}"
            );
        }
    }
}

/// One JSON object cannot hold a wallet twice; the other forms can. And what does not open leaves no beginning of a result.
#[test]
fn a_wallet_that_was_sealed_twice_is_not_lost_in_json() {
    let work = Workload::new(1);
    let list = std::fs::read_to_string(&work.list).unwrap();
    std::fs::write(&work.list, list.repeat(2)).unwrap();
    work.run("sealed", &["--seal-to", &key("recovery.public")])
        .json();
    let (sealed, out) = (work.bench.text("out/sealed"), work.bench.text("out/opened"));
    let unseal = |more: &[&str]| {
        let recovery = key("recovery.pkcs8");
        lifeboat(
            &[
                &[
                    "--json", "unseal", &sealed, "--key", &recovery, "--out", &out,
                ],
                more,
            ]
            .concat(),
        )
    };

    unseal(&["--format", "json"]).refused(2, "record_twice", &["--format ndjson"]);
    assert!(!work.has("opened"));
    assert_eq!(unseal(&["--format", "ndjson"]).json()["records"], 2);

    let wrong = lifeboat(&[
        "unseal",
        &sealed,
        "--key",
        &key("other.pkcs8"),
        "--out",
        "-",
        "--reveal",
    ]);
    assert_eq!((wrong.exit, wrong.stdout.as_str()), (3, ""));
}

/// A result of one wallet with as many cosigners as no kit has, in every shape.
fn of_many_cosigners(cosigners: u32) -> [(&'static str, String); 3] {
    let (code, share) = ("11".repeat(32), "22".repeat(32));
    let ecdsa = "MPC_CMP_ECDSA_SECP256K1";
    let ids = (0..cosigners).map(|number| format!("{number:08x}-0000-4000-8000-000000000000"));
    let objects: Vec<String> = ids
        .clone()
        .map(|id| format!(r#"{{"cosigner":"{id}","{ecdsa}":"{share}"}}"#))
        .collect();
    let body = format!(r#""chaincode":"{code}","shares":[{}]}}"#, objects.join(","));
    let rows: String = ids
        .map(|id| format!("{WALLET},{code},{id},{ecdsa},{share}\n"))
        .collect();
    [
        ("json", format!("{{\n\"{WALLET}\":{{{body}\n}}\n")),
        ("ndjson", format!("{{\"walletId\":\"{WALLET}\",{body}\n")),
        (
            "csv",
            format!("wallet_id,chaincode,cosigner,algorithm,share\n{rows}"),
        ),
    ]
}

#[test]
fn nothing_is_sealed_that_could_not_be_opened() {
    let bench = Folder::with_out();
    let (to, own) = (key("recovery.public"), key("recovery.pkcs8"));
    // The longest line that opens has 1 MiB: 6,500 cosigners make a record that is read and would make more.
    for (cosigners, is_sealed) in [(2_000, true), (6_500, false), (10_000, false)] {
        for (format, text) in of_many_cosigners(cosigners) {
            let file = bench.put("result", &text);
            let sealed = bench.text(&format!("out/{format}-{cosigners}"));
            let said = lifeboat(&["--json", "seal", &file, "--seal-to", &to, "--out", &sealed]);
            if !is_sealed {
                let is_long = format != "csv" && cosigners == 6_500;
                let code = if is_long {
                    "record_too_long"
                } else {
                    "record_line"
                };
                said.refused(2, code, &["derive"]);
                assert!(!std::path::Path::new(&sealed).exists());
                continue;
            }
            said.json();
            let opened = format!("{sealed}-opened");
            let unseal = ["--json", "unseal", &sealed, "--key", &own, "--out", &opened];
            lifeboat(&[&unseal[..], &["--format", format]].concat()).json();
            assert!(
                std::fs::read_to_string(&opened).unwrap() == text,
                "{format}"
            );
        }
    }
}
