//! Kits as zip files: read or refused in decent words; what is read can be looked through without a key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::kit::container::Kit;

fuzz_target!(|data: &[u8]| {
    match Kit::from_zip(data) {
        Ok(kit) => lifeboat_fuzz::look_through(&kit),
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
