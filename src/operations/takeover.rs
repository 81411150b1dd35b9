//! Key Share #1 and Key Share #2 to the wallet's full key, or to nothing (FORMATS.md §6, §17).

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::{
    crypto::{
        curve::Scalar,
        secret_sharing::{FullKey, add_shares},
    },
    formats::{
        device_share::share::{DeviceKey, DeviceShare},
        encoding::json::FieldError,
        full_key::file::TakenKey,
        server_share::import::{CosignerShare, WalletShares, read_server_shares},
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
};

const SHOWN: usize = 3;
const NEAR: usize = 8;

/// Why a wallet cannot be taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TakeoverError {
    /// The server shares do not hold the wallet.
    #[error("wallet `{wallet}` is not among the server shares")]
    NoWallet {
        /// The wallet asked for.
        wallet: WalletId,
        /// Ids that are there and differ in a few characters.
        nearest: Vec<WalletId>,
    },
    /// The device share holds no key of the algorithms asked for.
    #[error("the device share holds no key of the algorithm asked for")]
    NoDeviceKey,
    /// The device has a key that no server share goes with.
    #[error(
        "the device share has key `{key}` of {algorithm}, the server shares have no share for it"
    )]
    NoServerShare {
        /// The key.
        key: Uuid,
        /// Its algorithm.
        algorithm: &'static str,
    },
    /// One of several cosigners gives no share.
    #[error("cosigner `{cosigner}` has no share for {algorithm}, the others have")]
    CosignerSilent {
        /// The cosigner.
        cosigner: Uuid,
        /// The algorithm.
        algorithm: &'static str,
    },
    /// A share that no key can have.
    #[error(
        "the share of cosigner `{cosigner}` for {algorithm} is zero or not below the group order"
    )]
    ShareRange {
        /// The cosigner.
        cosigner: Uuid,
        /// The algorithm.
        algorithm: &'static str,
    },
    /// A key whose shares do not add up.
    #[error(
        "the shares of key `{key}` ({algorithm}) do not add up to the wallet's public key: they are of different wallets, or \
         not those of an end-user wallet"
    )]
    NotAdditive {
        /// The key.
        key: Uuid,
        /// Its algorithm.
        algorithm: &'static str,
    },
    /// Nothing to check the result against.
    #[error("key `{0}` of the device share has no public key to check the result against")]
    NoPublicKey(Uuid),
    /// The shares make another key.
    #[error("the shares of key `{key}` ({algorithm}) do not add up to the wallet's public key")]
    Mismatch {
        /// The key.
        key: Uuid,
        /// Its algorithm.
        algorithm: &'static str,
    },
    /// The server shares cannot be read.
    #[error("the server shares: {0}")]
    ServerShares(#[from] FieldError),
}

/// Finds one wallet among server shares in any of their shapes.
///
/// # Errors
/// [`TakeoverError::NoWallet`] with the ids nearest to it, or what is wrong with the file.
pub fn find_shares(records: &[u8], wallet: WalletId) -> Result<WalletShares, TakeoverError> {
    let mut nearest = Vec::new();
    let found = read_server_shares(records, |id| {
        note_near(&mut nearest, *id, &wallet);
        *id == wallet
    });
    let nearest = || nearest.iter().map(|(_, id)| *id).collect();
    found?
        .remove(&wallet)
        .ok_or_else(|| TakeoverError::NoWallet {
            wallet,
            nearest: nearest(),
        })
}

/// Adds the shares of every key of these algorithms and compares public keys: all keys, or none.
///
/// # Errors
/// [`TakeoverError`] of the first key that does not hold.
pub fn take_over(
    server: &WalletShares,
    device: &DeviceShare,
    algorithms: &[Algorithm],
) -> Result<Vec<TakenKey>, TakeoverError> {
    let wanted = device.keys.iter().filter(|entry| {
        let curve = entry.key.algorithm.curve();
        algorithms.iter().any(|wanted| wanted.curve() == curve)
    });
    let keys = wanted
        .map(|entry| take_key(server, entry))
        .collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() {
        Err(TakeoverError::NoDeviceKey)
    } else {
        Ok(keys)
    }
}

fn take_key(server: &WalletShares, entry: &DeviceKey) -> Result<TakenKey, TakeoverError> {
    let (key, algorithm) = (entry.key.id, entry.key.algorithm.name());
    let expected = entry
        .key
        .public_key
        .as_ref()
        .ok_or(TakeoverError::NoPublicKey(key))?;
    let mut shares = server_scalars(server, entry)?;
    shares.extend(Scalar::from_canonical(
        entry.key.algorithm.curve(),
        &entry.content.share,
    ));
    let full = add_shares(&shares).and_then(|sum| FullKey::checked(sum, expected));
    // Mobile SDKs call the additive algorithms by the names of the others: the public key decides.
    let mismatch = if entry.key.algorithm.is_additive() {
        TakeoverError::Mismatch { key, algorithm }
    } else {
        TakeoverError::NotAdditive { key, algorithm }
    };
    Ok(TakenKey {
        key: entry.key.clone(),
        full: full.ok_or(mismatch)?,
        chain_code: server.chain_code.duplicate(),
    })
}

/// One share from every cosigner that contributes to the wallet.
fn server_scalars(server: &WalletShares, entry: &DeviceKey) -> Result<Vec<Scalar>, TakeoverError> {
    let (key, wanted) = (entry.key.id, entry.key.algorithm);
    let algorithm = wanted.name();
    let cosigners: BTreeSet<Uuid> = server.shares.iter().map(|share| share.cosigner).collect();
    let of_name = server
        .shares
        .iter()
        .filter(|share| share.algorithm == wanted);
    let mut ours: Vec<_> = of_name.collect();
    if ours.is_empty() {
        let of_curve = |share: &&CosignerShare| share.algorithm.curve() == wanted.curve();
        ours = server.shares.iter().filter(of_curve).collect();
    }
    if ours.is_empty() {
        return Err(TakeoverError::NoServerShare { key, algorithm });
    }
    let silent = cosigners
        .into_iter()
        .find(|cosigner| ours.iter().all(|share| share.cosigner != *cosigner));
    if let Some(cosigner) = silent {
        return Err(TakeoverError::CosignerSilent {
            cosigner,
            algorithm,
        });
    }
    let scalar = |share: &&CosignerShare| {
        let scalar =
            Scalar::from_canonical(wanted.curve(), &share.share).filter(|scalar| !scalar.is_zero());
        scalar.ok_or(TakeoverError::ShareRange {
            cosigner: share.cosigner,
            algorithm,
        })
    };
    ours.iter().map(scalar).collect()
}

/// Keeps the few ids that differ least from the one asked for.
fn note_near(nearest: &mut Vec<(usize, WalletId)>, id: WalletId, wanted: &WalletId) {
    let distance = id
        .as_bytes()
        .iter()
        .zip(wanted.as_bytes())
        .filter(|(a, b)| a != b)
        .count();
    if distance <= NEAR {
        nearest.push((distance, id));
        nearest.sort_unstable();
        nearest.truncate(SHOWN);
    }
}
