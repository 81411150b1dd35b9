//! The recovery key: how pairs are made and shown, and every file in which one may come.
//!
//! - `commands`: `keygen`, `key show`, every way a key can be refused
//! - `encodings`: every encoding that key tools give: opened, or named with the command that converts it
//! - `properties`: random key files
//! - `sheets`: passphrases shared among people

mod commands;
mod encodings;
mod properties;
mod sheets;
