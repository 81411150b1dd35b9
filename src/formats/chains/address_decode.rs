//! Addresses back to the bytes they stand for, in every form that wallets and explorers show (FORMATS.md §18).

use base64ct::{Base64, Base64Url, Encoding};
use bech32::primitives::decode::CheckedHrpstring;
use data_encoding::BASE32_NOPAD;

use super::{
    address::{BECH32_LETTERS, HEDERA_KEY, TZ1, crc16, legacy_version},
    address_bitcoin::{bitcoin, bitcoin_cash},
    address_value::{
        CHECKSUM, Decoded, Fault, Result, Value, base58, hex_key, hex_of, other, other_key,
        shape_of_base58, usual,
    },
    table::{AddressForm, Chain},
};
use crate::crypto::hash::{blake2b_512, sha512_256};
use crate::formats::encoding::base58::check_decode_ripple;

/// Decodes an address of a chain.
///
/// # Errors
/// [`Fault`].
pub fn decode(chain: &Chain, text: &str) -> Result<Decoded> {
    if text.is_empty() || text.len() > 256 || !text.is_ascii() {
        return Err(Fault::OtherShape);
    }

    match chain.form {
        AddressForm::Bitcoin(net) => bitcoin(net, text),
        AddressForm::CashAddr { prefix, wif } => bitcoin_cash(prefix, legacy_version(wif), text),
        AddressForm::Ethereum => ethereum(text),
        AddressForm::Tron => tron(text),
        AddressForm::Ripple => ripple(chain.is_test(), text),
        AddressForm::Cosmos(prefix) => cosmos(prefix, text),
        AddressForm::Solana => solana(text),
        AddressForm::Stellar => stellar(text),
        AddressForm::Algorand => algorand(text),
        AddressForm::Near => near(text),
        AddressForm::Substrate(network) => substrate(network, text),
        AddressForm::Tezos => tezos(text),
        AddressForm::Ton(test) => ton(test, text),
        AddressForm::Cardano(network, prefix) => cardano(network, prefix, text),
        AddressForm::Hedera => hedera(text),
        AddressForm::Raw => hex_key(text),
    }
}

/// Prefixes of addresses in Bech32 with a checksum that is known: those of the chains here, and of their kin.
const BECH32_PREFIXES: [&str; 22] = [
    "cosmos",
    "osmo",
    "celestia",
    "sei",
    "kava",
    "terra",
    "addr",
    "addr_test",
    "stake",
    "stake_test",
    "inj",
    "evmos",
    "one",
    "juno",
    "akash",
    "stars",
    "axelar",
    "secret",
    "dydx",
    "neutron",
    "noble",
    "cosmosvaloper",
];

/// Prefix and payload of a Bech32 text.
fn bech32_of(text: &str) -> Result<(String, Vec<u8>)> {
    let Some((prefix, letters)) = text.rsplit_once('1') else {
        return Err(Fault::OtherShape);
    };
    let is_bech32 = !prefix.is_empty()
        && letters.len() >= 6
        && letters
            .bytes()
            .all(|letter| BECH32_LETTERS.contains(&letter.to_ascii_lowercase()));
    if !is_bech32 {
        return Err(Fault::OtherShape);
    }

    // Other texts have a 1 before such letters, too: only behind a known prefix does a wrong checksum say anything.
    let prefix = prefix.to_ascii_lowercase();
    let fault = if BECH32_PREFIXES.contains(&prefix.as_str()) {
        CHECKSUM
    } else {
        Fault::OtherShape
    };
    let checked = CheckedHrpstring::new::<bech32::Bech32>(text).map_err(|_| fault)?;
    Ok((prefix, checked.byte_iter().collect()))
}

fn ethereum(text: &str) -> Result<Decoded> {
    if let Some(account) = hex_of(text, 20) {
        return if text.starts_with("0x") {
            usual(Value::Account(account))
        } else {
            other(Value::Account(account), "the address without `0x`")
        };
    }
    if let Some(account) = text
        .strip_prefix("xdc")
        .and_then(|digits| hex_of(digits, 20))
    {
        return other(Value::Account(account), "the address with `xdc` for `0x`");
    }
    // A left-padded word, as logs and topics of contracts hold addresses.
    if let Some(word) = hex_of(text, 32)
        && let Some(account) = word.strip_prefix(&[0; 12])
    {
        return other(
            Value::Account(account.to_vec()),
            "the address as a 32-byte word",
        );
    }
    if let Some(icap) = icap(text) {
        return icap;
    }
    match bech32_of(text) {
        Ok((prefix, account)) if account.len() == 20 => other(
            Value::Account(account),
            format!("the address in Bech32 under `{prefix}`"),
        ),
        Ok(_) => Err(Fault::OtherShape),
        Err(fault) => Err(fault),
    }
}

/// An account as an international bank account number: ICAP. `None` where the text is none.
fn icap(text: &str) -> Option<Result<Decoded>> {
    let text: String = text
        .chars()
        .filter(|letter| *letter != ' ')
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let is_icap = text.starts_with("XE")
        && matches!(text.len(), 20 | 34 | 35)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_icap {
        return None;
    }
    if text.len() == 20 {
        return Some(Err(Fault::Name(
            "a name of the ICAP registry, which the network resolves",
        )));
    }

    // ISO 13616: the first four letters to the end, letters as 10 to 35, and the number is 1 modulo 97.
    let (head, digits) = text.split_at_checked(4)?;
    let remainder = [digits, head].concat().chars().try_fold(0, |sum, letter| {
        let value = letter.to_digit(36)?;
        Some((sum * if value < 10 { 10 } else { 100 } + value) % 97)
    });
    if remainder != Some(1) {
        return Some(Err(CHECKSUM));
    }
    let account = bytes_of_base36(digits).map_or(Err(Fault::OtherShape), |account| {
        other(
            Value::Account(account.to_vec()),
            "the address as an IBAN (ICAP)",
        )
    });
    Some(account)
}

/// A number in base 36 as 20 bytes; `None` where it has more.
fn bytes_of_base36(digits: &str) -> Option<[u8; 20]> {
    let mut number = [0_u8; 20];
    for digit in digits.chars() {
        let mut carry = digit.to_digit(36)?;
        for byte in number.iter_mut().rev() {
            carry += u32::from(*byte) * 36;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(number)
}

fn tron(text: &str) -> Result<Decoded> {
    if let Some(account) = base58(text, &[0x41], 20) {
        return usual(Value::Account(account));
    }
    if let Some(account) = hex_of(text, 21).filter(|bytes| bytes.first() == Some(&0x41)) {
        return other(
            Value::Account(account.into_iter().skip(1).collect()),
            "the address in hex",
        );
    }
    match hex_of(text, 20) {
        Some(account) => other(Value::Account(account), "the address as contracts hold it"),
        None => shape_of_base58(text),
    }
}

fn ripple(test: bool, text: &str) -> Result<Decoded> {
    const PUBLIC_KEY: u8 = 0x23;
    if let Some(payload) = check_decode_ripple(text) {
        if let Some(account) = payload
            .strip_prefix(&[0])
            .filter(|account| account.len() == 20)
        {
            return usual(Value::KeyHash(account.to_vec()));
        }
        let network: &[u8] = if test { &[0x04, 0x93] } else { &[0x05, 0x44] };
        if let Some((account, tag)) = payload
            .strip_prefix(network)
            .and_then(|rest| rest.split_first_chunk::<20>())
            && let Some((flag, tag)) = tag.split_first()
        {
            let tag = tag.first_chunk().map_or(0, |tag| u64::from_le_bytes(*tag));
            let form = if *flag == 0 {
                "the X-address without a tag".to_owned()
            } else {
                format!("the X-address with the destination tag {tag}")
            };
            return other(Value::KeyHash(account.to_vec()), form);
        }
        return match payload.strip_prefix(&[PUBLIC_KEY]) {
            Some(key) if key.len() == 33 => {
                other(Value::Key(key.to_vec()), "the public key in base58")
            }
            _ => Err(Fault::OtherShape),
        };
    }

    if let Some(account) = hex_of(text, 20) {
        return other(Value::KeyHash(account), "the account id in hex");
    }
    let is_ripple = text.starts_with(['r', 'X', 'T']) && (25..=50).contains(&text.len());
    let decoded = bs58::decode(text)
        .with_alphabet(bs58::Alphabet::RIPPLE)
        .into_vec();
    Err(
        if is_ripple && decoded.is_ok_and(|bytes| matches!(bytes.len(), 25 | 35)) {
            CHECKSUM
        } else {
            Fault::OtherShape
        },
    )
}

fn cosmos(prefix: &str, text: &str) -> Result<Decoded> {
    if let Some(hash) = hex_of(text, 20).filter(|_| !text.starts_with("0x")) {
        return other(Value::KeyHash(hash), "the account id in hex");
    }
    let (found, hash) = bech32_of(text)?;
    if hash.len() != 20 || has_segwit_prefix(&found) {
        return Err(Fault::OtherShape);
    }
    if found == prefix {
        usual(Value::KeyHash(hash))
    } else {
        other(
            Value::KeyHash(hash),
            format!("the address under the prefix `{found}`"),
        )
    }
}

/// Prefixes whose first letter is a version, not part of a hash.
fn has_segwit_prefix(prefix: &str) -> bool {
    matches!(prefix, "bc" | "tb" | "ltc" | "tltc" | "bcrt")
}

fn solana(text: &str) -> Result<Decoded> {
    // Base58 first: its digits are digits of base64, too.
    match bs58::decode(text).into_vec() {
        Ok(key) if key.len() == 32 => usual(Value::Key(key)),
        _ => other_key(text).unwrap_or(Err(Fault::OtherShape)),
    }
}

fn stellar(text: &str) -> Result<Decoded> {
    const ACCOUNT: u8 = 6 << 3;
    const MUXED: u8 = 12 << 3;
    if let Some(key) = other_key(text) {
        return key;
    }
    if !matches!(
        (text.len(), text.chars().next()),
        (56, Some('G')) | (69, Some('M'))
    ) {
        return Err(Fault::OtherShape);
    }

    let body = BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| CHECKSUM)?;
    let (content, checksum) = body.split_last_chunk().ok_or(CHECKSUM)?;
    if crc16(content) != u16::from_le_bytes(*checksum) {
        return Err(CHECKSUM);
    }
    let (version, rest) = content.split_first().ok_or(CHECKSUM)?;
    match (*version, rest.split_first_chunk::<32>()) {
        (ACCOUNT, Some((key, []))) => usual(Value::Key(key.to_vec())),
        (MUXED, Some((key, id))) => {
            let id = id.first_chunk().map_or(0, |id| u64::from_be_bytes(*id));
            other(
                Value::Key(key.to_vec()),
                format!("the muxed address with the id {id}"),
            )
        }
        _ => Err(Fault::OtherShape),
    }
}

fn algorand(text: &str) -> Result<Decoded> {
    if let Some(key) = other_key(text) {
        return key;
    }
    if text.len() != 58 {
        return Err(Fault::OtherShape);
    }
    let bytes = BASE32_NOPAD
        .decode(text.to_ascii_uppercase().as_bytes())
        .map_err(|_| Fault::OtherShape)?;
    let (key, checksum) = bytes.split_last_chunk::<4>().ok_or(CHECKSUM)?;
    if sha512_256(key).last_chunk() != Some(checksum) {
        return Err(CHECKSUM);
    }
    if text.bytes().any(|letter| letter.is_ascii_lowercase()) {
        return Err(Fault::Damaged(
            "it has small letters, which Algorand's addresses do not",
        ));
    }
    usual(Value::Key(key.to_vec()))
}

fn near(text: &str) -> Result<Decoded> {
    if let Some(key) = hex_of(text, 32) {
        return usual(Value::Key(key));
    }
    if let Some(key) = text.strip_prefix("ed25519:") {
        let key = bs58::decode(key)
            .into_vec()
            .ok()
            .filter(|key| key.len() == 32);
        return other(
            Value::Key(key.ok_or(Fault::OtherShape)?),
            "the public key as `ed25519:`",
        );
    }
    if [".near", ".testnet", ".tg"]
        .iter()
        .any(|end| text.ends_with(end))
    {
        return Err(Fault::Name(
            "a named account, whose access keys are on the network",
        ));
    }
    Err(Fault::OtherShape)
}

fn substrate(network: u8, text: &str) -> Result<Decoded> {
    if let Some(key) = other_key(text) {
        return key;
    }
    let bytes = bs58::decode(text)
        .into_vec()
        .map_err(|_| Fault::OtherShape)?;
    let prefix = match (bytes.len(), bytes.first()) {
        (35, Some(0..=63)) => 1,
        (36, Some(64..=127)) => 2,
        _ => return Err(Fault::OtherShape),
    };
    let (payload, checksum) = bytes.split_last_chunk::<2>().ok_or(CHECKSUM)?;
    if blake2b_512(&[b"SS58PRE", payload].concat()).first_chunk() != Some(checksum) {
        return Err(CHECKSUM);
    }

    let (found, key) = payload.split_at_checked(prefix).ok_or(CHECKSUM)?;
    let number = match found {
        [one] => u16::from(*one),
        [first, second] => {
            u16::from(*first & 63) << 2 | u16::from(*second) >> 6 | (u16::from(*second) & 63) << 8
        }
        _ => return Err(Fault::OtherShape),
    };
    if number == u16::from(network) {
        usual(Value::Key(key.to_vec()))
    } else {
        other(
            Value::Key(key.to_vec()),
            format!("the address under the network number {number}"),
        )
    }
}

fn tezos(text: &str) -> Result<Decoded> {
    const EDPK: &[u8] = &[13, 15, 37, 217];
    if let Some(hash) = base58(text, TZ1, 20) {
        return usual(Value::Blake160(hash));
    }
    if let Some(key) = base58(text, EDPK, 32) {
        return other(Value::Key(key), "the public key as `edpk`");
    }
    // As contracts pack it: ed25519, implicit account.
    if let Some(packed) = hex_of(text, 22).filter(|packed| packed.starts_with(&[0, 0])) {
        return other(
            Value::Blake160(packed.into_iter().skip(2).collect()),
            "the address in hex",
        );
    }
    if text.starts_with("tz1") && text.len() == 36 {
        return Err(CHECKSUM);
    }
    Err(Fault::OtherShape)
}

fn ton(test: bool, text: &str) -> Result<Decoded> {
    const TEST: u8 = 0x80;
    const BOUNCEABLE: u8 = 0x11;
    const NOT_BOUNCEABLE: u8 = 0x51;
    if let Some((workchain, hash)) = text.split_once(':') {
        let hash = hex_of(hash, 32).filter(|_| matches!(workchain, "0" | "-1"));
        let hash = hash.ok_or(Fault::OtherShape)?;
        return if workchain == "0" {
            other(Value::TonState(hash), "the raw address")
        } else {
            other(Value::Key(Vec::new()), "an address of the masterchain")
        };
    }
    if let Some(hash) = hex_of(text, 32) {
        return other(
            Value::TonState(hash),
            "the raw address without its workchain",
        );
    }
    if text.len() != 48 {
        return Err(Fault::OtherShape);
    }

    let decoded = Base64Url::decode_vec(text).or_else(|_| Base64::decode_vec(text));
    let bytes = decoded.map_err(|_| Fault::OtherShape)?;
    let (content, checksum) = bytes.split_last_chunk().ok_or(Fault::OtherShape)?;
    let [tag, workchain, hash @ ..] = content else {
        return Err(Fault::OtherShape);
    };
    if !matches!(*tag & !TEST, BOUNCEABLE | NOT_BOUNCEABLE) {
        return Err(Fault::OtherShape);
    }
    if crc16(content) != u16::from_be_bytes(*checksum) {
        return Err(CHECKSUM);
    }
    if *workchain != 0 {
        return other(Value::Key(Vec::new()), "an address of the masterchain");
    }

    let hash = Value::TonState(hash.to_vec());
    let is_usual = *tag & !TEST == NOT_BOUNCEABLE && !text.contains(['+', '/']);
    match (is_usual, (*tag & TEST != 0) == test) {
        (true, true) => usual(hash),
        (_, false) if test => other(hash, "the address of the main network"),
        (_, false) => other(hash, "the address of the test network"),
        (false, true) if *tag & !TEST == BOUNCEABLE => other(hash, "the bounceable address"),
        (false, true) => other(hash, "the address in base64 that is not for URLs"),
    }
}

fn cardano(network: u8, prefix: &str, text: &str) -> Result<Decoded> {
    if let Some(bytes) = cardano_bytes(text) {
        let decoded = cardano_payload(network, &bytes)?;
        return Ok(Decoded {
            form: Some("the address in hex".to_owned()),
            ..decoded
        });
    }
    let (found, payload) = bech32_of(text)?;
    let stake_prefix = format!("stake{}", prefix.strip_prefix("addr").unwrap_or_default());
    if found == stake_prefix {
        return Err(STAKE_ADDRESS);
    }
    if found != prefix {
        return Err(Fault::OtherShape);
    }
    cardano_payload(network, &payload)
}

const STAKE_ADDRESS: Fault =
    Fault::Name("a stake (reward) address: it belongs to the stake key, which is at `--change 2`");

/// An address as wallets hand it to pages (CIP-30), perhaps as a CBOR string of its length.
fn cardano_bytes(text: &str) -> Option<Vec<u8>> {
    let lengths = [(29, [0x58, 29].as_slice()), (57, &[0x58, 57])];
    lengths.into_iter().find_map(|(length, head)| {
        let marked = || {
            let bytes = hex_of(text, head.len() + length)?;
            bytes.strip_prefix(head).map(<[u8]>::to_vec)
        };
        hex_of(text, length).or_else(marked)
    })
}

fn cardano_payload(network: u8, payload: &[u8]) -> Result<Decoded> {
    let (header, hashes) = payload.split_first().ok_or(Fault::OtherShape)?;
    if *header & 15 != network {
        return Err(Fault::OtherShape);
    }
    if *header >> 4 == 14 {
        return Err(STAKE_ADDRESS);
    }

    match (*header >> 4, hashes.split_first_chunk::<28>()) {
        (0 | 2, Some((payment, stake))) if stake.len() == 28 => Ok(Decoded {
            value: Value::PaymentHash(payment.to_vec()),
            form: None,
            stake: (*header >> 4 == 0).then(|| stake.to_vec()),
        }),
        (4, Some((payment, _))) => {
            other(Value::PaymentHash(payment.to_vec()), "the pointer address")
        }
        (6, Some((payment, []))) => usual(Value::PaymentHash(payment.to_vec())),
        _ => Err(Fault::OtherShape),
    }
}

fn hedera(text: &str) -> Result<Decoded> {
    let lower = text.to_ascii_lowercase();
    let lower = lower.strip_prefix("0x").unwrap_or(&lower);
    if let Some(key) = lower
        .strip_prefix(HEDERA_KEY)
        .and_then(|key| hex_of(key, 32))
    {
        return usual(Value::Key(key));
    }
    if let Some(key) = other_key(lower).or_else(|| other_key(text)) {
        return key;
    }
    if let Some(key) = hedera_alias(text) {
        return other(Value::Key(key), "the alias of the key's account");
    }
    let is_account = text.split('.').count() == 3
        && text
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    Err(if is_account {
        Fault::Name("an account id, which the network assigned: its key is there")
    } else {
        Fault::OtherShape
    })
}

/// The key in an account's alias: in DER behind `0.0.`, or in base32 of protobuf.
fn hedera_alias(text: &str) -> Option<Vec<u8>> {
    const ED25519: &[u8] = &[0x12, 0x20];
    let alias = text.strip_prefix("0.0.").unwrap_or(text);
    if let Some(key) = alias.strip_prefix(HEDERA_KEY) {
        return hex_of(key, 32);
    }
    let bytes = BASE32_NOPAD
        .decode(alias.trim_end_matches('=').as_bytes())
        .ok()?;
    let key = bytes.strip_prefix(ED25519)?;
    (key.len() == 32).then(|| key.to_vec())
}
