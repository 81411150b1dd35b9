//! Device backups, both shapes of the field's and ours: read up to where a passphrase would cost work.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::{
    formats::algorithm::Algorithm,
    operations::recover::{Backup, read_backup},
};

fuzz_target!(|data: &[u8]| {
    match read_backup(data) {
        Ok(mut backup) => {
            assert!(!backup.keys().is_empty());
            backup.narrow(&[Algorithm::CmpEcdsa]);
            let narrow = backup
                .keys()
                .iter()
                .all(|key| key.algorithm == Algorithm::CmpEcdsa);
            assert!(narrow || matches!(backup, Backup::Lifeboat(_)));
        }
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
