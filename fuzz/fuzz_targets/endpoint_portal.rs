//! What Portal's webhooks deliver, and what apps hand in: nothing is kept as a share that says that there is none, and what is kept
//! is read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat_fuzz::{
    decent,
    domain::{
        portal::{ClientId, Delivery, is_nothing},
        portal_backup::ClientBackup,
    },
};

fuzz_target!(|data: &[u8]| {
    match Delivery::read(data) {
        Ok(delivery) => {
            assert!(!is_nothing(delivery.share.expose()));
            assert!(ClientId::parse(delivery.client.as_str()) == Some(delivery.client));
        }
        Err(error) => decent(&error),
    }

    match ClientBackup::read(data) {
        Ok(backup) => {
            assert!(backup.content.is_some() || backup.custodian.is_some());
            if let Some(custodian) = &backup.custodian {
                assert!(!is_nothing(custodian.expose()));
            }
            let Some(content) = backup.content else {
                return;
            };
            // It is put behind other members in an answer.
            let text = content.expose();
            assert!(text.starts_with('{') && text.ends_with('}') && text.len() > 2);
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok());
            let again = ClientBackup::read(text.as_bytes());
            let Ok(again) = again else {
                panic!("what is kept is no share: {:?}", again.err());
            };
            assert!(again.content.is_some_and(|again| again.expose() == text));
            assert!(again.curve == backup.curve && again.is_encrypted == backup.is_encrypted);
        }
        Err(error) => decent(&error),
    }
});
