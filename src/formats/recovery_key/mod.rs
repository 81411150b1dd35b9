//! RSA keys, in every encoding that key tools, secret stores and editors give them.

pub mod armor;
pub mod der;
pub mod error;
pub mod file;
pub mod json;
mod key_runs;
pub mod material;
pub mod openssh;
pub mod search;
pub mod share_words;
