//! Containers: what is no zip file, not whole, ambiguous, or too much.

use super::{all_refuse, derive_refuses};
use crate::support::{
    Folder,
    forge::{Forge, zip_of},
};

#[test]
fn not_a_zip() {
    all_refuse(
        b"this is a text about kits",
        "not_a_zip",
        &["not a zip file"],
    );
}

/// What came instead of a zip file is named, with the command that makes one of it.
#[test]
fn a_file_of_another_kind() {
    let tar = [&[b'x'; 257][..], b"ustar\0", &[0; 250]].concat();
    let bench = Folder::with_out();
    let cases: [(&[u8], [&str; 2]); 17] = [
        (b"", ["an empty file", "download it again"]),
        (&[0; 600], ["never written", "download it again"]),
        (b"\x1f\x8b\x08\0", ["compressed with gzip", "7z x KIT"]),
        (b"7z\xbc\xaf\x27\x1c", ["a 7-Zip archive", "7z x KIT"]),
        (b"\x5d\0\0\x10", ["compressed with LZMA", "7z x KIT"]),
        (&tar, ["a tar archive", "tar -xf KIT"]),
        (b"070707000000", ["a cpio archive", "7z x KIT"]),
        (b"<div>please log in</div>", ["a web page", "log in"]),
        (b"UEsDBBQAAAAI", ["in base64", "base64 -d KIT"]),
        (b"504b030414000000", ["in hexadecimal", "xxd -r -p KIT"]),
        (b"From: console@example\n", ["a mail message", "attachment"]),
        (b"-----BEGIN PRIVATE KEY-----\n", ["a PEM file", "`--key`"]),
        (b"-----BEGIN PGP MESSAGE-----\n", ["OpenPGP", "gpg -d KIT"]),
        (
            b"-----BEGIN AGE ENCRYPTED FILE-----\n",
            ["age", "age -d KIT"],
        ),
        (b" {\"tenantId\":1}", ["JSON text", "not one file of it"]),
        (b"[InternetShortcut]\nURL=x", ["a shortcut", "it leads to"]),
        (b"MZ\x90\0", ["a program", "unpacks itself"]),
    ];
    for (bytes, words) in cases {
        let kit = bench.put("kit.zip", bytes);
        bench.inspect(&kit).refused(2, "not_a_zip", &words);
    }
}

/// The same letters begin ids.
#[test]
fn an_id_is_no_archive() {
    for id in [
        "504b0304-0000-4000-8000-000000000001",
        "07070700-0000-4000-8000-000000000001",
    ] {
        let said = Folder::with_out().derive_list(id, &[]);
        said.json();
    }
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
    let kit = Forge::wallets().zip_with_damaged_metadata();
    all_refuse(&kit, "entry_damaged", &["metadata.json"]);
}

#[test]
fn a_duplicate_entry() {
    let kit = Forge::wallets().zip_with_twins();
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
    let kit = Forge::wallets().zip_under_password();
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
    let kit = Forge::wallets().zip_of_two();
    all_refuse(&kit, "several_kits", &["metadata.json"]);
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
fn a_name_that_would_move_the_cursor() {
    let kit = Forge::wallets().add("evil\x1b[2J\r\nname", "x").zip();
    let bench = Folder::with_out();
    let said = bench.inspect(&bench.put("kit.zip", kit));
    said.json();
    said.is_decent();
}
