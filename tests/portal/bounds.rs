//! Inputs that are large on purpose: bounded memory, a bounded number of tries, and an error that says which bound it was.
//!
//! Memory is bounded from outside, by the kernel: a folder that needs more ends with an abort, which is no exit status.

use std::fmt::Write as _;

use lifeboat::crypto::curve::Curve;
use serde_json::{Value, json};

use crate::support::{
    Folder, Run,
    sharing::{decimal, numbered, scalar},
};

const MIB: usize = 1 << 20;

/// Runs the binary with so much address space and no more.
fn within(mib: usize, folder: &Folder, args: &[&str]) -> Run {
    let script = format!(r#"ulimit -v {} && exec "$0" --json "$@""#, mib << 10);
    folder.shell(&script, args)
}

fn repeated(what: &str, bytes: usize) -> String {
    what.repeat(bytes / what.len())
}

#[test]
fn a_portal_file_of_millions_of_small_values_is_read_in_little_memory() {
    let folder = Folder::new();
    let mut members = String::from("{");
    for index in 0..700_000 {
        write!(members, "\"{index:x}\":0,").unwrap();
    }
    members.push_str("\"z\":0}");

    for (content, most_mib) in [
        (format!("[{}[]]", repeated("[],", 8 * MIB)), 128),
        (format!("[{}0]", repeated("0,", 8 * MIB)), 128),
        (repeated("[] ", 8 * MIB), 128),
        (members, 256),
    ] {
        folder.write("file", content);
        within(most_mib, &folder, &["portal", "inspect", "file"]).refused(
            2,
            "not_a_share",
            &["file"],
        );
    }
}

#[test]
fn full_keys_of_millions_of_small_values_are_read_in_little_memory() {
    let folder = Folder::new();
    let objects = repeated("{\"a\":0},", 32 * MIB);

    folder.write("full", format!("[{objects}0]"));
    within(128, &folder, &["export", "full", "--chain", "eth"]).refused(
        2,
        "missing_field",
        &["[0].publicKey"],
    );

    // One wallet on one line, as a batch writes it.
    let wallet = "2d3ba6ba-7f28-4de1-8ed9-91655728c140";
    folder.write(
        "full",
        format!("{{\"walletId\":\"{wallet}\",\"keys\":[{objects}0]}}"),
    );
    within(128, &folder, &["export", "full", "--chain", "eth"]).refused(
        2,
        "missing_field",
        &["keys[0].publicKey"],
    );

    // Decoding so much Base58 would take days.
    folder.write("full", repeated("xprv", 8 * MIB));
    within(128, &folder, &["export", "full", "--chain", "eth"]).refused(
        2,
        "bad_value",
        &["checksum"],
    );
}

/// A client share of one public key, and a custodian share that names none.
fn lone(share: u64) -> (Value, Value) {
    let sharing = numbered(Curve::Secp256k1, 1, 1);
    let share = decimal(&scalar(Curve::Secp256k1, &{
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&share.to_be_bytes());
        bytes
    }));
    let client = json!({
        "share": share, "pubkey": sharing.client["pubkey"], "bks": { "server": { "X": "2" } },
    });
    (client, json!({ "share": share, "clientBk": "3" }))
}

#[test]
fn pairings_are_tried_one_at_a_time_up_to_a_number_that_is_told() {
    let folder = Folder::new();
    let (mut clients, mut custodians) = (String::new(), String::new());
    for share in 1..=1000 {
        let (client, custodian) = lone(share);
        writeln!(clients, "{client}").unwrap();
        writeln!(custodians, "{custodian}").unwrap();
    }
    folder.write("c", &clients).write("s", &custodians);

    let eject = ["portal", "eject", "--client", "c", "--custodian", "s"];
    let said = within(256, &folder, &eject);
    let outcome = said.refused(2, "too_many_pairings", &["980000", "one client at a time"]);
    assert_eq!(outcome["unpaired"][0]["tried"], 20_000);
    assert_eq!(outcome["unpaired"][0]["untried"], 980_000);
    assert_eq!(
        outcome["unpaired"][0]["attempts"].as_array().unwrap().len(),
        20
    );

    // The pair that fits is found all the same, where its shares say that they belong together.
    let sharing = numbered(Curve::Secp256k1, 1, 7);
    for forgotten in ["", "backupSharePairId", "clientPartialPubKey_x"] {
        let mut custodian = sharing.custodian.clone();
        for name in ["x", "y", forgotten] {
            custodian.as_object_mut().unwrap().remove(name);
        }
        folder
            .write("c", format!("{clients}{}", sharing.client))
            .write("s", format!("{custodians}{custodian}"));
        let outcome = within(256, &folder, &eject).json();
        assert_eq!(outcome["keys"][0]["publicKey"], sharing.public_key.to_hex());
    }
}
