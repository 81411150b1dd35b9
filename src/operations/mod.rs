//! The verbs: what the tool does, over values, readers and writers.
//!
//! One file, one job. Randomness, progress and the world's bytes come in as arguments; nothing here opens a path,
//! asks a question, prints or looks at a clock. Calls `formats` and `crypto`; is called by the doors.

pub mod backup;
pub mod check;
pub mod compare;
pub mod derive;
pub mod eject;
pub mod examine;
pub mod export;
pub mod gather;
pub mod generate;
pub mod merge;
pub mod open;
pub mod passphrase;
pub mod pipeline;
pub mod recover;
pub mod recover_batch;
pub mod repair;
pub mod seal;
pub mod self_check;
pub mod shape;
pub mod sign;
pub mod survey;
pub mod takeover;
pub mod unseal;
pub mod verify;

/// Told how far a long job has come.
pub trait Progress: Sync {
    /// So many more records are done.
    fn advance(&self, records: u64);
}

/// Progress that nobody watches.
pub struct Unwatched;

impl Progress for Unwatched {
    fn advance(&self, _records: u64) {}
}
