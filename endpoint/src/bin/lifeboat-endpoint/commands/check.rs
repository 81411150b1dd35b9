//! `check`: everything that is wrong with a configuration, at once.

use crate::{args::Configured, commands::settings, failure::Failure};

#[expect(clippy::print_stdout, reason = "this is its result")]
pub(crate) fn run(args: &Configured) -> Result<(), Failure> {
    settings(&args.config)?;
    println!("{}: nothing is wrong", args.config.display());
    Ok(())
}
