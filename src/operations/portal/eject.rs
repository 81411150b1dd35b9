//! Pairs client and custodian shares and makes the keys they share (FORMATS.md §22).
//!
//! Pairs are tried by pair id first, then every other way. Wherever the shares name public points, these decide
//! before a key is formed; a key that was formed counts only when it has the wallet's public key. Nothing needs these
//! points, though: where they leave a wallet without a key, the pairs they spoke against are joined after all.

use std::collections::HashMap;

use super::collect::FromFile;
use crate::{
    crypto::{
        curve::{Curve, PublicKey, Scalar},
        secret_sharing::{FullKey, ShamirShare, interpolate_shares},
    },
    formats::portal::{
        client_share::ClientShare, custodian_share::CustodianShare, fields::Partial,
    },
};

/// Failed pairings of one wallet that are kept; the others are only counted.
pub const MOST_ATTEMPTS: usize = 20;
/// Most pairings of one wallet that are tried. The likeliest come first, so that only a wallet without a pair gets so far.
pub const MOST_PAIRINGS: usize = 20_000;
/// Most pairings of all wallets together: about a minute of work.
pub const MOST_PAIRINGS_IN_ALL: usize = 1_000_000;

/// Why two shares are no pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// They name different public keys.
    #[error("they belong to different wallets: the public keys differ")]
    OtherWallet,
    /// The custodian's share was made for another client share.
    #[error("the custodian share was made for another client share")]
    OtherClientShare,
    /// The client's share was made for another custodian share.
    #[error("the client share was made for another custodian share")]
    OtherCustodianShare,
    /// Both are at one place of the line.
    #[error("both shares have the same x-coordinate")]
    SameAbscissa,
    /// The custodian's numbers do not fit the curve.
    #[error("the custodian share is not below the group order of this curve")]
    Range,
    /// Nothing named a point, so a key was formed; it is another one.
    #[error("they do not combine to the wallet's public key")]
    OtherKey,
}

/// A wallet's key, made and checked.
pub struct Ejected {
    /// The key.
    pub key: FullKey,
    /// The file of the client's share.
    pub client: String,
    /// The file of the custodian's share.
    pub custodian: String,
    /// What tells that custodian's share from others.
    pub custodian_fingerprint: [u8; 32],
    /// The pair id of the client's share.
    pub pair_id: Option<String>,
    /// Whose key it is, as far as the shares or what was around them say so.
    pub client_id: Option<String>,
    /// What the custodian's share says, where that is another client.
    pub other_client_id: Option<String>,
    /// What the points around the shares said against this pair; the key proved them wrong.
    pub overruled: Option<PairError>,
}

/// A pairing that was tried and did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The file of the client's share.
    pub client: String,
    /// The file of the custodian's share.
    pub custodian: String,
    /// Why they are no pair.
    pub fault: PairError,
}

/// A wallet of which client shares were seen, but no pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpaired {
    /// Its public key.
    pub public_key: PublicKey,
    /// The files of its client shares.
    pub clients: Vec<String>,
    /// Whose wallet it is, where a share or what was around it says so.
    pub client_id: Option<String>,
    /// Whether all of its client shares are signing shares, to which no custodian share belongs.
    pub is_signing: bool,
    /// The first [`MOST_ATTEMPTS`] pairings; empty when no custodian share of the curve was seen at all.
    pub attempts: Vec<Attempt>,
    /// How many there were.
    pub tried: usize,
    /// How many more there could have been, which is over [`MOST_PAIRINGS`] or [`MOST_PAIRINGS_IN_ALL`].
    pub untried: usize,
}

/// What came of all shares.
#[derive(Default)]
pub struct Ejection {
    /// One key per wallet and curve.
    pub keys: Vec<Ejected>,
    /// Wallets without one.
    pub unpaired: Vec<Unpaired>,
}

/// Tries every pairing that could hold, until each wallet has its key.
#[must_use]
pub fn eject(
    clients: &[FromFile<ClientShare>],
    custodians: &[FromFile<CustodianShare>],
) -> Ejection {
    let mut ejection = Ejection::default();
    let mut left = MOST_PAIRINGS_IN_ALL;

    for curve in [Curve::Secp256k1, Curve::Ed25519] {
        let custodians = Candidates::of_curve(custodians, curve);
        for (key, holders) in wallets(clients, curve) {
            let wallet = Wallet {
                key,
                holders,
                custodians: &custodians,
                curve,
            };
            match wallet.eject(&mut left) {
                Ok(ejected) => ejection.keys.push(ejected),
                Err(unpaired) => ejection.unpaired.push(*unpaired),
            }
        }
    }

    ejection
}

/// A custodian's share with the public point of its share.
struct Candidate<'a> {
    named: &'a FromFile<CustodianShare>,
    on_curve: Option<(Scalar, PublicKey)>,
}

/// The custodians' shares of one curve, and where to look for those of one public key, pair or client share.
#[derive(Default)]
struct Candidates<'a> {
    all: Vec<Candidate<'a>>,
    of_key: HashMap<&'a PublicKey, Vec<usize>>,
    of_any: Vec<usize>,
    of_pair: HashMap<&'a str, Vec<usize>>,
    of_client_point: HashMap<&'a PublicKey, Vec<usize>>,
}

impl<'a> Candidates<'a> {
    fn of_curve(custodians: &'a [FromFile<CustodianShare>], curve: Curve) -> Self {
        let mut found = Self::default();
        for named in custodians
            .iter()
            .filter(|named| named.share.curve.is_none_or(|own| own == curve))
        {
            found.add(named, curve);
        }

        found
    }

    fn add(&mut self, named: &'a FromFile<CustodianShare>, curve: Curve) {
        let share = &named.share;
        let index = self.all.len();

        match &share.public_key {
            Some(key) => self.of_key.entry(key).or_default().push(index),
            None => self.of_any.push(index),
        }
        if let Some(pair) = &share.provenance.pair_id {
            self.of_pair.entry(pair).or_default().push(index);
        }
        if let Partial::Point(point) = &share.client_partial {
            self.of_client_point.entry(point).or_default().push(index);
        }

        let share = share.share_on(curve);
        let on_curve = share.and_then(|share| share.public_key().map(|point| (share, point)));
        self.all.push(Candidate { named, on_curve });
    }

    /// Those that name this public key, and those that name none.
    fn of(&self, key: &PublicKey) -> impl Iterator<Item = &Candidate<'a>> {
        self.at(self.of_key.get(key))
            .chain(self.at(Some(&self.of_any)))
    }

    /// Of these, the ones that say that they belong to this client's share: by pair id, then by the point of its share.
    fn akin(&self, client: &Holder<'_>, key: &PublicKey) -> impl Iterator<Item = &Candidate<'a>> {
        let pair = client.named.share.provenance.pair_id.as_deref();
        let by_pair = self.at(pair.and_then(|pair| self.of_pair.get(pair)));
        let by_point = self.at(client
            .point
            .as_ref()
            .and_then(|point| self.of_client_point.get(point)));

        let by_point =
            by_point.filter(move |candidate| !pair.is_some_and(|pair| candidate.has_pair(pair)));
        let fits = move |candidate: &&Candidate<'_>| {
            let own = candidate.named.share.public_key.as_ref();
            own.is_none_or(|own| own == key)
        };
        by_pair.chain(by_point).filter(fits)
    }

    fn of_others(&self, key: &PublicKey) -> impl Iterator<Item = &Candidate<'a>> {
        let others = self.of_key.len() > usize::from(self.of_key.contains_key(key));
        self.all.iter().filter(move |candidate| {
            let own = candidate.named.share.public_key.as_ref();
            others && own.is_some_and(|own| own != key)
        })
    }

    fn at(&self, places: Option<&Vec<usize>>) -> impl Iterator<Item = &Candidate<'a>> {
        places
            .into_iter()
            .flatten()
            .filter_map(|index| self.all.get(*index))
    }
}

impl Candidate<'_> {
    fn has_pair(&self, pair: &str) -> bool {
        self.named.share.provenance.pair_id.as_deref() == Some(pair)
    }

    /// Whether it says that it belongs to this client's share.
    fn is_akin(&self, client: &Holder<'_>) -> bool {
        let pair = client.named.share.provenance.pair_id.as_deref();
        let Partial::Point(own) = &self.named.share.client_partial else {
            return pair.is_some_and(|pair| self.has_pair(pair));
        };
        pair.is_some_and(|pair| self.has_pair(pair)) || client.point.as_ref() == Some(own)
    }
}

/// A client's share with the public point of its share.
struct Holder<'a> {
    named: &'a FromFile<ClientShare>,
    point: Option<PublicKey>,
}

/// The client shares of one curve, those of one public key together.
fn wallets(clients: &[FromFile<ClientShare>], curve: Curve) -> Vec<(&PublicKey, Vec<Holder<'_>>)> {
    let mut wallets: Vec<(&PublicKey, Vec<Holder<'_>>)> = Vec::new();
    let mut places = HashMap::new();
    for named in clients.iter().filter(|named| named.share.curve() == curve) {
        let place = *places
            .entry(&named.share.public_key)
            .or_insert(wallets.len());
        let holder = Holder {
            named,
            point: named.share.value.public_key(),
        };
        match wallets.get_mut(place) {
            Some((_, holders)) => holders.push(holder),
            None => wallets.push((&named.share.public_key, vec![holder])),
        }
    }
    wallets
}

/// The client shares of one public key, and what they are tried with.
struct Wallet<'a> {
    key: &'a PublicKey,
    holders: Vec<Holder<'a>>,
    custodians: &'a Candidates<'a>,
    curve: Curve,
}

type Pair<'s, 'a> = (&'s Holder<'a>, &'s Candidate<'a>);

impl<'a> Wallet<'a> {
    fn eject(&self, left: &mut usize) -> Result<Ejected, Box<Unpaired>> {
        let limit = MOST_PAIRINGS.min(*left);
        let mut tried = 0;
        let mut attempts = Vec::new();

        for (client, custodian) in self.pairs().take(limit) {
            tried += 1;
            *left -= 1;
            match vetoed(client, custodian, self.curve)
                .map_or_else(|| combine(client, custodian, self.curve), Err)
            {
                Ok(key) => return Ok(ejected(client, custodian, key, None)),
                Err(fault) if attempts.len() < MOST_ATTEMPTS => {
                    attempts.push(attempt(client, custodian, fault))
                }
                Err(_) => {}
            }
        }

        for (client, custodian) in self.pairs().take(limit) {
            if let Some(fault) = vetoed(client, custodian, self.curve)
                && let Ok(key) = combine(client, custodian, self.curve)
            {
                return Ok(ejected(client, custodian, key, Some(fault)));
            }
        }

        Err(Box::new(self.unpaired(attempts, tried)))
    }

    /// Every pair that could hold, the likeliest first. They are made one at a time: of many shares they are too many to
    /// keep.
    fn pairs(&self) -> impl Iterator<Item = Pair<'_, 'a>> {
        let akin = self.holders.iter().flat_map(|client| {
            let custodians = self.custodians.akin(client, self.key);
            custodians.map(move |custodian| (client, custodian))
        });
        let others = self.holders.iter().flat_map(|client| {
            let custodians = self.custodians.of(self.key);
            custodians
                .filter(move |custodian| !custodian.is_akin(client))
                .map(move |custodian| (client, custodian))
        });

        akin.chain(others)
    }

    fn unpaired(&self, mut attempts: Vec<Attempt>, tried: usize) -> Unpaired {
        let others = self.holders.iter().flat_map(|client| {
            let custodians = self.custodians.of_others(self.key);
            custodians.map(move |custodian| attempt(client, custodian, PairError::OtherWallet))
        });
        attempts.extend(others.take(MOST_ATTEMPTS - attempts.len()));

        let all = self.holders.len().saturating_mul(self.custodians.all.len());
        let fitting = self.custodians.of(self.key).count();
        let untried = self.holders.len().saturating_mul(fitting) - tried;
        Unpaired {
            public_key: self.key.clone(),
            clients: self
                .holders
                .iter()
                .map(|client| client.named.source.clone())
                .collect(),
            client_id: self
                .holders
                .iter()
                .find_map(|client| client.named.share.provenance.client_id.clone()),
            is_signing: self
                .holders
                .iter()
                .all(|client| client.named.share.is_signing()),
            attempts,
            tried: all - untried,
            untried,
        }
    }
}

fn ejected(
    client: &Holder<'_>,
    custodian: &Candidate<'_>,
    key: FullKey,
    overruled: Option<PairError>,
) -> Ejected {
    let own = &client.named.share.provenance.client_id;
    let other = &custodian.named.share.provenance.client_id;
    Ejected {
        key,
        client: client.named.source.clone(),
        custodian: custodian.named.source.clone(),
        custodian_fingerprint: custodian.named.share.fingerprint(),
        pair_id: client.named.share.provenance.pair_id.clone(),
        client_id: own.clone().or_else(|| other.clone()),
        other_client_id: other
            .clone()
            .filter(|other| own.as_ref().is_some_and(|own| own != other)),
        overruled,
    }
}

fn attempt(client: &Holder<'_>, custodian: &Candidate<'_>, fault: PairError) -> Attempt {
    Attempt {
        client: client.named.source.clone(),
        custodian: custodian.named.source.clone(),
        fault,
    }
}

/// What the points that the shares name say against the pair.
fn vetoed(client: &Holder<'_>, custodian: &Candidate<'_>, curve: Curve) -> Option<PairError> {
    let (client_share, share) = (&client.named.share, &custodian.named.share);
    let (_, point) = custodian.on_curve.as_ref()?;
    let abscissa = share.client_abscissa_on(curve)?;
    if abscissa
        .to_bytes()
        .same_as(&client_share.custodian_abscissa.to_bytes())
    {
        return None;
    }
    if client
        .point
        .as_ref()
        .is_some_and(|point| share.client_partial.contradicts(point))
    {
        return Some(PairError::OtherClientShare);
    }
    client_share
        .custodian_partial
        .contradicts(point)
        .then_some(PairError::OtherCustodianShare)
}

fn combine(
    client: &Holder<'_>,
    custodian: &Candidate<'_>,
    curve: Curve,
) -> Result<FullKey, PairError> {
    let client = &client.named.share;
    let (share, _) = custodian.on_curve.as_ref().ok_or(PairError::Range)?;
    let abscissa = custodian
        .named
        .share
        .client_abscissa_on(curve)
        .ok_or(PairError::Range)?;
    if abscissa
        .to_bytes()
        .same_as(&client.custodian_abscissa.to_bytes())
    {
        return Err(PairError::SameAbscissa);
    }
    let client_share = ShamirShare {
        abscissa: &abscissa,
        share: &client.value,
    };
    let custodian_share = ShamirShare {
        abscissa: &client.custodian_abscissa,
        share,
    };
    let scalar = interpolate_shares(&[client_share, custodian_share]);
    let scalar = scalar.ok_or(PairError::SameAbscissa)?;
    FullKey::checked(scalar, &client.public_key).ok_or(PairError::OtherKey)
}
