//! The endpoint's configuration: every complaint is about a line that is there, and what is taken is within its bounds.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use lifeboat_fuzz::{config::Settings, decent};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Settings::parse(text, Path::new("/etc/endpoint")) {
        Ok(settings) => {
            let limits = settings.limits;
            assert!((64 << 10..=64 << 20).contains(&limits.body));
            assert!((1..=100_000).contains(&limits.open));
            assert!(settings.release.ttl > settings.release.delay);
        }
        Err(complaints) => {
            assert!(!complaints.is_empty());
            // The last line may be empty and still the place where something is missing.
            let lines = 1 + text.bytes().filter(|byte| *byte == b'\n').count();
            for complaint in &complaints {
                assert!((1..=lines).contains(&complaint.line), "{complaint}");
                decent(complaint);
            }
        }
    }
});
