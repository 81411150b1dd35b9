//! The program as it is run, and what a run came to.

use std::{
    cell::OnceCell,
    ffi::OsStr,
    path::Path,
    process::{Output, Stdio},
    sync::LazyLock,
    time::Duration,
};

use assert_cmd::Command;
use serde_json::Value;

use super::{KEY_PASSPHRASE, catalogue, forge, schema};

/// Longest that any run may take: a question that nobody answers would hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(100);

/// What a script ends with that cannot mount a disk.
const NO_DISK: i32 = 77;

/// The program that is tested: the one that was built with the tests, or the file that `LIFEBOAT_BIN` names, such as a
/// released one. Sessions call it `lifeboat`, so the file has to have this name.
pub(crate) fn tested_program() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| {
        let Some(named) = std::env::var_os("LIFEBOAT_BIN") else {
            return env!("CARGO_BIN_EXE_lifeboat").to_owned();
        };
        // Tests work in folders of their own.
        let named = std::path::absolute(named).unwrap();
        assert!(
            named.is_file() && named.ends_with("lifeboat"),
            "LIFEBOAT_BIN names no file that is called `lifeboat`: {}",
            named.display()
        );
        named.into_os_string().into_string().unwrap()
    });
    &PROGRAM
}

/// What a run came to.
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    outcome: OnceCell<Value>,
}

/// Runs the program without a terminal.
pub(crate) fn lifeboat<S: AsRef<OsStr>>(args: &[S]) -> Run {
    lifeboat_fed(args, b"")
}

/// Runs the program without a terminal, with this on standard input.
pub(crate) fn lifeboat_fed<S: AsRef<OsStr>>(args: &[S], stdin: &[u8]) -> Run {
    lifeboat_in(None, args, stdin)
}

/// The same in a folder.
pub(super) fn lifeboat_in<S: AsRef<OsStr>>(folder: Option<&Path>, args: &[S], stdin: &[u8]) -> Run {
    let mut command = Command::new(tested_program());
    command.args(args).write_stdin(stdin).timeout(PATIENCE);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    Run::of(&command.output().unwrap())
}

/// Runs a script of the shell; `$0` is the program, `$1` the first argument.
pub(crate) fn shell<S: AsRef<OsStr>>(script: &str, args: &[S]) -> Run {
    shell_in(Path::new("."), script, args)
}

pub(super) fn shell_in<S: AsRef<OsStr>>(folder: &Path, script: &str, args: &[S]) -> Run {
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", script, tested_program()])
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null());
    Run::of(&bash.output().unwrap())
}

/// The same in a name space of its own, where a disk can be mounted; `None`, and a line about it, where none can be: the
/// script says so with [`NO_DISK`].
pub(super) fn shell_with_disks<S: AsRef<OsStr>>(
    folder: &Path,
    script: &str,
    args: &[S],
) -> Option<Run> {
    let mut unshare = std::process::Command::new("unshare");
    unshare
        .args(["--user", "--map-root-user", "--mount", "bash", "-c", script])
        .arg(tested_program())
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null());
    let output = unshare.output().ok().filter(|output| {
        output.status.code() != Some(NO_DISK) && !output.stderr.starts_with(b"unshare")
    });
    if output.is_none() {
        eprintln!("skipped: no disk can be mounted here");
    }
    output.as_ref().map(Run::of)
}

/// Runs the program on a pseudo-terminal and types these answers where it asks without echo; all it showed is in
/// `stdout`. `None`, and a line about it, where there is no Python to make one.
pub(crate) fn on_terminal(answers: &[&str], args: &[&str]) -> Option<Run> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/terminal.py");
    let mut python = Command::new("python3");
    python
        .timeout(PATIENCE)
        // Colours are for `screen` to look at.
        .env("NO_COLOR", "1")
        .arg(script)
        .args(answers)
        .args(["--", tested_program()])
        .args(args);
    let Ok(output) = python.output() else {
        eprintln!("skipped: there is no python3 to make a terminal");
        return None;
    };
    Some(Run::of(&output))
}

impl Run {
    #[track_caller]
    pub(crate) fn of(output: &Output) -> Self {
        let text =
            |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("nothing but UTF-8 is said");
        let exit = output
            .status
            .code()
            .expect("the run was killed: it hung or crashed");
        Self::new(exit, text(&output.stdout), text(&output.stderr))
    }

    #[track_caller]
    pub(crate) fn new(exit: i32, stdout: String, stderr: String) -> Self {
        schema::conforms(&stdout, &stderr);
        Self {
            exit,
            stdout,
            stderr,
            outcome: OnceCell::new(),
        }
    }

    /// The one JSON object on standard output, which says `ok` where the exit status is 0 and nowhere else.
    #[track_caller]
    pub(crate) fn outcome(&self) -> &Value {
        let outcome = self.outcome.get_or_init(|| {
            serde_json::from_str(&self.stdout)
                .unwrap_or_else(|_| panic!("not one JSON object: {}\n{}", self.stdout, self.stderr))
        });
        assert_eq!(outcome["ok"], self.exit == 0, "{outcome}");
        outcome
    }

    /// The warnings in the outcome that are not about the machine.
    #[track_caller]
    pub(crate) fn warnings(&self) -> Vec<String> {
        let of_the_machine = [
            "not_offline",
            "offline_unknown",
            "not_confined",
            "wrong_clock",
            "opened_before",
        ];
        let warnings = self.outcome()["warnings"].as_array().unwrap().iter();
        warnings
            .filter(|warning| {
                let code = warning["code"].as_str();
                code.is_none_or(|code| !of_the_machine.contains(&code))
            })
            .map(|warning| warning["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The code of the error in the outcome; empty where there is none.
    #[track_caller]
    pub(crate) fn code(&self) -> &str {
        self.outcome()["error"]["code"].as_str().unwrap_or("")
    }

    /// Its message.
    #[track_caller]
    pub(crate) fn message(&self) -> &str {
        self.outcome()["error"]["message"].as_str().unwrap_or("")
    }

    /// Exit status 0; the JSON object on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        self.done();
        self.outcome().clone()
    }

    /// Exit status 0; standard output.
    #[track_caller]
    pub(crate) fn done(&self) -> &str {
        assert_eq!(self.exit, 0, "{}{}", self.stdout, self.stderr);
        &self.stdout
    }

    /// A run with `--json` that was refused: exit status, stable code, and words its message or hint must hold.
    #[track_caller]
    pub(crate) fn refused(&self, exit: i32, code: &str, words: &[&str]) -> Value {
        let Self { stdout, stderr, .. } = self;
        assert_eq!(self.exit, exit, "exit status\n{stdout}{stderr}");
        assert!(
            catalogue::ends_so(code, exit),
            "the catalogue does not know `{code}` with exit status {exit}"
        );
        assert_eq!(self.code(), code, "{stdout}");

        let message = self.message();
        let hint = self.outcome()["error"]["hint"].as_str().unwrap();
        let text = format!("{message}\n{hint}");
        for word in words {
            assert!(text.contains(word), "`{word}` is not in: {text}");
        }
        assert!(!message.ends_with('.'), "{message}");
        assert!(
            stderr.contains(&format!("lifeboat: error: {message}")),
            "{stderr}"
        );

        self.is_decent();
        self.outcome().clone()
    }

    /// No panic, no control characters, none of the secrets that the tests know.
    #[track_caller]
    pub(crate) fn is_decent(&self) {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        assert!(
            !all.contains("panicked") && !all.contains("RUST_BACKTRACE"),
            "{all}"
        );
        assert!(
            !all.chars()
                .any(|letter| letter.is_control() && letter != '\n'),
            "{all:?}"
        );
        let lower = all.to_lowercase();
        for secret in forge::SECRETS_IN_HEX {
            assert!(!lower.contains(secret), "a secret was shown: {all}");
        }
        for secret in [KEY_PASSPHRASE, forge::OWNER_PASSPHRASE] {
            assert!(!all.contains(secret), "a passphrase was shown: {all}");
        }
    }
}
