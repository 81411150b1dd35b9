//! Exported ed25519 keys of Portal: one that is a scalar is the same text when it is exported again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::{
    crypto::secret_sharing::FullKey,
    formats::portal::exported_key::{
        ed25519_scalar, exported_key, parse_exported_key, read_locked_portal_keys,
    },
};

fuzz_target!(|data: &[u8]| {
    read_locked_portal_keys(data)
        .err()
        .iter()
        .for_each(lifeboat_fuzz::decent);
    match parse_exported_key(data) {
        Ok(little) => {
            let key = ed25519_scalar(&little).and_then(|scalar| {
                let public = scalar.public_key()?;
                FullKey::checked(scalar, &public)
            });
            // An app's answer or a byte order mark may be around it.
            let bare = data.trim_ascii();
            let is_bare = bare.first().is_some_and(u8::is_ascii_alphanumeric);
            assert!(
                !is_bare || key.is_none_or(|key| exported_key(&key).expose().as_bytes() == bare)
            );
        }
        Err(fault) => lifeboat_fuzz::decent(&fault),
    }
});
