//! Private keys in the form that a chain's wallets import, and what they must not be taken for (FORMATS.md §18).

use super::{
    base58::check_encode_secret,
    chain::{AddressForm, BitcoinNet, Chain},
};
use crate::crypto::{
    curve::{Curve, Scalar},
    secret::{Secret, SecretText},
};

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
            Self::Wif => "private key, WIF",
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

/// `version ‖ key ‖ 01`.
fn wif_text(version: u8, key: &Scalar) -> SecretText {
    let mut bytes = [1; 34];
    bytes[0] = version;
    bytes[1..33].copy_from_slice(key.to_bytes().expose());
    check_encode_secret(Secret::take(&mut bytes).expose())
}
