//! Signatures of the program, verified by OpenSSL; and a known answer of RFC 6979.

use std::process::{Command, Stdio};

use lifeboat::crypto::{
    curve::{Curve, Scalar},
    hash::sha256,
    secret::Secret,
    signature::{sign_ecdsa, sign_ed25519},
};
use serde_json::Value;

use crate::support::{Folder, json_fixture, text};

const ED25519_SPKI: &str = "302a300506032b6570032100";

const SECP256K1_SPKI: &str = "3036301006072a8648ce3d020106052b8104000a032200";

#[test]
fn openssl_verifies_both_kinds() {
    if !has_openssl() {
        eprintln!("skipped: no `openssl` on this machine");
        return;
    }
    let vectors = json_fixture("shares/takeover.json");
    for (number, vector) in vectors.as_array().unwrap().iter().enumerate() {
        let bench = Folder::new();
        bench.write("keys", text(&vector["expect"]["extendedPrivateKey"]));
        bench.write("message", format!("message {number}"));
        let index = number.to_string();
        if text(&vector["algorithm"]).contains("EDDSA") {
            let run = bench.done(&[
                "sign",
                "keys",
                "message",
                "--chain",
                "sol",
                "--text-message",
                "--index",
                &index,
                "--json",
            ]);
            write_verifier(&bench, ED25519_SPKI, run.outcome());
            openssl(
                &bench,
                &[
                    "pkeyutl",
                    "-verify",
                    "-rawin",
                    "-in",
                    "message",
                    "-sigfile",
                    "signature",
                ],
            );
        } else {
            bench.write("digest", sha256(format!("message {number}").as_bytes()));
            let run = bench.done(&[
                "sign",
                "keys",
                "digest",
                "--prehashed",
                "--chain",
                "atom",
                "--index",
                &index,
                "--form",
                "der",
                "--json",
            ]);
            write_verifier(&bench, SECP256K1_SPKI, run.outcome());
            openssl(
                &bench,
                &[
                    "pkeyutl",
                    "-verify",
                    "-in",
                    "digest",
                    "-sigfile",
                    "signature",
                ],
            );
        }
    }
}

fn write_verifier(bench: &Folder, spki: &str, outcome: &serde_json::Value) {
    bench.write(
        "public.der",
        hex::decode(format!("{spki}{}", text(&outcome["publicKey"]))).unwrap(),
    );
    bench.write(
        "signature",
        hex::decode(text(&outcome["signature"])).unwrap(),
    );
}

fn openssl(bench: &Folder, arguments: &[&str]) {
    let mut command = Command::new("openssl");
    command
        .args(arguments)
        .args(["-pubin", "-keyform", "DER", "-inkey", "public.der"])
        .current_dir(bench.path(""));
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stdout)
    );
}

fn has_openssl() -> bool {
    Command::new("openssl")
        .arg("version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The vector for secp256k1 and SHA-256 that Bitcoin libraries share: key 1, "Satoshi Nakamoto".
#[test]
fn ecdsa_is_deterministic_and_low() {
    let one = Scalar::from_u64(Curve::Secp256k1, 1);
    let signature = sign_ecdsa(&one, &sha256(b"Satoshi Nakamoto")).unwrap();
    assert_eq!(
        hex::encode(signature.compact),
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8\
         2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"
    );
}

#[test]
fn a_key_signs_only_on_its_curve() {
    let (k, e) = (
        Scalar::from_u64(Curve::Secp256k1, 7),
        Scalar::from_u64(Curve::Ed25519, 7),
    );
    assert!(sign_ecdsa(&e, &[0; 32]).is_none() && sign_ed25519(&k, b"").is_none());
    assert!(sign_ed25519(&Scalar::from_u64(Curve::Ed25519, 0), b"").is_none());
    assert_eq!(sign_ed25519(&e, b"a"), sign_ed25519(&e, b"a"));
    assert_ne!(sign_ed25519(&e, b"a"), sign_ed25519(&e, b"b"));
    assert!(Secret::<32>::from_slice(&[0; 31]).is_none());
}

#[test]
fn a_digest_is_signed_as_it_is_where_messages_are() {
    let bench = Folder::new();
    let vectors = json_fixture("shares/takeover.json");
    let is_eddsa = |vector: &&Value| vector["algorithm"] == "MPC_CMP_EDDSA_ED25519";
    let vector = vectors.as_array().unwrap().iter().find(is_eddsa).unwrap();
    bench.write("private", text(&vector["expect"]["extendedPrivateKey"]));
    bench.write("digest", [7; 32]);
    let sign = ["sign", "private", "digest", "--chain", "sol"];
    let prehashed = bench.done(&[&sign[..], &["--prehashed"]].concat());
    let bare = ["sign", "private", "digest", "--curve", "ed25519"];
    let itself = bench.done(&[&bare[..], &["--path", "m/44/501/0/0/0"]].concat());
    assert_eq!(prehashed.stdout, itself.stdout);
    bench.write("digest", [7; 31]);
    bench.refused(2, "digest_length", &[&sign[..], &["--prehashed"]].concat());
}
