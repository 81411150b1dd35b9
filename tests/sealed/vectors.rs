//! The vectors in `fixtures/sealed`: written by software that is not ours, opened by the program and by the openers in
//! `docs/examples`, each with the result that its file has.

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::{Map, Value};

use crate::support::{Folder, fixture, json_fixture, lifeboat, read_fixture, workload::key};

fn cases() -> Map<String, Value> {
    let Value::Object(cases) = json_fixture("sealed/cases.json") else {
        panic!("cases.json is no object")
    };
    let named: BTreeSet<String> = cases.keys().cloned().collect();
    let there: BTreeSet<String> = std::fs::read_dir(fixture("sealed"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|end| end == "sealed")
        })
        .collect();
    assert_eq!(named, there, "files and cases");
    assert!(cases.len() >= 100, "{}", cases.len());
    cases
}

/// The records of a good file.
fn records(case: &Value) -> Option<String> {
    let lines = String::from_utf8(read_fixture("sealed/records.ndjson")).unwrap();
    let lines: Vec<&str> = lines.split_inclusive('\n').collect();
    let number = |number: &Value| lines[number.as_u64().unwrap() as usize];
    Some(case["records"].as_array()?.iter().map(number).collect())
}

#[test]
fn every_vector_opens_or_is_refused_as_it_must() {
    let (own, bench) = (key("recovery.pkcs8"), Folder::with_out());
    for (name, case) in cases() {
        let file = fixture(&format!("sealed/{name}"));
        let out = bench.text("out/opened");
        let args = ["--json", "unseal", file.to_str().unwrap(), "--key", &own];
        let said = lifeboat(&[&args[..], &["--format", "ndjson", "--out", &out]].concat());
        match records(&case) {
            Some(records) => {
                assert_eq!(said.exit, 0, "{name}: {}", said.stderr);
                assert!(bench.result("opened") == records, "{name}");
                std::fs::remove_file(&out).unwrap();
            }
            None => {
                let code: Value = serde_json::from_str(&said.stdout).unwrap();
                let found = (&code["error"]["code"], i64::from(said.exit).into());
                assert_eq!(found, (&case["code"], case["exit"].clone()), "{name}");
                bench.is_clean();
            }
        }
    }
}

#[test]
fn the_opener_in_node_agrees() {
    agrees("node", "unseal.mjs", |_| true);
}

/// It takes a while to start: of version 1, it opens the good files.
#[test]
fn the_opener_in_python_agrees() {
    agrees("python3", "unseal.py", |name| {
        name.starts_with("v2") || name.contains(".good.")
    });
}

fn agrees(program: &str, opener: &str, chosen: fn(&str) -> bool) {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples");
    let (mut tried, mut good) = (0, 0);
    for (name, case) in cases() {
        if case["openers"] == false || !chosen(&name) {
            continue;
        }
        let mut command = Command::new(program);
        command.arg(examples.join(opener));
        command.arg(fixture(&format!("sealed/{name}")));
        let Ok(output) = command.arg(key("recovery.pkcs8")).output() else {
            eprintln!("skipped: there is no {program}");
            return;
        };
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("No module named") {
            eprintln!("skipped: {program} lacks a module: {said}");
            return;
        }
        tried += 1;
        match records(&case) {
            Some(records) => {
                assert!(output.status.success(), "{opener} {name}: {said}");
                assert!(output.stdout == records.as_bytes(), "{opener} {name}");
                good += 1;
            }
            None => {
                let exit = output.status.code().map_or(Value::Null, Value::from);
                assert_eq!(exit, case["exit"], "{opener} {name}: {said}");
                assert_eq!(said.lines().count(), 1, "{opener} {name}: {said}");
            }
        }
    }
    assert!(tried > 50 && good == 10, "{tried} {good}");
}
