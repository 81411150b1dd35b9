//! Random key files are read or refused, and a key survives its passphrase.

use lifeboat::{
    crypto::secret::Passphrase,
    formats::recovery_key::file::{
        KeyError, PrivateKeyFile, fingerprint, read_private_key, read_public_key, write_locked_key,
    },
};
use proptest::{collection::vec, prelude::*};

use crate::support::{forge::rng, read_fixture};

proptest! {
    #[test]
    fn any_key_file_is_read_or_refused_and_never_panics(text in vec(any::<u8>(), 0..400), label in "[A-Z ]{0,22}") {
        let pem = pem::encode(&pem::Pem::new(label, text.clone()));
        for text in [text.as_slice(), pem.as_bytes()] {
            prop_assert!(read_public_key(text).is_err());
            if let Ok(PrivateKeyFile::Locked(locked)) = read_private_key(text) {
                prop_assert!(locked.unlock(&Passphrase::new(b"x".to_vec())).is_err());
            }
        }
    }
}

#[test]
fn a_key_survives_being_locked_and_read_again() {
    let Ok(PrivateKeyFile::Open(key)) = read_private_key(&read_fixture("keys/old.pkcs8.pem"))
    else {
        panic!("the fixture is an open key");
    };
    let passphrase = |text: &str| Passphrase::new(text.as_bytes().to_vec());
    let locked = write_locked_key(&key, &passphrase("pässword with ünicode"), &mut rng()).unwrap();
    assert!(!locked.expose().contains('\r') && locked.expose().ends_with("-----\n"));
    let Ok(PrivateKeyFile::Locked(again)) = read_private_key(locked.expose().as_bytes()) else {
        panic!("it is not locked");
    };
    let opened = again
        .unlock(&passphrase("pässword with ünicode"))
        .ok()
        .unwrap();
    assert_eq!(
        fingerprint(&opened.public_key()),
        fingerprint(&key.public_key())
    );
    assert_eq!(
        again.unlock(&passphrase("password with unicode")).err(),
        Some(KeyError::WrongPassphrase)
    );
}
