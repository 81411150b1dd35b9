//! The hashes of short messages against the crates' general ones.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use lifeboat::crypto::batch_hash::{Expander, MAX_INFO, Message, ShortMac};
use proptest::prelude::*;
use sha2::{Digest, Sha256, Sha512};

#[test]
fn messages_of_every_length_hash_as_in_the_standard() {
    let bytes: Vec<u8> = (0..=255)
        .cycle()
        .take(3 * 128)
        .map(|byte: u8| byte.wrapping_mul(167))
        .collect();
    let (mut narrow, mut wide) = ([0; 32], [0; 64]);
    for length in 0..=3 * 64 - 9 {
        let mut message = Message::<64, 3>::zeros(length);
        message.put(0, &bytes[..length]);
        message.sha256(&mut narrow);
        assert_eq!(
            narrow,
            <[u8; 32]>::from(Sha256::digest(&bytes[..length])),
            "{length}"
        );
    }
    for length in 0..=3 * 128 - 17 {
        let mut message = Message::<128, 3>::zeros(length);
        message.put(0, &bytes[..length]);
        message.sha512(&mut wide);
        assert_eq!(
            wide,
            <[u8; 64]>::from(Sha512::digest(&bytes[..length])),
            "{length}"
        );
    }
}

#[test]
#[should_panic(expected = "a message is made as long as what is put in")]
fn a_message_beyond_its_room_is_not_cut() {
    let _ = Message::<64, 1>::zeros(64 - 8);
}

proptest! {
    #[test]
    fn codes_are_those_of_hmac(
        keys in prop::collection::vec(any::<[u8; 32]>(), 1..4),
        message in prop::collection::vec(any::<u8>(), 0..=111),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut short = ShortMac::new(message.len());
        let (first, rest) = message.split_at(cut.index(message.len() + 1));
        short.put(first.len(), rest);
        short.put(0, first);
        // One after the other: nothing of a key or a code stays for the next.
        for key in keys {
            let mut code = [0; 64];
            short.set_key(&key);
            short.finish(&mut code);
            let mac = Hmac::<Sha512>::new_from_slice(&key).unwrap().chain_update(&message);
            prop_assert_eq!(code, <[u8; 64]>::from(mac.finalize().into_bytes()));
        }
    }

    #[test]
    fn expansions_are_those_of_hkdf(
        key: [u8; 32],
        label in prop::collection::vec(any::<u8>(), 0..20),
        id in prop::collection::vec(any::<u8>(), 0..=MAX_INFO - 20),
    ) {
        let (mut short, mut general) = ([0; 32], [0; 32]);
        Expander::new(&key).expand(&label, &id, &mut short);
        Hkdf::<Sha256>::from_prk(&key).unwrap().expand_multi_info(&[&label, &id], &mut general).unwrap();
        prop_assert_eq!(short, general);
    }
}

#[test]
fn the_longest_info_fits() {
    let (mut short, mut general) = ([0; 32], [0; 32]);
    Expander::new(&[9; 32]).expand(&[1; 20], &[2; MAX_INFO - 20], &mut short);
    let info: [&[u8]; 2] = [&[1; 20], &[2; MAX_INFO - 20]];
    Hkdf::<Sha256>::from_prk(&[9; 32])
        .unwrap()
        .expand_multi_info(&info, &mut general)
        .unwrap();
    assert_eq!(short, general);
}
