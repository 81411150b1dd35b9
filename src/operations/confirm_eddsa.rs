//! Which rule for the ed25519 share of Key Share #1 a wallet's public key confirms (FORMATS.md §7).

use crate::{
    crypto::{
        curve::{Curve, PublicKey, Scalar},
        eddsa_variants::EddsaVariant,
        secret_sharing::{FullKey, add_shares},
        server_share::WalletMaster,
    },
    formats::{
        device_share::share::{DeviceKey, DeviceShare},
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
};

/// Why nothing could be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmError {
    /// The device share has no ed25519 key.
    #[error("the device share has no {} key", Algorithm::CmpEddsa.name())]
    NoKey,
    /// Its ed25519 key has no public key to compare with.
    #[error("the {} key of the device share has no public key to compare with", Algorithm::CmpEddsa.name())]
    NoPublicKey,
}

/// Adds the device's share to what each rule gives, for every ed25519 key that it has: the rules whose sum has the public
/// key. None where no rule is right, or device share and wallet do not belong together.
///
/// # Errors
/// [`ConfirmError`].
pub fn confirm_eddsa(
    master: &WalletMaster,
    wallet: WalletId,
    device: &DeviceShare,
) -> Result<Vec<EddsaVariant>, ConfirmError> {
    let curve = Curve::Ed25519;
    let keys = device.keys.iter();
    let keys: Vec<_> = keys
        .filter(|entry| entry.key.algorithm.curve() == curve)
        .collect();
    if keys.is_empty() {
        return Err(ConfirmError::NoKey);
    }
    let pair = |entry: &&DeviceKey| {
        let share = Scalar::from_canonical(curve, &entry.content.share)?;
        Some((share, entry.key.public_key.clone()?))
    };
    let pairs: Vec<(Scalar, PublicKey)> = keys.iter().filter_map(pair).collect();
    if pairs.is_empty() {
        return Err(ConfirmError::NoPublicKey);
    }

    let makes = |variant: &EddsaVariant| {
        let server = master
            .master_keys
            .iter()
            .map(|key| variant.share(wallet.as_bytes(), &master.wallet_seed, key));
        let server: Vec<Scalar> = server.collect();
        pairs.iter().any(|(share, public_key)| {
            let mut shares: Vec<Scalar> = server.iter().map(Scalar::duplicate).collect();
            shares.push(share.duplicate());
            add_shares(&shares).is_some_and(|sum| FullKey::checked(sum, public_key).is_some())
        })
    };
    Ok(EddsaVariant::ALL.into_iter().filter(makes).collect())
}
