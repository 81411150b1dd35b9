//! The catalogue itself: every code is made by a case, and docs/ERRORS.md is what the program prints. That every code is
//! used, and every use has its entry, is the compiler's matter.

use std::collections::BTreeSet;

use super::{ELSEWHERE, OUT_OF_REACH, cases};
use crate::support::{
    catalogue::{CATALOGUE, entries},
    lifeboat,
};

#[test]
fn every_code_is_produced_by_a_case() {
    let apart: BTreeSet<&str> = OUT_OF_REACH
        .iter()
        .chain(&ELSEWHERE)
        .map(|(code, _)| *code)
        .collect();
    let mut wanted = BTreeSet::new();
    for (code, exits) in CATALOGUE
        .iter()
        .filter(|(code, _)| !apart.contains(code.as_str()))
    {
        wanted.extend(exits.iter().map(|exit| (code.as_str(), Some(*exit))));
        if exits.is_empty() {
            wanted.insert((code, None));
        }
    }
    let made = cases().map(|case| (case.code, (!case.beside).then_some(i64::from(case.exit))));
    let made: BTreeSet<_> = made.collect();
    let missing: Vec<_> = wanted.difference(&made).collect();
    assert!(
        missing.is_empty(),
        "in the catalogue, but made by no case of tests/errors: {missing:?}"
    );
    let unknown: Vec<_> = made.difference(&wanted).collect();
    assert!(
        unknown.is_empty(),
        "made by a case, but not so in the catalogue: {unknown:?}"
    );
    for code in apart {
        assert!(
            CATALOGUE.contains_key(code),
            "`{code}` is excused, but not in the catalogue"
        );
    }
}

#[test]
fn the_page_is_what_the_program_prints() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ERRORS.md"))
        .unwrap_or_default();
    let said = lifeboat(&["errors"]);
    assert!(
        said.done() == page,
        "docs/ERRORS.md is stale: `cargo run -- errors > docs/ERRORS.md`"
    );
    assert!(page.lines().all(|line| line.chars().count() <= 120));
}

#[test]
fn one_code_is_told_by_its_name() {
    let page = lifeboat(&["errors"]).done().to_owned();
    for entry in entries() {
        let code = entry["code"].as_str().unwrap();
        let mut alone = lifeboat(&["errors", code, "--json"]).json();
        // What is in every outcome.
        for field in ["ok", "command", "schemaVersion", "warnings", "protection"] {
            assert!(alone.as_object_mut().unwrap().remove(field).is_some());
        }
        assert_eq!(alone, entry);
        for field in ["cause", "remedy"] {
            let text = entry[field].as_str().unwrap();
            assert!(
                text.len() >= 15 && text.ends_with(['.', '?']) && !text.contains("  "),
                "{code}: {text}"
            );
        }
    }
    let section = lifeboat(&["errors", "wrong_recovery_key"])
        .done()
        .to_owned();
    assert!(
        section.starts_with("### `wrong_recovery_key`\n\nExit status 3. ")
            && page.contains(&section),
        "{section}"
    );
    lifeboat(&["errors", "no\x1bcode", "--json"]).refused(2, "usage", &["lifeboat errors"]);
}

#[test]
fn no_code_stands_twice() {
    assert_eq!(CATALOGUE.len(), entries().len());
}

/// What the catalogue tells people to type can be typed.
#[test]
fn every_flag_and_command_that_is_advised_exists() {
    let completions = lifeboat(&["completions", "bash"]).done().to_owned();
    let known: BTreeSet<&str> = completions
        .split(|letter: char| letter.is_whitespace() || letter == '"')
        .collect();
    let words = |text: &str| -> Vec<String> {
        text.split([' ', '`', ',', '…'])
            .map(str::to_owned)
            .collect()
    };
    for entry in entries() {
        let text = format!(
            "{} {}",
            entry["cause"].as_str().unwrap(),
            entry["remedy"].as_str().unwrap()
        );
        for quoted in text.split('`').skip(1).step_by(2) {
            if let Some(command) = quoted.strip_prefix("lifeboat ") {
                let name: Vec<&str> = command
                    .split(' ')
                    .take_while(|word| !word.starts_with(['-', '…']))
                    .collect();
                let typed = name.iter().take_while(|word| {
                    word.chars()
                        .all(|letter| letter.is_ascii_lowercase() || letter == '-')
                });
                let path: Vec<&str> = typed.copied().filter(|word| *word != "help").collect();
                assert_eq!(
                    lifeboat(&[&["man"], &path[..]].concat()).exit,
                    0,
                    "`{quoted}`"
                );
            }
            let foreign = ["openssl", "iconv", "jq", "zip", "unzip", "7z", "ls"]
                .iter()
                .any(|name| quoted.starts_with(name));
            for flag in words(quoted)
                .iter()
                .filter(|word| word.starts_with("--") && !word.starts_with("---") && !foreign)
            {
                let name = flag.split('=').next().unwrap_or_default();
                assert!(
                    known.contains(name),
                    "{}: there is no flag `{flag}`",
                    entry["code"]
                );
            }
        }
    }
}
