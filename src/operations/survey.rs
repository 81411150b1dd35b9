//! Looks a whole wallet list over before anything is derived: bad ids, and ids that stand twice (FORMATS.md §11).

use std::io::BufRead;

use crate::formats::{
    wallet_id::{WalletId, WalletIdFault},
    wallet_list::{ListError, Listed, WalletList},
};

/// An id that cannot be derived, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadId {
    /// The line it stands on, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: BadIdFault,
}

/// What is wrong with a listed id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadIdFault {
    /// Not in the one valid spelling, or no id at all.
    #[error(transparent)]
    Spelling(#[from] WalletIdFault),
    /// It stands on an earlier line too.
    #[error("wallet id `{id}` stands on line {first} already")]
    Duplicate {
        /// The id.
        id: WalletId,
        /// The line it stood on first.
        first: u64,
    },
}

/// What a list holds.
#[derive(Debug, Default)]
pub struct Survey {
    /// How many ids can be derived.
    pub good: u64,
    /// Every id that cannot, in the order of lines.
    pub bad: Vec<BadId>,
}

/// Reads the whole list. `unique` makes a second occurrence of an id a bad one (24 bytes of memory an id).
///
/// # Errors
/// [`ListError`] when the list itself cannot be read.
pub fn survey<R: BufRead>(list: &mut WalletList<R>, unique: bool) -> Result<Survey, ListError> {
    let mut found = Survey::default();
    let mut seen: Vec<(u128, u64)> = Vec::new();
    while let Some(Listed { line, id }) = list.next_id()? {
        match id {
            Ok(id) => {
                found.good += 1;
                if unique {
                    seen.push((id.as_u128(), line));
                }
            }
            Err(fault) => found.bad.push(BadId { line, fault: fault.into() }),
        }
    }
    let repeats = repeated(seen);
    found.good -= repeats.len() as u64;
    found.bad.extend(repeats);
    found.bad.sort_by_key(|bad| bad.line);
    Ok(found)
}

fn repeated(mut seen: Vec<(u128, u64)>) -> Vec<BadId> {
    seen.sort_unstable();
    let runs = seen.chunk_by(|a, b| a.0 == b.0);
    runs.flat_map(|run| {
        let first = run.first().map_or(0, |(_, line)| *line);
        run.iter().skip(1).map(move |(id, line)| BadId {
            line: *line,
            fault: BadIdFault::Duplicate { id: WalletId::from_u128(*id), first },
        })
    })
    .collect()
}
