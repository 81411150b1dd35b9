//! Full keys in their three shapes, open and locked: every key that is read is the same when written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::full_key::file::{Root, read_full_keys, read_locked_full_keys};

fuzz_target!(|data: &[u8]| {
    read_locked_full_keys(data)
        .err()
        .iter()
        .for_each(lifeboat_fuzz::decent);
    match read_full_keys(data) {
        Ok(keys) => {
            assert!(!keys.is_empty());
            for key in &keys {
                if let Root::Tree(root) = &key.key {
                    lifeboat_fuzz::is_written_again(root, None);
                }
            }
        }
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
