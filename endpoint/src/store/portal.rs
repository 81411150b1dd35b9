//! What Portal delivers: every version of a custodian's share, in the order in which they came.

use uuid::Uuid;

use super::{
    Store, StoreError, Write,
    database::{Database, Row, values},
};
use crate::domain::{
    audit::Event,
    portal::{ClientId, Labels, MOST_BYTES, MOST_VERSIONS},
};

/// The table of custodians' shares.
pub const CUSTODIAN: &str = "custodian_share";
/// How many of the last versions one that is sent again is looked for among.
pub(super) const RECENT: i64 = 32;

/// What a client's row is sealed under: a row that is put under another client's name does not open.
#[must_use]
pub fn sealed_under(table: &str, client: &ClientId) -> String {
    // No id has this letter.
    format!("{table}\0{client}")
}

/// A share to be kept, sealed.
pub struct NewVersion {
    /// Its id, which it is sealed for.
    pub id: Uuid,
    /// Whose.
    pub client: ClientId,
    /// What is known of it.
    pub labels: Labels,
    /// The share under the data key.
    pub sealed: Vec<u8>,
    /// SHA-256 of the share.
    pub digest: [u8; 32],
    /// Its size in bytes.
    pub size: i64,
}

/// What became of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is kept as this version, or was the newest of its kind already.
    Version {
        /// Its id.
        id: Uuid,
        /// The client's versions up to it.
        n: i64,
        /// Whether it was not there before.
        is_new: bool,
    },
    /// The client has more than is kept: nothing was written.
    Full,
}

/// A share that is kept.
pub struct StoredShare {
    /// Whose.
    pub client: ClientId,
    /// Its number among the client's.
    pub n: i64,
    /// Its id.
    pub id: Uuid,
    /// What is known of it.
    pub labels: Labels,
    /// The share under the data key.
    pub sealed: Vec<u8>,
    /// When it came, in milliseconds since 1970.
    pub arrived_at: i64,
}

impl Store {
    /// Keeps a custodian's share as a new version. One that is equal to the newest of its method and pair, and came not long ago, is
    /// that version: a webhook was sent again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deliver(&self, new: NewVersion, request: String) -> Result<Kept, StoreError> {
        self.write(move |write| {
            let kept = keep_custodian(write, &new)?;
            let event = event_of(&new, outcome_of(kept), "custodian-share");
            write.audit(event.request(&request));
            Ok(kept)
        })
        .await
    }

    /// Records that a client's shares are given to whoever has the webhook's secret: before they are.
    ///
    /// # Errors
    /// [`StoreError`]; then they must not be given away.
    pub async fn note_fetch(&self, client: ClientId, request: String) -> Result<(), StoreError> {
        self.write(move |write| {
            let event = Event::new("custodian-shares-fetched", "served");
            write.audit(event.with("client", client.as_str()).request(&request));
            Ok(())
        })
        .await
    }

    /// Clients of which either share is here, by their ids: so many behind this one.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn portal_clients(
        &self,
        after: Option<&ClientId>,
        most: i64,
    ) -> Result<Vec<ClientId>, StoreError> {
        let rows = self.read(|db| {
            db.query(
                "SELECT client FROM custodian_share WHERE client > $1 UNION SELECT client FROM client_ciphertext WHERE client > $1 \
                 ORDER BY client LIMIT $2",
                values![after.map_or("", ClientId::as_str), most],
            )
        })?;
        rows.iter().map(|row| client_of(row.text(0)?)).collect()
    }

    /// Every version of a client's custodian shares, newest first.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn custodian_shares(&self, client: &ClientId) -> Result<Vec<StoredShare>, StoreError> {
        let rows = self.read(|db| {
            db.query(
                "SELECT client, n, id, method, pair, sealed, arrived_at FROM custodian_share WHERE client = $1 ORDER BY n DESC",
                values![client.as_str()],
            )
        })?;
        rows.into_iter().map(stored).collect()
    }
}

/// Keeps a custodian's share within a write.
pub(super) fn keep_custodian(write: &mut Write<'_>, new: &NewVersion) -> Result<Kept, StoreError> {
    let (method, pair) = (new.labels.method.as_deref(), new.labels.pair.as_deref());
    let client = new.client.as_str();
    let asked = write.query_all(&[
        (
            "SELECT n, total FROM custodian_share WHERE client = $1 ORDER BY n DESC LIMIT 1",
            values![client],
        ),
        (
            "SELECT n, id, digest FROM custodian_share WHERE client = $1 AND method IS NOT DISTINCT FROM $2 \
             AND pair IS NOT DISTINCT FROM $3 \
             AND n > (SELECT max(n) - $4 FROM custodian_share WHERE client = $1) ORDER BY n DESC LIMIT 1",
            values![client, method, pair, RECENT],
        ),
    ])?;
    let [last, same] = asked.as_slice() else {
        return Err(StoreError::Damaged("an answer is missing".to_owned()));
    };
    if let Some(same) = same.first()
        && same.bytes::<32>(2)? == new.digest
    {
        return Ok(Kept::Version {
            id: Uuid::from_bytes(same.bytes(1)?),
            n: same.integer(0)?,
            is_new: false,
        });
    }

    let Some((n, total)) = next_version(last.first(), new.size)? else {
        return Ok(Kept::Full);
    };
    let now = write.now;
    write.execute(
        "INSERT INTO custodian_share (client, n, id, method, pair, sealed, digest, total, arrived_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            client,
            n,
            *new.id.as_bytes(),
            method,
            pair,
            new.sealed.as_slice(),
            new.digest,
            total,
            now,
        ],
    )?;
    Ok(Kept::Version {
        id: new.id,
        n,
        is_new: true,
    })
}

/// Number and total size of the version after a client's last; `None` where no more is kept.
pub(super) fn next_custodian(
    write: &mut Write<'_>,
    new: &NewVersion,
) -> Result<Option<(i64, i64)>, StoreError> {
    let last = write.find(
        "SELECT n, total FROM custodian_share WHERE client = $1 ORDER BY n DESC LIMIT 1",
        values![new.client.as_str()],
    )?;
    next_version(last.as_ref(), new.size)
}

/// Number and total size of the version after `last`, which has both; `None` where no more is kept.
pub(super) fn next_version(
    last: Option<&Row>,
    size: i64,
) -> Result<Option<(i64, i64)>, StoreError> {
    let (n, total) = match last {
        Some(row) => (row.integer(0)? + 1, row.integer(1)? + size),
        None => (1, size),
    };
    Ok((n <= MOST_VERSIONS && total <= MOST_BYTES).then_some((n, total)))
}

pub(super) fn outcome_of(kept: Kept) -> &'static str {
    match kept {
        Kept::Version { is_new: true, .. } => "kept",
        Kept::Version { is_new: false, .. } => "repeated",
        Kept::Full => "too-many-versions",
    }
}

pub(super) fn event_of(new: &NewVersion, outcome: &str, kind: &str) -> Event {
    Event::new(kind, outcome)
        .with("client", new.client.as_str())
        .with("method", new.labels.method.as_deref())
        .with("pair", new.labels.pair.as_deref())
        .with("digest", hex::encode(new.digest))
}

pub(super) fn stored(mut row: Row) -> Result<StoredShare, StoreError> {
    Ok(StoredShare {
        client: client_of(row.text(0)?)?,
        n: row.integer(1)?,
        id: Uuid::from_bytes(row.bytes(2)?),
        labels: Labels {
            method: row.maybe_text(3)?.map(str::to_owned),
            pair: row.maybe_text(4)?.map(str::to_owned),
        },
        arrived_at: row.integer(6)?,
        sealed: row.take_blob(5)?,
    })
}

fn client_of(text: &str) -> Result<ClientId, StoreError> {
    ClientId::parse(text).ok_or_else(|| StoreError::Damaged("a client's id".to_owned()))
}
