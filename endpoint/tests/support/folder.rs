//! A folder that is removed when the test ends.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

static NEXT: AtomicU32 = AtomicU32::new(0);

use super::database::Database;

pub(crate) struct Folder {
    path: PathBuf,
    pub(crate) database: Database,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("lifeboat-endpoint-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(&name);
        fs::create_dir(&path).expect("a new folder in the temporary one");
        let database = Database::of(&name);
        Self { path, database }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file for its owner alone, as secrets are.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        use std::{io::Write, os::unix::fs::OpenOptionsExt};
        let path = self.path(name);
        let mut text = text.as_ref().to_vec();
        if name == "endpoint.toml" {
            let config = String::from_utf8(text).unwrap();
            text = self.database.configured(config).into_bytes();
        }
        let mut options = fs::OpenOptions::new();
        let options = options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&path).unwrap();
        file.write_all(&text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs the program in this folder.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let output = program(&self.path).args(args).output().unwrap();
        Run(output)
    }

    /// Runs a program that has to end soon, and serves if it is wrong: its status and what it said.
    pub(crate) fn ended(&self, args: &[&str]) -> (i32, String) {
        let mut limited = Command::new("timeout");
        limited.arg("20").arg(program(&self.path).get_program());
        limited.args(args).current_dir(&self.path).env_clear();
        let output = limited.output().unwrap();
        let run = Run(output);
        (run.status(), run.stderr())
    }

    /// Does a statement in the database, behind the endpoint's back.
    pub(crate) fn sql(&self, sql: &str) {
        self.database.execute(&self.path, sql);
    }

    pub(crate) fn root(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.path);
    }
}

/// The program, in a folder and with nothing in its environment that would change what it does.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat-endpoint"));
    command.current_dir(folder).env_clear();
    command
}

/// Makes a pipe that nobody writes to.
pub(crate) fn make_pipe(path: &Path) {
    let mut mkfifo = Command::new("mkfifo");
    let made = mkfifo.args(["-m", "600"]).arg(path).status();
    assert!(made.unwrap().success());
}

/// A run that has ended.
pub(crate) struct Run(Output);

impl Run {
    pub(crate) fn status(&self) -> i32 {
        self.0.status.code().expect("it ended by itself")
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// The same run, which must have done its work.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status(), 0, "{}", self.stderr());
        self
    }
}
