//! The sandbox around the process, what it says of the machine, and what it does where the system lacks either.

mod air_gap;
mod sandbox;

use std::process::Command;

use crate::support::{Run, tested_program};

/// Runs a Python script of `tests/support`; `None`, and a line about it, where there is no Python.
fn script(name: &str, args: &[&str]) -> Option<Run> {
    let script = format!("{}/tests/support/{name}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("python3").arg(script).args(args).output();
    output
        .inspect_err(|_| eprintln!("skipped: there is no python3 for {name}"))
        .ok()
        .as_ref()
        .map(Run::of)
}

/// Runs the binary in a network namespace of its own with its own `/sys`, after these shell commands; `None`, and a line
/// about it, where none can be made.
fn in_namespace(before: &str, args: &[&str]) -> Option<Run> {
    let line = format!("mount -t sysfs none /sys\n{before}\nexec \"$0\" \"$@\"");
    let run = |program: &[&str]| {
        let (name, more) = program.split_first().unwrap();
        Command::new(name)
            .args(more)
            .args(["sh", "-ec", &line, tested_program()])
            .args(args)
            .output()
    };
    let possible = |flags: &str| {
        Command::new("unshare")
            .args([flags, "true"])
            .status()
            .is_ok_and(|done| done.success())
    };
    let flags = ["-nm", "-rnm"].into_iter().find(|flags| possible(flags));
    let Some(flags) = flags else {
        eprintln!("skipped: no network namespace can be made here");
        return None;
    };
    run(&["unshare", flags]).ok().as_ref().map(Run::of)
}
