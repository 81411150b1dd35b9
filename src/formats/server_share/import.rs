//! Server shares: Key Share #1 of the wallets that are wanted, out of a file in any shape (FORMATS.md §10).
//!
//! The other wallets are skipped without being looked into. A share of fewer than 64 digits is completed with leading
//! zeros and noted: one of the published tools drops them.

use std::{
    collections::BTreeMap,
    io::{BufRead, Cursor},
};

use uuid::Uuid;

use super::{
    record::RecordFormat,
    record_error::RecordError,
    record_reader::{ReadRecord, Reading, RecordReader},
};
use crate::crypto::secret::Secret;
use crate::formats::{
    encoding::{
        json::{FieldError, FieldFault},
        readable::Readable,
        shown::shown_member,
    },
    wallets::{algorithm::Algorithm, wallet_id::WalletId},
};

/// Largest file of server shares accepted, in bytes.
pub const MAX_SERVER_SHARES: u64 = 2 << 30;

/// Key Share #1 of one wallet, as it was read.
pub struct WalletShares {
    /// The asset chain code.
    pub chain_code: Secret<32>,
    /// Every share, in the file's order.
    pub shares: Vec<CosignerShare>,
}

/// One cosigner's share for one algorithm.
pub struct CosignerShare {
    /// The cosigner.
    pub cosigner: Uuid,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The share.
    pub share: Secret<32>,
    /// Whether leading zeros were missing and have been put back.
    pub repaired: bool,
}

/// The wanted wallets of a file.
pub type ServerShares = BTreeMap<WalletId, WalletShares>;

/// Reads records of the wallets for which `wanted` says so; it is asked at least once for every id in the file.
///
/// # Errors
/// [`FieldError`] with line, wallet and field.
pub fn read_server_shares(
    bytes: &[u8],
    wanted: impl FnMut(&WalletId) -> bool,
) -> Result<ServerShares, FieldError> {
    let readable = Readable::of(bytes);
    collect(Cursor::new(readable.bytes()), wanted).map_err(field_error)
}

fn collect(
    input: impl BufRead,
    mut wanted: impl FnMut(&WalletId) -> bool,
) -> Result<ServerShares, RecordError> {
    let mut shares = ServerShares::new();
    let mut records = RecordReader::begin(input, Reading::Anything)?;
    while let Some(found) = records.next_wanted(&mut wanted)? {
        let wallet = found.record.wallet_id;
        match shares.get_mut(&wallet) {
            None => {
                shares.insert(wallet, WalletShares::of(&found));
            }
            // The rows of a wallet may be anywhere.
            Some(known) if records.format() == RecordFormat::Csv => known.add(&found)?,
            Some(_) => {
                return Err(twice(
                    &found,
                    "",
                    format!("wallet `{wallet}` is listed twice"),
                ));
            }
        }
    }
    Ok(shares)
}

impl WalletShares {
    fn of(found: &ReadRecord) -> Self {
        Self {
            chain_code: Secret::from_slice(found.record.chain_code.expose())
                .expect("a chain code has 32 bytes"),
            shares: shares_of(found).collect(),
        }
    }

    /// Adds more shares of the same wallet.
    fn add(&mut self, found: &ReadRecord) -> Result<(), RecordError> {
        let own = Secret::from_slice(found.record.chain_code.expose());
        if !own.is_some_and(|own| own.same_as(&self.chain_code)) {
            let fault = "differs from an earlier line of the wallet".to_owned();
            return Err(twice(found, "chaincode", fault));
        }
        for share in shares_of(found) {
            let is_known = |known: &CosignerShare| {
                known.cosigner == share.cosigner && known.algorithm == share.algorithm
            };
            if self.shares.iter().any(is_known) {
                let fault = "the cosigner's share is listed twice".to_owned();
                return Err(twice(found, "share", fault));
            }
            self.shares.push(share);
        }
        Ok(())
    }
}

fn shares_of(found: &ReadRecord) -> impl Iterator<Item = CosignerShare> {
    let cosigners = found.record.shares.iter();
    cosigners.flat_map(|cosigner| {
        cosigner
            .shares
            .iter()
            .map(|(algorithm, share)| CosignerShare {
                cosigner: cosigner.cosigner,
                algorithm: *algorithm,
                share: Secret::from_slice(share.expose()).expect("a share has 32 bytes"),
                repaired: found.short.contains(&(cosigner.cosigner, *algorithm)),
            })
    })
}

fn twice(found: &ReadRecord, field: &str, fault: String) -> RecordError {
    FieldError {
        document: format!("line {}", found.line),
        path: field.to_owned(),
        fault: FieldFault::Value(fault),
    }
    .into()
}

/// Every fault of a file in memory is one of a field.
fn field_error(error: RecordError) -> FieldError {
    let (path, fault) = match error {
        RecordError::Field(error) => return error,
        RecordError::Twice(wallet) => (shown_member(wallet.as_str()), FieldFault::Twice),
        RecordError::CutOff(line) => {
            let line = usize::try_from(line).unwrap_or(usize::MAX);
            (String::new(), FieldFault::NotJson { line, column: 0 })
        }
        error => (String::new(), FieldFault::Value(error.to_string())),
    };
    FieldError {
        document: String::new(),
        path,
        fault,
    }
}
