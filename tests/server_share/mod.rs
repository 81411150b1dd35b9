//! Key Share #1: derived, resumed, split, merged and checked.
//!
//! - `derive`: lists in every shape, order, files that are new and 0600
//! - `batch`: many wallets: equal to the reference in every format, on any threads; lists that change
//! - `oracle`: random kits agree with an independent Python reference, `reference.py`
//! - `resume`: runs that are killed, interrupted or out of disk are resumed; what differs is refused
//! - `parts`: `--shard`, `merge`, `check`
//! - `check`: `check` and `seal` say yes to exactly what `derive` writes, `--wallets` to what is complete
//! - `confirm_eddsa`: the rules for the ed25519 share, and the command that finds the right one
//! - `record_reader`: the reader of records says of exactly what `derive` writes that it is as written
//! - `strict_records`: result files that are whole, well-spelt and still not what `derive` writes
//! - `record`: random records parse back in each format
//! - `import`: server shares as servers and other programs hand them on

mod batch;
mod check;
mod confirm_eddsa;
mod derive;
mod import;
mod oracle;
mod parts;
mod record;
mod record_reader;
mod resume;
mod strict_records;
