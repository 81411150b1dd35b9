//! Key Share #2 and takeovers, as a stranger sees them: the library from outside, the program as a black box.
//!
//! - `address_meanings`: every form in which an expected address is written
//! - `known_answers`: every vector of device backups and takeovers, through the program and the library
//! - `known_addresses`: addresses and WIF of 20 keys on every chain, made by another library
//! - `library_signatures`: what the chains' own libraries sign
//! - `random_takeovers`: 20 000 takeovers, no leading zero lost
//! - `refusals`: bad input, and what it gets
//! - `signatures`: verified by OpenSSL where there is one
//! - `device_backups`: ids in every spelling, messages, names of passphrase files, batches
//! - `strict_shares`: what device shares, server shares and full keys must not hold
//! - `wallet_imports`: what Electrum and Bitcoin Core are given
//! - `unsignable`: what looks like something to sign and is not
//! - `workbench`: a folder to work in, and the program

mod address_meanings;
mod batches;
mod device_backups;
mod known_addresses;
mod known_answers;
mod library_signatures;
mod other_contents;
mod random_takeovers;
mod refusals;
mod signatures;
mod strict_shares;
mod unsignable;
mod wallet_imports;
pub(crate) mod workbench;
