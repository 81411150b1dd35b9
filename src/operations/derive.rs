//! Derives Key Share #1 of every wallet of a list, in order, on all cores (FORMATS.md §7, §10, §13).
//!
//! The mathematics is `crypto::server_share`; here blocks of ids are handed out and their records put back in order. A
//! batch computes faster than the formulas read, so the first and the last record of every block are derived by the
//! formulas too, and compared.

use std::{
    io::{Read, Write},
    ops::Range,
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    Progress,
    check_wallet_list::{CheckedBlock, CheckedList},
    parallel::in_order,
};
use crate::{
    crypto::{
        curve::Curve,
        eddsa_variants::EddsaVariant,
        envelope::{RunKeys, Tag},
        secret::Wiped,
        server_share::{WalletBatch, WalletMaster, asset_chain_code, server_share},
    },
    formats::{
        sealed::sealed_file::{Ending, write_record},
        server_share::record::{CosignerShares, Record, RecordFormat},
        wallets::{
            algorithm::Algorithm,
            wallet_id::WalletId,
            wallet_list::{Block, ListError, WalletList},
        },
    },
};

/// What to derive.
pub struct Derivation<'a> {
    /// Seeds and master keys.
    pub master: &'a WalletMaster,
    /// The cosigners of the master keys, in the same order.
    pub cosigners: &'a [Uuid],
    /// One share per algorithm, in this order.
    pub algorithms: &'a [Algorithm],
    /// How ed25519 shares are derived.
    pub eddsa: EddsaVariant,
    /// How records are written.
    pub form: Form<'a>,
    /// Which of the good ids, by their position in the list from 0.
    pub part: Range<u64>,
    /// Threads to use.
    pub threads: usize,
}

/// How records are written.
#[derive(Clone, Copy)]
pub enum Form<'a> {
    /// In clear.
    Clear(RecordFormat),
    /// Sealed, after a header and a list of recipients that the caller has written.
    Sealed(&'a RunKeys),
}

/// Why a derivation stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    /// The list of ids.
    #[error(transparent)]
    List(#[from] ListError),
    /// The list is not the one that was checked.
    #[error("the wallet list changed while it was read")]
    ListChanged,
    /// The caller asked to stop.
    #[error("interrupted after {0} wallets")]
    Interrupted(u64),
    /// The fast derivation and the formulas do not agree.
    #[error(
        "this machine computes wrongly: the share of wallet `{0}` came out differently the second time"
    )]
    Miscalculated(WalletId),
    /// The output.
    #[error("the records could not be written: {0}")]
    Write(std::io::Error),
}

/// Records derived before they are written: the code of each step stays in the processor's cache while it does them all.
const BATCH: usize = 64;

struct Piece {
    block: Block,
    at: CheckedBlock,
}

struct Written<'m> {
    buffers: Buffers<'m>,
    records: u64,
    unchanged: bool,
    miscalculated: Option<WalletId>,
}

/// What one worker needs, for one block after another: wiping it between them would cost as much as a hash.
struct Buffers<'m> {
    batch: WalletBatch<'m>,
    ids: Vec<WalletId>,
    /// Place of the first id in the result.
    first: u64,
    records: Vec<Record>,
    /// A record about to be sealed.
    plain: Zeroizing<Vec<u8>>,
    /// The block's records as they are written.
    text: Zeroizing<Vec<u8>>,
    /// The tags of those that are sealed.
    tags: Vec<Tag>,
}

impl Derivation<'_> {
    /// The record of one wallet, by the formulas.
    #[must_use]
    pub fn record(&self, wallet_id: WalletId) -> Record {
        let (id, master) = (wallet_id.as_bytes(), self.master);
        let mut record = self.blank(wallet_id);

        let chain_code = asset_chain_code(id, &master.asset_seed);
        *record.chain_code.expose_mut() = *chain_code.expose();

        for (master_key, cosigner) in master.master_keys.iter().zip(&mut record.shares) {
            for (algorithm, share) in &mut cosigner.shares {
                let seed = &master.wallet_seed;
                let value = match algorithm.curve() {
                    Curve::Ed25519 => self.eddsa.share(id, seed, master_key),
                    curve => server_share(id, seed, master_key, curve),
                };
                value.write_bytes(share.expose_mut());
            }
        }
        record
    }

    /// Writes the records of all good ids of a checked list, between header and footer. Returns how many.
    ///
    /// `stop` is asked between blocks.
    ///
    /// # Errors
    /// [`DeriveError`]; what was written until then ends with a whole record and is no whole file.
    pub fn run<R: Read>(
        &self,
        list: &mut WalletList<R>,
        found: &CheckedList,
        out: &mut impl Write,
        progress: &impl Progress,
        stop: impl Fn() -> bool,
    ) -> Result<u64, DeriveError> {
        let spare = Mutex::new(Vec::new());
        if let Form::Clear(format) = self.form {
            out.write_all(format.header().as_bytes())
                .map_err(DeriveError::Write)?;
        }
        let (mut blocks, mut count, mut ending) = (found.blocks.iter(), 0, Ending::begin());
        in_order(
            self.threads,
            || match list.next_block()? {
                Some(block) => Ok(Some(Piece {
                    block,
                    at: *blocks.next().ok_or(DeriveError::ListChanged)?,
                })),
                None if blocks.next().is_some() => Err(DeriveError::ListChanged),
                None => Ok(None),
            },
            |piece| {
                self.write_block(
                    &piece,
                    &found.repeats,
                    taken(&spare).unwrap_or_else(|| self.buffers()),
                )
            },
            |written: Written<'_>| {
                if !written.unchanged {
                    return Err(DeriveError::ListChanged);
                }
                if let Some(wallet) = written.miscalculated {
                    return Err(DeriveError::Miscalculated(wallet));
                }
                out.write_all(&written.buffers.text)
                    .map_err(DeriveError::Write)?;
                ending.add(&written.buffers.tags);
                give_back(&spare, written.buffers);
                count += written.records;
                progress.advance(written.records);
                if stop() {
                    Err(DeriveError::Interrupted(count))
                } else {
                    Ok(())
                }
            },
        )?;
        let footer = match self.form {
            Form::Clear(format) => format.footer().to_owned(),
            Form::Sealed(keys) => ending.line(keys),
        };
        out.write_all(footer.as_bytes())
            .map_err(DeriveError::Write)?;
        Ok(count)
    }

    fn write_block<'m>(
        &self,
        piece: &Piece,
        repeats: &[u64],
        mut buffers: Buffers<'m>,
    ) -> Written<'m> {
        let first_repeat = repeats.partition_point(|line| *line < piece.at.first_line);
        let mut repeats = repeats
            .get(first_repeat..)
            .unwrap_or_default()
            .iter()
            .peekable();
        let mut position = piece.at.ids_before - first_repeat as u64;
        let (mut records, mut miscalculated) = (0, None);
        self.make_room(&mut buffers.text, piece.block.most_ids());
        buffers.tags.clear();
        piece.block.each(|listed| {
            let Ok(id) = listed.id else { return };
            if repeats
                .next_if_eq(&&(piece.at.first_line + listed.line))
                .is_some()
            {
                return;
            }
            let place = position
                .checked_sub(self.part.start)
                .filter(|_| position < self.part.end);
            position += 1;
            let Some(place) = place else { return };
            if buffers.ids.is_empty() {
                buffers.first = place;
            }
            buffers.ids.push(id);
            records += 1;
            if buffers.ids.len() == BATCH {
                self.write_records(&mut buffers);
                if records == BATCH as u64 {
                    miscalculated = self.first_wrong(buffers.records.first());
                }
            }
        });
        let left = buffers.ids.len();
        self.write_records(&mut buffers);

        let last = if left == 0 { BATCH } else { left } - 1;
        if records > 0 {
            let first = buffers.records.first().filter(|_| records < BATCH as u64);
            let ends = first.into_iter().chain(buffers.records.get(last));
            miscalculated = miscalculated.or_else(|| self.first_wrong(ends));
        }
        let unchanged = piece.block.checksum() == piece.at.checksum;
        Written {
            buffers,
            records,
            unchanged,
            miscalculated,
        }
    }

    /// The first of these records that the formulas do not give.
    fn first_wrong<'r>(&self, records: impl IntoIterator<Item = &'r Record>) -> Option<WalletId> {
        let mut records = records.into_iter();
        let wrong = records.find(|record| !same_secrets(record, &self.record(record.wallet_id)));
        wrong.map(|record| record.wallet_id)
    }

    /// Derives and writes the wallets whose ids are in the buffers.
    fn write_records(&self, buffers: &mut Buffers<'_>) {
        for (record, id) in buffers.records.iter_mut().zip(&buffers.ids) {
            fill(record, *id, &mut buffers.batch);
            self.put_variant(record);
        }
        for ((record, id), place) in buffers
            .records
            .iter()
            .zip(&buffers.ids)
            .zip(buffers.first..)
        {
            match self.form {
                Form::Clear(format) => format.write(record, place == 0, &mut buffers.text),
                Form::Sealed(keys) => {
                    record.write_object(&mut buffers.plain);
                    let (plain, text) = (&mut buffers.plain, &mut buffers.text);
                    let tag = write_record(keys, place, id.as_bytes(), plain, text);
                    buffers.tags.push(tag);
                }
            }
        }
        buffers.ids.clear();
    }

    /// Derives the ed25519 shares of a record by another rule than the batch's, where one is asked for.
    fn put_variant(&self, record: &mut Record) {
        if self.eddsa == EddsaVariant::default() {
            return;
        }
        let (id, seed) = (record.wallet_id, &self.master.wallet_seed);
        for (master_key, cosigner) in self.master.master_keys.iter().zip(&mut record.shares) {
            let shares = cosigner.shares.iter_mut();
            for (_, share) in shares.filter(|(algorithm, _)| algorithm.curve() == Curve::Ed25519) {
                let value = self.eddsa.share(id.as_bytes(), seed, master_key);
                value.write_bytes(share.expose_mut());
            }
        }
    }

    fn buffers(&self) -> Buffers<'_> {
        Buffers {
            batch: WalletBatch::new(self.master),
            ids: Vec::with_capacity(BATCH),
            first: 0,
            records: (0..BATCH).map(|_| self.blank(WalletId::NIL)).collect(),
            plain: Zeroizing::new(Vec::with_capacity(self.record_size() + 16)),
            text: Zeroizing::default(),
            tags: Vec::new(),
        }
    }

    /// Empties the text and makes it large enough at once: a buffer that grows would leave copies of shares behind.
    fn make_room(&self, text: &mut Zeroizing<Vec<u8>>, ids: usize) {
        text.clear();
        let size = match self.form {
            Form::Clear(_) => self.record_size(),
            Form::Sealed(_) => 128 + (self.record_size() + 16) * 4 / 3,
        };
        if text.capacity() < ids * size {
            // Blocks differ by a line or so: a little more, and it does for all.
            *text = Zeroizing::new(Vec::with_capacity((ids + 16) * size));
        }
    }

    /// An upper bound of a record's text unencrypted, in bytes.
    fn record_size(&self) -> usize {
        192 + self.cosigners.len() * (64 + self.algorithms.len() * 256)
    }

    fn blank(&self, wallet_id: WalletId) -> Record {
        let blank = |algorithm: &Algorithm| (*algorithm, Wiped::new([0; 32]));
        let shares = self.cosigners.iter().map(|cosigner| CosignerShares {
            cosigner: *cosigner,
            shares: self.algorithms.iter().map(blank).collect(),
        });
        Record {
            wallet_id,
            chain_code: Wiped::new([0; 32]),
            shares: shares.collect(),
        }
    }
}

/// Puts another wallet's result in the place of a record's: what a batch does, without taking memory anew.
pub fn fill(record: &mut Record, wallet_id: WalletId, batch: &mut WalletBatch<'_>) {
    record.wallet_id = wallet_id;
    let cosigners = record.shares.iter_mut().map(|cosigner| {
        let shares = cosigner.shares.iter_mut();
        shares.map(|(algorithm, share)| (algorithm.curve(), share.expose_mut()))
    });
    batch.derive(
        wallet_id.as_bytes(),
        record.chain_code.expose_mut(),
        cosigners,
    );
}

/// Whether chain code and shares are the same, in constant time.
fn same_secrets(one: &Record, other: &Record) -> bool {
    let chain_codes = one.chain_code.same_as(&other.chain_code);
    let pairs = one.shares.iter().zip(&other.shares);
    let mut pairs = pairs.flat_map(|(one, other)| one.shares.iter().zip(&other.shares));
    chain_codes && pairs.all(|((_, one), (_, other))| one.same_as(other))
}

type SpareBuffers<'m> = Mutex<Vec<Buffers<'m>>>;

/// A function of its own: the lock is let go before the work begins.
fn taken<'m>(spare: &SpareBuffers<'m>) -> Option<Buffers<'m>> {
    spare.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn give_back<'m>(spare: &SpareBuffers<'m>, buffers: Buffers<'m>) {
    spare
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(buffers);
}

/// The `index`-th of `count` parts of so many ids, counting from 1: whole and without overlap.
#[must_use]
pub fn part_of(ids: u64, index: u32, count: u32) -> Range<u64> {
    let border = |index: u32| {
        let border = u128::from(ids) * u128::from(index) / u128::from(count.max(1));
        u64::try_from(border).expect("a border is no greater than the number of ids")
    };
    border(index.saturating_sub(1))..border(index)
}

// Beside the code because no run from outside makes a processor compute wrongly: here the batch has other seeds than the
// formulas.
#[cfg(test)]
mod tests {
    use super::{
        Buffers, CheckedBlock, Derivation, EddsaVariant, Form, Piece, RecordFormat, WalletBatch,
        WalletMaster,
    };
    use crate::{
        crypto::{secret::Secret, server_share::MasterKey},
        formats::wallets::{algorithm::Algorithm, wallet_id::WalletId, wallet_list::WalletList},
    };

    fn master(seed: u8) -> WalletMaster {
        WalletMaster {
            wallet_seed: Secret::take(&mut [seed; 32]),
            asset_seed: Secret::take(&mut [2; 32]),
            master_keys: MasterKey::new(Secret::take(&mut [3; 32]))
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn a_block_that_was_computed_wrongly_is_noticed() {
        let (right, wrong) = (master(1), master(7));
        let derivation = Derivation {
            master: &right,
            cosigners: &[uuid::Uuid::nil()],
            algorithms: &[Algorithm::CmpEcdsa],
            eddsa: EddsaVariant::default(),
            form: Form::Clear(RecordFormat::Ndjson),
            part: 0..u64::MAX,
            threads: 1,
        };

        for count in [1_u128, 63, 64, 65, 128, 200] {
            let list: String = (0..count)
                .map(|n| format!("{}\n", WalletId::from_u128(n)))
                .collect();
            let miscalculated = |computing| {
                let buffers = Buffers {
                    batch: WalletBatch::new(computing),
                    ..derivation.buffers()
                };
                let block = WalletList::new(list.as_bytes()).next_block();
                let block = block.expect("it is a list").expect("it has ids");
                let at = CheckedBlock {
                    first_line: 1,
                    ids_before: 0,
                    checksum: block.checksum(),
                };
                let written = derivation.write_block(&Piece { block, at }, &[], buffers);
                assert_eq!(u128::from(written.records), count);
                written.miscalculated
            };
            assert_eq!(miscalculated(&right), None, "{count}");
            assert_eq!(
                miscalculated(&wrong),
                Some(WalletId::from_u128(0)),
                "{count}"
            );
        }
    }
}
