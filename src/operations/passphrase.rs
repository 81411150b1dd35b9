//! Makes a passphrase for a device backup, and the id it is filed under (FORMATS.md §16).

use rand_core::CryptoRng;
use uuid::Uuid;
use zeroize::Zeroize;

use crate::crypto::secret::SecretText;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const GROUPS: usize = 8;
const GROUP: usize = 4;

/// A new passphrase: 32 characters of base32 in groups of four, 160 bits; and a random id for it.
pub fn generate_passphrase<R: CryptoRng>(rng: &mut R) -> (SecretText, Uuid) {
    let (mut random, mut id) = ([0; GROUPS * GROUP], [0; 16]);
    rng.fill_bytes(&mut random);
    rng.fill_bytes(&mut id);
    let mut text = String::with_capacity(GROUPS * (GROUP + 1));
    for (index, byte) in random.iter().enumerate() {
        if index > 0 && index.is_multiple_of(GROUP) {
            text.push('-');
        }
        // Five bits of every random byte: all characters are equally likely.
        text.extend(
            ALPHABET
                .get(usize::from(byte % 32))
                .map(|letter| char::from(*letter)),
        );
    }
    random.zeroize();
    (
        SecretText::new(text),
        uuid::Builder::from_random_bytes(id).into_uuid(),
    )
}
