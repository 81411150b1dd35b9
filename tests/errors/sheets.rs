//! Sheets of a shared passphrase.

use lifeboat::{crypto::secret::SecretBytes, formats::recovery_key::share_words::ShareWords};

use super::{Case, case, make_all};
use crate::support::{Folder, Run, json_fixture, text, workload::key};

/// The words of a share of the first set of the reference, two of which make its passphrase.
fn words(number: usize) -> String {
    text(&json_fixture("words/reference.json")[0]["words"][number]).to_owned()
}

fn join(bench: &Folder, sheets: &[String], more: &[&str]) -> Run {
    let names = (0..sheets.len()).map(|number| number.to_string());
    let names: Vec<String> = names.collect();
    for (name, sheet) in names.iter().zip(sheets) {
        bench.write(name, sheet);
    }
    let mut args = vec!["key", "join"];
    args.extend(names.iter().map(String::as_str));
    args.extend(more);
    bench.run_json(&args)
}

pub(super) const CASES: &[Case] = &[
    case("sheet_words", 2, |bench| {
        join(bench, &["academic acid".to_owned()], &["--out", "p"])
    }),
    case("sheet_other", 2, |bench| {
        join(bench, &[words(0), words(0)], &["--out", "p"])
    }),
    case("sheets_too_few", 2, |bench| {
        join(bench, &[words(0)], &["--out", "p"])
    }),
    case("key_without_passphrase", 3, |bench| {
        let open = key("recovery.pkcs8");
        join(bench, &[words(0), words(1)], &["--key", &open])
    }),
    case("sheets_wrong", 3, |bench| {
        // Whole by itself, and of another polynomial.
        let mut forged = ShareWords::find_all(words(1).as_bytes()).unwrap().remove(0);
        forged.share.value = SecretBytes::new(vec![7; 16]);
        let forged = forged.to_text().unwrap().expose().to_owned();
        join(bench, &[words(0), forged], &["--out", "p"])
    }),
];

#[test]
fn every_error_of_sheets_is_made() {
    make_all(CASES);
}
