//! Addresses: a public key in its chain's own encoding, with its checksum (FORMATS.md §18).

use base64ct::{Base64Url, Encoding};
use bech32::{Bech32, Hrp};
use data_encoding::{BASE32, BASE32_NOPAD};

use super::table::{AddressForm, BitcoinNet, Chain, Script};
use crate::crypto::{
    affine::to_affine_secp256k1,
    curve::{Curve, PublicKey, Scalar},
    hash::{blake2b_160, blake2b_224, blake2b_512, hash160, keccak256, sha256, sha512_256, tagged},
    secret::Secret,
};
use crate::formats::encoding::base58::{check_encode, check_encode_ripple};

/// The code of a TON wallet contract of version 4 revision 2: depth and hash of its cell.
const TON_V4R2: (u16, [u8; 32]) = (
    7,
    [
        0xfe, 0xb5, 0xff, 0x68, 0x20, 0xe2, 0xff, 0x0d, 0x94, 0x83, 0xe7, 0xe0, 0xd6, 0x2c, 0x81,
        0x7d, 0x84, 0x67, 0x89, 0xfb, 0x4a, 0xe5, 0x80, 0xc8, 0x78, 0x86, 0x6d, 0x95, 0x9d, 0xab,
        0xd5, 0xc0,
    ],
);
const TON_WALLET_ID: u32 = 698_983_191;

/// The address of a key. `script` picks among the kinds of a chain that has several.
///
/// `None` for a key of another curve, a kind that the chain does not have, or one that needs a second key.
#[must_use]
pub fn address(chain: &Chain, script: Option<Script>, key: &PublicKey) -> Option<String> {
    address_with(chain, script, key, None)
}

/// The same with the stake key that Cardano's base addresses name beside the payment key.
#[must_use]
pub fn address_with(
    chain: &Chain,
    script: Option<Script>,
    key: &PublicKey,
    stake: Option<&PublicKey>,
) -> Option<String> {
    if key.curve() != chain.curve() {
        return None;
    }
    let script = script.or_else(|| chain.scripts().first().copied());
    if script.is_some_and(|script| !chain.scripts().contains(&script)) {
        return None;
    }
    let bytes = key.as_bytes();

    match chain.form {
        AddressForm::Bitcoin(net) => bitcoin(net, script?, key),
        AddressForm::CashAddr { wif, .. } if script == Some(Script::P2pkh) => {
            Some(check_encode(&joined(legacy_version(wif), &hash160(bytes))))
        }
        AddressForm::CashAddr { prefix, .. } => Some(cash_addr(prefix, &hash160(bytes))),
        AddressForm::Ethereum => Some(checksum_case(&account_of(key)?, "")),
        AddressForm::Tron => Some(check_encode(&joined(&[0x41], &account_of(key)?))),
        AddressForm::Ripple => Some(check_encode_ripple(&joined(&[0], &hash160(bytes)))),
        AddressForm::Cosmos(prefix) => bech32_of(prefix, &hash160(bytes)),
        AddressForm::Solana => Some(bs58::encode(bytes).into_string()),
        AddressForm::Stellar => Some(stellar(bytes)),
        AddressForm::Algorand => {
            Some(BASE32_NOPAD.encode(&joined(bytes, sha512_256(bytes).last_chunk::<4>()?)))
        }
        AddressForm::Near => Some(hex::encode(bytes)),
        AddressForm::Substrate(network) => ss58(network, bytes),
        AddressForm::Tezos => Some(check_encode(&joined(TZ1, &blake2b_160(bytes)))),
        AddressForm::Ton(test) => Some(ton(test, bytes)),
        AddressForm::Cardano(network, prefix) => cardano(network, prefix, script?, key, stake),
        AddressForm::Hedera => Some(format!("{HEDERA_KEY}{}", hex::encode(bytes))),
        AddressForm::Raw => Some(String::new()),
    }
}

/// Version of Tezos addresses, `tz1`.
pub(in crate::formats) const TZ1: &[u8] = &[0x06, 0xa1, 0x9f];
/// What is before an ed25519 public key in DER.
pub(in crate::formats) const HEDERA_KEY: &str = "302a300506032b6570032100";

/// The version of a P2PKH address of before CashAddr, by that of private keys: main network or test.
pub(in crate::formats) fn legacy_version(wif: u8) -> &'static [u8] {
    if wif == 0x80 { &[0] } else { &[0x6f] }
}

/// Kind and network in one byte, the hash of the payment key, and in a base address that of the stake key.
fn cardano(
    network: u8,
    prefix: &str,
    script: Script,
    key: &PublicKey,
    stake: Option<&PublicKey>,
) -> Option<String> {
    const BASE: u8 = 0x00;
    const ENTERPRISE: u8 = 0x60;
    let payment = blake2b_224(key.as_bytes());

    let payload = if script == Script::Base {
        let stake = blake2b_224(stake?.as_bytes());
        [&[BASE | network], payment.as_slice(), &stake].concat()
    } else {
        joined(&[ENTERPRISE | network], &payment)
    };
    bech32_of(prefix, &payload)
}

/// The last 20 bytes of Keccak-256 of `x ‖ y`: Ethereum's and Tron's account.
#[must_use]
pub fn account_of(key: &PublicKey) -> Option<[u8; 20]> {
    keccak256(&to_affine_secp256k1(key)?).last_chunk().copied()
}

fn bitcoin(net: BitcoinNet, script: Script, key: &PublicKey) -> Option<String> {
    let hash = hash160(key.as_bytes());
    match script {
        Script::P2pkh => Some(check_encode(&joined(net.p2pkh, &hash))),
        Script::P2wpkh => bech32::segwit::encode_v0(Hrp::parse(net.segwit?).ok()?, &hash).ok(),
        Script::P2shP2wpkh => Some(check_encode(&joined(
            net.p2sh,
            &hash160(&joined(&[0, 20], &hash)),
        ))),
        Script::P2tr => {
            bech32::segwit::encode_v1(Hrp::parse(net.segwit?).ok()?, &taproot_key(key)?).ok()
        }
        Script::CashAddr | Script::Base | Script::Enterprise => None,
    }
}

/// `x(P + tagged("TapTweak", x(P)) · G)` for the `P` with this x and an even y (BIP 341, no script tree).
pub(in crate::formats) fn taproot_key(key: &PublicKey) -> Option<[u8; 32]> {
    let internal = key.with_even_y();
    let mut tweak = tagged("TapTweak", internal.as_bytes().get(1..)?);
    let tweak = Scalar::from_canonical(Curve::Secp256k1, &Secret::take(&mut tweak))?;
    internal
        .add_multiple(&tweak)?
        .as_bytes()
        .last_chunk()
        .copied()
}

/// `0x` and mixed case: a letter is upper case where the hash of the lower-case text has 8 or more (EIP-55). `chain` is
/// hashed before it, on the chains that put their number there (EIP-1191).
pub(in crate::formats) fn checksum_case(account: &[u8; 20], chain: &str) -> String {
    let text = hex::encode(account);
    let hash = if chain.is_empty() {
        keccak256(text.as_bytes())
    } else {
        keccak256(format!("{chain}0x{text}").as_bytes())
    };

    let mixed = text
        .chars()
        .zip(hex::encode(hash).chars().collect::<Vec<_>>());
    let mixed = mixed.map(|(c, h)| if h >= '8' { c.to_ascii_uppercase() } else { c });
    std::iter::once("0x".to_owned())
        .chain(mixed.map(String::from))
        .collect()
}

fn bech32_of(prefix: &str, payload: &[u8]) -> Option<String> {
    bech32::encode::<Bech32>(Hrp::parse(prefix).ok()?, payload).ok()
}

/// Version 6 (an account) in the upper five bits, the key, CRC-16 of both, low byte first.
fn stellar(key: &[u8]) -> String {
    let payload = joined(&[6 << 3], key);
    let checksum = crc16(&payload).to_le_bytes();
    BASE32.encode(&joined(&payload, &checksum))
}

fn ss58(network: u8, key: &[u8]) -> Option<String> {
    let payload = joined(&[network], key);
    let hash = blake2b_512(&joined(b"SS58PRE", &payload));
    Some(bs58::encode(joined(&payload, hash.first_chunk::<2>()?)).into_string())
}

/// The hash of the contract's initial state in workchain 0, CRC-16 of it, base64 for URLs.
fn ton(test: bool, key: &[u8]) -> String {
    const NOT_BOUNCEABLE: u8 = 0x51;
    const TEST: u8 = 0x80;
    let tag = if test {
        NOT_BOUNCEABLE | TEST
    } else {
        NOT_BOUNCEABLE
    };
    let payload = joined(&[tag, 0], &ton_state(key));
    let checksum = crc16(&payload).to_be_bytes();
    Base64Url::encode_string(&joined(&payload, &checksum))
}

/// The representation hash of the state's cell: two descriptor bytes, data, the references' depths and hashes.
pub(in crate::formats) fn ton_state(key: &[u8]) -> [u8; 32] {
    let (code_depth, code) = TON_V4R2;
    // Sequence number 0, wallet id, key, no plugins: 321 bits, the last byte completed.
    let mut data = vec![0, 0x51, 0, 0, 0, 0];
    data.extend_from_slice(&TON_WALLET_ID.to_be_bytes());
    data.extend_from_slice(key);
    data.push(0x40);
    // Two references, five bits: no split depth, not special, code and data, no library.
    let mut state = vec![2, 1, 0x34];
    state.extend_from_slice(&code_depth.to_be_bytes());
    state.extend_from_slice(&[0, 0]);
    state.extend_from_slice(&code);
    state.extend_from_slice(&sha256(&data));
    sha256(&state)
}

/// The letters of Bech32 and CashAddr, by value.
pub(in crate::formats) const BECH32_LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// CashAddr: version 0 (P2PKH, 160 bits) and the hash in groups of five bits, with a 40-bit checksum.
fn cash_addr(prefix: &str, hash: &[u8; 20]) -> String {
    let mut groups = five_bits(&joined(&[0], hash));
    let expanded = prefix.bytes().map(|letter| letter & 31).chain([0]);
    let checksum = cash_checksum(expanded.chain(groups.iter().copied()).chain([0; 8]));
    groups.extend(
        (0..8)
            .rev()
            .map(|place| u8::try_from(checksum >> (5 * place) & 31).unwrap_or_default()),
    );
    let letters = groups
        .iter()
        .filter_map(|group| BECH32_LETTERS.get(usize::from(*group)));
    format!(
        "{prefix}:{}",
        letters
            .map(|letter| char::from(*letter))
            .collect::<String>()
    )
}

pub(in crate::formats) fn cash_checksum(groups: impl Iterator<Item = u8>) -> u64 {
    const GENERATOR: [u64; 5] = [
        0x98_f2bc_8e61,
        0x79_b76d_99e2,
        0xf3_3e5f_b3c4,
        0xae_2eab_e2a8,
        0x1e_4f43_e470,
    ];
    let sum = groups.fold(1_u64, |sum, group| {
        let top = sum >> 35;
        let next = (sum & 0x07_ffff_ffff) << 5 ^ u64::from(group);
        let terms = GENERATOR
            .iter()
            .enumerate()
            .filter(|(bit, _)| top >> bit & 1 == 1);
        terms.fold(next, |sum, (_, term)| sum ^ term)
    });
    sum ^ 1
}

/// The bits in groups of five, the last one filled with zeros.
fn five_bits(bytes: &[u8]) -> Vec<u8> {
    let bit = |place: usize| {
        bytes
            .get(place / 8)
            .map_or(0, |byte| byte >> (7 - place % 8) & 1)
    };
    let groups = (bytes.len() * 8).div_ceil(5);
    (0..groups)
        .map(|group| (0..5).fold(0, |value, place| value << 1 | bit(group * 5 + place)))
        .collect()
}

/// CRC-16 with polynomial 0x1021 from zero (XMODEM).
pub(in crate::formats) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            if crc >> 15 == 1 {
                crc << 1 ^ 0x1021
            } else {
                crc << 1
            }
        })
    })
}

fn joined(first: &[u8], second: &[u8]) -> Vec<u8> {
    [first, second].concat()
}
