//! Private keys in the form that a chain's wallets import, and what they must not be taken for (FORMATS.md §18).

use super::{
    address::BECH32_LETTERS,
    table::{AddressForm, BitcoinNet, Chain, Script},
};
use crate::crypto::{
    curve::{Curve, Scalar},
    secret::{Secret, SecretText},
};
use crate::formats::encoding::base58::check_encode_secret;

/// The forms of a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateForm {
    /// Base58Check with the chain's version, marked compressed.
    Wif,
    /// 64 digits.
    Hex,
    /// 64 digits of an ed25519 scalar, big-endian.
    Scalar,
}

impl PrivateForm {
    /// The form that the chain's wallets take; ed25519 keys here have but one.
    #[must_use]
    pub fn of(chain: &Chain) -> Self {
        match (chain.curve(), chain.form) {
            (Curve::Ed25519, _) => Self::Scalar,
            (_, AddressForm::Bitcoin(_) | AddressForm::CashAddr { .. }) => Self::Wif,
            _ => Self::Hex,
        }
    }

    /// A word for machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wif => "wif",
            Self::Hex => "hex",
            Self::Scalar => "scalar",
        }
    }

    /// A warning that no reader of a result can overlook.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Wif => {
                "private key, WIF: a wallet that is given it alone takes it for the p2pkh address"
            }
            Self::Hex => "private key, hex",
            Self::Scalar => {
                "SCALAR, hex, big-endian: NOT a seed; wallets that ask for a seed or a 64-byte pair cannot take it"
            }
        }
    }
}

/// The private key of an address in its chain's form.
#[must_use]
pub fn private_text(chain: &Chain, key: &Scalar) -> SecretText {
    match chain.form {
        AddressForm::Bitcoin(BitcoinNet { wif, .. }) | AddressForm::CashAddr { wif, .. } => {
            wif_text(wif, key)
        }
        _ => key.to_bytes().to_hex(),
    }
}

/// A private key in the words that one wallet software takes.
pub struct WalletImport {
    /// The software.
    pub software: &'static str,
    /// Whether the text is a descriptor, as the full nodes take it.
    pub is_descriptor: bool,
    /// What is typed or pasted.
    pub text: SecretText,
}

/// What Electrum and Bitcoin Core take for the key of an address, or on Litecoin what Electrum-LTC and Litecoin Core do: WIF
/// alone does not say which kind of address is meant, and is taken for the old kind.
#[must_use]
pub fn wallet_imports(chain: &Chain, script: Option<Script>, key: &Scalar) -> Vec<WalletImport> {
    let AddressForm::Bitcoin(
        net @ BitcoinNet {
            segwit: Some(_), ..
        },
    ) = chain.form
    else {
        return Vec::new();
    };
    let [light, full] = match chain.name {
        "ltc" | "ltc-test" => ["Electrum-LTC", "Litecoin Core"],
        _ => ["Electrum", "Bitcoin Core"],
    };
    let wif = wif_text(net.wif, key);
    let wif = wif.expose();
    let (electrum, before, behind) = match script {
        Some(Script::P2pkh) => (Some("p2pkh"), "pkh(", ")"),
        Some(Script::P2wpkh) => (Some("p2wpkh"), "wpkh(", ")"),
        Some(Script::P2shP2wpkh) => (Some("p2wpkh-p2sh"), "sh(wpkh(", "))"),
        Some(Script::P2tr) => (None, "tr(", ")"),
        _ => return Vec::new(),
    };

    let descriptor = with_descriptor_checksum(&joined(&[before, wif, behind]));
    let request = joined(&[
        "importdescriptors '[{\"desc\":\"",
        descriptor.expose(),
        "\",\"timestamp\":0}]'",
    ]);
    let electrum = electrum.map(|kind| WalletImport {
        software: light,
        is_descriptor: false,
        text: joined(&[kind, ":", wif]),
    });
    electrum
        .into_iter()
        .chain([WalletImport {
            software: full,
            is_descriptor: true,
            text: request,
        }])
        .collect()
}

/// A descriptor with `#` and its eight letters (BIP 380).
#[must_use]
pub fn with_descriptor_checksum(descriptor: &SecretText) -> SecretText {
    const LETTERS: &str = "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";
    const GENERATOR: [u64; 5] = [
        0xf5_dee5_1989,
        0xa9_fdca_3312,
        0x1b_ab10_e32d,
        0x37_06b1_677a,
        0x64_4d62_6ffd,
    ];
    let step = |sum: u64, value: u64| {
        let top = sum >> 35;
        let next = (sum & 0x07_ffff_ffff) << 5 ^ value;
        let terms = GENERATOR.iter().enumerate();
        terms.fold(
            next,
            |sum, (bit, term)| if top >> bit & 1 == 1 { sum ^ term } else { sum },
        )
    };

    // Each letter gives its lower five bits; every three letters, the rest of their bits.
    let (mut sum, mut group, mut count) = (1, 0, 0);
    for letter in descriptor.expose().chars() {
        let place = LETTERS.find(letter).unwrap_or_default() as u64;
        sum = step(sum, place & 31);
        group = group * 3 + (place >> 5);
        count += 1;
        if count == 3 {
            sum = step(sum, group);
            (group, count) = (0, 0);
        }
    }
    if count > 0 {
        sum = step(sum, group);
    }
    let sum = (0..8).fold(sum, |sum, _| step(sum, 0)) ^ 1;

    let letters: String = (0..8)
        .rev()
        .filter_map(|place| BECH32_LETTERS.get((sum >> (5 * place) & 31) as usize))
        .map(|letter| char::from(*letter))
        .collect();
    joined(&[descriptor.expose(), "#", &letters])
}

/// Parts in one text, made large enough at once: a text that grows leaves copies behind.
fn joined(parts: &[&str]) -> SecretText {
    let mut text = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| text.push_str(part));
    SecretText::new(text)
}

/// `version ‖ key ‖ 01`.
fn wif_text(version: u8, key: &Scalar) -> SecretText {
    let mut bytes = [1; 34];
    bytes[0] = version;
    bytes[1..33].copy_from_slice(key.to_bytes().expose());
    check_encode_secret(Secret::take(&mut bytes).expose())
}
