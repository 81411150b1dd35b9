//! A batch on the bench: kit, key, a long list, and runs of `derive` that can be stopped.

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    Folder, PATIENCE, Run, fixture,
    forge::{Forge, MASTER_ID, seal},
    lifeboat, tested_program,
};

/// The other cosigner of [`Workload::with_two_cosigners`].
pub(crate) const SECOND_COSIGNER: &str = "00000001-0000-4000-8000-000000000000";

/// So many different ids, in no order.
pub(crate) fn ids(count: u32) -> Vec<String> {
    let id = |index: u32| {
        format!(
            "{:08x}-1111-4222-8333-444444444444",
            index.wrapping_mul(2_654_435_761)
        )
    };
    (0..count).map(id).collect()
}

/// The path of a key in `fixtures/keys`.
pub(crate) fn key(name: &str) -> String {
    fixture(&format!("keys/{name}.pem"))
        .to_str()
        .unwrap()
        .to_owned()
}

/// Kit, key and list of a batch.
pub(crate) struct Workload {
    pub(crate) bench: Folder,
    pub(crate) kit: String,
    pub(crate) list: String,
}

impl Workload {
    /// The sound kit of the forge and so many ids.
    pub(crate) fn new(count: u32) -> Self {
        Self::of(ids(count).join("\n") + "\n")
    }

    /// The sound kit of the forge and this list.
    pub(crate) fn of(list: impl AsRef<[u8]>) -> Self {
        let bench = Folder::with_out();
        let (kit, list) = (
            bench.put("kit.zip", Forge::wallets().zip()),
            bench.put("list", list),
        );
        Self { bench, kit, list }
    }

    /// The kit gets a second cosigner, [`SECOND_COSIGNER`].
    pub(crate) fn with_two_cosigners(self) -> Self {
        let mut forge = Forge::wallets();
        let cosigners = forge.master()["cosigners"].as_array_mut().unwrap();
        cosigners.push(json!({ "id": SECOND_COSIGNER, "type": "cloud" }));
        let forge = forge.add(&format!("16777216_{MASTER_ID}"), seal(&[9; 32]));
        std::fs::write(&self.kit, forge.zip()).unwrap();
        self
    }

    /// `derive --json` of the list into `out/NAME`.
    pub(crate) fn args(&self, name: &str, more: &[&str]) -> Vec<String> {
        let (key, out) = (
            key("recovery.pkcs8"),
            self.bench.text(&format!("out/{name}")),
        );
        let mut args: Vec<String> = [
            "--json",
            "derive",
            &self.kit,
            "--wallets",
            &self.list,
            "--out",
            &out,
        ]
        .map(str::to_owned)
        .to_vec();
        if !more.contains(&"--key") {
            args.extend(["--key".to_owned(), key]);
        }
        args.extend(more.iter().map(|more| (*more).to_owned()));
        args
    }

    /// Runs to its end.
    pub(crate) fn run(&self, name: &str, more: &[&str]) -> Run {
        lifeboat(&self.args(name, more))
    }

    /// Begins a run.
    pub(crate) fn begin(&self, name: &str, more: &[&str]) -> Running {
        let mut command = Command::new(tested_program());
        command
            .args(self.args(name, more))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Running {
            child: command.spawn().unwrap(),
            began: Instant::now(),
        }
    }

    /// The length of a file in `out/`; 0 when it is not there.
    pub(crate) fn length(&self, name: &str) -> u64 {
        std::fs::metadata(self.bench.path("out").join(name)).map_or(0, |file| file.len())
    }

    /// The bytes of a file in `out/`.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.bench.path("out").join(name)).unwrap()
    }

    /// Whether a file is in `out/`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.bench.path("out").join(name).exists()
    }

    /// Opens a sealed result as NDJSON with the recovery key.
    pub(crate) fn unsealed(&self, name: &str) -> String {
        let file = self.bench.text(&format!("out/{name}"));
        let said = lifeboat(&[
            "unseal",
            &file,
            "--key",
            &key("recovery.pkcs8"),
            "--format",
            "ndjson",
        ]);
        said.done().to_owned()
    }
}

/// A run that has not ended yet; killed when the test fails before it does.
pub(crate) struct Running {
    child: Child,
    began: Instant,
}

impl Running {
    /// Waits until something is so; `false` when the run ended first.
    pub(crate) fn until(&mut self, so: impl Fn() -> bool) -> bool {
        while !so() {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(self.began.elapsed() < PATIENCE, "the run hangs");
            std::thread::sleep(Duration::from_micros(300));
        }
        true
    }

    /// Pulls the plug (SIGKILL); `false` when the run had ended on its own.
    pub(crate) fn kill(mut self) -> bool {
        self.child.kill().unwrap();
        self.child.wait().unwrap().code().is_none()
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    /// Ctrl-Z, and `fg` so much later.
    pub(crate) fn rest(&self, pause: Duration) {
        self.signal("STOP");
        std::thread::sleep(pause);
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("sh")
                .args(["-c", "kill -$2 \"$1\"", "sh", &id, name])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for its end.
    pub(crate) fn said(mut self) -> Run {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let read = |stream: Option<Box<dyn std::io::Read>>| {
            let mut bytes = Vec::new();
            stream.unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        let stdout = read(stdout.map(|stream| Box::new(stream) as _));
        let stderr = read(stderr.map(|stream| Box::new(stream) as _));
        let status = self.child.wait().unwrap();
        Run::of(&std::process::Output {
            status,
            stdout,
            stderr,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
