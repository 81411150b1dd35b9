//! Sealed shares as they lie: the files, and the record of a wallet.

use std::sync::{Arc, Mutex, PoisonError};

use lifeboat::formats::wallets::wallet_id::WalletId;

use super::{
    Readers, Store, StoreError,
    database::{Kind, Question, Row, values},
    grants::{NotGranted, key_of},
};
use crate::domain::caller::Identity;

/// A sealed file that was imported.
#[derive(Debug, Clone)]
pub struct ShareFile {
    /// Its number.
    pub id: i64,
    /// Its first line.
    pub header: String,
    /// Its second line.
    pub recipients: String,
    /// How many records it has, once all of them are here.
    pub records: Option<i64>,
    /// The position of the record that comes next.
    pub next: i64,
    /// Whether all of it is here.
    pub is_complete: bool,
    /// When its import began.
    pub imported_at: i64,
}

/// The record of a wallet, sealed.
#[derive(Debug, Clone)]
pub struct StoredShare {
    /// Its file.
    pub file: i64,
    /// Its position there.
    pub position: u64,
    /// Ciphertext and tag.
    pub sealed: Vec<u8>,
}

const FILE: &str =
    "SELECT id, header, recipients, records, next_n, complete, imported_at FROM share_file";

fn file_of(row: &Row) -> Result<ShareFile, StoreError> {
    Ok(ShareFile {
        id: row.integer(0)?,
        header: row.text(1)?.to_owned(),
        recipients: row.text(2)?.to_owned(),
        records: row.maybe_integer(3)?,
        next: row.integer(4)?,
        is_complete: row.integer(5)? == 1,
        imported_at: row.integer(6)?,
    })
}

/// What asks for a wallet's record and its grant at once, for the files that it was last made for.
#[derive(Default)]
pub(super) struct SharesQuestion {
    made: Mutex<Option<(Vec<i64>, Arc<Question>)>>,
}

impl SharesQuestion {
    fn of(&self, files: &[i64]) -> Arc<Question> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match made.as_ref() {
            Some((of, question)) if of == files => Arc::clone(question),
            _ => {
                let question = Arc::new(question(files));
                *made = Some((files.to_vec(), Arc::clone(&question)));
                question
            }
        }
    }
}

/// Whether the wallet is granted, then position and record for each file; a file without a record of it gives nothing.
fn question(files: &[i64]) -> Question {
    let mut sql = "SELECT (SELECT count(*) FROM issuer_grant WHERE issuer_grant.issuer = asked.issuer AND issuer_grant.subject = asked.subject \
         AND issuer_grant.wallet = asked.wallet AND revoked_at IS NULL)"
        .to_owned();
    for file in files {
        for column in ["n", "sealed"] {
            sql.push_str(&format!(
                ", (SELECT {column} FROM share_{file} WHERE share_{file}.wallet = asked.wallet ORDER BY n LIMIT 1)"
            ));
        }
    }
    sql.push_str(" FROM asked");
    Question {
        sql,
        columns: &[
            ("wallet", Kind::Blob),
            ("issuer", Kind::Text),
            ("subject", Kind::Text),
        ],
    }
}

fn share_of(file: i64, position: i64, sealed: Vec<u8>) -> Result<StoredShare, StoreError> {
    let below = |_| StoreError::Damaged("a position below 0".to_owned());
    Ok(StoredShare {
        file,
        position: u64::try_from(position).map_err(below)?,
        sealed,
    })
}

impl Store {
    /// All files, the newest first, those that are not complete among them.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn share_files(&self) -> Result<Vec<ShareFile>, StoreError> {
        let rows = self.read_shares(|db| db.query(&format!("{FILE} ORDER BY id DESC"), &[]))?;
        rows.iter().map(file_of).collect()
    }

    /// The record of a wallet in the first of these files that has one.
    ///
    /// # Errors
    /// [`StoreError::NotRead`].
    pub fn share(
        &self,
        files: &[i64],
        wallet: &WalletId,
    ) -> Result<Option<StoredShare>, StoreError> {
        let wallet = key_of(wallet);
        self.read_shares(|db| {
            for file in files {
                let sql = format!(
                    "SELECT n, sealed FROM share_{file} WHERE wallet = $1 ORDER BY n LIMIT 1"
                );
                if let Some(mut row) = db.find(&sql, values![wallet])? {
                    let position = row.integer(0)?;
                    return share_of(*file, position, row.take_blob(1)?).map(Some);
                }
            }
            Ok(None)
        })
    }

    /// The same for a caller whose wallet must be granted to somebody, where that is said.
    ///
    /// # Errors
    /// [`StoreError::NotRead`]; the inner one where it is not granted.
    pub async fn granted_share(
        &self,
        files: &[i64],
        wallet: &WalletId,
        granted_to: Option<&Identity>,
    ) -> Result<Result<Option<StoredShare>, NotGranted>, StoreError> {
        let Readers::Postgres {
            together, shares, ..
        } = &self.inner.readers
        else {
            return match granted_to {
                Some(identity) if !self.has_grant(identity, wallet)? => Ok(Err(NotGranted)),
                _ => self.share(files, wallet).map(Ok),
            };
        };
        let values = values![
            key_of(wallet),
            granted_to.map(|identity| identity.issuer.as_str()),
            granted_to.map(|identity| identity.subject.as_str()),
        ];
        let mut row = together.ask(shares.of(files), values.to_vec()).await?;
        if granted_to.is_some() && row.integer(0)? == 0 {
            return Ok(Err(NotGranted));
        }
        for (file, column) in files.iter().zip((1..).step_by(2)) {
            if let Some(position) = row.maybe_integer(column)? {
                let share = share_of(*file, position, row.take_blob(column + 1)?)?;
                return Ok(Ok(Some(share)));
            }
        }
        Ok(Ok(None))
    }
}
