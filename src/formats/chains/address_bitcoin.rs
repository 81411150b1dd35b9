//! Addresses of Bitcoin and its like, back to the bytes they stand for (FORMATS.md §18).

use bech32::primitives::decode::{CheckedHrpstring, SegwitHrpstring};

use super::{
    address::{BECH32_LETTERS, cash_checksum},
    address_value::{
        CHECKSUM, Decoded, Fault, Result, Value, base58, other, shape_of_base58, usual,
    },
    table::BitcoinNet,
};

pub(super) fn bitcoin(net: BitcoinNet, text: &str) -> Result<Decoded> {
    if let Some(prefix) = net.segwit
        && has_prefix(text, prefix)
    {
        // Blanks and signs are nobody's slip of the pen: the text is in another form.
        let fault = if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            CHECKSUM
        } else {
            Fault::OtherShape
        };
        let segwit = SegwitHrpstring::new(text).map_err(|_| fault)?;
        let program: Vec<u8> = segwit.byte_iter().collect();
        return match (segwit.witness_version().to_u8(), program.len()) {
            (0, 20) => usual(Value::WitnessHash(program)),
            (1, 32) if net.taproot => usual(Value::Taproot(program)),
            _ => other(Value::NoKey(program), "a segwit address of another kind"),
        };
    }

    if let Some(hash) = base58(text, net.p2pkh, 20) {
        return usual(Value::KeyHash(hash));
    }
    if let Some(hash) = base58(text, net.p2sh, 20) {
        // Without segwit, no script of a single key is behind such an address.
        let has_segwit = net.segwit.is_some();
        return usual(if has_segwit {
            Value::ScriptHash(hash)
        } else {
            Value::NoKey(hash)
        });
    }
    if let Some(hash) = exchange_address(net, text) {
        return other(Value::KeyHash(hash), "the TEX address (ZIP 320)");
    }
    // Litecoin's script addresses once began as Bitcoin's do.
    let old: &[u8] = match net.p2sh {
        [0x32] => &[5],
        [0x3a] => &[0xc4],
        _ => return shape_of_base58(text),
    };
    match base58(text, old, 20) {
        Some(hash) => other(
            Value::ScriptHash(hash),
            "the p2sh-p2wpkh address with Bitcoin's version",
        ),
        None => shape_of_base58(text),
    }
}

/// Zcash's address for payments from transparent addresses alone: the same key hash in Bech32m.
fn exchange_address(net: BitcoinNet, text: &str) -> Option<Vec<u8>> {
    let prefix = match net.p2pkh {
        [0x1c, 0xb8] => "tex",
        [0x1d, 0x25] => "textest",
        _ => return None,
    };
    let checked = CheckedHrpstring::new::<bech32::Bech32m>(text).ok()?;
    let hash: Vec<u8> = checked.byte_iter().collect();
    (has_prefix(text, prefix) && hash.len() == 20).then_some(hash)
}

/// Whether a Bech32 text has this prefix, in either case.
fn has_prefix(text: &str, prefix: &str) -> bool {
    text.rsplit_once('1')
        .is_some_and(|(found, _)| found.eq_ignore_ascii_case(prefix))
}

pub(super) fn bitcoin_cash(prefix: &str, legacy: &[u8], text: &str) -> Result<Decoded> {
    let text = text
        .split_once(':')
        .filter(|(found, _)| found.eq_ignore_ascii_case(prefix))
        .map_or(text, |(_, letters)| letters);
    let lower = text.to_ascii_lowercase();
    let letters = lower.as_str();

    if letters.len() == 42
        && letters
            .bytes()
            .all(|letter| BECH32_LETTERS.contains(&letter))
    {
        let (kind, hash) = cash_payload(prefix, letters).ok_or(CHECKSUM)?;
        if text != lower && text != text.to_ascii_uppercase() {
            return Err(Fault::Damaged("it mixes capitals and small letters"));
        }
        return match kind {
            0 => usual(Value::KeyHash(hash)),
            0x10 => other(Value::KeyHash(hash), "the CashAddr address for tokens"),
            _ => other(Value::NoKey(hash), "a CashAddr address of a script"),
        };
    }

    if let Some(hash) = base58(text, legacy, 20) {
        return other(Value::KeyHash(hash), "the legacy (p2pkh) address");
    }
    match base58(text, &[28], 20) {
        Some(hash) if legacy == [0] => other(Value::KeyHash(hash), "the address as Copay wrote it"),
        _ => shape_of_base58(text),
    }
}

/// Version byte and hash of a CashAddr text.
fn cash_payload(prefix: &str, letters: &str) -> Option<(u8, Vec<u8>)> {
    let mut groups = Vec::with_capacity(letters.len());
    for letter in letters.bytes() {
        let value = BECH32_LETTERS.iter().position(|other| *other == letter)?;
        groups.push(u8::try_from(value).ok()?);
    }
    let expanded = prefix.bytes().map(|letter| letter & 31).chain([0]);
    if cash_checksum(expanded.chain(groups.iter().copied())) != 0 {
        return None;
    }

    groups.truncate(groups.len().checked_sub(8)?);
    let bits: Vec<u8> = groups
        .iter()
        .flat_map(|group| (0..5).rev().map(move |bit| group >> bit & 1))
        .collect();
    let bytes: Vec<u8> = bits
        .chunks_exact(8)
        .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit))
        .collect();
    let (version, hash) = bytes.split_first()?;
    Some((*version, hash.to_vec()))
}
