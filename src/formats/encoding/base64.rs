//! base64 as people and programs hand it on: of either alphabet, padded or not, with or without line ends.

use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroizing;

use crate::crypto::secret::SecretBytes;

/// What the digits spell, decoded in constant time; `None` where they are no base64.
pub(in crate::formats) fn from_base64(text: &str) -> Option<SecretBytes> {
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    let letters = text.chars().filter(|letter| !letter.is_ascii_whitespace());
    digits.extend(letters.map(|letter| match letter {
        '-' => '+',
        '_' => '/',
        other => other,
    }));

    let digits = digits.trim_end_matches('=');
    Base64Unpadded::decode_vec(digits)
        .ok()
        .map(SecretBytes::new)
}
