//! Opened records on their way out.

use std::collections::HashSet;

use lifeboat::formats::{
    server_share::{record::RecordFormat, record_reader::RecordError},
    wallets::wallet_id::WalletId,
};

use crate::errors::failure::Failure;

/// Bytes of opened records that are written together.
pub(crate) const AT_ONCE: usize = 64 << 10;

/// The wallets written as members of one JSON object. Programs that read JSON keep the last of two members of one name and
/// forget the other.
pub(crate) struct Members(Option<HashSet<u128>>);

impl Members {
    /// Keeps them where the form is one JSON object.
    pub(crate) fn new(format: RecordFormat) -> Self {
        Self((format == RecordFormat::Json).then(HashSet::new))
    }

    /// Refuses a wallet that is there already.
    pub(crate) fn add(&mut self, wallet: WalletId) -> Result<(), Failure> {
        let is_new = self
            .0
            .as_mut()
            .is_none_or(|known| known.insert(wallet.as_u128()));
        if is_new {
            return Ok(());
        }
        Err(Failure::from(RecordError::Twice(wallet)).hint_instead(
            "`--format ndjson` or `--format csv` writes every record, also those of one wallet",
        ))
    }
}
