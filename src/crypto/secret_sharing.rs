//! Shares of a private key, and the key they make (FORMATS.md §6, §22).
//!
//! A wallet's key is shared in one of two ways: as a sum (CMP), or as points of a polynomial (Shamir). Neither says
//! whether its result is right: [`FullKey::checked`] compares the public key, and is the only way to a key.

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
