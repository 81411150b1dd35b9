//! Sealed files, of this program and of age: who opens them, and what is noticed.
//!
//! - `file`: every flipped bit, every truncation, moved and foreign lines are noticed
//! - `commands`: `unseal`, `seal`, `rewrap`, record keys, the openers of `docs/examples`
//! - `parts`: `merge` and `check` of sealed results: opened, compared and sealed again, or refused
//! - `recipients`: every key of a recipient file, shown; public keys that no key program makes
//! - `vectors`: files of other software, good and bad: opened or refused as they must be, by the examples' openers, too
//! - `age`: what is sealed as age opens with the age project's program, and the other way round

mod age;
mod commands;
mod file;
mod parts;
mod recipients;
mod vectors;
