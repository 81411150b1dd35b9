//! Says what Portal halves are, without telling their secrets (FORMATS.md §21).

use super::collect::{Named, Role};
use crate::{
    crypto::curve::{Curve, PublicKey},
    formats::portal::{
        client_share::ClientHalf,
        custodian_share::CustodianHalf,
        fields::{Partial, Provenance},
    },
};

/// Whether a half's numbers agree with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Its share has the public point that it names.
    Consistent,
    /// Its share has another one, or both shares stand at one place: damaged, or put together from two halves.
    Contradicts,
    /// The point that it names is no point of the curve.
    Unreadable,
    /// It names no point, or no curve.
    Unknown,
}

impl Consistency {
    /// A word for people and machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Consistent => "consistent",
            Self::Contradicts => "contradicts",
            Self::Unreadable => "unreadable",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the half must not be relied upon.
    #[must_use]
    pub fn is_fault(self) -> bool {
        matches!(self, Self::Contradicts | Self::Unreadable)
    }

    fn of(share_point: Option<PublicKey>, named: &Partial, one_place: bool) -> Self {
        if one_place {
            return Self::Contradicts;
        }
        match (share_point, named) {
            (Some(share), Partial::Point(point)) if share == *point => Self::Consistent,
            (Some(_), Partial::Point(_)) => Self::Contradicts,
            (_, Partial::Unreadable) => Self::Unreadable,
            _ => Self::Unknown,
        }
    }
}

/// What is known of a half; holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfReport {
    /// The file.
    pub source: String,
    /// Which half.
    pub role: Role,
    /// The curve, where it shows.
    pub curve: Option<Curve>,
    /// The wallet's public key, where the half names it.
    pub public_key: Option<PublicKey>,
    /// Pair id, client id, backup method.
    pub provenance: Provenance,
    /// Whether it is a device's signing share: its other share never leaves the provider.
    pub is_signing: bool,
    /// `share · G` against the point that the half names, and the abscissas of both shares against each other.
    pub consistency: Consistency,
}

/// What a client's half is.
#[must_use]
pub fn examine_client(named: &Named<ClientHalf>) -> HalfReport {
    let half = &named.half;
    HalfReport {
        source: named.source.clone(),
        role: Role::Client,
        curve: Some(half.curve()),
        public_key: Some(half.public_key.clone()),
        provenance: half.provenance.clone(),
        is_signing: half.is_signing(),
        consistency: Consistency::of(
            half.share.public_key(),
            &half.own_partial,
            half.has_equal_abscissas(),
        ),
    }
}

/// What a custodian's half is.
#[must_use]
pub fn examine_custodian(named: &Named<CustodianHalf>) -> HalfReport {
    let half = &named.half;
    let share_point = half
        .curve
        .and_then(|curve| half.share_on(curve)?.public_key());
    HalfReport {
        source: named.source.clone(),
        role: Role::Custodian,
        curve: half.curve,
        public_key: half.public_key.clone(),
        provenance: half.provenance.clone(),
        is_signing: false,
        consistency: Consistency::of(share_point, &half.own_partial, half.has_equal_abscissas()),
    }
}
