//! Private keys in every dress: one that is open is the same key when written again; a legacy lock is tried too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::{
    crypto::secret::Passphrase,
    formats::recovery_key::file::{PrivateKeyFile, fingerprint, read_private_key, write_open_key},
};

fuzz_target!(|data: &[u8]| {
    match read_private_key(data) {
        Ok(PrivateKeyFile::Open(key)) => {
            let text = write_open_key(&key).expect("a key that was read can be written");
            let again = read_private_key(text.expose().as_bytes());
            assert!(
                matches!(again, Ok(PrivateKeyFile::Open(again)) if again.public_key() == key.public_key())
            );
            lifeboat_fuzz::decent(&fingerprint(&key.public_key()));
        }
        // PKCS#8 may ask for millions of rounds: only the lock without work is opened here.
        Ok(PrivateKeyFile::Locked(key))
            if !data.windows(9).any(|word| word == b"ENCRYPTED PRIVATE") =>
        {
            key.unlock(&Passphrase::new(b"SECRET".to_vec()))
                .err()
                .iter()
                .for_each(lifeboat_fuzz::decent);
        }
        Ok(PrivateKeyFile::Locked(_)) => {}
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
