//! Left or killed, and gone on with.

use std::fs;

use super::{TO_SHARES, with_demo};
use crate::support::{Folder, converse::Conversation, demo::demo, workload::ids};

/// The notes of the work folder, which are whole at any time.
fn notes(folder: &Folder) -> serde_json::Value {
    folder.read_json("lifeboat-work/guide.json")
}

/// The steps that are noted as done.
fn done(folder: &Folder) -> Vec<String> {
    let notes = notes(folder);
    let steps = notes["steps"].as_array().unwrap().iter();
    let done = steps.filter(|step| step["exitStatus"] == 0);
    done.map(|step| step["step"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn left_in_the_middle_and_gone_on_with() {
    let folder = demo();
    for way in ["q", "!eof", "!int"] {
        let mut answers = TO_SHARES[..6].to_vec();
        answers.push(way);
        let Some(said) = with_demo(&folder).hold(&[], &answers) else {
            return;
        };
        said.ends(0).shows(&[
            "Where is the public key of your endpoint?",
            "Nothing is lost.",
            "guide --work lifeboat-work",
        ]);
        assert_eq!(done(&folder), ["inspect", "verify"], "{way}");

        let said = with_demo(&folder)
            .hold(&["--work", "lifeboat-work"], &["1", "q"])
            .unwrap();
        said.ends(0).shows(&[
            "You were here before.",
            "done: `kit inspect`",
            "done: `kit verify` wrote `lifeboat-work/kit-report.json`",
            "You named `kit.zip` as a recovery kit.",
            "Done before: `kit inspect`",
            "You named `recovery-private.pem` as a private key.",
            "Done before: `kit verify` wrote",
            "Where is the public key of your endpoint?",
        ]);
        fs::remove_dir_all(folder.path("lifeboat-work")).unwrap();
    }
}

#[test]
fn killed_between_steps_and_gone_on_with() {
    let folder = demo();
    for killed_at in 1..TO_SHARES.len() {
        let mut answers = TO_SHARES[..killed_at].to_vec();
        answers.push("!kill");
        let Some(said) = with_demo(&folder).hold(&[], &answers) else {
            return;
        };
        said.ends(137);
        notes(&folder);
        let rest = [&["1"], &TO_SHARES[killed_at..], &["1"]].concat();
        let said = with_demo(&folder).hold(&[], &rest).unwrap();
        said.ends(0)
            .shows(&["You were here before.", "What to do next:"]);
        assert_eq!(
            done(&folder),
            ["inspect", "verify", "derive", "check"],
            "{killed_at}"
        );
        fs::remove_dir_all(folder.path("lifeboat-work")).unwrap();
    }
}

#[test]
fn killed_while_a_command_asks_and_gone_on_with() {
    let folder = demo();
    let mut talk = with_demo(&folder);
    talk.passphrases.insert(0, ("recovery-private", "!kill"));
    let Some(said) = talk.hold(&[], &TO_SHARES[..5]) else {
        return;
    };
    said.ends(137);
    assert_eq!(done(&folder), ["inspect"]);
    let said = with_demo(&folder)
        .hold(&[], &[&["1"], &TO_SHARES[4..], &["1"]].concat())
        .unwrap();
    said.ends(0)
        .shows(&["begun, not finished: `kit verify`", "What to do next:"]);
    assert_eq!(done(&folder), ["inspect", "verify", "derive", "check"]);
}

#[test]
fn killed_while_it_derives_and_gone_on_with() {
    let folder = demo();
    folder.write("ids.txt", ids(300_000).join("\n") + "\n");
    let mut answers = TO_SHARES.to_vec();
    answers[5] = "ids.txt";
    answers[7] = "!partial";
    let Some(said) = with_demo(&folder).hold(&[], &answers[..8]) else {
        return;
    };
    said.ends(137);
    assert_eq!(done(&folder), ["inspect", "verify"]);
    assert!(folder.exists("lifeboat-work/shares.sealed.partial"));
    let said = with_demo(&folder).hold(&[], &["1", "", "q"]).unwrap();
    said.ends(0).shows(&[
        "begun, not finished: `derive`",
        "This was begun and not finished: part of `lifeboat-work/shares.sealed` is there.",
        "--resume",
        "derived Key Share #1 of 300,000 wallets",
    ]);
    assert_eq!(done(&folder), ["inspect", "verify", "derive"]);
    assert!(!folder.exists("lifeboat-work/shares.sealed.partial"));
}

#[test]
fn what_came_to_its_end_without_the_guide_is_not_done_again() {
    let folder = demo();
    let Some(said) = with_demo(&folder).hold(&[], &[&TO_SHARES[..], &["1"]].concat()) else {
        return;
    };
    said.ends(0);
    // As it is when the power fails between the command's end and the guide's note.
    let mut notes = notes(&folder);
    for step in notes["steps"].as_array_mut().unwrap() {
        if step["step"] == "derive" {
            step["exitStatus"] = serde_json::Value::Null;
            step["results"][0]["sha256"] = serde_json::Value::Null;
        }
    }
    folder.write_json("lifeboat-work/guide.json", &notes);
    let said = with_demo(&folder).hold(&[], &["1", "1"]).unwrap();
    said.ends(0).shows(&[
        "begun, not finished: `derive` wrote",
        "The guide was ended before it could note that.",
        "Done before: `check`",
    ]);
    assert!(!folder.exists("lifeboat-work/shares-2.sealed"));
}

#[test]
fn a_change_is_noticed_and_nothing_is_overwritten() {
    let folder = demo();
    let all = [&TO_SHARES[..], &["1"]].concat();
    let Some(said) = with_demo(&folder).hold(&[], &all) else {
        return;
    };
    said.ends(0);
    let shares = folder.read_bytes("lifeboat-work/shares.sealed");

    // The list is another: derive and check are done again, beside what is there.
    let list = folder.read("wallets.txt");
    folder.write(
        "wallets.txt",
        list.lines()
            .take(11)
            .map(|line| format!("{line}\n"))
            .collect::<String>(),
    );
    let said = with_demo(&folder).hold(&[], &["1", "", "", "1"]).unwrap();
    said.ends(0).shows(&[
        "Done before: `kit verify`",
        "The list has 11 wallet ids",
        "has changed since it was done. It is done again, and its result gets another name. `lifeboat-work/shares.sealed` stays",
        "--out lifeboat-work/shares-2.sealed",
        "derived Key Share #1 of 11 wallets",
        "this result is right",
    ]);
    assert_eq!(folder.read_bytes("lifeboat-work/shares.sealed"), shares);

    // The result was altered.
    let mut altered = folder.read_bytes("lifeboat-work/shares-2.sealed");
    *altered.last_mut().unwrap() ^= 1;
    folder.write("lifeboat-work/shares-2.sealed", &altered);
    let said = with_demo(&folder).hold(&[], &["1", "", "", "1"]).unwrap();
    said.ends(0).shows(&[
        "`lifeboat-work/shares-2.sealed` is not as it was written: its SHA-256 differs. Do not use it.",
        "--out lifeboat-work/shares-3.sealed",
    ]);
    assert_eq!(folder.read_bytes("lifeboat-work/shares-2.sealed"), altered);

    // The result is gone.
    fs::remove_file(folder.path("lifeboat-work/shares-3.sealed")).unwrap();
    let said = with_demo(&folder).hold(&[], &["1", "", "", "1"]).unwrap();
    said.ends(0).shows(&[
        "`lifeboat-work/shares-3.sealed` was written before and is not there any more. This step is done again.",
        "derived Key Share #1 of 11 wallets",
    ]);

    // A file that was named is gone.
    fs::rename(folder.path("kit.zip"), folder.path("moved.zip")).unwrap();
    let said = with_demo(&folder)
        .hold(&[], &["1", "moved.zip", "q"])
        .unwrap();
    said.ends(0).shows(&[
        "`kit.zip` is not there any more.",
        "Where is the recovery kit?",
        "kit inspect moved.zip",
    ]);
}

#[test]
fn a_foreign_file_in_the_work_folder_stays() {
    let folder = demo();
    folder.write("lifeboat-work/shares.sealed", "precious");
    let Some(said) = with_demo(&folder).hold(&[], &[&TO_SHARES[..], &["1"]].concat()) else {
        return;
    };
    said.ends(0).shows(&[
        "--out lifeboat-work/shares-2.sealed",
        "this result is right",
    ]);
    assert_eq!(folder.read("lifeboat-work/shares.sealed"), "precious");
}

#[test]
fn a_step_that_is_stopped_is_offered_again() {
    let folder = demo();
    let mut answers = TO_SHARES[..5].to_vec();
    answers.extend(["1", "", "q"]);
    let mut talk = with_demo(&folder);
    // Ctrl-C at the passphrase of the first `kit verify`.
    talk.passphrases.insert(0, ("recovery-private", "\x03"));
    let Some(said) = talk.hold(&[], &answers) else {
        return;
    };
    said.ends(0).shows(&[
        "The command was stopped before its end.",
        "1 Run it again",
        "this kit opens with this key",
        "Where is the list of wallet ids?",
    ]);
}

#[test]
fn notes_that_cannot_be_written_are_as_they_were() {
    let folder = demo();
    let full = Conversation {
        before: "ulimit -f 0",
        ..with_demo(&folder)
    };
    let Some(said) = full.hold(&[], &[]) else {
        return;
    };
    said.ends(2)
        .shows(&["lifeboat: error:", "guide.json", "lifeboat: hint:"]);
    assert!(
        fs::read_dir(folder.path("lifeboat-work"))
            .unwrap()
            .next()
            .is_none()
    );

    let said = with_demo(&folder).hold(&[], &TO_SHARES[..3]).unwrap();
    said.ends(0);
    let before = folder.read("lifeboat-work/guide.json");
    full.hold(&[], &["1", "recovery-private.pem"])
        .unwrap()
        .ends(2);
    assert_eq!(folder.read("lifeboat-work/guide.json"), before);
    assert_eq!(
        fs::read_dir(folder.path("lifeboat-work")).unwrap().count(),
        1
    );
}
