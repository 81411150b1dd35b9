//! A folder that vanishes, and the program in it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

pub(crate) const WALLET: &str = "9a1b2c3d-0000-4000-8000-000000000001";
pub(crate) const COSIGNER: &str = "5c1b2c3d-0000-4000-8000-000000000001";

/// A folder to work in.
pub(crate) struct Bench(tempfile::TempDir);

/// What a run of the program came to.
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    pub(crate) fn write_json(&self, name: &str, value: &Value) -> PathBuf {
        self.write(name, value.to_string())
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn read_json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs the program in the folder, without a terminal.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Run::of(output)
    }

    /// Runs it and expects success.
    pub(crate) fn done(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.exit, 0, "{arguments:?}\n{}", run.stderr);
        run
    }

    /// Runs it and expects a failure of that exit status and code, which leaves nothing behind.
    pub(crate) fn refused(&self, exit: i32, code: &str, arguments: &[&str]) -> Run {
        let before = self.names();
        let run = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(
            run.exit, exit,
            "{arguments:?}\n{}\n{}",
            run.stdout, run.stderr
        );
        assert_eq!(
            run.json()["error"]["code"],
            code,
            "{arguments:?}\n{}",
            run.stdout
        );
        assert!(
            crate::errors::ends_so(code, exit),
            "the catalogue does not know `{code}` with exit status {exit}"
        );
        assert_eq!(run.json()["ok"], false);
        assert_eq!(self.names(), before, "{arguments:?} left something behind");
        run
    }
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// A fixture, as JSON.
pub(crate) fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Server shares of one wallet, with the cloud shares that a backup vector names.
pub(crate) fn server_shares(vector: &Value) -> Value {
    let mut shares = json!({ "cosigner": COSIGNER });
    for key in vector["expect"].as_array().unwrap() {
        shares[text(&key["algorithm"])] = key["cloudShare"].clone();
    }
    json!({ WALLET: { "chaincode": "11".repeat(32), "shares": [shares] } })
}

/// The bench with backup, passphrase and server shares of a vector in place.
pub(crate) fn bench_of(vector: &Value) -> Bench {
    let bench = Bench::new();
    bench.write_json("backup.json", &vector["backup"]);
    bench.write("passphrase", format!("{}\n", text(&vector["passphrase"])));
    bench.write_json("server.json", &server_shares(vector));
    bench
}

/// Recovers the device share of a vector into `device.json`.
pub(crate) fn recover(bench: &Bench, vector: &Value) -> Run {
    let device = text(&vector["deviceId"]);
    bench.done(&[
        "share",
        "recover",
        "backup.json",
        "--device-id",
        device,
        "--passphrase-file",
        "passphrase",
        "--out",
        "device.json",
    ])
}
