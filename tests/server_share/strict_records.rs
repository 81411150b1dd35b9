//! Result files that are whole and well-spelt, and still not what `derive` writes.

use crate::support::{
    Run,
    forge::{COSIGNER, WALLET, WALLET_2},
    lifeboat,
    workload::{SECOND_COSIGNER as SECOND, Workload, key},
};

const ECDSA: &str = "MPC_CMP_ECDSA_SECP256K1";

/// Two wallets of a kit with two cosigners.
fn work() -> Workload {
    Workload::of(format!("{WALLET}\n{WALLET_2}\n")).with_two_cosigners()
}

fn check(work: &Workload, text: &str) -> Run {
    check_with(work, text, &[])
}

fn check_with(work: &Workload, text: &str, more: &[&str]) -> Run {
    let (file, own) = (work.bench.put("edited", text), key("recovery.pkcs8"));
    let args = ["--json", "check", &file, &work.kit, "--key", &own];
    lifeboat(&[&args[..], more].concat())
}

/// `seal --json` of this text into `out/sealed`.
fn seal_text(work: &Workload, text: impl AsRef<[u8]>) -> Run {
    let file = work.bench.put("edited", text);
    let (to, out) = (key("recovery.public"), work.bench.text("out/sealed"));
    lifeboat(&["--json", "seal", &file, "--seal-to", &to, "--out", &out])
}

#[test]
fn a_record_that_lacks_shares_or_has_foreign_ones_is_wrong() {
    let work = work();
    work.run("shares", &["--format", "ndjson"]).json();
    let text = work.bench.result("shares");
    let first = text.lines().next().unwrap();
    let share = |cosigner: &str| {
        let start = first
            .find(&format!("{{\"cosigner\":\"{cosigner}\""))
            .unwrap();
        first[start..start + first[start..].find('}').unwrap() + 1].to_owned()
    };
    let (one, two) = (share(COSIGNER), share(SECOND));
    let bare = format!("{{\"cosigner\":\"{SECOND}\"}}");
    for (from, to, what) in [
        (
            format!(",{two}"),
            String::new(),
            "another number of cosigners",
        ),
        (
            format!("{one},{two}"),
            format!("{two},{one}"),
            "another cosigner",
        ),
        (two.clone(), one.clone(), "another cosigner"),
        (two.clone(), bare, "no share"),
        (
            two.clone(),
            two.replace(ECDSA, "MPC_ECDSA_SECP256K1"),
            "an algorithm that is not derived",
        ),
        (
            two.clone(),
            two.replace(ECDSA, "MPC_CMP_EDDSA_ED25519"),
            "another share",
        ),
    ] {
        let edited = text.replacen(&from, &to, 1);
        assert_ne!(edited, text, "{what}");
        let outcome = check(&work, &edited).refused(3, "records_wrong", &["1 of 2 records"]);
        assert_eq!(outcome["wrong"][0]["walletId"], WALLET);
        assert!(
            outcome["wrong"][0]["message"]
                .as_str()
                .unwrap()
                .contains(what),
            "{what}: {outcome}"
        );
    }
    // In one object, as others lay it out.
    work.run("whole", &[]).json();
    let edited = work
        .bench
        .result("whole")
        .replacen(&format!(",{two}"), "", 1)
        .replacen("{\n", "{", 1);
    check(&work, &edited).refused(3, "records_wrong", &["1 of 2 records"]);
}

#[test]
fn rows_and_lines_that_derive_does_not_write_are_refused() {
    let work = work();
    work.run("csv", &["--format", "csv"]).json();
    work.run("json", &[]).json();
    let (csv, json) = (work.bench.result("csv"), work.bench.result("json"));
    let chain = csv.lines().nth(2).unwrap()[37..101].to_owned();
    let second_row = csv.lines().nth(2).unwrap();
    for (code, text) in [
        (
            "record_line",
            csv.replacen(
                second_row,
                &second_row.replacen(&chain, &"0".repeat(64), 1),
                1,
            ),
        ),
        (
            "record_line",
            csv.replacen(second_row, &format!("{second_row},"), 1),
        ),
        (
            "record_line",
            csv.replacen(second_row, &second_row.replacen(SECOND, "second", 1), 1),
        ),
        (
            "record_line",
            csv.replacen(second_row, &second_row[..second_row.len() - 2], 1),
        ),
        ("records_cut_off", csv.trim_end().to_owned()),
        ("record_line", csv.clone() + "\n"),
    ] {
        check(&work, &text).refused(2, code, &["edited"]);
    }
    // `seal` reads strictly whatever the layout; `check` reads one object leniently too.
    let behind = json.clone() + json.lines().nth(2).unwrap() + "\n";
    for text in [
        json.clone() + "x\n",
        json.clone() + &json,
        json.replacen("}\n", "}\n}\n", 1),
        behind,
    ] {
        let said = seal_text(&work, text);
        assert_eq!(said.exit, 2, "{}", said.stdout);
        said.is_decent();
        assert!(!work.has("sealed"));
    }
}

#[test]
fn a_result_that_ends_between_two_records_is_cut_off() {
    let work = Workload::new(10);
    work.run("json", &[]).json();
    let json = work.bench.result("json");
    let ends: Vec<usize> = json.match_indices('\n').map(|(at, _)| at + 1).collect();
    for end in [ends[0], ends[4], ends[10]] {
        let said = seal_text(&work, &json[..end]);
        said.refused(2, "records_cut_off", &["cut off"]);
        assert!(!work.has("sealed"));
        assert_eq!(check(&work, &json[..end]).exit, 2);
    }
}

#[test]
fn a_file_that_says_it_is_something_else_is_not_sealed() {
    let work = Workload::new(1);
    work.run("sealed", &["--seal-to", &key("recovery.public")])
        .json();
    let other = work.bench.result("sealed").replacen(
        "\"lifeboat\":\"sealed\"",
        "\"lifeboat\":\"other\"",
        1,
    );
    let (file, out) = (
        work.bench.put("other", other),
        work.bench.text("out/opened"),
    );
    let said = lifeboat(&[
        "--json",
        "unseal",
        &file,
        "--key",
        &key("recovery.pkcs8"),
        "--out",
        &out,
    ]);
    said.refused(2, "not_sealed", &["other"]);
}

#[test]
fn a_line_without_end_in_a_sealed_file_is_refused() {
    let work = Workload::new(3);
    work.run("sealed", &["--seal-to", &key("recovery.public")])
        .json();
    let text = work.bench.result("sealed");
    let head: String = text.split_inclusive('\n').take(2).collect();
    let long = work
        .bench
        .put("long", format!("{head}{}", "a".repeat(3 << 20)));
    let said = lifeboat(&[
        "--json",
        "unseal",
        &long,
        "--key",
        &key("recovery.pkcs8"),
        "--out",
        &work.bench.text("out/x"),
    ]);
    said.refused(3, "sealed_line", &["line 3"]);
    assert!(!work.has("x"));
}

#[test]
fn a_sealed_file_that_is_laid_out_anew_is_refused() {
    let work = Workload::new(3);
    work.run("sealed", &["--seal-to", &key("recovery.public")])
        .json();
    let text = work.bench.result("sealed");
    for (from, to, line) in [
        ("\"version\":2", "\"version\": 2", "line 1"),
        ("{\"recipients\":[", "{\"recipients\": [", "line 2"),
        ("{\"n\":0,", "{\"n\":00,", "line 3"),
        ("{\"n\":1,", "{\"n\":+1,", "line 4"),
        ("\"wrapped\"", "\"\\u0077rapped\"", "line 2"),
    ] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text);
        let said = lifeboat(&[
            "unseal",
            &work.bench.put("edited", edited),
            "--key",
            &key("recovery.pkcs8"),
        ]);
        assert!(
            said.exit == 3 && said.stderr.contains(line),
            "{to}: {}",
            said.stderr
        );
    }
}

#[test]
fn a_wallet_twice_in_rows_is_two_records() {
    let work = work();
    std::fs::write(
        &work.list,
        format!("{WALLET}\n{WALLET}\n{WALLET_2}\n{WALLET}\n"),
    )
    .unwrap();
    work.run("csv", &["--format", "csv", "--algorithm", "both"])
        .json();
    work.run("ndjson", &["--format", "ndjson", "--algorithm", "both"])
        .json();
    let csv = work.bench.result("csv");
    let said = check(&work, &csv);
    let outcome = said.refused(3, "records_wrong", &["2 of 4 records"]);
    for wrong in outcome["wrong"].as_array().unwrap() {
        assert_eq!(wrong["walletId"], WALLET);
        assert!(
            wrong["message"]
                .as_str()
                .unwrap()
                .contains("more than once")
        );
    }
    // A list that names it as often expects it so.
    let listed = check_with(&work, &csv, &["--wallets", &work.list]);
    assert_eq!(listed.json()["records"], 4);
    let (csv, out) = (work.bench.text("out/csv"), work.bench.text("out/sealed"));
    lifeboat(&[
        "seal",
        &csv,
        "--seal-to",
        &key("recovery.public"),
        "--out",
        &out,
    ])
    .done();
    assert!(work.unsealed("sealed") == work.bench.result("ndjson"));
}

#[test]
fn an_empty_part_belongs_to_no_other_format_than_ndjson() {
    let work = work();
    let empty = work.bench.put("empty", "");
    for (format, refused) in [("json", true), ("csv", true), ("ndjson", false)] {
        work.run(format, &["--format", format]).json();
        let (whole, out) = (
            work.bench.text(&format!("out/{format}")),
            work.bench.text(&format!("out/merged.{format}")),
        );
        let merge = |parts: [&str; 2]| {
            lifeboat(&[
                "--json",
                "merge",
                "--wallets",
                &work.list,
                "--out",
                &out,
                parts[0],
                parts[1],
            ])
        };
        for parts in [[whole.as_str(), &empty], [&empty, &whole]] {
            let said = merge(parts);
            if refused {
                said.refused(2, "merge_format", &["part 2"]);
                continue;
            }
            said.json();
            assert!(work.bytes("merged.ndjson") == work.bytes("ndjson"));
            std::fs::remove_file(&out).unwrap();
        }
    }
}
