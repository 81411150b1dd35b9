//! Puts the commit into `--version` when it is known: from `LIFEBOAT_COMMIT`, or from the git checkout; and its date into the
//! program, which then knows a clock that cannot be right.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=LIFEBOAT_COMMIT");
    println!("cargo:rerun-if-changed=.git/HEAD");
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let full = match commit() {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    };
    println!("cargo:rustc-env=LIFEBOAT_VERSION={full}");
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo:rustc-env=LIFEBOAT_DATE={}", date());
}

/// When the source was written, in seconds since 1970: what the packager says, or the date of the commit; 0 is unknown.
fn date() -> i64 {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok();
    let text = given.or_else(|| git(&["show", "--no-patch", "--format=%ct", "HEAD"]));
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| output.status.success() && !text.is_empty())
}

fn commit() -> Option<String> {
    if let Ok(given) = std::env::var("LIFEBOAT_COMMIT") {
        return Some(given).filter(|given| !given.is_empty());
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}
