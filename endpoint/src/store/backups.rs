//! Backups and the key sets they are held against: append only.

use lifeboat::formats::{
    device_share::device_id::DeviceId,
    wallets::{algorithm::Algorithm, wallet_id::WalletId},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    StoreError, Write,
    database::{Database, Row, values},
    grants::key_of,
};
use crate::domain::{
    backup::{Form, MOST_BACKUPS, MOST_BYTES, Source},
    caller::Identity,
    device::PhysicalId,
    named_key::NamedKey,
};

/// A backup to be kept, with its ciphertexts sealed.
pub struct BackupRow {
    /// Its id, which the ciphertexts are sealed for.
    pub id: Uuid,
    /// Whose.
    pub wallet: WalletId,
    /// The device, in the spelling that is its salt.
    pub device: DeviceId,
    /// The phone that sent it, where that is known.
    pub physical: Option<PhysicalId>,
    /// Which passphrase it is under.
    pub passphrase_id: String,
    /// Whose software wrote it.
    pub form: Form,
    /// Its keys, by name.
    pub keys: Vec<NamedKey>,
    /// The content under the data key.
    pub sealed: Vec<u8>,
    /// SHA-256 of the content.
    pub digest: [u8; 32],
    /// Where it came from.
    pub source: Source,
    /// When it was made, if that is known; else the time of the write counts.
    pub created_at: Option<i64>,
}

/// A backup that is kept.
pub struct StoredBackup {
    /// Its id.
    pub id: Uuid,
    /// The device, in the spelling that is its salt.
    pub device: DeviceId,
    /// The phone that sent it, where that is known.
    pub physical: Option<String>,
    /// Which passphrase it is under.
    pub passphrase_id: String,
    /// Whose software wrote it.
    pub form: Form,
    /// Its keys, by name.
    pub keys: Vec<NamedKey>,
    /// The content under the data key.
    pub sealed: Vec<u8>,
    /// SHA-256 of the content.
    pub digest: [u8; 32],
    /// Where it came from.
    pub source: String,
    /// When it was made, in milliseconds since 1970: by this it ranks.
    pub created_at: i64,
    /// When it came here.
    pub arrived_at: i64,
}

/// What became of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Its id; that of the earlier one where the same content was there already.
    pub id: Uuid,
    /// By this it ranks.
    pub created_at: i64,
    /// Whether it was not there before.
    pub is_new: bool,
}

/// The name that rows are sealed under.
pub const TABLE: &str = "backup";

const COLUMNS: &str = "id, spelling, physical, passphrase_id, form, keys, sealed, digest, source, created_at, arrived_at";

/// Keeps a backup. The same content of the same device is kept once.
///
/// # Errors
/// [`StoreError`].
pub fn keep(write: &mut Write<'_>, row: &BackupRow) -> Result<Kept, StoreError> {
    match known(write, row)? {
        Some(known) => Ok(known),
        None => insert(write, row),
    }
}

/// The same for whoever may hand in as often as they like; `None` where the wallet has as many as are kept.
///
/// # Errors
/// [`StoreError`].
pub fn keep_within(write: &mut Write<'_>, row: &BackupRow) -> Result<Option<Kept>, StoreError> {
    if let Some(known) = known(write, row)? {
        return Ok(Some(known));
    }
    let kept = write.find(
        "SELECT count(*), coalesce(sum(length(sealed)), 0) FROM backup WHERE wallet = $1",
        values![key_of(&row.wallet)],
    )?;
    if let Some(kept) = kept {
        let size = i64::try_from(row.sealed.len()).unwrap_or(i64::MAX);
        let (backups, bytes) = (kept.integer(0)?, kept.integer(1)?);
        if backups >= MOST_BACKUPS || bytes.saturating_add(size) > MOST_BYTES {
            return Ok(None);
        }
    }
    insert(write, row).map(Some)
}

fn known(write: &mut Write<'_>, row: &BackupRow) -> Result<Option<Kept>, StoreError> {
    let device = device_bytes(&row.device);
    let known = write.find(
        "SELECT id, created_at FROM backup WHERE wallet = $1 AND device = $2 AND digest = $3",
        values![key_of(&row.wallet), device, row.digest],
    )?;
    let kept = |known: Row| {
        Ok(Kept {
            id: Uuid::from_bytes(known.bytes(0)?),
            created_at: known.integer(1)?,
            is_new: false,
        })
    };
    known.map(kept).transpose()
}

fn insert(write: &mut Write<'_>, row: &BackupRow) -> Result<Kept, StoreError> {
    let device = device_bytes(&row.device);
    let arrived_at = write.now;
    let created_at = match row.created_at {
        Some(made) => made,
        None => after_all(write, &row.wallet, arrived_at)?,
    };
    write.execute(
        "INSERT INTO backup (id, wallet, device, spelling, physical, passphrase_id, form, keys, sealed, digest, source, created_at, arrived_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        values![
            *row.id.as_bytes(),
            key_of(&row.wallet),
            device,
            row.device.as_str(),
            row.physical.as_ref().map(PhysicalId::as_str),
            row.passphrase_id.as_str(),
            row.form.word(),
            keys_to_text(&row.keys),
            row.sealed.as_slice(),
            row.digest,
            row.source.word(),
            created_at,
            arrived_at,
        ],
    )?;
    Ok(Kept {
        id: row.id,
        created_at,
        is_new: true,
    })
}

/// The time that a backup which is made now ranks by: behind every other of its wallet, also where one is from a clock that was
/// ahead. The user's next recovery must get this one.
fn after_all(write: &mut Write<'_>, wallet: &WalletId, now: i64) -> Result<i64, StoreError> {
    let found = write.find(
        "SELECT max(created_at) FROM backup WHERE wallet = $1",
        values![key_of(wallet)],
    )?;
    let last = found.map(|row| row.maybe_integer(0)).transpose()?.flatten();
    Ok(last.map_or(now, |last| now.max(last.saturating_add(1))))
}

/// The latest backup of a wallet, of one device or of any; `form` leaves only those that one kind of software reads.
///
/// # Errors
/// [`StoreError`].
pub fn latest(
    database: &mut dyn Database,
    wallet: &WalletId,
    device: Option<&DeviceId>,
    form: Option<Form>,
) -> Result<Option<StoredBackup>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM backup WHERE wallet = $1 AND device = coalesce($2, device) AND form = coalesce($3, form) \
         ORDER BY created_at DESC, arrived_at DESC, id DESC LIMIT 1"
    );
    let values = values![
        key_of(wallet),
        device.map(device_bytes),
        form.map(Form::word),
    ];
    database.find(&sql, values)?.map(stored).transpose()
}

/// The latest backup of a wallet as its user sees it, found in one statement.
pub(super) struct Overview {
    /// The backup.
    pub(super) backup: StoredBackup,
    /// Whether another backup of the wallet shows another key set, or one is registered: only then something can be missing.
    pub(super) has_other_keys: bool,
    /// Where this user keeps its passphrase.
    pub(super) location: Option<String>,
}

/// The latest backup of a wallet, with what a user is told of it.
pub(super) fn overview(
    database: &mut dyn Database,
    wallet: &WalletId,
    user: &Identity,
) -> Result<Option<Overview>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, \
         EXISTS (SELECT 1 FROM wallet_key WHERE wallet_key.wallet = backup.wallet) \
         OR EXISTS (SELECT 1 FROM backup AS other WHERE other.wallet = backup.wallet AND other.keys <> backup.keys), \
         (SELECT location FROM passphrase WHERE issuer = $1 AND subject = $2 AND passphrase.id = backup.passphrase_id) \
         FROM backup WHERE backup.id = (SELECT id FROM backup WHERE wallet = $3 ORDER BY created_at DESC, arrived_at DESC, id DESC LIMIT 1)"
    );
    let (issuer, subject) = (user.issuer.as_str(), user.subject.as_str());
    let found = database.find(&sql, values![issuer, subject, key_of(wallet)])?;
    found
        .map(|row| {
            Ok(Overview {
                has_other_keys: row.integer(11)? != 0,
                location: row.maybe_text(12)?.map(str::to_owned),
                backup: stored(row)?,
            })
        })
        .transpose()
}

/// The latest backups of a wallet, newest first.
///
/// # Errors
/// [`StoreError`].
pub fn history(
    database: &mut dyn Database,
    wallet: &WalletId,
    most: i64,
) -> Result<Vec<StoredBackup>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM backup WHERE wallet = $1 ORDER BY created_at DESC, arrived_at DESC, id DESC LIMIT $2"
    );
    let rows = database.query(&sql, values![key_of(wallet), most])?;
    rows.into_iter().map(stored).collect()
}

/// One backup of a wallet.
///
/// # Errors
/// [`StoreError`].
pub fn by_id(
    database: &mut dyn Database,
    wallet: &WalletId,
    id: Uuid,
) -> Result<Option<StoredBackup>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM backup WHERE wallet = $1 AND id = $2");
    let row = database.find(&sql, values![key_of(wallet), *id.as_bytes()])?;
    row.map(stored).transpose()
}

/// Every key set that a backup of the wallet has shown, other than this one.
///
/// # Errors
/// [`StoreError`].
pub fn other_key_sets(
    database: &mut dyn Database,
    wallet: &WalletId,
    known: &[NamedKey],
) -> Result<Vec<Vec<NamedKey>>, StoreError> {
    // Most wallets have shown one set.
    let rows = database.query(
        "SELECT DISTINCT keys FROM backup WHERE wallet = $1 AND keys <> $2",
        values![key_of(wallet), keys_to_text(known)],
    )?;
    rows.iter().map(|row| keys_of_text(row.text(0)?)).collect()
}

/// The key set that is registered; empty where none is.
///
/// # Errors
/// [`StoreError`].
pub fn registered_keys(
    database: &mut dyn Database,
    wallet: &WalletId,
) -> Result<Vec<NamedKey>, StoreError> {
    let rows = database.query(
        "SELECT key_id, algorithm, public_key FROM wallet_key WHERE wallet = $1 ORDER BY key_id",
        values![key_of(wallet)],
    )?;
    let key = |row: &Row| {
        Ok(NamedKey {
            id: Uuid::from_bytes(row.bytes(0)?),
            algorithm: algorithm_of(row.text(1)?)?,
            public_key: Some(hex::encode(row.blob(2)?)),
        })
    };
    rows.iter().map(key).collect()
}

/// Registers keys beside those that are there; `Err` names the first that is registered otherwise, and then nothing is
/// registered.
///
/// # Errors
/// [`StoreError`].
pub fn register_keys(
    write: &mut Write<'_>,
    wallet: &WalletId,
    keys: &[NamedKey],
) -> Result<Result<(), Uuid>, StoreError> {
    let registered = registered_keys(write, wallet)?;
    let differs = keys.iter().find(|key| {
        let same_id = registered.iter().find(|known| known.id == key.id);
        same_id.is_some_and(|known| !known.is_same_key(key))
    });
    if let Some(key) = differs {
        return Ok(Err(key.id));
    }

    let now = write.now;
    for key in keys {
        let Some(public_key) = &key.public_key else {
            continue;
        };
        let bytes = hex::decode(public_key);
        let bytes = bytes.map_err(|_| StoreError::Damaged("a public key".to_owned()))?;
        write.execute(
            "INSERT INTO wallet_key (wallet, key_id, algorithm, public_key, at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (wallet, key_id) DO NOTHING",
            values![
                key_of(wallet),
                *key.id.as_bytes(),
                key.algorithm.name(),
                bytes,
                now,
            ],
        )?;
    }
    Ok(Ok(()))
}

/// The 16 bytes of a device id, whatever its spelling.
pub(super) fn device_bytes(device: &DeviceId) -> [u8; 16] {
    // A device id is a UUID, or it would be none.
    Uuid::try_parse(device.as_str())
        .unwrap_or_default()
        .into_bytes()
}

fn stored(mut row: Row) -> Result<StoredBackup, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("a backup's {what}"));
    Ok(StoredBackup {
        id: Uuid::from_bytes(row.bytes(0)?),
        device: DeviceId::parse(row.text(1)?).ok_or_else(|| damaged("device"))?,
        physical: row.maybe_text(2)?.map(str::to_owned),
        passphrase_id: row.text(3)?.to_owned(),
        form: Form::of_word(row.text(4)?).ok_or_else(|| damaged("form"))?,
        keys: keys_of_text(row.text(5)?)?,
        digest: row.bytes(7)?,
        source: row.text(8)?.to_owned(),
        created_at: row.integer(9)?,
        arrived_at: row.integer(10)?,
        sealed: row.take_blob(6)?,
    })
}

/// `[{"keyId":…,"algorithm":…,"publicKey":…}]`, as [`WalletKey`](lifeboat::formats::device_share::share::WalletKey) spells
/// them: the texts of equal sets are compared.
fn keys_to_text(keys: &[NamedKey]) -> String {
    let member = |key: &NamedKey| {
        let public_key = key.public_key.as_ref();
        let public_key = public_key.map_or("null".to_owned(), |key| format!("\"{key}\""));
        format!(
            r#"{{"keyId":"{}","algorithm":"{}","publicKey":{public_key}}}"#,
            key.id,
            key.algorithm.name()
        )
    };
    let keys: Vec<String> = keys.iter().map(member).collect();
    format!("[{}]", keys.join(","))
}

fn keys_of_text(text: &str) -> Result<Vec<NamedKey>, StoreError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Written<'t> {
        key_id: &'t str,
        algorithm: &'t str,
        public_key: Option<String>,
    }

    let damaged = |what: &str| StoreError::Damaged(format!("the keys of a backup: {what}"));
    let written: Vec<Written<'_>> =
        serde_json::from_str(text).map_err(|error| damaged(&error.to_string()))?;
    let key = |key: Written<'_>| {
        Ok(NamedKey {
            id: Uuid::try_parse(key.key_id).map_err(|_| damaged("an id"))?,
            algorithm: algorithm_of(key.algorithm)?,
            public_key: key.public_key,
        })
    };
    written.into_iter().map(key).collect()
}

fn algorithm_of(name: &str) -> Result<Algorithm, StoreError> {
    let damaged = || StoreError::Damaged("the algorithm of a key".to_owned());
    Algorithm::from_spelling(name).ok_or_else(damaged)
}
