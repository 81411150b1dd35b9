//! Wallet lists, batches and their results.

use std::{fs, io::Write};

use super::{Case, case, derive, make_all, skipped};
use crate::support::{
    Folder, KEY_PASSPHRASE, Run,
    forge::{Forge, WALLET, WALLET_2, seal},
    workload::{Workload, key},
};

pub(super) const CASES: &[Case] = &[
    case("bad_wallet_ids", 2, |bench| {
        derive(bench, &[&WALLET.to_uppercase()])
    }),
    case("bad_wallet_ids", 1, |bench| {
        derive(bench, &[WALLET, "nothing", "--keep-going"])
    }),
    case("bad_wallet_id", 2, |bench| {
        let takeover = [
            "takeover",
            "--server-shares",
            "none",
            "--device-share",
            "none",
            "--wallet",
        ];
        bench.run_json(&[&takeover[..], &[&WALLET.to_uppercase()]].concat())
    }),
    case("no_wallet_ids", 2, |bench| list(bench, "\n\n")),
    case("list_utf16", 2, |bench| {
        list(
            bench,
            WALLET
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<_>>(),
        )
    }),
    case("list_no_column", 2, |bench| {
        list(bench, format!("name,id\nAlice,{WALLET}\n"))
    }),
    case("list_json_document", 2, |bench| {
        list(bench, format!("{{\"data\":[{{\"id\":\"{WALLET}\"}}]}}\n"))
    }),
    case("list_not_text", 2, |bench| list(bench, "%PDF-1.7\n")),
    case("list_is_key", 2, |bench| {
        list(bench, fs::read(key("recovery.pkcs8")).unwrap())
    }),
    case("list_long_line", 2, |bench| {
        list(bench, "a".repeat(300 << 10))
    }),
    case("list_changed", 2, list_that_changes),
    case("interrupted", 2, |_| {
        let work = Workload::new(60_000);
        let mut run = work.begin("shares", &["--threads", "1"]);
        assert!(
            run.until(|| work.length("shares.partial") > 0),
            "it ended before it could be interrupted"
        );
        run.interrupt();
        run.said()
    }),
    case("partial_exists", 2, |bench| {
        bench.write("out.partial", "{\n");
        derive(bench, &[WALLET])
    }),
    case("partial_foreign", 2, |bench| {
        fs::create_dir(bench.path("out.partial")).unwrap();
        derive(bench, &[WALLET, "--resume"])
    }),
    case("partial_busy", 2, |bench| {
        let mut partial = fs::File::create(bench.path("out.partial")).unwrap();
        partial.write_all(b"{\n").unwrap();
        partial.lock().unwrap();
        derive(bench, &[WALLET, "--resume"])
    }),
    case("resume_differs", 3, |bench| {
        bench.write("out.partial", "{\n\"");
        bench.write("out.partial", format!("{{\n\"{WALLET_2}\":{{}},\n"));
        derive(bench, &[WALLET, "--resume"])
    }),
    case("not_records", 2, |bench| {
        check(bench, |_| "nothing of the kind\n".to_owned())
    }),
    case("record_line", 2, |bench| {
        check(bench, |text| text.replacen("chaincode", "chainkode", 1))
    }),
    case("records_cut_off", 2, |bench| {
        check(bench, |text| text[..text.len() - 1].to_owned())
    }),
    case("record_twice", 2, |bench| {
        assert_eq!(derive(bench, &[WALLET, WALLET_2]).exit, 0);
        let text = bench.read("out");
        let line = text.lines().nth(1).unwrap().to_owned() + "\n";
        bench.write("twice", text.replacen(&line, &[&*line, &*line].concat(), 1));
        checked(bench, "twice")
    }),
    case("record_uneven", 2, |bench| {
        assert_eq!(derive(bench, &[WALLET, "--format", "ndjson"]).exit, 0);
        let text = bench.read("out");
        let at = text.find(",\"MPC_CMP").unwrap();
        bench.write("uneven", format!("{}}}]}}\n", &text[..at]));
        let to = key("recovery.public");
        bench.run_json(&["seal", "uneven", "--seal-to", &to, "--out", "sealed"])
    }),
    case("file_needed", 2, |bench| {
        bench.write("kit.zip", Forge::wallets().zip());
        checked(bench, "/dev/null")
    }),
    case("no_records", 3, |bench| {
        check(bench, |_| "{\n}\n".to_owned())
    }),
    case("records_incomplete", 3, |bench| {
        assert_eq!(derive(bench, &[WALLET]).exit, 0);
        bench.write("list", format!("{WALLET}\n{WALLET_2}\n"));
        let own = key("recovery.pkcs8");
        let args = ["check", "out", "kit.zip", "--key", &own];
        bench.run_json(&[&args[..], &["--wallets", "list"]].concat())
    }),
    case("records_wrong", 3, |bench| {
        // The same wallets, from another kit.
        let mut other = Forge::wallets();
        *other.entry(&Forge::master_entry()) = seal(&[0x17; 32]);
        assert_eq!(super::derive_from(bench, &other, &[WALLET]).exit, 0);
        bench.write("kit.zip", Forge::wallets().zip());
        checked(bench, "out")
    }),
    case("shares_short", 3, |bench| {
        check(bench, without_a_leading_zero)
    }),
    case("merge_format", 2, |bench| {
        let formats = ["json", "csv"];
        for (index, format) in formats.into_iter().enumerate() {
            part(bench, index, &["--format", format]);
        }
        bench.run_json(&[
            "merge",
            "part.0",
            "part.1",
            "--wallets",
            "list",
            "--out",
            "merged",
        ])
    }),
    case("merge_incomplete", 3, |bench| {
        part(bench, 1, &[]);
        bench.run_json(&["merge", "part.1", "--wallets", "list", "--out", "merged"])
    }),
];

#[test]
fn every_error_of_lists_is_made() {
    make_all(CASES);
}

fn list(bench: &Folder, list: impl AsRef<[u8]>) -> Run {
    bench.write("list", list);
    derive(bench, &["--wallets", "list"])
}

/// One half of a list of two.
fn part(bench: &Folder, index: usize, more: &[&str]) {
    bench.write("list", format!("{WALLET}\n{WALLET_2}\n"));
    let shard = format!("{}/2", index + 1);
    assert_eq!(
        derive(
            bench,
            &[&["--wallets", "list", "--shard", &shard], more].concat()
        )
        .exit,
        0
    );
    fs::rename(bench.path("out"), bench.path(&format!("part.{index}"))).unwrap();
}

/// `check` of a result of many wallets that was changed.
fn check(bench: &Folder, change: fn(&str) -> String) -> Run {
    bench.write("list", crate::support::workload::ids(700).join("\n"));
    assert_eq!(
        derive(bench, &["--wallets", "list", "--format", "ndjson"]).exit,
        0
    );
    let changed = change(&bench.read("out"));
    bench.write("changed", changed);
    checked(bench, "changed")
}

fn checked(bench: &Folder, name: &str) -> Run {
    bench.run_json(&["check", name, "kit.zip", "--key", &key("recovery.pkcs8")])
}

/// The first record whose share begins with a zero, as the published tools write it.
fn without_a_leading_zero(text: &str) -> String {
    let mark = "\"MPC_CMP_ECDSA_SECP256K1\":\"";
    let line = text
        .lines()
        .find(|line| line.contains(&format!("{mark}0")))
        .expect("one of 700 begins with a zero");
    let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
    let id = record.as_object_mut().unwrap().remove("walletId").unwrap();
    let short = record.to_string().replacen(&format!("{mark}0"), mark, 1);
    format!("{{{id}:{short}}}")
}

/// A list that is written anew while the run waits for a passphrase.
fn list_that_changes(bench: &Folder) -> Run {
    bench.write("kit.zip", Forge::wallets().zip());
    bench.write("list", WALLET);
    let change = r#"mkfifo pipe || exit 77
        "$0" --json derive kit.zip --key "$1" --key-passphrase-file pipe --wallets list --out out & run=$!
        exec 3> pipe; printf %s "$2" > list; printf %s "$3" >&3; exec 3>&-; wait $run"#;
    let run = bench.shell(
        change,
        &[&key("recovery.pkcs8.pbkdf2"), WALLET_2, KEY_PASSPHRASE],
    );
    if run.exit == 77 {
        skipped("no pipe can be made")
    } else {
        run
    }
}
