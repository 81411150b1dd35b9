//! Results on standard output. Whoever has closed it wants no more: that is no failure.

use std::{
    fmt::Arguments,
    io::{ErrorKind, Write},
    process::exit,
};

/// As `println!`, which panics where nobody reads.
macro_rules! say {
    ($($said:tt)*) => {
        $crate::say::line(format_args!($($said)*))
    };
}
pub(crate) use say;

/// Writes a line.
pub(crate) fn line(said: Arguments<'_>) {
    text(format_args!("{said}\n"));
}

/// Writes a text as it is. Where it cannot be written for another reason than that nobody reads, the program ends: a result
/// that is not there must not look like one.
#[expect(clippy::print_stderr, reason = "this is what tells a person")]
pub(crate) fn text(said: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    match out.write_fmt(said).and_then(|()| out.flush()) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => {
            eprintln!("lifeboat-endpoint: error: standard output cannot be written: {error}");
            exit(2);
        }
    }
}
