//! Keys of single records, as operators hand them in for cold mode: each is held against its record before it is kept, and
//! kept sealed, for the releases that wait for it. It opens that record and no other.

use std::collections::BTreeSet;

use getrandom::{SysRng, rand_core::UnwrapErr};
use lifeboat::crypto::envelope::RecordKey;
use lifeboat::{
    crypto::secret::{Secret, SecretBytes},
    formats::{sealed::record_key::RecordKeyFile, wallets::wallet_id::WalletId},
};
use uuid::Uuid;

use crate::{
    domain::release::Release,
    keys::{
        data_key::DataKeys,
        share_files::{Keyring, SealedShare, open_with},
    },
    store::{
        Store, StoreError,
        release_keys::{NewKey, TABLE},
        shares::StoredShare,
    },
};

/// Why nothing of what was handed in is kept.
#[derive(Debug, thiserror::Error)]
pub enum HandInError {
    /// A line is no record key.
    #[error("line {0}: no record key, as `lifeboat unseal --hand-over-key` writes it")]
    NoKey(usize),
    /// The key is of a file that is not served here.
    #[error("line {0}: the key is of a sealed file that is not served here")]
    OtherFile(usize),
    /// The key does not open the record that it names.
    #[error("line {line}: the key does not open the record of wallet {wallet}")]
    OtherRecord {
        /// The line.
        line: usize,
        /// The wallet.
        wallet: WalletId,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Keys that have opened their records.
pub struct Checked {
    /// One for each release that waits.
    pub keys: Vec<NewKey>,
    /// Wallets for which none waits.
    pub not_wanted: BTreeSet<WalletId>,
}

/// A release that waits for a key, and the file that its record is in.
pub struct Wanted {
    /// The release.
    pub release: Release,
    /// The digest of the file's header.
    pub file: [u8; 32],
}

/// The keys that are wanted at this time. A release whose record is in no file that is served is not among them.
///
/// # Errors
/// [`StoreError::NotRead`].
pub fn wanted(store: &Store, keyring: &Keyring, now: i64) -> Result<Vec<Wanted>, StoreError> {
    let mut wanted = Vec::new();
    for release in store.releases_without_key(now)? {
        let share = store.share(keyring.files(), &release.wallet)?;
        let file = share.and_then(|share| keyring.digest_of(share.file));
        wanted.extend(file.map(|file| Wanted { release, file }));
    }
    Ok(wanted)
}

/// Holds every key of a text, one a line, against its record, and seals it for the releases that wait.
///
/// # Errors
/// [`HandInError`]: then no key of the text is good for anything.
pub fn check(
    store: &Store,
    keyring: &Keyring,
    data_keys: &DataKeys,
    text: &[u8],
    now: i64,
) -> Result<Checked, HandInError> {
    let waiting = store.releases_without_key(now)?;
    let mut checked = Checked {
        keys: Vec::new(),
        not_wanted: BTreeSet::new(),
    };
    for (line, text) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        if text.trim_ascii().is_empty() {
            continue;
        }
        let key = RecordKeyFile::parse(text).map_err(|_| HandInError::NoKey(line))?;
        let wallet = WalletId::parse(key.id.as_bytes()).map_err(|_| HandInError::NoKey(line))?;
        let file = keyring.file_of_key(&key);
        let file = file.ok_or(HandInError::OtherFile(line))?;
        let share = store.share(&[file], &wallet)?;
        let opened = share.and_then(|share| open_with(&key.key(), &wallet, sealed(share)));
        let digest = keyring.digest_of(file);
        let (Some(_), Some(digest)) = (opened, digest) else {
            return Err(HandInError::OtherRecord { line, wallet });
        };

        let mut is_wanted = false;
        for release in waiting.iter().filter(|release| release.wallet == wallet) {
            is_wanted = true;
            let plain = SecretBytes::new(key.key().expose().to_vec());
            let row = row_of(&release.id);
            checked.keys.push(NewKey {
                release: release.id.clone(),
                file: digest,
                sealed: data_keys.seal(TABLE, row, &plain, &mut UnwrapErr(SysRng)),
            });
        }
        if !is_wanted {
            checked.not_wanted.insert(wallet);
        }
    }
    Ok(checked)
}

/// The share of a release, opened with the key that was handed in for it. `None`: the key is not here any more, or what lies
/// here was altered.
///
/// # Errors
/// [`StoreError::NotRead`].
pub fn opened_share(
    store: &Store,
    keyring: &Keyring,
    data_keys: &DataKeys,
    release: &Release,
) -> Result<Option<SecretBytes>, StoreError> {
    let Some(kept) = store.release_key(&release.id)? else {
        return Ok(None);
    };
    let Some(file) = keyring.file_of(&kept.file) else {
        return Ok(None);
    };
    let plain = data_keys.open(TABLE, row_of(&release.id), &kept.sealed);
    let key = plain.and_then(|plain| Secret::from_slice(plain.expose()));
    let share = store.share(&[file], &release.wallet)?;
    let (Some(key), Some(share)) = (key, share) else {
        return Ok(None);
    };
    let key = RecordKey::handed_over(&key, kept.file);
    Ok(open_with(&key, &release.wallet, sealed(share)))
}

/// Ids of releases are UUIDs; of anything else, the key opens nothing.
fn row_of(release: &str) -> Uuid {
    Uuid::try_parse(release).unwrap_or_default()
}

fn sealed(share: StoredShare) -> SealedShare {
    SealedShare {
        file: share.file,
        position: share.position,
        sealed: share.sealed,
    }
}
