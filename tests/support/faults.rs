//! Runs of the binary whose system calls on one folder are counted, failed, or cut short by SIGKILL. `faults.c` does it;
//! it is built with `cc` when a test first needs it.

use std::{
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use super::Run;

/// Random numbers under which `keygen` finds its primes at once.
const LUCKY: &str = "22";
/// SIGKILL.
pub(crate) const KILL: i32 = 9;
/// What `faults.c` ends with where nothing can be traced.
const NO_TRACE: i32 = 125;

/// The binary that is tested.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("LIFEBOAT_BINARY")
        .map_or_else(|| env!("CARGO_BIN_EXE_lifeboat").into(), PathBuf::from)
}

static TRACER: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (new, tracer) = (
        folder.join(format!("faults.{}", std::process::id())),
        folder.join("faults"),
    );
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/faults.c");
    let Ok(built) = Command::new("cc")
        .args(["-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&new)
        .arg(source)
        .status()
    else {
        eprintln!("skipped: there is no `cc` to build faults.c with");
        return None;
    };
    assert!(built.success(), "faults.c does not build");
    std::fs::rename(&new, &tracer).unwrap();
    let tried = as_tracer(&tracer)
        .args(["/dev/null", "/none", "--", "/bin/true"])
        .stderr(Stdio::null())
        .status();
    if tried.map_or(true, |tried| tried.code() != Some(0)) {
        eprintln!("skipped: no program can be traced here");
        return None;
    }
    Some(tracer)
});

/// A process that nobody may look into is traced by the root of its own name space.
fn as_tracer(tracer: &Path) -> Command {
    if rustix::process::geteuid().is_root() {
        return Command::new(tracer);
    }
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user"]).arg(tracer);
    unshare
}

/// A run under trace.
pub(crate) struct Traced {
    output: Output,
    /// The system calls on the folder, with what they were about.
    pub(crate) calls: Vec<String>,
}

impl Traced {
    /// Whether it was killed.
    pub(crate) fn was_killed(&self) -> bool {
        self.output.status.signal() == Some(KILL)
    }

    /// What it said, if it was not killed.
    pub(crate) fn said(&self) -> Run {
        Run::of(&self.output)
    }
}

/// Runs the binary with calls on a folder under these rules of `faults.c`; `None`, and a line about it, where that is not
/// possible. The random numbers are the same every time.
pub(crate) fn traced(folder: &Path, rules: &[&str], args: &[String]) -> Option<Traced> {
    let report = tempfile::NamedTempFile::new().unwrap();
    let mut command = as_tracer(TRACER.as_ref()?);
    command
        .arg(report.path())
        .arg(folder)
        .args(["deal", LUCKY])
        .args(rules)
        .arg("--")
        .arg(binary())
        .args(args);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.code() != Some(NO_TRACE),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let calls = std::fs::read_to_string(report.path())
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    Some(Traced { output, calls })
}
