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
fn the_opener_in_python_agrees() {
    let folder = Folder::new();
    let mut files: Vec<String> = cases().keys().cloned().collect();
    files
        .iter_mut()
        .for_each(|name| *name = fixture(&format!("sealed/{name}")).display().to_string());
    let output = Command::new("python3")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/openers.py"
        ))
        .arg(example("unseal.py"))
        .args([&key("recovery.pkcs8"), &folder.text("")])
        .args(files)
        .output();
    let Ok(output) = output else {
        return eprintln!("skipped: there is no python3");
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("No module named") {
        return eprintln!("skipped: python3 lacks a module: {said}");
    }
    assert!(output.status.success(), "{said}");
    agrees("unseal.py", |name| {
        let part = |end: &str| std::fs::read(folder.path(&format!("{name}.{end}"))).unwrap();
        let exit = String::from_utf8(part("exit")).unwrap().parse().unwrap();
        (exit, part("out"), part("err"))
    });
}

#[test]
fn the_opener_in_node_agrees() {
    let node = Command::new("node").arg("--version").output();
    if node.is_err() {
        return eprintln!("skipped: there is no node");
    }
    agrees("unseal.mjs", |name| {
        let mut command = Command::new("node");
        command.arg(example("unseal.mjs"));
        command.arg(fixture(&format!("sealed/{name}")));
        let output = command.arg(key("recovery.pkcs8")).output().unwrap();
        let exit = output.status.code().unwrap();
        (exit, output.stdout, output.stderr)
    });
}

fn example(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/examples")
        .join(name)
}

/// Whether what an opener makes of each file, its exit status and what it shows, is what must come of it.
fn agrees(opener: &str, open: impl Fn(&str) -> (i32, Vec<u8>, Vec<u8>)) {
    let (mut tried, mut good) = (0, 0);
    for (name, case) in cases() {
        if case["openers"] == false {
            continue;
        }
        let (exit, shown, said) = open(&name);
        let said = String::from_utf8(said).unwrap();
        tried += 1;
        match records(&case) {
            Some(records) => {
                assert_eq!(exit, 0, "{opener} {name}: {said}");
                assert!(shown == records.as_bytes(), "{opener} {name}");
                good += 1;
            }
            None => {
                assert_eq!(exit, case["exit"], "{opener} {name}: {said}");
                assert_eq!(said.lines().count(), 1, "{opener} {name}: {said}");
            }
        }
    }
    assert!(tried > 50 && good == 10, "{tried} {good}");
}
