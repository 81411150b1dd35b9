//! What is signed, held against the chains' own libraries: digests, and whole signatures where there is but one.

use ed25519_dalek::{Signature, VerifyingKey};
use lifeboat::crypto::hash::blake2b_256;
use serde_json::Value;

use crate::support::{Folder, json_fixture, text};

/// A key on each curve in one file, as ejected keys are written; on ed25519 the scalar 7.
fn bench() -> Folder {
    let bench = Folder::new();
    let secret = text(&json_fixture("signatures/libraries.json")["secret"]).to_owned();
    let mut little = [0; 32];
    little[0] = 7;
    let scalar = bs58::encode(little).into_string();
    bench.write("keys", format!("{secret}\n{scalar}\n"));
    bench
}

fn sign(bench: &Folder, case: &Value, more: &[&str]) -> Value {
    bench.write("message", hex::decode(text(&case["message"])).unwrap());
    let base = [
        "sign",
        "keys",
        "message",
        "--chain",
        text(&case["chain"]),
        "--json",
    ];
    bench.done(&[&base[..], more].concat()).json()
}

fn verifies(outcome: &Value, covered: &[u8]) -> bool {
    let key = hex::decode(text(&outcome["publicKey"])).unwrap();
    let key = VerifyingKey::try_from(key.as_slice()).unwrap();
    let signature = hex::decode(text(&outcome["signature"])).unwrap();
    key.verify_strict(covered, &Signature::from_slice(&signature).unwrap())
        .is_ok()
}

#[test]
fn every_chain_signs_what_its_library_signs() {
    let bench = bench();
    for case in json_fixture("signatures/libraries.json")["cases"]
        .as_array()
        .unwrap()
    {
        let flags: Vec<&str> = case["flags"].as_array().unwrap().iter().map(text).collect();
        let outcome = sign(&bench, case, &flags);
        let name = format!("{} {}", case["chain"], case["name"]);
        assert_eq!(outcome["digest"], case["digest"], "{name}");

        if let Some(expected) = case["signature"].as_str() {
            assert_eq!(outcome["signature"], expected, "{name}");
        } else {
            let covered = case["digest"].as_str().unwrap_or(text(&case["message"]));
            assert!(verifies(&outcome, &hex::decode(covered).unwrap()), "{name}");
        }
    }
}

/// Transactions and messages made by one JavaScript library a chain: address, digest and key, and the signature whole where
/// there is but one.
#[test]
fn javascript_libraries_agree_on_address_digest_and_signature() {
    let bench = bench();
    let fixture = json_fixture("signatures/chain_libraries.json");
    let cases = fixture["cases"].as_array().unwrap();
    for case in cases {
        let flags: Vec<&str> = case["flags"].as_array().unwrap().iter().map(text).collect();
        let outcome = sign(&bench, case, &flags);
        let name = format!("{} {}", case["chain"], case["name"]);
        let keys = &fixture["publicKeys"];
        assert_eq!(outcome["address"], case["address"], "{name}");
        assert_eq!(outcome["digest"], case["digest"], "{name}");

        if let Some(expected) = case["signature"].as_str() {
            assert_eq!(outcome["publicKey"], keys["secp256k1"], "{name}");
            assert_eq!(outcome["signature"], expected, "{name}");
        } else {
            assert_eq!(outcome["publicKey"], keys["ed25519"], "{name}");
            let covered = hex::decode(text(&case["covered"])).unwrap();
            assert!(verifies(&outcome, &covered), "{name}");
        }
    }
    let chains: std::collections::BTreeSet<_> =
        cases.iter().map(|case| text(&case["chain"])).collect();
    assert_eq!(chains.len(), 11, "{chains:?}");
}

#[test]
fn what_a_chain_does_not_sign_is_refused() {
    let bench = bench();
    for case in json_fixture("signatures/libraries.json")["refused"]
        .as_array()
        .unwrap()
    {
        bench.write("message", hex::decode(text(&case["message"])).unwrap());
        let sign = ["sign", "keys", "message", "--chain", text(&case["chain"])];
        bench.refused(2, "not_what_is_signed", &sign);
    }
}

/// The hash where the transaction could be given, on chains that sign a hash: it is not hashed again.
#[test]
fn a_hash_handed_in_is_signed_as_it_is() {
    let bench = bench();
    let hash = [9; 32];
    bench.write("message", hash);
    for chain in [
        "xlm", "near", "xtz", "ada", "ton", "sol", "algo", "dot", "ksm", "hbar",
    ] {
        for flags in [&[][..], &["--prehashed"]] {
            // These sign no hash: without the flag, 32 bytes are nothing that they sign.
            let signs_hash = !["sol", "algo", "dot", "ksm", "hbar"].contains(&chain);
            if !signs_hash && flags.is_empty() {
                let sign = ["sign", "keys", "message", "--chain", chain];
                bench.refused(2, "not_what_is_signed", &sign);
                continue;
            }
            let sign = ["sign", "keys", "message", "--chain", chain, "--json"];
            let outcome = bench.done(&[&sign[..], flags].concat()).json();
            assert!(verifies(&outcome, &hash), "{chain} {flags:?}");
        }
    }
}

#[test]
fn a_long_payload_of_polkadot_is_hashed() {
    let bench = bench();
    for length in [256, 257] {
        let payload = payload(length);
        bench.write("message", &payload);
        let covered = if length > 256 {
            blake2b_256(&payload).to_vec()
        } else {
            payload
        };
        let outcome = bench
            .done(&["sign", "keys", "message", "--chain", "dot", "--json"])
            .json();
        assert!(verifies(&outcome, &covered), "{length}");
    }
}

/// A call, an era, a nonce and a tip of 0; two versions and two hashes.
fn payload(length: usize) -> Vec<u8> {
    let versions = [1, 2, 3, 0, 26, 0, 0, 0];
    [&vec![5; length - 75][..], &[0, 4, 0], &versions, &[7; 64]].concat()
}

/// What is marked as a message before it is signed is not called the message itself.
#[test]
fn a_marked_message_is_told_from_the_message_itself() {
    let bench = bench();
    bench.write("message", "a message");
    let itself = "covers the message itself";
    let marked = "covers the message with the chain's mark";
    for (chain, told, not_told) in [
        ("algo", marked, itself),
        ("dot", marked, itself),
        ("sol", itself, marked),
    ] {
        let sign = [
            "sign",
            "keys",
            "message",
            "--chain",
            chain,
            "--text-message",
        ];
        let stderr = bench.done(&sign).stderr;
        assert!(
            stderr.contains(told) && !stderr.contains(not_told),
            "{stderr}"
        );
    }
}

/// BIP 341's own wallet vectors, key path without a script tree: tweak, aux of zeros, signature.
#[test]
fn taproot_signs_as_bip_341_does() {
    let bench = Folder::new();
    bench.write(
        "keys",
        "6b973d88838f27366ed61c9ad6367663045cb456e28335c109e30717ae0c6baa",
    );
    bench.write(
        "message",
        "2514a6272f85cfa0f45eb907fcb0d121b808ed37c6ea160a5a9046ed5526d555",
    );
    let sign = [
        "sign",
        "keys",
        "message",
        "--chain",
        "btc",
        "--address-type",
        "p2tr",
    ];
    let hex = ["--message-encoding", "hex"];
    let signed = bench.done(&[&sign[..], &hex, &["--prehashed"]].concat());
    assert_eq!(
        signed.stdout.trim(),
        "ed7c1647cb97379e76892be0cacff57ec4a7102aa24296ca39af7541246d8ff1\
         4d38958d4cc1e2e478e4d4a764bbfd835b16d4e314b72937b29833060b87276c"
    );
    bench.write("message", "00".repeat(100));
    bench.refused(2, "not_what_is_signed", &[&sign[..], &hex].concat());
}

#[test]
fn a_message_of_another_encoding_is_not_signed() {
    let bench = bench();
    let utf16: Vec<u8> = "deadbeef"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let with_mark = [b"\xff\xfe", utf16.as_slice()].concat();
    for (message, encoding) in [
        (with_mark.as_slice(), "hex"),
        (&with_mark, "base64"),
        (&utf16, "hex"),
        (&utf16, "base64"),
        (b"\xff\xff\xff", "hex"),
        (b"0x0xdead", "hex"),
        (b"dea", "hex"),
        (b"not base64!", "base64"),
    ] {
        bench.write("message", message);
        for chain in ["eth", "sol"] {
            let sign = [
                "sign",
                "keys",
                "message",
                "--chain",
                chain,
                "--message-encoding",
                encoding,
            ];
            bench.refused(2, "bad_message", &sign);
        }
    }

    for (message, encoding) in [("", "raw"), (" \n", "hex"), ("0x", "hex"), ("\n", "base64")] {
        bench.write("message", message);
        let sign = [
            "sign",
            "keys",
            "message",
            "--chain",
            "eth",
            "--message-encoding",
            encoding,
        ];
        bench.refused(2, "empty_message", &sign);
        // Nothing is no transaction, but it can be a text.
        bench.refused(
            2,
            "not_what_is_signed",
            &[&sign[..], &["--allow-empty"]].concat(),
        );
        bench.done(&[&sign[..], &["--allow-empty", "--text-message"]].concat());
    }
}

#[test]
fn a_solana_signature_is_written_as_its_tools_take_it() {
    let bench = bench();
    bench.write("message", "a message");
    let sign = [
        "sign",
        "keys",
        "message",
        "--chain",
        "sol",
        "--text-message",
    ];
    let hex = bench.done(&sign).stdout;
    let base58 = bench
        .done(&[&sign[..], &["--encoding", "base58"]].concat())
        .stdout;
    let decoded = bs58::decode(base58.trim()).into_vec().unwrap();
    assert_eq!(hex::encode(decoded), hex.trim());
}

/// Every shape that the chains' libraries make: signed, with their digest, or refused.
#[test]
fn what_has_another_shape_than_is_signed_is_refused() {
    let bench = bench();
    let fixture = json_fixture("signatures/shapes.json");
    for case in fixture["cases"].as_array().unwrap() {
        let chain = text(&case["chain"]);
        bench.write("message", hex::decode(text(&case["message"])).unwrap());
        let run = bench.run(&["sign", "keys", "message", "--chain", chain, "--json"]);
        let name = format!("{chain} {}: {}", case["name"], run.stdout);
        if case["isSigned"] == false {
            assert_eq!(
                run.outcome()["error"]["code"],
                "not_what_is_signed",
                "{name}"
            );
            continue;
        }

        assert_eq!(run.exit, 0, "{name}");
        if let Some(digest) = case["digest"].as_str() {
            assert_eq!(run.outcome()["digest"], digest, "{name}");
        }
    }
}

/// Its wallets sign a text as it is, however long, and do not wrap it twice.
#[test]
fn a_text_of_polkadot_is_wrapped_once_and_not_hashed() {
    let bench = bench();
    for (message, covered) in [
        (
            "a".repeat(400),
            format!("<Bytes>{}</Bytes>", "a".repeat(400)),
        ),
        (
            "<Bytes>hi</Bytes>".to_owned(),
            "<Bytes>hi</Bytes>".to_owned(),
        ),
        (
            "<Bytes>hi".to_owned(),
            "<Bytes><Bytes>hi</Bytes>".to_owned(),
        ),
    ] {
        bench.write("message", &message);
        for chain in ["dot", "ksm"] {
            let sign = ["sign", "keys", "message", "--chain", chain, "--json"];
            let outcome = bench
                .done(&[&sign[..], &["--text-message"]].concat())
                .json();
            assert!(verifies(&outcome, covered.as_bytes()), "{chain} {message}");
        }
    }
}
