//! Programs in C that run the binary under trace. Each is built with `cc` when a test first needs it.

use std::{
    ffi::OsString,
    path::Path,
    process::{Command, Stdio},
};

/// Builds `NAME.c` of this folder: the words that a command line under trace begins with. `None`, and a line about it,
/// where none can be had. Given these words, it runs `/bin/true`.
pub(super) fn build(name: &str, trial: &[&str]) -> Option<Vec<OsString>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (new, tracer) = (
        folder.join(format!("{name}.{}", std::process::id())),
        folder.join(name),
    );
    let source = format!("{}/tests/support/{name}.c", env!("CARGO_MANIFEST_DIR"));
    let Ok(built) = Command::new("cc")
        .args(["-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&new)
        .arg(source)
        .status()
    else {
        eprintln!("skipped: there is no `cc` to build {name}.c with");
        return None;
    };
    assert!(built.success(), "{name}.c does not build");
    std::fs::rename(&new, &tracer).unwrap();

    let words = as_tracer(&tracer);
    let tried = command(&words).args(trial).stderr(Stdio::null()).status();
    if tried.map_or(true, |tried| tried.code() != Some(0)) {
        eprintln!("skipped: no program can be traced here");
        return None;
    }
    Some(words)
}

/// A command that begins with these words.
pub(crate) fn command(words: &[OsString]) -> Command {
    let (first, more) = words.split_first().unwrap();
    let mut command = Command::new(first);
    command.args(more);
    command
}

/// A process that nobody may look into is traced by the root of its own name space.
fn as_tracer(tracer: &Path) -> Vec<OsString> {
    let mut words: Vec<OsString> = Vec::new();
    if !rustix::process::geteuid().is_root() {
        words.extend(["unshare", "--user", "--map-root-user"].map(OsString::from));
    }
    words.push(tracer.into());
    words
}
