//! The door: what reaches eyes, how inputs are read to their end, what becomes of standard streams, questions, folders
//! and disks.

mod disks;
mod eyes;
mod folders;
mod inputs;
mod questions;
mod streams;
