//! Help, manual pages and completions: found by whoever needs them, and true.

use std::collections::BTreeSet;

use crate::support::{
    Folder,
    demo::{demo, has, put_exported_key, typed},
    lifeboat, shell,
};

/// Every command, by its words, from the names of the manual pages; the whole program's is the empty one.
pub(super) fn commands() -> Vec<String> {
    let folder = Folder::new();
    lifeboat(&["man", "--all", &folder.text("pages"), "--quiet"]).done();
    let files = std::fs::read_dir(folder.path("pages")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut paths: Vec<String> = names.map(|name| path_of(&name)).collect();
    paths.sort();
    assert!(paths.len() > 30, "{paths:?}");
    paths
}

/// `lifeboat-portal-cloud-name.1` is the page of `portal cloud-name`.
fn path_of(file: &str) -> String {
    let name = file.strip_suffix(".1").unwrap().strip_prefix("lifeboat");
    let name = name.unwrap().trim_start_matches('-');
    match name.split_once('-') {
        Some((parent @ ("key" | "kit" | "share" | "portal"), rest)) => format!("{parent} {rest}"),
        _ => name.to_owned(),
    }
}

pub(super) fn help(path: &str) -> String {
    let words: Vec<&str> = ["help"]
        .into_iter()
        .chain(path.split_whitespace())
        .collect();
    lifeboat(&words).done().to_owned()
}

/// The command lines in the examples of a help page, each whole.
pub(super) fn examples(help: &str) -> Vec<String> {
    let (_, examples) = help.split_once("\nExamples").expect("there are examples");
    let lines = examples
        .lines()
        .skip(1)
        .map(|line| line.trim_start_matches("  "));
    let text: Vec<&str> = lines.filter(|line| !line.starts_with('#')).collect();
    let text = text.join("\n").replace(" \\\n", " ");
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// The examples of all pages, each with its page, in an order in which they work: what one of them writes another one reads.
pub(super) fn order(pages: &[(String, Vec<String>)]) -> Vec<(&String, &String)> {
    let order = [
        "keygen",
        "key",
        "kit",
        "derive",
        "unseal",
        "seal",
        "merge",
        "check",
        "rewrap",
        "workspace",
        "share recover",
        "share",
        "takeover",
        "export",
        "sign",
        "portal eject",
        "portal seal",
        "portal",
        "guide",
        "",
    ];
    let place = |path: &str| {
        order
            .iter()
            .position(|start| path.starts_with(start))
            .unwrap()
    };
    let mut sorted: Vec<&(String, Vec<String>)> = pages.iter().collect();
    sorted.sort_by_key(|(path, _)| place(path));
    let lines = sorted.into_iter();
    lines
        .flat_map(|(path, lines)| lines.iter().map(move |line| (path, line)))
        .collect()
}

#[test]
fn every_example_works_as_it_is_printed() {
    if !has("python3") {
        return;
    }
    let folder = demo();
    put_exported_key(&folder);
    let commands = commands();
    let pages: Vec<(String, Vec<String>)> = commands
        .iter()
        .map(|path| (path.clone(), examples(&help(path))))
        .collect();
    for (path, lines) in &pages {
        let shows = lines
            .iter()
            .any(|line| line.contains(&format!("lifeboat {path}")));
        assert!(
            shows,
            "the help of `{path}` has no example of it: {lines:?}"
        );
    }

    let mut done = BTreeSet::new();
    for (_, line) in order(&pages) {
        if done.insert(line) {
            let said = typed(&folder, line);
            assert_eq!(said.exit, 0, "{line}\n{}", said.stdout);
        }
    }
    assert!(done.len() > 40, "{}", done.len());
}

#[test]
fn the_bare_command_shows_every_command_on_the_smallest_terminal() {
    let said = lifeboat::<&str>(&[]);
    assert_eq!(said.exit, 2);
    let lines: Vec<&str> = said.stderr.lines().collect();
    assert!(lines.len() < 24, "{}", said.stderr);
    assert!(
        lines.iter().all(|line| line.chars().count() <= 80),
        "{}",
        said.stderr
    );

    let long = help("");
    let (groups, options) = long.split_once("\nOptions:").unwrap();
    assert!(options.contains("\nGlobal options:\n"), "{options}");
    for path in commands()
        .iter()
        .filter(|path| !path.is_empty() && !path.contains(' '))
    {
        let short = said.stderr.split([' ', ',', '\n']).any(|word| word == path);
        assert!(short, "`{path}` is not in: {}", said.stderr);
        assert!(
            groups.contains(&format!("\n  {path} ")),
            "`{path}` is not in: {groups}"
        );
    }
    for group in [
        "Prepare",
        "Fireblocks recovery",
        "Key Share #2 and full keys",
        "Portal",
    ] {
        assert!(
            groups.contains(&format!("\n{group}:\n"))
                && said.stderr.contains(&format!("\n{group}:\n"))
        );
    }
}

#[test]
fn help_and_version_are_an_object_where_one_is_asked_for() {
    let whole = help("derive");
    for words in [
        &["help", "derive", "--json"][..],
        &["--json", "help", "derive"],
        &["derive", "--help", "--json"],
    ] {
        let outcome = lifeboat(words).json();
        assert_eq!(
            (&outcome["command"], &outcome["text"]),
            (&"help".into(), &whole.as_str().into())
        );
    }
    let version = lifeboat(&["--version", "--json"]).json();
    assert!(
        version["text"].as_str().unwrap().starts_with("lifeboat 0."),
        "{version}"
    );
    lifeboat(&["--json"]).refused(2, "usage", &["no command was given"]);
    lifeboat(&["help", "nothing", "--json"]).refused(2, "usage", &["no command `nothing`"]);
}

#[test]
fn a_command_that_does_not_exist_suggests_the_one_that_was_meant() {
    for (typed, meant) in [
        ("verify", &["kit verify"][..]),
        ("inspect", &["kit inspect", "portal inspect"]),
        ("decrypt", &["unseal", "portal decrypt"]),
        ("version", &["--version"]),
        ("eject", &["portal eject"]),
        ("recover", &["derive", "share recover", "portal eject"]),
        ("backup", &["share backup"]),
        ("unlock", &["portal decrypt"]),
        ("drive", &["derive"]),
        ("kit show", &["kit inspect"]),
        ("help verify", &["kit verify"]),
    ] {
        let words: Vec<&str> = typed.split(' ').collect();
        let said = lifeboat(&words);
        assert_eq!((said.exit, said.stdout.as_str()), (2, ""));
        let hint = said
            .stderr
            .lines()
            .find(|line| line.starts_with("lifeboat: hint: did you mean "));
        let hint = hint.unwrap_or_else(|| panic!("{typed}: {}", said.stderr));
        for command in meant {
            assert!(
                hint.contains(&format!("`lifeboat {command}`")),
                "{typed}: {hint}"
            );
        }
    }
    for far in ["frobnicate", "xyz"] {
        assert!(!lifeboat(&[far]).stderr.contains("did you mean"), "{far}");
    }
}

#[test]
fn a_wrong_command_line_is_told_like_every_error() {
    for (words, message) in [
        (&["derive"][..], "--key <PEM>"),
        (
            &["check", "a", "b", "--key", "c", "--smaple", "3"],
            "--smaple",
        ),
        (&["derive", "k", "--key", "c", "--shard", "5/4"], "5/4"),
        (&["doctor", "now"], "now"),
    ] {
        let said = lifeboat(words);
        assert_eq!((said.exit, said.stdout.as_str()), (2, ""));
        let lines: Vec<&str> = said.stderr.lines().collect();
        assert!(
            lines[0].starts_with("lifeboat: error: ") && lines[0].contains(message),
            "{}",
            said.stderr
        );
        assert!(lines[1].starts_with("lifeboat: hint: "), "{}", said.stderr);
        assert_eq!(
            lines.last(),
            Some(&"lifeboat: more: `lifeboat errors usage`")
        );
    }
    let said = lifeboat(&["check", "a", "b", "--key", "c", "--smaple", "3"]);
    assert!(
        said.stderr.contains("did you mean `--sample`?"),
        "{}",
        said.stderr
    );
    let said = lifeboat(&["check", "a"]);
    assert!(
        said.stderr
            .contains("usage: `lifeboat check --key <PEM> <FILE> <KIT>`"),
        "{}",
        said.stderr
    );
}

#[test]
fn every_manual_page_is_whole() {
    let folder = Folder::new();
    let said = lifeboat(&["man", "--all", &folder.text("pages"), "--json"]).json();
    assert_eq!(said["files"].as_array().unwrap().len(), commands().len());
    for path in commands() {
        let words: Vec<&str> = ["man"].into_iter().chain(path.split_whitespace()).collect();
        let page = lifeboat(&words).done().to_owned();
        let file = format!("pages/lifeboat {path}")
            .trim_end()
            .replace(' ', "-");
        assert_eq!(folder.read(&format!("{file}.1")), page);
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXAMPLES",
            "FILES",
            "EXIT STATUS",
            "SEE ALSO",
        ] {
            assert!(
                page.contains(&format!("\n.SH {section}\n")),
                "`{path}` has no {section}"
            );
        }
    }
    let synopsis = lifeboat(&["man", "derive"]).done().to_owned();
    assert!(synopsis.contains("[\\-\\-wallets FILE]"), "{synopsis}");
    // A name that is taken is left as it is.
    lifeboat(&["man", "--all", &folder.text("pages"), "--json"]).refused(2, "output_exists", &[]);

    if has("mandoc") {
        let lint = shell(
            "mandoc -T lint -W warning \"$1\"/*.1",
            &[&folder.text("pages")],
        );
        assert_eq!(
            (lint.exit, lint.stdout.as_str(), lint.stderr.as_str()),
            (0, "", "")
        );
    }
}

#[test]
fn a_terminal_gets_text_and_not_the_language_of_pages() {
    if !has("python3") {
        return;
    }
    let folder = Folder::new();
    let said = typed(&folder, "lifeboat man kit verify");
    assert_eq!(said.exit, 0);
    assert!(
        !said.stdout.contains(".SH") && !said.stdout.contains("\\-"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout
            .contains("SYNOPSIS\r\n    lifeboat kit verify --key PEM KIT"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("`lifeboat man kit verify | man -l -`"),
        "{}",
        said.stdout
    );

    let said = typed(&folder, "lifeboat errors wrong_recovery_key");
    assert!(
        said.stdout
            .starts_with("wrong_recovery_key\r\n\r\nExit status 3. "),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("\r\nWhat to do: "), "{}", said.stdout);
    assert!(
        !said.stdout.contains("**") && !said.stdout.contains('#'),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout
            .lines()
            .all(|line| line.trim_end().chars().count() <= 80),
        "{}",
        said.stdout
    );
}

#[test]
fn completions_say_where_they_go_and_know_values() {
    for (shell, place) in [
        ("bash", "bash-completion/completions/lifeboat"),
        ("zsh", "_lifeboat"),
        ("fish", "fish/completions/lifeboat.fish"),
        ("powershell", "$PROFILE"),
        ("elvish", "elvish/lib/lifeboat.elv"),
    ] {
        let script = lifeboat(&["completions", shell]).done().to_owned();
        let head: Vec<&str> = script.lines().take(2).collect();
        assert!(head.join("\n").contains(place), "{shell}: {head:?}");
        assert!(help("completions").contains(place), "{shell}");
        assert!(script.contains("wrong_recovery_key") || ["powershell", "elvish"].contains(&shell));
    }

    let bash = r#"
        . <("$0" completions bash)
        complete_words() {
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
            _lifeboat lifeboat "${COMP_WORDS[$COMP_CWORD]}" "${COMP_WORDS[$COMP_CWORD - 1]}"
            echo "${COMPREPLY[*]}"
        }
        complete_words lifeboat errors wrong_recovery_
        complete_words lifeboat man ver
        complete_words lifeboat export keys --chain btc,so
        complete_words lifeboat sign keys file --chain dog
    "#;
    let said = shell(bash, &[""; 0]);
    let lines: Vec<&str> = said.done().lines().collect();
    assert_eq!(
        lines[..3],
        ["wrong_recovery_key", "verify", "btc,sol btc,sol-test"]
    );
    assert!(lines[3].starts_with("doge"), "{lines:?}");

    if has("fish") {
        let fish = r#"
            "$0" completions fish > "$1/lifeboat.fish"; cd "$1"; mkdir bin; ln -s "$0" bin/lifeboat
            PATH="$1/bin:$PATH" HOME="$1" fish --no-config -c '
                source lifeboat.fish
                for line in "errors wrong_recovery_" "man ver" "export keys --chain btc,so"
                    complete -C "lifeboat $line" | string replace --regex "\t.*" ""
                end'
        "#;
        let folder = Folder::new();
        let said = shell(fish, &[folder.text("")]);
        let lines: Vec<&str> = said.done().lines().collect();
        assert_eq!(
            lines,
            ["wrong_recovery_key", "verify", "btc,sol", "btc,sol-test"]
        );
    }
    if has("zsh") {
        let zsh = r#""$0" completions zsh | zsh -n /dev/stdin"#;
        shell(zsh, &[""; 0]).done();
        let script = lifeboat(&["completions", "zsh"]).done().to_owned();
        assert!(script.contains(":CHAIN:{_values -s , chain btc "));
    }
}
