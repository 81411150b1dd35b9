//! The report of an earlier drill: a wallet at least, and every complaint decent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::formats::{
    server_share::commitment::{EarlierSample, of_sample},
    wallets::wallet_id::WalletId,
};

fuzz_target!(|data: &[u8]| {
    match EarlierSample::parse(data) {
        Ok(sample) => {
            assert!(!sample.commitments.is_empty());
            for (wallet, _) in &sample.commitments {
                assert_eq!(WalletId::parse(wallet.as_bytes()), Ok(*wallet));
            }
            let all = of_sample(&sample.salt, &sample.commitments);
            assert!(all != of_sample(&sample.salt, &sample.commitments[1..]));
        }
        Err(error) => lifeboat_fuzz::decent(&error),
    }
});
