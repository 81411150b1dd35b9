//! Sealed shares as they lie: the files, and the record of a wallet.

use lifeboat::formats::wallets::wallet_id::WalletId;

use super::{
    Store, StoreError,
    database::{Row, values},
    grants::key_of,
};

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
                    let position = u64::try_from(row.integer(0)?);
                    return Ok(Some(StoredShare {
                        file: *file,
                        position: position
                            .map_err(|_| StoreError::Damaged("a position below 0".to_owned()))?,
                        sealed: row.take_blob(1)?,
                    }));
                }
            }
            Ok(None)
        })
    }
}
