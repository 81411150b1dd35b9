//! The custodian's share of a Portal backup pair, as webhooks deliver it (FORMATS.md §21).
//!
//! Strict in the two fields that eject needs, and in the public key where it is whole; it names no curve.

use super::fields::{Partial, Provenance, digest, number, public_key, scalar, version};
use crate::crypto::{
    curve::{Curve, PublicKey, Scalar},
    secret::Secret,
};
use crate::formats::encoding::json::{FieldError, Object, Value};

/// Fields that only a custodian's share has.
pub const MARKS: [&str; 5] = [
    "clientBk",
    "serverBk",
    "clientPartialPubKey_x",
    "serverPartialPubKey_x",
    "pailler_p",
];

/// What the custodian holds of one key.
pub struct CustodianShare {
    value: Secret<32>,
    client_abscissa: Secret<32>,
    /// The wallet's public key, where the share names it.
    pub public_key: Option<PublicKey>,
    /// The curve: its public key's, or the one its backup method ends with.
    pub curve: Option<Curve>,
    /// Where this share is: `serverBk`. The client's word counts, not this one.
    pub own_abscissa: Option<Secret<32>>,
    /// `share · G` as the share itself names it.
    pub own_partial: Partial,
    /// The client's share's point.
    pub client_partial: Partial,
    /// The version that it says it has, where that is none that is known here.
    pub unknown_version: Option<String>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Versions of the provider's protocol whose shares have the fields that are read here. Webhooks name none.
const KNOWN_VERSIONS: std::ops::RangeInclusive<u32> = 1..=6;

impl CustodianShare {
    /// Reads a flat share object.
    ///
    /// # Errors
    /// [`FieldError`] with the path of the first field that is missing or wrong.
    pub fn parse(object: &Object<'_>, around: &Provenance) -> Result<Self, FieldError> {
        let provenance = around.within(object);
        let point = object.find("x").zip(object.find("y"));
        let public_key = point
            .map(|(x, y)| public_key(object.whole(), &x, &y, None))
            .transpose()?;
        let curve = public_key
            .as_ref()
            .map(PublicKey::curve)
            .or_else(|| curve_of_method(&provenance));
        let partial = |x, y| {
            let on = |curve| Partial::read(curve, object.find(x), object.find(y));
            match (curve, on(curve.unwrap_or(Curve::Secp256k1))) {
                // No point lies on both curves, so that it says its own.
                (None, Partial::Unreadable) => on(Curve::Ed25519),
                (_, partial) => partial,
            }
        };
        Ok(Self {
            value: in_range(&object.get("share")?, curve)?,
            client_abscissa: in_range(&object.get("clientBk")?, curve)?,
            own_abscissa: object
                .find("serverBk")
                .and_then(|field| number(&field).ok()),
            own_partial: partial("serverPartialPubKey_x", "serverPartialPubKey_y"),
            client_partial: partial("clientPartialPubKey_x", "clientPartialPubKey_y"),
            unknown_version: version(object).filter(|version| !is_known(version)),
            public_key,
            curve,
            provenance,
        })
    }

    /// The secret share on a curve; `None` when it cannot be a share there.
    #[must_use]
    pub fn share_on(&self, curve: Curve) -> Option<Scalar> {
        self.number_on(curve, &self.value)
    }

    /// Where the client's share is on the line: `clientBk`; `None` when it cannot be there on this curve.
    #[must_use]
    pub fn client_abscissa_on(&self, curve: Curve) -> Option<Scalar> {
        self.number_on(curve, &self.client_abscissa)
    }

    /// Where the share says that it is itself.
    #[must_use]
    pub fn own_abscissa_on(&self, curve: Curve) -> Option<Scalar> {
        self.number_on(curve, self.own_abscissa.as_ref()?)
    }

    /// Whether it says that both shares are at one place, which no pair does.
    #[must_use]
    pub fn has_equal_abscissas(&self) -> bool {
        self.own_abscissa
            .as_ref()
            .is_some_and(|own| own.same_as(&self.client_abscissa))
    }

    /// Tells this share from others without holding its secret: see [`digest`].
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        digest(self.curve, &self.value, &self.client_abscissa)
    }

    fn number_on(&self, curve: Curve, number: &Secret<32>) -> Option<Scalar> {
        if self.curve.is_some_and(|own| own != curve) {
            return None;
        }
        Scalar::from_canonical(curve, number).filter(|scalar| !scalar.is_zero())
    }
}

fn is_known(version: &str) -> bool {
    let number = version.trim_start_matches(['v', 'V']);
    number
        .parse()
        .is_ok_and(|number| KNOWN_VERSIONS.contains(&number))
}

/// A number in `1..order`; of secp256k1, whose order is the larger one, where the curve is not known.
fn in_range(field: &Value<'_>, curve: Option<Curve>) -> Result<Secret<32>, FieldError> {
    scalar(field, curve.unwrap_or(Curve::Secp256k1)).map(|scalar| scalar.to_bytes())
}

/// `GDRIVE-SECP256K1`, `PASSWORD-ED25519`: newer webhooks say the curve this way.
fn curve_of_method(provenance: &Provenance) -> Option<Curve> {
    let method = provenance.method.as_deref()?;
    [
        ("-SECP256K1", Curve::Secp256k1),
        ("-ED25519", Curve::Ed25519),
    ]
    .into_iter()
    .find_map(|(suffix, curve)| method.ends_with(suffix).then_some(curve))
}
