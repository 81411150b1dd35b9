//! Key Share #1 in files: the records that are written, and what reads them back.

mod digits;
pub mod import;
pub mod record;
pub mod record_reader;
