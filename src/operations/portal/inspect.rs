//! Says what Portal shares are, without telling their secrets (FORMATS.md §21).

use super::collect::{FromFile, Role};
use crate::{
    crypto::curve::{Curve, PublicKey},
    formats::portal::{
        client_share::ClientShare,
        custodian_share::CustodianShare,
        fields::{Partial, Provenance},
    },
};

/// Whether a share's numbers agree with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Its share has the public point that it names.
    Consistent,
    /// Its share has another one, or both shares are at one place: damaged, or put together from two shares.
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

    /// Whether the share must not be relied upon.
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

/// What is known of a share; holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareReport {
    /// The file.
    pub source: String,
    /// Which share.
    pub role: Role,
    /// The curve, where it shows.
    pub curve: Option<Curve>,
    /// The wallet's public key, where the share names it.
    pub public_key: Option<PublicKey>,
    /// Pair id, client id, backup method.
    pub provenance: Provenance,
    /// Whether it is a device's signing share: its other share never leaves the provider.
    pub is_signing: bool,
    /// `share · G` against the point that the share names, and the abscissas of both shares against each other.
    pub consistency: Consistency,
}

/// What a client's share is.
#[must_use]
pub fn inspect_client(named: &FromFile<ClientShare>) -> ShareReport {
    let share = &named.share;
    ShareReport {
        source: named.source.clone(),
        role: Role::Client,
        curve: Some(share.curve()),
        public_key: Some(share.public_key.clone()),
        provenance: share.provenance.clone(),
        is_signing: share.is_signing(),
        consistency: Consistency::of(
            share.value.public_key(),
            &share.own_partial,
            share.has_equal_abscissas(),
        ),
    }
}

/// What a custodian's share is.
#[must_use]
pub fn inspect_custodian(named: &FromFile<CustodianShare>) -> ShareReport {
    let share = &named.share;
    let share_point = share
        .curve
        .and_then(|curve| share.share_on(curve)?.public_key());
    ShareReport {
        source: named.source.clone(),
        role: Role::Custodian,
        curve: share.curve,
        public_key: share.public_key.clone(),
        provenance: share.provenance.clone(),
        is_signing: false,
        consistency: Consistency::of(share_point, &share.own_partial, share.has_equal_abscissas()),
    }
}
