//! Exports and signatures.

use super::{Case, case, make_all};
use crate::support::{Folder, Run, json_fixture, text};

pub(super) const CASES: &[Case] = &[
    case("address_differs", 3, |bench| {
        export(bench, "public", &["--chain", "eth", "--expect", "0x0"])
    }),
    case("no_key_on_curve", 2, |bench| {
        export(bench, "public", &["--chain", "sol"])
    }),
    case("no_such_keyset", 2, |bench| {
        export(bench, "public", &["--chain", "eth", "--keyset", "2"])
    }),
    case("public_keys_only", 2, |bench| {
        export(
            bench,
            "public",
            &["--chain", "eth", "--reveal", "--out", "out"],
        )
    }),
    case("no_such_address_type", 2, |bench| {
        export(
            bench,
            "public",
            &["--chain", "doge", "--address-type", "p2tr"],
        )
    }),
    case("too_many_keys", 2, |bench| {
        export(
            bench,
            "public",
            &["--chain", "eth", "--index", "0..2000000"],
        )
    }),
    case("bad_expect_file", 2, |bench| {
        bench.write("expected.csv", "chain,place,address\nbtc,m/44/0/0/0/0,x\n");
        export(
            bench,
            "public",
            &["--chain", "btc", "--expect-file", "expected.csv"],
        )
    }),
    case("several_wallets", 2, |bench| {
        lay(bench);
        let two = format!("{}\n{:064x}\n", bench.read("private"), 1);
        bench.write("private", two);
        bench.run_json(&["sign", "private", "message", "--chain", "eth"])
    }),
    case("bad_message", 2, |bench| {
        sign(bench, &["--chain", "eth", "--message-encoding", "hex"])
    }),
    case("digest_length", 2, |bench| {
        sign(bench, &["--chain", "eth", "--prehashed"])
    }),
    case("not_what_is_signed", 2, |bench| {
        sign(bench, &["--curve", "secp256k1", "--path", "m/0"])
    }),
    case("no_message_form", 2, |bench| {
        sign(bench, &["--chain", "xrp", "--text-message"])
    }),
    case("message_prefixed", 2, |bench| {
        lay(bench);
        bench.write("message", "\x19Ethereum Signed Message:\n1a");
        let sign = ["sign", "private", "message", "--chain", "eth"];
        bench.run_json(&[&sign[..], &["--text-message"]].concat())
    }),
    case("empty_message", 2, |bench| {
        lay(bench);
        bench.write("message", " \n");
        let sign = ["sign", "private", "message", "--chain", "eth"];
        bench.run_json(&[&sign[..], &["--message-encoding", "hex"]].concat())
    }),
    case("no_derivation", 2, |bench| {
        bench.write("single", "11".repeat(32));
        bench.run_json(&["export", "single", "--chain", "eth", "--account", "1"])
    }),
    case("no_such_owner", 2, |bench| {
        export(bench, "public", &["--chain", "eth", "--client", "nobody"])
    }),
];

#[test]
fn every_error_of_exports_is_made() {
    make_all(CASES);
}

/// Extended keys of both kinds, and a message.
fn lay(bench: &Folder) {
    let expect = json_fixture("shares/takeover.json")[0]["expect"].clone();
    bench.write("private", text(&expect["extendedPrivateKey"]));
    bench.write("public", text(&expect["extendedPublicKey"]));
    bench.write("message", "a message");
}

fn export(bench: &Folder, keys: &str, more: &[&str]) -> Run {
    lay(bench);
    bench.run_json(&[&["export", keys], more].concat())
}

fn sign(bench: &Folder, more: &[&str]) -> Run {
    lay(bench);
    bench.run_json(&[&["sign", "private", "message"], more].concat())
}
