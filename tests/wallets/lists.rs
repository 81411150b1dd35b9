//! Wallet lists as consoles, spreadsheets, databases, word processors and the provider's API give them: read, or named for
//! what they are. What a list costs is bounded.

use lifeboat::formats::wallets::wallet_list::WalletList;
use serde_json::json;

use crate::support::{
    Folder, Run, fixture,
    forge::{Forge, WALLET, WALLET_2},
    lifeboat, shell,
};

/// The list gives these two wallets, in this order.
#[track_caller]
fn gives_both(list: impl AsRef<[u8]>) {
    let bench = Folder::with_out();
    let shown = String::from_utf8_lossy(list.as_ref()).into_owned();
    let outcome = bench.derive_list(list, &["--format", "ndjson"]).json();
    assert_eq!(outcome["wallets"], 2, "{shown}");
    let ids: Vec<String> = bench
        .result("shares")
        .lines()
        .map(|line| line[13..49].to_owned())
        .collect();
    assert_eq!(ids, [WALLET, WALLET_2], "{shown}");
}

#[track_caller]
fn refused(list: impl AsRef<[u8]>, code: &str, words: &[&str]) -> Run {
    let bench = Folder::with_out();
    let said = bench.derive_list(list, &[]);
    said.refused(2, code, words);
    bench.is_clean();
    said
}

#[test]
fn every_separator_is_read() {
    for separator in [",", ";", "\t", "|"] {
        let row = |fields: [&str; 3]| format!("{}\r\n", fields.join(separator));
        gives_both(
            [
                row(["name", "walletId", "n"]),
                row(["", WALLET, "1"]),
                row(["b", WALLET_2, "2"]),
            ]
            .concat(),
        );
        gives_both(format!("{WALLET}{separator}\n{WALLET_2}{separator}\n"));
    }
    gives_both(format!("sep=;\nwalletId;n\n{WALLET};1\n{WALLET_2};2\n"));
    gives_both(format!(
        " wallet_id | n\n-----------+---\n {WALLET} | 1\n {WALLET_2} | 2\n"
    ));
    gives_both(format!(
        "| Wallet ID | n |\n|---|---|\n| {WALLET} | 1 |\n| {WALLET_2} | 2 |\n"
    ));
    refused(format!("{WALLET};a\n"), "list_no_column", &["walletId"]);
    refused("walletId;wallet_id\n", "list_no_column", &["two columns"]);
}

#[test]
fn every_line_end_is_read_and_lines_are_counted_as_editors_do() {
    for end in ["\n", "\r\n", "\r", "\r\r\n"] {
        gives_both(format!("{WALLET}{end}{WALLET_2}{end}"));
        gives_both(format!("walletId,n{end}{WALLET},1{end}{WALLET_2},2"));
        let list = format!("{end}{WALLET}{end}{WALLET_2}{end}nonsense{end}");
        refused(list, "bad_wallet_ids", &["line 4"]);
    }
    // The line ends that are where one block of the list ends and the next begins.
    for padding in 0..4 {
        let many = format!("{}\r", WALLET).repeat(2_000);
        let list = format!("{}\r{many}nonsense\r", " ".repeat(padding) + WALLET);
        let bench = Folder::with_out();
        bench.derive_list(list, &["--format", "ndjson"]).refused(
            2,
            "bad_wallet_ids",
            &["line 2002"],
        );
    }
}

#[test]
fn every_spelling_of_the_column_is_read() {
    for name in [
        "Wallet Id",
        "walletId",
        "wallet_id",
        "WALLET_ID",
        "wallet id",
        "Wallet ID",
        "wallet-id",
    ] {
        gives_both(format!("\u{feff}\"{name}\"\n{WALLET}\n{WALLET_2}\n"));
        let object = |id: &str| json!({"n": 1, name: id}).to_string();
        gives_both(format!("{}\n{}\n", object(WALLET), object(WALLET_2)));
        gives_both(format!("[{},{}]", object(WALLET), object(WALLET_2)));
    }
    let twice = format!("{{\"walletId\":\"{WALLET}\",\"wallet_id\":\"{WALLET_2}\"}}\n");
    refused(twice, "bad_wallet_ids", &["line 1", "two members"]);
}

#[test]
fn json_of_the_provider_s_api_is_read() {
    let page = |ids: &[&str], next: Option<&str>| {
        let data: Vec<_> = ids
            .iter()
            .map(|id| json!({"walletId": id, "enabled": true, "tags": ["a", {"b": null}]}))
            .collect();
        json!({"data": data, "next": next})
    };
    let both = page(&[WALLET, WALLET_2], None);
    gives_both(both.to_string());
    gives_both(
        serde_json::to_string_pretty(&both)
            .unwrap()
            .replace('\n', "\r\n"),
    );
    let (first, last) = (page(&[WALLET], Some("x")), page(&[WALLET_2], None));
    gives_both(format!("{first}\n{last}\n"));
    gives_both(format!("{first:#}{last:#}"));
    gives_both(json!([first, last]).to_string());
    gives_both(json!([WALLET, WALLET_2]).to_string());
    gives_both(json!({"walletIds": [WALLET, WALLET_2]}).to_string());
    gives_both(format!(
        "{:#}\n{:#}",
        json!({"walletId": WALLET}),
        json!({"walletId": WALLET_2})
    ));
}

#[test]
fn a_page_that_says_that_others_follow_earns_a_warning() {
    for (more, follows) in [
        (json!({ "next": "x" }), true),
        (json!({ "after": "x" }), true),
        (json!({ "paging": { "after": "x" } }), true),
        (json!({ "LastEvaluatedKey": { "id": { "S": "x" } } }), true),
        (json!({ "page": 1, "total_pages": 2 }), true),
        (json!({ "hasMore": true }), true),
        (
            json!({ "next": null, "hasMore": false, "page": 2, "total_pages": 2 }),
            false,
        ),
        (json!({ "LastEvaluatedKey": {}, "cursor": "" }), false),
    ] {
        let mut page = json!({ "data": [{ "walletId": WALLET, "next": "step" }] });
        let members = page.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());

        let bench = Folder::with_out();
        let said = bench.derive_list(page.to_string(), &[]);
        said.json();
        assert_eq!(
            said.stderr.contains("more pages follow"),
            follows,
            "{page}\n{}",
            said.stderr
        );
    }
}

#[test]
fn json_from_which_the_ids_cannot_be_told_is_refused() {
    let code = "list_json_document";
    let whole = json!({"data": [{"walletId": WALLET}, {"walletId": WALLET_2}]}).to_string();
    for cut in [whole.len() - 1, whole.len() - 2, 60, 9] {
        refused(&whole[..cut], code, &["cut off"]);
    }
    refused(whole.replace("},{", "}{"), code, &["line 1"]);
    refused(
        json!({"data": [{"id": WALLET}]}).to_string(),
        code,
        &[".data[].id"],
    );
    let two = json!({"a": [{"walletId": WALLET}], "b": [{"walletId": WALLET_2}]});
    refused(
        two.to_string(),
        code,
        &["two places", "jq -r '.a[].walletId'"],
    );
    refused(
        json!([{"x": 1}, {"walletId": WALLET}]).to_string(),
        code,
        &[],
    );
    let lacks = json!([{"walletId": WALLET}, {"x": 1}, {"walletId": 7}]).to_string();
    refused(&lacks, "bad_wallet_ids", &["entry 2", "1 more"]);
    refused("{\"data\":[],\"next\":null}", "no_wallet_ids", &[]);
}

#[test]
fn a_note_with_line_breaks_costs_no_row() {
    let note = |text: &str| format!("walletId,note\n{WALLET},\"{text}\"\n{WALLET_2},x\n");
    gives_both(note("two\nlines, with a \"\"quote\"\"\n"));
    gives_both(note(&"many lines\n".repeat(3_000)));
    let list = format!("{}nonsense,\n", note("two\nlines"));
    refused(list, "bad_wallet_ids", &["line 5"]);
}

#[test]
fn odd_dashes_and_spaces_are_told_with_the_right_spelling() {
    let odd = [
        WALLET.replace('-', "\u{2013}"),
        WALLET.replace('-', "\u{2011}"),
        WALLET.replace('-', "\u{2212}"),
        WALLET.replace('-', "\u{ad}"),
        format!("{WALLET}\u{a0}"),
        WALLET.replacen('-', "\u{200b}-", 1),
        format!("\u{202e}{WALLET}"),
    ];
    let windows: Vec<u8> = WALLET
        .bytes()
        .map(|byte| if byte == b'-' { 0x96 } else { byte })
        .collect();
    let all = odd.iter().map(String::as_bytes).chain([windows.as_slice()]);
    for id in all {
        let list = [WALLET_2.as_bytes(), b"\n", id, b"\n"].concat();
        let hint = format!("write it as `{WALLET}`");
        refused(list, "bad_wallet_ids", &["line 2", &hint]);
    }
}

#[test]
fn files_that_are_no_text_are_named() {
    let excel = [
        b"PK\x03\x04\x14\0\x06\0".as_slice(),
        &[0; 18],
        b"[Content_Types].xml",
    ]
    .concat();
    let cases: [(Vec<u8>, [&str; 2]); 8] = [
        (excel, ["Excel workbook", "CSV"]),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(),
            ["old Office", "CSV"],
        ),
        (Forge::wallets().zip(), ["recovery kit", "--wallets"]),
        (b"%PDF-1.7\n".to_vec(), ["PDF", "CSV"]),
        (b"\x1f\x8b\x08\0".to_vec(), ["gzip", "gunzip"]),
        (b"SQLite format 3\0".to_vec(), ["SQLite", "sqlite3"]),
        (b"<!DOCTYPE html>\n".to_vec(), ["web page", "CSV"]),
        (b"\x89PNG\r\n\x1a\n".to_vec(), ["picture", "CSV"]),
    ];
    for (list, words) in cases {
        refused(list, "list_not_text", &words);
    }
    let wide: Vec<u8> = WALLET
        .chars()
        .flat_map(|letter| u32::from(letter).to_le_bytes())
        .collect();
    refused(wide, "list_utf16", &["UTF-32", "iconv -f UTF-32"]);
}

#[test]
fn a_wrong_format_is_one_error_even_with_keep_going() {
    let bench = Folder::with_out();
    let said = bench.derive_list("walletId,n\na@example.com,1\n12,2\n", &["--keep-going"]);
    said.refused(
        2,
        "bad_wallet_ids",
        &["no wallet id in the list", "right column", "UUID"],
    );
    assert!(!said.stdout.contains("--keep-going"), "{}", said.stdout);
    bench.is_clean();
    refused(
        format!("id\n{WALLET}\n"),
        "bad_wallet_ids",
        &["line 1", "header"],
    );
}

#[test]
fn check_and_merge_read_the_same_lists() {
    let bench = Folder::with_out();
    let page = json!({"data": [{"walletId": WALLET}, {"walletId": WALLET_2}]}).to_string();
    bench.derive_list(&page, &["--format", "ndjson"]).json();
    let (shares, list) = (bench.text("out/shares"), bench.text("list"));
    let key = fixture("keys/recovery.pkcs8.pem");
    let (key, kit) = (key.to_str().unwrap(), bench.text("sound.zip"));
    lifeboat(&["check", &shares, &kit, "--key", key, "--wallets", &list]).done();
    let out = bench.text("out/merged");
    lifeboat(&["merge", &shares, "--wallets", &list, "--out", &out]).done();
    assert_eq!(bench.result("merged"), bench.result("shares"));
    bench.put("list", format!("{WALLET}\r\nnonsense\r\n"));
    lifeboat(&[
        "--json",
        "check",
        &shares,
        &kit,
        "--key",
        key,
        "--wallets",
        &list,
    ])
    .refused(2, "bad_wallet_ids", &["line 2"]);
}

/// `derive` of a list within 128 MiB of address space.
fn derive_in_little_memory(list: &[u8]) -> Run {
    let bench = Folder::with_out();
    let (kit, list) = (
        bench.put("kit.zip", Forge::wallets().zip()),
        bench.put("list", list),
    );
    let key = fixture("keys/recovery.pkcs8.pem");
    let script = r#"ulimit -v 131072; exec "$0" --json derive "$1" --key "$2" --wallets "$3" --threads 2 --out "$4""#;
    let out = bench.text("out/shares");
    shell(script, &[&kit, key.to_str().unwrap(), &list, &out])
}

#[test]
fn blank_and_bad_lines_take_no_memory() {
    let blank = vec![b'\n'; 10 << 20];
    derive_in_little_memory(&blank).refused(2, "no_wallet_ids", &[]);
    let before = [blank.as_slice(), WALLET.as_bytes(), b"\nnonsense\n"].concat();
    derive_in_little_memory(&before).refused(2, "bad_wallet_ids", &["line 10485762"]);
    let bad = b"x\n".repeat(2_000_000);
    let said = derive_in_little_memory(&bad);
    let outcome = said.refused(2, "bad_wallet_ids", &["1,999,999 more"]);
    assert_eq!(outcome["ok"], false);
    assert!(said.stderr.contains("and 1,999,980 more"));
}

/// What never ends and is no text is refused at its beginning, not kept until the disk is full.
#[test]
fn a_device_without_end_is_no_list() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let key = fixture("keys/recovery.pkcs8.pem");
    let key = key.to_str().unwrap();
    let run = [
        "--json",
        "derive",
        &kit,
        "--key",
        key,
        "--wallets",
        "/dev/zero",
        "--out",
        &bench.text("out/x"),
    ];
    lifeboat(&run).refused(2, "list_not_text", &["expected text"]);
    bench.is_clean();
}

#[test]
fn a_blank_row_in_quotes_costs_no_more_than_its_bytes() {
    // What is allocated stands for what is done: tables for each row were a thousand times the row.
    let row = "\"\",\"\"\n";
    let read = |rows: usize| {
        let text = format!("walletId,note\n{}", row.repeat(rows));
        let mut lines = 0;
        let counted = allocation_counter::measure(|| {
            let mut list = WalletList::new(text.as_bytes());
            while let Some(block) = list.next_block().unwrap() {
                lines += block.each(|listed| assert!(listed.blank));
            }
        });
        assert_eq!(lines, rows as u64);
        counted
    };
    let (few, many) = (read(20_000), read(200_000));
    let per_row = (many.bytes_total - few.bytes_total) / 180_000;
    assert!(per_row <= 4 * row.len() as u64, "{per_row} bytes per row");
    assert!(
        many.count_total < 200_000 / 100,
        "{} allocations",
        many.count_total
    );
}

/// A quote that is left open would swallow rows whose ids are misspelt, as if they were not in the list.
#[test]
fn an_open_quote_swallows_no_row() {
    let capitals = WALLET_2.to_uppercase();
    for other in [
        capitals.clone(),
        WALLET_2.replace('-', ""),
        format!("\u{a0}{capitals}"),
    ] {
        let third = "00000000-0000-4000-8000-000000000002";
        let list = format!("walletId,note\n{WALLET},\"bob\n{other},x\n{other},\"\n{third},z\n");
        let bench = Folder::with_out();
        let said = bench.derive_list(&list, &["--format", "ndjson"]);
        said.refused(2, "bad_wallet_ids", &["line 2"]);
        bench.is_clean();
        let said = bench.derive_list(&list, &["--format", "ndjson", "--keep-going"]);
        assert_eq!(
            (said.exit, &said.outcome()["failedCount"]),
            (1, &json!(3)),
            "{other}"
        );
    }
}
