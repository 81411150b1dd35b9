//! Wallet ids: what is accepted is canonical and survives as a number; what is only misspelt names a spelling that holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::wallets::wallet_id::{WalletId, WalletIdError};

fuzz_target!(|data: &[u8]| {
    match WalletId::parse(data) {
        Ok(id) => {
            assert_eq!(id.as_bytes().as_slice(), data.trim_ascii());
            assert_eq!(WalletId::from_u128(id.as_u128()), id);
        }
        Err(fault) => {
            lifeboat_fuzz::decent(&fault);
            if let WalletIdError::Spelling { canonical, .. } = fault {
                assert!(WalletId::parse(canonical.as_bytes()).is_ok(), "{canonical}");
            }
        }
    }
});
