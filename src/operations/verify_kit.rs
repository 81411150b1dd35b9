//! Opens everything in a kit that the given secrets open, and says what held (FORMATS.md §3 to §8).

use rand_core::CryptoRng;

use super::open_kit::{
    OpenError, OwnerSecret, check_cosigners, open_owner_share, open_share, open_signing_key,
    share_scalar,
};
use super::prove_chain_code::{AddressFound, Candidate, ExpectedAddress, NotFound};
use crate::{
    crypto::{curve::Curve, rsa::RecoveryKey},
    formats::{
        full_key::extended_key::extended_public,
        kit::{
            container::{Kit, cosigner_entry_name},
            metadata::{CosignerKind, SigningKey},
            owner_share::OwnerShare,
        },
        printable,
        recovery_key::file::{fingerprint, read_public_key},
    },
};

const COSIGNER_SHARE_OPENS: &str = "cosigner share opens";
const MASTER_KEY_OPENS: &str = "wallet master key opens";
const OWNER_SHARE_OPENS: &str = "owner share opens";

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked, in a few words.
    pub what: &'static str,
    /// The entry, key or cosigner it was checked on.
    pub subject: String,
    /// How it went.
    pub outcome: Outcome,
}

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It held.
    Held,
    /// It did not; says why.
    Failed(OpenError),
    /// It did not; the embedded public key is another one, or unreadable.
    FailedLabel(String),
    /// It could not be tried with the secrets given; says what was missing.
    Skipped(String),
    /// It could not be tried without the workspace owner's secret.
    SkippedWithoutOwner(OpenError),
}

impl Outcome {
    /// `ok`, `failed` or `skipped`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Held => "ok",
            Self::Failed(_) | Self::FailedLabel(_) => "failed",
            Self::Skipped(_) | Self::SkippedWithoutOwner(_) => "skipped",
        }
    }

    /// Whether it did not hold.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::FailedLabel(_))
    }

    /// Whether an entry did not open with the recovery key.
    #[must_use]
    pub fn is_wrong_key(&self) -> bool {
        matches!(self, Self::Failed(OpenError::EntrySealed(_)))
    }

    /// Whether it needs the workspace owner's secret, which was not given.
    #[must_use]
    pub fn needs_owner(&self) -> bool {
        matches!(self, Self::SkippedWithoutOwner(_))
    }

    /// Why it failed or was skipped.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Held => None,
            Self::Failed(error) | Self::SkippedWithoutOwner(error) => Some(error.to_string()),
            Self::FailedLabel(why) | Self::Skipped(why) => Some(why.clone()),
        }
    }

    fn of<T>(result: Result<T, OpenError>) -> Self {
        match result {
            Ok(_) => Self::Held,
            Err(error @ OpenError::OwnerSecretNeeded(_)) => Self::SkippedWithoutOwner(error),
            Err(error) => Self::Failed(error),
        }
    }
}

/// A workspace key whose public key was recomputed from its shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedKey {
    /// The key as metadata lists it.
    pub key: SigningKey,
    /// `xpub…` or `fpub…`.
    pub extended_public: String,
    /// First vault account its keyset serves, where known.
    pub min_account: Option<u32>,
}

impl VerifiedKey {
    /// The key as one whose chain code an address may prove.
    #[must_use]
    pub fn candidate(&self) -> Candidate<'_> {
        Candidate {
            public_key: &self.key.public_key,
            chain_code: &self.key.chain_code,
            min_account: self.min_account,
        }
    }
}

/// Everything `verify` found out; holds no secret.
#[derive(Debug, Clone, Default)]
pub struct Verification {
    /// Every check, in the order made.
    pub checks: Vec<Check>,
    /// Every workspace key that was proved.
    pub keys: Vec<VerifiedKey>,
}

impl Verification {
    /// Whether something held and nothing failed. What was skipped is no failure, but proves nothing either.
    #[must_use]
    pub fn held(&self) -> bool {
        let mut outcomes = self.checks.iter().map(|check| &check.outcome);
        self.failed() == 0 && outcomes.any(|outcome| *outcome == Outcome::Held)
    }

    /// How many checks failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        let outcomes = self.checks.iter().map(|check| &check.outcome);
        outcomes.filter(|outcome| outcome.is_failure()).count()
    }

    /// Compares an address with the keys that were proved, and keeps the comparison as a check.
    ///
    /// # Errors
    /// [`NotFound`], when it belongs to none of them.
    pub fn compare_address(
        &mut self,
        expected: &ExpectedAddress,
    ) -> Result<AddressFound, NotFound> {
        let candidates: Vec<Candidate<'_>> = self.keys.iter().map(VerifiedKey::candidate).collect();
        let found = expected.find(&candidates);
        let outcome = match &found {
            Ok(_) => Outcome::Held,
            Err(error) => Outcome::FailedLabel(error.to_string()),
        };
        self.note("chain code by address", expected.address.clone(), outcome);
        found
    }

    /// Whether entries were tried with the recovery key and not one opened: it is not the one the kit was made for.
    #[must_use]
    pub fn nothing_opened(&self) -> bool {
        let mut tried = self
            .checks
            .iter()
            .filter(|check| check.what == COSIGNER_SHARE_OPENS || check.what == MASTER_KEY_OPENS);
        let first = tried
            .next()
            .is_some_and(|check| check.outcome.is_wrong_key());
        first && tried.all(|check| check.outcome.is_wrong_key())
    }

    /// Whether the workspace owner's secret opened none of the owner's shares, and nothing failed for another reason.
    #[must_use]
    pub fn only_the_owner_failed(&self) -> bool {
        // Where one of them opens the secret is right, and the others are damaged.
        let opened =
            |check: &Check| check.what == OWNER_SHARE_OPENS && check.outcome == Outcome::Held;
        let by_owner = |check: &Check| {
            matches!(
                check.outcome,
                Outcome::Failed(OpenError::OwnerShare { .. } | OpenError::OwnerKey(_))
            )
        };
        let failed = self
            .checks
            .iter()
            .filter(|check| check.outcome.is_failure());
        self.failed() > 0 && failed.into_iter().all(by_owner) && !self.checks.iter().any(opened)
    }

    fn note(&mut self, what: &'static str, subject: impl Into<String>, outcome: Outcome) {
        self.checks.push(Check {
            what,
            subject: printable(&subject.into()),
            outcome,
        });
    }
}

/// The kit's own word on which key it was made for, compared with the given one before anything is tried.
///
/// `None` when the kit does not say.
#[must_use]
pub fn check_label(kit: &Kit, key: &RecoveryKey) -> Option<Outcome> {
    let pem = kit.public_key_pem()?;
    Some(match read_public_key(pem) {
        Err(error) => Outcome::Skipped(format!(
            "the public key inside the kit cannot be read: {error}"
        )),
        Ok(made_for) if made_for == key.public_key() => Outcome::Held,
        Ok(made_for) => Outcome::FailedLabel(format!(
            "the kit was made for key {}, this one is {}",
            fingerprint(&made_for),
            fingerprint(&key.public_key())
        )),
    })
}

/// Opens what opens and recomputes every public key.
///
/// # Errors
/// None: what does not hold is a failed check. The secrets opened on the way are wiped at once.
pub fn verify<R: CryptoRng>(
    kit: &Kit,
    key: &RecoveryKey,
    owner: Option<&OwnerSecret>,
    rng: &mut R,
) -> Verification {
    let mut found = Verification::default();
    if let Some(outcome) = check_label(kit, key) {
        found.note("made for this key", "public key in the kit", outcome);
    }
    verify_cosigner_shares(&mut found, kit, key, rng);
    verify_wallet_master(&mut found, kit, key, rng);
    verify_owner_shares(&mut found, kit, owner, rng);
    verify_public_keys(&mut found, kit, key, owner, rng);
    found
}

fn verify_cosigner_shares<R: CryptoRng>(
    found: &mut Verification,
    kit: &Kit,
    key: &RecoveryKey,
    rng: &mut R,
) {
    for signing in &kit.metadata.keys {
        let entries = kit.share_entries(signing.id);
        if entries.is_empty() {
            let failed = Outcome::Failed(OpenError::NoShares(signing.id));
            found.note(COSIGNER_SHARE_OPENS, signing.id.to_string(), failed);
        }
        for (_, entry) in entries {
            let opened = open_share(entry, key, rng)
                .and_then(|share| share_scalar(&entry.name, signing.algorithm.curve(), &share));
            found.note(
                COSIGNER_SHARE_OPENS,
                entry.name.clone(),
                Outcome::of(opened),
            );
        }
    }
}

fn verify_wallet_master<R: CryptoRng>(
    found: &mut Verification,
    kit: &Kit,
    key: &RecoveryKey,
    rng: &mut R,
) {
    let masters = &kit.metadata.wallet_masters;
    if masters.len() > 1 {
        let error = OpenError::SeveralWalletMasters(masters.len());
        found.note("one wallet master", "metadata.json", Outcome::Failed(error));
    }
    for master in masters {
        if let Err(error) = check_cosigners(kit, master) {
            let failed = Outcome::Failed(error);
            found.note("every cosigner is listed once", "metadata.json", failed);
        }
        for cosigner in master
            .cosigners
            .iter()
            .filter(|cosigner| cosigner.kind == CosignerKind::Cloud)
        {
            let name = cosigner_entry_name(cosigner.id, master.id);
            let opened = kit
                .cosigner_entry(cosigner, master.id)
                .ok_or_else(|| OpenError::MissingEntry(name.clone()))
                .and_then(|entry| open_share(entry, key, rng))
                .and_then(|share| share_scalar(&name, Curve::Secp256k1, &share));
            found.note(MASTER_KEY_OPENS, name, Outcome::of(opened));
        }
    }
}

fn verify_owner_shares<R: CryptoRng>(
    found: &mut Verification,
    kit: &Kit,
    owner: Option<&OwnerSecret>,
    rng: &mut R,
) {
    for entry in kit.owner_entries() {
        let share = match OwnerShare::parse(&entry.name, &entry.bytes) {
            Ok(share) => share,
            Err(error) => {
                found.note(
                    OWNER_SHARE_OPENS,
                    entry.name.clone(),
                    Outcome::Failed(error.into()),
                );
                continue;
            }
        };
        let entry = entry.name.as_str();
        let Some(signing) = kit.metadata.keys.iter().find(|key| key.id == share.key_id) else {
            found.note(
                OWNER_SHARE_OPENS,
                entry,
                Outcome::Skipped("metadata.json does not list its key".to_owned()),
            );
            continue;
        };
        let curve = signing.algorithm.curve();
        let opened = match owner {
            None => Err(OpenError::OwnerSecretNeeded(signing.id)),
            Some(owner) => open_owner_share(kit, entry, &share, curve, owner, rng)
                .and_then(|opened| share_scalar(entry, curve, &opened).map(drop)),
        };
        found.note(OWNER_SHARE_OPENS, entry, Outcome::of(opened));
    }
}

fn verify_public_keys<R: CryptoRng>(
    found: &mut Verification,
    kit: &Kit,
    key: &RecoveryKey,
    owner: Option<&OwnerSecret>,
    rng: &mut R,
) {
    for signing in &kit.metadata.keys {
        let opened = open_signing_key(kit, signing, key, owner, rng);
        if let Ok(full) = &opened {
            found.keys.push(VerifiedKey {
                key: signing.clone(),
                extended_public: extended_public(full.public_key(), &signing.chain_code),
                min_account: kit.metadata.min_account(signing),
            });
        }
        found.note(
            "public key matches",
            signing.id.to_string(),
            Outcome::of(opened),
        );
    }
}
