//! Derives again what a result file holds, and compares: what an auditor asks for (FORMATS.md §7, §10).

use std::io::BufRead;

use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{
    Progress,
    derive::Derivation,
    unseal::{Opened, SealedFile, UnsealError},
};
use crate::{
    crypto::{envelope::RunKeys, secret::Wiped},
    formats::{
        algorithm::Algorithm,
        record::{CosignerShares, Record},
        record_lines::{RecordError, RecordLines},
        server_shares::{CosignerShare, ServerShares, WalletShares},
        wallet_id::WalletId,
    },
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
    /// Shares that were written without their leading zeros, as one of the published tools does.
    pub short: Vec<(WalletId, Uuid, Algorithm)>,
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
        progress.advance(1);
        found.add(&record, derivation, chosen(), &[]);
    }
    Ok(found)
}

/// Why a sealed result cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckSealedError {
    /// It does not open, or not to its end.
    #[error(transparent)]
    Sealed(#[from] UnsealError),
    /// What it holds is no record.
    #[error(transparent)]
    Records(#[from] RecordError),
}

/// The same for a sealed result: every record is opened, and the file must be whole. Records that are derived again must
/// also hold the algorithms that the head names.
///
/// # Errors
/// [`CheckSealedError`]; a wrong record is a finding.
pub fn check_sealed<R: BufRead>(
    file: SealedFile<R>,
    keys: &RunKeys,
    derivation: &Derivation<'_>,
    mut chosen: impl FnMut() -> bool,
    progress: &impl Progress,
) -> Result<Checked, CheckSealedError> {
    let mut found = Checked::default();
    let claimed = file.header.algorithms.clone();
    let take = |opened: Opened<'_>| {
        let record = opened.record()?;
        found.add(&record, derivation, chosen(), &claimed);
        Ok::<_, CheckSealedError>(())
    };
    file.open_all(keys, derivation.threads, take, progress)?;
    Ok(found)
}

impl CosignerShares {
    /// Whether there is one share for each of these algorithms, in their order.
    fn is_of(&self, names: &[String]) -> bool {
        self.shares
            .iter()
            .map(|(algorithm, _)| algorithm.name())
            .eq(names.iter().map(String::as_str))
    }
}

impl Checked {
    /// Counts a record and, where it is to be compared, finds at most one thing wrong with it. No `claimed` algorithms: any.
    fn add(
        &mut self,
        record: &Record,
        derivation: &Derivation<'_>,
        compare: bool,
        claimed: &[String],
    ) {
        self.records += 1;
        if compare {
            self.compared += 1;
            let all_there =
                claimed.is_empty() || record.shares.iter().all(|cosigner| cosigner.is_of(claimed));
            let differs = difference(record, &derivation.record(record.wallet_id));
            let differs = differs.or((!all_there).then_some("other algorithms than the file says"));
            self.wrong
                .extend(differs.map(|what| (record.wallet_id, what)));
        }
    }
}

/// The same for a file that was read as a whole, as the published tools write it; `ids` are its wallets in order. Shares
/// are compared after their leading zeros have been put back; `right` gets every record so completed.
///
/// # Errors
/// The first error of `right`.
pub fn check_whole<E>(
    shares: &ServerShares,
    ids: &[WalletId],
    derivation: &Derivation<'_>,
    mut chosen: impl FnMut() -> bool,
    mut right: impl FnMut(&Record) -> Result<(), E>,
    progress: &impl Progress,
) -> Result<Checked, E> {
    let mut found = Checked::default();
    for (id, wallet) in ids.iter().filter_map(|id| Some((*id, shares.get(id)?))) {
        progress.advance(1);
        let short = wallet.shares.iter().filter(|share| share.repaired);
        found
            .short
            .extend(short.map(|share| (id, share.cosigner, share.algorithm)));
        let record = record_of(id, wallet, derivation.cosigners);
        found.add(&record, derivation, chosen(), &[]);
        right(&record)?;
    }
    Ok(found)
}

/// The record of a wallet, its cosigners in the kit's order; those that the kit does not have come last.
fn record_of(wallet_id: WalletId, wallet: &WalletShares, order: &[Uuid]) -> Record {
    let mut shares: Vec<CosignerShares> = Vec::new();
    for CosignerShare {
        cosigner,
        algorithm,
        share,
        ..
    } in &wallet.shares
    {
        let share = (*algorithm, Wiped::new(*share.expose()));
        match shares.iter_mut().find(|known| known.cosigner == *cosigner) {
            Some(known) => known.shares.push(share),
            None => shares.push(CosignerShares {
                cosigner: *cosigner,
                shares: vec![share],
            }),
        }
    }
    shares.sort_by_key(|shares| {
        order
            .iter()
            .position(|cosigner| *cosigner == shares.cosigner)
            .unwrap_or(order.len())
    });
    Record {
        wallet_id,
        chain_code: Wiped::new(*wallet.chain_code.expose()),
        shares,
    }
}

/// What a record has that it should not, or lacks; shares are compared in constant time.
fn difference(found: &Record, right: &Record) -> Option<&'static str> {
    if !bool::from(
        found
            .chain_code
            .as_slice()
            .ct_eq(right.chain_code.as_slice()),
    ) {
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
