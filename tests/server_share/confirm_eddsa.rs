//! The rules for the ed25519 share, each against an independent computation in Python (`fixtures/shares/eddsa-variants.json`), and
//! `confirm-eddsa`, which finds the right one by a public key.

use lifeboat::crypto::{
    curve::{Curve, Scalar},
    secret::Secret,
};
use serde_json::{Value, json};

use crate::support::{
    Folder, Run,
    forge::{Forge, WALLET as FORGE_WALLET, WALLET_2, unhex},
    json_fixture, text,
    workload::key,
};

/// The wallet of the fixture: its child key is reduced by the order of secp256k1, so that all rules differ.
const WALLET: &str = "31f05b90-b51b-4194-b25c-1244aa7129a7";

/// The device share of the wallet whose server share has this rule.
fn device_share(variant: &Value) -> Value {
    json!({ "deviceId": WALLET_2, "keys": [{
        "keyId": WALLET, "algorithm": "MPC_CMP_EDDSA_ED25519",
        "publicKey": variant["publicKey"], "share": variant["deviceShare"],
        "auxiliaryKeys": null, "metadata": null,
    }] })
}

fn variants() -> Vec<Value> {
    let fixture = json_fixture("shares/eddsa-variants.json");
    assert_eq!(fixture["walletId"], WALLET);
    let variants = fixture["variants"].as_array().unwrap().clone();
    assert_eq!(variants.len(), 9);
    variants
}

fn bench() -> Folder {
    let bench = Folder::new();
    bench.write("kit.zip", Forge::wallets().zip());
    bench
}

fn confirm(bench: &Folder, wallet: &str) -> Run {
    bench.run_json(&[
        "confirm-eddsa",
        "kit.zip",
        "--key",
        &key("recovery.pkcs8"),
        "--wallet",
        wallet,
        "--device-share",
        "device",
    ])
}

fn derive(bench: &Folder, variant: &str, out: &str, more: &[&str]) -> Run {
    let recovery = key("recovery.pkcs8");
    let mut args = vec![
        "derive",
        "kit.zip",
        "--key",
        &recovery,
        "--algorithm",
        "both",
        "--out",
        out,
    ];
    if !variant.is_empty() {
        args.extend(["--eddsa-variant", variant]);
    }
    args.extend(more);
    bench.run_json(&args)
}

#[test]
fn each_rule_is_found_by_a_public_key_and_makes_the_share() {
    for variant in variants() {
        let (bench, name) = (bench(), text(&variant["variant"]));
        bench.write_json("device", &device_share(&variant));
        let outcome = confirm(&bench, WALLET).json();
        assert_eq!(outcome["variants"], json!([name]));
        assert_eq!(outcome["tried"].as_array().unwrap().len(), 9);
        assert_eq!(outcome["isDefault"], name == "wide-big");

        derive(&bench, name, "shares", &[WALLET]).json();
        let record = bench.read_json("shares");
        let share = &record[WALLET]["shares"][0];
        assert_eq!(
            share["MPC_CMP_EDDSA_ED25519"], variant["serverShare"],
            "{name}"
        );

        // The other algorithm is as ever, and what is taken over is the wallet.
        derive(&bench, "", "default", &[WALLET]).json();
        let default = bench.read_json("default");
        let ecdsa = "MPC_CMP_ECDSA_SECP256K1";
        assert_eq!(share[ecdsa], default[WALLET]["shares"][0][ecdsa]);
        let takeover = [
            "takeover",
            "--server-shares",
            "shares",
            "--device-share",
            "device",
            "--wallet",
            WALLET,
            "--unencrypted",
            "--out",
            "full",
        ];
        bench.run_json(&takeover).json();
    }
}

#[test]
fn the_default_is_the_first_rule() {
    let bench = bench();
    derive(&bench, "", "one", &[WALLET]).json();
    derive(&bench, "wide-big", "other", &[WALLET]).json();
    assert_eq!(bench.read("one"), bench.read("other"));
}

#[test]
fn no_rule_is_right_for_another_wallet() {
    let bench = bench();
    bench.write_json("device", &device_share(&variants()[0]));
    let run = confirm(&bench, WALLET_2);
    run.refused(3, "eddsa_not_confirmed", &["--algorithm ecdsa"]);
    assert_eq!(run.outcome()["variants"], json!([]));
}

/// Two rules give the same where the child key is smaller than the order of secp256k1 before it is reduced.
#[test]
fn a_wallet_that_two_rules_fit_says_so() {
    let bench = bench();
    let share = derive(&bench, "child", "shares", &[FORGE_WALLET]).json();
    assert_eq!(share["ok"], true);
    let record = bench.read_json("shares");
    let server = &record[FORGE_WALLET]["shares"][0]["MPC_CMP_EDDSA_ED25519"];
    // The device's share is the negative of the server's, plus one: the sum is 1, whose public key is the generator.
    let one = Scalar::from_u64(Curve::Ed25519, 1);
    let bytes = Secret::from_slice(&unhex(text(server))).unwrap();
    let device = one
        .subtract(&Scalar::from_canonical(Curve::Ed25519, &bytes).unwrap())
        .unwrap();
    let generator = "5866666666666666666666666666666666666666666666666666666666666666";
    let variant = json!({
        "publicKey": generator, "deviceShare": device.to_bytes().to_hex().expose(),
    });
    bench.write_json("device", &device_share(&variant));
    let outcome = confirm(&bench, FORGE_WALLET).json();
    assert_eq!(outcome["variants"], json!(["child", "order-child"]));
    assert_eq!(outcome["isDefault"], false);
}

#[test]
fn a_result_is_checked_by_its_own_rule() {
    let bench = bench();
    derive(&bench, "clamped", "shares", &[WALLET, WALLET_2]).json();
    let recovery = key("recovery.pkcs8");
    let check = ["check", "shares", "kit.zip", "--key", &recovery];
    let run = bench.run_json(&check);
    assert_eq!((run.exit, run.code()), (3, "records_wrong"));
    let with = [&check[..], &["--eddsa-variant", "clamped"]].concat();
    bench.run_json(&with).json();
}

/// Neither an unencrypted nor a sealed batch goes on with shares of another rule than it began with.
#[test]
fn a_batch_is_not_resumed_by_another_rule() {
    for sealed in [false, true] {
        let bench = bench();
        let public = key("recovery.public");
        let more: &[&str] = if sealed {
            &["--seal-to", &public]
        } else {
            &["--format", "ndjson"]
        };
        let first = [more, &[WALLET]].concat();
        derive(&bench, "clamped", "shares", &first).json();
        std::fs::rename(bench.path("shares"), bench.path("shares.partial")).unwrap();
        let both = [more, &[WALLET, WALLET_2, "--resume"]].concat();
        let before = std::fs::read(bench.path("shares.partial")).unwrap();
        let run = derive(&bench, "", "shares", &both);
        assert_ne!(run.exit, 0, "{}", run.stdout);
        assert!(!bench.exists("shares"));
        assert!(std::fs::read(bench.path("shares.partial")).unwrap() == before);
    }
}

#[test]
fn every_wallet_of_a_batch_has_shares_by_the_rule() {
    let bench = bench();
    let ids: Vec<String> = crate::support::workload::ids(300);
    bench.write("list", ids.join("\n"));
    derive(&bench, "order-wide-little", "batch", &["--wallets", "list"]).json();
    let batch = bench.read_json("batch");
    for id in [&ids[0], &ids[77], &ids[299]] {
        let out = format!("one-{id}");
        derive(&bench, "order-wide-little", &out, &[id]).json();
        assert_eq!(bench.read_json(&out)[id.as_str()], batch[id.as_str()]);
    }
}
