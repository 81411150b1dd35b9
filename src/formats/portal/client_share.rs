//! The client's share of a Portal backup pair, as its plain text holds it (FORMATS.md §21).
//!
//! Strict in the three fields that eject needs; everything else may be missing or spelled as any SDK likes.

use super::fields::{Partial, Provenance, coordinate, digest, public_key, scalar};
use crate::crypto::curve::{Curve, PublicKey, Scalar};
use crate::formats::encoding::{
    json::{FieldError, Kind, Object, Value},
    typed::untyped,
};

/// Names that the SDKs give the wallet's public key.
pub const PUBLIC_KEY_NAMES: [&str; 2] = ["pubkey", "pubKey"];

const PARTIAL_NAMES: [&str; 3] = ["partialPubkey", "partialPubKey", "partialPubkeys"];

/// What the client holds of one key.
pub struct ClientShare {
    /// The secret share.
    pub value: Scalar,
    /// The wallet's public key: what an ejected key must have.
    pub public_key: PublicKey,
    /// Where the custodian's share is on the line: `bks.server.X`.
    pub custodian_abscissa: Scalar,
    /// Where this share is: `bks.client.X`. The custodian's word counts, not this one.
    pub own_abscissa: Option<Scalar>,
    /// `share · G` as the share itself names it.
    pub own_partial: Partial,
    /// The custodian's share's point.
    pub custodian_partial: Partial,
    /// Where it comes from.
    pub provenance: Provenance,
}

impl ClientShare {
    /// Reads a share object. `curve` is the one it is under; a bare share shows it by its public key.
    ///
    /// # Errors
    /// [`FieldError`] with the path of the first field that is missing or wrong.
    pub fn parse(
        object: &Object<'_>,
        curve: Option<Curve>,
        around: &Provenance,
    ) -> Result<Self, FieldError> {
        let name = PUBLIC_KEY_NAMES
            .into_iter()
            .find(|name| object.has_any(&[name]))
            .unwrap_or("pubkey");
        let point = object.get(name)?;
        let public_key = read_point(&point, curve)?;
        let curve = public_key.curve();
        let bks = untyped(&object.get("bks")?).object()?;
        let server = untyped(&bks.get("server")?).object()?;
        let custodian_abscissa = match coordinate(&server, "X") {
            Some(abscissa) => scalar(&abscissa, curve)?,
            None => scalar(&server.get("X")?, curve)?,
        };
        let share = scalar(&object.get("share")?, curve)?;
        let [own_partial, custodian_partial] = partials(object, &share);
        Ok(Self {
            value: share,
            public_key,
            custodian_abscissa,
            own_abscissa: own_abscissa(&bks, curve),
            own_partial,
            custodian_partial,
            provenance: around.of_share(object),
        })
    }

    /// Tells this share from others without holding its secret: see [`digest`].
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        digest(
            Some(self.curve()),
            &self.value.to_bytes(),
            &self.custodian_abscissa.to_bytes(),
        )
    }

    /// Whether it says that both shares are at one place, which no pair does.
    #[must_use]
    pub fn has_equal_abscissas(&self) -> bool {
        let other = self.custodian_abscissa.to_bytes();
        self.own_abscissa
            .as_ref()
            .is_some_and(|own| own.to_bytes().same_as(&other))
    }

    /// Whether it says that it is a device's signing share, whose other share never leaves the provider.
    #[must_use]
    pub fn is_signing(&self) -> bool {
        self.provenance.signing_pair_id.is_some()
    }

    /// The curve the key signs on.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.public_key.curve()
    }
}

fn read_point(point: &Value<'_>, curve: Option<Curve>) -> Result<PublicKey, FieldError> {
    let members = untyped(point).object()?;
    let named = |name| coordinate(&members, name).map_or_else(|| members.get(name), Ok);
    public_key(point, &named("X")?, &named("Y")?, curve)
}

fn own_abscissa(bks: &Object<'_>, curve: Curve) -> Option<Scalar> {
    let client = untyped(&bks.find("client")?).object().ok()?;
    scalar(&coordinate(&client, "X")?, curve).ok()
}

/// The client's and the custodian's point: an object with `client` and `server`, or an array of both, in which the
/// client's is the one that its share has.
fn partials(object: &Object<'_>, share: &Scalar) -> [Partial; 2] {
    let Some(value) = PARTIAL_NAMES.iter().find_map(|name| object.find(name)) else {
        return [Partial::Absent, Partial::Absent];
    };
    let curve = share.curve();
    let unreadable = [Partial::Unreadable, Partial::Unreadable];
    match value.kind() {
        Kind::Object => value.object().map_or(unreadable, |members| {
            ["client", "server"].map(|name| {
                members
                    .find(name)
                    .map_or(Partial::Absent, |point| read_partial(&point, curve))
            })
        }),
        Kind::Array => pair_of(&value).map_or(unreadable, |pair| {
            in_order(share, pair.map(|point| read_partial(&point, curve)))
        }),
        _ => unreadable,
    }
}

/// The elements of an array of exactly two.
fn pair_of<'a>(array: &Value<'a>) -> Option<[Value<'a>; 2]> {
    let mut points = array.elements().ok()?;
    let pair = [points.next()?, points.next()?];
    points.next().is_none().then_some(pair)
}

fn in_order(share: &Scalar, [a, b]: [Partial; 2]) -> [Partial; 2] {
    let own = share.public_key().map_or(Partial::Absent, Partial::Point);
    if own == b { [b, a] } else { [a, b] }
}

fn read_partial(point: &Value<'_>, curve: Curve) -> Partial {
    point.object().map_or(Partial::Unreadable, |point| {
        Partial::read(curve, coordinate(&point, "X"), coordinate(&point, "Y"))
    })
}
