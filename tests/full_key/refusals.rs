//! What takeovers and exports refuse: each gets its exit status and code, and leaves nothing behind.

use serde_json::{Value, json};

use crate::support::{
    Folder, json_fixture,
    takeover::{COSIGNER, WALLET, folder_of, recover, recovered, takeover},
    text,
};

const ECDSA: &str = "MPC_CMP_ECDSA_SECP256K1";

const EDDSA: &str = "MPC_CMP_EDDSA_ED25519";

const SHAMIR: &str = "MPC_ECDSA_SECP256K1";

/// Another id.
const OTHER: &str = "00000000-0000-4000-8000-000000000002";

const N: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

const INTO_FULL: [&str; 3] = ["--reveal", "--out", "full"];

fn vector(number: usize) -> Value {
    json_fixture("backups/device-backup.json")[number].clone()
}

#[test]
fn a_takeover_writes_nothing_unless_the_public_key_matches() {
    let vector = vector(0);
    let bench = folder_of(&vector);
    recover(&bench, &vector);
    let good = bench.read_json("server.json");
    let algorithm = text(&vector["expect"][0]["algorithm"]);
    let other = N.replace("4141", "4140");
    let chain_code = "22".repeat(32);
    let cases: [(i32, &str, Value); 9] = [
        (3, "public_key_mismatch", json!(other)),
        (2, "share_range", json!(N)),
        (2, "share_range", json!("0")),
        (2, "bad_value", json!("")),
        (2, "bad_value", json!(format!("0{other}"))),
        (2, "bad_hex", json!("xyz")),
        (2, "wrong_type", json!(7)),
        (2, "no_server_share", Value::Null),
        (2, "bad_value", Value::Bool(true)),
    ];
    for (exit, code, share) in cases {
        let mut records = good.clone();
        let cosigner = &mut records[WALLET]["shares"][0];
        cosigner[algorithm] = share.clone();
        if share.is_null() {
            cosigner["MPC_CMP_EDDSA_ED25519"] = json!("01");
        }
        if share == Value::Bool(true) {
            *cosigner = json!({ "cosigner": COSIGNER });
        }
        bench.write_json("records.json", &records);
        bench.refused(
            exit,
            code,
            &[&takeover("records.json", "device.json")[..], &INTO_FULL].concat(),
        );
    }
    let mut records = good.clone();
    records[WALLET]["chainCode"] = json!(chain_code);
    bench.write_json("records.json", &records);
    bench.refused(
        2,
        "bad_value",
        &[&takeover("records.json", "device.json")[..], &INTO_FULL].concat(),
    );
    let near = WALLET.replace("9a1b", "9a1c");
    bench.write_json("records.json", &json!({ near.as_str(): good[WALLET] }));
    let run = bench.refused(
        2,
        "no_such_wallet",
        &[&takeover("records.json", "device.json")[..], &INTO_FULL].concat(),
    );
    assert!(
        text(&run.outcome()["error"]["hint"]).contains(&near),
        "{}",
        run.stdout
    );
    bench.write(
        "records.json",
        format!("{{\"{WALLET}\":{0},\"{WALLET}\":{0}}}", good[WALLET]),
    );
    bench.refused(
        2,
        "duplicate_field",
        &[&takeover("records.json", "device.json")[..], &INTO_FULL].concat(),
    );
}

#[test]
fn nothing_is_overwritten_and_nothing_secret_is_said() {
    let bench = recovered();
    let share = bench.read_json("device.json")["keys"][0]["share"].clone();
    bench.write("full", "here first");
    bench.refused(
        2,
        "output_exists",
        &[&takeover("server.json", "device.json")[..], &INTO_FULL].concat(),
    );
    assert_eq!(bench.read("full"), "here first");
    let run = bench.done(&takeover("server.json", "device.json"));
    assert!(
        run.stdout.contains("xpub") && !run.stdout.contains("xprv"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains(text(&share)) && !run.stderr.contains(text(&share)));
    let arguments = [
        "takeover",
        "--server-shares",
        "server.json",
        "--wallet",
        WALLET,
        "--device-share",
        "device.json",
        "--out",
        "locked",
    ];
    bench.refused(2, "passphrase_needed", &arguments);
}

#[test]
fn exports_refuse_what_they_cannot_give() {
    let bench = Folder::new();
    let vectors = json_fixture("shares/takeover.json");
    let expect = &vectors[0]["expect"];
    bench.write("private", text(&expect["extendedPrivateKey"]));
    bench.write("message", "hello");
    bench.write("public", text(&expect["extendedPublicKey"]));
    let address = |keys: &str| {
        bench
            .done(&["export", keys, "--chain", "eth", "--format", "csv"])
            .stdout
    };
    assert_eq!(address("private"), address("public"));
    bench.refused(
        2,
        "public_keys_only",
        &[
            "export", "public", "--chain", "eth", "--reveal", "--out", "out",
        ],
    );
    bench.refused(
        2,
        "no_key_on_curve",
        &["export", "public", "--chain", "sol"],
    );
    bench.refused(
        2,
        "no_such_address_type",
        &[
            "export",
            "public",
            "--chain",
            "doge",
            "--address-type",
            "p2tr",
        ],
    );
    bench.refused(
        3,
        "address_differs",
        &["export", "public", "--chain", "eth", "--expect", "0x0"],
    );
    bench.refused(
        2,
        "too_many_keys",
        &[
            "export",
            "public",
            "--chain",
            "eth",
            "--index",
            "0..2000000",
        ],
    );
    for bad in ["2147483648", "3..2", "-1", "1..", "x"] {
        bench.refused(
            2,
            "usage",
            &["export", "public", "--chain", "eth", "--index", bad],
        );
    }
    bench.refused(2, "usage", &["export", "public", "--chain", "nochain"]);
    bench.write(
        "damaged",
        text(&expect["extendedPrivateKey"]).replace("xprv9", "xprv8"),
    );
    bench.refused(2, "bad_value", &["export", "damaged", "--chain", "eth"]);
    bench.refused(
        2,
        "public_keys_only",
        &[
            "sign",
            "public",
            "message",
            "--chain",
            "eth",
            "--text-message",
        ],
    );
    bench.refused(
        2,
        "digest_length",
        &[
            "sign",
            "private",
            "message",
            "--chain",
            "eth",
            "--prehashed",
        ],
    );
}

#[test]
fn a_takeover_needs_a_share_of_every_cosigner_and_keys_that_add_up() {
    let bench = recovered();
    let good = bench.read_json("server.json");
    let mut silent = good.clone();
    let other = json!({ "cosigner": OTHER, EDDSA: "01".repeat(32) });
    silent[WALLET]["shares"].as_array_mut().unwrap().push(other);
    bench.write_json("silent.json", &silent);
    let run = bench.refused(
        2,
        "cosigner_silent",
        &[
            &takeover("silent.json", "device.json")[..],
            &["--reveal", "--out", "full"],
        ]
        .concat(),
    );
    assert!(
        run.stderr.contains(OTHER) && run.stderr.contains(ECDSA),
        "{}",
        run.stderr
    );
    bench.refused(
        2,
        "no_device_key",
        &[
            &takeover("server.json", "device.json")[..],
            &["--algorithm", "eddsa"],
        ]
        .concat(),
    );

    let mut device = bench.read_json("device.json");
    device["keys"][0]["algorithm"] = json!(SHAMIR);
    bench.write_json("device.json", &device);
    let mut server = good;
    let share = server[WALLET]["shares"][0][ECDSA].take();
    server[WALLET]["shares"][0] = json!({ "cosigner": COSIGNER, SHAMIR: share });
    bench.write_json("shamir.json", &server);
    bench.done(&takeover("shamir.json", "device.json"));
    server[WALLET]["shares"][0][SHAMIR] = json!("22".repeat(32));
    bench.write_json("shamir.json", &server);
    bench.refused(3, "not_additive", &takeover("shamir.json", "device.json"));
}

#[test]
fn sealed_files_of_another_kind_are_no_server_shares() {
    let bench = recovered();
    let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys");
    let (public, private) = (
        format!("{keys}/recovery.public.pem"),
        format!("{keys}/recovery.pkcs8.pem"),
    );
    bench.done(
        &[
            &takeover("server.json", "device.json")[..],
            &["--out", "sealed", "--seal-to", &public],
        ]
        .concat(),
    );
    bench.refused(
        2,
        "sealed_other",
        &[&takeover("sealed", "device.json")[..], &["--key", &private]].concat(),
    );
    bench.refused(
        2,
        "sealed_other",
        &[
            "portal", "open", "sealed", "--key", &private, "--out", "folder",
        ],
    );
    bench.done(&[
        "portal",
        "seal",
        "device.json",
        "--seal-to",
        &public,
        "--out",
        "shares",
    ]);
    bench.refused(
        2,
        "sealed_other",
        &["unseal", "shares", "--key", &private, "--out", "out"],
    );
    bench.refused(
        2,
        "sealed_other",
        &[&takeover("shares", "device.json")[..], &["--key", &private]].concat(),
    );
    bench.refused(
        2,
        "weak_recipient",
        &[
            &takeover("server.json", "device.json")[..],
            &[
                "--out",
                "small",
                "--seal-to",
                &format!("{keys}/old.public.pem"),
            ],
        ]
        .concat(),
    );
}
