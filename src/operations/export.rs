//! Full keys to the keys, addresses and private forms of chains (FORMATS.md §9, §18).

use crate::{
    crypto::{
        curve::{Curve, PublicKey, Scalar},
        hd::{PrivateNode, PublicNode},
        secret::SecretText,
    },
    formats::{
        address::address,
        chain::{AssetPath, Chain, Script},
        extended_key::ExtendedKey,
        full_keys::RootKey,
        private_form::private_text,
        wallet_id::WalletId,
    },
};

/// Why a key cannot be exported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// No full key on the chain's curve.
    #[error("the full keys hold no {curve} key, which `{chain}` needs")]
    NoKey {
        /// The chain.
        chain: &'static str,
        /// Its curve.
        curve: &'static str,
    },
    /// Only public keys are there.
    #[error("the full keys hold only public keys, the private one of `{0}` is needed")]
    PublicOnly(&'static str),
    /// A kind of address that the chain does not have.
    #[error("`{chain}` has no addresses of kind `{script}`")]
    NoScript {
        /// The chain.
        chain: &'static str,
        /// The kind.
        script: &'static str,
    },
    /// The one index in 2^127 without a key.
    #[error("there is no key at `{0}`")]
    NoChild(AssetPath),
}

impl ExportError {
    /// Stable identifier for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoKey { .. } => "no_key_on_curve",
            Self::PublicOnly(_) => "public_keys_only",
            Self::NoScript { .. } => "no_such_address_type",
            Self::NoChild(_) => "no_child_key",
        }
    }
}

/// Which paths of a chain: one account and branch, indexes from first to last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The account.
    pub account: u32,
    /// The branch.
    pub change: u32,
    /// First index.
    pub first: u32,
    /// Last index.
    pub last: u32,
}

/// One key of one chain.
pub struct AssetKey {
    /// The wallet, where the full keys say.
    pub wallet_id: Option<WalletId>,
    /// The chain.
    pub chain: &'static Chain,
    /// The kind of address, where the chain has several.
    pub script: Option<Script>,
    /// Where the key stands.
    pub path: AssetPath,
    /// Its public key.
    pub public_key: PublicKey,
    /// Its address.
    pub address: String,
    /// Its scalar, where it was asked for.
    scalar: Option<Scalar>,
}

impl AssetKey {
    /// The private key in its chain's form, where it was asked for.
    #[must_use]
    pub fn private_text(&self) -> Option<SecretText> {
        self.scalar
            .as_ref()
            .map(|scalar| private_text(self.chain, scalar))
    }

    /// The scalar, where it was asked for.
    #[must_use]
    pub fn expose(&self) -> Option<&Scalar> {
        self.scalar.as_ref()
    }
}

/// Every key of a chain in a span, for each wallet that has a key on the chain's curve.
///
/// # Errors
/// [`ExportError`].
pub fn export(
    roots: &[RootKey],
    chain: &'static Chain,
    script: Option<Script>,
    span: Span,
    reveal: bool,
) -> Result<Vec<AssetKey>, ExportError> {
    let script = kind_of(chain, script)?;
    let mut keys = Vec::new();
    for root in roots_for(roots, chain)? {
        let branch = Branch::of(root, chain, span, reveal)?;
        for index in span.first..=span.last {
            let path = AssetPath {
                coin: chain.coin,
                account: span.account,
                change: span.change,
                index,
            };
            let (public_key, scalar) = branch.child(index).ok_or(ExportError::NoChild(path))?;
            let address = address(chain, script, &public_key).ok_or(ExportError::NoChild(path))?;
            keys.push(AssetKey {
                wallet_id: root.wallet_id,
                chain,
                script,
                path,
                public_key,
                address,
                scalar,
            });
        }
    }
    Ok(keys)
}

/// The private node at a path of a chain; the full keys must hold one wallet's.
///
/// # Errors
/// [`ExportError`].
pub fn private_node(
    roots: &[RootKey],
    chain: &'static Chain,
    path: AssetPath,
) -> Result<PrivateNode, ExportError> {
    let root = roots_for(roots, chain)?
        .next()
        .ok_or_else(|| no_key(chain))?;
    let ExtendedKey::Private(node) = &root.key else {
        return Err(ExportError::PublicOnly(chain.name));
    };
    node.descend(&path.levels())
        .ok_or(ExportError::NoChild(path))
}

/// The node above the indexes.
enum Branch {
    Private(PrivateNode),
    Public(PublicNode),
}

impl Branch {
    fn of(
        root: &RootKey,
        chain: &'static Chain,
        span: Span,
        reveal: bool,
    ) -> Result<Self, ExportError> {
        let path = [44, chain.coin, span.account, span.change];
        let missing = || {
            ExportError::NoChild(AssetPath {
                coin: chain.coin,
                account: span.account,
                change: span.change,
                index: 0,
            })
        };
        match (&root.key, reveal) {
            (ExtendedKey::Private(node), true) => {
                node.descend(&path).map(Self::Private).ok_or_else(missing)
            }
            (ExtendedKey::Public(_), true) => Err(ExportError::PublicOnly(chain.name)),
            (key, false) => key
                .to_public()
                .descend(&path)
                .map(Self::Public)
                .ok_or_else(missing),
        }
    }

    fn child(&self, index: u32) -> Option<(PublicKey, Option<Scalar>)> {
        match self {
            Self::Public(node) => Some((node.child(index)?.public_key().clone(), None)),
            Self::Private(node) => {
                let child = node.child(index)?;
                let copy = child.expose().duplicate();
                Some((child.public_key().clone(), Some(copy)))
            }
        }
    }
}

fn roots_for<'a>(
    roots: &'a [RootKey],
    chain: &'static Chain,
) -> Result<impl Iterator<Item = &'a RootKey>, ExportError> {
    let mut found = roots
        .iter()
        .filter(|root| root.curve() == chain.curve())
        .peekable();
    if found.peek().is_none() {
        Err(no_key(chain))
    } else {
        Ok(found)
    }
}

fn no_key(chain: &'static Chain) -> ExportError {
    let curve = match chain.curve() {
        Curve::Secp256k1 => "secp256k1",
        Curve::Ed25519 => "ed25519",
    };
    ExportError::NoKey {
        chain: chain.name,
        curve,
    }
}

/// The kind asked for, or the chain's usual one; chains with one kind of address take no notice.
fn kind_of(chain: &'static Chain, script: Option<Script>) -> Result<Option<Script>, ExportError> {
    match (chain.scripts(), script) {
        ([], _) => Ok(None),
        ([usual, ..], None) => Ok(Some(*usual)),
        (kinds, Some(script)) if kinds.contains(&script) => Ok(Some(script)),
        (_, Some(script)) => Err(ExportError::NoScript {
            chain: chain.name,
            script: script.name(),
        }),
    }
}
