//! A drill with a kit: the demo's, whole and in every way that it can be wrong.

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{ADDRESS, KEY, RECORD, WALLET, bench, drill, failed_at, python, record, results};
use crate::support::{
    Folder, Run, demo::has, fixture, forge::Forge, json_fixture, read_fixture, schema, text,
    workload::key, zip_files,
};

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

const OWNER: [&str; 2] = ["--owner-passphrase-file", "owner-passphrase.txt"];

fn known(address: &str) -> [String; 4] {
    let known = format!("{WALLET}:{address}");
    ["--known", &known, "--device-share", "device.json"].map(str::to_owned)
}

/// With owner, known wallet and an address of the workspace.
fn whole(bench: &Folder, more: &[&str]) -> Run {
    let known = known(ADDRESS);
    let known = known.each_ref().map(String::as_str);
    let expect = ["--expect", "0x07dc49D170E17351EFA834a693F957e968B0e622"];
    drill(bench, &[&OWNER[..], &known, &expect, more].concat())
}

/// Takes report and page away.
fn again(bench: &Folder, name: &str) {
    std::fs::rename(bench.path("report.json"), bench.path(name)).unwrap();
    std::fs::remove_file(bench.path("page.html")).unwrap();
}

const ALL: [&str; 10] = [
    "kit ok",
    "list ok",
    "key ok",
    "owner ok",
    "verify ok",
    "derive ok",
    "seal ok",
    "unseal ok",
    "check ok",
    "known wallet ok",
];

#[test]
fn a_kit_is_proved_by_a_known_wallet() {
    let bench = bench();
    let run = whole(&bench, &["--sample", "12"]);
    let outcome = run.json();
    assert_eq!(run.warnings(), [""; 0]);
    let report = record(&bench);
    assert_eq!(results(&report), ALL);
    assert_eq!(report["secrets"], "kit");
    assert_eq!(report["file"], "kit.zip");
    assert_eq!(
        report["kit"]["fileSha256"],
        sha256(&read_fixture("demo/kit.zip"))
    );
    assert_eq!(report["wallets"], 12);
    assert_eq!(report["keys"][0]["chainCodeProved"], true);
    assert!(report["checks"].as_array().unwrap().len() >= 9);

    let proof = &report["knownWallet"];
    assert_eq!(proof["walletId"], WALLET);
    assert_eq!(proof["address"]["address"], ADDRESS);
    for field in ["ecdsaProved", "eddsaProved", "assetSeedProved"] {
        assert_eq!(proof[field], true, "{field}");
    }
    assert_eq!(proof["keys"].as_array().unwrap().len(), 2);
    assert_eq!(report["sample"]["wallets"].as_array().unwrap().len(), 12);
    for field in ["steps", "sample", "knownWallet", "checks", "keys"] {
        assert_eq!(report[field], outcome[field], "{field}");
    }
}

/// By shares that the reference derived, and by Python's own SHA-256.
#[test]
fn commitments_are_those_of_the_document() {
    if !has("python3") {
        return;
    }
    let bench = bench();
    drill(&bench, &["--sample", "12"]).json();
    let shares = fixture("demo/expected-shares.json");
    let said = python(
        "commitments.py",
        &[&bench.text("report.json"), shares.to_str().unwrap()],
    );
    assert_eq!(said, "12 wallets\n");
}

#[test]
fn two_drills_are_compared_wallet_by_wallet() {
    let bench = bench();
    drill(&bench, &["--sample", "5"]).json();
    again(&bench, "first.json");
    let first = bench.read_json("first.json");
    drill(&bench, &["--sample", "5"]).json();
    again(&bench, "other.json");
    let other = bench.read_json("other.json");
    assert_ne!(first["sample"]["salt"], other["sample"]["salt"]);

    // A salt of their own hides that two wallets of two drills are the same.
    let commitments = |report: &Value| -> Vec<String> {
        let wallets = report["sample"]["wallets"].as_array().unwrap().iter();
        wallets
            .map(|wallet| text(&wallet["commitment"]).to_owned())
            .collect()
    };
    let other = commitments(&other);
    assert!(commitments(&first).iter().all(|one| !other.contains(one)));

    let run = drill(&bench, &["--compare", "first.json"]);
    run.json();
    let report = record(&bench);
    assert_eq!(report["sample"], first["sample"]);
    assert_eq!(report["comparison"]["equal"], 5);
    assert_eq!(report["comparison"]["file"], "first.json");
    assert_eq!(
        report["comparison"]["sha256"],
        sha256(&bench.read_bytes("first.json"))
    );
}

#[test]
fn what_differs_from_an_earlier_drill_is_named() {
    let bench = bench();
    drill(&bench, &["--sample", "12"]).json();
    again(&bench, "first.json");
    let mut first = bench.read_json("first.json");
    let wallet = &mut first["sample"]["wallets"][3];
    let id = text(&wallet["walletId"]).to_owned();
    wallet["commitment"] = "0".repeat(64).into();
    bench.write_json("first.json", &first);
    let run = drill(&bench, &["--compare", "first.json"]);
    let report = failed_at(
        &bench,
        &run,
        "compare",
        &["1 have other shares", "0 are not"],
    );
    let compared = &report["comparison"];
    assert_eq!(compared["equal"], 11);
    assert_eq!(
        compared["wallets"][3],
        json!({ "walletId": id, "result": "differs" })
    );
    again(&bench, "second.json");

    // The list has lost a wallet.
    let list = bench.read("wallets.txt");
    bench.write("wallets.txt", list.replace(&format!("{id}\n"), ""));
    let run = drill(&bench, &["--compare", "first.json"]);
    let report = failed_at(
        &bench,
        &run,
        "compare",
        &["0 have other shares", "1 are not"],
    );
    assert_eq!(report["comparison"]["wallets"][3]["result"], "not listed");
}

#[test]
fn what_is_no_report_of_such_a_drill_is_refused() {
    let bench = bench();
    drill(&bench, &[]).json();
    again(&bench, "first.json");
    let first = bench.read_json("first.json");
    let refused = |change: &dyn Fn(&mut Value), code: &str, words: &str| {
        let mut report = first.clone();
        change(&mut report);
        bench.write_json("changed.json", &report);
        let run = drill(&bench, &["--compare", "changed.json"]);
        run.refused(2, code, &["changed.json", words]);
    };
    let sample = |report: &mut Value| report["sample"] = Value::Null;
    refused(&sample, "missing_field", "sample");
    refused(
        &|report| report["report"] = "x".into(),
        "bad_value",
        "report",
    );
    refused(
        &|report| report["sample"]["salt"] = "00".into(),
        "wrong_length",
        "salt",
    );
    refused(
        &|report| report["sample"]["wallets"] = json!([]),
        "bad_value",
        "wallets",
    );
    refused(
        &|report| report["sample"]["wallets"][0]["walletId"] = "x".into(),
        "bad_value",
        "walletId",
    );
    let rule = |report: &mut Value| report["sample"]["eddsaVariant"] = "wide-little".into();
    refused(&rule, "usage", "--eddsa-variant wide-little");
    bench.write("changed.json", "no JSON");
    drill(&bench, &["--compare", "changed.json"]).refused(2, "not_json", &[]);
    assert!(!bench.exists("report.json") && !bench.exists("page.html"));
}

#[test]
fn the_rule_of_eddsa_shares_is_part_of_the_sample() {
    let bench = bench();
    drill(&bench, &["--eddsa-variant", "wide-little"]).json();
    again(&bench, "first.json");
    assert_eq!(
        bench.read_json("first.json")["sample"]["eddsaVariant"],
        "wide-little"
    );
    drill(
        &bench,
        &["--eddsa-variant", "wide-little", "--compare", "first.json"],
    )
    .json();
    again(&bench, "second.json");

    // The known wallet's ed25519 key was shared by another rule.
    let run = whole(&bench, &["--eddsa-variant", "wide-little"]);
    failed_at(
        &bench,
        &run,
        "known wallet",
        &["MPC_CMP_EDDSA_ED25519", "confirm-eddsa"],
    );
}

#[test]
fn another_kit_than_the_one_meant_ends_the_drill_but_not_its_report() {
    let bench = bench();
    let run = whole(&bench, &["--kit-sha256", &"0".repeat(64)]);
    let report = failed_at(&bench, &run, "kit", &["--kit-sha256"]);
    assert_eq!(report["kit"], Value::Null);
    let rest = [
        "kit failed",
        "list ok",
        "key ok",
        "verify not done",
        "derive not done",
    ];
    assert_eq!(results(&report)[..5], rest);
    assert_eq!(report["steps"][3]["found"], "needs `kit`");
}

#[test]
fn a_zip_that_was_cut_is_a_failed_step() {
    let bench = bench();
    let bytes = bench.read_bytes("kit.zip");
    bench.write("kit.zip", &bytes[..bytes.len() - 30]);
    failed_at(&bench, &drill(&bench, &[]), "kit", &["kit.zip"]);
}

#[test]
fn a_kit_that_was_altered_fails_where_it_was_altered() {
    let bench = bench();
    std::fs::remove_file(bench.path("kit.zip")).unwrap();
    let files = zip_files("demo/kit.zip");
    for (name, mut bytes) in files {
        // The entry of the wallet master.
        if name.ends_with("fd4ad569-aea2-47a2-af21-c25c2051fc10") {
            bytes[100] ^= 1;
        }
        bench.write(&format!("kit.zip/{name}"), bytes);
    }
    let run = whole(&bench, &[]);
    let report = failed_at(&bench, &run, "verify", &["1 of "]);
    let rest = [
        "verify failed",
        "derive failed",
        "seal not done",
        "unseal not done",
        "check not done",
        "known wallet not done",
    ];
    assert_eq!(results(&report)[4..], rest);
    assert!(
        report["problems"]
            .to_string()
            .contains("wallet master key opens"),
        "{report}"
    );
    assert_eq!(report["sample"], Value::Null);
}

#[test]
fn a_share_that_is_not_the_workspace_s_is_no_matter_of_its_wallets() {
    let bench = bench();
    let other = bench.put("other", "not the owner's passphrase");
    let run = drill(&bench, &["--owner-passphrase-file", &other]);
    let report = failed_at(&bench, &run, "owner", &["passphrase"]);
    assert_eq!(results(&report)[4..6], ["verify ok", "derive ok"]);
}

#[test]
fn another_key_is_told_once() {
    let bench = bench();
    bench.write("recovery-private.pem", bench.read("endpoint-private.pem"));
    bench.write("key-passphrase.txt", bench.read("endpoint-passphrase.txt"));
    let report = failed_at(
        &bench,
        &drill(&bench, &[]),
        "verify",
        &["this is another key"],
    );
    assert_eq!(report["steps"][4]["found"], "needs `verify`");

    let bench = super::bench();
    bench.write("key-passphrase.txt", "another");
    let report = failed_at(&bench, &drill(&bench, &[]), "key", &["passphrase"]);
    assert_eq!(report["key"], Value::Null);
    assert_eq!(report["steps"][3]["found"], "needs `key`");
}

#[test]
fn a_list_with_something_else_in_it_is_a_failed_step() {
    let bench = bench();
    let list = bench.read("wallets.txt");
    for (more, words) in [
        ("12345\n".to_owned(), "not a wallet id"),
        (WALLET.to_uppercase() + "\n", WALLET),
        (WALLET.to_owned() + "\n", "already"),
    ] {
        bench.write("wallets.txt", list.clone() + &more);
        let report = failed_at(&bench, &drill(&bench, &[]), "list", &["line 13", words]);
        assert_eq!(results(&report)[3..5], ["verify ok", "derive not done"]);
        assert_eq!(report["wallets"], Value::Null);
        again(&bench, "last.json");
    }
    bench.write("wallets.txt", "");
    failed_at(&bench, &drill(&bench, &[]), "list", &["no wallet ids"]);
    again(&bench, "last.json");

    // The others are derived all the same.
    bench.write("wallets.txt", list.replace(&format!("{WALLET}\n"), ""));
    let report = failed_at(
        &bench,
        &whole(&bench, &[]),
        "list",
        &["lacks the known wallet"],
    );
    assert_eq!(report["wallets"], 11);
    assert_eq!(results(&report)[4..], ALL[4..]);
}

#[test]
fn an_address_or_a_share_of_somebody_else_proves_nothing() {
    let bench = bench();
    let stranger = "0x0000000000000000000000000000000000000001";
    let wrong = known(stranger);
    let wrong = wrong.each_ref().map(String::as_str);
    let report = failed_at(&bench, &drill(&bench, &wrong), "known wallet", &["address"]);
    assert_eq!(report["knownWallet"], Value::Null);
    assert_ne!(report["sample"], Value::Null);
    again(&bench, "last.json");

    failed_at(
        &bench,
        &whole(&bench, &["--expect", stranger]),
        "verify",
        &["1 of "],
    );
    again(&bench, "last.json");

    let other = "0f8e9c4d-1dbd-4d5a-805b-340c24f9bafe:0x9008730eba6e4046AB01dF4D2D308C97b589de07";
    let run = drill(&bench, &["--known", other, "--device-share", "device.json"]);
    failed_at(&bench, &run, "known wallet", &["do not add up"]);
}

#[test]
fn a_kit_without_wallets_needs_no_list_of_them() {
    let bench = bench();
    bench.write("workspace.zip", Forge::workspace().zip());
    let key = key("recovery.pkcs8");
    let workspace = ["drill", "--kit", "workspace.zip", "--key", &key];
    bench.run_json(&[&workspace[..], &RECORD].concat()).json();
    let report = record(&bench);
    assert_eq!(results(&report), ["kit ok", "key ok", "verify ok"]);
    assert_eq!([&report["wallets"], &report["sample"]], [&Value::Null; 2]);
    again(&bench, "last.json");

    let list = ["--wallets", "wallets.txt"];
    let run = bench.run_json(&[&workspace[..], &RECORD, &list].concat());
    failed_at(&bench, &run, "derive", &["no wallet master key"]);

    let kit = ["drill", "--kit", "kit.zip"];
    let run = bench.run_json(&[&kit[..], &KEY].concat());
    run.refused(2, "usage", &["wallets of users", "--wallets FILE"]);
}

/// Nothing is sealed to keys of 2048 bits any more.
#[test]
fn a_kit_for_a_key_of_old_is_drilled_with_a_key_made_for_it() {
    let bench = bench();
    let (kit, key) = (fixture("kits/rsa2048.zip"), key("old.pkcs8"));
    let kit = ["drill", "--kit", kit.to_str().unwrap(), "--key", &key];
    let rest = ["--wallets", "wallets.txt"];
    bench.run_json(&[&kit[..], &rest, &RECORD].concat()).json();
    let report = record(&bench);
    let steps = report["steps"].as_array().unwrap().iter();
    let mut found = steps.map(|step| text(&step["found"]));
    assert!(
        found.any(|found| found == "to a key made for it"),
        "{report}"
    );
}

#[test]
fn a_drill_that_takes_too_long_says_so_and_is_recorded() {
    let bench = bench();
    let run = drill(&bench, &["--target", "0.00002"]);
    run.refused(3, "drill_too_slow", &["the target is 0.00 s"]);
    let report = record(&bench);
    assert_eq!(report["held"], false);
    assert_eq!(report["targetMet"], false);
    assert!(results(&report).iter().all(|step| step.ends_with(" ok")));
    assert!(bench.read("page.html").contains("longer than its target"));
}

/// What is not there is no finding: nothing is written.
#[test]
fn a_file_that_is_not_there_ends_before_the_drill() {
    let bench = bench();
    for gone in [
        "kit.zip",
        "wallets.txt",
        "recovery-private.pem",
        "device.json",
        "key-passphrase.txt",
    ] {
        let moved = bench.path("elsewhere");
        std::fs::rename(bench.path(gone), &moved).unwrap();
        whole(&bench, &[]).refused(2, "file_not_found", &[]);
        std::fs::rename(&moved, bench.path(gone)).unwrap();
        assert!(
            !bench.exists("report.json") && !bench.exists("page.html"),
            "{gone}"
        );
    }
}

/// In hexadecimal and base64, the bytes of what only the kit, the key and the user know; and passphrases as they are.
fn secrets(bench: &Folder) -> Vec<String> {
    let mut bytes: Vec<Vec<u8>> = Vec::new();
    let mut add = |value: &Value| bytes.push(hex::decode(text(value)).unwrap());
    let shares = json_fixture("demo/expected-shares.json");
    for record in shares.as_object().unwrap().values() {
        add(&record["chaincode"]);
        for share in record["shares"].as_array().unwrap() {
            let share = share.as_object().unwrap().iter();
            share
                .filter(|(name, _)| name.starts_with("MPC"))
                .for_each(|(_, share)| add(share));
        }
    }
    for key in json_fixture("demo/expected-keys.json")
        .as_object()
        .unwrap()
        .values()
    {
        add(&key["privateKey"]);
    }
    for key in bench.read_json("device.json")["keys"].as_array().unwrap() {
        add(&key["share"]);
    }
    let metadata = zip_files("demo/kit.zip");
    let metadata = metadata
        .iter()
        .find(|(name, _)| name == "metadata.json")
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.1).unwrap();
    for master in metadata["masterKeys"].as_object().unwrap().values() {
        add(&master["walletSeed"]);
        add(&master["assetSeed"]);
    }

    let mut texts: Vec<String> = Vec::new();
    for secret in &bytes {
        texts.push(hex::encode(secret));
        texts.push(
            Base64::encode_string(secret)
                .trim_end_matches('=')
                .to_owned(),
        );
    }
    for key in json_fixture("demo/expected-keys.json")
        .as_object()
        .unwrap()
        .values()
    {
        texts.push(text(&key["extendedPrivateKey"]).to_owned());
    }
    for name in ["key-passphrase.txt", "owner-passphrase.txt"] {
        texts.push(bench.read(name).trim_end().to_owned());
    }
    assert!(texts.len() > 80, "{}", texts.len());
    texts
}

#[test]
fn no_secret_is_in_any_output() {
    let bench = bench();
    let secrets = secrets(&bench);
    let outputs = |run: &Run| {
        [
            run.stdout.clone(),
            run.stderr.clone(),
            bench.read("report.json"),
            bench.read("page.html"),
        ]
    };
    let all = |run: &Run| {
        for output in outputs(run) {
            let lower = output.to_lowercase();
            for secret in &secrets {
                assert!(
                    !output.contains(secret) && !lower.contains(secret),
                    "a secret: {output}"
                );
            }
        }
    };
    let run = whole(&bench, &["--sample", "12"]);
    run.json();
    all(&run);
    again(&bench, "first.json");

    let known = known(ADDRESS);
    let known = known.each_ref().map(String::as_str);
    let kit = ["drill", "--kit", "kit.zip", "--wallets", "wallets.txt"];
    let run = bench.run(&[&kit[..], &KEY, &RECORD, &OWNER, &known].concat());
    assert!(
        run.done()
            .lines()
            .last()
            .unwrap()
            .contains("proves seeds and chain codes")
    );
    all(&run);
    again(&bench, "second.json");

    let stranger = "--expect";
    let run = whole(
        &bench,
        &[stranger, "0x0000000000000000000000000000000000000001"],
    );
    run.refused(3, "drill_failed", &[]);
    all(&run);
}

#[test]
fn what_nothing_proves_is_said() {
    let bench = bench();
    let run = drill(&bench, &OWNER);
    run.json();
    let warnings = run.warnings();
    assert!(
        warnings
            .iter()
            .any(|text| text.contains("lifeboat drill … --expect ADDRESS")),
        "{warnings:?}"
    );
    assert!(
        warnings
            .iter()
            .any(|text| text.contains("--known WALLET:ADDRESS")),
        "{warnings:?}"
    );
    schema::is_as("report-drill", &record(&bench));
}

#[test]
fn a_sample_is_taken_from_the_list_without_repeats() {
    let bench = bench();
    drill(&bench, &["--sample", "7"]).json();
    let report = record(&bench);
    let wallets = report["sample"]["wallets"].as_array().unwrap().iter();
    let mut ids: Vec<&str> = wallets.map(|wallet| text(&wallet["walletId"])).collect();
    let list = bench.read("wallets.txt");
    assert!(ids.iter().all(|id| list.contains(id)));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 7);
}
