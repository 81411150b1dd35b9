//! Full keys: what takeovers, `export` and `sign` make of shares and kits, and what they refuse.
//!
//! - `known_answers`: every vector of device backups and takeovers, through the program and the library
//! - `random_takeovers`: 20 000 takeovers, no leading zero lost
//! - `batches`: many takeovers at once, keystores, lists of expected addresses
//! - `chain_codes`: what proves a chain code
//! - `keysets`: the right key for an account of a workspace with several keysets
//! - `refusals`: bad input, and what it gets
//! - `file`: what files of full keys must not hold
//! - `key_path`: key paths, as they are typed

mod batches;
mod chain_codes;
mod file;
mod key_path;
mod keysets;
mod known_answers;
mod random_takeovers;
mod refusals;
