//! Kits as gateways, browsers and file managers change them: opened where one thing alone can be meant, refused where two
//! programs would read two kits, and at bounded memory.

use super::all_refuse;
use crate::support::{
    Folder, Run,
    forge::{Forge, WALLET, zip_of},
    shell,
};

/// An entry of a zip file that is written by hand: name in its header, name in the directory, extra field of both.
struct Piece {
    name: String,
    listed: String,
    extra: Vec<u8>,
    bytes: Vec<u8>,
}

impl Piece {
    fn new(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            listed: name.to_owned(),
            extra: Vec::new(),
            bytes: bytes.to_vec(),
        }
    }
}

fn pieces() -> Vec<Piece> {
    let files = Forge::wallets().files();
    files
        .iter()
        .map(|(name, bytes)| Piece::new(name, bytes))
        .collect()
}

/// CRC-32 as zip files have it, bit by bit (APPNOTE 4.4.7).
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 * (sum & 1))
        })
    })
}

fn short(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_le_bytes()
}

fn long(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap().to_le_bytes()
}

/// A zip file of these entries, stored; `again` lists the first entry's header once more under that name.
fn raw_zip(pieces: &[Piece], again: Option<&str>) -> Vec<u8> {
    let (mut zip, mut directory, mut rows) = (Vec::new(), Vec::new(), 0);
    for piece in pieces {
        let start = zip.len();
        let common = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
            &checksum(&piece.bytes).to_le_bytes(),
            &long(piece.bytes.len()),
            &long(piece.bytes.len()),
        ]
        .concat();
        zip.extend(b"PK\x03\x04");
        zip.extend(&common);
        zip.extend([short(piece.name.len()), short(piece.extra.len())].concat());
        zip.extend(piece.name.as_bytes());
        zip.extend(&piece.extra);
        zip.extend(&piece.bytes);

        let twin = again.filter(|_| rows == 0);
        for listed in [Some(piece.listed.as_str()), twin].into_iter().flatten() {
            rows += 1;
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(&common);
            directory.extend([short(listed.len()), short(piece.extra.len())].concat());
            directory.extend([0; 10]);
            directory.extend(long(start));
            directory.extend(listed.as_bytes());
            directory.extend(&piece.extra);
        }
    }

    let start = zip.len();
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([short(rows), short(rows)].concat());
    zip.extend([long(directory.len()), long(start)].concat());
    zip.extend([0, 0]);
    zip
}

/// An Info-ZIP Unicode Path field: another name for programs that know it.
fn unicode_path(name: &str, other: &str) -> Vec<u8> {
    let body = [
        &[1][..],
        &checksum(name.as_bytes()).to_le_bytes(),
        other.as_bytes(),
    ]
    .concat();
    [&[0x75, 0x70][..], &short(body.len()), &body].concat()
}

/// Opens to the sound kit's shares.
#[track_caller]
fn is_the_sound_kit(kit: &[u8]) {
    is_the_sound_kit_with(kit, "");
}

/// The same, and a warning begins so.
#[track_caller]
fn is_the_sound_kit_with(kit: &[u8], warning: &str) {
    let bench = Folder::with_out();
    let sound = bench.put("sound.zip", Forge::wallets().zip());
    let kit = bench.put("kit.zip", kit);
    let warnings = bench.inspect(&kit).warnings();
    let is_said = |text: &String| text.starts_with(warning);
    assert!(
        warning.is_empty() || warnings.iter().any(is_said),
        "{warnings:?}"
    );
    let shares_of = |kit: &str| {
        bench.derive(kit, &[WALLET]).json();
        let shares = bench.result("shares");
        std::fs::remove_file(bench.path("out/shares")).unwrap();
        shares
    };
    assert_eq!(shares_of(&kit), shares_of(&sound));
}

fn renamed(rename: impl Fn(&str) -> String) -> Vec<u8> {
    let files = Forge::wallets().files().into_iter();
    let files: Vec<_> = files.map(|(name, bytes)| (rename(&name), bytes)).collect();
    zip_of(&files)
}

#[test]
fn names_that_a_transfer_changed_are_read_as_they_were() {
    is_the_sound_kit(&renamed(|name| format!("kit\\{name}")));
    is_the_sound_kit(&renamed(|name| format!("{name}.txt")));
    is_the_sound_kit(&renamed(str::to_uppercase));
    is_the_sound_kit(&renamed(|name| name.replace("metadata", "Metadata")));
    is_the_sound_kit(&renamed(|name| name.replace(".json", " (1).json")));
    is_the_sound_kit(&renamed(|name| format!("./{name}")));
}

#[test]
fn beside_the_name_itself_a_near_miss_is_passed_over_with_a_warning() {
    for twin in [
        Forge::master_entry().to_uppercase(),
        "Metadata.json".to_owned(),
    ] {
        let kit = Forge::wallets().add(&twin, "something else").zip();
        is_the_sound_kit_with(&kit, &format!("skipped `{twin}`"));
    }
}

#[test]
fn zip_files_of_other_programs_are_read() {
    is_the_sound_kit(&raw_zip(&pieces(), None));
    is_the_sound_kit(&[raw_zip(&pieces(), None), b"\r\n".to_vec()].concat());
    let inner = ("download/kit.zip".to_owned(), Forge::wallets().zip());
    is_the_sound_kit(&zip_of(&[inner]));
    let mut same = pieces();
    same[0].extra = unicode_path(&same[0].name, &same[0].name);
    is_the_sound_kit(&raw_zip(&same, None));
}

#[test]
fn a_second_name_in_a_unicode_path_is_refused() {
    let mut pieces = pieces();
    let mut other = Piece::new("other.json", b"{}");
    other.extra = unicode_path("other.json", "metadata.json");
    pieces.push(other);
    all_refuse(
        &raw_zip(&pieces, None),
        "zip_ambiguous",
        &["other.json", "second name"],
    );
}

#[test]
fn a_header_that_names_another_entry_is_refused() {
    let mut pieces = pieces();
    let mut other = Piece::new("other.json", b"{}");
    other.listed = "extra.json".to_owned();
    pieces.push(other);
    all_refuse(
        &raw_zip(&pieces, None),
        "zip_ambiguous",
        &["extra.json", "another name"],
    );
}

#[test]
fn entries_that_overlap_are_refused() {
    all_refuse(
        &raw_zip(&pieces(), Some("twin")),
        "zip_ambiguous",
        &["overlaps another one"],
    );
}

/// `kit inspect` within 192 MiB of address space.
fn inspected_in_little_memory(name: &str, kit: &[u8]) -> Run {
    let bench = Folder::with_out();
    let kit = bench.put(name, kit);
    let script = r#"ulimit -v 196608; exec "$0" --json kit inspect "$1""#;
    shell(script, &[kit])
}

#[test]
fn a_small_zip_that_inflates_to_many_values_takes_little_memory() {
    let one = |text: String| zip_of(&[("metadata.json".to_owned(), text.into_bytes())]);
    let values = vec![r#"{"a":0}"#; (15 << 20) / 8].join(",");
    let members: Vec<String> = (0..1_000_000)
        .map(|number| format!(r#""{number}":{{}}"#))
        .collect();
    let keys = format!(r#"{{"chainCode":"00","keys":{{{}}}}}"#, members.join(","));
    for text in [format!("[{values}]"), keys] {
        let kit = one(text);
        assert!(kit.len() < 4 << 20);
        inspected_in_little_memory("kit.zip", &kit).refused(2, "too_many_values", &[]);
    }
}
