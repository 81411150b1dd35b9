//! Device backups, both shapes of the field's and ours: read up to where a passphrase would cost work.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::{
    formats::wallets::algorithm::Algorithm,
    operations::device_share::recover::{Backup, read_backup, read_backups},
};

fuzz_target!(|data: &[u8]| {
    if let Ok(backups) = read_backups(data) {
        assert!(!backups.is_empty());
    }
    match read_backup(data) {
        Ok(mut backup) => {
            assert!(!backup.keys().is_empty());
            backup.narrow(&[Algorithm::CmpEcdsa]);
            let narrow = backup
                .keys()
                .iter()
                .all(|key| key.algorithm.curve() == Algorithm::CmpEcdsa.curve());
            assert!(narrow || matches!(backup, Backup::Lifeboat(_)));
        }
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
