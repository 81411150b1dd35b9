//! Runs of the binary whose system calls on one folder are counted, failed, or cut short by SIGKILL. `faults.c` does it;

use std::{
    ffi::OsString,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Output, Stdio},
    sync::LazyLock,
};

use super::{
    Run, tested_program,
    tracer::{build, command},
};

/// Random numbers under which `keygen` finds its primes at once.
const LUCKY: &str = "22";
/// SIGKILL.
pub(crate) const KILL: i32 = 9;
/// What `faults.c` ends with where nothing can be traced.
const NO_TRACE: i32 = 125;

static TRACER: LazyLock<Option<Vec<OsString>>> =
    LazyLock::new(|| build("faults", &["/dev/null", "/none", "--", "/bin/true"]));

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
    let mut command = command(TRACER.as_ref()?);
    command
        .arg(report.path())
        .arg(folder)
        .args(["deal", LUCKY])
        .args(rules)
        .arg("--")
        .arg(tested_program())
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
