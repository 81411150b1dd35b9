//! Sealed files under a fixed file key: what opens to the end says how much it holds, and is what a seed holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lifeboat::operations::{
    Unwatched,
    unseal::{Opened, SealedFile, UnsealError},
};
use lifeboat_fuzz::decent;

fuzz_target!(|data: &[u8]| {
    let file = match SealedFile::begin(data) {
        Ok(file) => file,
        Err(error) => return decent(&error),
    };
    assert!(
        data.starts_with(file.header.line().as_bytes()),
        "a header with two spellings"
    );
    let keys = file.header.run_keys(&lifeboat_fuzz::file_key());
    let mut texts = Vec::new();
    let take = |opened: Opened<'_>| {
        Ok::<_, UnsealError>(texts.push((opened.position, opened.text.to_vec())))
    };
    match file.open_all(&keys, 1, take, &Unwatched) {
        Ok(count) => assert_eq!(count, texts.len() as u64),
        Err(error) => decent(&error),
    }
    for (at, (position, text)) in texts.iter().enumerate() {
        assert_eq!(*position, at as u64);
        assert_eq!(
            text,
            lifeboat_fuzz::sealed_text(*position).as_bytes(),
            "a forgery"
        );
    }
});
