//! Extended keys: the input is a text, and the bytes below a checksum; what is accepted has one text only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::{encoding::base58::check_encode, full_key::extended_key::ExtendedKey};

fuzz_target!(|data: &[u8]| {
    // Base58 takes time that grows with the square of the length.
    let short = data.get(..100).unwrap_or(data);
    for text in [check_encode(short).into(), String::from_utf8_lossy(data)] {
        match ExtendedKey::parse(&text) {
            Ok(key) => lifeboat_fuzz::is_written_again(&key, Some(text.trim())),
            Err(fault) => lifeboat_fuzz::decent(&fault),
        }
    }
});
