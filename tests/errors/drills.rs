//! Drills.

use super::{Case, case, make_all};
use crate::support::{
    Folder, Run,
    forge::Forge,
    workload::{ids, key},
};

pub(super) const CASES: &[Case] = &[
    case("drill_failed", 3, |bench| {
        drill(bench, &["--key", &key("other.pkcs8")])
    }),
    case("drill_too_slow", 3, |bench| {
        drill(
            bench,
            &["--key", &key("recovery.pkcs8"), "--target", "0.00002"],
        )
    }),
];

#[test]
fn every_error_of_a_drill_is_made() {
    make_all(CASES);
}

fn drill(bench: &Folder, more: &[&str]) -> Run {
    bench.write("kit.zip", Forge::wallets().zip());
    bench.write("list", ids(3).join("\n"));
    let args = ["drill", "--kit", "kit.zip", "--wallets", "list"];
    bench.run_json(&[&args[..], more].concat())
}
