//! Black box and vectors: what the built binary and the public library do, seen from outside.
//!
//! | module | shows |
//! | --- | --- |
//! | `vectors` | every file in `fixtures/` gives the expected values; an unvisited file fails |
//! | `oracle` | random kits agree with an independent Python reference |
//! | `roundtrip` | properties over random inputs |
//! | `crypto_edges` | edges of the library that another check hides from every command |
//! | `batch_hashes` | the hashes of the batch agree with the crates' general ones |
//! | `build_script` | `--version` names the commit that was built, and whether it was changed |
//! | `cli_keys` | `keygen`, `key show`, every way a key can be refused |
//! | `key_encodings` | recovery keys in every encoding of the field: opened, or named with the command that converts them |
//! | `cli_kit` | kits as people's machines leave them, `kit verify`, `workspace` |
//! | `cli_derive` | wallet lists in every shape, order, files that are new and 0600 |
//! | `cli_streams` | lost output, input asked for twice, names that are taken, what an earlier run left |
//! | `batch` | many wallets: equal to the reference in every format, on any threads; lists that change |
//! | `pipeline` | work on many threads: in order, bounded, ended by errors and panics |
//! | `recipients` | every key of a recipient file, shown; public keys that no key program makes |
//! | `resume` | runs that are killed, interrupted or out of disk are taken up again; what differs is refused |
//! | `sealed_files` | every flipped bit, every truncation, moved and foreign lines of sealed files are noticed |
//! | `cli_sealed` | `unseal`, `seal`, `rewrap`, record keys, the openers of `docs/examples` |
//! | `cli_parts` | `--shard`, `merge`, `check` |
//! | `exact_checks` | `check` and `seal` say yes to exactly what `derive` writes, `--wallets` to what is complete |
//! | `age_files` | what is sealed as age opens with the age project's program, and the other way round |
//! | `sealed_parts` | `merge` and `check` of sealed results: opened, compared and sealed on, or refused |
//! | `sealed_vectors` | sealed files of other software, good and bad: opened or refused as they must be, by the examples' openers, too |
//! | `strict_records` | result files that are whole, well-spelt and still not what `derive` writes |
//! | `bad_input` | one test for each thing that bad input can be |
//! | `confinement` | no sockets, no programs, no other files, nobody looks in; network interfaces; `doctor` |
//! | `door` | what reaches eyes, inputs read to their end, standard streams, questions, folders of results, disks |
//! | `damaged_kits` | every flipped bit and every truncation of a kit: an error or the right shares, never others |
//! | `transcripts` | every line that each command shows |
//! | `takeovers` | device shares, takeovers, addresses, signatures, against vectors and software that is not ours |
//! | `faults` | killed at every system call or at random, write faults, small disks: a result is whole or not there |
//! | `portal` | Portal backups: what the provider's library and others made, made-up sharings, bad input |
//! | `json_reader` | the reader of JSON agrees with `serde_json` on any document, and keeps its limits |
//! | `record_reading` | the reader of records says of exactly what `derive` writes that it is as written |
//! | `lists` | wallet lists in the shapes that consoles, spreadsheets, databases and the provider's API give; bounds |
//! | `little_memory` | what asks for more memory than there is says so and ends; nothing is aborted |
//! | `memory` | no copy of a secret stands in the memory of a command that is done |
//! | `errors` | every error code is produced, explained in docs/ERRORS.md and decent |
//! | `house` | the rules of the house |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "a test says what it expects by unwrapping, and says on stderr what it could not try"
)]

mod age_files;
mod bad_input;
mod batch;
mod batch_hashes;
mod build_script;
mod chain_codes;
mod cli_derive;
mod cli_keys;
mod cli_kit;
mod cli_parts;
mod cli_sealed;
mod cli_streams;
mod confinement;
mod crypto_edges;
mod damaged_kits;
mod door;
mod errors;
mod exact_checks;
mod faults;
mod house;
mod json_reader;
mod key_encodings;
mod keysets;
mod lists;
mod little_memory;
mod memory;
mod oracle;
mod pipeline;
mod portal;
mod recipients;
mod record_reading;
mod resume;
mod roundtrip;
mod sealed_files;
mod sealed_parts;
mod sealed_vectors;
mod strict_records;
mod support;
mod takeovers;
mod transcripts;
mod vectors;
