//! Looks a whole wallet list over before anything is derived: bad ids, and ids that stand twice (FORMATS.md §11).

use std::io::Read;

use super::pipeline::in_order;
use crate::formats::{
    wallet_id::{WalletId, WalletIdFault},
    wallet_list::{Block, ListError, WalletList},
};

/// Ids that memory is taken for at once; a list may claim any size.
const MOST_AT_ONCE: usize = 1 << 22;

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
    #[error("wallet id `{id}` stands twice, the first time at {first}")]
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
    /// Each block, so that a second reading knows where it is and notices a change.
    pub(super) blocks: Vec<Surveyed>,
}

/// What was found in one block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surveyed {
    /// The line its first line is, from 1.
    pub(super) first_line: u64,
    /// Well-spelt ids before it, repeats among them.
    pub(super) ids_before: u64,
    pub(super) checksum: u32,
}

/// How to look a list over.
#[derive(Debug, Clone, Copy)]
pub struct Scrutiny {
    /// Whether a second occurrence of an id is a bad one; costs 24 bytes of memory an id.
    pub unique: bool,
    /// About how many ids to expect, so that memory is taken once.
    pub expected: usize,
    /// Threads to use.
    pub threads: usize,
}

/// An id and its line, in 24 bytes: a `u128` would be aligned to 32.
type Seen = ([u8; 16], u64);

struct Findings {
    lines_before: u64,
    lines: u64,
    checksum: u32,
    good: u64,
    ids: Vec<(u64, u128)>,
    bad: Vec<(u64, WalletIdFault)>,
    /// The last line that is not blank.
    last: Option<u64>,
}

/// Reads the whole list.
///
/// # Errors
/// [`ListError`] when the list itself cannot be read.
pub fn survey<R: Read>(list: &mut WalletList<R>, how: Scrutiny) -> Result<Survey, ListError> {
    let mut found = Survey::default();
    let mut seen: Vec<Seen> = Vec::with_capacity(if how.unique {
        how.expected.min(MOST_AT_ONCE)
    } else {
        0
    });
    let (mut line, mut last, mut good) = (1, 0, 0);
    in_order(
        how.threads,
        || list.next_block(),
        |block| look_over(&block, how.unique),
        |block| {
            line += block.lines_before;
            found.blocks.push(Surveyed {
                first_line: line,
                ids_before: good,
                checksum: block.checksum,
            });
            seen.extend(
                block
                    .ids
                    .iter()
                    .map(|(at, id)| (id.to_be_bytes(), line + at)),
            );
            found
                .bad
                .extend(block.bad.into_iter().map(|(at, fault)| BadId {
                    line: line + at,
                    fault: fault.into(),
                }));
            last = block.last.map_or(last, |at| line + at);
            good += block.good;
            line += block.lines;
            Ok(())
        },
    )?;
    // Blank lines at the end are no ids.
    found
        .bad
        .retain(|bad| bad.line <= last || bad.fault != BadIdFault::Spelling(WalletIdFault::Empty));
    let repeats = repeated(seen);
    found.good = good - repeats.len() as u64;
    found.bad.extend(repeats);
    found.bad.sort_by_key(|bad| bad.line);
    Ok(found)
}

fn look_over(block: &Block, unique: bool) -> Findings {
    let (mut ids, mut bad) = (Vec::new(), Vec::new());
    let (mut good, mut last) = (0, None);
    let lines = block.each(|listed| {
        if !listed.blank {
            last = Some(listed.line);
        }
        match listed.id {
            Ok(id) => {
                good += 1;
                if unique {
                    ids.push((listed.line, id.as_u128()));
                }
            }
            Err(fault) => bad.push((listed.line, fault)),
        }
    });
    Findings {
        lines_before: block.lines_before,
        lines,
        checksum: block.checksum(),
        good,
        ids,
        bad,
        last,
    }
}

fn repeated(mut seen: Vec<Seen>) -> Vec<BadId> {
    seen.sort_unstable();
    let runs = seen.chunk_by(|a, b| a.0 == b.0);
    runs.flat_map(|run| {
        let first = run.first().map_or(0, |(_, line)| *line);
        run.iter().skip(1).map(move |(id, line)| BadId {
            line: *line,
            fault: BadIdFault::Duplicate {
                id: WalletId::from_u128(u128::from_be_bytes(*id)),
                first,
            },
        })
    })
    .collect()
}
