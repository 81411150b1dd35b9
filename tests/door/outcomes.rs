//! Outcomes as a contract: every one is as docs/schema says, and says what was written, warned of and refused.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{
    Folder, Run, fixture,
    forge::{Forge, WALLET},
    lifeboat,
    schema::{errors, is_as},
    tested_program, text,
    workload::key,
};

#[test]
fn a_field_that_no_schema_has_is_noticed() {
    let outcome = lifeboat(&["doctor", "--json"]).json();
    assert_eq!(errors("doctor", &outcome), Vec::<String>::new());

    let mut more = outcome.clone();
    more["memory"]["colour"] = json!("red");
    assert_ne!(errors("doctor", &more), Vec::<String>::new());
    let mut less = outcome.clone();
    less.as_object_mut().unwrap().remove("warnings");
    assert_ne!(errors("doctor", &less), Vec::<String>::new());
    let mut bad = outcome.clone();
    bad["ok"] = json!(false);
    assert_ne!(errors("doctor", &bad), Vec::<String>::new());
    let mut other = outcome;
    other["command"] = json!("derive");
    assert_ne!(errors("doctor", &other), Vec::<String>::new());
}

#[test]
fn doctor_names_the_very_file_that_runs() {
    let file = std::fs::read(tested_program()).unwrap();
    let digest = hex::encode(Sha256::digest(file));
    assert_eq!(lifeboat(&["doctor", "--json"]).json()["sha256"], digest);

    let bench = Folder::new();
    let copy = bench.text("another name");
    std::fs::copy(tested_program(), &copy).unwrap();
    let script = r#""$1" doctor; printf x >>"$1"; "$1" doctor --json"#;
    let shown = std::process::Command::new("sh")
        .args(["-c", script, "sh", &copy])
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(&format!("\nsha-256  {digest}\n")), "{shown}");
    // A byte more is another program.
    let changed = hex::encode(Sha256::digest(std::fs::read(&copy).unwrap()));
    assert!(
        shown.contains(&format!("\"sha256\": \"{changed}\"")),
        "{shown}"
    );
}

#[test]
fn ok_and_the_command_come_first() {
    let begins = |run: &Run, lines: &[&str]| {
        assert!(
            run.stdout.starts_with(&format!("{{\n{}", lines.join("\n"))),
            "{}",
            run.stdout
        );
    };
    begins(
        &lifeboat(&["doctor", "--json"]),
        &["  \"ok\": true,", "  \"command\": \"doctor\","],
    );
    begins(
        &lifeboat(&["kit", "inspect", "nothing", "--json"]),
        &[
            "  \"ok\": false,",
            "  \"command\": \"kit inspect\",",
            "  \"schemaVersion\": 1,",
            "  \"error\": {",
        ],
    );
    begins(
        &lifeboat(&["nothing", "--json"]),
        &["  \"ok\": false,", "  \"command\": null,"],
    );
}

/// Every file that an outcome says was written has this SHA-256 and size.
#[track_caller]
fn is_written(outcome: &Value, count: usize) {
    let written = outcome["written"].as_array().unwrap();
    assert_eq!(written.len(), count, "{outcome:#}");
    for file in written {
        let bytes = std::fs::read(text(&file["path"])).unwrap();
        assert_eq!(file["sha256"], hex::encode(Sha256::digest(&bytes)));
        assert_eq!(file["bytes"], bytes.len());
    }
}

#[test]
fn every_file_that_was_written_is_named_with_its_sha_256() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let pem = key("recovery.pkcs8");
    let to = key("recovery.public");

    let keygen = ["keygen", "--unencrypted", "--json", "--out"];
    let keygen = lifeboat(&[&keygen[..], &[&bench.text("out/new")]].concat()).json();
    is_written(&keygen, 2);
    assert_eq!(keygen["files"].as_array().unwrap().len(), 2);

    let derived = bench.derive(&kit, &[WALLET]).json();
    is_written(&derived, 1);
    assert_eq!(derived["sha256"], derived["written"][0]["sha256"]);

    let sealed = bench.text("out/sealed");
    let shares = bench.text("out/shares");
    let seal = ["seal", &shares, "--to", &to, "--out", &sealed, "--json"];
    is_written(&lifeboat(&seal).json(), 1);

    let report = bench.text("out/report");
    let verify = [
        "kit", "verify", &kit, "--key", &pem, "--report", &report, "--json",
    ];
    is_written(&lifeboat(&verify).json(), 1);
    let report = serde_json::from_str(&bench.result("report")).unwrap();
    is_as("report-kit-verify", &report);

    // A folder is a result, its files are what was written.
    let pages = bench.text("out/pages");
    let pages = lifeboat(&["man", "--all", &pages, "--json"]).json();
    is_written(&pages, pages["files"].as_array().unwrap().len());
}

#[test]
fn what_was_not_derived_is_said() {
    for (algorithm, derived, not) in [
        ("ecdsa", 1, json!(["MPC_CMP_EDDSA_ED25519"])),
        ("eddsa", 1, json!(["MPC_CMP_ECDSA_SECP256K1"])),
        ("both", 2, json!([])),
    ] {
        let bench = Folder::with_out();
        let kit = bench.put("kit.zip", Forge::wallets().zip());
        let said = bench.derive(&kit, &["--algorithm", algorithm, WALLET]);
        let outcome = said.json();
        assert_eq!(outcome["algorithms"].as_array().unwrap().len(), derived);
        assert_eq!(outcome["notDerived"], not);

        let warned = outcome["warnings"].as_array().unwrap();
        let unconfirmed = warned
            .iter()
            .filter(|warning| warning["code"] == "eddsa_unconfirmed");
        assert_eq!(unconfirmed.count(), usize::from(algorithm != "ecdsa"));
    }
}

#[test]
fn a_list_that_is_refused_names_twenty_bad_ids_and_counts_the_others() {
    let bench = Folder::with_out();
    let list: String = (0..50)
        .map(|number| format!("nonsense {number}\n"))
        .collect();
    let outcome = bench.derive_list(format!("{WALLET}\n{list}"), &[]).refused(
        2,
        "bad_wallet_ids",
        &["line 2", "49 more"],
    );
    let failed = outcome["failed"].as_array().unwrap();
    assert_eq!((failed.len(), &outcome["failedCount"]), (20, &json!(50)));
    assert_eq!(
        failed[3],
        json!({
            "code": "bad_wallet_ids",
            "line": 5,
            "message": "`(text of 10 bytes)` is not a wallet id",
        })
    );
}

#[test]
fn a_bad_id_has_its_place_and_the_spelling_to_use() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let upper = WALLET.to_uppercase();
    let outcome = bench.derive(&kit, &[&upper]);
    let outcome = outcome.refused(2, "bad_wallet_ids", &["argument 1"]);
    let failed = &outcome["failed"][0];
    assert_eq!(
        (&failed["id"], &failed["canonical"]),
        (&json!(upper), &json!(WALLET))
    );
    assert_eq!(
        (&failed["argument"], &failed["line"]),
        (&json!(1), &Value::Null)
    );
}

#[test]
fn a_wallet_that_is_not_taken_over_has_a_code_and_an_id() {
    let bench = Folder::with_out();
    let list = bench.put("list", WALLET);
    let shares = fixture("demo/expected-shares.json");
    let args = [
        "takeover",
        "--json",
        "--server-shares",
        shares.to_str().unwrap(),
        "--wallets",
        &list,
        "--device-shares",
        &bench.text("out"),
    ];
    let outcome = lifeboat(&args).refused(1, "no_takeover", &[]);
    let failed = &outcome["failed"][0];
    assert_eq!(
        (&failed["id"], &failed["walletId"]),
        (&json!(WALLET), &json!(WALLET))
    );
    assert!(
        failed["code"].is_string() && failed["message"].is_string(),
        "{failed}"
    );
}
