//! Wallet ids that are none, and lists that cannot be read.

use crate::support::{
    Folder, Run, fixture,
    forge::{WALLET, WALLET_2},
    lifeboat,
};

/// A list of ids is refused with code `bad_wallet_ids`, naming its line; nothing is written.
#[track_caller]
fn list_refused(list: impl AsRef<[u8]>, words: &[&str]) -> Run {
    refused_with(list, "bad_wallet_ids", words)
}

#[track_caller]
fn refused_with(list: impl AsRef<[u8]>, code: &str, words: &[&str]) -> Run {
    let bench = Folder::with_out();
    let said = bench.derive_list(list, &[]);
    said.refused(2, code, words);
    bench.is_clean();
    said
}

#[track_caller]
fn accepted(list: impl AsRef<[u8]>, count: usize) {
    let bench = Folder::with_out();
    assert_eq!(bench.derive_list(list, &[]).json()["wallets"], count);
}

#[test]
fn no_ids_at_all() {
    for list in [
        "",
        "\n",
        "\r\n\n  \n",
        "Wallet Id\n",
        "walletId\r\n\r\n",
        "\u{feff}",
    ] {
        refused_with(list, "no_wallet_ids", &["--wallets"]);
    }
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", crate::support::forge::Forge::wallets().zip());
    bench
        .derive(&kit, &[])
        .refused(2, "no_wallet_ids", &["--wallets"]);
    bench.is_clean();
}

#[test]
fn an_empty_id_between_others() {
    list_refused(format!("{WALLET}\n\n{WALLET_2}\n"), &["line 2", "empty"]);
    list_refused(
        format!("walletId,name\n{WALLET},a\n,b\n"),
        &["line 3", "empty"],
    );
    list_refused(
        format!("{{\"walletId\":\"{WALLET}\"}}\n{{\"walletId\":\"\"}}\n"),
        &["line 2", "empty"],
    );
}

#[test]
fn empty_lines_at_the_end_are_passed_over() {
    accepted(format!("{WALLET}\n{WALLET_2}\n\n\r\n  \n"), 2);
}

#[test]
fn an_upper_case_id() {
    let list = format!("{WALLET_2}\n{}\n", WALLET.to_uppercase());
    let said = list_refused(
        list,
        &["line 2", "upper case", &format!("write it as `{WALLET}`")],
    );
    assert!(
        said.stderr.contains(WALLET),
        "the hint shows the spelling to use"
    );
}

#[test]
fn a_braced_id() {
    list_refused(
        format!("{{{WALLET}}}\n"),
        &["line 1", "around it", &format!("write it as `{WALLET}`")],
    );
}

#[test]
fn an_id_without_dashes() {
    list_refused(
        WALLET.replace('-', ""),
        &[
            "line 1",
            "without dashes",
            &format!("write it as `{WALLET}`"),
        ],
    );
}

#[test]
fn an_id_as_a_urn() {
    list_refused(
        format!("urn:uuid:{WALLET}"),
        &["line 1", &format!("write it as `{WALLET}`")],
    );
}

#[test]
fn an_id_that_is_none() {
    for bad in [
        &WALLET[..35],
        "wallet-1",
        &WALLET.replace('0', "g"),
        &WALLET.replace('-', "_"),
    ] {
        list_refused(
            format!("{WALLET_2}\n{bad}\n"),
            &["line 2", "not a wallet id"],
        );
    }
    list_refused(
        [WALLET_2.as_bytes(), b"\n\xff\xfe\xfd\n"].concat(),
        &["line 2", "not UTF-8"],
    );
    list_refused(
        [WALLET_2.as_bytes(), b"\n\x1b[31mred\n"].concat(),
        &["line 2", "not a wallet id"],
    );
}

#[test]
fn trailing_spaces_are_trimmed() {
    accepted(format!("{WALLET}  \r\n\t{WALLET_2} \n"), 2);
}

#[test]
fn a_list_in_utf16() {
    let units: Vec<u16> = format!("{WALLET}\r\n{WALLET_2}\r\n")
        .encode_utf16()
        .collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let lists = [
        little.clone(),
        big.clone(),
        [b"\xff\xfe".to_vec(), little].concat(),
        [b"\xfe\xff".to_vec(), big].concat(),
    ];
    for list in lists {
        refused_with(list, "list_utf16", &["UTF-16", "UTF-8"]);
    }
}

#[test]
fn a_duplicate_is_refused_for_json_with_both_lines() {
    let list = format!("{WALLET}\n{WALLET_2}\n{WALLET}\n");
    list_refused(&list, &["line 3", "line 1", "--format ndjson"]);
    for format in ["ndjson", "csv"] {
        let bench = Folder::with_out();
        assert_eq!(
            bench.derive_list(&list, &["--format", format]).json()["wallets"],
            3
        );
        assert_eq!(bench.result("shares").matches(WALLET).count(), 2);
    }
}

#[test]
fn a_duplicate_with_keep_going_is_derived_once() {
    let bench = Folder::with_out();
    let said = bench.derive_list(
        format!("{WALLET}\n{WALLET_2}\n{WALLET}\n"),
        &["--keep-going"],
    );
    let failed = said.refused(1, "bad_wallet_ids", &["1 of 3"])["failed"].clone();
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &failed[0]["line"],
            failed[0]["message"].as_str().unwrap().contains("line 1")
        ),
        (&3.into(), true)
    );
    assert_eq!(bench.result("shares").matches(WALLET).count(), 1);
}

#[test]
fn keep_going_lists_every_bad_id_with_its_line() {
    let bench = Folder::with_out();
    let list = format!(
        "{WALLET}\nnonsense\n{}\n\n{WALLET_2}\n",
        WALLET.to_uppercase()
    );
    let said = bench.derive_list(list, &["--keep-going", "--format", "ndjson"]);
    let outcome = said.refused(1, "bad_wallet_ids", &["3 of 5"]);
    let lines: Vec<_> = outcome["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bad| bad["line"].as_u64().unwrap())
        .collect();
    assert_eq!((lines, &outcome["wallets"]), (vec![2, 3, 4], &2.into()));
    for line in ["line 2", "line 3", "line 4"] {
        assert!(said.stderr.contains(line), "{}", said.stderr);
    }
    let written = bench.result("shares");
    assert_eq!(written.lines().count(), 2);
    assert!(written.find(WALLET) < written.find(WALLET_2));
}

#[test]
fn keep_going_with_nothing_good_writes_nothing() {
    let bench = Folder::with_out();
    bench
        .derive_list("nonsense\n", &["--keep-going"])
        .refused(2, "bad_wallet_ids", &["line 1"]);
    bench.is_clean();
}

#[test]
fn a_bad_id_among_arguments() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", crate::support::forge::Forge::wallets().zip());
    bench.derive(&kit, &[WALLET, "nonsense"]).refused(
        2,
        "bad_wallet_ids",
        &["argument 2", "text of 8 bytes"],
    );
    let joined = format!("{WALLET}\n{WALLET_2}");
    bench
        .derive(&kit, &[&joined])
        .refused(2, "bad_wallet_ids", &["argument 1"]);
    bench.is_clean();
}

#[test]
fn columns_without_a_name() {
    refused_with(
        format!("name,id\na,{WALLET}\n"),
        "list_no_column",
        &["walletId"],
    );
    refused_with(format!("{WALLET},a\n"), "list_no_column", &["walletId"]);
}

#[test]
fn a_json_document_instead_of_lines() {
    accepted(format!("[\"{WALLET}\"]"), 1);
    accepted(format!("{{\n\"walletId\": \"{WALLET}\"\n}}"), 1);
}

#[test]
fn ndjson_lines_that_are_no_objects_with_an_id() {
    let good = format!("{{\"walletId\":\"{WALLET}\"}}");
    for bad in [
        "{\"walletId\":",
        "{\"wallet\":\"x\"}",
        "{\"walletId\":7}",
        "[]",
        "nonsense",
    ] {
        list_refused(format!("{good}\n{bad}\n"), &["line 2"]);
    }
}

#[test]
fn a_line_without_end() {
    refused_with(
        format!("{WALLET}\n{}", "a".repeat(300_000)),
        "list_long_line",
        &["line 2", "64 KiB"],
    );
}

#[test]
fn a_list_that_is_a_folder_or_missing() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", crate::support::forge::Forge::wallets().zip());
    bench
        .derive(&kit, &["--wallets", &bench.text("none")])
        .refused(2, "file_not_found", &["none"]);
    let said = bench.derive(&kit, &["--wallets", &bench.text("out")]);
    assert_eq!(said.exit, 2, "{}", said.stdout);
    said.is_decent();
    bench.is_clean();
}

#[test]
fn a_key_given_as_a_list_is_not_shown() {
    let bench = Folder::with_out();
    let key = fixture("keys/recovery.pkcs8.pem");
    let key = key.to_str().unwrap();
    let kit = fixture("kits/wallets-only.zip");
    let out = bench.path("shares");
    let (kit, out) = (kit.to_str().unwrap(), out.to_str().unwrap());
    let said = lifeboat(&[
        "--json",
        "derive",
        kit,
        "--key",
        key,
        "--wallets",
        key,
        "--keep-going",
        "--out",
        out,
    ]);
    assert_eq!(said.exit, 2);
    assert!(said.stdout.contains("list_is_key"), "{}", said.stdout);
    let secret = std::fs::read_to_string(key).unwrap();
    let line = secret.lines().nth(3).unwrap();
    assert!(!said.stdout.contains(line) && !said.stderr.contains(line));
}

#[test]
fn a_quote_left_open_swallows_no_rows() {
    let bench = Folder::with_out();
    let list = bench.put(
        "list.csv",
        format!("walletId,note\n{WALLET},\"5 inch\n{WALLET},fine\n{WALLET},\"6, inch\"\n"),
    );
    let key = fixture("keys/recovery.pkcs8.pem");
    let kit = fixture("kits/wallets-only.zip");
    let (kit, key) = (kit.to_str().unwrap(), key.to_str().unwrap());
    let args = [
        "derive",
        kit,
        "--key",
        key,
        "--wallets",
        &list,
        "--keep-going",
        "--format",
        "ndjson",
    ];
    let said = lifeboat(&args);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    assert!(
        said.stderr
            .contains("line 2: a quoted field does not end on its line"),
        "{}",
        said.stderr
    );
    assert_eq!(said.stdout.lines().count(), 2);
}
