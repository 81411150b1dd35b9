//! Commitments to records: two drills compare them, and nobody learns a record from one (FORMATS.md §27).
//!
//! ```text
//! of a record = SHA-256("lifeboat drill record 1\n" ‖ salt ‖ n ‖ wallet id ‖ m ‖ record)
//! of a sample = SHA-256("lifeboat drill sample 1\n" ‖ salt ‖ count ‖ commitments of its records, in their order)
//! ```
//!
//! `n`, `m` and `count` have eight bytes, big-endian: the lengths of what follows, so that no two inputs are one text. The
//! record is the object that a sealed file holds of it, with the whole of its shares: 256 bits that nobody can guess.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::record::Record;
use crate::{
    crypto::eddsa_variants::EddsaVariant,
    formats::{
        encoding::json::{FieldError, FieldFault, Value},
        wallets::wallet_id::WalletId,
    },
};

/// What a report of a drill says that it is.
pub const DRILL_REPORT: &str = "lifeboat drill";
/// Largest report accepted, in bytes: 10,000 wallets have less than 2 MiB.
pub const MAX_DRILL_REPORT: u64 = 8 << 20;

const OF_RECORD: &[u8] = b"lifeboat drill record 1\n";
const OF_SAMPLE: &[u8] = b"lifeboat drill sample 1\n";

/// The commitment to a record.
#[must_use]
pub fn of_record(salt: &[u8; 32], record: &Record) -> [u8; 32] {
    let mut text = Zeroizing::new(Vec::with_capacity(record.size()));
    record.write_object(&mut text);

    let mut digest = Sha256::new_with_prefix(OF_RECORD);
    digest.update(salt);
    for part in [record.wallet_id.as_bytes().as_slice(), &text] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// The commitment to a sample, by those to its records.
#[must_use]
pub fn of_sample(salt: &[u8; 32], records: &[(WalletId, [u8; 32])]) -> [u8; 32] {
    let mut digest = Sha256::new_with_prefix(OF_SAMPLE);
    digest.update(salt);
    digest.update((records.len() as u64).to_be_bytes());
    for (_, commitment) in records {
        digest.update(commitment);
    }
    digest.finalize().into()
}

/// The sample of an earlier drill, out of its report.
pub struct EarlierSample {
    /// What its commitments are salted with.
    pub salt: [u8; 32],
    /// The rule that its EdDSA shares were derived by.
    pub eddsa: EddsaVariant,
    /// Each wallet and its commitment, in the order of the report.
    pub commitments: Vec<(WalletId, [u8; 32])>,
}

impl EarlierSample {
    /// Reads it out of a report.
    ///
    /// # Errors
    /// [`FieldError`] with the field.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        let root = Value::parse_list("report", bytes)?;
        let kind = root.get("report")?;
        if kind.text()?.expose() != DRILL_REPORT {
            let fault = format!("expected `{DRILL_REPORT}`");
            return Err(kind.fault(FieldFault::Value(fault)));
        }

        let sample = root.get("sample")?;
        let rule = sample.get("eddsaVariant")?;
        let eddsa = EddsaVariant::of_name(rule.text()?.expose()).ok_or_else(|| {
            let fault = "no rule that `lifeboat confirm-eddsa` knows".to_owned();
            rule.fault(FieldFault::Value(fault))
        })?;
        let list = sample.get("wallets")?;
        let commitments = list.elements()?.map(|wallet| {
            let id = wallet.get("walletId")?;
            let parsed = WalletId::parse(id.text()?.expose().as_bytes())
                .map_err(|fault| id.fault(FieldFault::Value(fault.to_string())))?;
            Ok((parsed, wallet.get("commitment")?.hex_array()?))
        });
        let commitments = commitments.collect::<Result<Vec<_>, FieldError>>()?;
        if commitments.is_empty() {
            return Err(list.fault(FieldFault::Value("no wallets".to_owned())));
        }
        Ok(Self {
            salt: sample.get("salt")?.hex_array()?,
            eddsa,
            commitments,
        })
    }
}
