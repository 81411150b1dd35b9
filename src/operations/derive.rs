//! Derives Key Share #1 of every wallet of a list, in order, on all cores (FORMATS.md §7, §10).
//!
//! The mathematics is `crypto::shares`; here ids are handed out in chunks and their records put back in order.

use std::io::Write;

use rayon::prelude::*;
use uuid::Uuid;
use zeroize::Zeroize;

use super::Progress;
use crate::{
    crypto::shares::{WalletMaster, server_share},
    formats::{
        algorithm::Algorithm,
        record::{CosignerShares, Record, RecordFormat},
        wallet_id::WalletId,
    },
};

const CHUNK: usize = 4096;
const CHUNKS_PER_THREAD: usize = 4;

/// What to derive, and how to write it.
pub struct Derivation<'a> {
    /// Seeds and master keys.
    pub master: &'a WalletMaster,
    /// The cosigners of the master keys, in the same order.
    pub cosigners: &'a [Uuid],
    /// One share per algorithm, in this order.
    pub algorithms: &'a [Algorithm],
    /// The shape of the records.
    pub format: RecordFormat,
}

/// Why a derivation stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError<E> {
    /// The source of ids.
    #[error(transparent)]
    Ids(E),
    /// The output.
    #[error("the records could not be written: {0}")]
    Write(std::io::Error),
}

impl Derivation<'_> {
    /// The record of one wallet.
    #[must_use]
    pub fn record(&self, wallet_id: WalletId) -> Record {
        let chain = self.master.wallet_chain(wallet_id.as_bytes());
        let shares = self.master.master_keys.iter().zip(self.cosigners).map(|(master_key, cosigner)| {
            let expansion = chain.expand(master_key);
            let share = |algorithm: &Algorithm| (*algorithm, server_share(algorithm.curve(), &expansion));
            CosignerShares { cosigner: *cosigner, shares: self.algorithms.iter().map(share).collect() }
        });
        Record { wallet_id, chain_code: self.master.asset_chain_code(wallet_id.as_bytes()), shares: shares.collect() }
    }

    /// Writes the records of all ids that `next_id` hands over until it has no more. Returns how many.
    ///
    /// # Errors
    /// [`DeriveError`]; what was written until then is no whole file.
    pub fn run<E>(
        &self,
        mut next_id: impl FnMut() -> Result<Option<WalletId>, E>,
        out: &mut impl Write,
        progress: &impl Progress,
    ) -> Result<u64, DeriveError<E>> {
        let window = CHUNK * CHUNKS_PER_THREAD * rayon::current_num_threads();
        let mut count = 0;
        out.write_all(self.format.header().as_bytes()).map_err(DeriveError::Write)?;
        loop {
            let mut ids = Vec::new();
            while ids.len() < window {
                match next_id().map_err(DeriveError::Ids)? {
                    Some(id) => ids.push(id),
                    None => break,
                }
            }
            if ids.is_empty() {
                break;
            }
            let texts: Vec<_> =
                ids.par_chunks(CHUNK).enumerate().map(|(n, ids)| self.text(ids, count + n == 0)).collect();
            count += ids.len();
            for (ids, mut text) in ids.chunks(CHUNK).zip(texts) {
                let written = out.write_all(&text);
                text.zeroize();
                written.map_err(DeriveError::Write)?;
                progress.advance(ids.len() as u64);
            }
        }
        out.write_all(self.format.footer().as_bytes()).map_err(DeriveError::Write)?;
        Ok(count as u64)
    }

    fn text(&self, ids: &[WalletId], first: bool) -> Vec<u8> {
        // A buffer that grows would leave copies of shares behind: make it large enough at once.
        let shares = self.cosigners.len() * (64 + self.algorithms.len() * 256);
        let mut text = Vec::with_capacity(ids.len() * (192 + shares));
        for (index, id) in ids.iter().enumerate() {
            self.format.write(&self.record(*id), first && index == 0, &mut text);
        }
        text
    }
}
