//! Every error code of the catalogue is produced by running the program, and every one that is produced is decent.
//!
//! A [`Case`] is how to make an error, its code and how the run ends. A new code has one entry in the catalogue
//! (`src/bin/lifeboat/errors/catalogue/`) and one case in the file of its area here.

mod catalogue;
mod devices;
mod drills;
mod exports;
mod files;
mod guides;
mod keys;
mod kits;
mod lists;
mod machine;
mod portal;
mod seals;
mod sheets;

use serde_json::Value;

use crate::support::{
    Folder, KEY_PASSPHRASE, Run,
    forge::{Forge, OWNER_PASSPHRASE, SECRETS_IN_HEX},
    workload::key,
};

/// How to make an error.
struct Case {
    code: &'static str,
    /// How the run ends.
    exit: i32,
    /// Whether the code is beside a record of the outcome, not at its end.
    beside: bool,
    make: fn(&Folder) -> Run,
}

/// A run that ends with this exit status and code.
const fn case(code: &'static str, exit: i32, make: fn(&Folder) -> Run) -> Case {
    Case {
        code,
        exit,
        beside: false,
        make,
    }
}

/// A run that ends with this exit status and has the code beside one of its records.
const fn beside(code: &'static str, exit: i32, make: fn(&Folder) -> Run) -> Case {
    Case {
        code,
        exit,
        beside: true,
        make,
    }
}

/// Codes that no run and no caller of the library produces while the machine is sound.
const OUT_OF_REACH: [(&str, &str); 6] = [
    ("wrong_answers", "a program or a machine that miscalculates"),
    (
        "wrong_computation",
        "a machine that miscalculates; operations/derive.rs tests that it is noticed",
    ),
    ("key_proof_failed", "a new key pair that contradicts itself"),
    (
        "signature_not_verified",
        "a signature that was just made and does not verify",
    ),
    (
        "read_back_differs",
        "a disk that gives back other bytes than it took",
    ),
    ("no_child_key", "one index in 2^127"),
];

/// Codes that are produced elsewhere than by a run of the program.
const ELSEWHERE: [(&str, &str); 6] = [
    (
        "unfit_file_system",
        "tests/faults/poor_disks.rs: on a file system that is made to be one",
    ),
    (
        "internal_error",
        "src/bin/lifeboat/errors/panic.rs: no command makes one on purpose",
    ),
    (
        "no_recipient",
        "seals.rs: by the library, the command line asks for one",
    ),
    (
        "many_recipients",
        "seals.rs: by the library, 257 different keys take too long to make",
    ),
    (
        "backup_proof_failed",
        "devices.rs: by the library, the program reads no device share without keys",
    ),
    (
        "folder_too_large",
        "src/bin/lifeboat/outputs/new_file.rs: a million files or 4 GiB are too much for a test from outside",
    ),
];

/// What a person can do is in the message.
const NO_HINT: &str = "`lifeboat errors stdout_lost`";

/// Every case of every area.
fn cases() -> impl Iterator<Item = &'static Case> {
    let areas = [
        files::CASES,
        keys::CASES,
        sheets::CASES,
        kits::CASES,
        lists::CASES,
        seals::CASES,
        devices::CASES,
        exports::CASES,
        guides::CASES,
        portal::CASES,
        drills::CASES,
        machine::CASES,
    ];
    areas.into_iter().flatten()
}

/// Makes the errors of an area, each in a folder of its own, and complains of all that are not as they should be.
fn make_all(cases: &[Case]) {
    let mut complaints = Vec::new();
    for case in cases {
        let bench = Folder::new();
        let run = (case.make)(&bench);
        if run.exit == SKIPPED {
            eprintln!("skipped: `{}`: {}", case.code, run.stderr);
            continue;
        }
        let said = || format!("`{}`\n{}{}", case.code, run.stdout, run.stderr);
        let made = if case.beside {
            names_beside(run.outcome(), case.code)
        } else {
            code_of(&run) == Some(case.code)
        };
        if run.exit != case.exit || !made {
            complaints.push(format!("another end than {} and {}", case.exit, said()));
        }
        complaints.extend(
            indecencies(&run, &bench)
                .into_iter()
                .map(|what| format!("{what}: {}", said())),
        );
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The code at the end of a run, as standard error gives it and `--json` too.
fn code_of(run: &Run) -> Option<&str> {
    let more = run
        .stderr
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("lifeboat: more: `lifeboat errors "));
    let code = more?.strip_suffix('`')?;
    let Ok(outcome) = serde_json::from_str::<Value>(&run.stdout) else {
        return Some(code);
    };
    let message = outcome["error"]["message"].as_str()?;
    let same = outcome["ok"] == false && outcome["error"]["code"] == code;
    (same && run.stderr.contains(&format!("lifeboat: error: {message}"))).then_some(code)
}

/// Whether an object inside the outcome has this code.
fn names_beside(outcome: &Value, code: &str) -> bool {
    let mut inside: Box<dyn Iterator<Item = &Value>> = match outcome {
        Value::Array(values) => Box::new(values.iter()),
        Value::Object(fields) if fields.get("code") == Some(&code.into()) => return true,
        Value::Object(fields) => Box::new(
            fields
                .iter()
                .filter(|(name, _)| *name != "error")
                .map(|(_, value)| value),
        ),
        _ => return false,
    };
    inside.any(|value| names_beside(value, code))
}

/// What every error must hold to: lower case, no full stop, a hint, nothing unprintable, nothing secret, no panic.
fn indecencies(run: &Run, bench: &Folder) -> Vec<&'static str> {
    let said = format!("{}{}", run.stdout, run.stderr);
    let lines = |kind: &str| -> Vec<&str> {
        let mark = format!("lifeboat: {kind}: ");
        run.stderr
            .lines()
            .filter_map(|line| Some(line.split_once(mark.as_str())?.1))
            .collect()
    };
    let (errors, hints) = (lines("error"), lines("hint"));
    let mut told = errors.iter().chain(&hints);
    let lower = said.to_lowercase();
    let mut secrets = [KEY_PASSPHRASE, OWNER_PASSPHRASE]
        .into_iter()
        .map(str::to_owned)
        .chain(secrets_on(bench));
    let is_upright = |line: &&str| {
        !line.trim().is_empty()
            && !line.ends_with(['.', '!', ' '])
            && !line.starts_with(|first: char| first.is_uppercase())
    };
    let rules = [
        ("not one line of error", errors.len() == 1),
        (
            "no hint what to type next",
            !hints.is_empty() || run.stderr.contains(NO_HINT),
        ),
        ("not in the voice of the house", told.all(is_upright)),
        (
            "a panic",
            !said.contains("panicked") && !said.contains("RUST_BACKTRACE"),
        ),
        (
            "a control character",
            !said
                .chars()
                .any(|letter| letter.is_control() && letter != '\n'),
        ),
        (
            "a secret",
            !SECRETS_IN_HEX.iter().any(|secret| lower.contains(secret)),
        ),
        ("a secret", !secrets.any(|secret| said.contains(&secret))),
    ];
    rules
        .into_iter()
        .filter(|(_, held)| !held)
        .map(|(rule, _)| rule)
        .collect()
}

/// The passphrases and shares that lie on a bench.
fn secrets_on(bench: &Folder) -> Vec<String> {
    let mut secrets = Vec::new();
    // A pipe would wait for a writer.
    for name in bench
        .names()
        .into_iter()
        .filter(|name| bench.path(name).is_file())
    {
        let Ok(text) = std::fs::read_to_string(bench.path(&name)) else {
            continue;
        };
        if name.contains("passphrase") && text.trim().len() >= 8 {
            secrets.push(text.trim().to_owned());
        }
        // The value of every member that is called a share or a private key, however it is wrapped.
        for mark in [
            "\"share\":\"",
            "\"privateKey\":\"",
            "\"MPC_CMP_ECDSA_SECP256K1\":\"",
        ] {
            let values = text
                .split(mark)
                .skip(1)
                .filter_map(|rest| rest.split('"').next());
            secrets.extend(values.filter(|value| value.len() >= 16).map(str::to_owned));
        }
    }
    secrets
}

/// What a case gives where the system does not let it be made, and why.
const SKIPPED: i32 = 77;

fn skipped(why: &str) -> Run {
    Run::new(SKIPPED, String::new(), why.to_owned())
}

/// What a terminal showed.
fn on_terminal(answers: &[&str], arguments: &[&str]) -> Run {
    let shown = crate::support::on_terminal(answers, arguments);
    let on_screen = |said: Run| {
        // A question is answered on its own line.
        let stderr = said.stdout.replace('\r', "");
        let stderr = stderr.replace(": lifeboat:", ":\nlifeboat:");
        Run::new(said.exit, String::new(), stderr)
    };
    shown.map_or_else(|| skipped("no terminal can be made"), on_screen)
}

/// `kit inspect` of this kit.
fn inspect(bench: &Folder, kit: impl AsRef<[u8]>) -> Run {
    bench.write("kit.zip", kit);
    bench.run_json(&["kit", "inspect", "kit.zip"])
}

/// `derive` from the sound kit of the forge into `out`.
fn derive(bench: &Folder, more: &[&str]) -> Run {
    derive_from(bench, &Forge::wallets(), more)
}

fn derive_from(bench: &Folder, forge: &Forge, more: &[&str]) -> Run {
    bench.write("kit.zip", forge.zip());
    let key = key("recovery.pkcs8");
    let base = ["derive", "kit.zip", "--out", "out"];
    let own = if more.contains(&"--key") {
        vec![]
    } else {
        vec!["--key", &key]
    };
    bench.run_json(&[&base[..], &own, more].concat())
}
