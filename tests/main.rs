//! Black box and vectors: what the built binary and the public library do, seen from outside.
//!
//! The folders are those of `src/`: a format, what is done with it, and its bad input are tested in one place. Each folder
//! says what its files show. `interop/` and `long/` hold no Rust: their READMEs say when they run.
//!
//! | module | shows |
//! | --- | --- |
//! | `crypto` | the hashes of the batch against the general ones; edges that no command reaches alone |
//! | `encoding` | the reader of JSON agrees with `serde_json`, and keeps its limits |
//! | `kit` | kits of every making: opened, verified, or refused with the reason |
//! | `recovery_key` | `keygen`, `key show`; keys in every encoding, and every way a key can be refused |
//! | `wallets` | wallet ids, and lists in every shape that consoles and spreadsheets give |
//! | `server_share` | Key Share #1: `derive`, `--resume`, `--shard`, `merge`, `check` |
//! | `sealed` | `seal`, `unseal`, `rewrap`, age: who opens what, and that any change is noticed |
//! | `device_share` | Key Share #2: device backups and device shares |
//! | `full_key` | takeovers, `export` and `sign`: the right key, or a refusal |
//! | `chains` | addresses, signatures and private keys, against software that is not ours |
//! | `portal` | Portal backups |
//! | `drill` | drills: what holds, what fails and is named; reports, pages and commitments, read by code that is not ours |
//! | `operations` | work on many threads |
//! | `door` | arguments, streams, questions, files, folders, disks, confinement, memory |
//! | `terminal` | what a terminal shows, by its size and kind: lines, colours, progress |
//! | `examples` | the openers in `docs/examples`: keys under passphrases, locked files, questions, refusals |
//! | `errors` | every error code is produced, explained in docs/ERRORS.md and decent |
//! | `guide` | conversations with `lifeboat guide`: whole recoveries, left and resumed, killed, on small and plain terminals |
//! | `faults` | killed at every system call or at random, write faults, small disks: a result is whole or not there |
//! | `transcripts` | every line that each command shows |
//! | `vectors` | every file in `fixtures/` gives the expected values; an unvisited file fails |
//! | `build_script` | `--version` names the commit that was built, and whether it was changed |
//! | `house` | the rules of the house |
//! | `support` | what they share: a folder to work in, the program in it, kits and batches made for a test |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "a test says what it expects by unwrapping, and says on stderr what it could not try"
)]

mod build_script;
mod chains;
mod crypto;
mod device_share;
mod door;
mod drill;
mod encoding;
mod errors;
mod examples;
mod faults;
mod full_key;
mod guide;
mod house;
mod kit;
mod operations;
mod portal;
mod recovery_key;
mod sealed;
mod server_share;
mod support;
mod terminal;
mod transcripts;
mod vectors;
mod wallets;
