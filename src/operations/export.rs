//! Full keys to the keys, addresses and private forms of chains (FORMATS.md §9, §18).

use crate::{
    crypto::{
        curve::{PublicKey, Scalar},
        hd::{PrivateNode, PublicNode},
    },
    formats::{
        chains::{
            address::address_with,
            asset_key::AssetKey,
            table::{AddressForm, Chain, Script},
        },
        full_key::{
            extended_key::ExtendedKey,
            file::{Root, RootKey},
            key_path::KeyPath,
        },
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
    /// A path below a key that has no tree.
    #[error("the key is a single key without a chain code: it has no path `{0}`")]
    NoTree(KeyPath),
    /// No keyset that was asked for, or that serves the account.
    #[error("`{chain}`: the keys hold {missing}, but {held}")]
    NoKeyset {
        /// The chain.
        chain: &'static str,
        /// What they do not hold.
        missing: String,
        /// The keysets they hold.
        held: String,
    },
    /// The one index in 2^127 without a key.
    #[error("there is no key at `{0}`")]
    NoChild(KeyPath),
}

/// Which keys of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `m/44/coin/account/change/index`, indexes from first to last, both included.
    Asset {
        /// The coin number, where it is not the chain's own.
        coin: Option<u32>,
        /// The account.
        account: u32,
        /// The branch.
        change: u32,
        /// First and last index.
        indexes: (u32, u32),
    },
    /// This path.
    Exactly(KeyPath),
}

impl Place {
    /// The coin numbers of a chain below a root: where nobody knows which one a wallet has, all.
    #[must_use]
    pub fn coins(&self, chain: &Chain, root: &RootKey) -> Vec<u32> {
        match (self, chain.workspace_coin()) {
            (
                Self::Asset {
                    coin: Some(coin), ..
                },
                _,
            ) => vec![*coin],
            (_, Some(coin)) if root.of_workspace => vec![coin],
            (_, Some(coin)) => vec![chain.coin, coin],
            (_, None) => vec![chain.coin],
        }
    }

    /// The account, where the place has one.
    #[must_use]
    pub fn account(&self) -> Option<u32> {
        match self {
            Self::Asset { account, .. } => Some(*account),
            Self::Exactly(path) => match path.levels() {
                [44, _, account, ..] => Some(*account),
                _ => None,
            },
        }
    }

    /// How many keys there are below a root.
    #[must_use]
    pub fn count(&self, chain: &Chain, root: &RootKey) -> u64 {
        match (self, &root.key) {
            (Self::Asset { indexes, .. }, Root::Tree(_)) => {
                let each = u64::from(indexes.1 - indexes.0) + 1;
                each.saturating_mul(self.coins(chain, root).len() as u64)
            }
            _ => 1,
        }
    }

    /// The paths below a root, without the last level, and that level's range.
    fn branches(&self, chain: &Chain, root: &RootKey) -> Vec<(Vec<u32>, (u32, u32))> {
        match self {
            Self::Asset {
                account,
                change,
                indexes,
                ..
            } => {
                let coins = self.coins(chain, root).into_iter();
                coins
                    .map(|coin| (vec![44, coin, *account, *change], *indexes))
                    .collect()
            }
            Self::Exactly(path) => match path.levels().split_last() {
                Some((last, above)) => vec![(above.to_vec(), (*last, *last))],
                None => Vec::new(),
            },
        }
    }

    /// What a key without a tree has to be asked for.
    fn is_itself(&self) -> bool {
        let plain = Self::Asset {
            coin: None,
            account: 0,
            change: 0,
            indexes: (0, 0),
        };
        *self == plain || *self == Self::Exactly(KeyPath::Itself)
    }

    fn first(&self, chain: &Chain) -> KeyPath {
        match self {
            Self::Asset {
                coin,
                account,
                change,
                indexes,
            } => KeyPath::asset(coin.unwrap_or(chain.coin), *account, *change, indexes.0),
            Self::Exactly(path) => path.clone(),
        }
    }
}

/// Every key of a chain in a place, for each wallet that has a key on the chain's curve.
///
/// # Errors
/// [`ExportError`].
pub fn export(
    roots: &[RootKey],
    chain: &'static Chain,
    script: Option<Script>,
    place: &Place,
    reveal: bool,
) -> Result<Vec<AssetKey>, ExportError> {
    let mut keys = Vec::new();
    for root in roots_for(roots, chain)? {
        let scripts = kinds_of(chain, script, root)?;
        match &root.key {
            Root::Tree(tree) => below(root, tree, chain, &scripts, place, reveal, &mut keys)?,
            Root::Single(single) if place.is_itself() => {
                let scalar = reveal.then(|| single.expose().duplicate());
                let key = (KeyPath::Itself, single.public_key().clone(), scalar);
                lay_down(root, chain, &scripts, key, None, &mut keys)?;
            }
            Root::Single(_) => return Err(ExportError::NoTree(place.first(chain))),
        }
    }
    Ok(keys)
}

fn below(
    root: &RootKey,
    tree: &ExtendedKey,
    chain: &'static Chain,
    scripts: &[Option<Script>],
    place: &Place,
    reveal: bool,
    keys: &mut Vec<AssetKey>,
) -> Result<(), ExportError> {
    if *place == Place::Exactly(KeyPath::Itself) {
        let key = Branch::of(tree, chain, &[], reveal)?.itself();
        return lay_down(root, chain, scripts, key, None, keys);
    }

    for (above, (first, last)) in place.branches(chain, root) {
        let branch = Branch::of(tree, chain, &above, reveal)?;
        let stake = stake_key(tree, chain, &above);
        for index in first..=last {
            let path = KeyPath::Below([above.as_slice(), &[index]].concat());
            let (public_key, scalar) = branch
                .child(index)
                .ok_or_else(|| ExportError::NoChild(path.clone()))?;
            let key = (path, public_key, scalar);
            lay_down(root, chain, scripts, key, stake.as_ref(), keys)?;
        }
    }
    Ok(())
}

/// One row for each kind of address.
fn lay_down(
    root: &RootKey,
    chain: &'static Chain,
    scripts: &[Option<Script>],
    (path, public_key, mut scalar): (KeyPath, PublicKey, Option<Scalar>),
    stake: Option<&PublicKey>,
    keys: &mut Vec<AssetKey>,
) -> Result<(), ExportError> {
    for script in scripts {
        let Some(address) = address_with(chain, *script, &public_key, stake) else {
            // A base address needs the stake key, which is only where accounts do.
            if *script == Some(Script::Base) && scripts.len() > 1 {
                continue;
            }
            return Err(match script {
                Some(Script::Base) => ExportError::NoScript {
                    chain: chain.name,
                    script: Script::Base.name(),
                },
                _ => ExportError::NoChild(path),
            });
        };
        let own = scalar.as_ref().map(Scalar::duplicate);
        keys.push(AssetKey {
            wallet_id: root.wallet_id,
            client_id: root.client_id.clone(),
            keyset: root.keyset.map(|keyset| keyset.id),
            chain,
            script: *script,
            path: path.clone(),
            public_key: public_key.clone(),
            address,
            stake: stake.cloned(),
            scalar: own,
        });
    }
    scalar.take();
    Ok(())
}

/// The stake key of a Cardano account: branch 2, index 0.
fn stake_key(tree: &ExtendedKey, chain: &Chain, above: &[u32]) -> Option<PublicKey> {
    let AddressForm::Cardano(..) = chain.form else {
        return None;
    };
    let [purpose, coin, account, _] = above else {
        return None;
    };
    let node = tree
        .to_public()
        .descend(&[*purpose, *coin, *account, 2, 0])?;
    Some(node.public_key().clone())
}

/// The private key at a place of a chain, and its public key: what signs. There must be one wallet's key, and one path.
///
/// # Errors
/// [`ExportError`].
pub fn signing_key(
    roots: &[RootKey],
    chain: &'static Chain,
    place: &Place,
) -> Result<(KeyPath, PublicKey, Scalar), ExportError> {
    let root = roots_for(roots, chain)?
        .next()
        .ok_or_else(|| no_key(chain))?;
    let tree = match &root.key {
        Root::Tree(tree) => tree,
        Root::Single(single) if place.is_itself() => {
            return Ok((
                KeyPath::Itself,
                single.public_key().clone(),
                single.expose().duplicate(),
            ));
        }
        Root::Single(_) => return Err(ExportError::NoTree(place.first(chain))),
    };

    let coin = place
        .coins(chain, root)
        .first()
        .copied()
        .unwrap_or(chain.coin);
    let path = match place {
        Place::Asset {
            account,
            change,
            indexes,
            ..
        } => KeyPath::asset(coin, *account, *change, indexes.0),
        Place::Exactly(path) => path.clone(),
    };
    let (_, public_key, scalar) = Branch::of(tree, chain, path.levels(), true)?.itself();
    let scalar = scalar.ok_or(ExportError::PublicOnly(chain.name))?;
    Ok((path, public_key, scalar))
}

/// The node above the indexes.
enum Branch {
    Private(PrivateNode),
    Public(PublicNode),
}

impl Branch {
    fn of(
        tree: &ExtendedKey,
        chain: &'static Chain,
        path: &[u32],
        reveal: bool,
    ) -> Result<Self, ExportError> {
        let missing = || ExportError::NoChild(KeyPath::Below(path.to_vec()));
        match (tree, reveal) {
            (ExtendedKey::Private(node), true) => {
                node.descend(path).map(Self::Private).ok_or_else(missing)
            }
            (ExtendedKey::Public(_), true) => Err(ExportError::PublicOnly(chain.name)),
            (key, false) => key
                .to_public()
                .descend(path)
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

    fn itself(&self) -> (KeyPath, PublicKey, Option<Scalar>) {
        match self {
            Self::Public(node) => (KeyPath::Itself, node.public_key().clone(), None),
            Self::Private(node) => (
                KeyPath::Itself,
                node.public_key().clone(),
                Some(node.expose().duplicate()),
            ),
        }
    }
}

/// The keys on a chain's curve.
///
/// # Errors
/// [`ExportError::NoKey`].
pub fn roots_for<'a>(
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
    let curve = chain.curve().name();
    ExportError::NoKey {
        chain: chain.name,
        curve,
    }
}

/// The kind asked for, or the chain's usual one. Cardano has two that are both in use.
fn kinds_of(
    chain: &'static Chain,
    script: Option<Script>,
    root: &RootKey,
) -> Result<Vec<Option<Script>>, ExportError> {
    match (chain.scripts(), script) {
        ([], None) => Ok(vec![None]),
        ([usual, ..], None) => Ok(match (chain.form, &root.key) {
            (AddressForm::Cardano(..), Root::Tree(_)) => {
                vec![Some(Script::Enterprise), Some(Script::Base)]
            }
            _ => vec![Some(*usual)],
        }),
        (kinds, Some(script)) if kinds.contains(&script) => Ok(vec![Some(script)]),
        (_, Some(script)) => Err(ExportError::NoScript {
            chain: chain.name,
            script: script.name(),
        }),
    }
}
