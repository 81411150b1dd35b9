//! `problems`: the table of codes, as the documentation has it.

use lifeboat_endpoint::domain::problem::table;

use crate::{failure::Failure, say};

pub(crate) fn run() -> Result<(), Failure> {
    say::text(format_args!("{}", table()));
    Ok(())
}
