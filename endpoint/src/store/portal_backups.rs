//! The client's shares of Portal's backups, as apps and backends hand them in, and how far each has come.

use uuid::Uuid;

use super::{
    Store, StoreError, Write,
    database::{Database, Row, values},
    idempotency::{Repeatable, Seen, remember, seen},
    portal::{self, Kept, NewVersion, StoredShare},
};
use crate::domain::{
    audit::Event,
    caller::Identity,
    portal::{ClientId, Labels},
    portal_backup::{Listed, PairState},
};

/// The table of clients' shares.
pub const CLIENT: &str = "client_ciphertext";
/// Most pairs of custodians' shares that are looked at.
const MOST_PAIRS: i64 = 1000;

/// What is handed in at once.
pub struct HandedIn {
    /// Whose.
    pub client: ClientId,
    /// The client's share, and its curve where it is of one alone.
    pub share: Option<(NewVersion, Option<&'static str>)>,
    /// The custodian's share, where Portal kept both.
    pub custodian: Option<NewVersion>,
    /// Who hands it in.
    pub caller: Identity,
    /// In which request.
    pub request: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is kept.
    Kept {
        /// The client's share, where there was one.
        share: Option<Uuid>,
        /// How far it has come.
        state: PairState,
        /// Whether anything of it was not there before.
        is_new: bool,
    },
    /// The client has more than is kept: nothing was written.
    Full,
    /// Another request had this idempotency key: nothing was written.
    KeyReused,
}

/// What became of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It is so now.
    So(Labels, PairState),
    /// It was said before that it is otherwise.
    Otherwise(PairState),
    /// The custodian's share of the pair is not here, and those of other pairs are.
    NoCustodian,
    /// There is no such share.
    None,
}

/// A client's share that is kept.
pub struct StoredBackup {
    /// What it has as any share.
    pub share: StoredShare,
    /// Its curve, where it is of one alone.
    pub curve: Option<String>,
    /// How far it has come.
    pub state: PairState,
    /// Since when.
    pub state_at: i64,
}

impl Store {
    /// Keeps what was handed in, all of it or nothing. A share that is equal to the newest of its kind is that one. A request
    /// that was sent before is answered as it was then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hand_in(
        &self,
        handed: HandedIn,
        repeatable: Option<Repeatable>,
    ) -> Result<Taken, StoreError> {
        self.write(move |write| {
            let before = repeatable.as_ref().map(|request| seen(write, request));
            match before.transpose()? {
                Some(Seen::Same(id)) => return as_before(write, &handed.client, &id),
                Some(Seen::Other) => return Ok(Taken::KeyReused),
                Some(Seen::No) | None => {}
            }
            if is_full(write, &handed)? {
                write.audit(event(
                    &handed.client,
                    "client-ciphertext",
                    "too-many-versions",
                ));
                return Ok(Taken::Full);
            }
            let taken = hand_in(write, &handed)?;
            if let (Some(request), Taken::Kept { share, .. }) = (&repeatable, &taken) {
                let id = share.map_or(String::new(), |id| id.to_string());
                remember(write, request, &id)?;
            }
            Ok(taken)
        })
        .await
    }

    /// The app has said whether all of a backup is stored.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn say_state(
        &self,
        client: ClientId,
        id: Uuid,
        stored: bool,
        (caller, request): (Identity, String),
    ) -> Result<Said, StoreError> {
        self.write(move |write| {
            let said = say_state(write, &client, id, stored)?;
            let outcome = match &said {
                Said::So(_, state) => state.word(),
                Said::Otherwise(_) | Said::NoCustodian => "state-order",
                Said::None => return Ok(said),
            };
            let event = event(&client, "client-ciphertext-state", outcome);
            let event = event
                .with("ciphertext", id.to_string())
                .with("stored", stored);
            write.audit(event.caller(&caller).request(&request));
            Ok(said)
        })
        .await
    }

    /// What is known of a client's shares, newest first, and of which pairs the custodian's share is here.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn listed(&self, client: &ClientId) -> Result<(Vec<Listed>, Vec<String>), StoreError> {
        self.read(|db| {
            let rows = db.query(
                "SELECT n, method, pair, curve, state FROM client_ciphertext WHERE client = $1 ORDER BY n DESC",
                values![client.as_str()],
            )?;
            let shares = rows.iter().map(listed).collect::<Result<_, _>>()?;
            Ok((shares, custodian_pairs(db, client)?))
        })
    }

    /// The client's shares of these numbers, in this order.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn client_shares(
        &self,
        client: &ClientId,
        numbers: &[i64],
    ) -> Result<Vec<StoredBackup>, StoreError> {
        self.read(|db| {
            let mut shares = Vec::with_capacity(numbers.len());
            for n in numbers {
                let row = db.find(
                    "SELECT client, n, id, method, pair, sealed, arrived_at, curve, state, state_at FROM client_ciphertext \
                     WHERE client = $1 AND n = $2",
                    values![client.as_str(), *n],
                )?;
                shares.extend(row.map(stored).transpose()?);
            }
            Ok(shares)
        })
    }
}

fn event(client: &ClientId, kind: &str, outcome: &str) -> Event {
    Event::new(kind, outcome).with("client", client.as_str())
}

/// What a request was answered when it was sent before.
fn as_before(write: &mut Write<'_>, client: &ClientId, id: &str) -> Result<Taken, StoreError> {
    let damaged = || StoreError::Damaged("an idempotency key".to_owned());
    if id.is_empty() {
        return Ok(Taken::Kept {
            share: None,
            state: PairState::Custodian,
            is_new: false,
        });
    }
    let id = Uuid::try_parse(id).map_err(|_| damaged())?;
    let (_, state) = find(write, client, id)?.ok_or_else(damaged)?;
    Ok(Taken::Kept {
        share: Some(id),
        state,
        is_new: false,
    })
}

/// Whether one of both would be more than is kept.
fn is_full(write: &mut Write<'_>, handed: &HandedIn) -> Result<bool, StoreError> {
    if let Some(new) = &handed.custodian
        && portal::next_custodian(write, new)?.is_none()
    {
        return Ok(true);
    }
    match &handed.share {
        Some((new, _)) => Ok(next_share(write, new)?.is_none()),
        None => Ok(false),
    }
}

fn hand_in(write: &mut Write<'_>, handed: &HandedIn) -> Result<Taken, StoreError> {
    let mut is_new = false;
    if let Some(new) = &handed.custodian {
        let kept = portal::keep_custodian(write, new)?;
        is_new |= matches!(kept, Kept::Version { is_new: true, .. });
        let event = portal::event_of(new, portal::outcome_of(kept), "custodian-share");
        write.audit(event.caller(&handed.caller).request(&handed.request));
    }
    let Some((new, curve)) = &handed.share else {
        return Ok(Taken::Kept {
            share: None,
            state: PairState::Custodian,
            is_new,
        });
    };

    let (id, state, is_new_share) = keep(write, new, *curve)?;
    let outcome = if is_new_share { "kept" } else { "repeated" };
    let event = portal::event_of(new, outcome, "client-ciphertext");
    let event = event.with("ciphertext", id.to_string());
    write.audit(event.caller(&handed.caller).request(&handed.request));
    Ok(Taken::Kept {
        share: Some(id),
        state,
        is_new: is_new || is_new_share,
    })
}

fn next_share(write: &mut Write<'_>, new: &NewVersion) -> Result<Option<(i64, i64)>, StoreError> {
    let last = write.find(
        "SELECT n, total FROM client_ciphertext WHERE client = $1 ORDER BY n DESC LIMIT 1",
        values![new.client.as_str()],
    )?;
    portal::next_version(last.as_ref(), new.size)
}

/// Keeps a client's share: its id, its state, and whether it is new.
fn keep(
    write: &mut Write<'_>,
    new: &NewVersion,
    curve: Option<&str>,
) -> Result<(Uuid, PairState, bool), StoreError> {
    let (method, pair) = (new.labels.method.as_deref(), new.labels.pair.as_deref());
    let client = new.client.as_str();
    let same = write.find(
        "SELECT id, digest, state FROM client_ciphertext WHERE client = $1 AND method IS NOT DISTINCT FROM $2 \
         AND pair IS NOT DISTINCT FROM $3 AND curve IS NOT DISTINCT FROM $4 \
         AND n > (SELECT max(n) - $5 FROM client_ciphertext WHERE client = $1) ORDER BY n DESC LIMIT 1",
        values![client, method, pair, curve, portal::RECENT],
    )?;
    if let Some(same) = same {
        let state = state_of(same.text(2)?)?;
        // What has failed begins anew when it is sent again.
        if same.bytes::<32>(1)? == new.digest && state != PairState::Failed {
            return Ok((Uuid::from_bytes(same.bytes(0)?), state, false));
        }
    }

    let Some((n, total)) = next_share(write, new)? else {
        // `is_full` has looked before, in the same write.
        return Err(StoreError::Busy);
    };
    let now = write.now;
    write.execute(
        "INSERT INTO client_ciphertext (client, n, id, method, pair, curve, sealed, digest, total, state, arrived_at, state_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        values![
            client,
            n,
            *new.id.as_bytes(),
            method,
            pair,
            curve,
            new.sealed.as_slice(),
            new.digest,
            total,
            PairState::Key.word(),
            now,
            now,
        ],
    )?;
    Ok((new.id, PairState::Key, true))
}

fn say_state(
    write: &mut Write<'_>,
    client: &ClientId,
    id: Uuid,
    stored: bool,
) -> Result<Said, StoreError> {
    let Some((labels, state)) = find(write, client, id)? else {
        return Ok(Said::None);
    };
    let Some(next) = state.after(stored) else {
        return Ok(Said::Otherwise(state));
    };
    if next == state {
        return Ok(Said::So(labels, state));
    }
    if let (Some(pair), PairState::Complete) = (&labels.pair, next) {
        let pairs = custodian_pairs(write, client)?;
        // Where no webhook names pairs, or Portal keeps the custodian's shares, nothing speaks against it.
        if !pairs.is_empty() && !pairs.contains(pair) {
            return Ok(Said::NoCustodian);
        }
    }

    let now = write.now;
    write.execute(
        "UPDATE client_ciphertext SET state = $1, state_at = $2 WHERE id = $3",
        values![next.word(), now, *id.as_bytes()],
    )?;
    Ok(Said::So(labels, next))
}

fn find(
    database: &mut dyn Database,
    client: &ClientId,
    id: Uuid,
) -> Result<Option<(Labels, PairState)>, StoreError> {
    let row = database.find(
        "SELECT method, pair, state FROM client_ciphertext WHERE id = $1 AND client = $2",
        values![*id.as_bytes(), client.as_str()],
    )?;
    row.map(|row| Ok((labels(&row, 0)?, state_of(row.text(2)?)?)))
        .transpose()
}

/// The pairs of which the custodian's share is here, those that came last first.
fn custodian_pairs(
    database: &mut dyn Database,
    client: &ClientId,
) -> Result<Vec<String>, StoreError> {
    let rows = database.query(
        "SELECT pair FROM custodian_share WHERE client = $1 AND pair IS NOT NULL GROUP BY pair ORDER BY max(n) DESC LIMIT $2",
        values![client.as_str(), MOST_PAIRS],
    )?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

fn listed(row: &Row) -> Result<Listed, StoreError> {
    Ok(Listed {
        n: row.integer(0)?,
        labels: labels(row, 1)?,
        curve: row.maybe_text(3)?.map(str::to_owned),
        state: state_of(row.text(4)?)?,
    })
}

fn labels(row: &Row, first: usize) -> Result<Labels, StoreError> {
    Ok(Labels {
        method: row.maybe_text(first)?.map(str::to_owned),
        pair: row.maybe_text(first + 1)?.map(str::to_owned),
    })
}

fn stored(row: Row) -> Result<StoredBackup, StoreError> {
    Ok(StoredBackup {
        curve: row.maybe_text(7)?.map(str::to_owned),
        state: state_of(row.text(8)?)?,
        state_at: row.integer(9)?,
        share: portal::stored(row)?,
    })
}

fn state_of(word: &str) -> Result<PairState, StoreError> {
    let state = PairState::of_word(word);
    state.ok_or_else(|| StoreError::Damaged("the state of a client's share".to_owned()))
}
