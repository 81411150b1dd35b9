//! An expected address counts by what it stands for: the forms are those of libraries that are not ours.

use serde_json::Value;

use crate::support::{Folder, Run, json_fixture, text};

fn bench() -> (Folder, Value) {
    let forms = json_fixture("addresses/other_forms.json");
    let bench = Folder::new();
    let keys = [text(&forms["secp256k1"]), "\n", text(&forms["ed25519"])].concat();
    bench.write("keys", keys);
    (bench, forms)
}

fn expect(bench: &Folder, chain: &str, address: &str) -> Run {
    let export = ["export", "keys", "--path", "m", "--chain", chain];
    bench.run(&[&export[..], &["--expect", address, "--json"]].concat())
}

#[test]
fn one_key_is_known_in_every_form() {
    let (bench, forms) = bench();
    for form in forms["same"].as_array().unwrap() {
        let (chain, address) = (text(&form["chain"]), text(&form["text"]));
        let run = expect(&bench, chain, address);
        assert_eq!(run.exit, 0, "{chain} {address}\n{}", run.stdout);
        let outcome = run.outcome();
        let is_shown = outcome["keys"][0]["address"] == address;
        let notes = outcome["otherForms"].as_array().unwrap();
        assert!(!is_shown || notes.is_empty(), "{chain} {address}");
    }
}

#[test]
fn a_slip_of_the_pen_is_named() {
    let (bench, forms) = bench();
    for form in forms["damaged"].as_array().unwrap() {
        let (chain, address) = (text(&form["chain"]), text(&form["text"]));
        let run = expect(&bench, chain, address);
        assert_eq!(run.exit, 3, "{chain} {address}");
        assert!(
            run.stdout.contains("mistyped"),
            "{chain} {address}\n{}",
            run.stdout
        );
    }
}

#[test]
fn an_address_of_another_chain_is_named() {
    let (bench, forms) = bench();
    for form in forms["otherChain"].as_array().unwrap() {
        let (chain, address) = (text(&form["chain"]), text(&form["text"]));
        let run = expect(&bench, chain, address);
        assert_eq!(run.exit, 3, "{chain} {address}");
        let named = format!("`{}`", text(&form["named"]));
        let message = run.outcome()["error"]["message"].to_string();
        assert!(message.contains(&named), "{chain} {address}: {message}");
    }
}

#[test]
fn another_key_is_another_key() {
    let (bench, forms) = bench();
    for form in forms["otherKey"].as_array().unwrap() {
        let run = expect(&bench, text(&form["chain"]), text(&form["text"]));
        assert_eq!(run.exit, 3);
        assert!(
            run.stdout.contains("not the one expected"),
            "{}",
            run.stdout
        );
    }
}

/// Line ends of both kinds, rows of separators, other chains, quotes, a byte order mark, semicolons and tabs.
#[test]
fn a_list_is_read_as_spreadsheets_save_it() {
    let (bench, forms) = bench();
    let eth = text(
        &forms["same"]
            .as_array()
            .unwrap()
            .iter()
            .find(|form| form["chain"] == "eth")
            .unwrap()["text"],
    );
    let export = [
        "export",
        "keys",
        "--path",
        "m",
        "--chain",
        "eth",
        "--expect-file",
        "list",
    ];
    for end in ["\n", "\r\n", "\r"] {
        for separator in [",", ";", "\t"] {
            let rows = [
                "\u{feff}Asset,HD Path,Address,Tag".to_owned(),
                "DOGE_NEW,m / 44 / 3 / 0,D1,".to_owned(),
                ",,,".to_owned(),
                format!("\"ETH\",m,{eth},"),
                "BTC,m / 44 / 0 / 0 / 0 / 0,bc1,".to_owned(),
            ];
            let list = rows.join(end).replace(',', separator);
            bench.write("list", &list);
            let outcome = bench.done(&[&export[..], &["--json"]].concat()).json();
            assert_eq!(outcome["otherRows"], 2, "{list:?}");

            bench.write(
                "list",
                list.replace(eth, "0x1111111111111111111111111111111111111111"),
            );
            let run = bench.refused(3, "address_differs", &export);
            assert!(run.stdout.contains("line 4:"), "{list:?}\n{}", run.stdout);
        }
    }
}

/// Explorers show keys, too. Hex is never taken for an address in base58 that was mistyped.
#[test]
fn the_public_key_itself_is_known() {
    let (bench, _) = bench();
    for chain in [
        "btc", "eth", "trx", "xrp", "atom", "xtz", "ada", "ton", "sol",
    ] {
        let shown = bench.done(&["export", "keys", "--path", "m", "--chain", chain, "--json"]);
        let key = text(&shown.outcome()["keys"][0]["publicKey"]).to_owned();
        for key in [key.clone(), format!("0x{key}"), key.to_uppercase()] {
            let run = expect(&bench, chain, &key);
            assert_eq!(run.exit, 0, "{chain} {key}\n{}", run.stdout);
        }
        let other = format!(
            "{}{}",
            &key[..key.len() - 2],
            if key.ends_with("00") { "01" } else { "00" }
        );
        let run = expect(&bench, chain, &other);
        assert_eq!(run.exit, 3, "{chain}");
        assert!(!run.stdout.contains("mistyped"), "{chain}\n{}", run.stdout);
    }
}

#[test]
fn a_form_that_is_not_known_says_nothing_of_the_key() {
    let (bench, _) = bench();
    for unknown in ["XE", "https://etherscan.io/", "matic:0x12", "[1,2,3]"] {
        let run = expect(&bench, "eth", unknown);
        assert_eq!(run.exit, 3, "{unknown}");
        assert!(
            run.stdout.contains("says nothing about the key"),
            "{unknown}\n{}",
            run.stdout
        );
    }
}

/// An account may be shown for another network than the one that is meant: the same key, and said to be.
#[test]
fn a_network_prefix_is_said_to_be_one() {
    let (bench, forms) = bench();
    let same = forms["same"].as_array().unwrap();
    let of = |start: &str| {
        let form = same
            .iter()
            .find(|form| text(&form["text"]).starts_with(start));
        text(&form.unwrap()["text"]).to_owned()
    };
    for (expected, words) in [
        (of("matic:"), "the address with a network prefix"),
        (of("XE"), "the address as an IBAN (ICAP)"),
    ] {
        let run = expect(&bench, "eth", &expected);
        let notes = run.outcome()["otherForms"].to_string();
        assert!(notes.contains(words), "{expected}: {notes}");
    }
}
