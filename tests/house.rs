//! The rules of the house: who may call whom, what every file opens with, what never comes in.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn house() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file with this ending below a folder of the house, build results left out.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !["target", ".git", "node_modules"].contains(&name) {
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

/// The code of a file: comments and string literals would only repeat the words that are forbidden.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The paths that a file's `use` declarations name, groups spelled out: `std::{fs, io}` is `std::fs` and `std::io`.
fn imports(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (start, _) in code.match_indices("use ") {
        let before = code[..start].lines().next_back().unwrap_or_default().trim();
        if code[..start].ends_with('\n')
            || ["", "pub", "pub(crate)", "pub(super)"].contains(&before)
        {
            spell_out("", code[start + 4..].split(';').next().unwrap(), &mut paths);
        }
    }
    paths
}

fn spell_out(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, group)) = tree.split_once('{') else {
        return paths.push(format!("{prefix}{tree}"));
    };
    let (mut depth, mut start) = (0, 0);
    let group = group
        .trim_end()
        .strip_suffix('}')
        .expect("groups are closed");
    for (index, letter) in group.char_indices().chain([(group.len(), ',')]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let branch = &group[start..index];
                if !branch.trim().is_empty() {
                    spell_out(&format!("{prefix}{}", head.trim()), branch, paths);
                }
                start = index + 1;
            }
            _ => {}
        }
    }
}

/// What a floor must not name, in imports or inside its code.
fn forbidden(room: &str) -> Vec<&'static str> {
    let mut words = vec![
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::time",
        "std::path",
        "std::os",
        "clap",
        "tempfile",
        "rpassword",
        "indicatif",
        "getrandom",
        "jiff",
        "println!",
        "eprintln!",
        "print!",
        "eprint!",
        "SystemTime",
        "Instant",
        "crate::bin",
        "super::super",
    ];
    match room {
        "crypto" => words.extend([
            "crate::formats",
            "crate::operations",
            "serde",
            "csv",
            "zip::",
            "std::io",
        ]),
        "formats" => words.push("crate::operations"),
        _ => {}
    }
    words
}

#[test]
fn the_floors_look_down_only() {
    for room in ["crypto", "formats", "operations"] {
        for path in files(&format!("src/{room}"), ".rs") {
            let code = code(&path);
            let named = imports(&code).join("\n");
            for word in forbidden(room) {
                let place = path.strip_prefix(house()).unwrap().display();
                assert!(
                    !named.contains(word) && !code.contains(word),
                    "{place} names `{word}`, which {room} may not"
                );
            }
        }
    }
}

#[test]
fn the_doors_open_no_sockets_but_the_network_s() {
    for path in files("src/bin", ".rs") {
        let code = code(&path);
        let named = imports(&code).join("\n") + &code;
        let endpoint = path
            .components()
            .any(|part| part.as_os_str() == "lifeboat-endpoint");
        let word = if endpoint {
            "lifeboat::operations"
        } else {
            "std::net"
        };
        assert!(!named.contains(word), "{} names `{word}`", path.display());
    }
}

#[test]
fn only_the_terminal_prints() {
    for path in files("src/bin/lifeboat", ".rs") {
        let code = code(&path);
        for word in ["println!", "print!(", "dbg!"] {
            assert!(
                !code.contains(word),
                "{} prints with `{word}`",
                path.display()
            );
        }
    }
}

#[test]
fn only_one_file_of_the_door_reads_to_an_end() {
    // Tables of the system, and tools of the tests, are no inputs.
    let exempt = ["bounded.rs", "machine.rs", "memory_dump.rs", "schema.rs"];
    for path in files("src/bin/lifeboat", ".rs") {
        if exempt.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let code = code(&path);
        let code = code.split("#[cfg(test)]").next().unwrap();
        for word in [
            "file.take(",
            "stdin.take(",
            "input.take(",
            "reader.take(",
            "read_to_end",
            "read_to_string",
            "io::copy",
            "fs::read(",
            ".bytes()?",
            "take(MAX",
            "take(limit",
        ] {
            assert!(
                !code.contains(word),
                "{} reads with `{word}`: `bounded.rs` does",
                path.display()
            );
        }
    }
}

#[test]
fn imports_are_spelled_out() {
    let paths = imports(
        "use std::{\n    fs,\n    io::{self, Read},\n};\nuse a::b;\npub use c::{d::{e, f}, g};\n",
    );
    let expected = [
        "std::fs",
        "std::io::self",
        "std::io::Read",
        "a::b",
        "c::d::e",
        "c::d::f",
        "c::g",
    ];
    assert_eq!(paths, expected);
}

/// Which files of a crate import which: its modules by their path, `formats/kit/zip`.
type Imports = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_file_of_the_library_comes_back_to_itself() {
    let imports = imports_of(&["src/crypto", "src/formats", "src/operations"], "src");
    assert!(imports.len() > 100, "{} files", imports.len());

    let circle = circle_in(&imports);
    assert!(circle.is_empty(), "a circle: {}", circle.join(" → "));
}

#[test]
fn no_file_of_the_door_comes_back_to_itself() {
    let imports = imports_of(&["src/bin/lifeboat"], "src/bin/lifeboat");
    assert!(imports.len() > 50, "{} files", imports.len());

    let circle = circle_in(&imports);
    assert!(circle.is_empty(), "a circle: {}", circle.join(" → "));
}

/// A command that is long has a second file. Otherwise commands share what is in `inputs/` and `outputs/`.
#[test]
fn commands_borrow_nothing_from_commands() {
    let second_files = [
        ("commands/seal", "commands/unseal_age"),
        ("commands/share", "commands/share_batch"),
    ];
    let imports = imports_of(&["src/bin/lifeboat"], "src/bin/lifeboat");
    for (from, named) in &imports {
        for to in named {
            let of_commands = from.starts_with("commands/") && to.starts_with("commands/");
            let of_portal =
                from.starts_with("commands/portal/") && to.starts_with("commands/portal");
            let of_guide = from.starts_with("commands/guide") && to.starts_with("commands/guide");
            let is_known = second_files.contains(&(from, to)) || of_portal || of_guide;
            assert!(!of_commands || is_known, "{from} borrows from {to}");
        }
    }
}

/// The sandbox knows paths by these types: one of another type would be refused by the kernel, in the middle of a run.
#[test]
fn paths_on_the_command_line_have_types_that_the_sandbox_knows() {
    for path in files("src/bin/lifeboat/args", ".rs") {
        let is_allowed = path.ends_with("paths.rs") || !code(&path).contains("PathBuf");
        assert!(is_allowed, "{} has a bare `PathBuf`", path.display());
    }
}

#[test]
fn circles_are_found() {
    let arrows = |list: &[(&str, &str)]| -> Imports {
        let mut imports = Imports::new();
        for (from, to) in list {
            let named = imports.entry((*from).to_owned()).or_default();
            named.insert((*to).to_owned());
            imports.entry((*to).to_owned()).or_default();
        }
        imports
    };
    assert!(circle_in(&arrows(&[("a", "b"), ("a", "c"), ("b", "c")])).is_empty());
    let round = arrows(&[("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")]);
    let circle = circle_in(&round);
    assert_eq!(circle, ["b", "c", "d", "b"]);

    let modules: BTreeSet<String> = [
        "crypto/rsa",
        "formats",
        "formats/kit",
        "formats/kit/names",
        "formats/kit/zip",
    ]
    .map(str::to_owned)
    .into();
    for (path, file) in [
        ("crate::crypto::rsa::RsaKeyError", Some("crypto/rsa")),
        ("super::zip::Archive as Zip", Some("formats/kit/zip")),
        ("self::helper", None),
        ("crate::formats::printable", Some("formats")),
        ("super::super::printable", Some("formats")),
        ("zip::ZipArchive", None),
    ] {
        let found = file_of(path, "formats/kit/names", &modules);
        assert_eq!(found.as_deref(), file, "{path}");
    }
}

/// The imports of every file below the folders, named from `root`. Paths in the code count, too.
fn imports_of(folders: &[&str], root: &str) -> Imports {
    let root = house().join(root);
    let module = |path: &Path| {
        let path = path.strip_prefix(&root).unwrap().with_extension("");
        let path = path.to_str().unwrap().to_owned();
        path.strip_suffix("/mod")
            .map_or(path.clone(), str::to_owned)
    };
    let files: Vec<PathBuf> = folders.iter().flat_map(|at| files(at, ".rs")).collect();
    let modules: BTreeSet<String> = files.iter().map(|path| module(path)).collect();

    let imports = files.iter().map(|path| {
        let (own, code) = (module(path), code(path));
        let named = imports(&code).into_iter().chain(paths_in(&code));
        let mut named: BTreeSet<String> = named
            .filter_map(|name| file_of(&name, &own, &modules))
            .collect();
        named.remove(&own);
        (own, named)
    });
    imports.collect()
}

/// `crate::formats::printable` and the like, wherever they are written.
fn paths_in(code: &str) -> Vec<String> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let words = code.split(|letter: char| !is_part(letter));
    // What ends with `::` goes on in braces: an import, which is read as such.
    let paths = words.filter(|word| {
        (word.starts_with("crate::") || word.starts_with("super::")) && !word.ends_with("::")
    });
    paths.map(str::to_owned).collect()
}

/// The file that a path of `own` leads into; `None` where it leads out of the crate or nowhere else.
fn file_of(path: &str, own: &str, modules: &BTreeSet<String>) -> Option<String> {
    let path = path.split(" as ").next().unwrap().trim();
    let mut place: Vec<&str> = own.split('/').collect();
    let mut steps = path.split("::").map(str::trim).peekable();
    match steps.peek()? {
        &"crate" => {
            steps.next();
            place.clear();
        }
        &"self" | &"super" => {
            while let Some(step) = steps.next_if(|step| ["self", "super"].contains(step)) {
                if step == "super" {
                    place.pop();
                }
            }
        }
        // A module of its own, or another crate's.
        child => {
            let child = format!("{own}/{child}");
            modules.contains(&child).then_some(())?;
        }
    }
    place.extend(steps);

    let mut files = (1..=place.len())
        .rev()
        .map(|length| place[..length].join("/"));
    files
        .find(|file| modules.contains(file))
        .filter(|file| file != own)
}

/// The first circle that a walk along the imports comes to, its first file named again at the end; empty where there is none.
fn circle_in(imports: &Imports) -> Vec<&str> {
    fn walk<'a>(
        file: &'a str,
        imports: &'a Imports,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> bool {
        if let Some(start) = way.iter().position(|passed| *passed == file) {
            way.drain(..start);
            way.push(file);
            return true;
        }
        if done.contains(file) {
            return false;
        }
        way.push(file);
        let named = imports.get(file).into_iter().flatten();
        if named.into_iter().any(|next| walk(next, imports, way, done)) {
            return true;
        }
        way.pop();
        done.insert(file);
        false
    }

    let (mut way, mut done) = (Vec::new(), BTreeSet::new());
    imports
        .keys()
        .any(|file| walk(file, imports, &mut way, &mut done));
    way
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in files("src", ".rs").into_iter().chain(files("tests", ".rs")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} does not open with `//!`",
            path.display()
        );
    }
}

#[test]
fn no_file_outgrows_its_reader() {
    for (folder, most) in [("src", 600), ("tests", 800)] {
        for path in files(folder, ".rs") {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines <= most, "{} has {lines} lines", path.display());
        }
    }
}

/// `portal/portal_bounds.rs` would say the same thing twice.
#[test]
fn no_test_file_repeats_the_name_of_its_folder() {
    for path in files("tests", ".rs") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let folder = path.parent().unwrap().file_name().unwrap();
        let folder = folder.to_str().unwrap().trim_end_matches('s');
        let rest = name.strip_prefix(folder);
        let repeats = rest.is_some_and(|rest| rest.starts_with('_') || rest.starts_with("s_"));
        assert!(!repeats, "{} repeats `{folder}`", path.display());
    }
}

/// What two folders need is in `support/`.
#[test]
fn folders_of_tests_borrow_nothing_from_each_other() {
    let imports = imports_of(&["tests"], "tests");
    assert!(imports["portal/commands"].contains("support/sharing"));

    let folder = |file: &str| file.split('/').next().unwrap().to_owned();
    for (from, named) in &imports {
        for to in named {
            let is_allowed = folder(to) == "support" || folder(to) == folder(from);
            // The index names all of them; this file has examples of paths.
            let is_exempt = ["main", "house"].contains(&from.as_str());
            assert!(is_allowed || is_exempt, "{from} borrows from {to}");
        }
    }
}

/// Documents and comments point at tests for what they promise.
#[test]
fn the_tests_that_are_named_exist() {
    let mut named = 0;
    let places = [("", ".md"), ("src", ".rs"), ("tests", ".rs"), (".ci", "")];
    for path in places.iter().flat_map(|(at, ending)| files(at, ending)) {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for rest in text.split('`').filter(|rest| rest.starts_with("tests/")) {
            let name = rest.split([' ', '\n', '"']).next().unwrap();
            let exists = house().join(name).exists();
            assert!(exists, "{} names `{name}`", path.display());
            named += 1;
        }
    }
    assert!(named > 20, "{named}");
}

/// So that `LIFEBOAT_BIN` leads every test to the file that ships.
#[test]
fn tests_take_the_program_that_is_meant() {
    // A program that ships shows its memory to nobody: these tests need the one that was built with them.
    let exempt = [
        "tests/support/run.rs",
        "tests/door/memory.rs",
        "tests/house.rs",
    ];
    for path in files("tests", ".rs") {
        let place = path.strip_prefix(house()).unwrap();
        if exempt.iter().all(|name| *place != **name) {
            let text = code(&path);
            assert!(
                !text.contains("CARGO_BIN_EXE"),
                "{} asks for the built program: `support::tested_program()` says which one is meant",
                place.display()
            );
        }
    }
}

#[test]
fn nothing_is_left_to_do() {
    for path in files("src", ".rs") {
        let code = code(&path);
        for word in ["todo!", "dbg!", "unimplemented!", ".unwrap()"] {
            assert!(!code.contains(word), "{} holds `{word}`", path.display());
        }
    }
}

#[test]
fn only_the_allocator_and_the_closing_of_descriptors_are_unsafe() {
    const UNSAFE: [&str; 3] = ["memory.rs", "memory/tests.rs", "descriptors.rs"];
    let is_safe = |path: &PathBuf| {
        let mut named = UNSAFE
            .iter()
            .map(|name| house().join("src/bin/lifeboat/sandbox").join(name));
        named.all(|name| name != *path)
    };
    for path in files("src", ".rs").into_iter().filter(is_safe) {
        let code = code(&path);
        for word in ["unsafe {", "unsafe fn", "unsafe impl", "allow(unsafe_code"] {
            assert!(!code.contains(word), "{} holds `{word}`", path.display());
        }
    }
    let library = fs::read_to_string(house().join("src/lib.rs")).unwrap();
    assert!(library.contains("#![forbid(unsafe_code)]"));
}

#[test]
fn the_default_build_holds_no_network_crate() {
    const NETWORK: [&str; 22] = [
        "tokio",
        "async-std",
        "smol",
        "mio",
        "socket2",
        "hyper",
        "reqwest",
        "ureq",
        "isahc",
        "curl",
        "curl-sys",
        "h2",
        "quinn",
        "rustls",
        "native-tls",
        "openssl",
        "openssl-sys",
        "axum",
        "tiny_http",
        "tungstenite",
        "trust-dns-resolver",
        "hickory-resolver",
    ];
    let mut tree = Command::new(env!("CARGO"));
    tree.args([
        "tree",
        "--offline",
        "--locked",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let output = tree.current_dir(house()).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let crates: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(
        crates.contains(&"lifeboat") && crates.contains(&"rsa"),
        "{text}"
    );
    for name in NETWORK {
        assert!(!crates.contains(&name), "the default build holds `{name}`");
    }
}

#[test]
fn every_relative_link_in_the_markdown_leads_somewhere() {
    for path in files("", ".md") {
        let text = fs::read_to_string(&path).unwrap();
        for rest in text.split("](").skip(1) {
            let target = rest.split([')', '#', ' ']).next().unwrap();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            assert!(
                path.parent().unwrap().join(target).exists(),
                "{} links to `{target}`",
                path.display()
            );
        }
    }
}

#[test]
fn the_reading_orders_name_files_and_their_lines() {
    let design = fs::read_to_string(house().join("docs/DESIGN.md")).unwrap();
    let orders = design.split("## Reading orders").nth(1).unwrap();
    let orders = orders.split("\n## ").next().unwrap();
    let rows = orders.lines().filter(|line| line.contains(" · "));
    let mut jobs = 0;
    for row in rows {
        let [_, job, names, claimed, _] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let claimed: usize = claimed.trim().replace(',', "").parse().unwrap();
        let lines = names.split(" · ").map(|name| {
            let name = name.trim().trim_matches('`');
            let is_library = ["crypto/", "formats/", "operations/"]
                .iter()
                .any(|floor| name.starts_with(floor));
            let room = if is_library {
                "src"
            } else {
                "src/bin/lifeboat"
            };
            let path = house().join(room).join(format!("{name}.rs"));
            fs::read_to_string(&path)
                .unwrap_or_else(|_| panic!("{job}: no {}", path.display()))
                .lines()
                .count()
        });
        let real: usize = lines.sum();
        assert!(
            real.abs_diff(claimed) <= claimed / 10,
            "{job}: {real} lines"
        );
        jobs += 1;
    }
    assert!(jobs >= 8, "{jobs}");

    // The figures of the first paragraph.
    let count = |folders: &[&str]| -> usize {
        let found = folders.iter().flat_map(|folder| files(folder, "rs"));
        found
            .map(|path| fs::read_to_string(path).unwrap().lines().count())
            .sum()
    };
    let told = design.split("Of ").nth(1).unwrap();
    let told: Vec<usize> = told
        .split_whitespace()
        .filter_map(|word| word.replace(',', "").parse().ok())
        .take(2)
        .collect();
    let door = "src/bin/lifeboat";
    let texts = [format!("{door}/errors"), format!("{door}/args")];
    let real = [count(&["src"]), count(&[&texts[0], &texts[1]])];
    assert_eq!(told.len(), 2, "{told:?}");
    for (told, real) in told.into_iter().zip(real) {
        assert!(
            real.abs_diff(told) <= told / 50,
            "{told} lines are told, {real} are there"
        );
    }
}

#[test]
fn every_section_that_is_cited_exists() {
    let formats = fs::read_to_string(house().join("docs/FORMATS.md")).unwrap();
    let sections: Vec<&str> = formats
        .lines()
        .filter_map(|line| line.strip_prefix("## ")?.split(' ').next())
        .collect();
    for path in files("src", ".rs") {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines().filter(|line| line.contains("FORMATS.md §")) {
            for rest in line.split('§').skip(1) {
                let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
                assert!(
                    sections.contains(&number.as_str()),
                    "{} cites §{number}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn the_changelog_begins_with_this_version() {
    let text = fs::read_to_string(house().join("CHANGELOG.md")).expect("there is a CHANGELOG.md");
    let top = text
        .lines()
        .find_map(|line| line.strip_prefix("## "))
        .expect("it has a section");
    let version = top
        .trim_start_matches(['[', 'v'])
        .split([' ', ']', ','])
        .next()
        .unwrap();
    assert_eq!(
        version,
        env!("CARGO_PKG_VERSION"),
        "its top section is `{top}`"
    );
}
