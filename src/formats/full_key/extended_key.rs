//! Extended keys of both curves: xprv, xpub, fprv, fpub (FORMATS.md §8).

use crate::crypto::{
    curve::{Curve, PublicKey, Scalar},
    hd::{PrivateNode, PublicNode},
    secret::{Secret, SecretText},
    secret_sharing::FullKey,
};
use crate::formats::encoding::base58::{check_decode, check_encode, check_encode_secret};

const LENGTH: usize = 78;
/// More characters than any extended key has. The work of decoding Base58 grows with the square of the length.
const MOST_CHARACTERS: usize = 128;
const DEPTH_TO_CHILD: [u8; 9] = [0; 9];

/// The extended public key at the root (depth 0): `xpub…` or `fpub…`.
#[must_use]
pub fn extended_public(key: &PublicKey, chain_code: &[u8; 32]) -> String {
    let version = match key.curve() {
        Curve::Secp256k1 => [0x04, 0x88, 0xb2, 0x1e],
        Curve::Ed25519 => [0x03, 0x27, 0x3e, 0x4b],
    };
    let mut body = Vec::with_capacity(LENGTH);
    body.extend_from_slice(&version);
    body.extend_from_slice(&DEPTH_TO_CHILD);
    body.extend_from_slice(chain_code);
    body.resize(LENGTH - key.as_bytes().len(), 0);
    body.extend_from_slice(key.as_bytes());
    check_encode(&body)
}

/// The extended private key at the root (depth 0): `xprv…` or `fprv…`.
#[must_use]
pub fn extended_private(key: &FullKey, chain_code: &[u8; 32]) -> SecretText {
    let version = match key.public_key().curve() {
        Curve::Secp256k1 => [0x04, 0x88, 0xad, 0xe4],
        Curve::Ed25519 => [0x03, 0x27, 0x3a, 0x10],
    };
    let mut body = [0; LENGTH];
    body[..4].copy_from_slice(&version);
    body[13..45].copy_from_slice(chain_code);
    body[46..].copy_from_slice(key.expose().to_bytes().expose());
    let body = Secret::take(&mut body);
    check_encode_secret(body.expose())
}

/// An extended key at the root of its tree.
pub enum ExtendedKey {
    /// `xprv…` or `fprv…`.
    Private(PrivateNode),
    /// `xpub…` or `fpub…`.
    Public(PublicNode),
}

/// Why a text is no extended key that can be used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExtendedKeyError {
    /// A foreign character, a missing one, or a slip of the pen.
    #[error("no extended key: its Base58 checksum does not hold")]
    Checksum,
    /// The checksum holds, but it is something else.
    #[error("no extended key of the kinds xprv, xpub, fprv, fpub")]
    Kind,
    /// A child, where paths begin at the root; holds its depth.
    #[error("an extended key {0} levels down its tree, expected the root")]
    Depth(u8),
    /// A private key of zero or not below the group order, or a public key that is no point.
    #[error("an extended key whose key lies outside its curve")]
    Key,
}

impl ExtendedKey {
    /// Reads an extended key of either curve.
    ///
    /// # Errors
    /// [`ExtendedKeyError`].
    pub fn parse(text: &str) -> Result<Self, ExtendedKeyError> {
        let text = text.trim();
        if text.len() > MOST_CHARACTERS {
            return Err(ExtendedKeyError::Checksum);
        }
        let body = check_decode(text).ok_or(ExtendedKeyError::Checksum)?;
        let body: &[u8; LENGTH] = body
            .as_slice()
            .try_into()
            .map_err(|_| ExtendedKeyError::Kind)?;
        let (version, rest) = body
            .split_first_chunk::<4>()
            .ok_or(ExtendedKeyError::Kind)?;
        let (place, rest) = rest
            .split_first_chunk::<9>()
            .ok_or(ExtendedKeyError::Kind)?;
        let (chain_code, key) = rest
            .split_first_chunk::<32>()
            .ok_or(ExtendedKeyError::Kind)?;
        let (curve, is_private) = kind_of(*version).ok_or(ExtendedKeyError::Kind)?;
        if *place != DEPTH_TO_CHILD {
            return Err(ExtendedKeyError::Depth(place[0]));
        }
        let chain_code = Secret::take(&mut chain_code.to_owned());
        if is_private {
            private_node(curve, key, chain_code)
        } else {
            public_node(curve, key, chain_code)
        }
        .ok_or(ExtendedKeyError::Key)
    }

    /// The public side.
    #[must_use]
    pub fn to_public(&self) -> PublicNode {
        match self {
            Self::Private(node) => node.to_public(),
            Self::Public(node) => {
                PublicNode::new(node.public_key().clone(), node.chain_code().duplicate())
            }
        }
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        match self {
            Self::Private(node) => node.public_key(),
            Self::Public(node) => node.public_key(),
        }
    }

    /// The chain code.
    #[must_use]
    pub fn chain_code(&self) -> &Secret<32> {
        match self {
            Self::Private(node) => node.chain_code(),
            Self::Public(node) => node.chain_code(),
        }
    }
}

fn kind_of(version: [u8; 4]) -> Option<(Curve, bool)> {
    match version {
        [0x04, 0x88, 0xad, 0xe4] => Some((Curve::Secp256k1, true)),
        [0x04, 0x88, 0xb2, 0x1e] => Some((Curve::Secp256k1, false)),
        [0x03, 0x27, 0x3a, 0x10] => Some((Curve::Ed25519, true)),
        [0x03, 0x27, 0x3e, 0x4b] => Some((Curve::Ed25519, false)),
        _ => None,
    }
}

fn private_node(curve: Curve, key: &[u8], chain_code: Secret<32>) -> Option<ExtendedKey> {
    let key = Secret::from_slice(key.strip_prefix(&[0])?)?;
    PrivateNode::new(Scalar::from_canonical(curve, &key)?, chain_code).map(ExtendedKey::Private)
}

fn public_node(curve: Curve, key: &[u8], chain_code: Secret<32>) -> Option<ExtendedKey> {
    let key = if curve == Curve::Ed25519 {
        key.strip_prefix(&[0])?
    } else {
        key
    };
    Some(ExtendedKey::Public(PublicNode::new(
        PublicKey::from_bytes(curve, key)?,
        chain_code,
    )))
}
