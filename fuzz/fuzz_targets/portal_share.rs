//! Portal shares in every encoding: read or refused; shares are examined, and all pairs among them tried.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::{
    crypto::secret::SecretBytes,
    operations::portal::{
        collect::{DecryptionKeys, Source, collect},
        eject::eject,
        inspect::{inspect_client, inspect_custodian},
    },
};

fuzz_target!(|data: &[u8]| {
    let source = Source {
        name: "a".to_owned(),
        bytes: SecretBytes::new(data.to_vec()),
        from_folder: false,
    };
    match collect(&[source], &DecryptionKeys::default(), None) {
        Ok(found) if found.clients.len() + found.custodians.len() < 8 => {
            found
                .clients
                .iter()
                .for_each(|share| drop(inspect_client(share)));
            found
                .custodians
                .iter()
                .for_each(|share| drop(inspect_custodian(share)));
            let ejection = eject(&found.clients, &found.custodians);
            assert!(ejection.keys.len() + ejection.unpaired.len() <= found.clients.len());
        }
        Ok(_) => {}
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
