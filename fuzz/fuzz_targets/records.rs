//! Result files: one that is read to its end is the same, byte for byte, when it is written, read and written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::server_share::{
    record::RecordFormat,
    record_reader::{Reading, RecordReader},
};
use lifeboat_fuzz::{decent, file_of};

fn again(data: &[u8]) -> Option<(Vec<u8>, RecordFormat)> {
    let mut lines = RecordReader::begin(data, Reading::AsWritten)
        .inspect_err(decent)
        .ok()?;
    let mut records = Vec::new();
    while let Some(record) = lines.next_written().inspect_err(decent).ok()? {
        records.push(record);
    }
    Some((file_of(&records, lines.format()), lines.format()))
}

fuzz_target!(|data: &[u8]| {
    if let Some((written, format)) = again(data).filter(|(written, _)| written.len() > 60) {
        assert_eq!(again(&written), Some((written, format)));
    }
});
