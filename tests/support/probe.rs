//! Runs that try, when the program is about to end, what its confinement must refuse. `probe.c` does it, and says on
//! standard error what came of each attempt.

use std::{ffi::OsString, process::Command, sync::LazyLock};

use super::{
    tested_program,
    tracer::{build, command},
};

static PROBE: LazyLock<Option<Vec<OsString>>> = LazyLock::new(|| build("probe", &["/bin/true"]));

/// The words before the arguments of the program: with the probe around it. `None`, and a line about it, where nothing
/// can be traced.
pub(crate) fn words() -> Option<Vec<String>> {
    let words = PROBE.as_ref()?.iter();
    let words = words.map(|word| word.to_str().unwrap().to_owned());
    Some(words.chain([tested_program().to_owned()]).collect())
}

/// The program with the probe around it.
pub(crate) fn probed_program() -> Option<Command> {
    let mut probed = command(PROBE.as_ref()?);
    probed.arg(tested_program()).env("PROBE", "1");
    Some(probed)
}
