//! Puts the commit and its date into the program: `--version` names the commit, with `-dirty` where what is built differs
//! from it, and the program knows a time before which no clock can be right.
//!
//! From the environment (`LIFEBOAT_COMMIT`, `SOURCE_DATE_EPOCH`) or else from the git checkout. No time but the commit's
//! is taken, so that the same sources make the same program.

use std::{path::Path, process::Command};

/// What the program is built from. Other files, such as tests, neither change it nor make it dirty.
const SOURCES: [&str; 5] = ["src", "build.rs", "Cargo.toml", "Cargo.lock", ".cargo"];

fn main() {
    watch();
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let full = match commit() {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    };
    println!("cargo:rustc-env=LIFEBOAT_VERSION={full}");
    println!(
        "cargo:rustc-env=LIFEBOAT_BUILD_DATE={}",
        date().unwrap_or(0)
    );
}

/// Names everything that the answers depend on: cargo does not run this file again for anything else.
fn watch() {
    println!("cargo:rerun-if-env-changed=LIFEBOAT_COMMIT");
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let there = SOURCES.iter().filter(|path| Path::new(path).exists());
    there.for_each(|path| println!("cargo:rerun-if-changed={path}"));
    // A commit changes the log of HEAD and the branch, a checkout HEAD itself. A name that is not there would count as
    // changed every time.
    let branch = git(&["rev-parse", "--symbolic-full-name", "HEAD"]);
    let names = ["HEAD", "logs/HEAD", "packed-refs"].map(str::to_owned);
    for name in names.into_iter().chain(branch) {
        // In a worktree `.git` is a file: git knows where each of them is.
        let path = git(&["rev-parse", "--git-path", &name]);
        let path = path.filter(|path| Path::new(path).exists());
        path.into_iter()
            .for_each(|path| println!("cargo:rerun-if-changed={path}"));
    }
}

fn commit() -> Option<String> {
    if let Ok(given) = std::env::var("LIFEBOAT_COMMIT") {
        return Some(given).filter(|given| !given.is_empty());
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = [&["status", "--porcelain", "--"], &SOURCES[..]].concat();
    let dirty = git(&changed).map_or("", |_| "-dirty");
    Some(commit + dirty)
}

/// Seconds since 1970.
fn date() -> Option<u64> {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok();
    given
        .or_else(|| git(&["log", "-1", "--format=%ct"]))?
        .trim()
        .parse()
        .ok()
}

/// What git says, where it says anything, and where the checkout is this project's and not one around it.
fn git(args: &[&str]) -> Option<String> {
    let ask = |args: &[&str]| {
        let output = Command::new("git")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .args(args)
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let is_ours = ask(&["rev-parse", "--show-prefix"])?.is_empty();
    ask(args).filter(|text| is_ours && !text.is_empty())
}
