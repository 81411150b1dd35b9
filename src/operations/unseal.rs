//! Opens a sealed file: all of it, in order and complete, or single records (FORMATS.md §13).

use std::{
    collections::HashMap,
    io::{BufRead, Read},
    ops::Range,
};

use memchr::memmem::Finder;
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
/// So many ids are looked for one by one.
const FEW: usize = 8;
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

/// A record that opens, as it lies in the file, borrowed by the caller.
#[derive(Clone, Copy)]
pub struct StillSealed<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its position in the file, from 0.
    pub position: u64,
    /// Ciphertext and tag: [`RecordKey::open`] opens them.
    pub sealed: &'a [u8],
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
        self.in_order::<UnsealError, E>(
            keys,
            threads,
            |record, _, texts| {
                let opened = record.open(&keys.record_key(record.id.as_bytes()), texts);
                opened.ok_or_else(|| SealedError::BadRecord(record.position + 3).into())
            },
            |id, position, text| take(Opened { id, position, text }),
            progress,
        )
    }

    /// Opens every record to see that it opens and that `check` likes what is in it, and hands each over as it is sealed,
    /// in order. Returns how many there were.
    ///
    /// Only a return without an error says that the file is complete: until then what was handed over is right but may
    /// not be all.
    ///
    /// # Errors
    /// [`UnsealError`], naming the first line that does not hold, and what `check` and `take` refuse.
    pub fn check_all<E: From<UnsealError> + Send>(
        self,
        keys: &RunKeys,
        threads: usize,
        check: impl Fn(Opened<'_>) -> Result<(), E> + Sync,
        mut take: impl FnMut(StillSealed<'_>) -> Result<(), E>,
        progress: &impl Progress,
    ) -> Result<u64, E> {
        self.in_order::<E, E>(
            keys,
            threads,
            |record, plain, sealed| {
                let (id, position) = (record.id, record.position);
                let bad = || UnsealError::Sealed(SealedError::BadRecord(position + 3));
                let tag = record.decode(sealed).ok_or_else(bad)?;
                plain.clear();
                let opened = record.open(&keys.record_key(id.as_bytes()), plain);
                opened.ok_or_else(bad)?;
                let text = plain.as_slice();
                check(Opened { id, position, text })?;
                Ok(tag)
            },
            |id, position, sealed| {
                take(StillSealed {
                    id,
                    position,
                    sealed,
                })
            },
            progress,
        )
    }

    /// Hands over every record as it is sealed, in order, without opening any. Returns how many there were.
    ///
    /// For whoever has no key. It shows that nothing was cut off or mixed up on the way, and nothing of what is in the
    /// records: a return without an error says that positions and count are those of a whole file.
    ///
    /// # Errors
    /// [`UnsealError`], naming the first line that does not hold, and what `take` refuses.
    pub fn take_unopened<E: From<UnsealError>>(
        self,
        mut take: impl FnMut(StillSealed<'_>) -> Result<(), E>,
        progress: &impl Progress,
    ) -> Result<u64, E> {
        let decoded = |record: &RecordLine<'_>, _: &mut Vec<u8>, sealed: &mut Vec<u8>| {
            let bad = UnsealError::Sealed(SealedError::BadRecord(record.position + 3));
            record.decode(sealed).ok_or(bad)
        };
        let mut blocks = LineBlocks::new(self.input, BLOCK, MAX_LINE);
        let (mut ending, mut closed) = (Ending::of(&self.header), false);
        while let Some((first, block)) = next_block(&mut blocks)? {
            let block = read_block::<UnsealError>(first, &block, decoded)?;
            if closed || block.trails {
                return Err(UnsealError::Sealed(SealedError::Trailing).into());
            }
            ending.add(&block.tags);
            progress.advance(block.records.len() as u64);
            block.each(|id, position, sealed| {
                take(StillSealed {
                    id,
                    position,
                    sealed,
                })
            })?;
            if let Some(line) = &block.closing {
                closed = ending.may_be(line);
                if !closed {
                    let bad = SealedError::BadClosing(ending.count());
                    return Err(UnsealError::Sealed(bad).into());
                }
            }
        }
        if closed {
            Ok(ending.count())
        } else {
            Err(UnsealError::Sealed(SealedError::CutOff(ending.count())).into())
        }
    }

    /// Follows the file to its closing line. `read` puts what is to be kept of a record behind what it is given, and returns
    /// the record's tag; it has room for secrets of its own, which is wiped.
    fn in_order<W: From<UnsealError> + Send, E: From<UnsealError> + From<W>>(
        self,
        keys: &RunKeys,
        threads: usize,
        read: impl Fn(&RecordLine<'_>, &mut Vec<u8>, &mut Vec<u8>) -> Result<Tag, W> + Sync,
        mut take: impl FnMut(&str, u64, &[u8]) -> Result<(), E>,
        progress: &impl Progress,
    ) -> Result<u64, E> {
        let mut blocks = LineBlocks::new(self.input, BLOCK, MAX_LINE);
        let (mut ending, mut closed) = (Ending::of(&self.header), false);
        in_order(
            threads,
            || Ok(next_block(&mut blocks)?),
            |(first, block)| read_block(first, &block, &read),
            |block: Result<BlockRead, W>| {
                let block = block?;
                if closed {
                    return Err(UnsealError::Sealed(SealedError::Trailing).into());
                }
                ending.add(&block.tags);
                progress.advance(block.records.len() as u64);
                if let Some(line) = &block.closing {
                    let fits = ending.is(keys, line);
                    let bad = SealedError::BadClosing(ending.count());
                    closed = fits.then_some(true).ok_or(UnsealError::Sealed(bad))?;
                }
                if block.trails {
                    return Err(UnsealError::Sealed(SealedError::Trailing).into());
                }
                block.each(&mut take)
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
        // Each with whether it was found.
        let mut wanted: HashMap<&str, bool> = ids.iter().map(|id| (id.as_str(), false)).collect();
        // A few ids are looked for in whole blocks, which is faster than reading every line; many are not.
        let finders: Vec<_> = ids.iter().take(FEW + 1).map(Finder::new).collect();
        let mut blocks = LineBlocks::new(self.input, BLOCK, MAX_LINE);
        let mut count = 0;
        while let Some((first, block)) = next_block(&mut blocks)? {
            let may_have = |finder: &Finder<'_>| finder.find(&block).is_some();
            if finders.len() <= FEW && !finders.iter().any(may_have) {
                continue;
            }
            for (line, number) in lines_of(&block).zip(first + 3..) {
                let Some(record) = RecordLine::parse(line) else {
                    continue;
                };
                let Some(found) = wanted.get_mut(record.id) else {
                    continue;
                };
                *found = true;
                let mut text = Zeroizing::new(Vec::with_capacity(line.len()));
                let opened = record.open(&keys(record.id), &mut text);
                opened.ok_or(UnsealError::Sealed(SealedError::BadRecord(number)))?;
                take(Opened {
                    id: record.id,
                    position: record.position,
                    text: &text,
                })?;
                count += 1;
            }
        }
        let is_absent = |id: &&String| wanted.get(id.as_str()) == Some(&false);
        ids.iter().find(is_absent).map_or(Ok(count), |id| {
            Err(UnsealError::Sealed(no_record(id)).into())
        })
    }
}

/// The records of a block. Ids and contents share one buffer: taking memory for each would cost more than opening it.
struct BlockRead {
    texts: Zeroizing<Vec<u8>>,
    /// Where each id and each content is in the buffer.
    records: Vec<(Range<usize>, Range<usize>)>,
    tags: Vec<Tag>,
    first: u64,
    /// The closing line, without its line end where it has one.
    closing: Option<Vec<u8>>,
    /// Whether something is after it.
    trails: bool,
}

impl BlockRead {
    fn each<E>(&self, mut take: impl FnMut(&str, u64, &[u8]) -> Result<(), E>) -> Result<(), E> {
        for ((id, content), position) in self.records.iter().zip(self.first..) {
            let id = self
                .texts
                .get(id.clone())
                .and_then(|id| std::str::from_utf8(id).ok())
                .unwrap_or_default();
            let content = self.texts.get(content.clone()).unwrap_or_default();
            take(id, position, content)?;
        }
        Ok(())
    }
}

/// Reads the records of a block whose first one is at `first`; the file's closing line may end it.
fn read_block<E: From<UnsealError>>(
    first: u64,
    block: &[u8],
    read: impl Fn(&RecordLine<'_>, &mut Vec<u8>, &mut Vec<u8>) -> Result<Tag, E>,
) -> Result<BlockRead, E> {
    // As long as the block: ids and contents never outgrow what stands for them.
    let mut texts = Zeroizing::new(Vec::with_capacity(block.len()));
    let mut aside = Zeroizing::new(Vec::new());
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
        let record = RecordLine::parse(line);
        let record = record.ok_or(UnsealError::Sealed(SealedError::BadLine(number)))?;
        if record.position != position {
            return Err(UnsealError::Sealed(SealedError::BadRecord(number)).into());
        }
        let id = texts.len()..texts.len() + record.id.len();
        texts.extend_from_slice(record.id.as_bytes());
        if aside.capacity() < line.len() {
            *aside = Vec::with_capacity(line.len().max(1 << 14));
        }
        tags.push(read(&record, &mut aside, &mut texts)?);
        records.push((id.clone(), id.end..texts.len()));
        position += 1;
    }
    Ok(BlockRead {
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
