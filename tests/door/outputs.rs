//! Outputs that cannot be written: the name is taken, the folder is closed, the disk is full.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use crate::support::{
    Folder, Run, fixture,
    forge::{Forge, WALLET},
    lifeboat, shell,
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
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
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
        fixture("keys/recovery.pkcs8.pem"),
        bench.put("kit.zip", Forge::wallets().zip()),
    );
    let list: String = (0..2_000)
        .map(|index| format!("{index:08x}-0000-4000-8000-000000000000\n"))
        .collect();
    let (list, out) = (bench.put("list", list), bench.text("out"));
    // A disk of 64 KiB in a name space of its own, where the system lets us have one.
    let script = r#"mount -t tmpfs -o size=64k none "$1" || exit 77
        "$2" --json derive "$3" --key "$4" --wallets "$5" --out "$1/shares"; code=$?
        ls -A "$1" >&2; exit $code"#;
    let mut command = Command::new("unshare");
    command.args([
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        script,
        "sh",
        &out,
    ]);
    command
        .arg(env!("CARGO_BIN_EXE_lifeboat"))
        .arg(&kit)
        .arg(key)
        .arg(&list);
    match command.output() {
        Ok(output)
            if output.status.code() != Some(77) && !output.stderr.starts_with(b"unshare") =>
        {
            let said = Run::of(&output);
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
        _ => eprintln!("skipped: no small disk can be mounted here"),
    }
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
    let mode = fs::metadata(bench.path("out/shares.partial"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
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
