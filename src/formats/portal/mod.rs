//! Portal's backups: shares, ciphertexts, and the keys they make.

pub mod address;
pub mod ciphertext;
pub mod client_share;
pub mod cloud_name;
pub mod custodian_share;
pub mod exported_key;
pub mod fields;
mod items;
mod material;
pub mod rows;
pub mod share_file;
mod statements;
mod stranger;
mod tables;
mod walk;
pub mod write;
