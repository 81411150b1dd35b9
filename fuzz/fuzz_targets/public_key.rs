//! Public keys, SPKI and PKCS#1: one that is read is the same key, with the same fingerprint, when written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::{
    crypto::rsa::{MAX_BITS, MIN_BITS},
    formats::recovery_key::file::{fingerprint, read_public_key, write_public_key},
};

fuzz_target!(|data: &[u8]| {
    match read_public_key(data) {
        Ok(key) => {
            assert!((MIN_BITS..=MAX_BITS).contains(&key.bits()));
            let again = read_public_key(write_public_key(&key).as_bytes())
                .expect("what is written is read");
            assert_eq!(fingerprint(&again), fingerprint(&key));
        }
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
