//! Signs the message of a prepared transaction with a wallet's key (FORMATS.md §19).

use super::export::{ExportError, private_node};
use crate::{
    crypto::{
        curve::PublicKey,
        hash::{double_sha256, keccak256, sha256, sha512_half},
        signature::{EcdsaSignature, sign_ecdsa, sign_ed25519},
    },
    formats::{
        chain::{AssetPath, Chain, MessageHash},
        full_keys::RootKey,
    },
};

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key.
    #[error(transparent)]
    Key(#[from] ExportError),
    /// A digest of another length.
    #[error("the digest has {0} bytes, expected 32")]
    DigestLength(usize),
    /// Ed25519 signs messages.
    #[error("`{0}` signs messages with Ed25519, which takes no digest")]
    NoDigest(&'static str),
    /// The signature did not verify: broken hardware or a broken build.
    #[error("the signature did not pass its own verification")]
    Unverified,
}

impl SignError {
    /// Stable identifier for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Key(error) => error.code(),
            Self::DigestLength(_) => "digest_length",
            Self::NoDigest(_) => "no_digest",
            Self::Unverified => "signature_not_verified",
        }
    }
}

/// A signature that verified.
pub struct Signed {
    /// The key it verifies with.
    pub public_key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// A signature of either curve.
pub enum Signature {
    /// Over secp256k1, with the digest that was signed.
    Ecdsa(EcdsaSignature, [u8; 32]),
    /// `R ‖ s`.
    Ed25519([u8; 64]),
}

/// Signs a message, or with `prehashed` its 32-byte digest.
///
/// # Errors
/// [`SignError`].
pub fn sign(
    roots: &[RootKey],
    chain: &'static Chain,
    path: AssetPath,
    message: &[u8],
    prehashed: bool,
) -> Result<Signed, SignError> {
    let digest = digest_of(chain, message, prehashed)?;
    let node = private_node(roots, chain, path)?;
    let signature = match digest {
        Some(digest) => {
            sign_ecdsa(node.expose(), &digest).map(|signature| Signature::Ecdsa(signature, digest))
        }
        None => sign_ed25519(node.expose(), message).map(Signature::Ed25519),
    };
    Ok(Signed {
        public_key: node.public_key().clone(),
        signature: signature.ok_or(SignError::Unverified)?,
    })
}

fn digest_of(
    chain: &Chain,
    message: &[u8],
    prehashed: bool,
) -> Result<Option<[u8; 32]>, SignError> {
    if prehashed {
        let digest = message
            .try_into()
            .map_err(|_| SignError::DigestLength(message.len()))?;
        return if chain.hash == MessageHash::Whole {
            Err(SignError::NoDigest(chain.name))
        } else {
            Ok(Some(digest))
        };
    }
    Ok(match chain.hash {
        MessageHash::Sha256 => Some(sha256(message)),
        MessageHash::DoubleSha256 => Some(double_sha256(message)),
        MessageHash::Keccak256 => Some(keccak256(message)),
        MessageHash::Sha512Half => Some(sha512_half(message)),
        MessageHash::Whole => None,
    })
}
