//! A drill on invented secrets.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::LazyLock,
};

use serde_json::Value;

use super::{RECORD, record, results};
use crate::support::{Folder, lifeboat, tested_program, text};

const HOSTILE: &str = "<script>alert(1)</script>&\"\u{202e}x";
const STEPS: [&str; 15] = [
    "key pair",
    "kit",
    "inspect",
    "verify",
    "derive",
    "seal",
    "unseal",
    "check",
    "device backup",
    "recover",
    "takeover",
    "export",
    "sign",
    "portal backup",
    "portal eject",
];

/// One for all: a key pair takes seconds.
static DRILL: LazyLock<(Folder, Value)> = LazyLock::new(|| {
    let bench = Folder::new();
    let people = [
        "--operator",
        HOSTILE,
        "--witness",
        "W. One",
        "--witness",
        "W. Two",
    ];
    let drill = ["drill", "--wallets", "3", "--target", "60"];
    let run = bench.run_json(&[&drill[..], &RECORD, &people].concat());
    (bench, run.json())
});

#[test]
fn every_step_of_a_recovery_is_done_and_holds() {
    let (bench, outcome) = &*DRILL;
    let report = record(bench);
    let all: Vec<String> = STEPS.iter().map(|step| format!("{step} ok")).collect();
    assert_eq!(results(&report), all);
    for field in ["steps", "kit", "key", "wallets", "held", "milliseconds"] {
        assert_eq!(report[field], outcome[field], "{field}");
    }
    assert_eq!(report["secrets"], "invented");
    assert_eq!(report["wallets"], 3);
    assert_eq!(report["targetMilliseconds"], 3_600_000);
    assert_eq!(report["targetMet"], true);
    assert_eq!(report["problems"].as_array().unwrap().len(), 0);
    assert_eq!(report["witnesses"][1], "W. Two");

    // Found by every step of a drill that nobody could have invented before it.
    let sum: u64 = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["milliseconds"].as_u64().unwrap())
        .sum();
    assert!(sum <= report["milliseconds"].as_u64().unwrap(), "{report}");
    assert!(text(&report["tool"]["sha256"]).len() == 64, "{report}");
    let program = fs::read(tested_program()).unwrap();
    assert_eq!(
        text(&report["tool"]["sha256"]),
        super::real::sha256(&program)
    );
}

#[test]
fn nothing_but_report_and_page_is_left() {
    let (bench, _) = &*DRILL;
    assert_eq!(bench.names(), ["page.html", "report.json"]);
}

#[test]
fn names_are_shown_as_they_are() {
    let (bench, _) = &*DRILL;
    let page = bench.read("page.html");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;\\u{202e}x"));
    assert!(!page.contains("<script"));
    assert!(page.contains("W. One, W. Two"));
    assert!(bench.read("report.json").contains("\\u202ex"));
}

#[test]
fn two_drills_have_nothing_in_common() {
    let (bench, _) = &*DRILL;
    let other = lifeboat(&["drill", "--wallets", "1", "--json"]).json();
    let report = bench.read_json("report.json");
    for field in ["kit", "key"] {
        assert_ne!(other[field], report[field], "{field}");
    }
}

#[test]
fn a_person_sees_a_row_for_each_step_and_the_verdict_last() {
    let run = lifeboat(&["drill", "--wallets", "1"]);
    let lines: Vec<&str> = run.done().lines().collect();
    assert_eq!(lines.len(), STEPS.len() + 2, "{lines:?}");
    for (line, step) in lines[1..].iter().zip(STEPS) {
        assert!(
            line.starts_with("ok       ") && line.contains(step),
            "{line}"
        );
        assert!(line.chars().count() <= 60, "{line}");
    }
    assert!(
        lines[16].starts_with("this drill held: 15 steps, "),
        "{}",
        lines[16]
    );
}

#[test]
fn what_belongs_to_a_kit_is_refused_without_one() {
    let bench = Folder::new();
    let zeros = "0".repeat(64);
    for (args, words) in [
        (&["--wallets", "0"][..], "number of wallets"),
        (&["--wallets", "10001"], "number of wallets"),
        (&["--wallets", "ids.txt"], "number of wallets"),
        (&["--kit-sha256", &zeros], "`--kit-sha256`"),
        (&["--expect", "x"], "`--expect`"),
        (&["--owner-key", "x"], "`--owner-key`"),
        (
            &["--owner-passphrase-file", "x"],
            "`--owner-passphrase-file`",
        ),
        (
            &["--owner-passphrase-command", "x"],
            "`--owner-passphrase-file`",
        ),
        (&["--sample", "3"], "--kit"),
        (&["--compare", "x"], "--kit"),
        (&["--key", "x"], "--kit"),
        (&["--kit", "x"], "--key"),
        (&["--kit", "x", "--key", "x", "--sample", "3"], "--wallets"),
        (
            &[
                "--kit",
                "x",
                "--key",
                "x",
                "--wallets",
                "x",
                "--known",
                "x:y",
            ],
            "not a wallet id",
        ),
        (&["--target", "0"], "minutes"),
        (&["--target", "-1"], "-1"),
        (&["--operator", " "], "1 to 100"),
        (&["--operator", "a\nb"], "1 to 100"),
        (&["--report", "-"], "not to `-`"),
    ] {
        let run = bench.refused(2, "usage", &[&["drill"], args].concat());
        assert!(run.stdout.contains(words), "{args:?}\n{}", run.stdout);
    }
}

#[test]
fn a_name_that_is_taken_is_refused_before_anything_is_done() {
    for name in ["report.json", "page.html"] {
        let bench = Folder::new();
        bench.write(name, "mine");
        bench.refused(2, "output_exists", &[&["drill"][..], &RECORD].concat());
        assert_eq!(bench.read(name), "mine");
    }
}

/// The step that is being done comes to its end, and a key pair takes longer than a signal: before `key pair` or `kit`.
#[test]
fn ctrl_c_ends_a_drill_in_words_and_leaves_nothing() {
    let bench = Folder::with_out();
    let mut drill = Command::new(tested_program());
    drill.args(["drill", "--report", "report.json", "--html", "page.html"]);
    drill.current_dir(bench.path("out"));
    let mut child = drill
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut head = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut head).unwrap();
    assert!(head.starts_with("result"), "{head}");
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let _ = stdout.lines().map_while(Result::ok).count();

    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("error: interrupted before the step `k"),
        "{said}"
    );
    assert!(said.contains("nothing was written"), "{said}");
    bench.is_clean();
}
