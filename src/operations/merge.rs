//! Puts the parts of a shared batch together and checks against the list that no wallet is missing (FORMATS.md §10).

use std::{
    collections::{HashSet, VecDeque},
    io::{BufRead, Read, Write},
};

use zeroize::Zeroizing;

use crate::formats::{
    record::RecordFormat,
    record_lines::{RecordError, RecordLines},
    wallet_id::WalletId,
    wallet_list::{ListError, WalletList},
};

/// Why parts do not make a whole.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A part, from 1, cannot be read.
    #[error("part {0}: {1}")]
    Part(usize, RecordError),
    /// The list cannot be read.
    #[error(transparent)]
    List(#[from] ListError),
    /// The parts have different shapes.
    #[error("part {0} has another format than the first")]
    Format(usize),
    /// A part holds another wallet than the list has at that place.
    #[error("part {part} holds wallet `{found}` where the list has `{wanted}`")]
    Order {
        /// The part, from 1.
        part: usize,
        /// What it holds.
        found: WalletId,
        /// What the list has.
        wanted: WalletId,
    },
    /// The parts hold more than the list.
    #[error("part {0} holds wallet `{1}` after the list's end")]
    TooMany(usize, WalletId),
    /// The list has more than the parts.
    #[error("the parts end before wallet `{0}` of the list")]
    Missing(WalletId),
    /// The result could not be written.
    #[error("the records could not be written: {0}")]
    Write(std::io::Error),
}

/// Writes the records of all parts, in the order given, as one file; the wallets must be those of the list, in its order.
/// Ids of the list that are none are passed over, as `derive` does when told to. Returns how many records there are.
///
/// # Errors
/// [`MergeError`], naming part and wallet.
pub fn merge<P: BufRead, L: Read>(
    parts: Vec<P>,
    list: &mut WalletList<L>,
    out: &mut impl Write,
) -> Result<u64, MergeError> {
    let mut wanted = Ids { list, waiting: VecDeque::new(), seen: None };
    let (mut count, mut format) = (0, None);
    let mut text = Zeroizing::new(Vec::with_capacity(1 << 14));
    for (part, mut input) in (1..).zip(parts) {
        // A part of no wallets: in NDJSON there is nothing to write.
        if input.fill_buf().map_err(|error| MergeError::Part(part, error.into()))?.is_empty() {
            if *format.get_or_insert(RecordFormat::Ndjson) != RecordFormat::Ndjson {
                return Err(MergeError::Format(part));
            }
            continue;
        }
        let mut records = RecordLines::begin(input).map_err(|error| MergeError::Part(part, error))?;
        let format = *format.get_or_insert(records.format());
        if records.format() != format {
            return Err(MergeError::Format(part));
        }
        if part == 1 {
            wanted.seen = (format == RecordFormat::Json).then(HashSet::new);
            text.extend_from_slice(format.header().as_bytes());
        }
        while let Some(record) = records.next_record().map_err(|error| MergeError::Part(part, error))? {
            match wanted.next_id()? {
                Some(wanted) if wanted == record.wallet_id => {}
                Some(wanted) => return Err(MergeError::Order { part, found: record.wallet_id, wanted }),
                None => return Err(MergeError::TooMany(part, record.wallet_id)),
            }
            format.write(&record, count == 0, &mut text);
            out.write_all(&text).map_err(MergeError::Write)?;
            text.clear();
            count += 1;
        }
    }
    if let Some(missing) = wanted.next_id()? {
        return Err(MergeError::Missing(missing));
    }
    text.extend_from_slice(format.map_or("", |format| format.footer()).as_bytes());
    out.write_all(&text).map_err(MergeError::Write)?;
    Ok(count)
}

struct Ids<'a, L> {
    list: &'a mut WalletList<L>,
    waiting: VecDeque<WalletId>,
    /// Where an id can be derived once, those that were: `derive` passes over the others.
    seen: Option<HashSet<u128>>,
}

impl<L: Read> Ids<'_, L> {
    fn next_id(&mut self) -> Result<Option<WalletId>, ListError> {
        loop {
            while self.waiting.is_empty() {
                let Some(block) = self.list.next_block()? else { return Ok(None) };
                block.each(|listed| self.waiting.extend(listed.id));
            }
            let next = self.waiting.pop_front();
            let fresh = next.is_none_or(|id| self.seen.as_mut().is_none_or(|seen| seen.insert(id.as_u128())));
            if fresh {
                return Ok(next);
            }
        }
    }
}
