//! The addresses of a Portal wallet, which has one key per curve and no derivation (FORMATS.md §22).

use data_encoding::BASE32_NOPAD;

use crate::crypto::curve::{Curve, PublicKey};
use crate::formats::chains::{
    address::{address, crc16},
    table::Chain,
};

const STELLAR_ACCOUNT: u8 = 6 << 3;

/// A public key's address on one chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainAddress {
    /// The chain, as a word for machines.
    pub chain: &'static str,
    /// The address in the chain's own encoding, with its checksum where it has one.
    pub address: String,
}

/// The addresses of a key on every chain that Portal serves with its curve.
#[must_use]
pub fn addresses(key: &PublicKey) -> Vec<ChainAddress> {
    let address = |(chain, name)| {
        let address = address(Chain::from_name(name)?, None, key)?;
        Some(ChainAddress { chain, address })
    };
    let chains: &[(&'static str, &str)] = match key.curve() {
        Curve::Secp256k1 => &[("evm", "evm"), ("bitcoin", "btc"), ("tron", "trx")],
        Curve::Ed25519 => &[("solana", "sol"), ("stellar", "xlm")],
    };
    chains.iter().copied().filter_map(address).collect()
}

/// An ed25519 public key from its 64 hexadecimal digits, its Solana address or its Stellar address.
#[must_use]
pub fn parse_ed25519_key(text: &str) -> Option<PublicKey> {
    let text = text.trim();
    let text = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    let bytes = match text.len() {
        64 => hex::decode(text).ok()?,
        56 if text.starts_with('G') => stellar_key(text)?,
        _ => bs58::decode(text).into_vec().ok()?,
    };
    PublicKey::from_bytes(Curve::Ed25519, &bytes)
}

fn stellar_key(address: &str) -> Option<Vec<u8>> {
    let body = BASE32_NOPAD.decode(address.as_bytes()).ok()?;
    let (content, checksum) = body.split_last_chunk()?;
    let (version, key) = content.split_first()?;
    (*version == STELLAR_ACCOUNT && crc16(content) == u16::from_le_bytes(*checksum))
        .then(|| key.to_vec())
}
