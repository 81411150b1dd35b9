//! What looks like something to sign and is not: text that wallets do not sign, whole transactions, JSON.

use crate::support::{Folder, json_fixture, text};

const KEY: &str = "4646464646464646464646464646464646464646464646464646464646464646";

/// The key and transactions of EIP-155's example.
const UNSIGNED: &str =
    "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080";
const SIGNED: &str = "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef6134\
     0bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";
/// Made by eth-account with the same key.
const SIGNED_1: &str = "01f8610180028252089435353535353535353535353535353535353535350180c080a0489ee21cf6ce2b346affd892296676f4\
     54f19c4e942e2e65c3c631d5fa2a7fd5a06c96f4bfa69b8126d3cc6e0c25d415429876a88868a673f36309feeb2f800507";
const SIGNED_2: &str = "02f862018001028252089435353535353535353535353535353535353535350180c080a08a111fe625dc931efdae6e564d4305\
     4668e57af7eace057af870dcea6c085e04a013dc2f21e7b337ff30763b585cd4c9f6ab21b6238180507948b33a72e44d0d52";
/// BIP 143, native P2WPKH: the unsigned transaction, and the preimage of its second input's sighash.
const BITCOIN: &str = "0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000000eeffffffef51e1b804\
     cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85\
     c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac11000000";
const PREIMAGE: &str = "0100000096b827c8483d4e9b96712b6713a7b68d6e8003a781feba36c31143470b4efd3752b0a642eea2fb7ae638c36f6252\
     b6750293dbe574a806984b8e4d8548339a3bef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a\
     010000001976a9141d0f172a0ecb48aee1be1f2687d2963ae33f71a188ac0046c32300000000ffffffff863ef3e1a92afbfd\
     b97f31ad0fc7683ee943e9abcf2501590ff8f6551f47e5e51100000001000000";

fn bench() -> Folder {
    let bench = Folder::new();
    let mut little = [0; 32];
    little[0] = 7;
    bench.write(
        "keys",
        format!("{KEY}\n{}\n", bs58::encode(little).into_string()),
    );
    bench
}

fn bytes(digits: &str) -> Vec<u8> {
    hex::decode(digits.replace([' ', '\n'], "")).unwrap()
}

fn sign<'a>(chain: &'a str, flags: &[&'a str]) -> Vec<&'a str> {
    [&["sign", "keys", "message", "--chain", chain], flags].concat()
}

#[test]
fn text_that_wallets_do_not_sign_is_refused() {
    let bench = bench();
    for message in [
        b"\xef\xbb\xbfhello".as_slice(),
        b"\xff\xfeh\0i\0",
        b"h\0i\0",
        b"caf\xe9",
    ] {
        bench.write("message", message);
        for chain in ["eth", "btc", "sol"] {
            bench.refused(2, "bad_message", &sign(chain, &["--text-message"]));
        }
    }

    bench.write("message", "hello\r\n");
    let told = bench.done(&sign("eth", &["--text-message"]));
    assert!(told.stderr.contains("line end"), "{}", told.stderr);
    bench.write("message", "hello");
    let told = bench.done(&sign("eth", &["--text-message"]));
    assert!(!told.stderr.contains("line end"), "{}", told.stderr);
}

#[test]
fn taproot_has_no_text_messages_and_no_other_form() {
    let bench = bench();
    bench.write("message", [9; 32]);
    let taproot = ["--address-type", "p2tr"];
    let flags = [&taproot[..], &["--prehashed", "--form", "der"]].concat();
    bench.refused(2, "usage", &sign("btc", &flags));
    bench.refused(2, "usage", &sign("sol", &["--form", "compact"]));
    bench.done(&sign("btc", &flags[..3]));

    bench.write("message", "hello");
    let flags = [&taproot[..], &["--text-message"]].concat();
    let run = bench.refused(2, "no_message_form", &sign("btc", &flags));
    assert!(run.stdout.contains("BIP 322"), "{}", run.stdout);
    for (chain, is_told) in [("btc", true), ("doge", false), ("eth", false)] {
        let run = bench.done(&sign(chain, &["--text-message"]));
        assert_eq!(run.stderr.contains("taproot"), is_told, "{chain}");
    }
}

#[test]
fn a_path_without_a_chain_is_told_nothing_of_a_chain() {
    let bench = bench();
    let keys = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi";
    bench.write("keys", keys);
    bench.write("message", "hello");
    let bare = ["--curve", "secp256k1", "--path", "m/0/1"];
    let run = bench.refused(
        2,
        "not_what_is_signed",
        &[&["sign", "keys", "message"], &bare[..]].concat(),
    );
    assert!(!run.stdout.contains("ton"), "{}", run.stdout);
}

#[test]
fn whole_transactions_and_json_are_refused() {
    let bench = bench();
    let branch = [0x55; 31];
    let solana = [
        &[1][..],
        &[0x77; 64],
        &[1, 0, 1, 2],
        &[5; 96],
        &[1, 1, 1, 0, 2, 9, 9],
    ]
    .concat();
    let versioned = [
        &[1][..],
        &[0x77; 64],
        &[0x80, 1, 0, 1, 2],
        &[5; 96],
        &[1, 1, 1, 0, 2, 9, 9, 0],
    ]
    .concat();
    let twice = [&[3, 3, 0x51][..], &branch, &operation(0x6d)].concat();
    let alone = [&[3][..], &branch, &operation(0x6d)].concat();
    for (chain, message) in [
        ("sol", solana),
        ("sol", versioned),
        ("eth", bytes(SIGNED)),
        ("evm", bytes(SIGNED_1)),
        ("evm", bytes(SIGNED_2)),
        ("eth", b"{\"to\":\"0x35\"}".to_vec()),
        ("trx", b" {\"raw_data_hex\":\"0a02\"}".to_vec()),
        ("atom", b"{\"body\":{},\"auth_info\":{}}\n".to_vec()),
        ("atom", b"{\"account_number\":\"1\"}\n".to_vec()),
        ("btc", b"psbt\xff\x01\x00".to_vec()),
        ("ltc", b"cHNidP8BAA==\n".to_vec()),
        ("btc", bytes(BITCOIN)),
        ("bch", bytes(BITCOIN)),
        ("xtz", twice),
        ("xtz", alone),
        ("bch", [bytes(BITCOIN), vec![1, 0, 0, 0]].concat()),
        ("bch", bytes(PREIMAGE)),
        ("bsv", bytes(PREIMAGE)),
        ("doge", bytes(PREIMAGE)),
        ("zec", bytes(PREIMAGE)),
        (
            "zec",
            [b"\x04\0\0\x80\x85\x20\x2f\x89", &[1; 200][..]].concat(),
        ),
        (
            "ada",
            b"{\"type\":\"TxBodyBabbage\",\"cborHex\":\"84a300\"}".to_vec(),
        ),
        ("ada", [&[0x82, 0xa3], &[1; 60][..]].concat()),
        (
            "atom",
            b"{\"type\":\"cosmos-sdk/StdTx\",\"value\":{}}".to_vec(),
        ),
        ("xrp", b"{\"TransactionType\":\"Payment\"}".to_vec()),
        ("dot", b"{\"specVersion\":\"0x1\"}".to_vec()),
        ("dot", [&[0xa0, 4, 5, 0], &[0; 36][..]].concat()),
        ("near", b"{\"signerId\":\"x\"}".to_vec()),
        ("hbar", b"{\"a\":1}".to_vec()),
        ("sol", b"{\"message\":\"x\"}".to_vec()),
        ("xlm", b"{\"tx\":{}}".to_vec()),
        ("algo", b"{\"txn\":{}}".to_vec()),
        ("xtz", b"\x03{\"branch\":\"B\"}".to_vec()),
        ("eth", [&[0x19, 1], &[7; 63][..]].concat()),
        ("eth", b"\x19Ethereum Signed Message:\n99hello".to_vec()),
        ("eth", b"[2, 231, 1]".to_vec()),
        ("eth", b"b'\\x02\\xe7'".to_vec()),
    ] {
        bench.write("message", &message);
        let run = bench.run(&sign(chain, &[]));
        assert_eq!(run.exit, 2, "{chain} {}", hex::encode(&message));
        bench.refused(2, "not_what_is_signed", &sign(chain, &[]));
    }
}

/// An operation of Tezos: tag, source, four numbers, and what belongs to it.
fn operation(tag: u8) -> Vec<u8> {
    [&[tag, 0][..], &[7; 20], &[1, 2, 3, 4, 0xff]].concat()
}

/// Zcash hashes by rules of its own: the sighash alone is signed, and texts.
#[test]
fn zcash_signs_the_sighash_alone() {
    let bench = bench();
    bench.write("message", [7; 32]);
    for chain in ["zec", "zec-test"] {
        let run = bench.refused(2, "not_what_is_signed", &sign(chain, &[]));
        assert!(run.stdout.contains("ZIP 243"), "{}", run.stdout);
        let outcome = bench.done(&sign(chain, &["--prehashed", "--json"])).json();
        assert_eq!(outcome["digest"], "07".repeat(32));
    }
    bench.write("message", "hello");
    bench.done(&sign("zec", &["--text-message"]));
}

/// The kind of address says which preimage is right.
#[test]
fn a_preimage_of_another_kind_of_address_is_refused() {
    let bench = bench();
    let old = [&bytes(BITCOIN)[..4], &[1], &[7; 36], &[1, 0x51], &[0xff; 4]].concat();
    let old = [&old[..], &[1], &[9; 8], &[1, 0x51], &[0; 4], &[1, 0, 0, 0]].concat();
    for (preimage, right, wrong) in [
        (old, "p2pkh", "p2wpkh"),
        (bytes(PREIMAGE), "p2wpkh", "p2pkh"),
    ] {
        bench.write("message", preimage);
        bench.done(&sign("btc", &[]));
        bench.done(&sign("btc", &["--address-type", right]));
        let run = bench.refused(
            2,
            "not_what_is_signed",
            &sign("btc", &["--address-type", wrong]),
        );
        assert!(run.stdout.contains("--address-type"), "{}", run.stdout);
    }
}

/// Text is named, with the flag for it; so is text that a shell wrote in UTF-16.
#[test]
fn text_without_the_flag_is_refused() {
    let bench = bench();
    for chain in [
        "btc", "bch", "doge", "eth", "trx", "sol", "algo", "dot", "zec",
    ] {
        bench.write("message", "hello world");
        let run = bench.refused(2, "not_what_is_signed", &sign(chain, &[]));
        assert!(
            run.stdout.contains("--text-message"),
            "{chain}\n{}",
            run.stdout
        );
    }
    for chain in ["eth", "sol", "atom"] {
        bench.write("message", b"\xff\xfeh\0i\0");
        let run = bench.refused(2, "not_what_is_signed", &sign(chain, &[]));
        assert!(run.stdout.contains("UTF-16"), "{chain}\n{}", run.stdout);
    }
}

/// What resembles those and is signed.
#[test]
fn what_is_signed_is_not_taken_for_them() {
    let bench = bench();
    let tag_like_branch = [&[3][..], &[0x55; 31], &[0x6c], &operation(0x6d)].concat();
    let branch_of_3 = [&[3, 3][..], &[0x55; 31], &operation(0x6d)].concat();
    let [new_key, companion, published] =
        [0x72, 0x73, 0xe6].map(|tag| [&[3][..], &[0x55; 31], &[0x6c], &operation(tag)].concat());
    let mut with_fork = bytes(PREIMAGE);
    let kind = with_fork.len() - 4;
    with_fork[kind] = 0x41;
    for (chain, message, digest) in [
        (
            "eth",
            bytes(UNSIGNED),
            Some("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"),
        ),
        (
            "btc",
            bytes(PREIMAGE),
            Some("c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670"),
        ),
        // With FORKID, as Bitcoin Cash and SV demand.
        ("bch", with_fork.clone(), None),
        ("bsv", with_fork, None),
        ("eth", [&[0x19, 1], &[7; 64][..]].concat(), None),
        (
            "eth",
            b"\x19Ethereum Signed Message:\n5hello".to_vec(),
            Some("50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750"),
        ),
        ("sol", [&[1, 0, 1, 2][..], &[5; 96], &[0]].concat(), None),
        ("xtz", tag_like_branch, None),
        ("xtz", branch_of_3, None),
        ("xtz", new_key, None),
        ("xtz", companion, None),
        ("xtz", published, None),
    ] {
        bench.write("message", &message);
        let outcome = bench.done(&sign(chain, &["--json"])).json();
        if let Some(digest) = digest {
            assert_eq!(outcome["digest"], digest, "{chain}");
        }
    }
}

/// What programs print for people to copy is not what a chain signs.
#[test]
fn letters_of_an_encoding_are_not_signed_for_what_they_stand_for() {
    let bench = bench();
    let solana = [&[1, 0, 1, 2][..], &[5; 96], &[0]].concat();
    let offchain = [b"\xffsolana offchain\0", &[7; 40][..]].concat();
    let base64: fn(&[u8]) -> String =
        |bytes| <base64ct::Base64 as base64ct::Encoding>::encode_string(bytes);
    for (chain, encoding, message, bytes) in [
        ("eth", "hex", UNSIGNED.to_owned(), bytes(UNSIGNED)),
        ("eth", "hex", format!("0x{UNSIGNED}\n"), bytes(UNSIGNED)),
        ("eth", "hex", format!("\"0x{UNSIGNED}\"\n"), bytes(UNSIGNED)),
        (
            "eth",
            "hex",
            format!("{} {}\n", &UNSIGNED[..8], &UNSIGNED[8..]),
            bytes(UNSIGNED),
        ),
        ("sol", "hex", hex::encode(&solana), solana.clone()),
        ("sol", "base64", base64(&solana), solana.clone()),
        (
            "sol",
            "base64",
            base64(&solana).trim_end_matches('=').to_owned(),
            solana.clone(),
        ),
        (
            "sol",
            "base58",
            bs58::encode(&solana).into_string(),
            solana.clone(),
        ),
        (
            "sol",
            "base58",
            bs58::encode(&offchain).into_string(),
            offchain.clone(),
        ),
    ] {
        bench.write("message", &message);
        let run = bench.refused(2, "bad_message", &sign(chain, &[]));
        let flag = format!("`--message-encoding {encoding}`");
        assert!(run.stderr.contains(&flag), "{message}\n{}", run.stderr);

        let decoded = bench.done(&sign(chain, &["--message-encoding", encoding, "--json"]));
        let as_they_are = sign(chain, &["--message-encoding", "raw"]);
        bench.refused(2, "not_what_is_signed", &as_they_are);
        bench.write("message", &bytes);
        let right = bench.done(&sign(chain, &["--json"])).json();
        assert_eq!(
            decoded.outcome()["signature"],
            right["signature"],
            "{message}"
        );
    }
}

/// Words are letters, too.
#[test]
fn words_are_signed_as_they_are() {
    let bench = bench();
    let bare = [
        "sign", "keys", "message", "--curve", "ed25519", "--path", "m",
    ];
    for message in [
        "hello",
        "face",
        "a message of more words than base64 has letters, and a full stop.",
        "0x",
        "0xno",
    ] {
        bench.write("message", message);
        bench.done(&bare);
    }
    let utf16: Vec<u8> = UNSIGNED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bench.write("message", [b"\xff\xfe", utf16.as_slice()].concat());
    bench.refused(2, "bad_message", &bare);
    for letters in ["2".repeat(20_000), "l".to_owned()] {
        bench.write("message", letters);
        bench.refused(
            2,
            "bad_message",
            &sign("sol", &["--message-encoding", "base58"]),
        );
    }
}

/// Wallets sign any bytes for Solana (`signMessage`); what begins like a transaction and is none is damaged.
#[test]
fn solana_signs_other_bytes_and_no_damaged_transaction() {
    let key = json_fixture("portal/portal.json");
    let key = text(&key["eject"][0]["expected_privateKey"]).to_owned();
    let bench = Folder::new();
    bench.write("key", key);
    bench.write(
        "other",
        [0xf7, 0x9c, 0x01, 0xfe, 0x80, 0x33, 0xc1, 0x00].repeat(20),
    );
    bench.write("damaged", [1, 0, 1, 3, 0x9c, 0xfe].repeat(20));
    let sign = |message: &str| bench.run_json(&["sign", "key", message, "--chain", "sol"]);
    let other = sign("other");
    assert_eq!(other.exit, 0, "{}", other.stderr);
    assert!(other.stderr.contains("no transaction"), "{}", other.stderr);
    assert_eq!(sign("damaged").exit, 2);
}
