//! File systems that lack what results are named with, and disks that are full or read-only.

use std::{fs, os::unix::fs::PermissionsExt};

use super::subjects::{self, Subject};
use crate::support::{Run, tested_program};

/// `EOPNOTSUPP`, `EPERM`, `EINVAL`: what file systems say that lack something.
const NO_UNNAMED: [&str; 3] = ["lacks", "tmpfile", "95"];
const NO_LINKS: [&str; 3] = ["lacks", "link", "1"];
const NO_RENAMING_ANEW: [&str; 3] = ["lacks", "noreplace", "22"];
const NO_FOLDER_SYNC: [&str; 3] = ["lacks", "sync-folder", "22"];

/// What is enough to name a file safely.
const ENOUGH: [&[[&str; 3]]; 5] = [
    &[NO_UNNAMED],
    &[NO_LINKS],
    &[NO_UNNAMED, NO_LINKS, NO_FOLDER_SYNC],
    &[NO_UNNAMED, NO_RENAMING_ANEW],
    &[NO_RENAMING_ANEW, NO_FOLDER_SYNC],
];

#[test]
fn a_file_system_that_lacks_one_way_has_another() {
    for subject in Subject::main_ones() {
        let Some((_, whole)) = subject.whole(&[]) else {
            return;
        };
        for lacking in ENOUGH {
            let (_, left) = subject.whole(&lacking.concat()).unwrap();
            assert!(
                left.keys().eq(whole.keys()),
                "{}: {lacking:?}",
                subject.name
            );
        }
    }
}

#[test]
fn a_file_system_without_any_safe_way_is_refused() {
    for subject in Subject::main_ones() {
        let lacking = [NO_UNNAMED, NO_LINKS, NO_RENAMING_ANEW].concat();
        let Some(run) = subject.spoiled(&lacking) else {
            return;
        };
        let words = ["sure to overwrite nothing", &subject.bench.text("out/")];
        run.said().refused(2, "unfit_file_system", &words);
        if subject.name == "derive" {
            // A batch is whole, and says where.
            run.said().refused(
                2,
                "unfit_file_system",
                &["the whole result is in", "shares.partial"],
            );
            assert!(subject.left().keys().eq(["shares.partial"]));
            fs::remove_file(subject.bench.path("out/shares.partial")).unwrap();
        }
        assert!(subject.left().is_empty(), "{}", subject.name);
    }
}

#[test]
fn a_file_that_appears_meanwhile_is_not_overwritten() {
    // As long as the run takes, the name looks free: only the last step can notice.
    let poor = [
        &NO_UNNAMED[..],
        &NO_UNNAMED[..],
        &NO_LINKS[..],
        &NO_RENAMING_ANEW[..],
    ];
    for (subject, name) in [
        (subjects::derive(), "shares"),
        (subjects::takeover(), "full"),
    ] {
        let Some((calls, _)) = subject.whole(&[]) else {
            return;
        };
        let look = calls
            .iter()
            .position(|call| call.ends_with(&format!("out/{name}")))
            .unwrap()
            + 1;
        let look = look.to_string();
        let path = subject.bench.path("out").join(name);
        fs::write(&path, "precious").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for lacking in poor {
            let rules = [lacking, &["fail", &look, "2"]].concat();
            let said = subject.spoiled(&rules).unwrap().said();
            assert_eq!(
                said.exit, 2,
                "{}: {lacking:?}: {}",
                subject.name, said.stderr
            );
            assert_eq!(
                subject.bench.result(name),
                "precious",
                "{}: {lacking:?}",
                subject.name
            );
            let _ = fs::remove_file(subject.bench.path("out/shares.partial"));
        }
        assert!(subject.left().keys().eq([name]), "{}", subject.name);
    }
}

/// Runs a command with `out/` as a disk of its own, then shows its files; `None`, and a line about it, where no disk can
/// be mounted.
fn on_disk(subject: &Subject, options: &str) -> Option<Run> {
    let script = r#"mount -t tmpfs -o "$1" none "$2" || exit 77
        cd "$2"; shift 2; "$@"; code=$?; ls -A >&2; exit $code"#;
    let mut args = vec![
        options.into(),
        subject.out().into_os_string(),
        tested_program().into(),
    ];
    args.extend(subject.with(&["--json"]).into_iter().map(Into::into));
    subject.bench.shell_with_disks(script, &args)
}

#[test]
fn a_disk_without_room_or_read_only_is_left_empty() {
    for subject in Subject::main_ones() {
        // No blocks: the file can be made, and holds nothing.
        for (options, code, words) in [
            ("size=4k,nr_inodes=1", "disk_full", "no space left"),
            ("size=4k,nr_inodes=2", "disk_full", "no space left"),
            ("ro", "read_only", "read-only file system"),
        ] {
            let Some(said) = on_disk(&subject, options) else {
                return;
            };
            if said.exit == 0 {
                // What fits into a page and one file.
                assert!(
                    options.ends_with('2') && ["share backup", "takeover"].contains(&subject.name),
                    "{options}"
                );
                continue;
            }
            said.refused(2, code, &[words, &subject.bench.text("out/")]);
            let left: Vec<&str> = said
                .stderr
                .lines()
                .filter(|line| !line.starts_with("lifeboat: "))
                .collect();
            let expected: &[&str] = if subject.name == "derive" && options.ends_with('2') {
                &["shares.partial"]
            } else {
                &[]
            };
            assert_eq!(left, expected, "{} on {options}", subject.name);
        }
    }
}
