//! Encrypted files of our own: sealed to public keys, or locked under a passphrase.

pub mod age;
pub mod passphrase_file;
pub mod record_key;
pub mod sealed_file;
