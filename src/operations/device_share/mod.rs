//! Key Share #2: into a backup, and out of one.

pub mod back_up;
pub mod new_passphrase;
pub mod recover;
pub mod recover_batch;
