//! The STREAM of age: chunks of ChaCha20-Poly1305 under one key, each with its number and whether it is the last
//! (FORMATS.md §13).
//!
//! ```text
//! nonce = number of the chunk, 11 bytes big-endian ‖ 01 for the last, 00 for the others
//! ```

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{AeadInOut, Tag, inout::InOutBuf},
};

use super::secret::Secret;

/// Bytes that a sealed chunk is longer than its plain text.
pub const CHUNK_TAG: usize = 16;

/// The key of one stream. It is wiped when dropped.
pub struct StreamKey(ChaCha20Poly1305);

impl StreamKey {
    /// A key that seals or opens one stream.
    #[must_use]
    pub fn new(key: &Secret<32>) -> Self {
        Self(ChaCha20Poly1305::new(key.expose().into()))
    }

    /// Seals a chunk in place: `text` becomes ciphertext and tag.
    pub fn seal(&self, number: u64, is_last: bool, text: &mut Vec<u8>) {
        let nonce = nonce(number, is_last);
        let buffer = InOutBuf::from(text.as_mut_slice());
        let tag = self.0.encrypt_inout_detached(&nonce.into(), &[], buffer);
        text.extend_from_slice(&tag.expect("a chunk is far below the cipher's limit"));
    }

    /// Opens a chunk in place and cuts off its tag; `None`: altered, moved, or not the last where it should be.
    #[must_use]
    pub fn open(&self, number: u64, is_last: bool, sealed: &mut Vec<u8>) -> Option<()> {
        let length = sealed.len().checked_sub(CHUNK_TAG)?;
        let (text, tag) = sealed.split_at_mut_checked(length)?;
        let tag = Tag::<ChaCha20Poly1305>::try_from(&*tag).ok()?;
        let nonce = nonce(number, is_last);
        let opened = self
            .0
            .decrypt_inout_detached(&nonce.into(), &[], InOutBuf::from(text), &tag);
        opened.ok()?;
        sealed.truncate(length);
        Some(())
    }
}

fn nonce(number: u64, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}
