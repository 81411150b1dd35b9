//! Whole transcripts: what a person types, and every line that a person then sees.
//!
//! A file of this folder is a session in a folder of its own, which has the fixtures in `fixtures/`:
//!
//! ```text
//! # a remark
//! $ lifeboat kit inspect fixtures/demo/kit.zip
//! the lines that appear, standard output and standard error together
//! [exit status 3]
//! ```
//!
//! `[..]` stands for what differs from run to run: fingerprints of new keys, times, rates. What a session says of the machine
//! it runs on is left out. `LIFEBOAT_WRITE_TRANSCRIPTS=1 cargo test transcripts` writes the files anew; read the difference.

mod runbook;

use std::{
    fs,
    io::{Read, Seek},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::support::{Folder, fixture, tested_program};

/// Stands for anything within a line.
const ANYTHING: &str = "[..]";
const STATUS: &str = "[exit status ";

/// What depends on the machine, not on the command.
const OF_THE_MACHINE: [&str; 4] = [
    "lifeboat: warning: this machine is not offline",
    "lifeboat: warning: this system does not tell",
    "lifeboat: warning: the confinement of",
    "lifeboat: warning: the clock of this machine",
];

#[test]
fn every_command_shows_what_its_transcript_says() {
    let write = std::env::var_os("LIFEBOAT_WRITE_TRANSCRIPTS").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut seen = 0;
    let mut differences = String::new();

    for file in sessions(&folder) {
        let expected = fs::read_to_string(&file).unwrap();
        let shown = play(&expected);
        seen += expected
            .lines()
            .filter(|line| line.starts_with("$ "))
            .count();
        if write {
            fs::write(&file, keep_placeholders(&expected, &shown)).unwrap();
        } else if let Some(difference) = difference(&expected, &shown) {
            differences += &format!("{}\n{difference}\n", file.display());
        }
    }

    assert!(seen >= 30, "{seen} commands");
    assert!(differences.is_empty(), "{differences}");
}

/// Documents in which a reader sees what a command shows. Their `console` blocks are one session.
const DOCUMENTS: [&str; 1] = ["README.md"];
const BLOCK: &str = "```console\n";
const BLOCK_ENDS: &str = "```\n";
const NEXT_BLOCK: &str = "# the next block\n";

#[test]
fn documents_show_what_their_commands_show() {
    let write = std::env::var_os("LIFEBOAT_WRITE_TRANSCRIPTS").is_some();
    for name in DOCUMENTS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let text = fs::read_to_string(&path).unwrap();
        let blocks: Vec<&str> = text
            .split(BLOCK)
            .skip(1)
            .map(|rest| rest.split(BLOCK_ENDS).next().unwrap())
            .collect();
        assert!(blocks.len() >= 3, "{name}");
        let session = blocks.join(NEXT_BLOCK);
        let shown = play(&session);
        if let Some(difference) = difference(&session, &shown).filter(|_| !write) {
            panic!("{name}\n{difference}");
        }
        if write {
            let shown = keep_placeholders(&session, &shown);
            let mut written = text.clone();
            for (old, new) in blocks.iter().zip(shown.split(NEXT_BLOCK)) {
                let block = |text: &str| format!("{BLOCK}{text}{BLOCK_ENDS}");
                written = written.replace(&block(old), &block(new));
            }
            fs::write(&path, written).unwrap();
        }
    }
}

#[test]
fn a_transcript_tells_a_byte_from_another() {
    assert!(fits("wrote `a` in [..] s", "wrote `a` in 0.3 s"));
    assert!(fits("[..]: [..]", "a: b"));
    assert!(!fits("wrote `a` in [..] s", "wrote `b` in 0.3 s"));
    assert!(!fits("wrote", "wrote "));
    assert!(difference("$ a\nb\n", "$ a\nb\nc\n").is_some());
    assert!(difference("$ a\nb\nc\n", "$ a\nb\n").is_some());
    assert!(difference("$ a\nb [..]\n", "$ a\nb 1\n").is_none());
}

/// Every command has a session, but `doctor`, which tells of the machine, and `man` and `completions`, which clap writes.
#[test]
fn every_command_has_a_transcript() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let sessions: String = sessions(&folder)
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    for command in [
        "keygen",
        "key show",
        "kit inspect",
        "kit verify",
        "kit create",
        "derive",
        "unseal",
        "seal",
        "merge",
        "check",
        "rewrap",
        "workspace",
        "share recover",
        "share backup",
        "share generate-passphrase",
        "takeover",
        "export",
        "sign",
        "drill",
        "portal decrypt",
        "portal eject",
        "portal repair",
        "portal cloud-name",
        "portal inspect",
        "portal seal",
        "portal open",
        "errors",
    ] {
        assert!(
            sessions.contains(&format!("$ lifeboat {command} ")),
            "no transcript shows `lifeboat {command}`"
        );
    }
}

fn sessions(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "txt"));
    files.sort();
    files
}

/// The session again, with what appears now behind each command.
fn play(session: &str) -> String {
    let bench = Folder::with_out();
    std::os::unix::fs::symlink(fixture(""), bench.path("fixtures")).unwrap();
    let mut shown = String::new();

    for line in session.lines() {
        if line.starts_with("# ") {
            shown += &format!("{line}\n");
        } else if let Some(command) = line.strip_prefix("$ ") {
            shown += &format!("{line}\n{}", run(command, &bench));
        }
    }
    shown
}

fn run(command: &str, bench: &Folder) -> String {
    let program = Path::new(tested_program()).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    // One file for both streams keeps their lines in order.
    let mut both = tempfile::tempfile().unwrap();
    let status = Command::new("sh")
        .args(["-c", command])
        .current_dir(bench.path(""))
        .env_clear()
        .env("PATH", format!("{}:{path}", program.display()))
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(both.try_clone().unwrap())
        .stderr(both.try_clone().unwrap())
        .status()
        .unwrap();

    let mut text = String::new();
    both.rewind().unwrap();
    both.read_to_string(&mut text).unwrap();
    let of_command = |line: &&str| !OF_THE_MACHINE.iter().any(|start| line.starts_with(start));
    let mut shown: String = text
        .lines()
        .filter(of_command)
        .map(|line| format!("{line}\n"))
        .collect();
    if !status.success() {
        shown += &format!("{STATUS}{}]\n", status.code().unwrap());
    }
    shown
}

/// Whether a line is as expected.
fn fits(expected: &str, line: &str) -> bool {
    let mut parts = expected.split(ANYTHING);
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(place) = rest.find(part) else {
            return false;
        };
        rest = &rest[place + part.len()..];
    }
    rest.ends_with(last)
}

/// The first lines that differ.
fn difference(expected: &str, shown: &str) -> Option<String> {
    let (mut expected, mut shown) = (expected.lines(), shown.lines());
    let mut command = "";
    loop {
        match (expected.next(), shown.next()) {
            (None, None) => return None,
            (Some(line), Some(now)) if fits(line, now) => {
                if line.starts_with("$ ") {
                    command = line;
                }
            }
            (line, now) => {
                let [line, now] = [line, now].map(|line| line.unwrap_or("(the end)"));
                return Some(format!("{command}\n- {line}\n+ {now}"));
            }
        }
    }
}

/// What is shown now, with the placeholders of lines that still fit.
fn keep_placeholders(expected: &str, shown: &str) -> String {
    let kept: Vec<&str> = expected
        .lines()
        .filter(|line| line.contains(ANYTHING))
        .collect();
    let lines = shown.lines().map(|line| {
        let known = kept.iter().find(|known| fits(known, line));
        format!("{}\n", known.copied().unwrap_or(line))
    });
    lines.collect()
}
