//! Extended keys of both curves: xprv, xpub, fprv, fpub (FORMATS.md §8).

use super::base58::{check_encode, check_encode_secret};
use crate::crypto::{
    curve::{Curve, PublicKey},
    secret::{Secret, SecretText},
    shares::FullKey,
};

const LENGTH: usize = 78;
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
