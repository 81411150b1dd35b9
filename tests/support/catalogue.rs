//! The catalogue of errors, as the program prints it.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::Value;

use super::lifeboat;

/// Every code, and the exit statuses of the runs that end with it; none for one that stands beside records.
pub(crate) static CATALOGUE: LazyLock<BTreeMap<String, Vec<i64>>> = LazyLock::new(|| {
    let exits = |entry: &Value| {
        let exits = entry["exit"].as_array().unwrap().iter();
        exits.map(|exit| exit.as_i64().unwrap()).collect()
    };
    entries()
        .iter()
        .map(|entry| (entry["code"].as_str().unwrap().to_owned(), exits(entry)))
        .collect()
});

/// Its entries.
pub(crate) fn entries() -> Vec<Value> {
    lifeboat(&["errors", "--json"]).json()["errors"]
        .as_array()
        .unwrap()
        .clone()
}

/// Whether the catalogue says that a run can end with this code and exit status.
pub(super) fn ends_so(code: &str, exit: i32) -> bool {
    CATALOGUE
        .get(code)
        .is_some_and(|exits| exits.contains(&i64::from(exit)))
}
