//! Pairs client and custodian halves and makes the keys they share (FORMATS.md §22).
//!
//! Pairs are tried by pair id first, then every other way. Wherever the halves name public points, these decide
//! before a key is formed; a key that was formed counts only when it has the wallet's public key.

use super::gather::Named;
use crate::{
    crypto::{
        curve::{Curve, PublicKey, Scalar},
        halves::{LinePoint, interpolate_halves},
        shares::FullKey,
    },
    formats::{custodian_share::CustodianHalf, portal_share::ClientHalf},
};

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
    /// Every pairing that was tried; empty when no custodian half of the curve was seen at all.
    pub attempts: Vec<Attempt>,
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
        for wallet in wallets(clients, curve) {
            match eject_wallet(&wallet, &custodians, curve) {
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

fn candidates(custodians: &[Named<CustodianHalf>], curve: Curve) -> Vec<Candidate<'_>> {
    let mine = custodians.iter().filter(|named| named.half.curve.is_none_or(|own| own == curve));
    let candidate = |named: &'_ Named<CustodianHalf>| {
        let share = named.half.share_on(curve);
        share.and_then(|share| share.public_key().map(|point| (share, point)))
    };
    mine.map(|named| Candidate { on_curve: candidate(named), named }).collect()
}

/// The client halves of one curve, those of one public key together.
fn wallets(clients: &[Named<ClientHalf>], curve: Curve) -> Vec<Vec<&Named<ClientHalf>>> {
    let mut wallets: Vec<Vec<&Named<ClientHalf>>> = Vec::new();
    for named in clients.iter().filter(|named| named.half.curve() == curve) {
        let of_wallet = |halves: &Vec<&Named<ClientHalf>>| {
            halves.first().is_some_and(|first| first.half.public_key == named.half.public_key)
        };
        match wallets.iter_mut().find(|halves| of_wallet(halves)) {
            Some(halves) => halves.push(named),
            None => wallets.push(vec![named]),
        }
    }
    wallets
}

fn eject_wallet(
    wallet: &[&Named<ClientHalf>],
    custodians: &[Candidate<'_>],
    curve: Curve,
) -> Result<Ejected, Unpaired> {
    let mut pairs: Vec<_> =
        wallet.iter().flat_map(|client| custodians.iter().map(move |custodian| (*client, custodian))).collect();
    pairs.sort_by_key(|(client, custodian)| !same_pair_id(client, custodian.named));
    let mut attempts = Vec::new();
    for (client, custodian) in pairs {
        match combine(&client.half, custodian, curve) {
            Ok(key) => {
                return Ok(Ejected {
                    key,
                    client: client.source.clone(),
                    custodian: custodian.named.source.clone(),
                    pair_id: client.half.provenance.pair_id.clone(),
                });
            }
            Err(fault) => attempts.push(Attempt {
                client: client.source.clone(),
                custodian: custodian.named.source.clone(),
                fault,
            }),
        }
    }
    let clients = wallet.iter().map(|client| client.source.clone()).collect();
    let public_key = wallet.first().expect("a wallet has a client half").half.public_key.clone();
    Err(Unpaired { public_key, clients, attempts })
}

fn same_pair_id(client: &Named<ClientHalf>, custodian: &Named<CustodianHalf>) -> bool {
    let id = &client.half.provenance.pair_id;
    id.is_some() && *id == custodian.half.provenance.pair_id
}

fn combine(client: &ClientHalf, custodian: &Candidate<'_>, curve: Curve) -> Result<FullKey, PairFault> {
    let half = &custodian.named.half;
    let (share, point) = custodian.on_curve.as_ref().ok_or(PairFault::Range)?;
    let abscissa = half.client_abscissa_on(curve).ok_or(PairFault::Range)?;
    if half.public_key.as_ref().is_some_and(|key| *key != client.public_key) {
        return Err(PairFault::OtherWallet);
    }
    if abscissa.to_bytes().same_as(&client.custodian_abscissa.to_bytes()) {
        return Err(PairFault::SameAbscissa);
    }
    if client.share.public_key().is_some_and(|point| half.client_partial.contradicts(&point)) {
        return Err(PairFault::OtherClientHalf);
    }
    if client.custodian_partial.contradicts(point) {
        return Err(PairFault::OtherCustodianHalf);
    }
    let client_point = LinePoint { abscissa: &abscissa, share: &client.share };
    let custodian_point = LinePoint { abscissa: &client.custodian_abscissa, share };
    let scalar = interpolate_halves(&client_point, &custodian_point).ok_or(PairFault::SameAbscissa)?;
    FullKey::checked(scalar, &client.public_key).ok_or(PairFault::OtherKey)
}
