//! The rules of the house: who may call whom, what every file opens with, what never comes in.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn house() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file with this ending below a folder of the house.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !["target", "node_modules"].contains(&name) {
                collect(&path, ending, found);
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&house().join(folder), ending, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no {ending} in {folder}");
    found
}

/// The code of a file without its comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The floors from the lowest to the highest, and what each must not name.
const LAWS: [(&str, &[&str]); 6] = [
    (
        "domain",
        &[
            "crate::config",
            "config::",
            "identity::",
            "keys::",
            "store::",
            "routes::",
            "axum",
            "rusqlite",
            "std::fs",
            "std::net",
            "std::env",
            "SystemTime",
            "Instant::now",
            "tracing",
        ],
    ),
    (
        "config",
        &[
            "identity::",
            "keys::",
            "store::",
            "routes::",
            "axum",
            "rusqlite",
            "std::fs",
            "std::env",
        ],
    ),
    (
        "identity",
        &[
            "keys::", "store::", "routes::", "axum", "rusqlite", "std::env",
        ],
    ),
    (
        "keys",
        &[
            "identity::",
            "store::",
            "routes::",
            "axum",
            "rusqlite",
            "std::env",
        ],
    ),
    (
        "store",
        &["identity::", "keys::", "routes::", "axum", "std::env"],
    ),
    (
        "routes",
        &[
            "rusqlite", "std::fs", "std::env", "SELECT ", "INSERT ", "UPDATE ",
        ],
    ),
];

#[test]
fn house_the_floors_look_down_only() {
    for (floor, forbidden) in LAWS {
        for path in files(&format!("src/{floor}"), ".rs") {
            let code = code(&path);
            for word in forbidden {
                let place = path.strip_prefix(house()).unwrap().display();
                assert!(
                    !names(&code, word),
                    "{place} names `{word}`, which {floor} may not"
                );
            }
        }
    }
}

/// Whether the code has the word, not as the end of a longer one.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

#[test]
fn house_only_the_store_knows_sql() {
    for path in files("src", ".rs") {
        if path.starts_with(house().join("src/store")) {
            continue;
        }
        let code = code(&path);
        for word in [
            "rusqlite",
            "tokio_postgres",
            "SELECT ",
            "INSERT INTO",
            "DELETE FROM",
        ] {
            assert!(!code.contains(word), "{} names `{word}`", path.display());
        }
    }
}

/// Who may call other hosts, and for what.
const CALLERS: [(&str, &str); 5] = [
    (
        "src/bin/lifeboat-endpoint/connections.rs",
        "takes connections, and makes none",
    ),
    ("src/outbound.rs", "makes the client"),
    ("src/identity/configured.rs", "keys of issuers"),
    ("src/notify.rs", "notices to the company"),
    ("src/store/postgres/login.rs", "a database server"),
];

#[test]
fn house_few_places_call_other_hosts() {
    let words = [
        "ureq",
        "outbound::",
        "TcpStream",
        "UdpSocket",
        "UnixStream",
        "MakeRustlsConnect",
    ];
    for path in files("src", ".rs") {
        let place = path.strip_prefix(house()).unwrap();
        let code = code(&path);
        let calls = words.iter().any(|word| names(&code, word));
        let may = CALLERS.iter().any(|(known, _)| place == Path::new(known));
        assert_eq!(calls, may, "{}", place.display());
    }
}

/// Whoever adds a table or a column adds it for both databases.
#[test]
fn house_both_databases_have_the_same_tables() {
    let sqlite = [columns("sqlite-state"), columns("sqlite-shares")].concat();
    let postgres = columns("postgres");
    let sorted = |mut columns: Vec<String>| {
        columns.sort();
        columns
    };
    assert!(sqlite.len() > 80, "{}", sqlite.len());
    assert_eq!(sorted(sqlite), sorted(postgres));
}

/// Every `table.column` that the migrations of a folder make.
fn columns(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(&format!("migrations/{folder}"), ".sql") {
        let mut table = String::new();
        for line in fs::read_to_string(path).unwrap().lines() {
            let first = line.split_whitespace().next().unwrap_or_default();
            if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                table = rest.split(' ').next().unwrap().to_owned();
            } else if let Some(rest) = line.strip_prefix("ALTER TABLE ") {
                let words: Vec<&str> = rest.split_whitespace().collect();
                assert_eq!(&words[1..3], ["ADD", "COLUMN"], "{line}");
                found.push(format!("{}.{}", words[0], words[3]));
            } else if line.starts_with("    ") && !["PRIMARY", "UNIQUE"].contains(&first) {
                found.push(format!("{table}.{first}"));
            }
        }
    }
    found
}

#[test]
fn house_every_file_says_what_it_is_for_and_stays_readable() {
    for (folder, most) in [("src", 600), ("tests", 800)] {
        for path in files(folder, ".rs") {
            let text = fs::read_to_string(&path).unwrap();
            let shown = path.display();
            assert!(text.starts_with("//! "), "{shown} does not open with `//!`");
            let lines = text.lines().count();
            assert!(lines <= most, "{shown} has {lines} lines");
        }
    }
}

/// The framework's own extractors answer in texts of their own.
#[test]
fn house_addresses_are_read_by_parts_alone() {
    let mut seen = 0;
    for path in files("src/routes", ".rs") {
        if path.ends_with("parts.rs") {
            continue;
        }
        for part in code(&path).split("extract::").skip(1) {
            let names = part.split(['}', ';']).next().unwrap();
            seen += 1;
            for word in ["Path", "Query", "Json", "Bytes"] {
                let is_there = names.split(['{', ',', ' ', '\n']).any(|name| name == word);
                assert!(
                    !is_there,
                    "{} takes `{word}` of the framework",
                    path.display()
                );
            }
        }
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn house_nothing_is_left_to_do() {
    for path in files("src", ".rs") {
        let code = code(&path);
        for word in ["todo!", "dbg!", "unimplemented!", ".unwrap()", "unsafe {"] {
            assert!(!code.contains(word), "{} holds `{word}`", path.display());
        }
    }
    let library = fs::read_to_string(house().join("src/lib.rs")).unwrap();
    assert!(library.contains("#![forbid(unsafe_code)]"));
}

/// What may differ between the two locks, and why.
const OTHER_VERSIONS: [(&str, &str); 5] = [
    (
        "allocator-api2",
        "types without code: governor's tables take 0.2, the tool's arena 0.4",
    ),
    (
        "getrandom",
        "both draw randomness with 0.4; 0.2 is jsonwebtoken's in browsers, 0.3 is of tests of the tool",
    ),
    (
        "pem",
        "jsonwebtoken reads public keys with 3; in the tool 4 is another opinion, in tests alone",
    ),
    (
        "r-efi",
        "what getrandom uses without a system, 5 for its 0.3",
    ),
    (
        "toml_parser",
        "the tool has it in what builds a macro, this program reads its configuration with it",
    ),
];

#[test]
fn house_both_locks_have_the_same_versions() {
    let own = locked(&house().join("Cargo.lock"));
    let tool = locked(&house().join("../Cargo.lock"));
    let mut shared = 0;
    for (name, versions) in &own {
        let Some(of_tool) = tool.get(name) else {
            continue;
        };
        if OTHER_VERSIONS.iter().any(|(known, _)| known == name) {
            continue;
        }
        shared += 1;
        let is_same = of_tool.iter().all(|version| versions.contains(version));
        assert!(
            is_same,
            "`{name}` is {versions:?} here and {of_tool:?} in the tool"
        );
    }
    assert!(shared > 50, "{shared}");
}

/// The fuzz targets read this program's sources with this program's crates.
#[test]
fn house_what_reads_here_is_fuzzed_with_the_same_versions() {
    let own = locked(&house().join("Cargo.lock"));
    let fuzzed = locked(&house().join("../fuzz/Cargo.lock"));
    for name in [
        "csv",
        "serde",
        "serde_json",
        "sha2",
        "time",
        "toml",
        "toml_parser",
        "uuid",
    ] {
        assert!(own.contains_key(name), "{name}");
        assert_eq!(own.get(name), fuzzed.get(name), "{name}");
    }
}

/// The page's program computes with the tool's crates, and with no others.
#[test]
fn house_the_page_has_the_tools_versions() {
    let page = locked(&house().join("page/Cargo.lock"));
    let tool = locked(&house().join("../Cargo.lock"));
    assert!(page.len() > 50, "{}", page.len());
    for (name, versions) in &page {
        if name == "takeover" {
            continue;
        }
        let of_tool = tool.get(name);
        let is_same =
            of_tool.is_some_and(|known| versions.iter().all(|version| known.contains(version)));
        assert!(
            is_same,
            "`{name}` is {versions:?} here and {of_tool:?} in the tool"
        );
    }
}

/// Names and versions of a lock.
fn locked(path: &Path) -> BTreeMap<String, Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in text.split("[[package]]").skip(1) {
        let member = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap().trim_matches([' ', '=', '"']).to_owned()
        };
        found
            .entry(member("name"))
            .or_default()
            .push(member("version"));
    }
    found
}
