//! No sockets, no programs, no files but those named, no looking in: tried from inside the running binary.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::script;
use crate::support::{Bench, Said, fixture, forge::Forge, json_fixture, lifeboat, read_fixture};

const REFUSED: i64 = 1; // EPERM, the answer of seccomp
const DENIED: i64 = 13; // EACCES, the answer of Landlock

/// Whether the kernel can confine a process, by its own word: a program that is asked about itself may be wrong.
fn in_force() -> bool {
    const ASK: &str =
        "import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)";
    let kernel = Command::new("python3")
        .args(["-c", ASK])
        .status()
        .is_ok_and(|status| status.success());
    if !kernel {
        eprintln!("skipped: this kernel has no Landlock, or there is no python3 to ask it");
    }
    kernel
}

/// Builds the library that tries everything when the binary ends; `None`, and a line about it, without a C compiler.
fn probe(bench: &Bench) -> Option<PathBuf> {
    let (source, library) = (
        format!("{}/tests/support/probe.c", env!("CARGO_MANIFEST_DIR")),
        bench.path("probe.so"),
    );
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(source)
        .status();
    let built = built.is_ok_and(|status| status.success());
    if !built {
        eprintln!("skipped: there is no C compiler to build the probe with");
    }
    built.then_some(library)
}

/// Runs the binary with the probe in it: what each attempt ended with.
fn probed(bench: &Bench, args: &[&str]) -> Option<(Said, BTreeMap<String, i64>)> {
    let library = in_force().then(|| probe(bench)).flatten()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command
        .args(args)
        .env("PROBE", "1")
        .env("LD_PRELOAD", library);
    command
        .env("PROBE_NAMED", bench.path("sound.zip"))
        .env("PROBE_OTHER", bench.put("other", "not named"));
    command
        .env("PROBE_NEW", bench.path("new"))
        .env("PROBE_RESULT", bench.path("out/new"));
    let said = Said::of(&command.output().unwrap());
    let lines = said
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("probe ")?.split_once(' '));
    let found: BTreeMap<_, _> = lines
        .map(|(name, number)| (name.to_owned(), number.parse().unwrap()))
        .collect();
    assert!(found.len() >= 10, "{}", said.stderr);
    Some((said, found))
}

fn derive_args(bench: &Bench) -> Vec<String> {
    let kit = bench.put("sound.zip", Forge::wallets().zip());
    let key = fixture("keys/recovery.pkcs8.pem")
        .to_str()
        .unwrap()
        .to_owned();
    let wallet = "00000000-0000-4000-8000-000000000000".to_owned();
    [
        "derive".to_owned(),
        kit,
        "--key".to_owned(),
        key,
        "--out".to_owned(),
        bench.text("out/shares"),
        wallet,
    ]
    .to_vec()
}

#[test]
fn a_run_reaches_nothing_but_what_it_names() {
    let bench = Bench::new();
    let args = derive_args(&bench);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let Some((said, found)) = probed(&bench, &args) else {
        return;
    };
    said.done();
    let sockets = [
        "socket_inet",
        "socket_inet6",
        "socket_netlink",
        "socket_unix",
        "socketpair",
        "connect",
        "sendto",
    ];
    let others = [
        "io_uring",
        "ptrace",
        "execve",
        "bpf",
        "memfd",
        "unshare",
        "read_memory",
        "type_into_shell",
    ];
    let names = ["chmod", "fchmodat", "chown", "setxattr", "touch"];
    for call in sockets.into_iter().chain(others).chain(names) {
        assert_eq!(found[call], REFUSED, "{call}: {found:?}");
    }
    for call in ["socket_x32", "execve_x32"] {
        assert_eq!(
            found.get(call).copied().unwrap_or(REFUSED),
            REFUSED,
            "{call}: {found:?}"
        );
    }
    assert_eq!(found["read_named"], 0, "{found:?}");
    assert_eq!(found["write_result"], 0, "{found:?}");
    for file in ["read_other", "write_named", "write_other"] {
        assert_eq!(found[file], DENIED, "{file}: {found:?}");
    }
    assert_eq!((found["dumpable"], found["core"]), (0, 0), "{found:?}");
}

#[test]
fn a_passphrase_command_runs_confined_too() {
    let bench = Bench::new();
    let vector = &json_fixture("backups/device-backup.json")[0];
    let backup = bench.put("backup.json", vector["backup"].to_string());
    let told = "import socket, sys\n\
        def tell(name, do):\n\
        \ttry:\n\t\tdo()\n\t\tprint('probe', name, 0, file=sys.stderr)\n\
        \texcept OSError as error:\n\t\tprint('probe', name, error.errno, file=sys.stderr)\n\
        tell('inet', lambda: socket.socket(socket.AF_INET))\n\
        tell('unix', lambda: socket.socket(socket.AF_UNIX))\n\
        tell('write', lambda: open(sys.argv[1], 'w'))\n\
        tell('read', lambda: open(sys.argv[2]))\n\
        print(sys.argv[3])\n";
    let (program, passphrase) = (
        bench.put("asked.py", told),
        vector["passphrase"].as_str().unwrap(),
    );
    let command = format!(
        "python3 {program} {} {backup} '{passphrase}'",
        bench.text("out/written")
    );
    let (device, out) = (
        vector["deviceId"].as_str().unwrap(),
        bench.text("out/share"),
    );
    let recover = [
        "share",
        "recover",
        &backup,
        "--device-id",
        device,
        "--passphrase-command",
        &command,
        "--out",
        &out,
    ];
    if !in_force() || Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let said = lifeboat(&recover);
    said.done();
    for line in [
        "probe inet 1",
        "probe unix 0",
        "probe write 13",
        "probe read 0",
    ] {
        assert!(said.stderr.contains(line), "{line}: {}", said.stderr);
    }
}

#[test]
fn doctor_says_what_the_kernel_does() {
    if !in_force() {
        return;
    }
    let doctor = lifeboat(&["--json", "doctor"]).json();
    assert_eq!(doctor["confinement"]["inForce"], true, "{doctor}");
    let key = fixture("keys/recovery.pkcs8.pbkdf2.pem");
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args([
        "key",
        "show",
        key.to_str().unwrap(),
        "--key-passphrase-file",
        "-",
    ]);
    let mut waiting = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status =
        || std::fs::read_to_string(format!("/proc/{}/status", waiting.id())).unwrap_or_default();
    let field = |name: &str| -> u64 {
        let line = status().lines().find_map(|line| {
            line.strip_prefix(name)?
                .strip_prefix(':')
                .map(str::to_owned)
        });
        line.and_then(|value| value.split_whitespace().next()?.parse().ok())
            .unwrap_or(0)
    };
    for _ in 0..500 {
        if field("Seccomp") == 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let found = (field("Seccomp"), field("NoNewPrivs"), field("VmLck") * 1024);
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    let locked = doctor["memory"]["lockedBytes"].as_u64().unwrap();
    assert!(
        found.0 == 2 && found.1 == 1 && found.2 >= locked && locked > 0,
        "{found:?}, doctor: {locked}"
    );
}

#[test]
fn nobody_looks_in_while_a_secret_is_held() {
    let bench = Bench::new();
    let key = bench.put("key.pem", read_fixture("keys/recovery.pkcs8.pbkdf2.pem"));
    let binary = bench.text("lifeboat");
    std::fs::copy(env!("CARGO_BIN_EXE_lifeboat"), &binary).unwrap();
    let open_to_all = Command::new("chmod")
        .args(["-R", "a+rX"])
        .arg(bench.path(""))
        .status();
    assert!(open_to_all.unwrap().success());
    let waiting = [
        binary.as_str(),
        "key",
        "show",
        key.as_str(),
        "--key-passphrase-file",
        "-",
    ];
    let Some(said) = script("attach.py", &waiting) else {
        return;
    };
    let found = said.done();
    if !found.contains("control 0\n") {
        return eprintln!("skipped: nobody attaches to anything here: {found}");
    }
    // EPERM for the debugger, EACCES for its memory.
    assert_eq!(found, "control 0\nwaits 1\nattach 1\nmemory 13\n");
}

#[test]
fn what_the_system_cannot_enforce_is_said_or_refused() {
    if !in_force() {
        return;
    }
    for (call, part, key) in [
        ("landlock", "files", "files"),
        ("seccomp", "system calls", "calls"),
    ] {
        let bench = Bench::new();
        let args = derive_args(&bench);
        let run = |more: &[&str]| {
            let binary = ["--", env!("CARGO_BIN_EXE_lifeboat"), "--json"];
            let args = args.iter().map(String::as_str);
            let all: Vec<&str> = [call]
                .into_iter()
                .chain(binary)
                .chain(args)
                .chain(more.iter().copied())
                .collect();
            script("deprive.py", &all)
        };
        let Some(refused) = run(&["--require-confinement"]) else {
            return;
        };
        refused.refused(2, "not_confined", &[part, "--require-confinement"]);
        bench.is_clean();
        let warned = run(&[]).unwrap();
        warned.json();
        assert!(
            warned.stderr.contains(&format!(
                "warning: the confinement of {part} is not in force"
            )),
            "{}",
            warned.stderr
        );
        let doctor = script(
            "deprive.py",
            &[
                call,
                "--",
                env!("CARGO_BIN_EXE_lifeboat"),
                "--json",
                "doctor",
            ],
        )
        .unwrap();
        let doctor: Value = doctor.json();
        assert_eq!(doctor["confinement"][key], "none", "{doctor}");
        assert_eq!(doctor["confinement"]["inForce"], false);
    }
}
