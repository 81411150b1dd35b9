//! Hash functions by the names that addresses and signatures know them by (FORMATS.md §18, §19).

use blake2::{Blake2b, digest::consts};
use ripemd::Ripemd160;
use sha2::{Digest, Sha256, Sha512, Sha512_256};
use sha3::Keccak256;

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 of the SHA-256: Bitcoin's messages.
#[must_use]
pub fn double_sha256(bytes: &[u8]) -> [u8; 32] {
    sha256(&sha256(bytes))
}

/// RIPEMD-160 of the SHA-256: Bitcoin's key hashes.
#[must_use]
pub fn hash160(bytes: &[u8]) -> [u8; 20] {
    Ripemd160::digest(sha256(bytes)).into()
}

/// Keccak-256 with the padding of before the standard: Ethereum.
#[must_use]
pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

/// SHA-512/256: Algorand's checksums.
#[must_use]
pub fn sha512_256(bytes: &[u8]) -> [u8; 32] {
    Sha512_256::digest(bytes).into()
}

/// The first half of SHA-512: the XRP Ledger's messages.
#[must_use]
pub fn sha512_half(bytes: &[u8]) -> [u8; 32] {
    let digest: [u8; 64] = Sha512::digest(bytes).into();
    *digest.first_chunk().expect("SHA-512 has 64 bytes")
}

/// BLAKE2b with 20 bytes of output: Tezos.
#[must_use]
pub fn blake2b_160(bytes: &[u8]) -> [u8; 20] {
    Blake2b::<consts::U20>::digest(bytes).into()
}

/// BLAKE2b with 28 bytes of output: Cardano.
#[must_use]
pub fn blake2b_224(bytes: &[u8]) -> [u8; 28] {
    Blake2b::<consts::U28>::digest(bytes).into()
}

/// BLAKE2b with 32 bytes of output: what Tezos, Cardano and Polkadot sign of a transaction.
#[must_use]
pub fn blake2b_256(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<consts::U32>::digest(bytes).into()
}

/// BLAKE2b with 64 bytes of output: Polkadot's checksums.
#[must_use]
pub fn blake2b_512(bytes: &[u8]) -> [u8; 64] {
    Blake2b::<consts::U64>::digest(bytes).into()
}

/// BIP 340's tagged hash, `SHA-256(SHA-256(tag) ‖ SHA-256(tag) ‖ bytes)`.
#[must_use]
pub fn tagged(tag: &str, bytes: &[u8]) -> [u8; 32] {
    let tag = sha256(tag.as_bytes());
    Sha256::new()
        .chain_update(tag)
        .chain_update(tag)
        .chain_update(bytes)
        .finalize()
        .into()
}
