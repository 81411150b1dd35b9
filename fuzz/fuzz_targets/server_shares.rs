//! Server shares in JSON, NDJSON and CSV: what is read is the same when it is written as CSV and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::server_share::{import::read_server_shares, record::RecordFormat::Csv};
use lifeboat_fuzz::{file_of, records_of};

fuzz_target!(|data: &[u8]| {
    match read_server_shares(data, |_| true) {
        Ok(found) => {
            let written = file_of(&records_of(&found), Csv);
            let again = read_server_shares(&written, |_| true).expect("what is written is read");
            assert_eq!(file_of(&records_of(&again), Csv), written);
            assert!(
                again
                    .into_values()
                    .flat_map(|wallet| wallet.shares)
                    .all(|share| !share.repaired)
            );
        }
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
