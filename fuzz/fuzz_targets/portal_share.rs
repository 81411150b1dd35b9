//! Portal shares in every dress: read or refused; halves are examined, and all pairs among them tried.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::{
    crypto::secret::SecretBytes,
    operations::portal::{
        collect::{Openers, Source, gather},
        eject::eject,
        inspect::{examine_client, examine_custodian},
    },
};

fuzz_target!(|data: &[u8]| {
    let source = Source {
        name: "a".to_owned(),
        bytes: SecretBytes::new(data.to_vec()),
        from_folder: false,
    };
    match gather(&[source], &Openers::default(), None) {
        Ok(found) if found.clients.len() + found.custodians.len() < 8 => {
            found
                .clients
                .iter()
                .for_each(|half| drop(examine_client(half)));
            found
                .custodians
                .iter()
                .for_each(|half| drop(examine_custodian(half)));
            let ejection = eject(&found.clients, &found.custodians);
            assert!(ejection.keys.len() + ejection.unpaired.len() <= found.clients.len());
        }
        Ok(_) => {}
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
