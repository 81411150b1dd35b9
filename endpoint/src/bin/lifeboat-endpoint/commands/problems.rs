//! `problems`: the table of codes, as the documentation has it.

use lifeboat_endpoint::domain::problem::table;

use crate::failure::Failure;

#[expect(clippy::print_stdout, reason = "this is its result")]
pub(crate) fn run() -> Result<(), Failure> {
    print!("{}", table());
    Ok(())
}
