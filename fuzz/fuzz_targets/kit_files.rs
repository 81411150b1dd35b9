//! Kits as folders, where no checksum keeps the fuzzer out: looked through, then opened with a fixed RSA-2048 key.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use lifeboat::{crypto::rsa::RecoveryKey, formats::kit::container::Kit};

static KEY: LazyLock<RecoveryKey> = LazyLock::new(lifeboat_fuzz::fixture_key);

fuzz_target!(|data: &[u8]| {
    match Kit::from_files(lifeboat_fuzz::files_of(data)) {
        Ok(kit) => {
            lifeboat_fuzz::look_through(&kit);
            lifeboat_fuzz::open(&kit, &KEY);
        }
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
