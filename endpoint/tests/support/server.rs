//! A server that runs in a folder, on ports that the system chose, until the test ends.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    client::Request,
    folder::{Folder, program},
};

/// Longest wait for a start or an end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What every configuration of a test begins with.
pub(crate) const HEAD: &str = r#"
[server]
listen = "127.0.0.1:0"
admin = "127.0.0.1:0"
public_url = "https://recovery.example.com"
[limits]
per_caller = "100000/s"
per_address = "100000/s"
"#;

/// The same with this in `[limits]`, in the place of what is there of that name.
pub(crate) fn limited(limit: &str) -> String {
    let name = limit.split(' ').next().unwrap_or_default();
    let mut head: String = HEAD
        .split_inclusive('\n')
        .filter(|line| name.is_empty() || !line.starts_with(name))
        .collect();
    head.push_str(limit);
    head.push('\n');
    head
}

pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    public: SocketAddr,
    admin: SocketAddr,
}

impl Server {
    /// Starts the server with the folder's `endpoint.toml`, and waits until it listens.
    pub(crate) fn start(folder: &Folder) -> Self {
        Self::try_start(folder).unwrap_or_else(|log| panic!("the server has not started: {log}"))
    }

    /// The same with this in its environment.
    pub(crate) fn start_with(folder: &Folder, environment: &[(&str, &str)]) -> Self {
        Self::started(folder, environment)
            .unwrap_or_else(|log| panic!("the server has not started: {log}"))
    }

    /// Starts it; the log where it ends at once.
    pub(crate) fn try_start(folder: &Folder) -> Result<Self, String> {
        Self::started(folder, &[])
    }

    /// The same where the system lends it so many descriptors.
    pub(crate) fn start_lent(folder: &Folder, descriptors: usize) -> Self {
        let mut shell = Command::new("/bin/sh");
        let script = format!("ulimit -n {descriptors} && exec \"$0\" serve");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_lifeboat-endpoint")]);
        shell.current_dir(folder.root()).env_clear();
        let started = Self::begun(folder, shell);
        started.unwrap_or_else(|log| panic!("the server has not started: {log}"))
    }

    fn started(folder: &Folder, environment: &[(&str, &str)]) -> Result<Self, String> {
        let mut command = program(folder.root());
        command.arg("serve").envs(environment.iter().copied());
        Self::begun(folder, command)
    }

    fn begun(folder: &Folder, mut command: Command) -> Result<Self, String> {
        let log = folder.path("server.log");
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        let before = fs::metadata(&log).unwrap().len();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap();
        let started = Instant::now();
        loop {
            let text = fs::read(&log).unwrap();
            let text =
                String::from_utf8_lossy(&text[usize::try_from(before).unwrap()..]).into_owned();
            if let Some((public, admin)) = addresses(&text) {
                return Ok(Self {
                    child,
                    log,
                    public,
                    admin,
                });
            }
            if child.try_wait().unwrap().is_some() {
                return Err(text);
            }
            assert!(started.elapsed() < PATIENCE, "{text}");
            sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn public(&self) -> SocketAddr {
        self.public
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        Request::new(self.public, "GET", path)
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.public, method, path)
    }

    /// A request to the listener of operators.
    pub(crate) fn admin(&self, method: &str, path: &str) -> Request {
        Request::new(self.admin, method, path)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Ends it as an administrator does, and waits; its exit status.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }

    /// Ends it as a loss of power does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

fn addresses(log: &str) -> Option<(SocketAddr, SocketAddr)> {
    let line = log.lines().find(|line| line.contains("\"serving\""))?;
    let line: Value = serde_json::from_str(line).ok()?;
    let address = |name: &str| line[name].as_str()?.parse().ok();
    Some((address("public")?, address("admin")?))
}
