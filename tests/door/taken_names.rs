//! Standard streams and names of results when something else has them: lost output, input asked for twice, names taken
//! while a run goes on, what an earlier run left.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
};

use crate::support::{
    Folder, KEY_PASSPHRASE, Run,
    forge::{Forge, WALLET},
    lifeboat, lifeboat_fed, shell,
    workload::{Workload, key},
};

#[test]
fn an_outcome_that_could_not_be_shown_is_an_error() {
    if !Path::new("/dev/full").exists() {
        return eprintln!("skipped: there is no /dev/full");
    }
    let bench = Folder::with_out();
    let kit = bench.put("kit.zip", Forge::wallets().zip());
    for more in [&[][..], &["--json"]] {
        let args = [&["kit", "inspect", &kit], more].concat();
        let run = |script: &str| shell(script, &args);
        let said = run(r#"exec "$0" "$@" > /dev/full"#);
        assert_eq!(said.exit, 2, "{more:?}: {}", said.stderr);
        assert!(
            said.stderr.contains("standard output could not be written"),
            "{more:?}: {}",
            said.stderr
        );
        said.is_decent();
        let said = run(r#"exec 3> >(exit 0); wait $!; exec "$0" "$@" >&3"#);
        assert_eq!(
            (said.exit, said.stderr.contains("error")),
            // Whoever reads a table may have seen enough; an outcome is for a program, which has not got it.
            if more.is_empty() {
                (0, false)
            } else {
                (2, true)
            },
            "{more:?}: {}",
            said.stderr
        );
    }
}

#[test]
fn standard_input_is_not_read_before_it_is_known_to_serve_once() {
    let work = Workload::new(3);
    let args = work.args(
        "shares",
        &[
            "--key",
            &key("recovery.pkcs8.pbkdf2"),
            "--key-passphrase-file",
            "-",
        ],
    );
    let args: Vec<&str> = args
        .iter()
        .map(|arg| if *arg == work.list { "-" } else { arg.as_str() })
        .collect();
    let said = lifeboat_fed(&args, b"SECRET\n");
    said.refused(2, "stdin_twice", &["--wallets", "--key-passphrase-file"]);
    work.bench.is_clean();
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
        let mut run = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
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
fn an_unfinished_result_that_others_could_read_is_private_when_it_is_finished() {
    let work = Workload::new(200);
    work.run("whole", &["--format", "ndjson"]).json();
    let whole = work.bytes("whole");
    work.bench
        .put("out/shares.partial", &whole[..whole.len() / 2]);
    fs::set_permissions(
        work.bench.path("out/shares.partial"),
        fs::Permissions::from_mode(0o666),
    )
    .unwrap();
    work.run("shares", &["--format", "ndjson", "--resume"])
        .json();
    assert!(work.bytes("shares") == whole, "the resumed result differs");
    assert_eq!(work.bench.mode("out/shares"), 0o600);
}

#[test]
fn an_unfinished_sealed_result_whose_wrapped_key_was_altered_is_refused() {
    let work = Workload::new(50);
    let to = key("recovery.public");
    work.run("whole", &["--seal-to", &to]).json();
    let whole = work.bench.result("whole");
    let at = whole.find("\"wrapped\":\"").unwrap() + 40;
    let letter = if &whole[at..=at] == "A" { "B" } else { "A" };
    let altered = format!("{}{letter}{}", &whole[..at], &whole[at + 1..]);
    let half = altered.split_inclusive('\n').take(20).collect::<String>();
    work.bench.put("out/shares.partial", &half);
    // Taken up, it would be a whole batch that its recipient cannot open.
    work.run("shares", &["--seal-to", &to, "--resume"]).refused(
        3,
        "resume_differs",
        &["other keys"],
    );
    assert!(!work.has("shares") && work.bench.result("shares.partial") == half);
}

#[test]
fn an_unfinished_result_of_nothing_is_begun_again_with_and_without_being_told() {
    let work = Workload::new(50);
    work.run("whole", &[]).json();
    for more in [&[][..], &["--resume"]] {
        work.bench.put("out/shares.partial", "");
        fs::set_permissions(
            work.bench.path("out/shares.partial"),
            fs::Permissions::from_mode(0o644),
        )
        .unwrap();
        work.run("shares", more).json();
        assert!(
            work.bytes("shares") == work.bytes("whole") && !work.has("shares.partial"),
            "{more:?}"
        );
        assert_eq!(work.bench.mode("out/shares"), 0o600);
        fs::remove_file(work.bench.path("out/shares")).unwrap();
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
