//! The words of sheets in any text: what is found is the same when written and found again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::{
    formats::recovery_key::share_words::ShareWords, operations::split_passphrase::join,
};

fuzz_target!(|data: &[u8]| {
    let found = match ShareWords::find_all(data) {
        Ok(found) => found,
        Err(error) => return lifeboat_fuzz::decent(&error),
    };
    assert!(!found.is_empty());
    for share in &found {
        let text = share.to_text().expect("what was read has room");
        let again = ShareWords::find_all(text.expose().as_bytes()).expect("it is whole");
        assert!(again.len() == 1 && again[0].share.value.same_as(&share.share.value));
    }
    if let Err(error) = join(&found) {
        lifeboat_fuzz::decent(&error);
    }
});
