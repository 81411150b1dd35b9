//! Device share files: what is read is the same share when it is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::device_share::share::DeviceShare;

fuzz_target!(|data: &[u8]| {
    match DeviceShare::parse(data) {
        Ok(share) => {
            let again = DeviceShare::parse(share.to_json().expose().as_bytes())
                .expect("what is written is read");
            assert!(share.same_as(&again));
        }
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
