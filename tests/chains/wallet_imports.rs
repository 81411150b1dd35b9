//! The text that wallet software takes for the key of an address, as `tests/interop/open_wallet_imports.py` opens it: each text
//! gave this address in Electrum 4.3.4, and each descriptor this checksum and address in embit 0.8.0.

use crate::support::{Folder, json_fixture, text};

const WIF: &str = "KxMGYFaXxdcGagywFAsXWuz973aPxmD9X1nzu7YkPfMv3G5K9UZu";

/// Kind of address, address, Electrum's name of the kind, descriptor around the key, checksum.
const IMPORTS: [(&str, &str, &str, [&str; 2], &str); 4] = [
    (
        "p2wpkh",
        "bc1q2g2jkrmgxtg2u0stfslqp2gqmfuted3hzcrvc8",
        "p2wpkh",
        ["wpkh(", ")"],
        "wegehpv5",
    ),
    (
        "p2sh-p2wpkh",
        "3BFm9mRPPJtgkE69DabUT9V3jABKqLAqFi",
        "p2wpkh-p2sh",
        ["sh(wpkh(", "))"],
        "zcxwkdt2",
    ),
    (
        "p2pkh",
        "18V1mXKJZ5mtBonhaKtApitrQdUmKYTwHt",
        "p2pkh",
        ["pkh(", ")"],
        "886d2mgv",
    ),
    (
        "p2tr",
        "bc1pwxxtzgje0e0zny4jh9pqykzslvewr23gupf64la6z50m846kplks44h7q8",
        "",
        ["tr(", ")"],
        "5v796n03",
    ),
];

#[test]
fn electrum_and_bitcoin_core_are_given_what_they_take() {
    let bench = Folder::new();
    bench.write(
        "keys",
        text(&json_fixture("signatures/chain_libraries.json")["secret"]),
    );
    for (kind, address, electrum, [before, behind], checksum) in IMPORTS {
        let export = [
            "export",
            "keys",
            "--chain",
            "btc",
            "--address-type",
            kind,
            "--format",
            "json",
            "--reveal",
        ];
        let rows: serde_json::Value = serde_json::from_str(&bench.done(&export).stdout).unwrap();
        let row = &rows[0];
        assert_eq!(row["address"], address, "{kind}");

        let mut expected = serde_json::json!({
            "Bitcoin Core": format!(
                r#"importdescriptors '[{{"desc":"{before}{WIF}{behind}#{checksum}","timestamp":0}}]'"#
            ),
        });
        if !electrum.is_empty() {
            expected["Electrum"] = format!("{electrum}:{WIF}").into();
        }
        assert_eq!(row["walletImports"], expected, "{kind}");
    }
}

#[test]
fn litecoin_keys_are_labelled_with_litecoin_s_wallets() {
    let bench = Folder::new();
    bench.write(
        "keys",
        text(&json_fixture("signatures/chain_libraries.json")["secret"]),
    );
    let export = |chain: &str, format: &str| {
        let args = [
            "export", "keys", "--chain", chain, "--format", format, "--reveal",
        ];
        bench.done(&args).stdout
    };
    for (chain, software) in [
        ("btc", ["Bitcoin Core", "Electrum"]),
        ("btc-test", ["Bitcoin Core", "Electrum"]),
        ("ltc", ["Electrum-LTC", "Litecoin Core"]),
        ("ltc-test", ["Electrum-LTC", "Litecoin Core"]),
    ] {
        let rows: serde_json::Value = serde_json::from_str(&export(chain, "json")).unwrap();
        let imports = rows[0]["walletImports"].as_object().unwrap();
        assert_eq!(imports.keys().collect::<Vec<_>>(), software, "{chain}");

        let table = export(chain, "table");
        assert_eq!(
            table.contains("Bitcoin"),
            chain.starts_with("btc"),
            "{table}"
        );
        for name in software {
            assert!(table.contains(&format!("\n  {name}")), "{table}");
        }
        let csv = export(chain, "csv");
        let header = csv.lines().next().unwrap();
        assert!(header.ends_with(",electrum_import,core_import"), "{header}");
        assert!(
            csv.contains(",\"p2wpkh:") && csv.contains(",\"importdescriptors"),
            "{csv}"
        );
    }
}
