//! Puts the commit into `--version` when it is known: from `LIFEBOAT_COMMIT`, or from the git checkout.

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
}

fn commit() -> Option<String> {
    if let Ok(given) = std::env::var("LIFEBOAT_COMMIT") {
        return Some(given).filter(|given| !given.is_empty());
    }
    let output = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| output.status.success() && !text.is_empty())
}
