//! A bench to run the binary on: a folder of its own, and what every run must hold to.

pub(crate) mod faults;
pub(crate) mod forge;
pub(crate) mod sharing;
pub(crate) mod workbench;
pub(crate) mod workload;

use std::{
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Longest that any run may take: a question that nobody answers would hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(100);

/// What opens the encrypted recovery keys in `fixtures/keys`.
pub(crate) const KEY_PASSPHRASE: &str = "SECRET";

/// A file in `fixtures/`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

/// The content of a fixture.
pub(crate) fn read_fixture(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

/// Every file of a fixture's zip, by its name.
pub(crate) fn zip_files(name: &str) -> Vec<(String, Vec<u8>)> {
    let bytes = std::io::Cursor::new(read_fixture(name));
    let mut zip = zip::ZipArchive::new(bytes).unwrap();
    let mut files = Vec::new();
    for number in 0..zip.len() {
        let mut entry = zip.by_index(number).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        files.push((entry.name().unwrap().into_owned(), bytes));
    }
    files
}

/// A fixture that is JSON.
pub(crate) fn json_fixture(name: &str) -> Value {
    serde_json::from_slice(&read_fixture(name)).unwrap()
}

/// Runs the binary without a terminal.
pub(crate) fn lifeboat<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Said {
    lifeboat_fed(args, b"")
}

/// Runs the binary without a terminal, with this on standard input.
pub(crate) fn lifeboat_fed<S: AsRef<std::ffi::OsStr>>(args: &[S], stdin: &[u8]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    let output = command
        .args(args)
        .write_stdin(stdin)
        .timeout(PATIENCE)
        .output()
        .unwrap();
    Said::of(&output)
}

/// What a run said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let text =
            |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("nothing but UTF-8 is said");
        let code = output
            .status
            .code()
            .expect("the run was killed: it hung or crashed");
        Self {
            code,
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Exit status 0; the JSON object on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        let value: Value =
            serde_json::from_str(&self.stdout).expect("exactly one JSON object on standard output");
        assert_eq!(value["ok"], true);
        value
    }

    /// Exit status 0; standard output.
    #[track_caller]
    pub(crate) fn done(&self) -> &str {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        &self.stdout
    }

    /// A run with `--json` that was refused: exit status, stable code, and words its message or hint must hold.
    #[track_caller]
    pub(crate) fn refused(&self, exit: i32, code: &str, words: &[&str]) -> Value {
        assert_eq!(
            self.code, exit,
            "exit status\n{}{}",
            self.stdout, self.stderr
        );
        let value: Value =
            serde_json::from_str(&self.stdout).expect("exactly one JSON object on standard output");
        let error = &value["error"];
        assert!(
            crate::errors::ends_so(code, exit),
            "the catalogue does not know `{code}` with exit status {exit}"
        );
        assert_eq!(value["ok"], false);
        assert_eq!(error["code"], code, "{error}");
        let text = format!(
            "{}\n{}",
            error["message"].as_str().unwrap(),
            error["hint"].as_str().unwrap()
        );
        for word in words {
            assert!(text.contains(word), "`{word}` is not in: {text}");
        }
        let message = error["message"].as_str().unwrap();
        assert!(!message.ends_with('.'), "{message}");
        assert!(
            self.stderr.contains(&format!("lifeboat: error: {message}")),
            "{}",
            self.stderr
        );
        self.is_decent();
        value
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

/// A folder for one test: inputs in it, results in `out/`.
pub(crate) struct Bench(TempDir);

impl Bench {
    pub(crate) fn new() -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(bench.path("out")).unwrap();
        bench
    }

    /// The path of a file on the bench.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The same as text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Lays a file on the bench.
    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        self.text(name)
    }

    /// The names of the files in `out/`, temporary ones included.
    pub(crate) fn results(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.path("out")).unwrap();
        let mut names: Vec<_> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Nothing was left behind.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        assert_eq!(self.results(), [""; 0], "left behind");
    }

    /// A result as text.
    pub(crate) fn result(&self, name: &str) -> String {
        std::fs::read_to_string(self.path("out").join(name)).unwrap()
    }

    /// `derive --json` into `out/shares` with the unencrypted recovery key.
    pub(crate) fn derive(&self, kit: &str, more: &[&str]) -> Said {
        let (key, out) = (fixture("keys/recovery.pkcs8.pem"), self.text("out/shares"));
        let mut args = vec![
            "--json",
            "derive",
            kit,
            "--key",
            key.to_str().unwrap(),
            "--out",
            &out,
        ];
        args.extend(more);
        lifeboat(&args)
    }

    /// `derive` of a wallet list from the sound kit of the forge.
    pub(crate) fn derive_list(&self, list: impl AsRef<[u8]>, more: &[&str]) -> Said {
        let kit = self.put("sound.zip", forge::Forge::wallets().zip());
        let list = self.put("list", list);
        let mut args = vec!["--wallets", list.as_str()];
        args.extend(more);
        self.derive(&kit, &args)
    }

    /// `kit inspect --json`.
    pub(crate) fn inspect(&self, kit: &str) -> Said {
        lifeboat(&["--json", "kit", "inspect", kit])
    }

    /// `kit verify --json` with the unencrypted recovery key and the owner's passphrase of the forge.
    pub(crate) fn verify(&self, kit: &str) -> Said {
        self.with_owner(
            &["--json", "kit", "verify", kit],
            &["--report", &self.text("out/report.json")],
        )
    }

    /// `workspace --json --reveal` into `out/keys` with the same secrets.
    pub(crate) fn workspace(&self, kit: &str) -> Said {
        self.with_owner(
            &["--json", "workspace", kit, "--reveal"],
            &["--out", &self.text("out/keys")],
        )
    }

    fn with_owner(&self, command: &[&str], more: &[&str]) -> Said {
        let key = fixture("keys/recovery.pkcs8.pem");
        let owner = self.put("owner", format!("{}\n", forge::OWNER_PASSPHRASE));
        let mut args = command.to_vec();
        args.extend([
            "--key",
            key.to_str().unwrap(),
            "--owner-passphrase-file",
            &owner,
        ]);
        args.extend(more);
        lifeboat(&args)
    }
}

/// What OpenSSL says; `None`, and a line about it, where there is no OpenSSL.
pub(crate) fn openssl(args: &[&str]) -> Option<String> {
    let Ok(output) = std::process::Command::new("openssl").args(args).output() else {
        eprintln!("skipped: there is no openssl to compare with");
        return None;
    };
    assert!(
        output.status.success(),
        "openssl {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Runs the binary on a pseudo-terminal and types these answers where it asks without echo; all it showed is in
/// `stdout`. `None`, and a line about it, where there is no Python to make one.
pub(crate) fn on_terminal(answers: &[&str], args: &[&str]) -> Option<Said> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/terminal.py");
    let mut python = Command::new("python3");
    python
        .timeout(PATIENCE)
        .arg(script)
        .args(answers)
        .args(["--", env!("CARGO_BIN_EXE_lifeboat")])
        .args(args);
    let Ok(output) = python.output() else {
        eprintln!("skipped: there is no python3 to make a terminal");
        return None;
    };
    Some(Said::of(&output))
}
