//! `metadata.json`: a wallet master has a cloud cosigner and none twice; every oddity and complaint is decent.
#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::kit::metadata::{CosignerKind, Metadata};

fuzz_target!(|data: &[u8]| {
    match Metadata::parse(data) {
        Ok(metadata) => {
            metadata.oddities.iter().for_each(lifeboat_fuzz::decent);
            let unique: HashSet<_> = metadata.keys.iter().map(|key| key.id).collect();
            assert_eq!(unique.len(), metadata.keys.len());
            for master in &metadata.wallet_masters {
                let unique: HashSet<_> = master
                    .cosigners
                    .iter()
                    .map(|cosigner| cosigner.id)
                    .collect();
                assert_eq!(unique.len(), master.cosigners.len());
                assert!(
                    master
                        .cosigners
                        .iter()
                        .any(|cosigner| cosigner.kind == CosignerKind::Cloud)
                );
            }
        }
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
