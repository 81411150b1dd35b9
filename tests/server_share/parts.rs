//! Shared and audited batches: `--shard` and `merge`, `check`.

use std::fs;

use lifeboat::operations::derive::part_of;
use serde_json::Value;

use crate::support::{
    Run,
    forge::{COSIGNER, Forge, WALLET, seal},
    lifeboat, lifeboat_fed,
    workload::{Workload, ids, key},
};

const FORMATS: [&str; 3] = ["json", "ndjson", "csv"];

fn out(work: &Workload, name: &str) -> String {
    work.bench.text(&format!("out/{name}"))
}

/// Derives every part of a batch; the names of their files.
fn parts(work: &Workload, count: u32, more: &[&str]) -> Vec<String> {
    let part = |index: u32| {
        let (name, shard) = (format!("part.{index}"), format!("{index}/{count}"));
        let outcome = work
            .run(&name, &[more, &["--shard", &shard]].concat())
            .json();
        assert_eq!(outcome["shard"], shard);
        out(work, &name)
    };
    (1..=count).map(part).collect()
}

fn merge(work: &Workload, parts: &[String]) -> Run {
    let into = out(work, "merged");
    let mut args = vec!["--json", "merge", "--wallets", &work.list, "--out", &into];
    args.extend(parts.iter().map(String::as_str));
    lifeboat(&args)
}

fn clear_away(work: &Workload) {
    for name in work.bench.results() {
        fs::remove_file(work.bench.path("out").join(name)).unwrap();
    }
}

#[test]
fn parts_cover_a_list_without_overlap() {
    for ids in [0, 1, 2, 3, 7, 100, 9_999, 1 << 40, u64::MAX] {
        for count in [1, 2, 3, 7, 64, 1_000, u32::MAX] {
            let mut end = 0;
            for index in (1..=count).take(2_000) {
                let part = part_of(ids, index, count);
                assert!(
                    part.start == end && part.end >= end,
                    "{index} of {count} of {ids}"
                );
                assert!(
                    part.end - part.start <= ids.div_ceil(u64::from(count)),
                    "{index} of {count} of {ids}"
                );
                end = part.end;
            }
            assert!(count > 2_000 || end == ids, "{count} of {ids}");
            assert_eq!(part_of(ids, count, count).end, ids);
        }
    }
}

#[test]
fn merged_parts_are_the_whole() {
    let work = Workload::new(12);
    for format in FORMATS {
        let form = ["--format", format, "--algorithm", "both"];
        work.run("whole", &form).json();
        let whole = work.bytes("whole");
        for count in [1, 2, 5, 12, 15] {
            clear_away(&work);
            let parts = parts(&work, count, &form);
            assert_eq!(merge(&work, &parts).json()["wallets"], 12);
            assert!(work.bytes("merged") == whole, "{count} parts in {format}");
        }
        clear_away(&work);
    }
}

#[test]
fn shards_that_are_none_are_refused() {
    let work = Workload::new(10);
    for shard in [
        "0/3", "4/3", "1/0", "0/0", "1", "1/", "/3", "-1/3", "1/3/5", "a/b", "1.5/3",
    ] {
        work.run("part", &[&format!("--shard={shard}")])
            .refused(2, "usage", &["I/N"]);
    }
    assert!(!work.has("part") && !work.has("part.partial"));
}

#[test]
fn parts_that_are_no_whole_are_refused() {
    let work = Workload::new(100);
    for format in FORMATS {
        let p = parts(&work, 4, &["--format", format]);
        let [a, b, c, d] = [0, 1, 2, 3].map(|index| p[index].clone());
        let (first_of, ids) = (|index: usize| ids(100)[index].clone(), ids(100));
        let refused = |parts: &[&String], words: &[&str]| {
            let parts: Vec<String> = parts.iter().map(|part| (*part).clone()).collect();
            merge(&work, &parts).refused(3, "merge_incomplete", words);
            assert!(!work.has("merged"), "{words:?}");
        };
        refused(&[&a, &b, &c], &["end before", &first_of(75)]);
        refused(&[&b, &c, &d], &["part 1", &first_of(25), &first_of(0)]);
        refused(&[&a, &c, &d], &["part 2", &first_of(50), &first_of(25)]);
        refused(&[&a, &c, &b, &d], &["part 2"]);
        refused(&[&a, &b, &c, &d, &d], &["part 5", "after the list's end"]);
        refused(&[&a, &a, &b, &c, &d], &["part 2"]);
        let mut other = ids.clone();
        other[60] = WALLET.to_owned();
        fs::write(&work.list, other.join("\n")).unwrap();
        refused(&[&a, &b, &c, &d], &["part 3", &ids[60], WALLET]);
        other.insert(60, ids[60].clone());
        fs::write(&work.list, other.join("\n")).unwrap();
        refused(&[&a, &b, &c, &d], &["part 3"]);
        fs::write(&work.list, ids.join("\n")).unwrap();
        // A part that is cut off, edited, or in another format.
        let text = fs::read_to_string(&b).unwrap();
        for edited in [
            &text[..text.len() / 2],
            &text
                .replacen("chaincode", "chaincod", 1)
                .replacen(":\"", ":\"x", 1),
        ] {
            let torn = work.bench.put("torn", edited);
            let said = merge(&work, &[a.clone(), torn, c.clone(), d.clone()]);
            assert!([2, 3].contains(&said.exit), "{}", said.stdout);
            assert!(
                format == "csv" || said.stdout.contains("part 2"),
                "{}",
                said.stdout
            );
            said.is_decent();
        }
        let foreign = FORMATS[(FORMATS.iter().position(|name| *name == format).unwrap() + 1) % 3];
        work.run("foreign", &["--format", foreign, "--shard", "2/4"])
            .json();
        let foreign = [a.clone(), out(&work, "foreign"), c.clone(), d.clone()];
        merge(&work, &foreign).refused(2, "merge_format", &["part 2", "--format"]);
        assert!(!work.has("merged"));
        assert_eq!(merge(&work, &[a, b, c, d]).json()["parts"], 4);
        clear_away(&work);
    }
}

#[test]
fn an_unfinished_part_is_not_merged() {
    let work = Workload::new(100);
    let p = parts(&work, 2, &[]);
    let text = fs::read_to_string(&p[1]).unwrap();
    let cut = work
        .bench
        .put("out/part.2.partial", &text[..text.len() - 3]);
    merge(&work, &[p[0].clone(), cut]).refused(2, "records_cut_off", &["part 2", "cut off"]);
}

/// `check --json` of a file in `out/`.
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

/// What `check` counted, whether it ended well or not.
fn counted(said: &Run) -> (u64, u64, Vec<String>) {
    let outcome: Value = serde_json::from_str(&said.stdout).unwrap();
    let wrong = outcome["wrong"]
        .as_array()
        .unwrap()
        .iter()
        .map(|wrong| wrong["walletId"].as_str().unwrap().to_owned());
    (
        outcome["records"].as_u64().unwrap(),
        outcome["compared"].as_u64().unwrap(),
        wrong.collect(),
    )
}

#[test]
fn a_sound_result_is_checked_in_every_format() {
    let work = Workload::new(2_000);
    for format in FORMATS {
        for algorithm in ["ecdsa", "both"] {
            work.run("shares", &["--format", format, "--algorithm", algorithm])
                .json();
            let said = check(&work, "shares", &[]);
            said.json();
            assert_eq!(counted(&said), (2_000, 2_000, Vec::new()), "{format}");
            let said = check(&work, "shares", &["--sample", "100"]);
            said.json();
            let (records, compared, _) = counted(&said);
            assert!(
                records == 2_000 && (40..200).contains(&compared),
                "{compared}"
            );
            assert_eq!(
                counted(&check(&work, "shares", &["--sample", "100000"])).1,
                2_000
            );
            clear_away(&work);
        }
    }
}

#[test]
fn a_tampered_record_is_found_and_named() {
    let work = Workload::new(50);
    let ids = ids(50);
    for format in FORMATS {
        work.run("shares", &["--format", format]).json();
        let text = work.bench.result("shares");
        let start = text.find(&ids[31]).unwrap();
        let last_digit =
            |before: &str| start + text[start..].find(before).unwrap() + before.len() + 63;
        let (chain, share) = match format {
            "csv" => (
                start + 36 + 64,
                start + text[start..].find('\n').unwrap() - 1,
            ),
            _ => (last_digit("chaincode\":\""), last_digit("SECP256K1\":\"")),
        };
        for (at, what) in [(chain, "another chain code"), (share, "another share")] {
            let mut tampered = text.clone().into_bytes();
            tampered[at] = if tampered[at] == b'0' { b'1' } else { b'0' };
            work.bench.put("out/tampered", &tampered);
            let said = check(&work, "tampered", &[]);
            said.refused(3, "records_wrong", &["1 of 50 records"]);
            assert_eq!(
                counted(&said),
                (50, 50, vec![ids[31].clone()]),
                "{format}: {what}"
            );
            assert!(
                said.stdout.contains(what) && said.stderr.contains(&ids[31]),
                "{format}: {}",
                said.stdout
            );
        }
        let renamed = work
            .bench
            .put("out/renamed", text.replace(&ids[31], WALLET));
        assert_eq!(
            counted(&check(&work, "renamed", &[])).2,
            [WALLET],
            "{renamed}"
        );
        let moved = text.replace(COSIGNER, "00000000-0000-4000-8000-000000000000");
        work.bench.put("out/moved", moved);
        let said = check(&work, "moved", &[]);
        said.refused(3, "records_wrong", &["50 of 50 records"]);
        assert!(said.stdout.contains("another cosigner"), "{}", said.stdout);
        clear_away(&work);
    }
}

#[test]
fn a_result_of_another_kit_is_found() {
    let work = Workload::new(20);
    work.run("shares", &[]).json();
    let mut other = Forge::wallets();
    *other.entry(&Forge::master_entry()) = seal(&[0x17; 32]);
    fs::write(&work.kit, other.zip()).unwrap();
    let said = check(&work, "shares", &[]);
    said.refused(3, "records_wrong", &["20 of 20", "do not use this file"]);
    let sample = check(&work, "shares", &["--sample", "1000"]);
    sample.refused(3, "records_wrong", &[]);
}

#[test]
fn what_is_no_result_is_not_checked() {
    let work = Workload::new(20);
    work.run("shares", &["--format", "ndjson"]).json();
    let text = work.bench.result("shares");
    for (code, text) in [
        ("not_records", "nothing of the kind\n"),
        ("not_records", ""),
        ("records_cut_off", &text[..text.len() - 1]),
        (
            "record_line",
            &text.replacen("\"chaincode\"", "\"chainkode\"", 1),
        ),
    ] {
        work.bench.put("out/other", text);
        check(&work, "other", &[]).refused(2, code, &["other"]);
    }
}

#[test]
fn ids_that_derive_left_out_are_told_and_counted_by_merge_too() {
    let mut list = ids(60);
    list.insert(20, "nothing".to_owned());
    list.insert(40, list[3].clone());
    for (format, wallets, bad) in [("json", 60, &[21, 41][..]), ("ndjson", 61, &[21])] {
        let work = Workload::of(list.join("\n"));
        let part = |index: u32| {
            let (name, shard) = (format!("part.{index}"), format!("{index}/3"));
            assert_eq!(
                work.run(
                    &name,
                    &["--format", format, "--keep-going", "--shard", &shard]
                )
                .exit,
                1
            );
            out(&work, &name)
        };
        let parts: Vec<String> = (1..=3).map(part).collect();
        assert_eq!(
            work.run("whole", &["--format", format, "--keep-going"])
                .exit,
            1
        );
        let said = merge(&work, &parts);
        let outcome = said.refused(1, "bad_wallet_ids", &["ids of the list are bad"]);
        assert_eq!(outcome["wallets"], wallets);
        assert_eq!(outcome["failedCount"], bad.len());
        let failed = outcome["failed"].as_array().unwrap();
        let lines: Vec<u64> = failed
            .iter()
            .map(|bad| bad["line"].as_u64().unwrap())
            .collect();
        assert_eq!(lines, bad, "{outcome}");
        for line in bad {
            assert!(
                said.stderr.contains(&format!("line {line}")),
                "{}",
                said.stderr
            );
        }
        assert!(work.bytes("merged") == work.bytes("whole"), "{format}");
    }
}

#[test]
fn a_list_without_a_good_id_is_nothing_to_merge() {
    let work = Workload::new(4);
    let parts = parts(&work, 2, &[]);
    for (list, code) in [
        ("nothing\nat all\n", "bad_wallet_ids"),
        ("\n", "no_wallet_ids"),
    ] {
        fs::write(&work.list, list).unwrap();
        merge(&work, &parts).refused(2, code, &[]);
        assert!(!work.has("merged"));
    }
}

#[test]
fn the_list_may_come_from_standard_input() {
    let work = Workload::new(4);
    let parts = parts(&work, 2, &[]);
    let into = out(&work, "merged");
    let args = ["--json", "merge", "--wallets", "-", "--out", &into];
    let mut args = args.to_vec();
    args.extend(parts.iter().map(String::as_str));
    let list = fs::read(&work.list).unwrap();
    assert_eq!(lifeboat_fed(&args, &list).json()["wallets"], 4);
}

const ECDSA: &str = "MPC_CMP_ECDSA_SECP256K1";

/// A result as the published tools write it, its shares without leading zeros, and how many of them lost some.
fn published(text: &str, chain_code: &str) -> (Value, usize) {
    let mut records: Value = serde_json::from_str(text).unwrap();
    let mut short = 0;
    for record in records.as_object_mut().unwrap().values_mut() {
        let code = record.as_object_mut().unwrap().remove("chaincode").unwrap();
        record[chain_code] = code;
        let share = &mut record["shares"][0][ECDSA];
        let digits = share.as_str().unwrap().trim_start_matches('0').to_owned();
        short += usize::from(digits.len() < 64);
        *share = digits.into();
    }
    (records, short)
}

#[test]
fn what_published_tools_wrote_is_checked_and_repaired() {
    let mut sorted = ids(700);
    sorted.sort();
    let work = Workload::of(sorted.join("\n"));
    work.run("shares", &[]).json();
    let repaired = out(&work, "repaired");
    for code in ["chaincode", "chainCode"] {
        let (records, short) = published(&work.bench.result("shares"), code);
        assert!(short > 10, "{short}");
        let compact = records.to_string();
        for text in [
            format!("{records:#}\n"),
            format!("\u{feff}{compact}"),
            format!("\n{compact}\n"),
            compact,
        ] {
            work.bench.put("out/published", &text);
            let said = check(&work, "published", &[]);
            said.refused(
                3,
                "shares_short",
                &[&format!("{short} shares"), "--repair OUT"],
            );
            assert_eq!(counted(&said), (700, 700, Vec::new()));
            let said = check(&work, "published", &["--repair", &repaired]);
            let outcome = said.json();
            assert_eq!(outcome["files"], serde_json::json!([repaired]));
            assert_eq!(outcome["short"].as_array().unwrap().len(), short);
            for share in outcome["short"].as_array().unwrap() {
                let id = share["walletId"].as_str().unwrap();
                assert!(
                    records[id]["shares"][0][ECDSA].as_str().unwrap().len() < 64,
                    "{share}"
                );
                assert_eq!(
                    (&share["cosigner"], &share["algorithm"]),
                    (&COSIGNER.into(), &ECDSA.into())
                );
                assert!(said.stderr.contains(id));
            }
            said.is_decent();
            assert!(
                work.bytes("repaired") == work.bytes("shares"),
                "the repaired result is not what `derive` writes"
            );
            assert_eq!(work.bench.mode("out/repaired"), 0o600);
            assert_eq!(
                check(&work, "repaired", &[]).json()["short"],
                serde_json::json!([])
            );
            check(&work, "published", &["--repair", &repaired]).refused(
                2,
                "output_exists",
                &["repaired"],
            );
            fs::remove_file(&repaired).unwrap();
        }
    }
    // In full length but laid out by someone else, there is nothing to complain of.
    let records: Value = serde_json::from_str(&work.bench.result("shares")).unwrap();
    work.bench.put("out/published", format!("{records:#}"));
    assert_eq!(check(&work, "published", &[]).json()["compared"], 700);
    assert_eq!(
        check(&work, "published", &["--sample", "100000"]).json()["compared"],
        700
    );
    assert!(
        check(&work, "published", &["--sample", "50"]).json()["compared"]
            .as_u64()
            .unwrap()
            < 200
    );
}

#[test]
fn what_is_wrong_is_not_repaired() {
    let work = Workload::new(300);
    work.run("shares", &[]).json();
    let (records, _) = published(&work.bench.result("shares"), "chaincode");
    let repaired = out(&work, "repaired");
    let id = &ids(300)[77];
    let share = records[id]["shares"][0][ECDSA].as_str().unwrap().to_owned();
    let repair = |text: &str| {
        work.bench.put("out/published", text);
        let said = check(&work, "published", &["--repair", &repaired]);
        assert!(!work.has("repaired"), "a wrong result was repaired");
        said
    };
    let with = |digits: &str| records.to_string().replace(&share, digits);
    // A digit lost at the other end is no leading zero.
    for digits in [&share[..share.len() - 1], &share[1..], "1"] {
        let said = repair(&with(digits));
        said.refused(3, "records_wrong", &["1 of 300"]);
        assert_eq!(counted(&said).2, [id.as_str()], "{}", digits.len());
    }
    for digits in ["", "xyz", &format!("{share:0>65}")] {
        let said = repair(&with(digits));
        assert_eq!(said.exit, 2, "{}", said.stdout);
        assert!(said.stdout.contains(id.as_str()), "{}", said.stdout);
        said.is_decent();
    }
    let text = records.to_string();
    for text in [
        &text[..text.len() / 2],
        &text.replace("chaincode", "chain"),
        "[]",
        "",
        "nothing",
    ] {
        let said = repair(text);
        assert_eq!(said.exit, 2, "{}", said.stdout);
        said.is_decent();
    }
    check(&work, "shares", &["--repair", &repaired, "--sample", "5"]).refused(
        2,
        "usage",
        &["--sample"],
    );
}
