//! Small and plain terminals, hostile names, and no terminal at all.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, process::Command};

use super::{TO_SHARES, with_demo};
use crate::support::{Folder, converse::Said, demo::demo, tested_program};

/// Lines that are wider than the terminal: only a path or a part of a command may be one.
#[track_caller]
fn fits(said: &Said, columns: usize) {
    for line in said.sent.lines() {
        let width = line.chars().count();
        let is_lone = line.split_whitespace().count() <= 3;
        let is_command = line.starts_with("  $ ") || line.starts_with("      ");
        assert!(
            width <= columns || is_lone || is_command,
            "{width} columns: {line}"
        );
    }
}

#[test]
fn a_small_and_plain_terminal_is_enough() {
    let folder = demo();
    let answers = [&TO_SHARES[..1], &["?"], &TO_SHARES[1..], &["?", "1"]].concat();
    for (columns, term) in [(60, "xterm"), (60, "dumb"), (0, "vt100")] {
        let mut talk = with_demo(&folder);
        (talk.columns, talk.term) = (columns, term);
        let Some(said) = talk.hold(&[], &answers) else {
            return;
        };
        said.ends(0)
            .shows(&["What happened?", "this result is right", "What to do next:"]);
        if columns > 0 {
            fits(&said, columns);
        }
        // No cursor is moved and no colour is needed. A bar draws over its own line where that can be done.
        assert!(!said.sent.contains('\x1b'), "{term}: {:?}", said.sent);
        assert!(
            term != "dumb" || !said.sent.contains('\r'),
            "{:?}",
            said.sent
        );
        fs::remove_dir_all(folder.path("lifeboat-work")).unwrap();
    }
}

/// Names that mean something to a shell, to a terminal or to an option parser.
const NAMES: [&[u8]; 9] = [
    b"a kit.zip",
    b"it's.zip",
    b"\"kit\" $HOME `id`.zip",
    b"-kit.zip",
    b"two\nlines %s \\n.zip",
    b"red \x1b[31m.zip",
    b"not \xff utf-8.zip",
    "right\u{202e}left.zip".as_bytes(),
    "gr\u{fc}n.zip".as_bytes(),
];

#[test]
fn a_shown_command_can_be_pasted_whatever_a_file_is_called() {
    for name in NAMES {
        let folder = demo();
        let name = OsStr::from_bytes(name);
        fs::create_dir(folder.path("kits")).unwrap();
        fs::rename(folder.path("kit.zip"), folder.path("kits").join(name)).unwrap();
        // Offered by number: some of these names nobody can type.
        let mut talk = with_demo(&folder);
        talk.columns = 60;
        let Some(said) = talk.hold(&["kits"], &["1", "1", "", "q"]) else {
            return;
        };
        said.ends(0).shows(&[
            "a recovery kit",
            "kit inspect",
            "Where is the recovery key?",
        ]);
        assert!(!said.sent.contains(['\x1b', '\u{202e}']), "{:?}", said.sent);

        let command = said.command("kit inspect");
        let path = format!(
            "{}:{}",
            std::path::Path::new(tested_program())
                .parent()
                .unwrap()
                .display(),
            std::env::var("PATH").unwrap()
        );
        let pasted = Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder.path(""))
            .env("PATH", path)
            .output()
            .unwrap();
        assert!(
            pasted.status.success(),
            "{command}\n{}",
            String::from_utf8_lossy(&pasted.stderr)
        );
    }
}

#[test]
fn a_name_that_no_command_line_can_hold_is_not_offered() {
    let folder = demo();
    fs::create_dir(folder.path("kits")).unwrap();
    fs::rename(folder.path("kit.zip"), folder.path("kits/kit\n")).unwrap();
    let Some(said) = with_demo(&folder).hold(&["kits"], &["1", "q"]) else {
        return;
    };
    said.ends(0)
        .shows(&["a recovery kit", "Where is the recovery kit?"]);
    assert!(!said.sent.contains("1  `kits"), "{}", said.sent);
}

#[test]
fn without_a_terminal_it_says_so() {
    let folder = Folder::new();
    let run = folder.run_fed(&["guide"], b"1\n");
    assert_eq!((run.exit, run.stdout.as_str()), (2, ""));
    assert!(
        run.stderr
            .contains("its input and its output must be a terminal"),
        "{}",
        run.stderr
    );
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
fn it_has_no_json() {
    let folder = Folder::new();
    let Some(said) = with_demo(&folder).hold(&["--json"], &[]) else {
        return;
    };
    said.ends(2).shows(&[
        "\"code\": \"usage\"",
        "the guide is a conversation",
        "docs/RUNBOOK.md",
    ]);
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}
