//! What was acknowledged is there, whatever happens to processes, disks and database servers.
//!
//! The long ones are ignored; `tests/durability/run` runs them on both databases.

mod away;
mod kills;
mod load;
mod login;
mod portal;
mod processes;
