//! A folder for one test, and the program in it.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    Run, fixture, forge, lifeboat,
    run::{lifeboat_in, shell_in, shell_with_disks},
};

/// A folder for one test, which vanishes with it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With a folder `out/` in it, for results alone.
    pub(crate) fn with_out() -> Self {
        let folder = Self::new();
        fs::create_dir(folder.path("out")).unwrap();
        folder
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The same as text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file and the folders it is in.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Writes a file; its path.
    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        self.write(name, bytes).text(name)
    }

    pub(crate) fn write_json(&self, name: &str, value: &Value) -> &Self {
        self.write(name, value.to_string())
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The permissions of a file, as in `chmod`.
    pub(crate) fn mode(&self, name: &str) -> u32 {
        let file = fs::metadata(self.path(name)).unwrap();
        file.permissions().mode() & 0o7777
    }

    /// A pipe with a name; `None`, and a line about it, where there are none.
    pub(crate) fn pipe(&self, name: &str) -> Option<String> {
        let made = Command::new("mkfifo").arg(self.path(name)).status();
        if made.is_ok_and(|made| made.success()) {
            return Some(self.text(name));
        }
        eprintln!("skipped: no pipe can be made here");
        None
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn read_bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// A file here that is JSON.
    pub(crate) fn read_json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// The names of everything in it, temporary files included.
    pub(crate) fn names(&self) -> Vec<String> {
        names(self.0.path())
    }

    /// The names of everything in `out/`.
    pub(crate) fn results(&self) -> Vec<String> {
        names(&self.path("out"))
    }

    /// Nothing was left behind in `out/`.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        assert_eq!(self.results(), [""; 0], "left behind");
    }

    /// A file in `out/`.
    pub(crate) fn result(&self, name: &str) -> String {
        self.read(&format!("out/{name}"))
    }

    /// Runs the program here, without a terminal.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_fed(args, b"")
    }

    /// The same with this on standard input.
    pub(crate) fn run_fed(&self, args: &[&str], stdin: &[u8]) -> Run {
        lifeboat_in(Some(self.0.path()), args, stdin)
    }

    /// The same with `--json`.
    pub(crate) fn run_json(&self, args: &[&str]) -> Run {
        self.run(&[args, &["--json"]].concat())
    }

    /// Runs the program here and expects success.
    #[track_caller]
    pub(crate) fn done(&self, args: &[&str]) -> Run {
        let run = self.run(args);
        assert_eq!(run.exit, 0, "{args:?}\n{}", run.stderr);
        run
    }

    /// Runs it with `--json` and expects a refusal with this exit status and code, which leaves nothing behind.
    #[track_caller]
    pub(crate) fn refused(&self, exit: i32, code: &str, args: &[&str]) -> Run {
        let before = self.names();
        let run = self.run_json(args);
        run.refused(exit, code, &[]);
        assert_eq!(self.names(), before, "{args:?} left something behind");
        run
    }

    /// Runs a script of the shell here; `$0` is the program, `$1` the first argument.
    pub(crate) fn shell(&self, script: &str, args: &[&str]) -> Run {
        shell_in(self.0.path(), script, args)
    }

    /// The same where a disk can be mounted; `None`, and a line about it, where none can be: the script ends with 77 then.
    pub(crate) fn shell_with_disks<S: AsRef<OsStr>>(
        &self,
        script: &str,
        args: &[S],
    ) -> Option<Run> {
        shell_with_disks(self.0.path(), script, args)
    }

    /// `derive --json` into `out/shares` with the unencrypted recovery key.
    pub(crate) fn derive(&self, kit: &str, more: &[&str]) -> Run {
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
    pub(crate) fn derive_list(&self, list: impl AsRef<[u8]>, more: &[&str]) -> Run {
        let kit = self.put("sound.zip", forge::Forge::wallets().zip());
        let list = self.put("list", list);
        let mut args = vec!["--wallets", list.as_str()];
        args.extend(more);
        self.derive(&kit, &args)
    }

    /// `kit inspect --json`.
    pub(crate) fn inspect(&self, kit: &str) -> Run {
        lifeboat(&["--json", "kit", "inspect", kit])
    }

    /// `kit verify --json` with the unencrypted recovery key and the owner's passphrase of the forge.
    pub(crate) fn verify(&self, kit: &str) -> Run {
        self.with_owner(
            &["--json", "kit", "verify", kit],
            &["--report", &self.text("out/report.json")],
        )
    }

    /// `workspace --json --reveal` into `out/keys` with the same secrets.
    pub(crate) fn workspace(&self, kit: &str) -> Run {
        self.with_owner(
            &["--json", "workspace", kit, "--reveal"],
            &["--out", &self.text("out/keys")],
        )
    }

    fn with_owner(&self, command: &[&str], more: &[&str]) -> Run {
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

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
