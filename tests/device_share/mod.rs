//! Key Share #2: device backups, and device shares as they are handed on.
//!
//! - `backups`: ids in every spelling, messages, names of passphrase files, many at once
//! - `other_contents`: saved by other programs, inside answers of servers; files that are something else
//! - `refusals`: what device shares and backups must not hold

mod backups;
mod other_contents;
mod refusals;
