//! The demo as a person uses it: in a folder of its own, on a terminal, with its passphrases typed.

use std::process::{Command, Stdio};

use super::{Folder, Run, fixture};

/// Runs a line of the shell in a folder, on a terminal, with the passphrases of the demo.
pub(crate) fn typed(folder: &Folder, line: &str) -> Run {
    let read = |name: &str| {
        let own = std::fs::read_to_string(folder.path(name));
        let text = own
            .or_else(|_| std::fs::read_to_string(fixture("demo").join(name)))
            .unwrap();
        text.trim_end().to_owned()
    };
    let program = std::path::Path::new(super::tested_program());
    let path = std::env::var("PATH").unwrap();
    let sheets = ["first sheet", "sheet 2", "sheet 3"];
    let words = |number: usize| {
        let page = folder.path(&format!("recovery-sheets/sheet-{number}-of-5.html"));
        let page = std::fs::read_to_string(page).unwrap_or_default();
        let list = page.split("<li>").skip(1);
        let words = list.map(|item| item.split('<').next().unwrap_or_default().trim());
        words.collect::<Vec<_>>().join(" ")
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/by_question.py");
    let output = Command::new("python3")
        .args([script, line, "a passphrase of the examples"])
        .args(["recovery-private", &read("key-passphrase.txt")])
        .args(["endpoint-private", &read("endpoint-passphrase.txt")])
        .args(["owner", &read("owner-passphrase.txt")])
        // A sheet each from the first, the third and the last of five people.
        .args(
            std::iter::zip(sheets, [1, 3, 5])
                .flat_map(|(asked, number)| [asked.to_owned(), words(number)]),
        )
        .current_dir(folder.path(""))
        .env(
            "PATH",
            format!("{}:{path}", program.parent().unwrap().display()),
        )
        .env("TERM", "vt100")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Run::of(&output)
}

/// Whether there is a program; says so where there is none.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .unwrap();
    if !found.status.success() {
        eprintln!("skipped: there is no {program}");
    }
    found.status.success()
}

/// A folder with what is in `fixtures/demo`.
pub(crate) fn demo() -> Folder {
    let folder = Folder::new();
    let copied = Command::new("cp")
        .arg("-r")
        .arg(format!("{}/.", fixture("demo").display()))
        .arg(folder.path(""))
        .status();
    assert!(copied.unwrap().success());
    folder
}

/// The same with the device share of the first wallet in `device.json`.
pub(crate) fn demo_with_device_share() -> Folder {
    let folder = demo();
    let backup = "device-backups/device-1.json";
    let device = "7cc9b276-3c65-47f9-b35a-992766d3cafd";
    let recover = ["share", "recover", backup, "--device-id", device];
    let rest = ["--passphrase-dir", "passphrases", "--out", "device.json"];
    folder.done(&[&recover[..], &rest].concat());
    folder
}

/// What the provider's offline tool gives is not in the demo: the ed25519 key alone.
pub(crate) fn put_exported_key(folder: &Folder) {
    let (custodian, client) = ("portal/custodian-ed25519.json", "portal/client.txt");
    let eject = [
        "portal",
        "eject",
        "--client",
        client,
        "--custodian",
        custodian,
    ];
    let rest = [
        "--key-file",
        "portal/cloud-key.txt",
        "--unencrypted",
        "--out",
        "keys",
    ];
    folder.run(&[&eject[..], &rest].concat());
    let keys = folder.read_json("keys");
    folder.write("exported-key.txt", keys[0]["privateKey"].as_str().unwrap());
}
