//! Checks a whole wallet list before anything is derived: bad ids, and repeated ids (FORMATS.md §11).

use std::io::Read;

use super::parallel::in_order;
use crate::formats::wallets::{
    wallet_id::{WalletId, WalletIdError},
    wallet_list::{Block, ListError, WalletList},
};

/// Bad ids that are kept to be told: a list of ten million bad lines is one mistake.
pub const MOST_KEPT: usize = 10_000;
/// Ids that memory is taken for at once; a list may claim any size.
const MOST_AT_ONCE: usize = 1 << 22;

/// An id that cannot be derived, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadId {
    /// The line it is on, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: BadIdError,
}

/// What is wrong with a listed id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadIdError {
    /// Not in the one valid spelling, or no id at all.
    #[error(transparent)]
    Spelling(#[from] WalletIdError),
    /// It is on an earlier line too.
    #[error("wallet id `{id}` is listed twice, the first time at {first}")]
    Duplicate {
        /// The id.
        id: WalletId,
        /// The line it was on first.
        first: u64,
    },
}

/// What a list holds.
#[derive(Debug, Default)]
pub struct CheckedList {
    /// How many ids can be derived.
    pub good: u64,
    /// How many cannot.
    pub bad_count: u64,
    /// The first [`MOST_KEPT`] of them, in the order of lines.
    pub bad: Vec<BadId>,
    /// Whether ids are counted, as in a JSON document, and not lines.
    pub is_document: bool,
    /// Whether the last page of a JSON document says that more follow.
    pub has_more_pages: bool,
    /// The lines of ids that are on an earlier line already.
    pub(super) repeats: Vec<u64>,
    /// Each block, so that a second reading knows where it is and notices a change.
    pub(super) blocks: Vec<CheckedBlock>,
}

/// What was found in one block.
#[derive(Debug, Clone, Copy)]
pub(super) struct CheckedBlock {
    /// The line its first line is, from 1.
    pub(super) first_line: u64,
    /// Well-spelt ids before it, repeats among them.
    pub(super) ids_before: u64,
    pub(super) checksum: u32,
}

/// How to check a list.
#[derive(Debug, Clone, Copy)]
pub struct CheckOptions {
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
    bad: Vec<(u64, WalletIdError)>,
    /// The last line that is not blank.
    last: Option<u64>,
}

/// Reads the whole list.
///
/// # Errors
/// [`ListError`] when the list itself cannot be read.
pub fn check_wallet_list<R: Read>(
    list: &mut WalletList<R>,
    options: CheckOptions,
) -> Result<CheckedList, ListError> {
    let mut found = CheckedList::default();
    let mut seen: Vec<Seen> = Vec::with_capacity(if options.unique {
        options.expected.min(MOST_AT_ONCE)
    } else {
        0
    });
    let (mut line, mut good, mut faults) = (1, 0, Faults::default());
    in_order(
        options.threads,
        || list.next_block(),
        |block| check_block(&block, options.unique),
        |block| {
            line += block.lines_before;
            found.blocks.push(CheckedBlock {
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
            faults.add(line, block.bad, block.last);
            good += block.good;
            line += block.lines;
            Ok(())
        },
    )?;
    found.is_document = list.is_document();
    found.has_more_pages = list.has_more_pages();
    seen.sort_unstable();
    found.repeats = repeats(&seen);
    found.good = good - found.repeats.len() as u64;
    found.bad_count = faults.count + found.repeats.len() as u64;
    found.bad = faults.kept;
    let until = found.repeats.get(MOST_KEPT - 1).copied();
    found.bad.extend(told_repeats(&seen, until));
    found.bad.sort_by_key(|bad| bad.line);
    found.bad.truncate(MOST_KEPT);
    Ok(found)
}

/// The faults of a list, counted; the first are kept.
#[derive(Default)]
struct Faults {
    count: u64,
    kept: Vec<BadId>,
    /// Blank lines that are faults only if something follows them.
    blank: u64,
    first_blanks: Vec<u64>,
}

impl Faults {
    /// Adds those of a block whose first line is `line`, and whose last line with content is `last`.
    fn add(&mut self, line: u64, bad: Vec<(u64, WalletIdError)>, last: Option<u64>) {
        if last.is_some() {
            self.count += std::mem::take(&mut self.blank);
            for line in std::mem::take(&mut self.first_blanks) {
                self.keep(line, WalletIdError::Empty);
            }
        }
        for (at, fault) in bad {
            if last.is_some_and(|last| at <= last) {
                self.count += 1;
                self.keep(line + at, fault);
            } else {
                self.blank += 1;
                if self.first_blanks.len() < MOST_KEPT {
                    self.first_blanks.push(line + at);
                }
            }
        }
    }

    fn keep(&mut self, line: u64, fault: WalletIdError) {
        if self.kept.len() < MOST_KEPT {
            self.kept.push(BadId {
                line,
                fault: fault.into(),
            });
        }
    }
}

fn check_block(block: &Block, unique: bool) -> Findings {
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

/// The lines of ids that are on an earlier line already, in order.
fn repeats(seen: &[Seen]) -> Vec<u64> {
    let runs = seen.chunk_by(|a, b| a.0 == b.0);
    let later = runs.flat_map(|run| run.iter().skip(1));
    let mut lines: Vec<u64> = later.map(|(_, line)| *line).collect();
    lines.sort_unstable();
    lines
}

/// The same up to a line, with what there is to say of them.
fn told_repeats(seen: &[Seen], until: Option<u64>) -> Vec<BadId> {
    let runs = seen.chunk_by(|a, b| a.0 == b.0);
    runs.flat_map(|run| {
        let first = run.first().map_or(0, |(_, line)| *line);
        let later = run
            .iter()
            .skip(1)
            .filter(move |(_, line)| until.is_none_or(|until| *line <= until));
        later.map(move |(id, line)| BadId {
            line: *line,
            fault: BadIdError::Duplicate {
                id: WalletId::from_u128(u128::from_be_bytes(*id)),
                first,
            },
        })
    })
    .collect()
}
