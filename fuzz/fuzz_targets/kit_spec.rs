//! What a kit is to be made of: what is read is the same when written and read again, and a kit can be made of it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::kit::spec::KitSpec;

fuzz_target!(|data: &[u8]| {
    match KitSpec::parse(data) {
        Ok(spec) => {
            assert!(!spec.keys().is_empty() || spec.wallet_master().is_some());
            let written = spec.to_json();
            let again = KitSpec::parse(written.expose().as_bytes());
            let again = again.expect("what is written is read");
            assert!(again.to_json().expose() == written.expose());
        }
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
