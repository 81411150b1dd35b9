//! Containers: what is no zip file, not whole, ambiguous, or too much.

use std::fs::File;

use super::{all_refuse, derive_refuses};
use crate::support::{
    Bench,
    forge::{Forge, WALLET, rename, zip_of},
};

#[test]
fn not_a_zip() {
    all_refuse(
        b"this is a text about kits",
        "not_a_zip",
        &["not a zip file"],
    );
}

#[test]
fn an_empty_file() {
    all_refuse(b"", "not_a_zip", &["not a zip file"]);
}

#[test]
fn a_missing_file() {
    let bench = Bench::new();
    bench
        .derive(&bench.text("none.zip"), &[WALLET])
        .refused(2, "file_not_found", &["none.zip"]);
    bench.is_clean();
}

#[test]
fn truncated_at_any_place() {
    let whole = Forge::wallets().zip();
    for length in [2, 40, whole.len() / 2, whole.len() - 30, whole.len() - 1] {
        all_refuse(&whole[..length], "zip_damaged", &["cut off or damaged"]);
    }
}

#[test]
fn an_entry_whose_compressed_bytes_are_altered() {
    let mut kit = Forge::wallets().zip();
    let metadata = kit
        .windows(13)
        .position(|name| name == b"metadata.json")
        .unwrap();
    kit[metadata + 60] ^= 0x55;
    all_refuse(&kit, "entry_damaged", &["metadata.json"]);
}

#[test]
fn a_duplicate_entry() {
    let twin = Forge::master_entry().replace('_', "-");
    let mut kit = Forge::wallets().add(&twin, "something else").zip();
    rename(&mut kit, &twin, &Forge::master_entry());
    all_refuse(&kit, "duplicate_entry", &[&Forge::master_entry()]);
}

#[test]
fn a_share_under_two_spellings_of_its_name() {
    let twin = format!("0{}", Forge::master_entry());
    all_refuse(
        &Forge::wallets().add(&twin, "something else").zip(),
        "duplicate_entry",
        &[&twin],
    );
}

#[test]
fn an_entry_under_a_zip_password() {
    let mut kit = Forge::wallets().zip();
    for start in 0..kit.len() - 4 {
        match &kit[start..start + 4] {
            b"PK\x03\x04" => kit[start + 6] |= 1,
            b"PK\x01\x02" => kit[start + 8] |= 1,
            _ => {}
        }
    }
    all_refuse(&kit, "entry_encrypted", &["zip password"]);
}

#[test]
fn no_metadata() {
    let kit = zip_of(&Forge::wallets().entries);
    all_refuse(&kit, "no_metadata", &["metadata.json"]);
}

#[test]
fn a_zip_without_entries() {
    all_refuse(&zip_of(&[]), "no_metadata", &["metadata.json"]);
}

#[test]
fn two_kits_in_one_zip() {
    let files = |folder: &str| {
        let files = Forge::wallets().files().into_iter();
        files
            .map(|(name, bytes)| (format!("{folder}/{name}"), bytes))
            .collect::<Vec<_>>()
    };
    all_refuse(
        &zip_of(&[files("a"), files("b")].concat()),
        "several_kits",
        &["metadata.json"],
    );
}

#[test]
fn a_bomb_in_one_entry() {
    let bomb = vec![0; (16 << 20) + 1];
    let kit = Forge::wallets().add("bomb", bomb).zip();
    assert!(kit.len() < 100_000, "it is no bomb");
    derive_refuses(&kit, 2, "entry_too_large", &["`bomb`", "16 MiB"]);
}

#[test]
fn a_bomb_in_many_entries() {
    let mut forge = Forge::wallets();
    for index in 0..9 {
        forge = forge.add(&format!("bomb{index}"), vec![0; 15 << 20]);
    }
    derive_refuses(&forge.zip(), 2, "entry_too_large", &["together", "128 MiB"]);
}

#[test]
fn a_bomb_of_names() {
    let mut forge = Forge::wallets();
    forge
        .entries
        .extend((0..10_000).map(|index| (format!("x{index}"), Vec::new())));
    derive_refuses(&forge.zip(), 2, "too_many_entries", &["10000 entries"]);
}

#[test]
fn a_kit_over_64_mib() {
    let bench = Bench::new();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    File::options()
        .write(true)
        .open(&kit)
        .unwrap()
        .set_len((64 << 20) + 1)
        .unwrap();
    bench
        .derive(&kit, &[WALLET])
        .refused(2, "kit_too_large", &["64 MiB", "kit.zip"]);
    bench.is_clean();
}

#[test]
fn a_name_that_would_move_the_cursor() {
    let kit = Forge::wallets().add("evil\x1b[2J\r\nname", "x").zip();
    let bench = Bench::new();
    let said = bench.inspect(&bench.put("kit.zip", kit));
    said.json();
    said.is_decent();
}
