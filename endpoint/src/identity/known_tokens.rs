//! Tokens whose signature was checked a moment ago: an app sends the same token with each of its requests, and the signature
//! is the costliest part of many answers.
//!
//! What is remembered is a check, and never an answer: times, the issuer's list of keys, grants and policy are looked at for
//! every request. Tokens are found by SHA-256 of the whole token, so one that differs in a single letter is another one.

use std::sync::Arc;

use lifeboat::formats::wallets::wallet_id::WalletId;
use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest, Sha256};

use super::bearer::Times;
use crate::domain::caller::Caller;

/// Most that is remembered, in bytes; then what is asked for least is forgotten.
const MOST: u64 = 32 << 20;
/// What a token without many claims takes, in bytes.
const USUAL: usize = 512;

/// SHA-256 of a token.
pub(super) type Name = [u8; 32];

/// A token whose signature is good.
pub(super) struct Checked {
    /// Who it is for.
    pub(super) caller: Arc<Caller>,
    /// When it is valid.
    pub(super) times: Times,
    /// Which of the lists of its issuer's keys it was checked with.
    pub(super) list: u64,
}

/// The tokens of one configuration: whatever is loaded anew begins with none.
pub(super) struct KnownTokens {
    tokens: Cache<Name, Arc<Checked>, Bytes>,
}

impl Default for KnownTokens {
    fn default() -> Self {
        let usual = usize::try_from(MOST).unwrap_or(usize::MAX) / USUAL;
        Self {
            tokens: Cache::with_weighter(usual, MOST, Bytes),
        }
    }
}

impl KnownTokens {
    /// What a token is remembered by.
    pub(super) fn name(token: &str) -> Name {
        Sha256::digest(token).into()
    }

    /// What was found of a token.
    pub(super) fn find(&self, name: &Name) -> Option<Arc<Checked>> {
        self.tokens.get(name)
    }

    /// Remembers a token.
    pub(super) fn keep(&self, name: Name, checked: Checked) {
        self.tokens.insert(name, Arc::new(checked));
    }

    /// Forgets a token, whose signature is checked again if it comes back.
    pub(super) fn forget(&self, name: &Name) {
        self.tokens.remove(name);
    }
}

/// What an entry takes, with what lies around it.
#[derive(Clone)]
struct Bytes;

impl Weighter<Name, Arc<Checked>> for Bytes {
    fn weight(&self, _: &Name, checked: &Arc<Checked>) -> u64 {
        let caller = &checked.caller;
        let wallets = caller.claimed_wallets().map_or(0, <[_]>::len);
        let clients = caller.clients.iter().flatten();
        let clients: usize = clients.map(|client| client.as_str().len() + 64).sum();
        let bytes = 320
            + caller.identity.issuer.len()
            + caller.identity.subject.len()
            + wallets * size_of::<WalletId>()
            + clients;
        bytes as u64
    }
}
