//! Who opens: the holder of the private key, the keys of sealed files, and the records that they open.
//!
//! Only this folder sees secrets as they are. What leaves it is the answer to one caller.

pub mod checkpoint;
pub mod command;
pub mod data_key;
pub mod file;
pub mod holder;
pub mod jwe;
pub mod share_files;
pub mod webhook;
