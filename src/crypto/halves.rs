//! The two halves of a Portal backup to the key they share (FORMATS.md §22).

use super::curve::Scalar;

/// A point of the line whose value at 0 is the key.
pub struct LinePoint<'a> {
    /// Where it stands; public.
    pub abscissa: &'a Scalar,
    /// The share: the line's value there.
    pub share: &'a Scalar,
}

/// `d = s_client·xs/(xs − xc) + s_custodian·xc/(xc − xs)`: Shamir of two points, interpolated at 0.
///
/// `None` when both stand at one abscissa, or belong to different curves. The result is a key only once its public
/// key has been compared.
#[must_use]
pub fn interpolate_halves(client: &LinePoint<'_>, custodian: &LinePoint<'_>) -> Option<Scalar> {
    let (xc, xs) = (client.abscissa, custodian.abscissa);
    let scale = xs.subtract(xc)?.invert()?;
    let rise = client
        .share
        .multiply(xs)?
        .subtract(&custodian.share.multiply(xc)?)?;
    rise.multiply(&scale)
}
