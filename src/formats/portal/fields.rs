//! Fields that both shares of a Portal backup have: shares, abscissas, points (FORMATS.md §21).

use sha2::{Digest, Sha256};

use crate::crypto::{
    affine::from_affine,
    curve::{Curve, PublicKey, Scalar},
    secret::Secret,
};
use crate::formats::{
    encoding::{
        decimal::parse_decimal,
        json::{FieldError, FieldFault, Kind, Object, Value},
        typed::untyped,
    },
    printable,
};

/// Where a share comes from, as far as what is around it says so. None of it is secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// `backupSharePairId`, or the `id` beside the share.
    pub pair_id: Option<String>,
    /// `signingSharePairId`, where the share names it and no backup pair: then it is a device's signing share.
    pub signing_pair_id: Option<String>,
    /// The wallet's client.
    pub client_id: Option<String>,
    /// How the client share was backed up, in the provider's word.
    pub method: Option<String>,
}

impl Provenance {
    /// What an object says, and where it is silent, what was said further out.
    #[must_use]
    pub fn within(&self, object: &Object<'_>) -> Self {
        let said = |names: &[&str]| names.iter().find_map(|name| label(object, name));
        Self {
            pair_id: said(&["backupSharePairId", "backup_share_pair_id", "id"])
                .or_else(|| self.pair_id.clone()),
            signing_pair_id: self.signing_pair_id.clone(),
            client_id: said(&CLIENT_ID_NAMES).or_else(|| self.client_id.clone()),
            method: said(&METHOD_NAMES).or_else(|| self.method.clone()),
        }
    }

    /// The same for a client's share itself: one that names its signing pair and no backup pair is a signing share, and
    /// the `id` beside it is that pair's.
    #[must_use]
    pub fn of_share(&self, object: &Object<'_>) -> Self {
        let within = self.within(object);
        let signing = label(object, "signingSharePairId");
        if signing.is_none() || label(object, "backupSharePairId").is_some() {
            return within;
        }

        Self {
            pair_id: None,
            signing_pair_id: signing,
            ..within
        }
    }
}

/// Names of the client's id: the provider's, and those of database columns.
const CLIENT_ID_NAMES: [&str; 4] = ["clientId", "client_id", "userId", "user_id"];
/// Names of the backup method.
const METHOD_NAMES: [&str; 2] = ["backupMethod", "backup_method"];

/// The member of a point by its name in either letter case.
#[must_use]
pub fn coordinate<'a>(point: &Object<'a>, name: &str) -> Option<Value<'a>> {
    point
        .find(name)
        .or_else(|| point.find(&name.to_lowercase()))
}

/// The public point of a share, which eject can do without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partial {
    /// The share does not name it.
    Absent,
    /// It is named, but is no point of the curve.
    Unreadable,
    /// The point.
    Point(PublicKey),
}

impl Partial {
    /// Whether it says that a share with this public key is not the one meant.
    #[must_use]
    pub fn contradicts(&self, share_point: &PublicKey) -> bool {
        matches!(self, Self::Point(point) if point != share_point)
    }

    /// Reads a point that nothing depends on.
    #[must_use]
    pub fn read(curve: Curve, x: Option<Value<'_>>, y: Option<Value<'_>>) -> Self {
        match (x, y) {
            (None, None) => Self::Absent,
            (Some(x), Some(y)) => match (number(&x), number(&y)) {
                (Ok(x), Ok(y)) => {
                    from_affine(curve, x.expose(), y.expose()).map_or(Self::Unreadable, Self::Point)
                }
                _ => Self::Unreadable,
            },
            _ => Self::Unreadable,
        }
    }
}

/// `SHA-256(curve ‖ share ‖ abscissa of the other share)`: equal for equal shares.
#[must_use]
pub fn digest(curve: Option<Curve>, share: &Secret<32>, other: &Secret<32>) -> [u8; 32] {
    let mut digest = Sha256::new_with_prefix(curve.map_or("unknown", Curve::name));
    digest.update(share.expose());
    digest.update(other.expose());
    digest.finalize().into()
}

/// A decimal number in a JSON string.
///
/// # Errors
/// [`FieldError`] with the field; it never tells the number.
pub fn number(field: &Value<'_>) -> Result<Secret<32>, FieldError> {
    let field = &untyped(field);
    let text = field
        .text()
        .map_err(|_| field.fault(FieldFault::Type("a decimal number in a string")))?;
    parse_decimal(text.expose()).map_err(|fault| field.fault(FieldFault::Value(fault.to_string())))
}

/// A number in `1..order` of the curve.
///
/// # Errors
/// [`FieldError`] when it is zero or not below the group order.
pub fn scalar(field: &Value<'_>, curve: Curve) -> Result<Scalar, FieldError> {
    let scalar = Scalar::from_canonical(curve, &number(field)?).ok_or_else(|| {
        field.fault(FieldFault::Value(format!(
            "not below the group order of {}",
            curve.name()
        )))
    })?;
    if scalar.is_zero() {
        Err(field.fault(FieldFault::Value("zero".to_owned())))
    } else {
        Ok(scalar)
    }
}

/// A public key by its coordinates, and the curve it lies on. `wanted` is the curve that the place it is in
/// names, if it names one.
///
/// # Errors
/// [`FieldError`] when it is a point of neither curve, or of the other one than wanted.
pub fn public_key(
    owner: &Value<'_>,
    x: &Value<'_>,
    y: &Value<'_>,
    wanted: Option<Curve>,
) -> Result<PublicKey, FieldError> {
    let (x, y) = (number(x)?, number(y)?);
    let on = |curve| from_affine(curve, x.expose(), y.expose());
    let key = on(Curve::Secp256k1).or_else(|| on(Curve::Ed25519));
    let fault = match (key, wanted) {
        (Some(key), None) => return Ok(key),
        (Some(key), Some(wanted)) if key.curve() == wanted => return Ok(key),
        (Some(key), Some(wanted)) => {
            format!(
                "a point of {}, expected one of {}",
                key.curve().name(),
                wanted.name()
            )
        }
        (None, Some(wanted)) => format!("not a point of {}", wanted.name()),
        (None, None) => "not a point of secp256k1 or ed25519".to_owned(),
    };
    Err(owner.fault(FieldFault::Value(fault)))
}

/// What a share says of its version, as a short text; a number is one, too.
#[must_use]
pub fn version(object: &Object<'_>) -> Option<String> {
    const LONGEST: usize = 16;
    let value = untyped(&object.find("version")?);
    let text = match value.kind() {
        Kind::Plain => value.raw().to_owned(),
        _ => value.text().ok()?.expose().to_owned(),
    };
    Some(printable(text.trim()).chars().take(LONGEST).collect())
}

/// A short text that only labels; empty or foreign values count as absent.
fn label(object: &Object<'_>, name: &str) -> Option<String> {
    let value = untyped(&object.find(name)?);
    let text = value.text().ok()?;
    (!text.expose().is_empty()).then(|| printable(text.expose()))
}
