//! Child keys along a path, unhardened, on both curves (FORMATS.md §9).
//!
//! With `P` the public key, `c` the chain code and `i < 2³¹` the index:
//!
//! ```text
//! secp256k1:  I = HMAC-SHA512(c, P ‖ ser32(i))         (BIP 32)
//! ed25519:    I = HMAC-SHA512(c, P ‖ 00 ‖ ser32(i))
//! child key = key + I[0..32]    child point = P + I[0..32] · G    child chain code = I[32..64]
//! ```
//!
//! Nothing is hardened: a child's private key and its parent's chain code give the parent's private key. That is why
//! chain codes are secrets here.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::Zeroize;

use super::{
    curve::{Curve, PublicKey, Scalar},
    secret::Secret,
};

/// First index that would be hardened.
pub const HARDENED: u32 = 1 << 31;

/// A private key and its chain code.
pub struct PrivateNode {
    key: Scalar,
    public_key: PublicKey,
    chain_code: Secret<32>,
}

/// A public key and its chain code.
pub struct PublicNode {
    key: PublicKey,
    chain_code: Secret<32>,
}

impl PrivateNode {
    /// The root of a tree; `None` for a key of zero.
    #[must_use]
    pub fn new(key: Scalar, chain_code: Secret<32>) -> Option<Self> {
        Some(Self {
            public_key: key.public_key()?,
            key,
            chain_code,
        })
    }

    /// The secret integer.
    #[must_use]
    pub fn expose(&self) -> &Scalar {
        &self.key
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The chain code.
    #[must_use]
    pub fn chain_code(&self) -> &Secret<32> {
        &self.chain_code
    }

    /// The public side of this node.
    #[must_use]
    pub fn to_public(&self) -> PublicNode {
        PublicNode {
            key: self.public_key.clone(),
            chain_code: self.chain_code.duplicate(),
        }
    }

    /// The child at `index`; `None` for a hardened index and for the one index in 2¹²⁷ that has no key.
    #[must_use]
    pub fn child(&self, index: u32) -> Option<Self> {
        let (tweak, chain_code) = tweak(&self.public_key, &self.chain_code, index)?;
        Self::new(self.key.add(&tweak)?, chain_code)
    }

    /// The node at the end of `path`.
    #[must_use]
    pub fn descend(&self, path: &[u32]) -> Option<Self> {
        match path {
            [] => Self::new(self.key.duplicate(), self.chain_code.duplicate()),
            [index, rest @ ..] => self.child(*index)?.descend(rest),
        }
    }
}

impl PublicNode {
    /// The root of a tree of public keys.
    #[must_use]
    pub fn new(key: PublicKey, chain_code: Secret<32>) -> Self {
        Self { key, chain_code }
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The chain code.
    #[must_use]
    pub fn chain_code(&self) -> &Secret<32> {
        &self.chain_code
    }

    /// The child at `index`; `None` as for [`PrivateNode::child`].
    #[must_use]
    pub fn child(&self, index: u32) -> Option<Self> {
        let (tweak, chain_code) = tweak(&self.key, &self.chain_code, index)?;
        Some(Self {
            key: self.key.add_multiple(&tweak)?,
            chain_code,
        })
    }

    /// The node at the end of `path`.
    #[must_use]
    pub fn descend(&self, path: &[u32]) -> Option<Self> {
        match path {
            [] => Some(Self {
                key: self.key.clone(),
                chain_code: self.chain_code.duplicate(),
            }),
            [index, rest @ ..] => self.child(*index)?.descend(rest),
        }
    }
}

/// `I`, as the scalar to add and the child's chain code.
fn tweak(key: &PublicKey, chain_code: &Secret<32>, index: u32) -> Option<(Scalar, Secret<32>)> {
    if index >= HARDENED {
        return None;
    }
    let mut mac = Hmac::<Sha512>::new_from_slice(chain_code.expose())
        .expect("HMAC takes a key of any length");
    mac.update(key.as_bytes());
    if key.curve() == Curve::Ed25519 {
        mac.update(&[0]);
    }
    mac.update(&index.to_be_bytes());
    let mut digest: [u8; 64] = mac.finalize().into_bytes().into();
    let halves = Secret::<32>::from_slice(&digest[..32]).zip(Secret::from_slice(&digest[32..]));
    digest.zeroize();
    let (left, right) = halves?;
    Some((integer(key.curve(), &left)?, right))
}

/// BIP 32 has no child where the integer is not below `n`; on ed25519 it is reduced.
fn integer(curve: Curve, bytes: &Secret<32>) -> Option<Scalar> {
    if curve == Curve::Secp256k1 {
        return Scalar::from_canonical(curve, bytes);
    }
    let mut wide = [0; 64];
    wide[32..].copy_from_slice(bytes.expose());
    let scalar = Scalar::reduce_wide(curve, &wide);
    wide.zeroize();
    Some(scalar)
}
