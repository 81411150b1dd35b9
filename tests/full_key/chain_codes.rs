//! What proves a chain code: a known address, and nothing else. Every command that shows keys says so.
//!
//! The addresses are those of the fixtures' keys, computed by another implementation in Python (`fixtures/README.md`:
//! the one that wrote the kits), as Base58Check of the child keys' hashes.

use serde_json::{Value, json};

use crate::support::{
    Folder, Run, fixture,
    forge::zip_of,
    json_fixture, lifeboat,
    takeover::{self, folder_of, recover},
    zip_files,
};

/// `m/44/0/5/0/0` of the ECDSA key of `workspace-cmp.zip`.
const BTC: &str = "1LveckWYq5BYeu6cLH11K9JZ16Xr4fBjSf";
/// `m/44/501/0/0/0` of its EdDSA key, which has a chain code of its own.
const SOL: &str = "9dhNxo4RKRYpCg1Hma4aqtwawBzTAtocVjzdDPaP9QN3";
/// `m/44/0/26/0/0` of keyset 2 of `keysets.zip`, which serves from account 17.
const KEYSET_2: &str = "16GbtFfP6Hqut3Jua1N3LbM5k5SfEY6zYr";
/// `m/44/0/2/1/7` of the first device backup's wallet, whose chain code is 32 times 0x11.
const TAKEN: &str = "16h8hwSG82X8AWxR8QSKaioGGJ98QkrE3";
/// The same with one bit of the chain code changed.
const TAKEN_ELSEWHERE: &str = "1Ej5T1qzGUtrgsXVqhkkyjdHTdZ1eXxRz1";
/// An address of nobody here.
const FOREIGN: &str = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2";

fn run(bench: &Folder, command: &[&str], kit: &str, more: &[&str]) -> Run {
    let key = fixture("keys/recovery.pkcs8.pem");
    let secret = json_fixture("kits/workspace-cmp.json")["passphrase"].clone();
    let owner = bench.put("owner", secret.as_str().unwrap());
    let secrets = [
        "--key",
        key.to_str().unwrap(),
        "--owner-passphrase-file",
        &owner,
    ];
    lifeboat(&[command, &[kit], &secrets, more].concat())
}

fn kit_of(name: &str) -> String {
    fixture(&format!("kits/{name}.zip"))
        .to_str()
        .unwrap()
        .to_owned()
}

/// The kit with a bit of one chain code changed: every public key still matches.
fn with_other_chain_code(bench: &Folder) -> String {
    let mut files = zip_files("kits/workspace-cmp.zip");
    let (_, bytes) = files
        .iter_mut()
        .find(|(name, _)| name == "metadata.json")
        .unwrap();
    let mut metadata: Value = serde_json::from_slice(bytes).unwrap();
    for key in metadata["keys"].as_object_mut().unwrap().values_mut() {
        key["chainCode"] = json!("ab".repeat(32));
    }
    *bytes = metadata.to_string().into_bytes();
    bench.put("altered.zip", zip_of(&files))
}

#[test]
fn without_an_address_every_command_says_that_nothing_proves_the_chain_code() {
    let bench = Folder::with_out();
    let kit = with_other_chain_code(&bench);
    let keys = bench.text("out/keys");
    let report = bench.text("out/report");
    for (command, more) in [
        (&["kit", "verify"][..], vec!["--report", report.as_str()]),
        (&["workspace"][..], vec!["--reveal", "--out", keys.as_str()]),
    ] {
        let said = run(
            &bench,
            command,
            &kit,
            &[&more[..], &["--json", "--quiet"]].concat(),
        );
        let outcome = said.json();
        assert_eq!(outcome["chainCodeProved"], false, "{command:?}");
        for key in outcome["keys"].as_array().unwrap() {
            assert_eq!(key["chainCodeProved"], false, "{command:?}");
        }
        assert!(
            said.stderr
                .contains("warning: nothing proves the chain code of these keys"),
            "{}",
            said.stderr
        );
    }
    let report: Value = serde_json::from_str(&bench.result("report")).unwrap();
    assert_eq!(report["chainCodeProved"], false);
    assert_eq!(report["keys"][0]["chainCodeProved"], false);
}

#[test]
fn a_known_address_proves_the_chain_code_of_its_key_and_no_other() {
    let bench = Folder::with_out();
    let kit = kit_of("workspace-cmp");
    for command in [&["workspace"][..], &["kit", "verify"]] {
        let expect = ["--json", "--expect", BTC];
        let said = run(&bench, command, &kit, &expect);
        let outcome = said.json();
        assert_eq!(outcome["chainCodeProved"], false, "{command:?}");
        let [first, second] = [0, 1].map(|number| outcome["keys"][number].clone());
        assert_eq!(
            (&first["chainCodeProved"], &second["chainCodeProved"]),
            (&json!(true), &json!(false)),
            "{command:?}"
        );
        assert_eq!(
            first["chainCodeProof"],
            json!({ "address": BTC, "chain": "btc", "path": "m/44/0/5/0/0" })
        );
        assert!(said.stderr.contains("nothing proves the chain code of key"));

        let named = format!("sol:{SOL}");
        let both = ["--json", "--expect", BTC, "--expect", &named];
        let said = run(&bench, command, &kit, &both);
        assert_eq!(said.json()["chainCodeProved"], true, "{command:?}");
        assert!(!said.stderr.contains("nothing proves"), "{}", said.stderr);
    }
}

#[test]
fn the_kit_s_one_chain_code_is_proved_below_any_keyset() {
    let said = run(
        &Folder::with_out(),
        &["workspace"],
        &kit_of("keysets"),
        &["--json", "--expect", KEYSET_2],
    );
    let outcome = said.json();
    assert_eq!(outcome["chainCodeProved"], true, "{outcome:#}");
    assert_eq!(
        outcome["keys"][0]["chainCodeProof"]["path"],
        "m/44/0/26/0/0"
    );
}

#[test]
fn an_altered_chain_code_is_found_out_and_no_key_is_written() {
    let bench = Folder::with_out();
    let altered = with_other_chain_code(&bench);
    let keys = bench.text("out/keys");
    let out = ["--json", "--reveal", "--out", &keys, "--expect", BTC];
    run(&bench, &["workspace"], &altered, &out).refused(3, "address_differs", &[]);
    bench.is_clean();
    run(
        &bench,
        &["kit", "verify"],
        &altered,
        &["--json", "--expect", BTC],
    )
    .refused(3, "address_differs", &[]);
    let sound = kit_of("workspace-cmp");
    let foreign = ["--json", "--expect", FOREIGN];
    run(&bench, &["workspace"], &sound, &foreign).refused(3, "address_differs", &[]);
}

const TAKEOVER: [&str; 7] = [
    "takeover",
    "--server-shares",
    "server.json",
    "--wallet",
    takeover::WALLET,
    "--device-share",
    "device.json",
];

#[test]
fn a_takeover_is_held_against_a_known_address() {
    let bench = takeover::recovered();

    let silent = bench.done(&[&TAKEOVER[..], &["--json", "--quiet"]].concat());
    assert_eq!(silent.json()["chainCodeProved"], false);
    assert_eq!(silent.json()["keys"][0]["chainCodeProved"], false);
    assert!(silent.stderr.contains("nothing proves the chain code"));

    let full = ["--reveal", "--out", "full", "--expect"];
    for wrong in [TAKEN_ELSEWHERE, FOREIGN, "sol:nonsense"] {
        let args = [&TAKEOVER[..], &full, &[wrong]].concat();
        bench.refused(3, "address_differs", &args);
    }

    let done = bench.done(&[&TAKEOVER[..], &full, &[TAKEN, "--json"]].concat());
    assert_eq!(done.json()["chainCodeProved"], true);
    assert_eq!(
        done.json()["keys"][0]["chainCodeProof"],
        json!({ "address": TAKEN, "chain": "btc", "path": "m/44/0/2/1/7" })
    );
}

#[test]
fn in_a_batch_an_address_proves_its_wallet_alone() {
    let vector = json_fixture("backups/device-backup.json")[0].clone();
    let bench = folder_of(&vector);
    recover(&bench, &vector);
    std::fs::create_dir(bench.path("devices")).unwrap();
    let wallets = [takeover::WALLET, takeover::COSIGNER];
    for wallet in wallets {
        let copy = bench.path(&format!("devices/{wallet}.json"));
        std::fs::copy(bench.path("device.json"), copy).unwrap();
    }
    bench.write("wallets", wallets.join("\n"));
    let first = takeover::server_shares(&vector)[takeover::WALLET].clone();
    let mut second = first.clone();
    second["chaincode"] = "22".repeat(32).into();
    bench.write_json(
        "server.json",
        &json!({ wallets[0]: first, wallets[1]: second }),
    );

    let batch = [
        "takeover",
        "--server-shares",
        "server.json",
        "--wallets",
        "wallets",
        "--device-shares",
        "devices",
        "--reveal",
        "--out",
        "full",
        "--expect",
    ];
    bench.refused(3, "address_differs", &[&batch[..], &[FOREIGN]].concat());
    let done = bench.done(&[&batch[..], &[TAKEN, "--json"]].concat());
    assert_eq!(done.json()["chainCodeProved"], false);
    assert_eq!(done.json()["wallets"][0]["chainCodeProved"], true);
    assert_eq!(done.json()["wallets"][1]["chainCodeProved"], false);
    assert!(done.stderr.contains("the chain code of 1 wallet"));
}
