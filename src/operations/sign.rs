//! Signs a prepared transaction, a text message or a digest with a wallet's key (FORMATS.md §19).

use super::export::{ExportError, Place, signing_key};
use crate::{
    crypto::{
        curve::{Curve, PublicKey},
        hash::sha256,
        signature::{EcdsaSignature, sign_ecdsa, sign_ed25519, sign_taproot},
    },
    formats::{
        chains::{
            address::address,
            prepared::{Covered, Handed, PreparedError, cover},
            table::{AddressForm, Chain, Script},
        },
        full_key::{file::RootKey, key_path::KeyPath},
    },
};

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key.
    #[error(transparent)]
    Key(#[from] ExportError),
    /// The message.
    #[error(transparent)]
    Message(#[from] PreparedError),
    /// The signature did not verify: broken hardware or a broken build.
    #[error("the signature did not pass its own verification")]
    Unverified,
}

/// What is to be signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The chain.
    pub chain: &'static Chain,
    /// The kind of address that the key is used for, on chains with several.
    pub script: Option<Script>,
    /// The bytes handed in.
    pub message: &'a [u8],
    /// What they are.
    pub handed: Handed,
}

/// A signature that verified.
pub struct Signed {
    /// Where the key is.
    pub path: KeyPath,
    /// The key it verifies with.
    pub public_key: PublicKey,
    /// The key's address.
    pub address: String,
    /// What it covers.
    pub covered: Covered,
    /// SHA-256 of what was handed in.
    pub message_sha256: [u8; 32],
    /// The signature.
    pub signature: Signature,
}

/// A signature of any kind.
pub enum Signature {
    /// ECDSA over secp256k1.
    Ecdsa(EcdsaSignature),
    /// BIP 340 over secp256k1, under the key of a taproot address.
    Taproot([u8; 64]),
    /// `R ‖ s`.
    Ed25519([u8; 64]),
}

impl Signature {
    /// A word for machines.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match self {
            Self::Ecdsa(_) => "ecdsa",
            Self::Taproot(_) => "bip340",
            Self::Ed25519(_) => "ed25519",
        }
    }
}

/// Signs.
///
/// # Errors
/// [`SignError`].
pub fn sign(roots: &[RootKey], place: &Place, request: Request<'_>) -> Result<Signed, SignError> {
    let Request {
        chain,
        script,
        message,
        handed,
    } = request;
    if let Some(script) = script.filter(|script| !chain.scripts().contains(script)) {
        return Err(SignError::Key(ExportError::NoScript {
            chain: chain.name,
            script: script.name(),
        }));
    }
    let covered = cover(chain, script, message, handed)?;
    let (path, public_key, key) = signing_key(roots, chain, place)?;

    let digest = || covered.bytes.as_slice().try_into().ok();
    let signature = match chain.curve() {
        Curve::Ed25519 => sign_ed25519(&key, &covered.bytes).map(Signature::Ed25519),
        Curve::Secp256k1 if script == Some(Script::P2tr) => digest()
            .and_then(|digest| sign_taproot(&key, digest))
            .map(Signature::Taproot),
        Curve::Secp256k1 => digest()
            .and_then(|digest| sign_ecdsa(&key, digest))
            .map(Signature::Ecdsa),
    };
    Ok(Signed {
        address: address(chain, script, &public_key).unwrap_or_default(),
        path,
        public_key,
        covered,
        message_sha256: sha256(message),
        signature: signature.ok_or(SignError::Unverified)?,
    })
}

/// `r`, `s` and the recovery id in the form of the chain: behind them (27 or 28 for text messages of Ethereum-like chains,
/// else 0 or 1), or for text messages of Bitcoin-like chains before them, with the kind of address in it (BIP 137).
#[must_use]
pub fn recoverable(
    chain: &Chain,
    script: Option<Script>,
    is_text: bool,
    signature: &EcdsaSignature,
) -> Vec<u8> {
    const COMPRESSED: u8 = 31;
    let id = signature.recovery_id;
    let behind = |id: u8| [signature.compact.as_slice(), &[id]].concat();

    match chain.form {
        AddressForm::Ethereum | AddressForm::Tron if is_text => behind(27 + id),
        AddressForm::Bitcoin(_) | AddressForm::CashAddr { .. } if is_text => {
            let kind = match script.or_else(|| chain.scripts().first().copied()) {
                Some(Script::P2shP2wpkh) => 4,
                Some(Script::P2wpkh) => 8,
                _ => 0,
            };
            [&[COMPRESSED + kind + id], signature.compact.as_slice()].concat()
        }
        _ => behind(id),
    }
}
