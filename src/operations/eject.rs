//! Pairs client and custodian halves and makes the keys they share (FORMATS.md §22).
//!
//! Pairs are tried by pair id first, then every other way. Wherever the halves name public points, these decide
//! before a key is formed; a key that was formed counts only when it has the wallet's public key. Nothing needs these
//! points, though: where they leave a wallet without a key, the pairs they spoke against are joined after all.

use std::collections::HashMap;

use super::gather::Named;
use crate::{
    crypto::{
        curve::{Curve, PublicKey, Scalar},
        secret_sharing::{FullKey, ShamirShare, interpolate_shares},
    },
    formats::{custodian_share::CustodianHalf, portal_share::ClientHalf},
};

/// Failed pairings of one wallet that are kept; the others are only counted.
pub const MOST_ATTEMPTS: usize = 20;

/// Why two halves are no pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PairFault {
    /// They name different public keys.
    #[error("they belong to different wallets: the public keys differ")]
    OtherWallet,
    /// The custodian's half was made for another client share.
    #[error("the custodian half was made for another client half")]
    OtherClientHalf,
    /// The client's half was made for another custodian share.
    #[error("the client half was made for another custodian half")]
    OtherCustodianHalf,
    /// Both stand at one place of the line.
    #[error("both halves have the same x-coordinate")]
    SameAbscissa,
    /// The custodian's numbers do not fit the curve.
    #[error("the custodian half is not below the group order of this curve")]
    Range,
    /// Nothing named a point, so a key was formed; it is another one.
    #[error("they do not combine to the wallet's public key")]
    OtherKey,
}

impl PairFault {
    /// Stable identifier for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherWallet => "other_wallet",
            Self::OtherClientHalf => "other_client_half",
            Self::OtherCustodianHalf => "other_custodian_half",
            Self::SameAbscissa => "same_abscissa",
            Self::Range => "share_range",
            Self::OtherKey => "public_key_mismatch",
        }
    }
}

/// A wallet's key, made and checked.
pub struct Ejected {
    /// The key.
    pub key: FullKey,
    /// The file of the client's half.
    pub client: String,
    /// The file of the custodian's half.
    pub custodian: String,
    /// The pair id of the client's half.
    pub pair_id: Option<String>,
    /// What the points around the halves said against this pair; the key proved them wrong.
    pub overruled: Option<PairFault>,
}

/// A pairing that was tried and did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The file of the client's half.
    pub client: String,
    /// The file of the custodian's half.
    pub custodian: String,
    /// Why they are no pair.
    pub fault: PairFault,
}

/// A wallet of which client halves were seen, but no pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpaired {
    /// Its public key.
    pub public_key: PublicKey,
    /// The files of its client halves.
    pub clients: Vec<String>,
    /// The first [`MOST_ATTEMPTS`] pairings; empty when no custodian half of the curve was seen at all.
    pub attempts: Vec<Attempt>,
    /// How many there were.
    pub tried: usize,
}

/// What came of all halves.
#[derive(Default)]
pub struct Ejection {
    /// One key per wallet and curve.
    pub keys: Vec<Ejected>,
    /// Wallets without one.
    pub unpaired: Vec<Unpaired>,
}

/// Tries every pairing that could hold, until each wallet has its key.
#[must_use]
pub fn eject(clients: &[Named<ClientHalf>], custodians: &[Named<CustodianHalf>]) -> Ejection {
    let mut ejection = Ejection::default();
    for curve in [Curve::Secp256k1, Curve::Ed25519] {
        let custodians = candidates(custodians, curve);
        for (key, wallet) in wallets(clients, curve) {
            match eject_wallet(key, &wallet, &custodians, curve) {
                Ok(ejected) => ejection.keys.push(ejected),
                Err(unpaired) => ejection.unpaired.push(unpaired),
            }
        }
    }
    ejection
}

/// A custodian's half with the public point of its share.
struct Candidate<'a> {
    named: &'a Named<CustodianHalf>,
    on_curve: Option<(Scalar, PublicKey)>,
}

/// The custodians' halves of one curve, those of one public key together.
struct Candidates<'a> {
    all: Vec<Candidate<'a>>,
    of_key: HashMap<&'a PublicKey, Vec<usize>>,
    of_any: Vec<usize>,
}

impl Candidates<'_> {
    /// Those that name this public key, and those that name none.
    fn of(&self, key: &PublicKey) -> impl Iterator<Item = &Candidate<'_>> {
        let own = self.of_key.get(key).into_iter().flatten();
        own.chain(&self.of_any)
            .filter_map(|index| self.all.get(*index))
    }

    fn of_others(&self, key: &PublicKey) -> impl Iterator<Item = &Candidate<'_>> {
        self.all.iter().filter(move |candidate| {
            candidate
                .named
                .half
                .public_key
                .as_ref()
                .is_some_and(|own| own != key)
        })
    }
}

fn candidates(custodians: &[Named<CustodianHalf>], curve: Curve) -> Candidates<'_> {
    let mut found = Candidates {
        all: Vec::new(),
        of_key: HashMap::new(),
        of_any: Vec::new(),
    };
    for named in custodians
        .iter()
        .filter(|named| named.half.curve.is_none_or(|own| own == curve))
    {
        let share = named.half.share_on(curve);
        let on_curve = share.and_then(|share| share.public_key().map(|point| (share, point)));
        let index = found.all.len();
        match &named.half.public_key {
            Some(key) => found.of_key.entry(key).or_default().push(index),
            None => found.of_any.push(index),
        }
        found.all.push(Candidate { named, on_curve });
    }
    found
}

/// A client's half with the public point of its share.
struct Holder<'a> {
    named: &'a Named<ClientHalf>,
    point: Option<PublicKey>,
}

/// The client halves of one curve, those of one public key together.
fn wallets(clients: &[Named<ClientHalf>], curve: Curve) -> Vec<(&PublicKey, Vec<Holder<'_>>)> {
    let mut wallets: Vec<(&PublicKey, Vec<Holder<'_>>)> = Vec::new();
    let mut places = HashMap::new();
    for named in clients.iter().filter(|named| named.half.curve() == curve) {
        let place = *places
            .entry(&named.half.public_key)
            .or_insert(wallets.len());
        let holder = Holder {
            named,
            point: named.half.share.public_key(),
        };
        match wallets.get_mut(place) {
            Some((_, holders)) => holders.push(holder),
            None => wallets.push((&named.half.public_key, vec![holder])),
        }
    }
    wallets
}

fn eject_wallet(
    key: &PublicKey,
    wallet: &[Holder<'_>],
    custodians: &Candidates<'_>,
    curve: Curve,
) -> Result<Ejected, Unpaired> {
    let mut pairs: Vec<_> = wallet
        .iter()
        .flat_map(|client| custodians.of(key).map(move |custodian| (client, custodian)))
        .collect();
    pairs.sort_by_key(|(client, custodian)| !same_pair_id(client.named, custodian.named));
    let ejected = |client: &Holder<'_>, custodian: &Candidate<'_>, key, overruled| Ejected {
        key,
        client: client.named.source.clone(),
        custodian: custodian.named.source.clone(),
        pair_id: client.named.half.provenance.pair_id.clone(),
        overruled,
    };
    let mut attempts = Vec::new();
    for (client, custodian) in &pairs {
        match vetoed(client, custodian, curve)
            .map_or_else(|| combine(client, custodian, curve), Err)
        {
            Ok(key) => return Ok(ejected(client, custodian, key, None)),
            Err(fault) if attempts.len() < MOST_ATTEMPTS => {
                attempts.push(attempt(client, custodian, fault))
            }
            Err(_) => {}
        }
    }
    for (client, custodian) in &pairs {
        if let Some(fault) = vetoed(client, custodian, curve)
            && let Ok(key) = combine(client, custodian, curve)
        {
            return Ok(ejected(client, custodian, key, Some(fault)));
        }
    }
    let others = wallet.iter().flat_map(|client| {
        custodians
            .of_others(key)
            .map(move |custodian| (client, custodian))
    });
    let others =
        others.map(|(client, custodian)| attempt(client, custodian, PairFault::OtherWallet));
    attempts.extend(others.take(MOST_ATTEMPTS - attempts.len()));
    let clients = wallet
        .iter()
        .map(|client| client.named.source.clone())
        .collect();
    Err(Unpaired {
        public_key: key.clone(),
        clients,
        attempts,
        tried: wallet.len() * custodians.all.len(),
    })
}

fn attempt(client: &Holder<'_>, custodian: &Candidate<'_>, fault: PairFault) -> Attempt {
    Attempt {
        client: client.named.source.clone(),
        custodian: custodian.named.source.clone(),
        fault,
    }
}

fn same_pair_id(client: &Named<ClientHalf>, custodian: &Named<CustodianHalf>) -> bool {
    let id = &client.half.provenance.pair_id;
    id.is_some() && *id == custodian.half.provenance.pair_id
}

/// What the points that the halves name say against the pair.
fn vetoed(client: &Holder<'_>, custodian: &Candidate<'_>, curve: Curve) -> Option<PairFault> {
    let (client_half, half) = (&client.named.half, &custodian.named.half);
    let (_, point) = custodian.on_curve.as_ref()?;
    let abscissa = half.client_abscissa_on(curve)?;
    if abscissa
        .to_bytes()
        .same_as(&client_half.custodian_abscissa.to_bytes())
    {
        return None;
    }
    if client
        .point
        .as_ref()
        .is_some_and(|point| half.client_partial.contradicts(point))
    {
        return Some(PairFault::OtherClientHalf);
    }
    client_half
        .custodian_partial
        .contradicts(point)
        .then_some(PairFault::OtherCustodianHalf)
}

fn combine(
    client: &Holder<'_>,
    custodian: &Candidate<'_>,
    curve: Curve,
) -> Result<FullKey, PairFault> {
    let client = &client.named.half;
    let (share, _) = custodian.on_curve.as_ref().ok_or(PairFault::Range)?;
    let abscissa = custodian
        .named
        .half
        .client_abscissa_on(curve)
        .ok_or(PairFault::Range)?;
    if abscissa
        .to_bytes()
        .same_as(&client.custodian_abscissa.to_bytes())
    {
        return Err(PairFault::SameAbscissa);
    }
    let client_share = ShamirShare {
        abscissa: &abscissa,
        share: &client.share,
    };
    let custodian_share = ShamirShare {
        abscissa: &client.custodian_abscissa,
        share,
    };
    let scalar = interpolate_shares(&[client_share, custodian_share]);
    let scalar = scalar.ok_or(PairFault::SameAbscissa)?;
    FullKey::checked(scalar, &client.public_key).ok_or(PairFault::OtherKey)
}
