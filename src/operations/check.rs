//! Derives again what a result file holds, and compares: what an auditor asks for (FORMATS.md §7, §10).

use std::io::BufRead;

use subtle::ConstantTimeEq;

use super::{Progress, derive::Derivation};
use crate::formats::{
    record::Record,
    record_lines::{RecordError, RecordLines},
    wallet_id::WalletId,
};

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Records in the file.
    pub records: u64,
    /// Records that were derived again.
    pub compared: u64,
    /// Wallets whose record is not what the kit gives, and what differs.
    pub wrong: Vec<(WalletId, &'static str)>,
}

/// Reads every record and derives again those that `chosen` picks.
///
/// # Errors
/// [`RecordError`] when the file is not a result file; a wrong record is no error here but a finding.
pub fn check<R: BufRead>(
    mut records: RecordLines<R>,
    derivation: &Derivation<'_>,
    mut chosen: impl FnMut() -> bool,
    progress: &impl Progress,
) -> Result<Checked, RecordError> {
    let mut found = Checked::default();
    while let Some(record) = records.next_record()? {
        found.records += 1;
        progress.advance(1);
        if !chosen() {
            continue;
        }
        found.compared += 1;
        if let Some(what) = difference(&record, &derivation.record(record.wallet_id)) {
            found.wrong.push((record.wallet_id, what));
        }
    }
    Ok(found)
}

/// What a record has that it should not, or lacks; shares are compared in constant time.
fn difference(found: &Record, right: &Record) -> Option<&'static str> {
    if !bool::from(found.chain_code.as_slice().ct_eq(right.chain_code.as_slice())) {
        return Some("another chain code");
    }
    if found.shares.len() != right.shares.len() {
        return Some("another number of cosigners");
    }
    for (found, right) in found.shares.iter().zip(&right.shares) {
        if found.cosigner != right.cosigner {
            return Some("another cosigner");
        }
        if found.shares.is_empty() {
            return Some("no share");
        }
        for (algorithm, share) in &found.shares {
            let right = right.shares.iter().find(|(other, _)| other == algorithm);
            match right {
                Some((_, right)) if bool::from(share.as_slice().ct_eq(right.as_slice())) => {}
                Some(_) => return Some("another share"),
                None => return Some("a share of an algorithm that is not derived"),
            }
        }
    }
    None
}
