//! A wallet's full keys, and extended keys.

pub mod extended_key;
pub mod file;
pub mod key_path;
pub mod workspace_file;
