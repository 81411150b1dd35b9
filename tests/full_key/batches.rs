//! Batches of takeovers, and what is compared and written for many keys at once.

use serde_json::{Value, json};

use crate::support::{
    Folder, json_fixture,
    takeover::{COSIGNER, WALLET, folder_of, recover, recovered, server_shares, takeover},
};

/// Another id.
const OTHER: &str = "00000000-0000-4000-8000-000000000002";

const TAKEOVER: [&str; 7] = [
    "takeover",
    "--server-shares",
    "server.json",
    "--wallets",
    "wallets",
    "--device-shares",
    "devices",
];

/// Two wallets of one device share, as a company's test system has them; the second record is given.
fn bench_of_two(second: serde_json::Value) -> Folder {
    let vector = json_fixture("backups/device-backup.json")[0].clone();
    let bench = folder_of(&vector);
    recover(&bench, &vector);
    std::fs::create_dir(bench.path("devices")).unwrap();
    for wallet in [WALLET, COSIGNER] {
        std::fs::copy(
            bench.path("device.json"),
            bench.path(&format!("devices/{wallet}.json")),
        )
        .unwrap();
    }
    bench.write("wallets", format!("{WALLET}\n{COSIGNER}\n"));
    let first = server_shares(&vector)[WALLET].clone();
    bench.write_json("server.json", &json!({ WALLET: first, COSIGNER: second }));
    bench
}

#[test]
fn a_damaged_record_fails_its_wallet_alone() {
    let bench = bench_of_two(json!({ "chaincode": "zz".repeat(32), "shares": [] }));
    let run = bench.run(&[&TAKEOVER[..], &["--reveal", "--out", "full", "--json"]].concat());
    assert_eq!(run.exit, 1, "{}", run.stderr);
    assert_eq!(run.outcome()["failed"][0]["walletId"], COSIGNER);
    assert_eq!(bench.read("full").lines().count(), 1);
}

/// A list may name far more wallets than device shares were recovered of: those are told first, and not all of them.
#[test]
fn wallets_without_a_device_share_are_told_at_once_and_the_others_taken() {
    let second = json!({ "chaincode": "22".repeat(32), "shares": [] });
    let bench = bench_of_two(second);
    let absent = |number: u64| format!("00000000-0000-4000-8000-{number:012}\n");
    let list: String = (10..110).map(absent).collect();
    bench.write("wallets", format!("{WALLET}\n{list}"));
    let run = bench.run(&[&TAKEOVER[..], &["--unencrypted", "--out", "full", "--json"]].concat());
    assert_eq!(run.exit, 1, "{}", run.stderr);
    assert_eq!(bench.read("full").lines().count(), 1);
    assert_eq!(run.outcome()["failed"].as_array().unwrap().len(), 100);
    assert_eq!(
        run.stderr.matches("no device share in").count(),
        20,
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("and 80 more wallets"), "{}", run.stderr);
}

#[test]
fn a_folder_without_any_of_the_device_shares_says_what_it_is() {
    let bench = bench_of_two(json!({ "chaincode": "22".repeat(32), "shares": [] }));
    std::fs::create_dir(bench.path("backups")).unwrap();
    std::fs::copy(bench.path("backup.json"), bench.path("backups/one.json")).unwrap();
    std::fs::create_dir(bench.path("empty")).unwrap();
    for (given, exit, code, hint) in [
        ("device.json", 2, "usage", "--wallet ID --device-share FILE"),
        ("backups", 1, "no_takeover", "lifeboat share recover"),
        ("empty", 1, "no_takeover", "WALLET_ID.json"),
        ("nowhere", 2, "file_not_found", ""),
    ] {
        let args = [
            &TAKEOVER[..6],
            &[given, "--unencrypted", "--out", "full", "--json"],
        ]
        .concat();
        bench.run(&args).refused(exit, code, &[hint]);
        assert!(!bench.path("full").exists());
    }

    // One wallet finds its device share in the folder, too.
    let one = [
        "takeover",
        "--server-shares",
        "server.json",
        "--wallet",
        WALLET,
        "--device-shares",
        "devices",
    ];
    bench.done(&one);
}

#[test]
fn the_csv_of_a_batch_can_be_given_back() {
    let vector = json_fixture("backups/device-backup.json")[0].clone();
    let mut second = server_shares(&vector)[WALLET].clone();
    second["chaincode"] = "22".repeat(32).into();
    let bench = bench_of_two(second);
    bench.done(&[&TAKEOVER[..], &["--reveal", "--out", "full"]].concat());
    let export = ["export", "full", "--chain", "btc,eth", "--index", "0..2"];
    let csv = bench
        .done(&[&export[..], &["--format", "csv"]].concat())
        .stdout;
    assert_eq!(csv.lines().count(), 13);
    bench.write("expected.csv", &csv);
    bench.done(&[&export[..], &["--expect-file", "expected.csv"]].concat());
    let swapped = csv
        .replace(WALLET, "?")
        .replace(COSIGNER, WALLET)
        .replace('?', COSIGNER);
    bench.write("swapped.csv", swapped);
    bench.refused(
        3,
        "address_differs",
        &[&export[..], &["--expect-file", "swapped.csv"]].concat(),
    );
}

/// One wallet's full keys in `full`, and its first Ethereum address.
fn one_wallet() -> (Folder, String) {
    let bench = recovered();
    let takeover = takeover("server.json", "device.json");
    bench.done(&[&takeover[..], &["--reveal", "--out", "full"]].concat());
    let shown = bench
        .done(&["export", "full", "--chain", "eth", "--format", "json"])
        .stdout;
    let keys: serde_json::Value = serde_json::from_str(&shown).unwrap();
    (bench, keys[0]["address"].as_str().unwrap().to_owned())
}

#[test]
fn an_ethereum_address_in_lower_case_is_the_same_and_a_wrong_checksum_is_not() {
    let (bench, address) = one_wallet();
    let expect = |address: &str, exit: i32| {
        let run = bench.run(&["export", "full", "--chain", "eth", "--expect", address]);
        assert_eq!(run.exit, exit, "{address}: {}", run.stderr);
    };
    expect(&address, 0);
    expect(&address.to_lowercase(), 0);
    let flipped = |letter: char| {
        if letter.is_ascii_uppercase() {
            letter.to_ascii_lowercase()
        } else {
            letter.to_ascii_uppercase()
        }
    };
    let mixed: String = address.chars().skip(2).map(flipped).collect();
    expect(&format!("0x{mixed}"), 3);
}

#[test]
fn keystores_are_written_all_or_none() {
    let (bench, _) = one_wallet();
    bench.write("lock", "a passphrase for keystores\n");
    std::fs::create_dir(bench.path("stores")).unwrap();
    let export = [
        "export",
        "full",
        "--chain",
        "eth,etc",
        "--index",
        "0..1",
        "--keystore-dir",
        "stores",
    ];
    let lock = ["--keystore-passphrase-file", "lock"];
    let shown = bench
        .done(&[
            "export", "full", "--chain", "eth", "--index", "1", "--format", "json",
        ])
        .stdout;
    let keys: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let second = format!("stores/{}.json", keys[0]["address"].as_str().unwrap());
    bench.write(&second, "from before");
    bench.refused(2, "output_exists", &[&export[..], &lock].concat());
    assert_eq!(std::fs::read_dir(bench.path("stores")).unwrap().count(), 1);
    assert_eq!(bench.read(&second), "from before");
    bench.refused(
        2,
        "file_not_found",
        &[
            "export",
            "full",
            "--chain",
            "eth",
            "--keystore-dir",
            "no/stores",
            lock[0],
            lock[1],
        ],
    );
}

#[test]
fn a_batch_names_what_failed() {
    let bench = recovered();
    std::fs::create_dir(bench.path("devices")).unwrap();
    std::fs::copy(
        bench.path("device.json"),
        bench.path(&format!("devices/{WALLET}.json")),
    )
    .unwrap();
    bench.write("wallets", format!("{WALLET}\n{COSIGNER}\n"));
    let run = bench.run(&[
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
        "--json",
    ]);
    assert_eq!(run.exit, 1, "{}", run.stderr);
    assert_eq!(run.outcome()["failed"][0]["walletId"], COSIGNER);
    assert_eq!(bench.read("full").lines().count(), 1);
    let export = bench.done(&["export", "full", "--chain", "btc", "--format", "json"]);
    let keys: Value = serde_json::from_str(&export.stdout).unwrap();
    assert_eq!(keys[0]["walletId"], WALLET);
}

#[test]
fn a_batch_takes_a_list_that_names_each_wallet_once() {
    let bench = recovered();
    std::fs::create_dir(bench.path("devices")).unwrap();
    let batch = [
        "takeover",
        "--server-shares",
        "server.json",
        "--wallets",
        "wallets",
        "--device-shares",
        "devices",
    ];
    for (list, code) in [
        (format!("{WALLET}\n{OTHER}\n{WALLET}\n"), "bad_wallet_ids"),
        (
            format!("{WALLET}\n{}\n", OTHER.to_uppercase().replace('0', "A")),
            "bad_wallet_ids",
        ),
        ("\n\n".to_owned(), "no_wallet_ids"),
    ] {
        bench.write("wallets", list);
        bench.refused(2, code, &batch);
    }
}

#[test]
fn an_expect_file_says_one_thing_of_each_address() {
    let bench = recovered();
    bench.done(
        &[
            &takeover("server.json", "device.json")[..],
            &["--reveal", "--out", "full"],
        ]
        .concat(),
    );
    let export = ["export", "full", "--chain", "eth", "--index", "0..1"];
    let csv = bench
        .done(&[&export[..], &["--format", "csv"]].concat())
        .stdout;
    let lines: Vec<&str> = csv.split_inclusive('\n').collect();
    let expect = ["--expect-file", "expected.csv"];
    for (text, exit, code) in [
        (csv.clone() + lines[2], 2, "bad_expect_file"),
        (lines[0].to_owned(), 2, "bad_expect_file"),
        (lines[..2].concat(), 3, "address_differs"),
        (
            csv.replace(",m/44/60/0/0/1,", ",m/44/60/0/0/2,"),
            3,
            "address_differs",
        ),
        (csv.replace("m/44/", "m/44'/"), 2, "bad_expect_file"),
    ] {
        bench.write("expected.csv", text);
        bench.refused(exit, code, &[&export[..], &expect].concat());
    }
    // A batch of one wallet against a list that names no wallet.
    let unnamed: String = lines
        .iter()
        .map(|line| line.split_once(',').unwrap().1)
        .collect();
    bench.write("expected.csv", unnamed);
    bench.done(&[&export[..], &expect].concat());
    let array: Value = bench.read_json("full");
    bench.write(
        "full",
        json!({ "walletId": WALLET, "keys": array }).to_string(),
    );
    bench.done(&[&export[..], &expect].concat());
}

#[test]
fn a_disk_that_fills_up_leaves_no_keystore() {
    let bench = recovered();
    bench.done(
        &[
            &takeover("server.json", "device.json")[..],
            &["--reveal", "--out", "full"],
        ]
        .concat(),
    );
    bench.write("lock", "a passphrase for keystores\n");
    std::fs::create_dir(bench.path("stores")).unwrap();
    // A disk of one page in a name space of its own, where the system lets us have one: room for one keystore.
    let script = r#"mount -t tmpfs -o size=4k none stores || exit 77
        "$0" export full --chain eth --index 0..1 --keystore-dir stores/new --keystore-passphrase-file lock; code=$?
        ls -A stores >&2; exit $code"#;
    let Some(run) = bench.shell_with_disks::<&str>(script, &[]) else {
        return;
    };
    let said = run.stderr;
    assert_eq!(run.exit, 2, "{said}");
    assert!(
        said.contains("no space left") && !said.contains(".json\n"),
        "{said}"
    );
}
