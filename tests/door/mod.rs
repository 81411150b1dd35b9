//! The door: what is typed, read, shown and written, and what the process may do.
//!
//! - `inputs`: inputs are read to their end or refused
//! - `wrong_files`: one of the files of a recovery, named where another belongs
//! - `questions`: what was typed is what is used; new passphrases
//! - `eyes`: names and texts out of files are shown visibly; what may be a secret is not shown
//! - `streams`: standard output that is closed, gone or failing
//! - `outputs`: names that are taken, folders that are closed, disks that are full
//! - `folders`: folders of results: under their name when they are whole, and not before
//! - `disks`: disks and clocks of poor machines
//! - `confinement`: no sockets, no programs, no other files, nobody looks in; network interfaces; `doctor`
//! - `little_memory`: what asks for more memory than there is says so and ends; nothing is aborted
//! - `memory`: no copy of a secret stays in the memory of a command that is done
//! - `arguments`: one definition for help, manual and completions; mistakes in the form asked for

mod arguments;
mod confinement;
mod disks;
mod eyes;
mod folders;
mod help;
mod inputs;
mod little_memory;
mod memory;
mod outcome_examples;
mod outcomes;
mod outputs;
mod questions;
mod streams;
mod warnings;
mod wrong_files;
