//! Kits: what opens them, what `kit verify` says of them, and what every kind of bad one gets.
//!
//! Every refusal is checked for its exit status, its stable code, the entry, line or field it names, and for what it
//! must not do: leave a file behind, panic, or show a secret (`Run::refused`, `Folder::is_clean`).
//!
//! - `commands`: kits as people's machines leave them, `kit verify`, `workspace`, `kit inspect`
//! - `create`: `kit create`, kits of every generation
//! - `refused_specs`: what no kit can be made of
//! - `container`: what is no zip file, not whole, ambiguous, or too much
//! - `changed`: as gateways, browsers and file managers change them
//! - `damaged`: every flipped bit and every truncation: an error or the right shares, never others
//! - `metadata`: `metadata.json`: not JSON, fields that are missing or wrong
//! - `entries`: sealed wrongly, missing, and what they hold when they open
//! - `verify`: what `kit verify` must not let pass

mod changed;
mod commands;
mod container;
mod create;
mod damaged;
mod entries;
mod metadata;
mod refused_specs;
mod verify;

use crate::support::{
    Folder,
    forge::{Forge, WALLET},
};

/// `derive` from this kit is refused with this exit status, code and words; nothing is left behind.
#[track_caller]
fn derive_refuses(kit: &[u8], exit: i32, code: &str, words: &[&str]) {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", kit);
    bench.derive(&kit, &[WALLET]).refused(exit, code, words);
    bench.is_clean();
}

/// `workspace --reveal` of this kit is refused; `kit verify` counts a failed check that says the same.
#[track_caller]
fn workspace_refuses(forge: &Forge, code: &str, word: &str) {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", forge.zip());
    bench.workspace(&kit).refused(3, code, &[word]);
    bench.is_clean();
    let outcome = bench
        .verify(&kit)
        .refused(3, "kit_not_verified", &["failed"]);
    let failed =
        |check: &serde_json::Value| check["result"] == "failed" && check.to_string().contains(word);
    assert!(
        outcome["checks"].as_array().unwrap().iter().any(failed),
        "{outcome}"
    );
    let report = bench.result("report.json");
    assert!(
        report.contains("\"held\": false") && report.contains(word),
        "{report}"
    );
}

/// Every command refuses this kit as it is, with exit status 2.
#[track_caller]
fn all_refuse(kit: &[u8], code: &str, words: &[&str]) {
    let bench = Folder::with_out();
    let file = bench.put("kit.zip", kit);
    let words: Vec<&str> = words.iter().chain(&["kit.zip"]).copied().collect();
    bench.inspect(&file).refused(2, code, &words);
    bench.verify(&file).refused(2, code, &words);
    bench.workspace(&file).refused(2, code, &words);
    bench.derive(&file, &[WALLET]).refused(2, code, &words);
    bench.is_clean();
}

#[test]
fn the_forge_makes_sound_kits() {
    let bench = Folder::with_out();
    let kit = bench.put("wallets.zip", Forge::wallets().zip());
    bench.derive(&kit, &[WALLET]).json();
    assert_eq!(bench.results(), ["shares"]);
    let kit = bench.put("workspace.zip", Forge::workspace().zip());
    bench.workspace(&kit).json();
    bench.verify(&kit).json();
    assert_eq!(bench.results(), ["keys", "report.json", "shares"]);
}
