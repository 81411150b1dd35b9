//! `check` says yes to exactly what `derive` writes: nothing missing, nothing twice, nothing misspelt, in every shape.

use std::{
    io::Write,
    thread::{sleep, spawn},
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{
    Run,
    forge::{Forge, WALLET},
    lifeboat,
    workload::{Workload, ids, key},
};

const ECDSA: &str = "MPC_CMP_ECDSA_SECP256K1";
const EDDSA: &str = "MPC_CMP_EDDSA_ED25519";
const FORMATS: [&str; 3] = ["json", "ndjson", "csv"];

/// Four wallets of a kit with two cosigners, derived with both algorithms in every shape.
fn work() -> Workload {
    let work = Workload::new(4).with_two_cosigners();
    for format in FORMATS {
        work.run(format, &["--format", format, "--algorithm", "both"])
            .json();
    }
    work
}

fn check(work: &Workload, text: &str, more: &[&str]) -> Run {
    let (file, own) = (work.bench.put("edited", text), key("recovery.pkcs8"));
    let args = ["--json", "check", &file, &work.kit, "--key", &own];
    lifeboat(&[&args[..], more].concat())
}

#[test]
fn the_kit_may_come_first() {
    let work = work();
    let own = key("recovery.pkcs8");
    let unzipped = work.bench.path("unzipped");
    std::fs::create_dir(&unzipped).unwrap();
    for (name, bytes) in Forge::wallets().files() {
        std::fs::write(unzipped.join(name), bytes).unwrap();
    }
    work.run("sealed", &["--seal-to", &key("recovery.public")])
        .json();
    for result in ["json", "ndjson", "csv", "sealed"] {
        let result = work.bench.text(&format!("out/{result}"));
        for [first, second] in [[&work.kit, &result], [&result, &work.kit]] {
            let said = lifeboat(&["--json", "check", first, second, "--key", &own]).json();
            assert_eq!(
                (&said["compared"], &said["wrong"]),
                (&json!(4), &json!([])),
                "{said}"
            );
        }
    }
    // A folder is a kit, too, and two results are no kit in either order.
    let result = work.bench.text("out/json");
    let folder = unzipped.to_str().unwrap();
    let said = lifeboat(&["--json", "check", folder, &result, "--key", &own]);
    assert!(said.outcome()["kit"].is_object(), "{}", said.stdout);
    lifeboat(&["--json", "check", &result, &result, "--key", &own]).refused(2, "not_a_zip", &[]);
}

/// Everybody's verdict on a changed result: `check` says no, and where it is strict `seal` writes nothing.
#[track_caller]
fn says_no(work: &Workload, text: &str, words: &str) -> Value {
    let said = check(work, text, &[]);
    assert!(said.exit == 2 || said.exit == 3, "{words}: {}", said.stdout);
    let all = format!("{}{}", said.stdout, said.stderr);
    assert!(all.contains(words), "`{words}` is not in: {all}");
    said.is_decent();
    serde_json::from_str(&said.stdout).unwrap()
}

#[track_caller]
fn not_sealed(work: &Workload, text: &str) {
    let (file, out) = (
        work.bench.put("edited", text),
        work.bench.text("out/sealed"),
    );
    let to = key("recovery.public");
    let said = lifeboat(&["--json", "seal", &file, "--seal-to", &to, "--out", &out]);
    assert_eq!(said.exit, 2, "{}", said.stdout);
    assert!(!work.has("sealed"));
}

#[test]
fn the_verdict_counts_wallets_cosigners_and_algorithms() {
    let work = work();
    for format in FORMATS {
        let text = work.bench.result(format);
        let said = check(&work, &text, &[]).json();
        assert_eq!(
            (&said["records"], &said["compared"]),
            (&4.into(), &4.into())
        );
        assert_eq!(said["cosigners"].as_array().unwrap().len(), 2);
        assert_eq!(said["algorithms"], json!([ECDSA, EDDSA]));
        let (file, own) = (work.bench.put("edited", &text), key("recovery.pkcs8"));
        let shown = lifeboat(&["check", &file, &work.kit, "--key", &own]);
        let words = "4 wallets × 2 cosigners × ECDSA, EdDSA";
        assert!(shown.done().contains(words), "{}", shown.stdout);
    }
}

#[test]
fn commas_are_exact() {
    let work = work();
    let text = work.bench.result("json");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let joined = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.iter().map(|line| (*line).to_owned()).collect();
        change(&mut lines);
        lines.concat()
    };
    for edited in [
        joined(&|lines| lines[1] = lines[1].replace(",\n", "\n")),
        joined(&|lines| lines[3] = lines[3].replace(",\n", "\n")),
        joined(&|lines| lines[4] = lines[4].replace('\n', ",\n")),
        joined(&|lines| lines[2] = lines[2].replace(",\n", ",,\n")),
        joined(&|lines| drop(lines.remove(4))),
    ] {
        assert_ne!(edited, text);
        says_no(&work, &edited, "error");
        not_sealed(&work, &edited);
    }
}

#[test]
fn a_wallet_twice_is_no_result() {
    let work = work();
    let id = &ids(4)[1];
    for format in FORMATS {
        let text = work.bench.result(format);
        let of_wallet: String = text
            .split_inclusive('\n')
            .filter(|line| line.contains(id))
            .collect();
        let doubled = text.replace(&of_wallet, &format!("{of_wallet}{of_wallet}"));
        assert_ne!(doubled, text);
        says_no(&work, &doubled, id);
        if format == "json" {
            not_sealed(&work, &doubled);
        }
        // One replaced by a copy of another.
        let other: String = text
            .split_inclusive('\n')
            .filter(|line| line.contains(&ids(4)[2]))
            .collect();
        says_no(&work, &text.replace(&other, &of_wallet), id);
    }
}

#[test]
fn a_missing_share_is_named_wherever_it_is_missing() {
    let work = work();
    let id = &ids(4)[2];
    for format in FORMATS {
        let text = work.bench.result(format);
        let line = text.lines().find(|line| line.contains(id)).unwrap();
        let without = if format == "csv" {
            text.replacen(&format!("{line}\n"), "", 1)
        } else {
            let start = line.find(&format!(",\"{EDDSA}\"")).unwrap();
            let end = start + line[start..].find('}').unwrap();
            text.replacen(line, &[&line[..start], &line[end..]].concat(), 1)
        };
        assert_ne!(without, text);
        says_no(&work, &without, id);
        // Whichever wallets a sample picks.
        let sampled = check(&work, &without, &["--sample", "1"]);
        sampled.refused(3, "records_wrong", &["1 of 4 records"]);
        not_sealed(&work, &without);
    }
}

#[test]
fn a_wallet_without_an_algorithm_of_the_others_is_named() {
    let work = work();
    work.run("ecdsa", &["--format", "ndjson"]).json();
    let (both, one) = (work.bench.result("ndjson"), work.bench.result("ecdsa"));
    let mixed = |number: usize| -> String {
        let lines = both.split_inclusive('\n').zip(one.split_inclusive('\n'));
        lines
            .enumerate()
            .map(|(line, (both, one))| if line == number { one } else { both })
            .collect()
    };
    for number in [0, 3] {
        let outcome = says_no(&work, &mixed(number), EDDSA);
        assert_eq!(outcome["wrong"].as_array().unwrap().len(), 1, "{outcome}");
        assert_eq!(outcome["wrong"][0]["walletId"], ids(4)[number].as_str());
        not_sealed(&work, &mixed(number));
    }
    check(&work, &one, &[]).json();
    let asked = check(&work, &one, &["--algorithm", "both"]);
    asked.refused(3, "records_wrong", &["4 of 4 records"]);
    check(&work, &both, &["--algorithm", "both"]).json();
    let asked = check(&work, &both, &["--algorithm", "ecdsa"]);
    asked.refused(3, "records_wrong", &["4 of 4 records"]);
}

#[test]
fn a_misspelt_algorithm_is_a_missing_share() {
    let work = work();
    let misspelt = "MPC_CMP_EDDSA_ED2551";
    for format in FORMATS {
        let text = work.bench.result(format);
        says_no(&work, &text.replacen(EDDSA, misspelt, 1), "error");
        says_no(
            &work,
            &text.replacen(EDDSA, &EDDSA.to_lowercase(), 1),
            "error",
        );
        not_sealed(&work, &text.replacen(EDDSA, misspelt, 1));
    }
    // As others lay it out.
    let value: Value = serde_json::from_str(&work.bench.result("json")).unwrap();
    check(&work, &value.to_string(), &[]).json();
    says_no(
        &work,
        &value.to_string().replacen(EDDSA, misspelt, 1),
        "algorithm",
    );
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    check(&work, &pretty, &[]).json();
    says_no(
        &work,
        &pretty.replacen(EDDSA, "cosignerType", 1),
        "algorithm",
    );
}

#[test]
fn a_file_without_records_is_no_result() {
    let work = work();
    check(&work, "{\n}\n", &[]).refused(3, "no_records", &[]);
    check(&work, "{}", &[]).refused(3, "no_records", &[]);
    let header = "wallet_id,chaincode,cosigner,algorithm,share\n";
    check(&work, header, &[]).refused(3, "no_records", &[]);
    check(&work, "", &[]).refused(2, "not_records", &[]);
}

#[test]
fn rows_out_of_order_are_not_as_derive_writes_them() {
    let work = work();
    let text = work.bench.result("csv");
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.swap(2, 3);
    says_no(&work, &lines.concat(), "line 4");
}

#[test]
fn a_list_proves_that_no_wallet_is_missing_or_added() {
    let work = work();
    let all = ids(4);
    let list = |ids: &[&str]| work.bench.put("some", ids.join("\n") + "\n");
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    for format in FORMATS {
        let text = work.bench.result(format);
        check(&work, &text, &["--wallets", &work.list]).json();
        let more = list(&[&names[..], &[WALLET]].concat());
        let said = check(&work, &text, &["--wallets", &more]);
        let outcome = said.refused(3, "records_incomplete", &["1 wallet of the list"]);
        assert_eq!(outcome["missing"], json!([WALLET]));
        assert_eq!(outcome["extra"], json!([]));
        let said = check(&work, &text, &["--wallets", &list(&names[1..])]);
        let outcome = said.refused(3, "records_incomplete", &["1 wallet not in the list"]);
        assert_eq!(outcome["extra"], json!([names[0]]));
        assert!(said.stderr.contains(names[0]), "{}", said.stderr);
        // As many, but others.
        let other = list(&[&names[..3], &[WALLET]].concat());
        let said = check(&work, &text, &["--wallets", &other]);
        let outcome = said.refused(3, "records_incomplete", &[]);
        assert_eq!(outcome["missing"], json!([WALLET]));
        assert_eq!(outcome["extra"], json!([names[3]]));
    }
    let bad = list(&["no id at all"]);
    let text = work.bench.result("json");
    check(&work, &text, &["--wallets", &bad]).refused(2, "bad_wallet_ids", &["some"]);
    work.run("sealed", &["--seal-to", &key("recovery.public")])
        .json();
    let sealed = work.bench.result("sealed");
    check(&work, &sealed, &["--wallets", &work.list]).json();
    let said = check(&work, &sealed, &["--wallets", &list(&names[1..])]);
    said.refused(3, "records_incomplete", &[]);
}

/// Feeds a pipe in pieces, slowly.
fn pipe(work: &Workload, name: &str, text: Vec<u8>) -> String {
    let path = work.bench.pipe(name).expect("pipes can be made");
    let feed = path.clone();
    spawn(move || {
        let mut pipe = std::fs::OpenOptions::new().write(true).open(feed).unwrap();
        let (first, rest) = text.split_at(7);
        for piece in [first, rest] {
            let _ = pipe.write_all(piece);
            sleep(Duration::from_millis(200));
        }
    });
    path
}

#[test]
fn a_slow_pipe_is_known_for_what_it_brings() {
    let work = work();
    work.run("part", &["--seal-to", &key("recovery.public")])
        .json();
    let own = key("recovery.pkcs8");
    let (part, out) = (
        pipe(&work, "sealed.pipe", work.bytes("part")),
        work.bench.text("out/merged"),
    );
    let to = key("other.public");
    let merge = [
        "--json",
        "merge",
        &part,
        "--wallets",
        &work.list,
        "--key",
        &own,
    ];
    let merge = [&merge[..], &["--seal-to", &to, "--out", &out]].concat();
    assert_eq!(lifeboat(&merge).json()["wallets"], 4);
    for format in FORMATS {
        let clear = pipe(&work, &format!("{format}.pipe"), work.bytes(format));
        let out = work.bench.text(&format!("out/sealed.{format}"));
        let seal = ["--json", "seal", &clear, "--seal-to", &to, "--out", &out];
        assert_eq!(lifeboat(&seal).json()["records"], 4);
    }
}

#[test]
fn a_pipe_is_no_file_to_check() {
    let work = work();
    let pipe = work.bench.pipe("pipe").expect("pipes can be made");
    let own = key("recovery.pkcs8");
    let said = lifeboat(&["--json", "check", &pipe, &work.kit, "--key", &own]);
    said.refused(2, "file_needed", &["pipe"]);
}

/// The records of a result, one JSON object a line, as another program would write them.
fn with_change(text: &str, change: impl Fn(&str) -> String) -> String {
    text.lines().map(|line| change(line) + "\n").collect()
}

#[test]
fn a_member_that_no_record_has_is_refused_in_every_layout() {
    let work = work();
    let lines = work.bench.result("ndjson");
    let extra = "\"note\":\"7\",";
    for changed in [
        lines.replace("\"chaincode\"", &format!("{extra}\"chaincode\"")),
        // As the first member: the line begins like no record.
        with_change(&lines, |line| line.replacen('{', &format!("{{{extra}"), 1)),
        with_change(&lines, |line| {
            line.replacen("{\"walletId\"", &format!("{{ {extra}\"walletId\""), 1)
        }),
        with_change(&lines, |line| {
            line.replacen(
                "{\"walletId\":",
                "{ \"wallet_id\":\"00000000-0000-4000-8000-000000000000\",\"walletId\":",
                1,
            )
        }),
    ] {
        assert_ne!(changed, lines);
        says_no(&work, &changed, "record");
        not_sealed(&work, &changed);
    }
    let mut value: Value = serde_json::from_str(&work.bench.result("json")).unwrap();
    for record in value.as_object_mut().unwrap().values_mut() {
        record["note"] = json!({ "of": "nobody" });
    }
    for text in [
        value.to_string(),
        serde_json::to_string_pretty(&value).unwrap(),
    ] {
        says_no(&work, &text, "a member that no record has");
    }
}

#[test]
fn right_shares_in_another_layout_are_told_from_what_derive_writes() {
    const OTHER: &str = "not byte for byte what `derive` writes";
    let work = work();
    for format in FORMATS {
        let said = check(&work, &work.bench.result(format), &[]);
        assert_eq!(said.json()["asDeriveWrites"], true);
        assert!(!said.stderr.contains(OTHER), "{}", said.stderr);
    }
    let value: Value = serde_json::from_str(&work.bench.result("json")).unwrap();
    let lines = work.bench.result("ndjson");
    for text in [
        value.to_string(),
        serde_json::to_string_pretty(&value).unwrap(),
        // Escapes that JSON readers resolve, at the beginning of a line and within.
        with_change(&lines, |line| {
            line.replacen("walletId", "wallet\\u0049d", 1)
        }),
        with_change(&lines, |line| {
            line.replacen("{\"wallet", "{ \"\\u0077allet", 1)
                .replacen("MPC", "\\u004dPC", 1)
        }),
    ] {
        let said = check(&work, &text, &[]);
        assert_eq!(said.json()["asDeriveWrites"], false, "{text}");
        assert!(said.stderr.contains(OTHER), "{}", said.stderr);
        not_sealed(&work, &text);
    }
    // What `--repair` writes is laid out anew.
    let out = work.bench.text("out/repaired");
    check(&work, &value.to_string(), &["--repair", &out]).json();
    let repaired = check(&work, &work.bench.result("repaired"), &[]).json();
    assert_eq!(repaired["asDeriveWrites"], true);
}

/// One JSON object has each wallet once.
#[test]
fn a_list_with_a_wallet_twice_is_not_repaired_into_json() {
    let work = work();
    let wallet = &ids(4)[1];
    let two = format!("{wallet}\n{wallet}\n");
    let list = work.bench.put("two", &two);
    let record = String::from_utf8(work.bytes("ndjson")).unwrap();
    let line = record
        .lines()
        .find(|line| line.contains(wallet.as_str()))
        .unwrap();
    let out = work.bench.text("out/repaired");
    let said = check(&work, &format!("{line}\n{line}\n"), &["--wallets", &list]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    let said = check(
        &work,
        &format!("{line}\n{line}\n"),
        &["--wallets", &list, "--repair", &out],
    );
    assert_eq!(said.exit, 2, "{}", said.stderr);
    assert!(!std::path::Path::new(&out).exists());
}
