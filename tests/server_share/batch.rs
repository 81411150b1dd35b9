//! `derive` of many wallets: equal to an independent reference in every format, whatever the threads and the list's shape.

use std::{fs, io::Write, thread};

use serde_json::{Value, json};

use super::oracle::reference;
use crate::support::{
    KEY_PASSPHRASE,
    forge::{COSIGNER, Forge, MASTER_KEY, WALLET},
    lifeboat_fed,
    workload::{Workload, ids, key},
};

const WALLETS: u32 = 100_000;
/// Processes of the reference; divides [`WALLETS`].
const ASKED_AT_ONCE: usize = 4;
const ECDSA: &str = "MPC_CMP_ECDSA_SECP256K1";
const EDDSA: &str = "MPC_CMP_EDDSA_ED25519";

/// Members, lines and rows of some wallets, from the reference's answer; `None` where there is no Python.
fn answered(ids: &[String]) -> Option<[String; 3]> {
    let mut forge = Forge::wallets();
    let request = json!({
        "walletSeed": forge.master()["walletSeed"],
        "assetSeed": forge.master()["assetSeed"],
        "masterKeys": { COSIGNER: MASTER_KEY },
        "wallets": ids,
    });
    let answer = reference(&request)?;
    let (mut members, mut lines, mut rows) = (Vec::new(), String::new(), String::new());
    for id in ids {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (chain, share) = (text(&answer[id]["chaincode"]), &answer[id]["shares"][0]);
        let (ecdsa, eddsa) = (text(&share[ECDSA]), text(&share[EDDSA]));
        let shares =
            format!(r#"[{{"cosigner":"{COSIGNER}","{ECDSA}":"{ecdsa}","{EDDSA}":"{eddsa}"}}]"#);
        members.push(format!(
            r#""{id}":{{"chaincode":"{chain}","shares":{shares}}}"#
        ));
        lines += &format!(r#"{{"walletId":"{id}","chaincode":"{chain}","shares":{shares}}}"#);
        lines.push('\n');
        rows += &format!(
            "{id},{chain},{COSIGNER},{ECDSA},{ecdsa}\n{id},{chain},{COSIGNER},{EDDSA},{eddsa}\n"
        );
    }
    Some([members.join(",\n"), lines, rows])
}

/// What the three formats must hold, byte for byte; the reference is slow and asked several times at once.
fn expected(ids: &[String]) -> Option<[(&'static str, String); 3]> {
    let parts: Option<Vec<[String; 3]>> = thread::scope(|scope| {
        let asked: Vec<_> = ids
            .chunks(ids.len() / ASKED_AT_ONCE)
            .map(|ids| scope.spawn(|| answered(ids)))
            .collect();
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap())
            .collect()
    });
    let parts = parts?;
    let of = |format: usize, between: &str| {
        parts
            .iter()
            .map(|part| part[format].as_str())
            .collect::<Vec<_>>()
            .join(between)
    };
    let rows = format!(
        "wallet_id,chaincode,cosigner,algorithm,share\n{}",
        of(2, "")
    );
    Some([
        ("json", format!("{{\n{}\n}}\n", of(0, ",\n"))),
        ("ndjson", of(1, "")),
        ("csv", rows),
    ])
}

#[test]
fn a_hundred_thousand_wallets_agree_with_the_reference_in_every_format_on_1_2_and_7_threads() {
    let ids = ids(WALLETS);
    let Some(expected) = expected(&ids) else {
        return eprintln!("skipped: there is no python3 to ask the reference with");
    };
    let work = Workload::new(WALLETS);
    for (format, expected) in &expected {
        for threads in ["1", "2", "7"] {
            let said = work.run(
                "shares",
                &[
                    "--format",
                    format,
                    "--algorithm",
                    "both",
                    "--threads",
                    threads,
                ],
            );
            assert_eq!(said.json()["wallets"], WALLETS, "{format}");
            assert!(
                work.bytes("shares") == expected.as_bytes(),
                "{format} on {threads} threads differs"
            );
            fs::remove_file(work.bench.path("out/shares")).unwrap();
        }
        let fed = fs::read(&work.list).unwrap();
        let args = [
            "derive",
            &work.kit,
            "--key",
            &key("recovery.pkcs8"),
            "--algorithm",
            "both",
            "--format",
            format,
        ];
        let said = lifeboat_fed(&[&args[..], &["--wallets", "-"]].concat(), &fed);
        assert!(
            said.done() == expected,
            "{format} from standard input to standard output differs"
        );
    }
}

#[test]
fn quoted_fields_are_read_wherever_blocks_are_cut() {
    let ids = ids(6_000);
    let plain = Workload::of(ids.join("\n"));
    plain.run("shares", &["--format", "ndjson"]).json();
    // Fields of every length, so that every place in a row meets a border; ids that are none hide inside quotes.
    let note = |index: usize| {
        format!(
            "a \"\"note\"\" {WALLET},{WALLET} {}",
            "x, ".repeat(index % 61)
        )
    };
    let rows = ids
        .iter()
        .enumerate()
        .map(|(index, id)| format!("\"Doe, Jane\",\"{id}\",\"{}\"\r\n", note(index)));
    for header in [
        "name,Wallet Id,note\r\n",
        "\u{feff}\nname,walletId,note\n",
        "\"name\",\"wallet_id\",\"a \"\"note\"\"\"\n",
    ] {
        let work = Workload::of(
            rows.clone()
                .fold(header.to_owned(), |text, row| text + &row),
        );
        for threads in ["1", "3"] {
            let said = work.run("shares", &["--format", "ndjson", "--threads", threads]);
            assert_eq!(said.json()["wallets"], 6_000, "{header}");
            assert!(
                work.bytes("shares") == plain.bytes("shares"),
                "{header} on {threads} threads"
            );
            fs::remove_file(work.bench.path("out/shares")).unwrap();
        }
    }
}

#[test]
fn a_quote_left_open_swallows_no_row_wherever_it_stands() {
    let ids = ids(6_000);
    let row = |id: &String| format!("\"Doe, Jane\",{id}\n");
    for open in [0, 1_000, 1_489, 5_999] {
        let mut rows: Vec<String> = ids.iter().map(row).collect();
        rows[open] = format!("\"Doe, Jane,{}\n", ids[open]);
        let work = Workload::of("name,walletId\n".to_owned() + &rows.concat());
        let line = open + 2;
        work.run("shares", &[]).refused(
            2,
            "bad_wallet_ids",
            &[&format!("line {line}:"), "nothing was written"],
        );
        let said = work.run("shares", &["--keep-going", "--format", "csv"]);
        assert_eq!(said.exit, 1, "{}", said.stdout);
        assert_eq!(
            work.bench.result("shares").lines().count(),
            ids.len(),
            "one row fewer, and a header"
        );
        // A field of two lines is two rows that are none.
        rows[open] = format!("\"Doe,\nJane\",{}\n", ids[open]);
        fs::write(&work.list, "name,walletId\n".to_owned() + &rows.concat()).unwrap();
        let two = [&format!("line {line}:"), "1 more"];
        work.run("again", &[]).refused(2, "bad_wallet_ids", &two);
    }
}

#[test]
fn bad_ids_are_passed_over_in_place_and_listed_with_their_lines() {
    let mut ids = ids(5_000);
    let plain = Workload::of(ids.join("\n"));
    plain.run("shares", &[]).json();
    let bad = [
        (0, "nothing"),
        (1_771, ""),
        (1_772, "x"),
        (3_000, WALLET),
        (3_001, WALLET),
        (5_005, "y"),
    ];
    for (at, text) in bad {
        ids.insert(at, text.to_owned());
    }
    let work = Workload::of(ids.join("\n"));
    work.run("shares", &[])
        .refused(2, "bad_wallet_ids", &["line 1", "4 more"]);
    let said = work.run("shares", &["--keep-going", "--threads", "3"]);
    assert_eq!(said.exit, 1, "{}", said.stdout);
    let outcome: Value = serde_json::from_str(&said.stdout).unwrap();
    let lines: Vec<u64> = outcome["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bad| bad["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [1, 1_772, 1_773, 3_002, 5_006]);
    let mut wanted: Value = serde_json::from_str(&plain.bench.result("shares")).unwrap();
    let mut found: Value = serde_json::from_str(&work.bench.result("shares")).unwrap();
    assert!(found.as_object_mut().unwrap().remove(WALLET).is_some());
    assert!(
        wanted.as_object_mut().unwrap() == found.as_object().unwrap(),
        "others than the good ids were derived"
    );
}

#[test]
fn a_list_that_changes_while_it_is_read_is_noticed() {
    let whole = ids(4_000);
    let mut other = whole.clone();
    other[3_999] = WALLET.to_owned();
    let mut swapped = whole.clone();
    swapped.swap(17, 18);
    let changes = [
        other.join("\n"),
        swapped.join("\n"),
        whole[..3_999].join("\n"),
        whole[..100].join("\n"),
        String::new(),
        whole.join("\n") + "\n" + WALLET,
        "x".repeat(90_000),
    ];
    for (change, sealed) in changes.into_iter().zip([false, true].into_iter().cycle()) {
        let work = Workload::of(whole.join("\n"));
        // The run waits for the key's passphrase there: after it has looked the list over.
        let Some(pipe) = work.bench.pipe("passphrase") else {
            return;
        };
        let (key, to) = (key("recovery.pkcs8.pbkdf2"), key("recovery.public"));
        let mut args = vec!["--key", &key, "--key-passphrase-file", &pipe];
        args.extend(if sealed {
            ["--seal-to", &to]
        } else {
            ["--format", "ndjson"]
        });
        let run = work.begin("shares", &args);
        // Opens once the run reads it.
        let mut passphrase = fs::File::options().write(true).open(&pipe).unwrap();
        fs::write(&work.list, &change).unwrap();
        passphrase.write_all(KEY_PASSPHRASE.as_bytes()).unwrap();
        drop(passphrase);
        run.said().refused(
            2,
            "list_changed",
            &["nothing was written", "a copy that nobody edits"],
        );
        work.bench.is_clean();
    }
}

#[test]
fn progress_is_shown_to_machines_when_they_ask() {
    let work = Workload::new(60_000);
    let events = |stderr: &str| -> Vec<Value> {
        let lines = stderr
            .lines()
            .filter(|line| !line.starts_with("lifeboat: "));
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    assert_eq!(events(&work.run("silent", &[]).stderr), [""; 0]);
    for more in [
        &["--json-progress", "--threads", "1"][..],
        &["--json-progress", "--quiet", "--shard", "1/2"],
    ] {
        let total = if more.contains(&"--shard") {
            30_000
        } else {
            60_000
        };
        let said = work.run(
            "shares",
            &[more, &["--seal-to", &key("recovery.public")]].concat(),
        );
        let outcome = said.json();
        assert_eq!(outcome["wallets"], total);
        let events = events(&said.stderr);
        let done: Vec<u64> = events
            .iter()
            .map(|event| event["done"].as_u64().unwrap())
            .collect();
        assert!(done.is_sorted() && done.last() == Some(&total), "{done:?}");
        assert!(
            events.len() >= 2 || outcome["seconds"].as_f64().unwrap() < 4.0,
            "no line before the last"
        );
        for event in &events {
            assert_eq!(
                (&event["event"], &event["total"]),
                (&"progress".into(), &total.into())
            );
            assert!(
                event["perSecond"].as_u64().unwrap() > 0 && event.as_object().unwrap().len() == 4,
                "{event}"
            );
        }
        fs::remove_file(work.bench.path("out/shares")).unwrap();
    }
    // The last line is there too when a run ends early.
    let mut run = work.begin("shares", &["--json-progress", "--threads", "1"]);
    assert!(
        run.until(|| work.length("shares.partial") > 0),
        "it ended before it could be interrupted"
    );
    run.interrupt();
    let said = run.said();
    let outcome = said.refused(2, "interrupted", &["--resume"]);
    let last = events(&said.stderr).pop().unwrap()["done"]
        .as_u64()
        .unwrap();
    assert_eq!(
        (&outcome["done"], &outcome["total"]),
        (&last.into(), &60_000.into())
    );
    // As people read numbers.
    let last = lifeboat::formats::encoding::shown::grouped(last);
    assert!(
        said.stderr
            .contains(&format!("interrupted after {last} of 60,000")),
        "{}",
        said.stderr
    );
}
