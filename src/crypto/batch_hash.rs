//! SHA-2 and HMAC of short messages, straight on the compression functions (FIPS 180-4 §5.1 and §6, RFC 2104, RFC 5869 §2.3).
//!
//! Only [`super::server_share::WalletBatch`] and sealed records use it; all else hashes with the crates.
//!
//! A batch hashes six messages a wallet, all of lengths known beforehand. The general hashers keep a buffer, a count and a
//! check for each, which costs a tenth of a derivation; here a message lies in its blocks with the padding round it, and
//! only what differs from wallet to wallet is written anew. The compressions are the crate's, and `tests/crypto/batch_hash.rs`
//! holds every function here against the general ones.

use sha2::block_api::{compress256, compress512};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// FIPS 180-4 §5.3.3.
const SHA256: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
/// FIPS 180-4 §5.3.5.
const SHA512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];
/// RFC 2104 §2.
const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

/// A message in at most `BLOCKS` blocks of `BLOCK` bytes, padded. Holds what is put in: whoever owns one wipes it.
#[derive(Zeroize)]
pub struct Message<const BLOCK: usize, const BLOCKS: usize> {
    blocks: [[u8; BLOCK]; BLOCKS],
    used: usize,
}

impl<const BLOCK: usize, const BLOCKS: usize> Message<BLOCK, BLOCKS> {
    /// A message of `length` zeros.
    ///
    /// # Panics
    /// When it does not fit.
    #[must_use]
    pub fn zeros(length: usize) -> Self {
        Self::after(0, length)
    }

    /// The last `length` bytes of a message, zeros still, whose first `before` have been compressed.
    fn after(before: usize, length: usize) -> Self {
        // One bit ends the message, its length in bits the last block: 64 of them for SHA-256, 128 for SHA-512.
        let used = (length + 1 + BLOCK / 8).div_ceil(BLOCK);
        let mut message = Self {
            blocks: [[0; BLOCK]; BLOCKS],
            used,
        };
        let bits = 8 * (before + length) as u64;
        message.put(length, &[0x80]);
        message.put(used * BLOCK - 8, &bits.to_be_bytes());
        message
    }

    /// Writes a part of the message.
    ///
    /// # Panics
    /// When it does not fit.
    #[inline]
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        let place = self.blocks.as_flattened_mut().get_mut(at..at + bytes.len());
        place
            .expect("a message is made as long as what is put in")
            .copy_from_slice(bytes);
    }

    #[inline]
    fn used(&self) -> &[[u8; BLOCK]] {
        self.blocks
            .get(..self.used)
            .expect("a message is no longer than its room")
    }
}

impl<const BLOCKS: usize> Message<64, BLOCKS> {
    /// SHA-256 of the message.
    #[inline]
    pub fn sha256(&self, out: &mut [u8; 32]) {
        self.continue_from(SHA256, out);
    }

    #[inline]
    fn continue_from(&self, mut state: [u32; 8], out: &mut [u8; 32]) {
        compress256(&mut state, self.used());
        out.as_chunks_mut()
            .0
            .iter_mut()
            .zip(state)
            .for_each(|(out, word)| *out = word.to_be_bytes());
    }
}

impl<const BLOCKS: usize> Message<128, BLOCKS> {
    /// SHA-512 of the message.
    #[inline]
    pub fn sha512(&self, out: &mut [u8; 64]) {
        let mut state = SHA512;
        // One by one: two at once go through other, longer code, which gains nothing and takes up room in the processor.
        self.used()
            .iter()
            .for_each(|block| compress512(&mut state, std::slice::from_ref(block)));
        out.as_chunks_mut()
            .0
            .iter_mut()
            .zip(state)
            .for_each(|(out, word)| *out = word.to_be_bytes());
    }
}

/// HMAC-SHA512 under keys of 32 bytes of messages of one length, at most 111 bytes: two blocks inside, two outside.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ShortMac {
    inner: Message<128, 2>,
    outer: Message<128, 2>,
}

impl ShortMac {
    /// Room for messages of `length` bytes.
    ///
    /// # Panics
    /// When such a message does not fit a block.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let (mut inner, mut outer) = (Message::zeros(128 + length), Message::zeros(128 + 64));
        inner.put(0, &[INNER; 128]);
        outer.put(0, &[OUTER; 128]);
        Self { inner, outer }
    }

    /// Takes another key.
    #[inline]
    pub fn set_key(&mut self, key: &[u8; 32]) {
        self.inner.put(0, &key.map(|byte| byte ^ INNER));
        self.outer.put(0, &key.map(|byte| byte ^ OUTER));
    }

    /// Writes a part of the message.
    ///
    /// # Panics
    /// When it does not fit.
    #[inline]
    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        self.inner.put(128 + at, bytes);
    }

    /// The code of the message. `out` is also where the inner digest is until it is overwritten.
    #[inline]
    pub fn finish(&mut self, out: &mut [u8; 64]) {
        self.inner.sha512(out);
        self.outer.put(128, out);
        self.outer.sha512(out);
    }
}

/// HKDF-Expand-SHA256 to 32 bytes, with the two blocks that depend on the key alone compressed once.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Expander {
    inner: [u32; 8],
    outer: [u32; 8],
}

/// Longest `info` of [`Expander::expand`], in bytes.
pub const MAX_INFO: usize = 3 * 64 - 8 - 2;

impl Expander {
    /// Takes a pseudorandom key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let midway = |pad: u8| {
            let (mut state, mut block) = (SHA256, [[pad; 64]]);
            block
                .as_flattened_mut()
                .iter_mut()
                .zip(key)
                .for_each(|(place, byte)| *place ^= byte);
            compress256(&mut state, &block);
            block.zeroize();
            state
        };
        Self {
            inner: midway(INNER),
            outer: midway(OUTER),
        }
    }

    /// The first 32 bytes of `HKDF-Expand(key, label ‖ id)`.
    /// The inner digest stays on the stack, as the compressions' own words do: see [`super::secret::wipe_stack`].
    ///
    /// # Panics
    /// When label and id are longer than [`MAX_INFO`].
    #[inline]
    pub fn expand(&self, label: &[u8], id: &[u8], out: &mut [u8; 32]) {
        let length = label.len() + id.len();
        let mut message = Message::<64, 3>::after(64, length + 1);
        message.put(0, label);
        message.put(label.len(), id);
        message.put(length, &[1]);
        message.continue_from(self.inner, out);
        let mut outer = Message::<64, 1>::after(64, 32);
        outer.put(0, out);
        outer.continue_from(self.outer, out);
    }
}
