//! Shares of a private key, the key they make (FORMATS.md §6, §22), and how a key is shared (§26).
//!
//! A wallet's key is shared in one of two ways: as a sum (CMP), or as points of a polynomial (Shamir). Neither says
//! whether its result is right: [`FullKey::checked`] compares the public key, and is the only way to a key.

use rand_core::CryptoRng;

use super::curve::{PublicKey, Scalar};

/// `Σ shares mod order`: how the CMP algorithms share a key. `None` for no shares or shares of two curves.
#[must_use]
pub fn add_shares(shares: &[Scalar]) -> Option<Scalar> {
    let (first, rest) = shares.split_first()?;
    rest.iter()
        .try_fold(first.duplicate(), |sum, share| sum.add(share))
}

/// A share of a key that is shared as a polynomial: its value at one place.
pub struct ShamirShare<'a> {
    /// The place; public, and different for every player.
    pub abscissa: &'a Scalar,
    /// The value there: the player's secret.
    pub share: &'a Scalar,
}

/// `Σ sᵢ · Π xⱼ / (xⱼ − xᵢ)` over all players: the polynomial's value at 0, which is the key.
///
/// `None` for no players, two curves, or two players at one abscissa.
#[must_use]
pub fn interpolate_shares(players: &[ShamirShare<'_>]) -> Option<Scalar> {
    let curve = players.first()?.share.curve();
    let mut sum = Scalar::from_u64(curve, 0);

    for (i, own) in players.iter().enumerate() {
        let mut term = own.share.duplicate();
        for (_, other) in players.iter().enumerate().filter(|(j, _)| *j != i) {
            let distance = other.abscissa.subtract(own.abscissa)?.invert()?;
            term = term.multiply(other.abscissa)?.multiply(&distance)?;
        }
        sum = sum.add(&term)?;
    }
    Some(sum)
}

/// The polynomial's value at another place than 0: `interpolate_shares` over places that are moved by it. At a player's own
/// place it is the player's share.
///
/// `None` as there.
#[must_use]
pub fn value_at(players: &[ShamirShare<'_>], place: &Scalar) -> Option<Scalar> {
    let moved: Option<Vec<Scalar>> = players
        .iter()
        .map(|player| player.abscissa.subtract(place))
        .collect();
    let moved = moved?;
    let players = moved.iter().zip(players);
    let players = players.map(|(abscissa, player)| ShamirShare {
        abscissa,
        share: player.share,
    });
    interpolate_shares(&players.collect::<Vec<_>>())
}

/// Shares that add up to `key`, all random but the last, and none of them zero. `None` for no shares, and for one: it would
/// be the key.
pub fn deal_sum<R: CryptoRng>(key: &Scalar, count: usize, rng: &mut R) -> Option<Vec<Scalar>> {
    if count < 2 {
        return None;
    }
    loop {
        let mut shares: Vec<Scalar> = (1..count)
            .map(|_| Scalar::random(key.curve(), rng))
            .collect();
        let last = key.subtract(&add_shares(&shares)?)?;
        if !last.is_zero() {
            shares.push(last);
            return Some(shares);
        }
    }
}

/// Points of a random polynomial of degree `threshold − 1` whose value at 0 is `key`, one for each place: any `threshold` of
/// them make the key, and none is zero. The places are different and none is 0: there is the key.
///
/// `None` where fewer than 2 or more than all points would be needed, and for places of another curve.
pub fn deal_polynomial<R: CryptoRng>(
    key: &Scalar,
    places: &[Scalar],
    threshold: usize,
    rng: &mut R,
) -> Option<Vec<Scalar>> {
    if !(2..=places.len()).contains(&threshold) || places.iter().any(Scalar::is_zero) {
        return None;
    }
    loop {
        let slopes: Vec<Scalar> = (1..threshold)
            .map(|_| Scalar::random(key.curve(), rng))
            .collect();
        let value = |place: &Scalar| {
            let zero = Scalar::from_u64(key.curve(), 0);
            let sum = slopes.iter().rev().try_fold(zero, |sum, slope| {
                sum.add(slope).and_then(|sum| sum.multiply(place))
            });
            sum?.add(key)
        };
        let shares: Vec<Scalar> = places.iter().map(value).collect::<Option<_>>()?;
        if !shares.iter().any(Scalar::is_zero) {
            return Some(shares);
        }
    }
}

/// A private key whose public key has been compared with the one it must have.
pub struct FullKey {
    scalar: Scalar,
    public_key: PublicKey,
}

impl FullKey {
    /// Accepts `scalar` only when its public key is `expected`.
    #[must_use]
    pub fn checked(scalar: Scalar, expected: &PublicKey) -> Option<Self> {
        let public_key = scalar.public_key()?;
        (public_key == *expected).then_some(Self { scalar, public_key })
    }

    /// The secret integer.
    #[must_use]
    pub fn expose(&self) -> &Scalar {
        &self.scalar
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }
}
