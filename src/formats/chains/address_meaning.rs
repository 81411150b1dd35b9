//! What an address that somebody expects means for a key: the same address, the same key in another form, another key,
//! a slip of the pen, or an address of another chain (FORMATS.md §18).
//!
//! Wallets, explorers and lists write one account in many ways. Every text is decoded to the bytes it stands for, and
//! these are compared; checksums decide first.

use super::{
    address::address_with,
    address_decode::decode,
    address_text::{bare_address, has_network_prefix, wrong_letter_case},
    address_value::{Decoded, Fault, Value, hex_of, written_key},
    names::usual,
    table::{CHAINS, Chain, Script},
};
use crate::crypto::{affine::to_affine_secp256k1, curve::PublicKey};

/// What an expected address means for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressMeaning {
    /// The address itself; the case of letters and what is around it do not count.
    Same,
    /// The same key in another form; holds what form.
    OtherForm(String),
    /// An address of this chain for another key.
    OtherKey,
    /// It has the form of this chain's addresses, but a letter is wrong; holds what does not hold.
    Damaged(String),
    /// An address of these chains.
    OtherChain(Vec<&'static str>),
    /// A name that a network keeps, which no key proves.
    Name(&'static str),
    /// No address of any chain here.
    Unknown,
}

impl AddressMeaning {
    /// Whether the key is the one that the address belongs to.
    #[must_use]
    pub fn is_same_key(&self) -> bool {
        matches!(self, Self::Same | Self::OtherForm(_))
    }

    /// Why an address is not the key's, as the end of a sentence; `None` where it is.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        match self {
            Self::Same | Self::OtherForm(_) => None,
            Self::OtherKey => Some("not the one expected".to_owned()),
            Self::Damaged(what) => Some(format!("and the expected one is mistyped: {what}")),
            Self::OtherChain(chains) => Some(format!(
                "and the expected one is an address of `{}`",
                chains.join("` or `")
            )),
            Self::Name(what) => Some(format!("and the expected one is {what}")),
            Self::Unknown => {
                Some("and the expected one is in no form that is known here".to_owned())
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Damaged(_) => "copy the expected address again from where it was written down",
            Self::OtherChain(_) => "say `--chain` with the chain of the expected address",
            Self::Name(_) => {
                "look up the account's public key on the network and compare it with the one shown"
            }
            Self::Unknown => {
                "this says nothing about the key: give the address as the wallet shows it, or compare the public key"
            }
            _ => "is it this wallet, this account, this `--address-type`?",
        }
    }
}

/// What `text` means for the key, whose address is of the kind `script`.
///
/// `stake` is the stake key of the same account, for Cardano's base addresses.
#[must_use]
pub fn address_meaning(
    chain: &'static Chain,
    script: Option<Script>,
    key: &PublicKey,
    stake: Option<&PublicKey>,
    text: &str,
) -> AddressMeaning {
    let meaning = bare_meaning(chain, script, key, stake, bare_address(text));
    if meaning == AddressMeaning::Same && has_network_prefix(text) {
        return AddressMeaning::OtherForm("the address with a network prefix".to_owned());
    }
    meaning
}

fn bare_meaning(
    chain: &'static Chain,
    script: Option<Script>,
    key: &PublicKey,
    stake: Option<&PublicKey>,
    text: &str,
) -> AddressMeaning {
    let own = address_with(chain, script, key, stake);
    if own
        .as_deref()
        .is_some_and(|own| !own.is_empty() && own == text)
    {
        return AddressMeaning::Same;
    }

    let as_key = public_key_in(key, text);
    if let Some((form, true)) = as_key {
        return AddressMeaning::OtherForm(form.to_owned());
    }
    match decode(chain, text) {
        Ok(found) if is_of(&found, key, stake) => {
            if let Some(fault) = wrong_letter_case(chain, text) {
                return AddressMeaning::Damaged(fault.to_owned());
            }
            match (&found.form, own) {
                // The usual form in other letters, such as Bech32 in capitals.
                (None, Some(own))
                    if decode(chain, &own).is_ok_and(|own| own.value == found.value) =>
                {
                    AddressMeaning::Same
                }
                (form, _) => {
                    AddressMeaning::OtherForm(form.clone().unwrap_or_else(|| kind_of(&found)))
                }
            }
        }
        Ok(_) => match of_other_chain(chain, text) {
            // A bare hex text fits many chains and says nothing about which is meant.
            Some(chains)
                if !is_hex(text) && decode(chain, text).is_ok_and(|found| found.form.is_some()) =>
            {
                AddressMeaning::OtherChain(chains)
            }
            _ => AddressMeaning::OtherKey,
        },
        Err(Fault::Damaged(_) | Fault::OtherShape) if as_key.is_some() => AddressMeaning::OtherKey,
        Err(Fault::Damaged(what)) => match of_other_chain(chain, text) {
            Some(chains) => AddressMeaning::OtherChain(chains),
            None => AddressMeaning::Damaged(what.to_owned()),
        },
        Err(Fault::Name(what)) => AddressMeaning::Name(what),
        Err(Fault::OtherShape) => of_other_chain(chain, text)
            .map_or_else(|| damaged_elsewhere(text), AddressMeaning::OtherChain),
    }
}

/// The text as a public key, as explorers and node software show it: compressed, with both coordinates, or these alone;
/// the form, and whether it is this key. In Base58 the digits of hex would look like an address with a wrong checksum.
fn public_key_in(key: &PublicKey, text: &str) -> Option<(&'static str, bool)> {
    const IN_HEX: &str = "the public key in hex";
    let compressed = key.as_bytes();
    if let Some((bytes, form)) = written_key(text, compressed.len()) {
        let is_own = bytes == compressed;
        // Many texts are base64 of this length by chance.
        return (is_own || form == IN_HEX).then_some((form, is_own));
    }

    let coordinates = to_affine_secp256k1(key)?;
    if let Some(bytes) = hex_of(text, 64) {
        return Some((IN_HEX, bytes == coordinates));
    }
    let bytes = hex_of(text, 65)?;
    Some((
        IN_HEX,
        bytes.strip_prefix(&[4]) == Some(coordinates.as_slice()),
    ))
}

fn is_of(found: &Decoded, key: &PublicKey, stake: Option<&PublicKey>) -> bool {
    found
        .value
        .of(key)
        .is_some_and(|own| own == *found.value.bytes())
        && match (&found.stake, stake) {
            (Some(expected), Some(stake)) => Value::StakeHash(Vec::new())
                .of(stake)
                .is_some_and(|own| own == *expected),
            _ => true,
        }
}

fn kind_of(found: &Decoded) -> String {
    match found.value {
        Value::KeyHash(_) => "the p2pkh address",
        Value::WitnessHash(_) => "the p2wpkh address",
        Value::ScriptHash(_) => "the p2sh-p2wpkh address",
        Value::Taproot(_) => "the p2tr address",
        Value::PaymentHash(_) if found.stake.is_some() => "the base address",
        Value::PaymentHash(_) => "the enterprise address",
        _ => "the usual form",
    }
    .to_owned()
}

/// The other chains whose usual addresses look so, at most three, main networks first.
fn of_other_chain(chain: &Chain, text: &str) -> Option<Vec<&'static str>> {
    // Bare digits fit many chains; those behind `0x` in the length of an account are Ethereum's.
    if is_hex(text) && !(text.starts_with("0x") && text.len() == 42) {
        return None;
    }

    let mut found: Vec<&'static str> = Vec::new();
    for other in CHAINS.iter().filter(|other| other.name != chain.name) {
        let is_usual = decode(other, text).is_ok_and(|decoded| decoded.form.is_none());
        // Chains that share their addresses with this one cannot be meant instead of it.
        if is_usual && other.form != chain.form {
            found.push(other.name);
        }
    }

    found.truncate(3);
    (!found.is_empty()).then_some(found)
}

/// A text with the form of some chain's address and a checksum that does not hold.
fn damaged_elsewhere(text: &str) -> AddressMeaning {
    let damaged = CHAINS.iter().find_map(|chain| match decode(chain, text) {
        Err(Fault::Damaged(what)) => Some(what),
        _ => None,
    });
    damaged.map_or(AddressMeaning::Unknown, |what| {
        AddressMeaning::Damaged(what.to_owned())
    })
}

fn is_hex(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The chain that an asset of a list stands for: `BTC`, `SOL`, `BTC_TEST`, `ETH_TEST5`, a name that wallets use.
#[must_use]
pub fn chain_of_asset(asset: &str) -> Option<&'static Chain> {
    let asset = asset.trim().to_ascii_lowercase();
    if let Some(chain) = Chain::from_name(&asset) {
        return Some(chain);
    }

    let (ticker, rest) = asset.split_once('_')?;
    let ticker = usual(ticker).unwrap_or(ticker);
    rest.starts_with("test")
        .then(|| Chain::from_name(&format!("{ticker}-test")))
        .flatten()
}
