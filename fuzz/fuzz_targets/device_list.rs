//! Lists of devices: every row is a device or says what is wrong with it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::device_share::device_list::read_device_list;

fuzz_target!(|data: &[u8]| {
    let Ok(rows) = read_device_list(data) else {
        return;
    };
    assert!(!rows.is_empty());
    for device in rows.into_iter().flatten() {
        assert!(!device.device_id.spellings().is_empty());
    }
});
