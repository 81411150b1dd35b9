//! No sockets, no programs, no files but those named, no looking in: tried from inside the running binary.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::script;
use crate::support::{
    Folder, Run, fixture,
    forge::Forge,
    json_fixture, lifeboat,
    probe::{self, probed_program},
    read_fixture, shell, tested_program,
};

const REFUSED: i64 = 1; // EPERM, the answer of seccomp
const UNKNOWN: i64 = 38; // ENOSYS: a library then takes a call that can be looked into
const CLOSED: i64 = 9; // EBADF
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

/// Runs the binary with the probe around it: what each attempt ended with.
fn probed(bench: &Folder, args: &[&str]) -> Option<(Run, BTreeMap<String, i64>)> {
    let mut command = in_force().then(probed_program).flatten()?;
    command.args(args);
    command
        .env("PROBE_NAMED", bench.path("sound.zip"))
        .env("PROBE_OTHER", bench.put("other", "not named"));
    command
        .env("PROBE_NEW", bench.path("new"))
        .env("PROBE_RESULT", bench.path("out/new"));
    if args.first() == Some(&"guide") {
        command.env("PROBE_STARTS", "1");
    }
    let said = Run::of(&command.output().unwrap());
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

fn derive_args(bench: &Folder) -> Vec<String> {
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
    let bench = Folder::with_out();
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
    let processes = [
        "fork",
        "clone_user",
        "clone_network",
        "kill",
        "tgkill",
        "pidfd_open",
        "prlimit",
        "setrlimit",
        "setpriority",
        "sched_setaffinity",
        "shmget",
        "shmat",
        "msgget",
        "semget",
        "dumpable_again",
        "no_filter",
    ];
    let kernel = [
        "memfd_secret",
        "inotify",
        "quotactl_fd",
        "fspick",
        "fsconfig",
        "open_tree_attr",
        "mount",
        "userfaultfd",
        "later_call",
        "mmap_code",
        "mprotect_code",
    ];
    let files = [
        "fchmod",
        "fchmod_high",
        "fchown",
        "futimens",
        "setflags",
        "setown",
    ];
    let calls = sockets.into_iter().chain(others).chain(names);
    for call in calls.chain(processes).chain(kernel).chain(files) {
        assert_eq!(found[call], REFUSED, "{call}: {found:?}");
    }
    for call in ["socket_x32", "execve_x32"] {
        assert_eq!(
            found.get(call).copied().unwrap_or(REFUSED),
            REFUSED,
            "{call}: {found:?}"
        );
    }
    assert_eq!(found["clone3"], UNKNOWN, "{found:?}");
    assert_eq!(found["read_named"], 0, "{found:?}");
    assert_eq!(found["write_result"], 0, "{found:?}");
    for file in ["read_other", "write_named", "write_other"] {
        assert_eq!(found[file], DENIED, "{file}: {found:?}");
    }
    assert_eq!((found["dumpable"], found["core"]), (0, 0), "{found:?}");
}

#[test]
fn a_passphrase_command_runs_confined_too() {
    let bench = Folder::with_out();
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

/// It starts this program again and again, and must let each confine itself; it makes no socket and writes nowhere else.
#[test]
fn the_guide_makes_no_socket_and_writes_into_its_folder_alone() {
    let bench = Folder::with_out();
    bench.put("sound.zip", Forge::wallets().zip());
    let Some((said, found)) = probed(&bench, &["guide", "--work", &bench.text("out")]) else {
        return;
    };
    assert_eq!(said.exit, 2, "{}", said.stderr);
    let calls = [
        "socket_inet",
        "socket_inet6",
        "socket_netlink",
        "socket_unix",
        "socketpair",
        "connect",
        "sendto",
        "io_uring",
        "ptrace",
        "bpf",
        "unshare",
        "read_memory",
        "type_into_shell",
        "clone_user",
        "clone_network",
        "chmod",
        "chown",
        "mount",
        "later_call",
    ];
    for call in calls {
        assert_eq!(found[call], REFUSED, "{call}: {found:?}");
    }
    assert_eq!(found["write_result"], 0, "{found:?}");
    for file in ["write_named", "write_other"] {
        assert_eq!(found[file], DENIED, "{file}: {found:?}");
    }
    // It looks at files to tell what they are.
    assert_eq!(found["read_named"], 0, "{found:?}");
}

#[test]
fn what_no_run_does_ends_the_process() {
    use std::os::unix::process::ExitStatusExt;

    const SIGSYS: i32 = 31;
    let trips: &[&str] = if cfg!(target_arch = "x86_64") {
        &["wait", "int80"]
    } else {
        &["wait"]
    };
    for trip in trips {
        let Some(mut command) = in_force().then(probed_program).flatten() else {
            return;
        };
        command.args(["errors", "air_gap"]).env("PROBE_TRIP", trip);
        let output = command.output().unwrap();
        assert_eq!(output.status.signal(), Some(SIGSYS), "{trip}");
    }
}

#[test]
fn what_was_open_before_is_closed() {
    let bench = Folder::with_out();
    let args = derive_args(&bench);
    let Some(probed) = in_force().then(probe::words).flatten() else {
        return;
    };
    for kind in ["tcp", "unix"] {
        let (named, out) = (bench.text("sound.zip"), bench.text(&format!("out/{kind}")));
        let environment = [
            "env".to_owned(),
            "PROBE=1".to_owned(),
            format!("PROBE_NAMED={named}"),
        ];
        // Naming it does not keep it: a socket cannot be opened by name.
        let named_socket = ["--wallets".to_owned(), "/dev/fd/SOCKET".to_owned()];
        for more in [&[][..], &named_socket] {
            let mut line = vec!["extra".to_owned(), kind.to_owned()];
            line.extend(environment.clone());
            line.extend(probed.clone());
            // A list instead of the id at the end.
            let ids = usize::from(!more.is_empty());
            line.extend(args[..args.len() - ids].to_owned());
            line.extend(more.to_owned());
            let at = line.iter().position(|word| word.ends_with("out/shares"));
            line[at.unwrap()] = out.clone();
            let line: Vec<&str> = line.iter().map(String::as_str).collect();
            let said = script("inherit.py", &line).unwrap();
            assert!(said.stdout.starts_with("came \n"), "{}", said.stdout);
            for way in ["write", "writev"] {
                let told = format!("probe inherited_{way} {CLOSED}\n");
                assert!(said.stderr.contains(&told), "{told}{}", said.stderr);
            }
            for way in ["sendfile", "splice"] {
                let told = format!("probe inherited_{way} {REFUSED}\n");
                assert!(said.stderr.contains(&told), "{told}{}", said.stderr);
            }
        }
    }
}

#[test]
fn what_the_command_line_names_stays_open() {
    let bench = Folder::with_out();
    let key = fixture("keys/recovery.public.pem");
    let (other, key) = (bench.put("other", "unchanged"), key.to_str().unwrap());
    let probed = in_force().then(probe::words).flatten();
    let words = probed.unwrap_or_else(|| vec![tested_program().to_owned()]);
    for name in ["/dev/fd/7", "/proc/self/fd/7"] {
        let mut command = Command::new("sh");
        let line = format!("exec \"$0\" \"$@\" key show {name} 7<{key} 8>>{other}");
        command.args(["-c", &line]).args(&words);
        command.env("PROBE", "1").env("PROBE_FD", "8");
        let said = Run::of(&command.output().unwrap());
        assert!(said.done().contains("fingerprint"), "{}", said.stdout);
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "unchanged");
    }
}

#[test]
fn a_stream_that_is_a_network_socket_is_warned_of_and_crosses_the_air_gap() {
    let key = fixture("keys/recovery.public.pem");
    let show = |more: &[&'static str]| {
        let line = [
            &[tested_program(), "key", "show", key.to_str().unwrap()],
            more,
        ];
        line.concat()
    };
    const WARNING: &str = "is a network socket: what passes through it can leave this machine";
    for (place, stream) in [
        ("stdin", "standard input"),
        ("stdout", "standard output"),
        ("stderr", "standard error"),
    ] {
        let run = |kind: &str, more: &[&'static str]| {
            let line = [&[place, kind][..], &show(more)].concat();
            script("inherit.py", &line)
        };
        let Some(said) = run("tcp", &[]) else {
            return;
        };
        let all = format!("{}{}", said.stdout, said.stderr);
        assert!(all.contains(&format!("{stream} {WARNING}")), "{all}");
        let local = run("unix", &[]).unwrap();
        let all = format!("{}{}", local.stdout, local.stderr);
        assert!(!all.contains(WARNING), "{all}");
        let refused = run("tcp", &["--require-air-gap"]).unwrap();
        assert!(refused.stdout.contains("exit 3"), "{}", refused.stdout);
    }
}

/// A bench with a backup, and the command that opens it with the passphrase that this command prints.
fn asking(bench: &Folder, out: &str, command: &str) -> Vec<String> {
    let vector = &json_fixture("backups/device-backup.json")[0];
    bench.put("passphrase", vector["passphrase"].as_str().unwrap());
    let backup = bench.put("backup.json", vector["backup"].to_string());
    let device = vector["deviceId"].as_str().unwrap();
    let out = bench.text(out);
    let line = [
        "--json",
        "share",
        "recover",
        &backup,
        "--device-id",
        device,
        "--passphrase-command",
        command,
        "--out",
        &out,
    ];
    line.map(str::to_owned).to_vec()
}

fn program(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;

    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn a_passphrase_command_without_a_slash_comes_from_path() {
    let bench = Folder::with_out();
    let asked = |command: &str, out: &str, path: &str| {
        let mut run = Command::new(tested_program());
        run.args(asking(&bench, out, command))
            .current_dir(bench.path("here"))
            .env("PATH", path);
        Run::of(&run.output().unwrap())
    };
    let passphrase = bench.text("passphrase");
    program(&bench.path("bin/getpass"), &format!("cat {passphrase}"));
    let wrong = format!("echo from-here >&2; cat {passphrase}");
    for name in ["here/getpass", "here/only-here", "here/cat", "here/sh"] {
        program(&bench.path(name), &wrong);
    }
    let paths = format!("{}:/usr/bin:/bin", bench.text("bin"));
    let said = asked("getpass", "one", &paths);
    said.done();
    assert!(!said.stderr.contains("from-here"), "{}", said.stderr);
    // Neither an empty part of PATH, nor `.`, nor a shell's search leads to the working folder.
    for before in [":", ".:", "../here:"] {
        let said = asked("only-here", "none", &format!("{before}{paths}"));
        said.refused(2, "passphrase_command", &["`only-here` is not in PATH"]);
        let said = asked(
            &format!("cat {passphrase}; :"),
            &format!("out{}", before.len()),
            &format!("{before}{paths}"),
        );
        said.done();
        assert!(!said.stderr.contains("from-here"), "{}", said.stderr);
    }
    let said = asked("./getpass", "two", &paths);
    said.done();
    assert!(said.stderr.contains("from-here"), "{}", said.stderr);
}

#[test]
fn a_passphrase_command_inherits_three_streams_and_a_plain_environment() {
    let bench = Folder::with_out();
    let passphrase = bench.text("passphrase");
    let told = format!(
        "ls /proc/self/fd | tr '\\n' ' ' | sed 's/^/fds /' >&2; env | cut -d= -f1 | sort | sed 's/^/env /' >&2; \
         [ -z \"$(cat)\" ] && echo stdin empty >&2; cat {passphrase}"
    );
    program(&bench.path("getpass"), &told);
    let getpass = bench.text("getpass");
    let args = asking(&bench, "share", &getpass);
    let named = bench.text("named");
    std::fs::copy(bench.path("backup.json"), &named).unwrap();
    let line = format!("exec \"$0\" \"$@\" 7<{named} 8<{named}");
    let mut command = Command::new("sh");
    command.args(["-c", &line, tested_program()]);
    let backup = bench.text("backup.json");
    let args = args.into_iter().map(|argument| match argument {
        argument if argument == backup => "/dev/fd/7".to_owned(),
        argument => argument,
    });
    command
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/nowhere")
        .env("GPG_TTY", "/dev/tty1")
        .env("LC_ALL", "C")
        .env("SECRET_OF_MINE", "x")
        .env("ENV", "/nowhere/profile")
        .env("LD_BIND_NOW", "1")
        .env("PYTHONSTARTUP", "/nowhere");
    command.stdin(Stdio::piped());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"not for the command").unwrap();
    drop(input);
    let said = Run::of(&child.wait_with_output().unwrap());
    said.done();
    // `ls` opens the folder it lists.
    assert!(said.stderr.contains("fds 0 1 2 3 "), "{}", said.stderr);
    assert!(said.stderr.contains("stdin empty"), "{}", said.stderr);
    for name in ["HOME", "PATH", "GPG_TTY", "LC_ALL"] {
        assert!(
            said.stderr.contains(&format!("env {name}\n")),
            "{}",
            said.stderr
        );
    }
    for name in ["SECRET_OF_MINE", "ENV", "LD_BIND_NOW", "PYTHONSTARTUP"] {
        assert!(
            !said.stderr.contains(&format!("env {name}\n")),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn little_stack_is_enough() {
    let bench = Folder::with_out();
    let kit = bench.put("many.zip", Forge::wallets().zip());
    let key = fixture("keys/recovery.pkcs8.pem");
    let ids: String = (0..3000)
        .map(|number| format!("00000000-0000-4000-8000-{number:012}\n"))
        .collect();
    let list = bench.put("ids", ids);
    for (name, line) in [
        ("variable", "RUST_MIN_STACK=65536 exec \"$0\" \"$@\""),
        ("limit", "ulimit -s 256; exec \"$0\" \"$@\""),
    ] {
        let out = bench.text(&format!("out/{name}"));
        let args = [
            "derive",
            &kit,
            "--key",
            key.to_str().unwrap(),
            "--wallets",
            &list,
            "--threads",
            "3",
            "--out",
            &out,
        ];
        shell(line, &args).done();
    }
    assert_eq!(
        std::fs::read(bench.path("out/variable")).unwrap(),
        std::fs::read(bench.path("out/limit")).unwrap()
    );
}

#[test]
fn doctor_says_what_the_kernel_does() {
    if !in_force() {
        return;
    }
    let doctor = lifeboat(&["--json", "doctor"]).json();
    assert_eq!(doctor["confinement"]["inForce"], true, "{doctor}");
    let key = fixture("keys/recovery.pkcs8.pbkdf2.pem");
    let mut command = Command::new(tested_program());
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
    let bench = Folder::with_out();
    let key = bench.put("key.pem", read_fixture("keys/recovery.pkcs8.pbkdf2.pem"));
    let binary = bench.text("lifeboat");
    std::fs::copy(tested_program(), &binary).unwrap();
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
        let bench = Folder::with_out();
        let args = derive_args(&bench);
        let run = |more: &[&str]| {
            let binary = ["--", tested_program(), "--json"];
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
                "warning: the confinement of {part} is not enforced"
            )),
            "{}",
            warned.stderr
        );
        let doctor = script(
            "deprive.py",
            &[call, "--", tested_program(), "--json", "doctor"],
        )
        .unwrap();
        let doctor: Value = doctor.json();
        assert_eq!(doctor["confinement"][key], "none", "{doctor}");
        assert_eq!(doctor["confinement"]["inForce"], false);
    }
}
