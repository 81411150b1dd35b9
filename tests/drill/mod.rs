//! `drill`: what holds, what fails and is named, what is written; reports against their schema, commitments against Python,
//! pages read by a parser that is not ours. `run` does the same with a program that is built, for CI.

mod invented;
mod pages;
mod real;

use std::process::Command;

use serde_json::Value;

use crate::support::{
    Folder, Run,
    demo::{demo_with_device_share as bench, has},
    schema, text,
};

/// A wallet of the demo, and its address.
const WALLET: &str = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11";
const ADDRESS: &str = "0x9008730eba6e4046AB01dF4D2D308C97b589de07";

/// A drill with the demo's kit, with report and page.
fn drill(bench: &Folder, more: &[&str]) -> Run {
    let kit = ["drill", "--kit", "kit.zip", "--wallets", "wallets.txt"];
    bench.run_json(&[&kit[..], &KEY, &RECORD, more].concat())
}

const KEY: [&str; 4] = [
    "--key",
    "recovery-private.pem",
    "--key-passphrase-file",
    "key-passphrase.txt",
];
const RECORD: [&str; 4] = ["--report", "report.json", "--html", "page.html"];

/// The report here, held against its schema, and the page, held against the rules of pages.
#[track_caller]
fn record(bench: &Folder) -> Value {
    let report = bench.read_json("report.json");
    schema::is_as("report-drill", &report);
    let page = bench.text("page.html");
    if has("python3") {
        python("page.py", &[&page]);
    }
    for name in ["report.json", "page.html"] {
        assert_eq!(bench.mode(name), 0o600, "{name}");
    }
    report
}

/// A script of this folder must end well; what it prints.
#[track_caller]
fn python(script: &str, args: &[&str]) -> String {
    let script = format!("{}/tests/drill/{script}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("python3").arg(script).args(args).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every step with its result: `kit ok`.
fn results(report: &Value) -> Vec<String> {
    let steps = report["steps"].as_array().unwrap().iter();
    steps
        .map(|step| format!("{} {}", text(&step["step"]), text(&step["result"])))
        .collect()
}

/// A drill that failed at this step, and said so everywhere; its report.
#[track_caller]
fn failed_at(bench: &Folder, run: &Run, step: &str, words: &[&str]) -> Value {
    let named = format!("`{step}`");
    run.refused(3, "drill_failed", &[&[named.as_str()], words].concat());
    let report = record(bench);
    assert_eq!(report["held"], false);
    let results = results(&report);
    let first = results.iter().find(|result| !result.ends_with(" ok"));
    assert_eq!(first, Some(&format!("{step} failed")), "{results:?}");
    let problems = report["problems"].as_array().unwrap();
    assert!(
        problems
            .iter()
            .any(|problem| text(problem).starts_with(step)),
        "{problems:?}"
    );
    assert!(
        bench
            .read("page.html")
            .contains(&format!("FAILED at step “{step}”"))
    );
    report
}
