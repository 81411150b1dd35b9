//! The verbs: what the tool does, over values, readers and writers.
//!
//! One file, one job. Randomness, progress and the world's bytes come in as arguments; nothing here opens a path,
//! asks a question, prints or looks at a clock. Calls `formats` and `crypto`; is called by the doors.

pub mod check_result;
pub mod check_wallet_list;
pub mod choose_keyset;
pub mod compare_addresses;
pub mod confirm_eddsa;
pub mod create_kit;
pub mod derive;
pub mod device_share;
#[cfg(feature = "kit")] // the kit of a rehearsal is a zip file
pub mod drill;
pub mod export;
pub mod generate_key;
pub mod invent_workspace;
pub mod merge;
pub mod open_kit;
pub mod parallel;
pub mod portal;
pub mod prove_chain_code;
pub mod record_shape;
pub mod resume;
pub mod seal;
#[cfg(feature = "kit")] // the first known answer is a zip file's
pub mod self_check;
pub mod sign;
pub mod split_passphrase;
pub mod takeover;
pub mod unseal;
pub mod verify_kit;

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
