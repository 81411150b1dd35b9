//! Messages of wallet SDKs, and the backups in them: what is kept of one is read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::{device_share::device_id::DeviceId, wallets::wallet_id::WalletId};
use lifeboat_fuzz::{
    decent,
    domain::{
        backup::{Form, MAX_KEYS, NewBackup},
        rpc::{Answer, Refusal, Request},
    },
};

const WALLET: &str = "bd7a3b1c-0a99-42fc-b5ee-1d8873a57f11";
const DEVICE: &str = "7cc9b276-3c65-47f9-b35a-992766d3cafd";

/// One content has one digest, in whichever shape it came: no backup is kept twice.
fn is_kept_once(backup: &NewBackup, device: &DeviceId) {
    assert!((1..=MAX_KEYS).contains(&backup.keys.len()));
    if backup.form == Form::Lifeboat {
        return;
    }
    let kept = backup.content.expose().as_bytes();
    assert!(!kept.contains(&b'\n'), "an SDK reads one line");
    let again = NewBackup::of_record(kept, device);
    let Ok(again) = again else {
        panic!("what is kept is no backup: {:?}", again.err());
    };
    assert!(again.digest() == backup.digest());
    assert!(again.keys == backup.keys);
}

fuzz_target!(|data: &[u8]| {
    let device = DeviceId::parse(DEVICE).unwrap();
    let wallet = WalletId::parse(WALLET.as_bytes()).unwrap();
    match NewBackup::read(data, &wallet, &device) {
        Ok(backup) => is_kept_once(&backup, &device),
        Err(error) => decent(&error),
    }

    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Request::parse(text) {
        Ok(request) => {
            assert!(!request.phone.as_str().trim().is_empty());
            match request.parameter() {
                Ok(Some(record)) => match NewBackup::of_record(record.as_bytes(), &device) {
                    Ok(backup) => is_kept_once(&backup, &device),
                    Err(error) => decent(&error),
                },
                Ok(None) => {}
                Err(error) => decent(&error),
            }
        }
        Err(error) => {
            decent(&error);
            // SDKs read an answer as JSON, or as nothing.
            let answer = Answer::Refused(Refusal::Unreadable, Some(error.to_string()));
            assert!(serde_json::from_str::<serde_json::Value>(&answer.to_json()).is_ok());
        }
    }
});
