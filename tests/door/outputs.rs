//! Outputs that cannot be written: the name is taken, the folder is closed, the disk is full.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
};

use crate::support::{
    Folder, KEY_PASSPHRASE, Run, fixture,
    forge::{Forge, WALLET},
    lifeboat, shell, tested_program,
    workload::key,
};

/// `derive` from a sound kit into this file.
fn derive_into(bench: &Folder, out: &str) -> Run {
    let (key, kit) = (
        fixture("keys/recovery.pkcs8.pem"),
        bench.put("kit.zip", Forge::wallets().zip()),
    );
    lifeboat(&[
        "--json",
        "derive",
        &kit,
        "--key",
        key.to_str().unwrap(),
        "--out",
        out,
        WALLET,
    ])
}

#[test]
fn an_output_that_exists_is_left_as_it_is() {
    let bench = Folder::with_out();
    let out = bench.put("out/shares", "precious");
    derive_into(&bench, &out).refused(2, "output_exists", &["shares", "nothing is overwritten"]);
    assert_eq!(
        (bench.result("shares").as_str(), bench.results()),
        ("precious", vec!["shares".to_owned()])
    );
}

#[test]
fn an_output_that_is_a_dangling_link_is_left_as_it_is() {
    let bench = Folder::with_out();
    std::os::unix::fs::symlink(bench.path("elsewhere"), bench.path("out/shares")).unwrap();
    derive_into(&bench, &bench.text("out/shares")).refused(2, "output_exists", &["shares"]);
    assert!(!bench.path("elsewhere").exists());
}

#[test]
fn every_command_that_writes_refuses_an_existing_file() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::workspace().zip());
    for name in [
        "report.json",
        "keys",
        "recovery-private.pem",
        "recovery-public.pem",
    ] {
        bench.put(&format!("out/{name}"), "precious");
    }
    bench
        .verify(&kit)
        .refused(2, "output_exists", &["report.json"]);
    bench.workspace(&kit).refused(2, "output_exists", &["keys"]);
    let keygen = |prefix: &str| {
        lifeboat(&[
            "--json",
            "keygen",
            "--unencrypted",
            "--out",
            &bench.text(prefix),
        ])
    };
    keygen("out/recovery").refused(2, "output_exists", &["recovery-private.pem"]);
    fs::remove_file(bench.path("out/recovery-private.pem")).unwrap();
    keygen("out/recovery").refused(2, "output_exists", &["recovery-public.pem"]);
    assert_eq!(
        bench.results(),
        ["keys", "recovery-public.pem", "report.json"]
    );
    for name in bench.results() {
        assert_eq!(bench.result(&name), "precious");
    }
}

#[test]
fn a_folder_that_is_not_there() {
    let bench = Folder::with_out();
    derive_into(&bench, &bench.text("none/shares")).refused(2, "file_not_found", &["none/shares"]);
}

#[test]
fn a_folder_that_is_a_file() {
    let bench = Folder::with_out();
    let out = format!("{}/shares", bench.put("file", "x"));
    let said = derive_into(&bench, &out);
    assert_eq!(said.exit, 2, "{}", said.stdout);
    said.is_decent();
}

#[test]
fn a_folder_that_is_not_writable() {
    let bench = Folder::with_out();
    fs::set_permissions(bench.path("out"), fs::Permissions::from_mode(0o555)).unwrap();
    // Who may do everything is not stopped by the mode; for them, a folder where nobody can make files.
    let closed = fs::write(bench.path("out/probe"), "").is_err();
    if closed {
        derive_into(&bench, &bench.text("out/shares")).refused(
            2,
            "permission_denied",
            &["out/shares"],
        );
        bench.is_clean();
    } else {
        let said = derive_into(&bench, "/proc/shares");
        assert_eq!(said.exit, 2, "{}", said.stdout);
        assert!(
            said.stderr.contains("cannot create `/proc/shares"),
            "{}",
            said.stderr
        );
        said.is_decent();
    }
    fs::set_permissions(bench.path("out"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_full_disk_under_standard_output() {
    if !Path::new("/dev/full").exists() {
        return eprintln!("skipped: there is no /dev/full");
    }
    let bench = Folder::with_out();
    let (key, kit) = (
        fixture("keys/recovery.pkcs8.pem"),
        bench.put("kit.zip", Forge::wallets().zip()),
    );
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(tested_program());
    let said = Run::of(
        &command
            .args(["derive", &kit, "--key"])
            .arg(key)
            .arg(WALLET)
            .stdout(full)
            .output()
            .unwrap(),
    );
    assert_eq!(said.exit, 2, "{}", said.stderr);
    assert!(
        said.stderr.contains("no space left") && said.stderr.contains("make room"),
        "{}",
        said.stderr
    );
    said.is_decent();
}

#[test]
fn a_full_disk_under_the_file() {
    let bench = Folder::with_out();
    let (key, kit) = (
        key("recovery.pkcs8"),
        bench.put("kit.zip", Forge::wallets().zip()),
    );
    let list: String = (0..2_000)
        .map(|index| format!("{index:08x}-0000-4000-8000-000000000000\n"))
        .collect();
    let (list, out) = (bench.put("list", list), bench.text("out"));
    // A disk of 64 KiB in a name space of its own, where the system lets us have one.
    let script = r#"mount -t tmpfs -o size=64k none "$1" || exit 77
        "$0" --json derive "$2" --key "$3" --wallets "$4" --out "$1/shares"; code=$?
        ls -A "$1" >&2; exit $code"#;
    let Some(said) = bench.shell_with_disks(script, &[&out, &kit, &key, &list]) else {
        return;
    };
    said.refused(
        2,
        "disk_full",
        &["no space left", "shares.partial", "--resume"],
    );
    let left: Vec<&str> = said
        .stderr
        .lines()
        .filter(|line| !line.starts_with("lifeboat: "))
        .collect();
    assert_eq!(
        left,
        ["shares.partial"],
        "half a result must not pass for a whole one"
    );
}

#[test]
fn half_a_result_is_private_never_bears_the_name_and_is_resumed() {
    let bench = Folder::with_out();
    let (key, kit) = (
        key("recovery.pkcs8"),
        bench.put("kit.zip", Forge::wallets().zip()),
    );
    let list: String = (0..20_000)
        .map(|index| format!("{index:08x}-0000-4000-8000-000000000000\n"))
        .collect();
    let list = bench.put("list", list);
    let derive = |name: &str, limit: &str, more: &[&str]| {
        let script = r#"trap '' XFSZ; ulimit -f "$1"; shift; exec "$0" --json derive "$@""#;
        let out = bench.text(name);
        let args = [
            limit,
            &kit,
            "--key",
            &key,
            "--format",
            "ndjson",
            "--wallets",
            &list,
            "--out",
            &out,
        ];
        shell(script, &[&args[..], more].concat())
    };
    let said = derive("out/shares", "2000", &[]);
    assert_eq!(said.exit, 2, "{}{}", said.stdout, said.stderr);
    said.is_decent();
    assert_eq!(bench.results(), ["shares.partial"]);
    assert_eq!(bench.mode("out/shares.partial"), 0o600);
    derive("out/shares", "unlimited", &["--resume"]).json();
    derive("out/whole", "unlimited", &[]).json();
    assert_eq!(bench.results(), ["shares", "whole"]);
    assert!(
        bench.result("shares") == bench.result("whole"),
        "the resumed result differs"
    );
}

#[test]
fn a_reader_that_went_away_before_the_end_of_a_result_is_an_error() {
    let bench = Folder::with_out();
    let (key, kit) = (
        key("recovery.pkcs8"),
        bench.put("kit.zip", Forge::wallets().zip()),
    );
    let list: String = (0..4_000)
        .map(|index| format!("{index:08x}-0000-4000-8000-000000000000\n"))
        .collect();
    let list = bench.put("list", list);
    let script = r#"("$0" derive "$@"; echo "exit $?" >&2) | true"#;
    let said = shell(script, &[&kit, "--key", &key, "--wallets", &list]);
    assert!(
        said.stderr.contains("exit 2") && said.stderr.contains("lifeboat errors stdout_lost"),
        "{}",
        said.stderr
    );
}

#[test]
fn standard_output_serves_one_purpose() {
    let bench = Folder::with_out();
    derive_into(&bench, "-").refused(2, "stdout_taken", &["--out FILE"]);
}

#[test]
fn an_unfinished_result_of_another_s_making_is_refused() {
    let bench = Folder::with_out();
    let partial = bench.put("out/shares.partial", "{\n");
    std::fs::hard_link(&partial, bench.path("second")).unwrap();
    bench
        .derive_list(WALLET, &["--resume"])
        .refused(2, "partial_foreign", &["second name"]);
    std::fs::remove_file(bench.path("second")).unwrap();
    // Only root can give it away.
    if std::os::unix::fs::chown(&partial, Some(65534), None).is_ok() {
        bench
            .derive_list(WALLET, &["--resume"])
            .refused(2, "partial_foreign", &["another user"]);
        std::fs::write(&partial, "").unwrap();
        bench
            .derive_list(WALLET, &[])
            .refused(2, "partial_foreign", &["another user"]);
    }
}

#[test]
fn a_name_that_is_taken_is_refused_before_a_passphrase_is_asked_for() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::workspace().zip());
    let (out, locked) = (
        bench.put("out/keys", "precious"),
        key("recovery.pkcs8.pbkdf2"),
    );
    let said = lifeboat(&[
        "--json",
        "workspace",
        &kit,
        "--key",
        &locked,
        "--reveal",
        "--out",
        &out,
    ]);
    said.refused(2, "output_exists", &["keys"]);
    assert_eq!(bench.result("keys"), "precious");
}

#[test]
fn a_name_that_is_taken_while_the_run_goes_on_is_left_as_it_is() {
    let bench = Folder::with_out();
    let Some(pipe) = bench.pipe("pipe") else {
        return eprintln!("skipped: no pipe can be made here");
    };
    let wallets = bench.put("wallets.zip", Forge::wallets().zip());
    let workspace = bench.put("workspace.zip", Forge::workspace().zip());
    let (locked, out) = (key("recovery.pkcs8.pbkdf2"), bench.text("out/result"));
    let secrets = [
        "--key",
        &locked,
        "--key-passphrase-file",
        &pipe,
        "--out",
        &out,
    ];
    let commands: [&[&str]; 2] = [
        &["derive", &wallets, WALLET],
        &["workspace", &workspace, "--reveal"],
    ];
    for command in commands {
        let mut run = Command::new(tested_program());
        run.arg("--json").args(command).args(secrets);
        let run = run
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Opens once the run reads it: by then the name was free.
        let mut passphrase = File::options().write(true).open(&pipe).unwrap();
        bench.put("out/result", "precious");
        passphrase.write_all(KEY_PASSPHRASE.as_bytes()).unwrap();
        drop(passphrase);
        let said = Run::of(&run.wait_with_output().unwrap());
        said.refused(2, "output_exists", &["result"]);
        assert_eq!(bench.result("result"), "precious", "{command:?}");
        for name in bench.results() {
            fs::remove_file(bench.path("out").join(name)).unwrap();
        }
    }
}

#[test]
fn every_secret_result_is_private_under_an_open_umask() {
    let bench = Folder::with_out();
    let (wallets, workspace) = (
        bench.put("w.zip", Forge::wallets().zip()),
        bench.put("k.zip", Forge::workspace().zip()),
    );
    let (own, to) = (key("recovery.pkcs8"), key("recovery.public"));
    let list = bench.put("list", WALLET);
    let [shares, keys, sealed, merged, opened, report] =
        ["shares", "keys", "sealed", "merged", "opened", "report"]
            .map(|name| bench.text(&format!("out/{name}")));
    let commands: [&[&str]; 6] = [
        &["derive", &wallets, "--key", &own, WALLET, "--out", &shares],
        &[
            "workspace",
            &workspace,
            "--key",
            &own,
            "--reveal",
            "--out",
            &keys,
        ],
        &["seal", &shares, "--seal-to", &to, "--out", &sealed],
        &["merge", &shares, "--wallets", &list, "--out", &merged],
        &["unseal", &sealed, "--key", &own, "--out", &opened],
        &[
            "kit", "verify", &workspace, "--key", &own, "--report", &report,
        ],
    ];
    for command in commands {
        shell(r#"umask 000; exec "$0" "$@""#, command).done();
    }
    assert_eq!(bench.results().len(), 6);
    for name in bench.results() {
        assert_eq!(bench.mode(&format!("out/{name}")), 0o600, "{name}");
    }
}
