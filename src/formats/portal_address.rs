//! The addresses of a Portal wallet, which has one key per curve and no derivation (FORMATS.md §22).

use data_encoding::BASE32_NOPAD;
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};
use sha3::Keccak256;

use super::base58::check_encode;
use crate::crypto::{
    affine::to_affine_secp256k1,
    curve::{Curve, PublicKey},
};

const TRON_VERSION: u8 = 0x41;
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
    let address = |chain, address| ChainAddress { chain, address };
    match key.curve() {
        Curve::Secp256k1 => {
            let account = account_bytes(key);
            vec![
                address("evm", evm_address(&account)),
                address("bitcoin", bitcoin_address(key)),
                address("tron", tron_address(&account)),
            ]
        }
        Curve::Ed25519 => {
            vec![
                address("solana", bs58::encode(key.as_bytes()).into_string()),
                address("stellar", stellar_address(key)),
            ]
        }
    }
}

/// An ed25519 public key from its 64 hexadecimal digits, its Solana address or its Stellar address.
#[must_use]
pub fn parse_ed25519_key(text: &str) -> Option<PublicKey> {
    let text = text.trim();
    let bytes = match text.len() {
        64 => hex::decode(text).ok()?,
        56 if text.starts_with('G') => stellar_key(text)?,
        _ => bs58::decode(text).into_vec().ok()?,
    };
    PublicKey::from_bytes(Curve::Ed25519, &bytes)
}

/// The last 20 bytes of Keccak-256 of `x ‖ y`.
fn account_bytes(key: &PublicKey) -> [u8; 20] {
    let point = to_affine_secp256k1(key).expect("a secp256k1 key has affine coordinates");
    let hash: [u8; 32] = Keccak256::digest(point).into();
    *hash.last_chunk().expect("a hash of 32 bytes ends with 20")
}

/// EIP-55: a letter is upper case where the hash of the lower-case digits has a high nibble.
fn evm_address(account: &[u8; 20]) -> String {
    let digits = hex::encode(account);
    let hash = hex::encode(Keccak256::digest(digits.as_bytes()));
    let cased = digits.chars().zip(hash.bytes()).map(|(digit, nibble)| match nibble {
        b'8'..=b'f' => digit.to_ascii_uppercase(),
        _ => digit,
    });
    std::iter::once("0x".to_owned()).chain(cased.map(String::from)).collect()
}

/// BIP-173, P2WPKH on the main network: version 0 and RIPEMD-160(SHA-256(compressed key)).
fn bitcoin_address(key: &PublicKey) -> String {
    let program = Ripemd160::digest(Sha256::digest(key.as_bytes()));
    bech32::segwit::encode_v0(bech32::hrp::BC, &program).expect("20 bytes are a witness program of version 0")
}

fn tron_address(account: &[u8; 20]) -> String {
    let mut body = vec![TRON_VERSION];
    body.extend_from_slice(account);
    check_encode(&body)
}

/// SEP-23: version byte, key, CRC-16 in little-endian, all in base32.
fn stellar_address(key: &PublicKey) -> String {
    let mut body = vec![STELLAR_ACCOUNT];
    body.extend_from_slice(key.as_bytes());
    body.extend_from_slice(&crc16(&body).to_le_bytes());
    BASE32_NOPAD.encode(&body)
}

fn stellar_key(address: &str) -> Option<Vec<u8>> {
    let body = BASE32_NOPAD.decode(address.as_bytes()).ok()?;
    let (content, checksum) = body.split_last_chunk()?;
    let (version, key) = content.split_first()?;
    (*version == STELLAR_ACCOUNT && crc16(content) == u16::from_le_bytes(*checksum)).then(|| key.to_vec())
}

/// CRC-16/XMODEM: polynomial 0x1021, no reflection, initially zero.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
            },
        )
    })
}
