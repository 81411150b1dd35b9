//! Portal ciphertexts: a cloud key on the first line, the ciphertext after it; what opens is read as a share.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::portal::{
    ciphertext::{PortalCiphertext, parse_cloud_key},
    share_file::read_portal_file,
};
use lifeboat_fuzz::decent;

fuzz_target!(|data: &[u8]| {
    let (key, sealed) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let sealed = match PortalCiphertext::parse(sealed) {
        Ok(sealed) => sealed,
        Err(fault) => return decent(&fault),
    };
    sealed
        .check_length_for_password()
        .err()
        .iter()
        .for_each(decent);
    match parse_cloud_key(key).map(|key| sealed.open_with_key(&key)) {
        Ok(Ok(plain)) => read_portal_file("a", &plain).err().iter().for_each(decent),
        Ok(Err(fault)) => decent(&fault),
        Err(fault) => decent(&fault),
    }
});
