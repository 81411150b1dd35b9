//! Forms of an expected address that are opened, and addresses that no key alone spends from.
//!
//! The keys are those of `other_forms.json`; the texts were made in Python with `base58` and Bech32 written for it.

use crate::support::{Folder, Run, json_fixture, text};

const ACCOUNT: &str = "616b8b9209f3c452d4f6dbc904b0ccc3475a2ddb3742fd10ebcf14c915";

fn bench() -> Folder {
    let forms = json_fixture("addresses/other_forms.json");
    let bench = Folder::new();
    let keys = [text(&forms["secp256k1"]), "\n", text(&forms["ed25519"])].concat();
    bench.write("keys", keys);
    bench
}

fn expect(bench: &Folder, chain: &str, address: &str) -> Run {
    let export = ["export", "keys", "--path", "m", "--chain", chain];
    bench.run(&[&export[..], &["--expect", address, "--json"]].concat())
}

/// Script addresses of chains without segwit, and programs of segwit that are not the key's.
#[test]
fn an_address_that_the_key_cannot_spend_from_is_not_its_own() {
    let bench = bench();
    for (chain, address) in [
        ("doge", "A12SGD4xFvoEWKpB4Rtr9wCZZ7abH7x8c8"),
        ("dash", "7azpMZHDzr1ybiyeuutwFBZqn62vyoUUkd"),
        ("zec", "t3T9nXhRCABhwCbVbaj3Z3cg77CPdy5vZXZ"),
        ("bsv", "3AHBXN14BrvLbxSheJERuoaBrYCZBDySJH"),
        (
            "bch",
            "bitcoincash:pp0rw2d42w4nf9dlkmgkc5phuc0c447yec7t439sn9",
        ),
        // The taproot key under version 2, and as the hash of a script.
        (
            "btc",
            "bc1z4zv6yvutnwj20v29py56kmqfas9yvd49cn038fhwwkjw9ydwhwqqd05dsy",
        ),
        (
            "btc",
            "bc1q4zv6yvutnwj20v29py56kmqfas9yvd49cn038fhwwkjw9ydwhwqq09dtxn",
        ),
    ] {
        let run = expect(&bench, chain, address);
        assert_eq!(run.exit, 3, "{chain} {address}\n{}", run.stdout);
        assert!(!run.stdout.contains("mistyped"), "{chain} {address}");
    }
}

#[test]
fn forms_of_pages_and_wallets_are_opened() {
    let bench = bench();
    let base = format!("01{}{}", &ACCOUNT[2..], "07".repeat(28));
    let in_cbor = format!("581d{ACCOUNT}");
    let page = format!("https://cardanoscan.io/address/{ACCOUNT}");
    for (chain, address) in [
        ("btc", "3AHBXN14BrvLbxSheJERuoaBrYCZBDySJH"),
        ("ltc", "MGVKqFR28ymmQTibkBDmjSpbBEo19y5o1i"),
        ("ada", ACCOUNT),
        ("ada", &base),
        ("ada", &in_cbor),
        ("ada", &page),
        ("atom", "D7135C273788CE810513DABDB4256A1034565B5B"),
        ("zec", "tex16uf4cfeh3r8gzpgnm27mgft2zq69vk6mavnkwl"),
        (
            "btc",
            "https://www.blockchain.com/explorer/addresses/btc/bc1q6uf4cfeh3r8gzpgnm27mgft2zq69vk6mfnpat3",
        ),
        (
            "btc",
            "https://chain.so/address/BTC/bc1q6uf4cfeh3r8gzpgnm27mgft2zq69vk6mfnpat3",
        ),
        (
            "btc",
            "https://blockchair.com/bitcoin/address/bc1q6uf4cfeh3r8gzpgnm27mgft2zq69vk6mfnpat3",
        ),
        (
            "xrp",
            "https://bithomp.com/explorer/rLcD7Qa3aKdWtk7FczGvNDojhb4jA5FFRg",
        ),
        (
            "xrp",
            "aBQGDE1szgHY8c8jNv3tg9rWM9RCnZ7FZCPZJYcRXaF1ruy5YT1w",
        ),
        (
            "ton",
            "https://app.tonkeeper.com/transfer/UQCv51dGNQM-ODyxhqCZyhiGG8wbiEH61k6N-fA-49nmG66o",
        ),
        (
            "ton",
            "https://tonviewer.com/UQCv51dGNQM-ODyxhqCZyhiGG8wbiEH61k6N-fA-49nmG66o",
        ),
        (
            "dot",
            "substrate:13QSWKG9LaWQN718HV6Tmkd2RGbhPUHPiiHo6eEfGQyB4wWP:0x91b171bb158e2d3848fa23a9f1c25182",
        ),
        (
            "dot",
            "substrate:13QSWKG9LaWQN718HV6Tmkd2RGbhPUHPiiHo6eEfGQyB4wWP",
        ),
        ("bch", "bitcoincash:1LcDUQ686KdWtkUpczGvEDoj4bNjwippRg"),
        (
            "xlm",
            "web+stellar:pay?amount=1&destination=GBVFR6C2RZYBJLNFJTDYB6EQ3T7T5VTIDO5I6QRRHXZOJSBW4TULK4C2",
        ),
        (
            "sol",
            "did:sol:8A8uHye8ohtRiZrixm56YEDnouYKF9cE8GqhNgcXWaaG",
        ),
        (
            "sol",
            "did:sol:devnet:8A8uHye8ohtRiZrixm56YEDnouYKF9cE8GqhNgcXWaaG",
        ),
        ("eth", "did:ethr:0x4e2b74bC240941e5E3C0bBD69D6F5C014A108e83"),
        (
            "eth",
            "did:ethr:0x1:0x4e2b74bC240941e5E3C0bBD69D6F5C014A108e83",
        ),
        (
            "hbar",
            "0.0.302a300506032b65700321006a58f85a8e7014ada54cc780f890dcff3ed6681bba8f42313df2e4c836e4e8b5",
        ),
        (
            "hbar",
            "0.0.CIQGUWHYLKHHAFFNUVGMPAHYSDOP6PWWNAN3VD2CGE67FZGIG3SORNI",
        ),
    ] {
        let run = expect(&bench, chain, address);
        assert_eq!(run.exit, 0, "{chain} {address}\n{}", run.stdout);
    }
}

/// Only a checksum that was computed says that a letter is wrong.
#[test]
fn what_is_not_known_is_not_called_mistyped() {
    let bench = bench();
    let other = ACCOUNT.replace("6b8b", "6b8c");
    for (chain, address) in [
        ("ada", other.as_str()),
        ("atom", "d7135c273788ce810513dabdb4256a1034565b51"),
        (
            "zec",
            "u1l8xunezsvhq8fgzfl7404m450nwnd76zshscn6nfys7vyz2ywyh4cc5daaq0c7q2su5lqfh23sp7fkf3kt27ve5948mzpfdvckzaect2jtte308mkwlycj2u0eac077wu70vqcetkxf",
        ),
        (
            "eth",
            "https://etherscan.io/token/0xdAC17F958D2ee523a2206206994597C13D831ec7?a=0x4e2b74bC240941e5E3C0bBD69D6F5C014A108e83",
        ),
        // The address that is asked for is the token's, whatever is in the parameter.
        (
            "eth",
            "https://etherscan.io/token/0x4e2b74bC240941e5E3C0bBD69D6F5C014A108e83?a=0xdAC17F958D2ee523a2206206994597C13D831ec7",
        ),
        ("btc", "d41d8cd98f00b204e9800998ecf8427e"),
        ("eth", "order1deadcafe"),
        ("btc", "bc1q6uf4 cfeh3r8 gzpgnm27 mgft2zq6 9vk6mfnpat3"),
        ("btc", "bc1q6uf4cfeh3r8gzpgnm27mgft2zq69vk6mfnpat3."),
    ] {
        let run = expect(&bench, chain, address);
        assert_eq!(run.exit, 3, "{chain} {address}\n{}", run.stdout);
        assert!(
            !run.stdout.contains("mistyped"),
            "{chain} {address}\n{}",
            run.stdout
        );
    }
}

/// Letters that no wallet takes, though they stand for the same bytes.
#[test]
fn letters_of_the_wrong_size_are_named() {
    let bench = bench();
    let algo = "NJMPQWUOOAKK3JKMY6APREG4747NM2A3XKHUEMJ56LSMQNXE5C2RB4O6NU";
    let bch = "bitcoincash:qrt3xhp8x7yvaqg9z0dtmdp9dggrg4jmtvyxc94tha";
    assert_eq!(expect(&bench, "algo", algo).exit, 0);
    assert_eq!(expect(&bench, "bch", &bch.to_uppercase()).exit, 0);
    for (chain, address, words) in [
        ("algo", algo.to_lowercase(), "small letters"),
        ("bch", bch.replace("tha", "THA"), "mixes capitals"),
    ] {
        let run = expect(&bench, chain, &address);
        assert_eq!(run.exit, 3, "{address}\n{}", run.stdout);
        assert!(run.stdout.contains(words), "{address}\n{}", run.stdout);
    }
}

/// Chains that share their addresses each have their rows.
#[test]
fn an_export_of_chains_with_the_same_addresses_can_be_given_back() {
    let bench = bench();
    for chains in ["eth,evm", "evm,eth", "eth-test,evm-test"] {
        let export = ["export", "keys", "--path", "m", "--chain", chains];
        let csv = bench
            .done(&[&export[..], &["--format", "csv"]].concat())
            .stdout;
        bench.write("list.csv", &csv);
        let outcome = bench
            .done(&[&export[..], &["--expect-file", "list.csv", "--json"]].concat())
            .json();
        assert_eq!(outcome["keys"].as_array().unwrap().len(), 2, "{chains}");
    }
}
