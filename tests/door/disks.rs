//! Disks and clocks of poor machines: files that may not grow, file systems without permissions, a clock that is before
//! the program.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use serde_json::Value;

use crate::support::{
    Folder, fixture,
    forge::Forge,
    lifeboat, shell, tested_program,
    workload::{Workload, key},
};

#[test]
fn a_file_that_may_not_grow_is_told_with_what_helps() {
    let work = Workload::new(2_000);
    let public = fixture("keys/recovery.public.pem");
    let forms: [&[&str]; 2] = [&[], &["--seal-to", public.to_str().unwrap()]];
    for (index, more) in forms.iter().enumerate() {
        let name = format!("big{index}");
        let args = work.args(&name, more);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let whole = work.args(&format!("whole{index}"), more);
        // With the signal that comes with it ignored, and as it usually is.
        for script in [
            r#"ulimit -f 100; exec "$0" "$@""#,
            r#"trap '' XFSZ; ulimit -f 100; exec "$0" "$@""#,
        ] {
            let said = shell(script, &args);
            said.refused(
                2,
                "file_size_limit",
                &["FAT32", "another disk", "--shard", "--resume"],
            );
            assert!(
                !said.stdout.contains("`--resume` goes on from there"),
                "{}",
                said.stdout
            );
            fs::remove_file(work.bench.path(&format!("out/{name}.partial"))).unwrap();
        }
        // What helps, helps: copied to where files may grow, it is resumed.
        shell(r#"ulimit -f 100; exec "$0" "$@""#, &args).refused(2, "file_size_limit", &[]);
        let partial = work.bench.path(&format!("out/{name}.partial"));
        fs::rename(
            partial,
            work.bench.path(&format!("out/whole{index}.partial")),
        )
        .unwrap();
        let whole: Vec<&str> = whole
            .iter()
            .map(String::as_str)
            .chain(["--resume"])
            .collect();
        assert_eq!(lifeboat(&whole).json()["wallets"], 2_000);
    }
    let all = work.run("all", &[]).json();
    assert_eq!(all["wallets"], 2_000);
    assert_eq!(work.bench.result("whole0"), work.bench.result("all"));
    // Results that are written at once leave nothing.
    let small = Folder::with_out();
    let said = shell(
        r#"ulimit -f 1; exec "$0" --json keygen --unencrypted --out "$1""#,
        &[&small.text("out/k")],
    );
    said.refused(2, "file_size_limit", &[]);
    small.is_clean();
}

#[test]
fn a_file_system_without_permissions_is_warned_of_before_the_secret_is_written() {
    let bench = Folder::with_out();
    let (image, stick) = (bench.text("image"), bench.text("stick"));
    fs::File::create(&image).unwrap().set_len(24 << 20).unwrap();
    fs::create_dir(&stick).unwrap();
    let ran = |name: &str, args: &[&str]| {
        Command::new(name)
            .args(args)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !ran("mkntfs", &["-F", "-q", &image]) || !ran("ntfs-3g", &[&image, &stick]) {
        return eprintln!("skipped: no NTFS can be made and mounted here");
    }
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let pem = key("recovery.pkcs8");
    let out = |name: &str| format!("{stick}/{name}");
    let said = [
        (
            "k-private.pem",
            lifeboat(&["-q", "keygen", "--unencrypted", "--out", &out("k")]),
        ),
        (
            "shares",
            lifeboat(&[
                "-q",
                "derive",
                &kit,
                "--key",
                &pem,
                crate::support::forge::WALLET,
                "--out",
                &out("shares"),
            ]),
        ),
    ];
    let seen: Vec<_> = said
        .iter()
        .map(|(name, said)| {
            (
                name,
                said.exit,
                said.stderr.clone(),
                fs::metadata(out(name))
                    .map(|info| info.permissions().mode() & 0o777)
                    .ok(),
            )
        })
        .collect();
    // In a folder where a second name is taken already nothing is written, but the warning came before.
    let again = lifeboat(&["-q", "keygen", "--unencrypted", "--out", &out("k")]);
    assert!(ran("umount", &[&stick]));
    for (name, code, stderr, mode) in seen {
        assert_eq!(code, 0, "{name}: {stderr}");
        assert!(
            mode.is_some_and(|mode| mode & 0o077 != 0),
            "{name}: this file system keeps permissions: {mode:?}"
        );
        assert_eq!(
            stderr.matches("knows no permissions").count(),
            1,
            "{name}: {stderr}"
        );
    }
    assert_eq!(again.exit, 2);
    let quiet = lifeboat(&[
        "-q",
        "derive",
        &kit,
        "--key",
        &pem,
        crate::support::forge::WALLET,
        "--out",
        &bench.text("out/shares"),
    ]);
    assert!(
        !quiet.stderr.contains("knows no permissions"),
        "{}",
        quiet.stderr
    );
}

#[test]
fn a_clock_before_the_program_is_warned_of_and_stands_in_the_report() {
    let places = [
        "/usr/lib/x86_64-linux-gnu/faketime",
        "/usr/lib/aarch64-linux-gnu/faketime",
        "/usr/lib/faketime",
    ];
    let library = places
        .iter()
        .map(|place| format!("{place}/libfaketime.so.1"))
        .find(|path| Path::new(path).exists());
    let Some(library) = library else {
        return eprintln!("skipped: there is no libfaketime");
    };
    // What loads a program's libraries is named in it.
    let program = fs::read(tested_program()).unwrap();
    if memchr::memmem::find(&program, b"/ld-linux").is_none() {
        return eprintln!("skipped: a static program takes no library that tells another time");
    }
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let pem = key("recovery.pkcs8");
    for (time, early) in [
        ("1970-01-02 00:00:05", true),
        ("2001-09-09 01:46:40", true),
        ("2099-01-01 00:00:00", false),
    ] {
        let report = bench.text("out/report");
        let script = r#"LD_PRELOAD="$1" FAKETIME="$2" exec "$0" --json kit verify "$3" --key "$4" --report "$5""#;
        let said = shell(script, &[&library, time, &kit, &pem, &report]);
        said.json();
        assert_eq!(
            said.stderr.contains("warning: the clock"),
            early,
            "{time}: {}",
            said.stderr
        );
        let written: Value = serde_json::from_str(&bench.result("report")).unwrap();
        assert_eq!(written["clockBeforeProgram"], early, "{time}: {written}");
        assert!(written["date"].as_str().unwrap().starts_with(&time[..4]));
        fs::remove_file(&report).unwrap();
    }
}

#[test]
fn a_missing_folder_for_temporary_files_is_named() {
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    let (pem, out) = (key("recovery.pkcs8"), bench.text("out/shares"));
    let script = r#"echo 9a1b2c3d-0000-4000-8000-000000000001 | TMPDIR=/no/such/folder "$0" --json derive "$1" --key "$2" --wallets - --out "$3""#;
    let said = shell(script, &[&kit, &pem, &out]);
    said.refused(2, "file_not_found", &["/no/such/folder", "TMPDIR"]);
    bench.is_clean();
}
