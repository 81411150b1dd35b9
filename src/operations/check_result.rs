//! Derives again what a result file holds, and compares: what an auditor asks for (FORMATS.md §7, §10).

use std::{
    collections::{BTreeMap, HashMap},
    io::BufRead,
};

use uuid::Uuid;

use super::{
    Progress,
    derive::Derivation,
    record_shape::is_even,
    unseal::{Opened, SealedFile, UnsealError},
};
use crate::{
    crypto::envelope::RunKeys,
    formats::{
        server_share::{
            record::{CosignerShares, Record},
            record_reader::{RecordError, RecordReader},
        },
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
};

/// Wallets that are named for one reason; of more, only the number is told.
const NAMED: usize = 1000;

/// What a result should hold.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The wallets, and how often each is in the list; `None`: any, each once.
    wallets: Option<HashMap<u128, u32>>,
    /// The algorithms of every cosigner's shares; `None`: any, but the same for all.
    pub algorithms: Option<Vec<Algorithm>>,
}

impl Expected {
    /// Begins an empty list of wallets.
    pub fn begin_list(&mut self) {
        self.wallets = Some(HashMap::new());
    }

    /// Adds a wallet of the list.
    pub fn expect(&mut self, wallet: WalletId) {
        let wallets = self.wallets.get_or_insert_default();
        *wallets.entry(wallet.as_u128()).or_default() += 1;
    }
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Records in the file.
    pub records: u64,
    /// Records that were derived again.
    pub compared: u64,
    /// Wallets whose record is not as it must be, and what is wrong.
    pub wrong: Vec<(WalletId, String)>,
    /// More such wallets, not named.
    pub more_wrong: u64,
    /// Shares that were written without their leading zeros, as one of the published tools does.
    pub short: Vec<(WalletId, Uuid, Algorithm)>,
    /// Whether the file is byte for byte what `derive` writes of what it holds.
    pub is_as_written: bool,
    /// The algorithms of the shares, of all records together.
    pub algorithms: Vec<Algorithm>,
    /// Wallets of the list that the file does not hold, or not so often.
    pub missing: Vec<WalletId>,
    /// Wallets of the file that are not in the list.
    pub extra: Vec<WalletId>,
}

/// Reads every record and derives again those that `chosen` picks. Shares are compared after their leading zeros have been
/// put back; `right` gets every record so completed.
///
/// # Errors
/// [`RecordError`] when the file is not a result file, and the first error of `right`; a wrong record is no error here but a
/// finding.
pub fn check<R: BufRead, E: From<RecordError>>(
    mut records: RecordReader<R>,
    derivation: &Derivation<'_>,
    expected: Expected,
    chosen: impl FnMut() -> bool,
    mut right: impl FnMut(&Record) -> Result<(), E>,
    progress: &impl Progress,
) -> Result<Checked, E> {
    let mut checking = Checking::new(derivation, expected, chosen);
    while let Some(mut found) = records.next_record()? {
        progress.advance(1);
        let wallet = found.record.wallet_id;
        let short = found.short.drain(..);
        let short = short.map(|(cosigner, algorithm)| (wallet, cosigner, algorithm));
        checking.found.short.extend(short);
        if found.foreign_line.is_some() {
            in_order_of(derivation.cosigners, &mut found.record);
        }

        checking.add(&found.record);
        right(&found.record)?;
    }

    checking.found.is_as_written = records.is_as_written();
    Ok(checking.finish())
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

/// The same for a sealed result: every record is opened, and the file must be whole. Records must hold the algorithms
/// that the head names.
///
/// # Errors
/// [`CheckSealedError`]; a wrong record is a finding.
pub fn check_sealed<R: BufRead>(
    file: SealedFile<R>,
    keys: &RunKeys,
    derivation: &Derivation<'_>,
    expected: Expected,
    chosen: impl FnMut() -> bool,
    progress: &impl Progress,
) -> Result<Checked, CheckSealedError> {
    let mut checking = Checking::new(derivation, expected, chosen);
    checking.claimed.clone_from(&file.header.algorithms);
    let take = |opened: Opened<'_>| {
        checking.add(&opened.record()?);
        Ok::<_, CheckSealedError>(())
    };
    file.open_all(keys, derivation.threads, take, progress)?;
    checking.found.is_as_written = true;
    Ok(checking.finish())
}

struct Checking<'a, C> {
    derivation: &'a Derivation<'a>,
    /// How often each wallet may still come; without a list, those that came are kept as 0.
    left: HashMap<u128, u32>,
    is_listed: bool,
    algorithms: Option<Vec<Algorithm>>,
    /// The algorithms that the head of a sealed file names; none: it names none.
    claimed: Vec<String>,
    chosen: C,
    /// Which algorithms records have that are right otherwise: as bits, with how many there are and the first of them.
    sets: BTreeMap<u8, (u64, Vec<WalletId>)>,
    found: Checked,
}

impl<'a, C: FnMut() -> bool> Checking<'a, C> {
    fn new(derivation: &'a Derivation<'a>, expected: Expected, chosen: C) -> Self {
        Self {
            derivation,
            is_listed: expected.wallets.is_some(),
            left: expected.wallets.unwrap_or_default(),
            algorithms: expected.algorithms,
            claimed: Vec::new(),
            chosen,
            sets: BTreeMap::new(),
            found: Checked::default(),
        }
    }

    /// Counts a record and finds at most one thing wrong with it.
    fn add(&mut self, record: &Record) {
        self.found.records += 1;
        let chosen = (self.chosen)();
        self.found.compared += u64::from(chosen);
        let differs = chosen.then(|| difference(record, &self.derivation.record(record.wallet_id)));
        let wrong = differs.flatten().or_else(|| self.fault(record));
        // Counted even where the record is wrong: a wrong record is no missing one.
        let place = self.misplaced(record.wallet_id);
        match place.or(wrong) {
            Some(what) => self.found.name(record.wallet_id, what),
            None => self.note_algorithms(record),
        }
    }

    /// What is wrong with a record whatever the values of its shares.
    fn fault(&self, record: &Record) -> Option<&'static str> {
        let cosigners = record.shares.iter().map(|shares| &shares.cosigner);
        if !cosigners.eq(self.derivation.cosigners) {
            return Some("other cosigners than the kit's");
        }
        if !is_even(record) {
            return Some("a cosigner lacks a share that another has");
        }
        let names = record.shares.first().map_or(&[][..], |first| &first.shares);
        let names = || names.iter().map(|(algorithm, _)| *algorithm);
        if names().any(|name| !self.derivation.algorithms.contains(&name)) {
            return Some("a share of an algorithm that is not derived");
        }
        let claimed = self.claimed.iter().map(String::as_str);
        if !self.claimed.is_empty() && !names().map(Algorithm::name).eq(claimed) {
            return Some("other algorithms than the file says");
        }
        let asked = self.algorithms.as_ref();
        asked
            .is_some_and(|asked| !names().eq(asked.iter().copied()))
            .then_some("other algorithms than asked for")
    }

    /// Whether a wallet may be here.
    fn misplaced(&mut self, wallet: WalletId) -> Option<&'static str> {
        match self.left.get_mut(&wallet.as_u128()) {
            Some(0) => Some("is in the file more than once"),
            Some(left) => {
                *left -= 1;
                None
            }
            None if self.is_listed => {
                self.found.extra.push(wallet);
                None
            }
            None => {
                self.left.insert(wallet.as_u128(), 0);
                None
            }
        }
    }

    fn note_algorithms(&mut self, record: &Record) {
        let shares = record.shares.first().map_or(&[][..], |first| &first.shares);
        let mut set = 0;
        for (bit, name) in self.derivation.algorithms.iter().enumerate() {
            set |= u8::from(shares.iter().any(|(algorithm, _)| algorithm == name)) << bit;
        }
        let (count, first) = self.sets.entry(set).or_default();
        *count += 1;
        if first.len() < NAMED {
            first.push(record.wallet_id);
        }
    }

    fn finish(mut self) -> Checked {
        let all = self.sets.keys().fold(0, |all, set| all | set);
        let names = |set: u8| {
            let algorithms = self.derivation.algorithms.iter().enumerate();
            algorithms.filter_map(move |(bit, name)| (set >> bit & 1 == 1).then_some(*name))
        };
        self.found.algorithms = names(all).collect();
        for (set, (count, wallets)) in std::mem::take(&mut self.sets) {
            let lacking: Vec<&str> = names(all & !set).map(Algorithm::name).collect();
            if lacking.is_empty() {
                continue;
            }
            let what = format!("lacks {}, which other wallets have", lacking.join(" and "));
            self.found.more_wrong += count - wallets.len() as u64;
            let named = wallets.into_iter().map(|wallet| (wallet, what.clone()));
            self.found.wrong.extend(named);
        }
        if self.is_listed {
            let missing = self.left.iter().filter(|(_, left)| **left > 0);
            let missing = missing.map(|(wallet, _)| WalletId::from_u128(*wallet));
            self.found.missing = missing.collect();
            self.found.missing.sort_unstable();
        }
        self.found
    }
}

impl Checked {
    fn name(&mut self, wallet: WalletId, what: &str) {
        self.wrong.push((wallet, what.to_owned()));
    }

    /// How many wallets' records are not as they must be.
    #[must_use]
    pub fn wrong_count(&self) -> u64 {
        self.wrong.len() as u64 + self.more_wrong
    }
}

/// Puts the cosigners of a record that another program wrote in the kit's order; those that the kit does not have come last.
fn in_order_of(order: &[Uuid], record: &mut Record) {
    let place = |shares: &CosignerShares| {
        let known = order.iter().position(|id| *id == shares.cosigner);
        known.unwrap_or(order.len())
    };
    record.shares.sort_by_key(place);
}

/// What a record has that it should not, or lacks; shares are compared in constant time.
fn difference(found: &Record, right: &Record) -> Option<&'static str> {
    if !found.chain_code.same_as(&right.chain_code) {
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
                Some((_, right)) if share.same_as(right) => {}
                Some(_) => return Some("another share"),
                None => return Some("a share of an algorithm that is not derived"),
            }
        }
    }
    None
}
