//! Sealed results at work: parts of a shared batch put together, and results checked, without being unencrypted.

use std::fs;

use lifeboat::{
    formats::{
        recovery_key::file::read_public_key,
        sealed::sealed_file::{Header, KEY_SHARE_1},
    },
    operations::seal::Sealing,
};
use zeroize::Zeroizing;

use crate::support::{
    Run,
    forge::{Forge, WALLET, rng, seal},
    lifeboat, read_fixture,
    workload::{Workload, ids, key},
};

fn out(work: &Workload, name: &str) -> String {
    work.bench.text(&format!("out/{name}"))
}

/// Derives every part of a batch, sealed to the recovery key; the names of their files.
fn parts(work: &Workload, count: u32, more: &[&str]) -> Vec<String> {
    let to = key("recovery.public");
    let part = |index: u32| {
        let (name, shard) = (format!("part.{index}"), format!("{index}/{count}"));
        work.run(
            &name,
            &[more, &["--seal-to", &to, "--shard", &shard]].concat(),
        )
        .json();
        out(work, &name)
    };
    (1..=count).map(part).collect()
}

/// `merge` with these arguments into `out/merged`.
fn merge(work: &Workload, parts: &[String], more: &[&str]) -> Run {
    let into = out(work, "merged");
    let mut args = vec!["--json", "merge", "--wallets", &work.list, "--out", &into];
    args.extend(parts.iter().map(String::as_str));
    args.extend(more);
    lifeboat(&args)
}

/// With the key of the parts, sealed to another.
fn handed_on(work: &Workload, parts: &[String]) -> Run {
    merge(
        work,
        parts,
        &[
            "--key",
            &key("recovery.pkcs8"),
            "--seal-to",
            &key("other.public"),
        ],
    )
}

#[test]
fn a_sealed_part_is_a_file_of_its_own() {
    let work = Workload::new(100);
    work.run("whole", &["--format", "ndjson"]).json();
    parts(&work, 3, &[]);
    let opened: String = (1..=3)
        .map(|index| work.unsealed(&format!("part.{index}")))
        .collect();
    assert!(
        opened == work.bench.result("whole"),
        "the parts are not the whole"
    );
}

#[test]
fn merged_sealed_parts_are_the_whole_for_their_new_recipients() {
    let work = Workload::new(12);
    let algorithms = ["--algorithm", "both"];
    work.run(
        "whole",
        &[&algorithms[..], &["--format", "ndjson"]].concat(),
    )
    .json();
    for count in [1, 2, 5, 15] {
        let parts = parts(&work, count, &algorithms);
        let said = handed_on(&work, &parts).json();
        assert_eq!(
            (&said["wallets"], &said["recipients"]),
            (&12.into(), &1.into())
        );
        assert_eq!(work.bench.mode("out/merged"), 0o600);
        let opened = lifeboat(&[
            "unseal",
            &out(&work, "merged"),
            "--key",
            &key("other.pkcs8"),
            "--format",
            "ndjson",
        ]);
        assert!(opened.done() == work.bench.result("whole"), "{count} parts");
        let (merged, own) = (out(&work, "merged"), key("recovery.pkcs8"));
        let not_theirs = lifeboat(&[
            "--json",
            "unseal",
            &merged,
            "--key",
            &own,
            "--out",
            &out(&work, "opened"),
        ]);
        not_theirs.refused(3, "not_recipient", &[]);
        // The head still says which kit and algorithms; the salt is a new one.
        let head = |name: &str| {
            let bytes = work.bytes(name);
            let line = bytes.split(|byte| *byte == b'\n').next().unwrap();
            let mut head: serde_json::Value = serde_json::from_slice(line).unwrap();
            (head["salt"].take(), head)
        };
        let ((salt, merged), (old_salt, part)) = (head("merged"), head("part.1"));
        assert!(
            salt != old_salt && merged == part && merged["kit"].is_string(),
            "{merged}"
        );
        for name in work.bench.results().iter().filter(|name| *name != "whole") {
            fs::remove_file(out(&work, name)).unwrap();
        }
    }
}

#[test]
fn clear_and_sealed_parts_go_together_when_the_whole_is_sealed() {
    let work = Workload::new(30);
    work.run("whole", &["--format", "ndjson"]).json();
    let mut parts = parts(&work, 3, &[]);
    for (format, exit) in [("ndjson", 0), ("json", 2)] {
        work.run(format, &["--format", format, "--shard", "2/3"])
            .json();
        parts[1] = out(&work, format);
        let said = handed_on(&work, &parts);
        if exit == 0 {
            assert_eq!(said.json()["wallets"], 30);
            let opened = lifeboat(&[
                "unseal",
                &out(&work, "merged"),
                "--key",
                &key("other.pkcs8"),
                "--format",
                "ndjson",
            ]);
            assert!(opened.done() == work.bench.result("whole"));
            // Nothing says which kit an unencrypted part is from, so neither does the whole.
            let head = work
                .bench
                .result("merged")
                .lines()
                .next()
                .unwrap()
                .to_owned();
            assert!(
                !head.contains("kit") && !head.contains("algorithms"),
                "{head}"
            );
            fs::remove_file(out(&work, "merged")).unwrap();
        } else {
            said.refused(exit, "merge_format", &["part 2"]);
        }
    }
    // Clear parts alone can be sealed on the way.
    let clear = [out(&work, "whole")];
    assert_eq!(
        merge(&work, &clear, &["--seal-to", &key("recovery.public")]).json()["wallets"],
        30
    );
    assert!(work.unsealed("merged") == work.bench.result("whole"));
}

#[test]
fn sealed_parts_that_are_no_whole_are_refused() {
    let work = Workload::new(40);
    let p = parts(&work, 4, &[]);
    let [a, b, c, d] = [0, 1, 2, 3].map(|index| p[index].clone());
    let refused = |parts: &[&String], exit: i32, code: &str, words: &[&str]| {
        let parts: Vec<String> = parts.iter().map(|part| (*part).clone()).collect();
        handed_on(&work, &parts).refused(exit, code, words);
        assert!(!work.has("merged"), "{words:?}");
    };
    let first_of = |index: usize| ids(40)[index].clone();
    refused(
        &[&a, &b, &c],
        3,
        "merge_incomplete",
        &["end before", &first_of(30)],
    );
    refused(
        &[&a, &c, &b, &d],
        3,
        "merge_incomplete",
        &["part 2", &first_of(20), &first_of(10)],
    );
    refused(
        &[&a, &b, &c, &d, &d],
        3,
        "merge_incomplete",
        &["part 5", "after the list's end"],
    );
    let text = fs::read_to_string(&b).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (edited, code) in [
        (lines[..lines.len() - 1].concat(), "sealed_cut_off"),
        (text[..text.len() / 2].to_owned(), "sealed_line"),
        (
            [&lines[..2], &lines[3..]].concat().concat(),
            "sealed_record",
        ),
        (text.clone() + lines[2], "sealed_trailing"),
    ] {
        let torn = work.bench.put("torn", &edited);
        refused(&[&a, &torn, &c, &d], 3, code, &["part 2", "torn"]);
    }
}

#[test]
fn a_merge_of_sealed_parts_asks_for_what_it_needs() {
    let work = Workload::new(10);
    let p = parts(&work, 2, &[]);
    let (own, to) = (key("recovery.pkcs8"), key("other.public"));
    merge(&work, &p, &[]).refused(
        2,
        "sealed_needs_key",
        &["part 1", "--key PEM --seal-to PUBLIC.pem"],
    );
    merge(&work, &p, &["--seal-to", &to]).refused(2, "sealed_needs_key", &["part 1"]);
    merge(&work, &p, &["--key", &own]).refused(2, "usage", &["--seal-to"]);
    let wrong = merge(&work, &p, &["--key", &key("other.pkcs8"), "--seal-to", &to]);
    wrong.refused(3, "not_recipient", &["part 1", "part.1"]);
    let weak = merge(&work, &p, &["--key", &own, "--seal-to", &key("old.public")]);
    weak.refused(2, "weak_recipient", &[]);
    assert!(!work.has("merged"));
}

#[test]
fn sealed_parts_of_other_kits_and_algorithms_are_no_parts() {
    let work = Workload::new(10);
    let p = parts(&work, 2, &[]);
    let to = key("recovery.public");
    work.run(
        "both",
        &["--algorithm", "both", "--seal-to", &to, "--shard", "2/2"],
    )
    .json();
    handed_on(&work, &[p[0].clone(), out(&work, "both")]).refused(
        2,
        "merge_format",
        &["part 2", "algorithm"],
    );
    let mut other = Forge::wallets();
    *other.entry(&Forge::master_entry()) = seal(&[0x17; 32]);
    fs::write(&work.kit, other.zip()).unwrap();
    work.run("foreign", &["--seal-to", &to, "--shard", "2/2"])
        .json();
    handed_on(&work, &[p[0].clone(), out(&work, "foreign")]).refused(
        2,
        "merge_format",
        &["part 2", "kit"],
    );
    let share = work.bench.put("share", "a share");
    lifeboat(&[
        "portal",
        "seal",
        &share,
        "--seal-to",
        &to,
        "--out",
        &out(&work, "other"),
    ])
    .done();
    handed_on(&work, &[p[0].clone(), out(&work, "other")]).refused(2, "sealed_other", &["part 2"]);
}

/// `check` of a file in `out/` against the kit, with its recovery key.
fn check(work: &Workload, name: &str, more: &[&str]) -> Run {
    let own = key("recovery.pkcs8");
    lifeboat(
        &[
            &[
                "--json",
                "check",
                &out(work, name),
                &work.kit,
                "--key",
                &own,
            ][..],
            more,
        ]
        .concat(),
    )
}

#[test]
fn a_sealed_result_is_checked_without_its_recipient() {
    let work = Workload::new(60);
    // Sealed to a key that the checking machine does not have: the kit itself opens what was derived from it.
    work.run(
        "sealed",
        &["--algorithm", "both", "--seal-to", &key("other.public")],
    )
    .json();
    let said = check(&work, "sealed", &[]).json();
    assert_eq!(
        (&said["records"], &said["compared"], &said["wrong"]),
        (&60.into(), &60.into(), &serde_json::json!([]))
    );
    let said = check(&work, "sealed", &["--sample", "20"]).json();
    let compared = said["compared"].as_u64().unwrap();
    assert!(
        said["records"] == 60 && (1..60).contains(&compared),
        "{compared} of 60"
    );
    check(&work, "sealed", &["--repair", &out(&work, "repaired")]).refused(
        2,
        "usage",
        &["--repair"],
    );
    assert!(!work.has("repaired"));
    // A file that ends early or was altered holds nothing to believe.
    let text = fs::read_to_string(out(&work, "sealed")).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    work.bench
        .put("out/torn", lines[..lines.len() - 1].concat());
    check(&work, "torn", &[]).refused(3, "sealed_cut_off", &["torn", "60 records"]);
    work.bench.put(
        "out/swapped",
        [&lines[..2], &[lines[3], lines[2]], &lines[4..]]
            .concat()
            .concat(),
    );
    check(&work, "swapped", &[]).refused(3, "sealed_record", &["line 3"]);
    work.bench.put(
        "out/relabelled",
        text.replacen("\"kit\":\"", "\"kit\":\"0", 1),
    );
    check(&work, "relabelled", &[]).refused(
        3,
        "not_recipient",
        &["relabelled", "this kit", "head was altered"],
    );
}

#[test]
fn a_sample_is_never_empty() {
    let work = Workload::new(60);
    work.run("sealed", &["--seal-to", &key("other.public")])
        .json();
    work.run("clear", &["--format", "ndjson"]).json();
    for name in ["sealed", "clear"] {
        for _ in 0..12 {
            assert!(
                check(&work, name, &["--sample", "1"]).json()["compared"]
                    .as_u64()
                    .unwrap()
                    > 0,
                "{name}"
            );
        }
    }
}

#[test]
fn a_sealed_result_holds_the_algorithms_it_names() {
    let work = Workload::of(WALLET);
    work.run("ecdsa", &["--format", "ndjson"]).json();
    let record = work.bench.result("ecdsa").trim_end().to_owned();
    let to = [read_public_key(&read_fixture("keys/recovery.public.pem")).unwrap()];
    let both = ["MPC_CMP_ECDSA_SECP256K1", "MPC_CMP_EDDSA_ED25519"].map(str::to_owned);
    for (names, code) in [(&both[..1], 0), (&both[..], 3)] {
        let head = Header::new(KEY_SHARE_1, &[0; 32], None, names.to_vec());
        let mut file = Vec::new();
        let mut sealing = Sealing::begin_again(&head, &to, &mut file, &mut rng()).unwrap();
        sealing
            .add(
                WALLET.as_bytes(),
                &mut Zeroizing::new(record.clone().into_bytes()),
            )
            .unwrap();
        sealing.finish().unwrap();
        work.bench.put("out/sealed", file);
        let said = check(&work, "sealed", &[]);
        assert_eq!(said.exit, code, "{}", said.stdout);
        assert!(
            code == 0 || said.stdout.contains("other algorithms than the file says"),
            "{}",
            said.stdout
        );
        let found: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(
            (&found["compared"], found["wrong"].as_array().unwrap().len()),
            (&1.into(), usize::from(code == 3))
        );
    }
}

#[test]
fn a_record_has_one_spelling() {
    let work = Workload::new(5);
    work.run("shares", &["--format", "ndjson"]).json();
    let text = work.bench.result("shares");
    let share = text
        .split("\"MPC_CMP_ECDSA_SECP256K1\":")
        .nth(1)
        .unwrap()
        .split('}')
        .next()
        .unwrap();
    for edited in [
        text.replacen("\"shares\":[{", "\"shares\":[ {", 1),
        text.replacen(
            "\"MPC_CMP",
            &format!(
                "\"MPC_CMP_ECDSA_SECP256K1\":\"{}\",\"MPC_CMP",
                "1".repeat(64)
            ),
            1,
        ),
        text.replacen(
            share,
            &format!("{share},\"MPC_CMP_ECDSA_SECP256K1\":{share}"),
            1,
        ),
    ] {
        assert_ne!(edited, text);
        work.bench.put("out/edited", edited);
        check(&work, "edited", &[]).refused(2, "record_line", &["line 1", "edited"]);
    }
}

#[test]
fn a_sealed_result_of_another_kit_is_found() {
    let work = Workload::new(20);
    work.run("shares", &["--format", "ndjson"]).json();
    work.run("theirs", &["--seal-to", &key("other.public")])
        .json();
    let mut other = Forge::wallets();
    *other.entry(&Forge::master_entry()) = seal(&[0x17; 32]);
    fs::write(&work.kit, other.zip()).unwrap();
    // Neither this kit nor this key opens it.
    check(&work, "theirs", &[]).refused(3, "not_recipient", &["theirs"]);
    // Sealed by hand, or derived from the other kit: the recovery key opens it, and its records are not this kit's.
    for (name, said) in [
        ("by-hand", &["seal", &out(&work, "shares")][..]),
        (
            "rewrapped",
            &[
                "rewrap",
                &out(&work, "theirs"),
                "--key",
                &key("other.pkcs8"),
            ],
        ),
    ] {
        lifeboat(
            &[
                said,
                &[
                    "--seal-to",
                    &key("recovery.public"),
                    "--out",
                    &out(&work, name),
                ],
            ]
            .concat(),
        )
        .done();
        check(&work, name, &[]).refused(3, "records_wrong", &["20 of 20"]);
    }
}

#[test]
fn a_sealed_text_that_is_no_record_is_named_by_its_line() {
    let work = Workload::of(WALLET);
    let to = [read_public_key(&read_fixture("keys/recovery.public.pem")).unwrap()];
    let mut file = Vec::new();
    let mut sealing = Sealing::begin(KEY_SHARE_1, &to, &mut file, &mut rng()).unwrap();
    sealing
        .add(
            WALLET.as_bytes(),
            &mut Zeroizing::new(b"{\"walletId\":1}".to_vec()),
        )
        .unwrap();
    sealing.finish().unwrap();
    let file = work.bench.put("out/sealed", file);
    let opened = out(&work, "opened");
    let said = lifeboat(&[
        "--json",
        "unseal",
        &file,
        "--key",
        &key("recovery.pkcs8"),
        "--out",
        &opened,
    ]);
    said.refused(2, "record_line", &["line 3", "sealed"]);
    check(&work, "sealed", &[]).refused(2, "record_line", &["line 3", "sealed"]);
    handed_on(&work, &[file]).refused(2, "record_line", &["part 1", "line 3"]);
}
