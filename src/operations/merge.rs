//! Puts the parts of a shared batch together and checks against the list that no wallet is missing (FORMATS.md §10).

use std::{
    collections::{HashSet, VecDeque},
    io::{BufRead, Read, Write},
};

use zeroize::Zeroizing;

use super::{
    Progress,
    record_shape::Shape,
    seal::{SealError, Sealing},
    unseal::{Opened, SealedFile, UnsealError},
};
use crate::{
    crypto::envelope::RunKeys,
    formats::{
        server_share::{
            record::{Record, RecordFormat},
            record_reader::{Reading, RecordError, RecordReader},
        },
        wallets::{
            wallet_id::WalletId,
            wallet_list::{ListError, WalletList},
        },
    },
};

/// Why parts do not make a whole.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A part, from 1, cannot be read.
    #[error("part {0}: {1}")]
    Part(usize, RecordError),
    /// A sealed part, from 1, does not open.
    #[error("part {0}: {1}")]
    Sealed(usize, UnsealError),
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
    /// The records could not be sealed.
    #[error(transparent)]
    Seal(SealError),
}

impl MergeError {
    /// The part at fault, from 1.
    #[must_use]
    pub fn part(&self) -> Option<usize> {
        match self {
            Self::Part(part, _)
            | Self::Sealed(part, _)
            | Self::Format(part)
            | Self::TooMany(part, _) => Some(*part),
            Self::Order { part, .. } => Some(*part),
            Self::List(_) | Self::Missing(_) | Self::Write(_) | Self::Seal(_) => None,
        }
    }
}

/// A part of a shared batch.
pub enum Part<R> {
    /// In clear.
    Clear(R),
    /// Sealed, with its keys.
    Sealed(SealedFile<R>, Box<RunKeys>),
}

/// Where the records of all parts go.
pub enum Whole<W: Write> {
    /// In clear, in the shape of the first part.
    Clear(W),
    /// Sealed.
    Sealed(Box<Sealing<W>>),
}

/// Writes the records of all parts, in the order given, as one file; the wallets must be those of the list, in its order.
/// Ids of the list that are none are skipped, as `derive` does when told to. Returns how many records there are.
///
/// # Errors
/// [`MergeError`], naming part and wallet.
pub fn merge<P: BufRead, L: Read, W: Write>(
    parts: Vec<Part<P>>,
    list: &mut WalletList<L>,
    into: Whole<W>,
    threads: usize,
    progress: &impl Progress,
) -> Result<u64, MergeError> {
    let mut merging = Merging {
        wanted: Ids {
            list,
            waiting: VecDeque::new(),
            seen: None,
        },
        into,
        format: None,
        shape: Shape::default(),
        count: 0,
        text: Zeroizing::new(Vec::with_capacity(1 << 14)),
    };
    for (part, input) in (1..).zip(parts) {
        match input {
            Part::Clear(input) => merging.add(part, input, progress)?,
            Part::Sealed(file, keys) => merging.add_sealed(part, file, &keys, threads, progress)?,
        }
    }
    merging.finish()
}

struct Merging<'a, L, W: Write> {
    wanted: Ids<'a, L>,
    into: Whole<W>,
    /// That of the first part.
    format: Option<RecordFormat>,
    shape: Shape,
    count: u64,
    text: Zeroizing<Vec<u8>>,
}

impl<L: Read, W: Write> Merging<'_, L, W> {
    fn add(
        &mut self,
        part: usize,
        mut input: impl BufRead,
        progress: &impl Progress,
    ) -> Result<(), MergeError> {
        // A part of no wallets: in NDJSON there is nothing to write.
        if input
            .fill_buf()
            .map_err(|error| MergeError::Part(part, error.into()))?
            .is_empty()
        {
            return self.begin_part(part, RecordFormat::Ndjson);
        }
        let mut records = RecordReader::begin(input, Reading::AsWritten)
            .map_err(|error| MergeError::Part(part, error))?;
        self.begin_part(part, records.format())?;
        while let Some(record) = records
            .next_written()
            .map_err(|error| MergeError::Part(part, error))?
        {
            self.take(part, &record)?;
            progress.advance(1);
        }
        Ok(())
    }

    fn add_sealed(
        &mut self,
        part: usize,
        file: SealedFile<impl BufRead>,
        keys: &RunKeys,
        threads: usize,
        progress: &impl Progress,
    ) -> Result<(), MergeError> {
        // A sealed record is a line of NDJSON.
        self.begin_part(part, RecordFormat::Ndjson)?;
        let take = |opened: Opened<'_>| {
            let record = opened
                .record()
                .map_err(|error| MergeError::Part(part, error));
            record
                .and_then(|record| self.take(part, &record))
                .map_err(Stopped::Merge)
        };
        let opened = file.open_all(keys, threads, take, progress);
        opened.map(drop).map_err(|stopped| match stopped {
            Stopped::Part(error) => MergeError::Sealed(part, error),
            Stopped::Merge(error) => error,
        })
    }

    /// Parts of one shape only, and what is before the first record.
    fn begin_part(&mut self, part: usize, format: RecordFormat) -> Result<(), MergeError> {
        match (self.format, &mut self.into) {
            (Some(first), _) if first != format => return Err(MergeError::Format(part)),
            (None, Whole::Clear(_)) => self.text.extend_from_slice(format.header().as_bytes()),
            _ => {}
        }
        if self.format.is_none() && format == RecordFormat::Json {
            self.wanted.seen = Some(HashSet::new());
        }
        self.format = Some(format);
        Ok(())
    }

    fn take(&mut self, part: usize, record: &Record) -> Result<(), MergeError> {
        self.shape
            .compare(record)
            .map_err(|error| MergeError::Part(part, error))?;
        match self.wanted.next_id()? {
            Some(wanted) if wanted == record.wallet_id => {}
            Some(wanted) => {
                return Err(MergeError::Order {
                    part,
                    found: record.wallet_id,
                    wanted,
                });
            }
            None => return Err(MergeError::TooMany(part, record.wallet_id)),
        }
        match &mut self.into {
            Whole::Clear(out) => {
                let format = self.format.unwrap_or(RecordFormat::Ndjson);
                format.write(record, self.count == 0, &mut self.text);
                out.write_all(&self.text).map_err(MergeError::Write)?;
                self.text.clear();
            }
            Whole::Sealed(sealing) => {
                record.write_object(&mut self.text);
                sealing
                    .add(record.wallet_id.as_bytes(), &mut self.text)
                    .map_err(MergeError::Seal)?;
            }
        }
        self.count += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<u64, MergeError> {
        if let Some(missing) = self.wanted.next_id()? {
            return Err(MergeError::Missing(missing));
        }
        match self.into {
            Whole::Clear(mut out) => {
                self.text
                    .extend_from_slice(self.format.map_or("", RecordFormat::footer).as_bytes());
                out.write_all(&self.text).map_err(MergeError::Write)?;
                Ok(self.count)
            }
            Whole::Sealed(sealing) => sealing.finish().map_err(MergeError::Seal),
        }
    }
}

/// Why the opening of a sealed part ended early.
enum Stopped {
    Part(UnsealError),
    Merge(MergeError),
}

impl From<UnsealError> for Stopped {
    fn from(error: UnsealError) -> Self {
        Self::Part(error)
    }
}

struct Ids<'a, L> {
    list: &'a mut WalletList<L>,
    waiting: VecDeque<WalletId>,
    /// Where an id can be derived once, those that were: `derive` skips the others.
    seen: Option<HashSet<u128>>,
}

impl<L: Read> Ids<'_, L> {
    fn next_id(&mut self) -> Result<Option<WalletId>, ListError> {
        loop {
            while self.waiting.is_empty() {
                let Some(block) = self.list.next_block()? else {
                    return Ok(None);
                };
                block.each(|listed| self.waiting.extend(listed.id));
            }
            let next = self.waiting.pop_front();
            let fresh = next.is_none_or(|id| {
                self.seen
                    .as_mut()
                    .is_none_or(|seen| seen.insert(id.as_u128()))
            });
            if fresh {
                return Ok(next);
            }
        }
    }
}
