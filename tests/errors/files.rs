//! What was typed, files, folders, disks and the terminal.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::json as value;

use super::{Case, beside, case, derive, inspect, make_all, on_terminal, skipped};
use crate::support::{
    Folder, Run,
    forge::{Forge, WALLET, zip_of},
    workload::key,
};

pub(super) const CASES: &[Case] = &[
    case("usage", 2, |bench| bench.run_json(&["frobnicate"])),
    case("file_not_found", 2, |bench| {
        bench.run_json(&["kit", "inspect", "nowhere.zip"])
    }),
    case("permission_denied", 2, closed_file),
    case("output_exists", 2, |bench| {
        bench.write("out", "precious");
        derive(bench, &[WALLET])
    }),
    case("disk_full", 2, |bench| {
        into_full_disk(bench, r#"derive kit.zip --key "$1" "$2""#)
    }),
    case("read_only", 2, read_only_folder),
    case("io", 2, |bench| bench.run_json(&["key", "show", "."])),
    case("read_failed", 2, |bench| {
        bench.write("list", WALLET);
        bench.run_json(&["merge", ".", "--wallets", "list", "--out", "out"])
    }),
    case("file_too_large", 2, |bench| {
        bench.write("key", vec![b'a'; 300 << 10]);
        bench.run_json(&["key", "show", "key"])
    }),
    beside("link_to_folder", 1, |bench| {
        fs::create_dir_all(bench.path("shares/other")).unwrap();
        std::os::unix::fs::symlink("other", bench.path("shares/link")).unwrap();
        bench.run_json(&["portal", "inspect", "shares"])
    }),
    beside("folder_too_deep", 1, |bench| {
        fs::create_dir_all(bench.path(&format!("shares{}", "/deeper".repeat(20)))).unwrap();
        bench.run_json(&["portal", "inspect", "shares"])
    }),
    case("stdin_twice", 2, |bench| {
        derive(bench, &["--wallets", "-", "--key-passphrase-file", "-"])
    }),
    case("stdout_taken", 2, |bench| {
        bench.write("kit.zip", Forge::wallets().zip());
        bench.run_json(&["derive", "kit.zip", "--key", &key("recovery.pkcs8"), WALLET])
    }),
    case("secret_on_terminal", 2, |bench| {
        let kit = bench.put("kit.zip", Forge::wallets().zip());
        on_terminal(
            &[],
            &["derive", &kit, "--key", &key("recovery.pkcs8"), WALLET],
        )
    }),
    case("result_on_terminal", 2, |bench| {
        let (kit, public) = (
            bench.put("kit.zip", Forge::wallets().zip()),
            key("recovery.public"),
        );
        let key = key("recovery.pkcs8");
        on_terminal(
            &[],
            &["derive", &kit, "--key", &key, WALLET, "--seal-to", &public],
        )
    }),
    case("file_size_limit", 2, |bench| {
        bench.write("kit.zip", Forge::wallets().zip());
        let small = r#"trap '' XFSZ; ulimit -f 1; exec "$0" --json derive kit.zip --key "$1" --out out --format csv --wallets list"#;
        bench.write("list", crate::support::workload::ids(60).join("\n"));
        bench.shell(small, &[&key("recovery.pkcs8")])
    }),
    case("stdout_lost", 2, |bench| {
        bench.write("kit.zip", Forge::wallets().zip());
        bench.shell(r#"exec "$0" kit inspect kit.zip >&-"#, &[])
    }),
    case("not_enough_memory", 2, |bench| {
        let lock = r#"ulimit -v 120000; exec "$0" --json export full --chain btc --passphrase-file passphrase"#;
        let text = value!({
            "format": "lifeboat locked file", "version": 1, "kind": "full keys",
            "argon2id": { "memoryKiB": 1 << 20, "passes": 3, "lanes": 4 },
            "salt": "00".repeat(16), "nonce": "00".repeat(12), "check": "00".repeat(32),
        });
        // The format must be first for the file to be known.
        let text = text
            .to_string()
            .replace("\"format\":\"lifeboat locked file\",", "");
        bench.write(
            "full",
            text.replacen('{', "{\"format\":\"lifeboat locked file\",", 1) + "\n00\n",
        );
        bench.write("passphrase", "a passphrase of no matter\n");
        bench.shell(lock, &[])
    }),
    case("not_json", 2, |bench| metadata(bench, "{")),
    case("missing_field", 2, |bench| metadata(bench, "{}")),
    case("wrong_type", 2, |bench| metadata(bench, "[]")),
    case("bad_hex", 2, |bench| {
        changed(bench, |forge| forge.metadata["chainCode"] = value!("zz"))
    }),
    case("wrong_length", 2, |bench| {
        changed(bench, |forge| forge.metadata["chainCode"] = value!("00"))
    }),
    case("bad_uuid", 2, |bench| {
        changed(bench, |forge| {
            forge.master()["cosigners"][0]["id"] = value!("1")
        })
    }),
    case("bad_value", 2, |bench| {
        changed(bench, |forge| {
            forge.master()["cosigners"][0]["type"] = value!("moon")
        })
    }),
];

#[test]
fn every_error_of_files_is_made() {
    make_all(CASES);
}

/// A control character in a file's name is shown, not sent to the terminal.
#[test]
fn a_file_s_name_does_not_move_the_cursor() {
    let bench = Folder::new();
    let run = bench.run(&["kit", "inspect", "evil\x1b[2J\r\nname"]);
    assert_eq!(run.exit, 2);
    assert!(
        run.stderr.contains(r"evil\u{1b}[2J\r\nname"),
        "{}",
        run.stderr
    );
    assert_eq!(super::indecencies(&run, &bench), [""; 0], "{}", run.stderr);
}

fn metadata(bench: &Folder, text: &str) -> Run {
    inspect(bench, zip_of(&[("metadata.json".to_owned(), text.into())]))
}

fn changed(bench: &Folder, change: fn(&mut Forge)) -> Run {
    let mut forge = Forge::wallets();
    change(&mut forge);
    inspect(bench, forge.zip())
}

fn into_full_disk(bench: &Folder, command: &str) -> Run {
    if !Path::new("/dev/full").exists() {
        return skipped("there is no /dev/full");
    }
    bench.write("kit.zip", Forge::wallets().zip());
    bench.shell(
        &format!("exec \"$0\" {command} > /dev/full"),
        &[&key("recovery.pkcs8"), WALLET],
    )
}

fn closed_file(bench: &Folder) -> Run {
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    fs::set_permissions(&kit, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&kit).is_err() {
        return bench.run_json(&["kit", "inspect", "kit.zip"]);
    }
    // Who may read everything gives that up in a name space of its own, where the system lets us have one.
    let run = bench.shell(
        r#"unshare --user true || exit 77; exec unshare --user "$0" --json kit inspect kit.zip"#,
        &[],
    );
    if run.exit == 77 {
        skipped("nothing is closed to this user")
    } else {
        run
    }
}

fn read_only_folder(bench: &Folder) -> Run {
    fs::create_dir(bench.path("disk")).unwrap();
    let own = r#"unshare --user --map-root-user --mount true || exit 77
        exec unshare --user --map-root-user --mount bash -c '
            mount -t tmpfs -o ro none disk || exit 77
            exec "$0" --json share generate-passphrase --out disk/new' "$0""#;
    let run = bench.shell(own, &[]);
    if run.exit == 77 {
        skipped("no read-only disk can be mounted")
    } else {
        run
    }
}
