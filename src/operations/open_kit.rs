//! Opens what a kit holds for a recovery key: shares, master keys, whole workspace keys (FORMATS.md §3 to §7).

use std::collections::HashSet;

use rand_core::CryptoRng;
use uuid::Uuid;

use crate::{
    crypto::{
        curve::{Curve, Scalar},
        rsa::{OaepHash, RecoveryKey},
        secret::{Passphrase, Secret, SecretBytes},
        secret_sharing::{FullKey, ShamirShare, add_shares, interpolate_shares},
        server_share::{MasterKey, WalletMaster},
    },
    formats::{
        encoding::json::FieldError,
        kit::{
            container::{
                Entry, EntryKind, Kit, cosigner_abscissa, cosigner_entry_name, cosigner_number,
            },
            metadata::{CosignerKind, SigningKey, WalletMasterEntry},
            owner_share::{OwnerShare, OwnerShareError, share_of},
        },
        printable,
    },
};

/// Why something in a kit does not open. Each names the entry or key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// An entry that metadata promises is not in the kit.
    #[error("kit entry `{0}` is missing")]
    MissingEntry(String),
    /// The size is not that of an RSA ciphertext under this key.
    #[error("kit entry `{entry}` has {found} bytes, expected the {expected} of an RSA-{bits} ciphertext", bits = .expected * 8)]
    EntrySize {
        /// Name of the entry.
        entry: String,
        /// Its size.
        found: usize,
        /// The size of the key's ciphertexts.
        expected: usize,
    },
    /// Made for another key, or altered.
    #[error("kit entry `{0}` does not open with this recovery key")]
    EntrySealed(String),
    /// It opens, but what is inside has the wrong length.
    #[error("kit entry `{entry}` holds {found} bytes, expected 32")]
    SecretLength {
        /// Name of the entry.
        entry: String,
        /// Length of the plain text.
        found: usize,
    },
    /// It opens, but the value is zero or not below the group order.
    #[error("kit entry `{0}` holds a value that is zero or not below the group order")]
    SecretRange(String),
    /// The kit has no wallet master key.
    #[error("the kit holds no wallet master key (`NON_CUSTODIAL_WALLET_MASTER`)")]
    NoWalletMaster,
    /// The kit has several.
    #[error("the kit holds {0} wallet master keys, expected exactly one")]
    SeveralWalletMasters(usize),
    /// Two cosigners whose ids give one entry name.
    #[error("two cosigners in metadata.json have the same kit entry `{0}`")]
    SharedEntry(String),
    /// An entry of the wallet master that belongs to no cosigner of metadata.json.
    #[error("kit entry `{0}` belongs to a cosigner that metadata.json does not list")]
    UnlistedCosigner(String),
    /// The owner's device share.
    #[error("kit entry `{entry}`: {fault}")]
    OwnerShare {
        /// Name of the entry.
        entry: String,
        /// What is wrong.
        fault: OwnerShareError,
    },
    /// No secret was given that opens the owner's share.
    #[error(
        "the owner's device share of key `{0}` needs the owner's passphrase or the owner's RSA key"
    )]
    OwnerSecretNeeded(Uuid),
    /// The owner's RSA key was given, but nothing in the kit was made for it.
    #[error("the owner's RSA key does not open kit entry `{0}`")]
    OwnerKey(String),
    /// The kit has no share at all of a key.
    #[error("no entry holds a share of key `{0}`")]
    NoShares(Uuid),
    /// Two players of a Shamir key are at one abscissa.
    #[error("two shares of key `{0}` belong to the same player")]
    SamePlayer(Uuid),
    /// The shares combine to another key.
    #[error("the shares of key `{0}` do not combine to the public key in metadata.json")]
    PublicKeyMismatch(Uuid),
    /// A JSON entry.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// What opens the owner's device share.
pub enum OwnerSecret {
    /// The owner's passphrase.
    Passphrase(Passphrase),
    /// The second RSA key of the customer: opens `RSA_PASSPHRASE`, or in self-serve kits the share itself.
    Key(RecoveryKey),
}

/// The wallet master with every cloud cosigner's key opened, and the cosigners' ids in the same order.
///
/// # Errors
/// [`OpenError`], naming the entry.
pub fn open_wallet_master<R: CryptoRng>(
    kit: &Kit,
    key: &RecoveryKey,
    rng: &mut R,
) -> Result<(WalletMaster, Vec<Uuid>), OpenError> {
    let entry = sole_wallet_master(kit)?;
    check_cosigners(kit, entry)?;
    let cloud: Vec<_> = entry
        .cosigners
        .iter()
        .filter(|cosigner| cosigner.kind == CosignerKind::Cloud)
        .collect();
    let master_keys = cloud.iter().map(|cosigner| {
        let name = cosigner_entry_name(cosigner.id, entry.id);
        let found = kit
            .cosigner_entry(cosigner, entry.id)
            .ok_or(OpenError::MissingEntry(name))?;
        MasterKey::new(open_share(found, key, rng)?)
            .ok_or_else(|| OpenError::SecretRange(found.name.clone()))
    });
    let master = WalletMaster {
        master_keys: master_keys.collect::<Result<_, _>>()?,
        wallet_seed: entry.wallet_seed.duplicate(),
        asset_seed: entry.asset_seed.duplicate(),
    };
    Ok((master, cloud.iter().map(|cosigner| cosigner.id).collect()))
}

/// Whether metadata.json and the entries name the same cosigners: a share that is left out, or one that counts twice, makes
/// every wallet's key another one, and nothing else would tell.
///
/// # Errors
/// [`OpenError::SharedEntry`] or [`OpenError::UnlistedCosigner`].
pub fn check_cosigners(kit: &Kit, master: &WalletMasterEntry) -> Result<(), OpenError> {
    let mut numbers = HashSet::new();
    let cosigners = master.cosigners.iter();
    for cosigner in cosigners.filter(|cosigner| cosigner.kind == CosignerKind::Cloud) {
        if !numbers.insert(cosigner_number(cosigner.id)) {
            return Err(OpenError::SharedEntry(cosigner_entry_name(
                cosigner.id,
                master.id,
            )));
        }
    }

    let unlisted = kit.entries.iter().find(|entry| match entry.kind {
        EntryKind::CosignerShare { number, key_id } => {
            key_id == master.id && !numbers.contains(&number)
        }
        _ => false,
    });
    unlisted.map_or(Ok(()), |entry| {
        Err(OpenError::UnlistedCosigner(printable(&entry.name)))
    })
}

/// The one wallet master of a kit.
///
/// # Errors
/// [`OpenError::NoWalletMaster`] or [`OpenError::SeveralWalletMasters`].
pub fn sole_wallet_master(kit: &Kit) -> Result<&WalletMasterEntry, OpenError> {
    match kit.metadata.wallet_masters.as_slice() {
        [only] => Ok(only),
        [] => Err(OpenError::NoWalletMaster),
        several => Err(OpenError::SeveralWalletMasters(several.len())),
    }
}

/// Opens one cosigner entry: 32 secret bytes.
///
/// # Errors
/// [`OpenError`], naming the entry.
pub fn open_share<R: CryptoRng>(
    entry: &Entry,
    key: &RecoveryKey,
    rng: &mut R,
) -> Result<Secret<32>, OpenError> {
    let name = || printable(&entry.name);
    let expected = key.public_key().ciphertext_length();
    if entry.bytes.len() != expected {
        return Err(OpenError::EntrySize {
            entry: name(),
            found: entry.bytes.len(),
            expected,
        });
    }
    let plain = key
        .open(rng, OaepHash::Sha1, &entry.bytes)
        .ok_or_else(|| OpenError::EntrySealed(name()))?;
    Secret::from_slice(plain.expose()).ok_or_else(|| OpenError::SecretLength {
        entry: name(),
        found: plain.len(),
    })
}

/// A share as a scalar: neither zero nor at or over the group order.
///
/// # Errors
/// [`OpenError::SecretRange`], naming the entry.
pub fn share_scalar(entry: &str, curve: Curve, share: &Secret<32>) -> Result<Scalar, OpenError> {
    let scalar = Scalar::from_canonical(curve, share).filter(|scalar| !scalar.is_zero());
    scalar.ok_or_else(|| OpenError::SecretRange(printable(entry)))
}

/// Whether the kit has shares of the workspace's owner that a passphrase opens which a person chose.
#[must_use]
pub fn is_under_typed_passphrase(kit: &Kit) -> bool {
    let was_generated = kit.sealed_passphrase().is_ok_and(|sealed| sealed.is_some());
    kit.owner_entries().next().is_some() && !was_generated
}

/// Opens the first owner share that can be read, and says whether the secret is the right one. Without such a share there
/// is nothing to try it on.
///
/// # Errors
/// [`OpenError`], naming the entry.
pub fn try_owner_secret<R: CryptoRng>(
    kit: &Kit,
    secret: &OwnerSecret,
    rng: &mut R,
) -> Result<(), OpenError> {
    for entry in kit.owner_entries() {
        let Ok(share) = OwnerShare::parse(&entry.name, &entry.bytes) else {
            continue;
        };
        let mut keys = kit.metadata.keys.iter();
        if let Some(signing) = keys.find(|key| key.id == share.key_id) {
            let curve = signing.algorithm.curve();
            return open_owner_share(kit, &entry.name, &share, curve, secret, rng).map(drop);
        }
    }
    Ok(())
}

/// Opens an owner share with whatever the owner still has.
///
/// # Errors
/// [`OpenError`], naming the entry.
pub fn open_owner_share<R: CryptoRng>(
    kit: &Kit,
    entry: &str,
    share: &OwnerShare,
    curve: Curve,
    secret: &OwnerSecret,
    rng: &mut R,
) -> Result<Secret<32>, OpenError> {
    let fault = |fault| OpenError::OwnerShare {
        entry: printable(entry),
        fault,
    };
    match secret {
        OwnerSecret::Passphrase(passphrase) => share.open(passphrase, curve).map_err(fault),
        OwnerSecret::Key(key) => match kit.sealed_passphrase()? {
            Some(sealed) => {
                let passphrase = key.open(rng, OaepHash::Sha256, &sealed);
                let passphrase =
                    passphrase.ok_or_else(|| OpenError::OwnerKey("RSA_PASSPHRASE".to_owned()))?;
                share
                    .open(&Passphrase::new(passphrase.expose().to_vec()), curve)
                    .map_err(fault)
            }
            None => {
                let plain = key.open(rng, OaepHash::Sha256, share.sealed());
                let plain: SecretBytes =
                    plain.ok_or_else(|| OpenError::OwnerKey(printable(entry)))?;
                share_of(&plain, curve).map_err(fault)
            }
        },
    }
}

/// A workspace key from all its shares, checked against the public key in metadata.
///
/// # Errors
/// [`OpenError`], naming the entry or the key.
pub fn open_signing_key<R: CryptoRng>(
    kit: &Kit,
    signing: &SigningKey,
    key: &RecoveryKey,
    owner: Option<&OwnerSecret>,
    rng: &mut R,
) -> Result<FullKey, OpenError> {
    let curve = signing.algorithm.curve();
    let mut players = Vec::new();
    for (number, entry) in kit.share_entries(signing.id) {
        let share = share_scalar(&entry.name, curve, &open_share(entry, key, rng)?)?;
        players.push((cosigner_abscissa(number, signing.id), share));
    }
    for (entry, share) in &kit.owner_shares(signing.id)? {
        let owner = owner.ok_or(OpenError::OwnerSecretNeeded(signing.id))?;
        let opened = open_owner_share(kit, entry, share, curve, owner, rng)?;
        players.push((share.abscissa(), share_scalar(entry, curve, &opened)?));
    }
    combine(signing, players)
}

fn combine(signing: &SigningKey, players: Vec<(u64, Scalar)>) -> Result<FullKey, OpenError> {
    if players.is_empty() {
        return Err(OpenError::NoShares(signing.id));
    }
    let curve = signing.algorithm.curve();
    let (places, shares): (Vec<Scalar>, Vec<Scalar>) = players
        .into_iter()
        .map(|(place, share)| (Scalar::from_u64(curve, place), share))
        .unzip();

    let scalar = if signing.algorithm.is_additive() {
        add_shares(&shares)
    } else {
        let players = places.iter().zip(&shares);
        let players = players.map(|(abscissa, share)| ShamirShare { abscissa, share });
        interpolate_shares(&players.collect::<Vec<_>>())
    };
    let scalar = scalar.ok_or(OpenError::SamePlayer(signing.id))?;
    FullKey::checked(scalar, &signing.public_key).ok_or(OpenError::PublicKeyMismatch(signing.id))
}
