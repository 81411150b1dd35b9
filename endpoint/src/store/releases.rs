//! Releases: each step with its audit event in one transaction.

use std::sync::LazyLock;

use lifeboat::formats::wallets::wallet_id::WalletId;

use super::{
    Ahead, Store, StoreError, Write,
    database::{Database, Kind, Question, Row, Table, values},
    grants::{key_of, wallet_of},
    idempotency::{Repeatable, Seen, remember, seen},
    outbox,
    recovery::is_locked,
    release_keys,
};
use crate::domain::{
    audit::Event,
    caller::Identity,
    notice::{self, Step},
    policy::{Mode, Policy},
    problem::{Code, Problem},
    release::{DAY, Ended, Known, MOST_COLLECTED, Release, Request},
};

/// Releases that are looked at for one list.
const PAGE: i64 = 1000;

/// Done, or refused with a problem.
pub type Outcome<T> = Result<Result<T, Problem>, StoreError>;

macro_rules! columns {
    () => {
        "release.id, release.wallet, release.issuer, release.subject, release.by_service, release.encrypt_to, release.mode, release.approvals, \
         release.created_at, release.not_before, release.expires_at, release.ended, \
         (SELECT count(*) FROM release_decision WHERE release_decision.release = release.id AND approved = 1), \
         (SELECT count(*) FROM release_key WHERE release_key.release = release.id), \
         (SELECT count(*) FROM release_collect WHERE release_collect.release = release.id)"
    };
}

pub(super) const COLUMNS: &str = concat!("SELECT ", columns!(), " FROM release");

const RELEASE: Table = Table {
    name: "release",
    columns: &[
        ("id", Kind::Text),
        ("wallet", Kind::Blob),
        ("issuer", Kind::Text),
        ("subject", Kind::Text),
        ("by_service", Kind::Text),
        ("physical", Kind::Text),
        ("encrypt_to", Kind::Text),
        ("mode", Kind::Text),
        ("approvals", Kind::Integer),
        ("created_at", Kind::Integer),
        ("not_before", Kind::Integer),
        ("expires_at", Kind::Integer),
    ],
};

const COLLECT: Table = Table {
    name: "release_collect",
    columns: &[
        ("release", Kind::Text),
        ("at", Kind::Integer),
        ("request", Kind::Text),
    ],
};

pub(super) fn release_of(row: &Row) -> Result<Release, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(what.to_owned());
    let number = |column| {
        let number = row.integer(column)?;
        u32::try_from(number).map_err(|_| damaged("a count of a release"))
    };
    let ended = row.maybe_text(11)?.map(|name| {
        let ended = Ended::from_name(name);
        ended.ok_or_else(|| damaged("the end of a release"))
    });
    let mode = match row.text(6)? {
        "hot" => Mode::Hot,
        "cold" => Mode::Cold,
        _ => return Err(damaged("the mode of a release")),
    };
    Ok(Release {
        id: row.text(0)?.to_owned(),
        wallet: wallet_of(row, 1)?,
        requester: Identity {
            issuer: row.text(2)?.to_owned(),
            subject: row.text(3)?.to_owned(),
        },
        by_service: row.maybe_text(4)?.map(str::to_owned),
        encrypt_to: row.maybe_text(5)?.map(str::to_owned),
        mode,
        approvals_needed: number(7)?,
        created_at: row.integer(8)?,
        not_before: row.integer(9)?,
        expires_at: row.integer(10)?,
        ended: ended.transpose()?,
        approvals: number(12)?,
        has_key: row.integer(13)? > 0,
        collected: number(14)?,
    })
}

pub(super) fn find(database: &mut dyn Database, id: &str) -> Result<Option<Release>, StoreError> {
    let row = database.find(&format!("{COLUMNS} WHERE id = $1"), values![id])?;
    row.as_ref().map(release_of).transpose()
}

impl Store {
    /// The release of this id.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn release(&self, id: &str) -> Result<Option<Release>, StoreError> {
        self.read(|db| find(db, id))
    }

    /// Releases that were asked for after this time, oldest first, beginning behind one of them: so many that a list is made
    /// of them, and the last one's id where there may be more.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn releases_since(
        &self,
        at: i64,
        after: Option<&str>,
    ) -> Result<(Vec<Release>, Option<String>), StoreError> {
        self.read(|db| {
            let behind = after.map(|id| find(db, id)).transpose()?.flatten();
            let (from, id) = behind.map_or((at, String::new()), |release| {
                (release.created_at, release.id)
            });
            let sql = format!(
                "{COLUMNS} WHERE created_at >= $1 AND (created_at > $2 OR id > $3) ORDER BY created_at, id LIMIT $4"
            );
            let rows = db.query(&sql, values![from, from, id, PAGE])?;
            let releases = rows.iter().map(release_of).collect::<Result<Vec<_>, _>>()?;
            let is_full = i64::try_from(releases.len()).is_ok_and(|count| count == PAGE);
            let last = releases.last().filter(|_| is_full);
            let last = last.map(|release| release.id.clone());
            Ok((releases, last))
        })
    }

    /// Makes a release of a request, if the policy lets it; a request that was sent before gives what it gave then.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`].
    pub async fn request_release(
        &self,
        policy: Policy,
        request: Request,
        audit: Audited,
        repeatable: Option<Repeatable>,
    ) -> Outcome<Release> {
        self.write_asking(ahead(&request), move |write| {
            if let Some(repeatable) = &repeatable {
                match seen(write, repeatable)? {
                    Seen::No => {}
                    Seen::Other => return Ok(Err(Code::KeyReused.into())),
                    Seen::Same(id) => {
                        let release = find(write, &id)?;
                        return Ok(release.ok_or_else(|| Code::NoSuchRelease.into()));
                    }
                }
            }
            let found = find_out(write, &request)?;
            let made = make(write, &policy, &request, &found, &audit)?;
            if let (Ok(release), Some(repeatable)) = (&made, &repeatable) {
                remember(write, repeatable, &release.id)?;
            }
            Ok(made)
        })
        .await
    }

    /// Records that a share is handed out, if it may be. The answer is given after this alone.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`]: nothing may be handed out then.
    pub async fn collect_release(
        &self,
        id: String,
        by: Identity,
        audit: Audited,
    ) -> Outcome<Release> {
        self.write(move |write| {
            let Some(release) = find(write, &id)? else {
                return Ok(Err(Code::NoSuchRelease.into()));
            };
            if is_locked(write, &release.wallet)? {
                return Ok(Err(Code::WalletLocked.into()));
            }
            if let Err(problem) = release.collect(&by, write.now) {
                return Ok(Err(problem));
            }
            collect(write, &release, &audit)?;
            Ok(Ok(release))
        })
        .await
    }

    /// Makes a release and records that its share is handed out, at once: where the policy has neither delay nor
    /// approvals. One of the same requester that can be collected again is taken before.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`]: nothing may be handed out then.
    pub async fn release_at_once(
        &self,
        policy: Policy,
        request: Request,
        audit: Audited,
    ) -> Outcome<Release> {
        self.write_asking(ahead(&request), move |write| {
            let found = find_out(write, &request)?;
            let now = write.now;
            let before = found.latest.as_ref();
            // What was encrypted to another key is of no use to this caller.
            let again = before.filter(|release| {
                release.encrypt_to == request.encrypt_to
                    && release.collect(&request.requester, now).is_ok()
            });
            let release = match again {
                Some(_) if found.is_locked => return Ok(Err(Code::WalletLocked.into())),
                Some(release) => match policy.demand_fresh_sign_in(&request, now) {
                    Ok(()) => release.clone(),
                    Err(problem) => return Ok(Err(problem)),
                },
                None => match make(write, &policy, &request, &found, &audit)? {
                    Ok(release) => release,
                    Err(problem) => return Ok(Err(problem)),
                },
            };
            if let Err(problem) = release.collect(&request.requester, now) {
                return Ok(Err(problem));
            }
            collect(write, &release, &audit)?;
            Ok(Ok(release))
        })
        .await
    }

    /// Ends a release, or an operator denies it.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`].
    pub async fn cancel_release(&self, id: String, audit: Audited) -> Outcome<Release> {
        self.write(move |write| {
            let Some(release) = find(write, &id)? else {
                return Ok(Err(Code::NoSuchRelease.into()));
            };
            if let Err(problem) = release.end(write.now) {
                return Ok(Err(problem));
            }
            end(write, &release, Ended::Cancelled)?;
            write.audit(audit.event("release-cancelled", "done", &release.wallet, &release.id));
            told_and_found(write, Step::Cancelled, &id, &audit)
        })
        .await
    }

    /// An operator approves a release or denies it.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`].
    pub async fn decide_release(
        &self,
        id: String,
        operator: Identity,
        approved: bool,
        audit: Audited,
    ) -> Outcome<Release> {
        self.write(move |write| {
            let Some(release) = find(write, &id)? else {
                return Ok(Err(Code::NoSuchRelease.into()));
            };
            let now = write.now;
            if let Err(problem) = release.decide(&operator, now) {
                return Ok(Err(problem));
            }
            let added = write.execute(
                "INSERT INTO release_decision (release, issuer, subject, approved, at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (release, issuer, subject) DO NOTHING",
                values![
                    id.as_str(),
                    operator.issuer.as_str(),
                    operator.subject.as_str(),
                    approved,
                    now
                ],
            )?;
            if added == 0 {
                return Ok(Err(Code::AlreadyDecided.into()));
            }
            let (kind, step) = if approved {
                ("release-approved", Step::Approved)
            } else {
                end(write, &release, Ended::Denied)?;
                ("release-denied", Step::Denied)
            };
            write.audit(audit.event(kind, "done", &release.wallet, &release.id));
            told_and_found(write, step, &id, &audit)
        })
        .await
    }

    /// Ends every release that could still be collected, after a copy was put back. How many there were.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`].
    pub fn end_open_releases(&self) -> Result<u64, StoreError> {
        let mut count = 0;
        loop {
            let ended = self.write_blocking(|write| {
                let sql = format!(
                    "{COLUMNS} WHERE ended IS NULL AND expires_at > $1 ORDER BY id LIMIT $2"
                );
                let rows = write.query(&sql, values![write.now, PAGE])?;
                for row in &rows {
                    let release = release_of(row)?;
                    end(write, &release, Ended::Cancelled)?;
                    let event = Event::new("release-cancelled", "database-restored");
                    let event = event
                        .wallet(&release.wallet)
                        .with("release", release.id.as_str());
                    write.audit(event);
                }
                Ok(rows.len() as u64)
            })?;
            count += ended;
            if ended == 0 {
                break;
            }
        }
        self.write_blocking(move |write| {
            write.audit(Event::new("database-restored", "done").with("ended", count));
            Ok(count)
        })
    }

    /// Locks a wallet, so that nothing of it is given away, or unlocks it.
    ///
    /// # Errors
    /// [`StoreError::NotWritten`].
    pub async fn lock_wallet(
        &self,
        wallet: WalletId,
        reason: Option<String>,
        audit: Audited,
    ) -> Result<(), StoreError> {
        self.write(move |write| {
            let now = write.now;
            let kind = match &reason {
                Some(reason) => {
                    write.execute(
                        "INSERT INTO wallet_lock (wallet, reason, at) VALUES ($1, $2, $3) \
                         ON CONFLICT (wallet) DO UPDATE SET reason = excluded.reason, at = excluded.at",
                        values![key_of(&wallet), reason.as_str(), now],
                    )?;
                    "wallet-locked"
                }
                None => {
                    write.execute(
                        "DELETE FROM wallet_lock WHERE wallet = $1",
                        values![key_of(&wallet)],
                    )?;
                    "wallet-unlocked"
                }
            };
            write.audit(audit.of_wallet(kind, "done", &wallet));
            Ok(())
        })
        .await
    }
}

/// Who does something and in which request, for the audit chain.
#[derive(Debug, Clone)]
pub struct Audited {
    /// Who.
    pub caller: Identity,
    /// In which request.
    pub request: String,
    /// Whether the company is told of it.
    pub is_told: bool,
}

impl Audited {
    fn of_wallet(&self, kind: &str, outcome: &str, wallet: &WalletId) -> Event {
        let event = Event::new(kind, outcome).wallet(wallet);
        event.caller(&self.caller).request(&self.request)
    }

    pub(super) fn event(
        &self,
        kind: &str,
        outcome: &str,
        wallet: &WalletId,
        release: &str,
    ) -> Event {
        self.of_wallet(kind, outcome, wallet)
            .with("release", release)
    }

    /// Tells the company of a step, with the release as it is after it.
    pub(super) fn tell(
        &self,
        write: &mut Write<'_>,
        step: Step,
        release: &Release,
    ) -> Result<(), StoreError> {
        if !self.is_told {
            return Ok(());
        }
        let text = notice::of_release(step, release, &self.caller, &self.request, write.now);
        outbox::put(write, text)
    }
}

/// The release after a step, of which the company is told.
fn told_and_found(
    write: &mut Write<'_>,
    step: Step,
    id: &str,
    audit: &Audited,
) -> Outcome<Release> {
    let Some(release) = find(write, id)? else {
        return Ok(Err(Code::NoSuchRelease.into()));
    };
    audit.tell(write, step, &release)?;
    Ok(Ok(release))
}

fn make(
    write: &mut Write<'_>,
    policy: &Policy,
    request: &Request,
    found: &Found,
    audit: &Audited,
) -> Outcome<Release> {
    let now = write.now;
    let release = match policy.release(request, &found.known(now), now) {
        Ok(release) => release,
        Err(problem) => {
            let outcome = problem.code.name();
            write.audit(audit.of_wallet("release-requested", outcome, &request.wallet));
            return Ok(Err(problem));
        }
    };
    let mode = match release.mode {
        Mode::Hot => "hot",
        Mode::Cold => "cold",
    };
    let row = values![
        release.id.as_str(),
        key_of(&release.wallet),
        release.requester.issuer.as_str(),
        release.requester.subject.as_str(),
        release.by_service.as_deref(),
        request.physical.as_deref(),
        release.encrypt_to.as_deref(),
        mode,
        i64::from(release.approvals_needed),
        release.created_at,
        release.not_before,
        release.expires_at,
    ];
    write.put(&RELEASE, vec![row.to_vec()])?;
    let mut event = audit.event("release-requested", "done", &release.wallet, &release.id);
    if let Some(key) = &release.encrypt_to {
        event = event.with("encryptTo", key.as_str());
    }
    if release.by_service.is_some() {
        event = event.with("for", release.requester.to_string());
    }
    if let Some(reason) = &request.reason {
        event = event.with("reason", reason.as_str());
    }
    write.audit(event);
    audit.tell(write, Step::Requested, &release)?;
    Ok(Ok(release))
}

fn collect(write: &mut Write<'_>, release: &Release, audit: &Audited) -> Result<(), StoreError> {
    let now = write.now;
    let row = values![release.id.as_str(), now, audit.request.as_str()];
    write.put(&COLLECT, vec![row.to_vec()])?;
    write.audit(audit.event("share-released", "done", &release.wallet, &release.id));
    let mut after = release.clone();
    after.collected += 1;
    if after.collected >= MOST_COLLECTED {
        release_keys::forget(write, &release.id)?;
    }
    audit.tell(write, Step::Collected, &after)
}

fn end(write: &mut Write<'_>, release: &Release, ended: Ended) -> Result<(), StoreError> {
    let now = write.now;
    write.execute(
        "UPDATE release SET ended = $1, ended_at = $2 WHERE id = $3",
        values![ended.name(), now, release.id.as_str()],
    )?;
    release_keys::forget(write, &release.id)
}

/// What lies here about the wallet of a request, and about whoever asks.
struct Found {
    /// How many releases of the wallet were requested within the last day.
    of_last_day: u64,
    /// When the first of them was.
    oldest: Option<i64>,
    /// The requester's last one.
    latest: Option<Release>,
    is_locked: bool,
    is_replaced: bool,
}

impl Found {
    /// What the policy must know.
    fn known(&self, now: i64) -> Known {
        let open = self.latest.as_ref();
        let open = open.filter(|release| !release.state(now).is_final());
        Known {
            is_locked: self.is_locked,
            is_replaced: self.is_replaced,
            of_last_day: self.of_last_day,
            oldest: self.oldest,
            open: open.map(|release| release.id.clone()),
        }
    }
}

/// All of it in one statement. Releases from more than a day ahead, which a wrong clock wrote, do not count: the wallet would be
/// locked for years. They are left out by a sum, for which no index is of use: with a range of times PostgreSQL reads the releases
/// of all wallets in it. It counts where `EXISTS` would let PostgreSQL read a whole table for a few of its rows. Nothing but a
/// request for the same wallet, and writes that ask nothing, changes its answer.
static FOUND: LazyLock<Question> = LazyLock::new(|| Question {
    columns: &[
        ("wallet", Kind::Blob),
        ("issuer", Kind::Text),
        ("subject", Kind::Text),
        ("physical", Kind::Text),
        ("now", Kind::Integer),
    ],
    sql: format!(
        "SELECT {}, \
         (SELECT count(*) FROM release AS recent WHERE recent.wallet = asked.wallet AND recent.created_at > asked.now - {DAY} AND recent.created_at - {DAY} <= asked.now), \
         (SELECT min(recent.created_at) FROM release AS recent WHERE recent.wallet = asked.wallet AND recent.created_at > asked.now - {DAY} AND recent.created_at - {DAY} <= asked.now), \
         (SELECT count(*) FROM wallet_lock WHERE wallet_lock.wallet = asked.wallet), \
         (SELECT count(*) FROM device_past WHERE device_past.wallet = asked.wallet AND device_past.physical = asked.physical AND NOT EXISTS \
         (SELECT 1 FROM device WHERE device.wallet = device_past.wallet AND device.active = device_past.physical)) \
         FROM asked LEFT JOIN release ON release.id = (SELECT latest.id FROM release AS latest \
         WHERE latest.wallet = asked.wallet AND latest.issuer = asked.issuer AND latest.subject = asked.subject AND latest.created_at - {DAY} <= asked.now \
         ORDER BY latest.created_at DESC, latest.id DESC LIMIT 1)",
        columns!()
    ),
});

fn ahead(request: &Request) -> Ahead {
    let (wallet, requester) = (key_of(&request.wallet), &request.requester);
    let values = values![
        wallet,
        requester.issuer.as_str(),
        requester.subject.as_str(),
        request.physical.as_deref(),
    ];
    Ahead {
        question: &FOUND,
        key: wallet,
        values: values.to_vec(),
    }
}

fn find_out(write: &mut Write<'_>, request: &Request) -> Result<Found, StoreError> {
    let row = write.answer(ahead(request))?;
    let latest = (!row.is_null(0)).then(|| release_of(&row));
    Ok(Found {
        latest: latest.transpose()?,
        of_last_day: u64::try_from(row.integer(15)?).unwrap_or_default(),
        oldest: row.maybe_integer(16)?,
        is_locked: row.integer(17)? != 0,
        // Another phone took the place of the one that asks, for the same device of the wallet.
        is_replaced: row.integer(18)? != 0,
    })
}
