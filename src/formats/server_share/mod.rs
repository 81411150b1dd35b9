//! Key Share #1 in files: the records that are written, and what reads them back.

pub mod commitment;
mod digits;
pub mod import;
mod json_records;
mod read_record;
pub mod record;
mod record_error;
pub mod record_reader;
mod row_records;
