//! Opens a sealed file: all of it, in order and complete, or single records (FORMATS.md §13).

use std::{
    io::{BufRead, Read},
    ops::Range,
};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Progress, parallel::in_order};
use crate::{
    crypto::{
        envelope::{FileKey, RecordKey, RunKeys, Tag},
        rsa::{RecoveryKey, RecoveryPublicKey},
    },
    formats::{
        encoding::line_blocks::{Cut, LineBlocks, lines_of},
        sealed::sealed_file::{
            Ending, Header, MAX_LINE, Recipients, RecordLine, SealedError, looks_closing, no_record,
        },
        server_share::{record::Record, record_reader::RecordError},
    },
};

const BLOCK: usize = 256 << 10;
/// A record's line is no shorter: its marks, a position, an id, and a tag in base64.
const LEAST_LINE: usize = 48;

/// Why a sealed file is not opened.
#[derive(Debug, thiserror::Error)]
pub enum UnsealError {
    /// The file itself.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// It could not be read.
    #[error("the sealed file could not be read: {0}")]
    Read(std::io::Error),
}

/// A decrypted record, borrowed by the caller.
#[derive(Clone, Copy)]
pub struct Opened<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its position in the file, from 0.
    pub position: u64,
    /// Its plain text: secret.
    pub text: &'a [u8],
}

impl Opened<'_> {
    /// The wallet's result that it must be where the file holds Key Share #1.
    ///
    /// # Errors
    /// [`RecordError::BadLine`], naming the line of the sealed file.
    pub fn record(&self) -> Result<Record, RecordError> {
        let record = Record::parse_object(self.text);
        // Two lines of head, and people count from 1.
        record
            .filter(|record| record.wallet_id.as_str() == self.id)
            .ok_or(RecordError::BadLine(self.position + 3))
    }
}

/// A sealed file whose head has been read.
pub struct SealedFile<R> {
    input: R,
    /// The first line.
    pub header: Header,
    /// The second line.
    pub recipients: Recipients,
}

impl<R: BufRead> SealedFile<R> {
    /// Reads the head of a sealed file.
    ///
    /// # Errors
    /// [`UnsealError`] when it is none, or of a newer version.
    pub fn begin(mut input: R) -> Result<Self, UnsealError> {
        let header = Header::parse(&read_line(&mut input)?.ok_or(SealedError::NotSealed)?)?;
        let recipients = Recipients::parse(&read_line(&mut input)?.ok_or(SealedError::CutOff(0))?)?;
        Ok(Self {
            input,
            header,
            recipients,
        })
    }

    /// Unwraps the file key with a recipient's private key.
    ///
    /// # Errors
    /// [`UnsealError`]: not a recipient, or the head was altered.
    pub fn unlock<G: CryptoRng>(
        &self,
        key: &RecoveryKey,
        rng: &mut G,
    ) -> Result<(FileKey, RunKeys), UnsealError> {
        Ok(self.recipients.unwrap_key(&self.header, key, rng)?)
    }

    /// The same file key wrapped to other recipients: the line that takes the place of the second one.
    ///
    /// # Errors
    /// [`SealedError`]: no recipient, or one whose key is too small.
    pub fn rewrap<G: CryptoRng>(
        &self,
        file_key: &FileKey,
        keys: &RunKeys,
        to: &[RecoveryPublicKey],
        rng: &mut G,
    ) -> Result<Recipients, SealedError> {
        Recipients::wrap(file_key, keys, to, rng)
    }

    /// What is after the head, unread.
    pub fn into_rest(self) -> R {
        self.input
    }

    /// Opens every record and hands each over in order. Returns how many there were.
    ///
    /// Only a return without an error says that the file is complete: until then what was handed over is right but may
    /// not be all.
    ///
    /// # Errors
    /// [`UnsealError`], naming the first line that does not hold, and what `take` refuses.
    pub fn open_all<E: From<UnsealError>>(
        self,
        keys: &RunKeys,
        threads: usize,
        mut take: impl FnMut(Opened<'_>) -> Result<(), E>,
        progress: &impl Progress,
    ) -> Result<u64, E> {
        let mut blocks = LineBlocks::new(self.input, BLOCK, MAX_LINE);
        let (mut ending, mut closed) = (Ending::of(&self.header), false);
        in_order(
            threads,
            || Ok(next_block(&mut blocks)?),
            |(first, block)| open_block(keys, first, &block),
            |opened: Result<BlockOpened, SealedError>| {
                let opened = opened.map_err(UnsealError::Sealed)?;
                if closed {
                    return Err(UnsealError::Sealed(SealedError::Trailing).into());
                }
                ending.add(&opened.tags);
                progress.advance(opened.records.len() as u64);
                if let Some(line) = &opened.closing {
                    let fits = ending.is(keys, line);
                    let bad = SealedError::BadClosing(ending.count());
                    closed = fits.then_some(true).ok_or(UnsealError::Sealed(bad))?;
                }
                if opened.trails {
                    return Err(UnsealError::Sealed(SealedError::Trailing).into());
                }
                opened.each(&mut take)
            },
        )?;
        if closed {
            Ok(ending.count())
        } else {
            Err(UnsealError::Sealed(SealedError::CutOff(ending.count())).into())
        }
    }

    /// Opens the records of some ids, wherever they are, without opening the others. Every id must be there.
    ///
    /// # Errors
    /// [`UnsealError`], and what `take` refuses; whether the file is complete is not looked at.
    pub fn open_some<E: From<UnsealError>>(
        self,
        keys: impl Fn(&str) -> RecordKey,
        ids: &[String],
        mut take: impl FnMut(Opened<'_>) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut seen = std::collections::HashSet::new();
        let ids: Vec<&String> = ids.iter().filter(|id| seen.insert(*id)).collect();
        let finders: Vec<_> = ids
            .iter()
            .map(|id| memchr::memmem::Finder::new(id.as_bytes()))
            .collect();
        let mut missing: Vec<bool> = vec![true; ids.len()];
        let mut blocks = LineBlocks::new(self.input, BLOCK, MAX_LINE);
        let mut count = 0;
        while let Some((first, block)) = next_block(&mut blocks)? {
            let hits = finders
                .iter()
                .filter(|finder| finder.find(&block).is_some())
                .count();
            if hits == 0 {
                continue;
            }
            for (line, number) in lines_of(&block).zip(first + 3..) {
                let Some(record) = RecordLine::parse(line) else {
                    continue;
                };
                let Some(at) = ids.iter().position(|id| *id == record.id) else {
                    continue;
                };
                let mut text = Zeroizing::new(Vec::with_capacity(line.len()));
                let opened = record.open(&keys(record.id), &mut text);
                opened.ok_or(UnsealError::Sealed(SealedError::BadRecord(number)))?;
                take(Opened {
                    id: record.id,
                    position: record.position,
                    text: &text,
                })?;
                count += 1;
                if let Some(missing) = missing.get_mut(at) {
                    *missing = false;
                }
            }
        }
        let absent = ids.iter().zip(missing).find(|(_, missing)| *missing);
        absent.map_or(Ok(count), |(id, _)| {
            Err(UnsealError::Sealed(no_record(id)).into())
        })
    }
}

/// The records of a block. Ids and texts share one buffer: taking memory for each would cost more than opening it.
struct BlockOpened {
    texts: Zeroizing<Vec<u8>>,
    /// Where each id and each text is in the buffer.
    records: Vec<(Range<usize>, Range<usize>)>,
    tags: Vec<Tag>,
    first: u64,
    /// The closing line, without its line end where it has one.
    closing: Option<Vec<u8>>,
    /// Whether something is after it.
    trails: bool,
}

impl BlockOpened {
    fn each<E>(&self, mut take: impl FnMut(Opened<'_>) -> Result<(), E>) -> Result<(), E> {
        for ((id, text), position) in self.records.iter().zip(self.first..) {
            let id = self
                .texts
                .get(id.clone())
                .and_then(|id| std::str::from_utf8(id).ok())
                .unwrap_or_default();
            take(Opened {
                id,
                position,
                text: self.texts.get(text.clone()).unwrap_or_default(),
            })?;
        }
        Ok(())
    }
}

/// Opens the records of a block whose first one is at `first`; the file's closing line may end it.
fn open_block(keys: &RunKeys, first: u64, block: &[u8]) -> Result<BlockOpened, SealedError> {
    // As long as the block: ids and texts never outgrow what stands for them.
    let mut texts = Zeroizing::new(Vec::with_capacity(block.len()));
    let most = block.len() / LEAST_LINE + 1;
    let (mut records, mut tags) = (Vec::with_capacity(most), Vec::with_capacity(most));
    let (mut closing, mut trails) = (None, false);
    let mut position = first;
    for line in lines_of(block) {
        if closing.is_some() {
            trails = true;
            break;
        }
        if looks_closing(line) {
            // Without its line end it may be cut.
            let is_whole = block.ends_with(b"\n");
            closing = Some(if is_whole { line.to_vec() } else { Vec::new() });
            continue;
        }
        // Two lines of head, and people count from 1.
        let number = position + 3;
        let record = RecordLine::parse(line).ok_or(SealedError::BadLine(number))?;
        if record.position != position {
            return Err(SealedError::BadRecord(number));
        }
        let id = texts.len()..texts.len() + record.id.len();
        texts.extend_from_slice(record.id.as_bytes());
        let opened = record.open(&keys.record_key(record.id.as_bytes()), &mut texts);
        tags.push(opened.ok_or(SealedError::BadRecord(number))?);
        records.push((id.clone(), id.end..texts.len()));
        position += 1;
    }
    Ok(BlockOpened {
        texts,
        records,
        tags,
        first,
        closing,
        trails,
    })
}

/// The next records, with the position of the first.
fn next_block<R: Read>(blocks: &mut LineBlocks<R>) -> Result<Option<(u64, Vec<u8>)>, UnsealError> {
    let first = blocks.lines();
    match blocks.next().map_err(UnsealError::Read)? {
        None => Ok(None),
        Some(Cut::Lines(block)) => Ok(Some((first, block))),
        Some(Cut::LongLine(_)) => Err(SealedError::BadLine(first + 3).into()),
    }
}

fn read_line(input: &mut impl BufRead) -> Result<Option<Vec<u8>>, UnsealError> {
    let mut line = Vec::new();
    let read = input
        .take(MAX_LINE as u64)
        .read_until(b'\n', &mut line)
        .map_err(UnsealError::Read)?;
    Ok((read > 0 && line.pop() == Some(b'\n')).then_some(line))
}
