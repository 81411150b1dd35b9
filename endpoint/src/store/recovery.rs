//! The steps of backing up and recovering, each one transaction with its audit event.

use lifeboat::formats::{device_share::device_id::DeviceId, wallets::wallet_id::WalletId};
use uuid::Uuid;

use super::{
    Store, StoreError, Write,
    backups::{self, BackupRow, Kept, StoredBackup},
    database::{Database, values},
    devices,
    grants::{NotGranted, has_grant, key_of},
    idempotency::{Repeatable, Seen, remember, seen},
};
use crate::domain::{
    audit::Event,
    backup::{Completeness, Form, Source},
    caller::Identity,
    device::{Change, DeviceError, PhysicalId, may_enroll},
    named_key::NamedKey,
};

/// How a backup of a wallet that has too many is written down.
const FULL: &str = "too-many-versions";

/// Who does a step, and of which device.
#[derive(Clone)]
pub struct Step {
    /// The wallet.
    pub wallet: WalletId,
    /// The device.
    pub device: DeviceId,
    /// The phone, where one is known.
    pub phone: Option<PhysicalId>,
    /// Who asks.
    pub caller: Identity,
    /// In which request.
    pub request: String,
}

/// What became of a backup that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackedUp {
    /// It is kept.
    Kept {
        /// Under which id.
        kept: Kept,
        /// What it lacks.
        completeness: Completeness,
    },
    /// The phone was replaced: nothing is kept.
    Replaced,
    /// Another request had this idempotency key: nothing is kept.
    KeyReused,
    /// The wallet has as many as are kept: nothing is kept.
    Full,
    /// It lacks these algorithms of the registered key set, and had to have them: nothing is kept.
    Incomplete(Completeness),
}

/// What became of a phone that asks for the backup.
pub enum Serving {
    /// This is it, and the phone may enrol from now on.
    Backup(Box<StoredBackup>),
    /// There is none that it could read.
    None,
    /// The wallet is locked.
    Locked,
}

/// The latest backup of a wallet as its user sees it.
pub struct Latest {
    /// The backup.
    pub backup: StoredBackup,
    /// What it lacks.
    pub completeness: Completeness,
    /// Where its passphrase is kept, if the user has said.
    pub location: Option<String>,
}

/// A backup that somebody wants to read.
pub enum Opening {
    /// This one.
    Backup(Box<StoredBackup>),
    /// There is none of this id.
    None,
    /// The wallet is locked.
    Locked,
}

impl Step {
    fn event(&self, kind: &str, outcome: &str) -> Event {
        let event = Event::new(kind, outcome)
            .wallet(&self.wallet)
            .caller(&self.caller)
            .request(&self.request)
            .with("device", self.device.as_str());
        match &self.phone {
            Some(phone) => event.with("physicalDevice", phone.as_str()),
            None => event,
        }
    }
}

impl Store {
    /// Keeps a backup, and makes its phone the active one where none is. `all_keys`: it must hold every registered key. A
    /// request that was sent before is answered as it was then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn back_up(
        &self,
        step: Step,
        row: BackupRow,
        all_keys: bool,
        repeatable: Option<Repeatable>,
    ) -> Result<BackedUp, StoreError> {
        self.write(move |write| {
            if let Some(before) = answered(write, &step.wallet, repeatable.as_ref())? {
                return Ok(before);
            }
            let done = back_up(write, &step, &row, all_keys)?;
            let outcome = match &done {
                BackedUp::Kept { kept, .. } => {
                    remember_as(write, repeatable.as_ref(), kept)?;
                    "kept"
                }
                BackedUp::KeyReused => "key-reused",
                BackedUp::Replaced => "device-replaced",
                BackedUp::Full => FULL,
                BackedUp::Incomplete(_) => "incomplete",
            };
            let event = step
                .event("backup", outcome)
                .with("digest", hex::encode(row.digest))
                .with("source", row.source.word());
            write.audit(event);
            Ok(done)
        })
        .await
    }

    /// The backup that a recovery gets. From its commit on this phone may enrol, whatever happens: here is the last place
    /// where a recovery can be refused.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is served.
    pub async fn serve_backup(&self, step: Step, phone: PhysicalId) -> Result<Serving, StoreError> {
        self.write(move |write| {
            if is_locked(write, &step.wallet)? {
                write.audit(step.event("backup-served", "locked"));
                return Ok(Serving::Locked);
            }
            let latest = backups::latest(write, &step.wallet, Some(&step.device), Some(Form::Sdk))?;
            let Some(latest) = latest else {
                write.audit(step.event("backup-served", "none"));
                return Ok(Serving::None);
            };
            devices::mark_served(write, &step.wallet, &step.device, &phone)?;
            let event = step.event("backup-served", "served");
            write.audit(event.with("backup", latest.id.to_string()));
            Ok(Serving::Backup(Box::new(latest)))
        })
        .await
    }

    /// Whether a phone may say that it recovers.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn may_enroll(
        &self,
        step: &Step,
        phone: &PhysicalId,
        now: i64,
    ) -> Result<bool, StoreError> {
        self.read(|db| {
            let served = devices::served(db, &step.wallet, &step.device, phone)?;
            Ok(may_enroll(served, now))
        })
    }

    /// A phone has recovered: it is the active one from now on.
    ///
    /// # Errors
    /// [`StoreError`]; the inner one where no backup was served to it.
    pub async fn enroll(
        &self,
        step: Step,
        phone: PhysicalId,
    ) -> Result<Result<(), DeviceError>, StoreError> {
        self.write(move |write| {
            let device = devices::find(write, &step.wallet, &step.device)?;
            let served = devices::served(write, &step.wallet, &step.device, &phone)?;
            let change = match device.enroll(&phone, served, write.now) {
                Ok(change) => change,
                Err(error) => {
                    write.audit(step.event("device-enrolled", "not-served"));
                    return Ok(Err(error));
                }
            };
            devices::apply(write, &step.wallet, &step.device, &change)?;
            write.audit(replacing(step.event("device-enrolled", "active"), &change));
            Ok(Ok(()))
        })
        .await
    }

    /// Somebody who may says where a device lives.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn activate(&self, step: Step, phone: PhysicalId) -> Result<(), StoreError> {
        self.write(move |write| activate(write, &step, &phone))
            .await
    }

    /// Keeps a backup that the live provider took: the provider knows which phone is the active one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn observe(
        &self,
        step: Step,
        row: BackupRow,
        repeatable: Option<Repeatable>,
    ) -> Result<BackedUp, StoreError> {
        self.write(move |write| {
            if let Some(before) = answered(write, &step.wallet, repeatable.as_ref())? {
                return Ok(before);
            }
            let Some(kept) = backups::keep_within(write, &row)? else {
                write.audit(step.event("backup", FULL));
                return Ok(BackedUp::Full);
            };
            remember_as(write, repeatable.as_ref(), &kept)?;
            match &step.phone {
                Some(phone) => activate(write, &step, phone)?,
                None => devices::make_known(write, &step.wallet, &step.device)?,
            }
            let event = step
                .event("backup", "kept")
                .with("digest", hex::encode(row.digest))
                .with("source", Source::Observed.word());
            write.audit(event);
            let completeness = completeness(write, &step.wallet, &row.keys)?;
            Ok(BackedUp::Kept { kept, completeness })
        })
        .await
    }

    /// Keeps backups out of a file, on this thread; how many were not here before. No phone becomes the active one: what
    /// was harvested may be old.
    ///
    /// # Errors
    /// [`StoreError`]; then none of them is kept.
    pub fn import_backups(&self, rows: Vec<BackupRow>) -> Result<usize, StoreError> {
        self.write_blocking(move |write| {
            let mut new = 0;
            for row in &rows {
                devices::make_known(write, &row.wallet, &row.device)?;
                new += usize::from(backups::keep(write, row)?.is_new);
            }
            if new > 0 {
                write.audit(Event::new("backups-imported", "done").with("backups", new));
            }
            Ok(new)
        })
    }

    /// Registers the key set of a wallet; the inner error names a key that is registered otherwise.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn register_keys(
        &self,
        wallet: WalletId,
        keys: Vec<NamedKey>,
        caller: Identity,
        request: String,
    ) -> Result<Result<(), Uuid>, StoreError> {
        self.write(move |write| {
            let registered = backups::register_keys(write, &wallet, &keys)?;
            let outcome = match registered {
                Ok(()) => "registered",
                Err(_) => "key-differs",
            };
            let ids: Vec<String> = keys.iter().map(|key| key.id.to_string()).collect();
            let event = Event::new("keys", outcome)
                .wallet(&wallet)
                .caller(&caller)
                .request(&request);
            write.audit(event.with("keys", ids));
            Ok(registered)
        })
        .await
    }

    /// What a backup with these keys lacks.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn completeness(
        &self,
        wallet: &WalletId,
        keys: &[NamedKey],
    ) -> Result<Completeness, StoreError> {
        self.read(|db| completeness(db, wallet, keys))
    }

    /// The latest backup of a wallet, what it lacks, and where this user keeps its passphrase. `granted_to`: the table of
    /// grants must have the wallet for them.
    ///
    /// # Errors
    /// [`StoreError::NotRead`]; the inner one where the wallet is not theirs.
    pub fn latest_backup(
        &self,
        wallet: &WalletId,
        user: &Identity,
        granted_to: Option<&Identity>,
    ) -> Result<Result<Option<Latest>, NotGranted>, StoreError> {
        self.read(|db| {
            if let Some(identity) = granted_to
                && !has_grant(db, identity, wallet)?
            {
                return Ok(Err(NotGranted));
            }
            let Some(found) = backups::overview(db, wallet, user)? else {
                return Ok(Ok(None));
            };
            let completeness = if found.has_other_keys {
                completeness(db, wallet, &found.backup.keys)?
            } else {
                Completeness::default()
            };
            Ok(Ok(Some(Latest {
                backup: found.backup,
                completeness,
                location: found.location,
            })))
        })
    }

    /// One backup of a wallet, to be opened; an operator's lock holds here as it does for a recovery.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn backup_to_open(&self, wallet: &WalletId, id: Uuid) -> Result<Opening, StoreError> {
        self.read(|db| {
            if is_locked(db, wallet)? {
                return Ok(Opening::Locked);
            }
            let backup = backups::by_id(db, wallet, id)?;
            Ok(backup.map_or(Opening::None, |backup| Opening::Backup(Box::new(backup))))
        })
    }
}

/// What a request was answered when it was sent before.
fn answered(
    write: &mut Write<'_>,
    wallet: &WalletId,
    repeatable: Option<&Repeatable>,
) -> Result<Option<BackedUp>, StoreError> {
    let seen = repeatable.map(|repeatable| seen(write, repeatable));
    let id = match seen.transpose()? {
        None | Some(Seen::No) => return Ok(None),
        Some(Seen::Other) => return Ok(Some(BackedUp::KeyReused)),
        Some(Seen::Same(id)) => Uuid::try_parse(&id),
    };
    let damaged = || StoreError::Damaged("an idempotency key".to_owned());
    let id = id.map_err(|_| damaged())?;
    let backup = backups::by_id(write, wallet, id)?.ok_or_else(damaged)?;
    Ok(Some(BackedUp::Kept {
        kept: Kept {
            id,
            created_at: backup.created_at,
            is_new: false,
        },
        completeness: completeness(write, wallet, &backup.keys)?,
    }))
}

fn remember_as(
    write: &mut Write<'_>,
    repeatable: Option<&Repeatable>,
    kept: &Kept,
) -> Result<(), StoreError> {
    repeatable.map_or(Ok(()), |repeatable| {
        remember(write, repeatable, &kept.id.to_string())
    })
}

fn back_up(
    write: &mut Write<'_>,
    step: &Step,
    row: &BackupRow,
    all_keys: bool,
) -> Result<BackedUp, StoreError> {
    let device = devices::find(write, &step.wallet, &step.device)?;
    let Ok(change) = device.back_up(step.phone.as_ref()) else {
        return Ok(BackedUp::Replaced);
    };
    if all_keys {
        let registered = backups::registered_keys(write, &step.wallet)?;
        let held = Completeness::of(&row.keys, &registered, &[]);
        if !held.is_complete() {
            return Ok(BackedUp::Incomplete(held));
        }
    }

    let Some(kept) = backups::keep_within(write, row)? else {
        return Ok(BackedUp::Full);
    };
    devices::apply(write, &step.wallet, &step.device, &change)?;
    let completeness = completeness(write, &step.wallet, &row.keys)?;
    Ok(BackedUp::Kept { kept, completeness })
}

fn activate(write: &mut Write<'_>, step: &Step, phone: &PhysicalId) -> Result<(), StoreError> {
    let device = devices::find(write, &step.wallet, &step.device)?;
    let change = device.activate(phone);
    devices::apply(write, &step.wallet, &step.device, &change)?;
    if change != Change::None {
        write.audit(replacing(step.event("device-activated", "active"), &change));
    }
    Ok(())
}

fn replacing(event: Event, change: &Change) -> Event {
    match change {
        Change::Activate {
            replaced: Some(replaced),
            ..
        } => event.with("replaced", replaced.as_str()),
        Change::Activate { .. } | Change::None => event,
    }
}

fn completeness(
    database: &mut dyn Database,
    wallet: &WalletId,
    keys: &[NamedKey],
) -> Result<Completeness, StoreError> {
    let registered = backups::registered_keys(database, wallet)?;
    if !registered.is_empty() {
        return Ok(Completeness::of(keys, &registered, &[]));
    }
    let mut shown = vec![keys.to_vec()];
    shown.extend(backups::other_key_sets(database, wallet, keys)?);
    Ok(Completeness::of(keys, &registered, &shown))
}

/// Whether an operator has locked the wallet.
pub(super) fn is_locked(
    database: &mut dyn Database,
    wallet: &WalletId,
) -> Result<bool, StoreError> {
    let lock = database.find(
        "SELECT 1 FROM wallet_lock WHERE wallet = $1",
        values![key_of(wallet)],
    )?;
    Ok(lock.is_some())
}
