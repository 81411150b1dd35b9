//! The clock of the machine, as far as it can be known to be wrong: it cannot be earlier than the program.

use jiff::Timestamp;

/// When the source of this program was written, in seconds since 1970; 0 where it is not known.
const PROGRAM: &str = env!("LIFEBOAT_BUILD_DATE");

/// Clocks of zones that were set as if they were UTC are off by so much without being wrong.
const LEEWAY: i64 = 26 * 60 * 60;

/// When the source of this program was written.
pub(crate) fn program_date() -> Option<Timestamp> {
    let seconds = PROGRAM.parse().ok().filter(|seconds| *seconds > 0)?;
    Timestamp::from_second(seconds).ok()
}

/// Whether the clock is before the program was written: an empty battery. `None` where it is not known.
pub(crate) fn is_before_program() -> Option<bool> {
    program_date().map(|date| Timestamp::now().as_second() + LEEWAY < date.as_second())
}

/// What a person is told.
pub(crate) fn warning() -> Option<String> {
    let date = program_date().filter(|_| is_before_program() == Some(true))?;
    Some(format!(
        "the clock of this machine is at {:.0}, before this program was written ({date}): dates in reports are wrong; `date -s` sets it",
        Timestamp::now()
    ))
}
