//! The audit chain: every event carries the hash of all that went before it.
//!
//! `hash = SHA-256("lifeboat audit 1\n" ‖ previous hash ‖ body)`, the first one after 32 zero bytes; `body` is a JSON
//! object with sorted keys. It never holds a secret or a token.

use lifeboat::formats::wallets::wallet_id::WalletId;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::caller::Identity;

/// What is before every hashed event.
const MARK: &[u8] = b"lifeboat audit 1\n";

/// SHA-256 over the whole chain up to an event.
pub type Hash = [u8; 32];

/// What goes before the first event.
pub const BEGINNING: Hash = [0; 32];

/// Something that happened, before it has a place in the chain.
#[derive(Debug, Clone)]
pub struct Event {
    members: Map<String, Value>,
}

impl Event {
    /// An event of a kind, such as `release-requested`, and how it ended.
    #[must_use]
    pub fn new(kind: &str, outcome: &str) -> Self {
        let mut members = Map::new();
        members.insert("kind".to_owned(), kind.into());
        members.insert("outcome".to_owned(), outcome.into());
        Self { members }
    }

    /// Whose wallet it is about.
    #[must_use]
    pub fn wallet(self, wallet: &WalletId) -> Self {
        self.with("wallet", wallet.as_str())
    }

    /// Who did it.
    #[must_use]
    pub fn caller(self, caller: &Identity) -> Self {
        let mut named = Map::new();
        named.insert("issuer".to_owned(), caller.issuer.as_str().into());
        named.insert("subject".to_owned(), caller.subject.as_str().into());
        self.with("caller", named)
    }

    /// In which request.
    #[must_use]
    pub fn request(self, id: &str) -> Self {
        self.with("request", id)
    }

    /// Something else that is worth knowing and no secret.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The event's text at its place in the chain.
    #[must_use]
    pub fn body(&self, seq: i64, at: i64) -> String {
        let mut members = self.members.clone();
        members.insert("seq".to_owned(), seq.into());
        members.insert("at".to_owned(), at.into());
        // A map of serde_json is sorted.
        Value::Object(members).to_string()
    }
}

/// The hash of the chain that ends with this body.
#[must_use]
pub fn chained(previous: &Hash, body: &str) -> Hash {
    let mut hash = Sha256::new();
    hash.update(MARK);
    hash.update(previous);
    hash.update(body.as_bytes());
    hash.finalize().into()
}

/// The end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the last event; 0 where there is none.
    pub seq: i64,
    /// The hash up to it.
    pub hash: Hash,
}

impl Head {
    /// That of a chain without events.
    pub const EMPTY: Self = Self {
        seq: 0,
        hash: BEGINNING,
    };

    /// The head after one more event, with the event's text.
    #[must_use]
    pub fn after(&self, event: &Event, at: i64) -> (Self, String) {
        let seq = self.seq + 1;
        let body = event.body(seq, at);
        let hash = chained(&self.hash, &body);
        (Self { seq, hash }, body)
    }
}

/// Where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    /// An event is missing, or two have one number.
    #[error("event {expected} is missing: the next one is {found}")]
    Gap {
        /// The number that should come.
        expected: i64,
        /// The number that comes.
        found: i64,
    },
    /// An event or one before it was changed.
    #[error("event {0} is not what was written: its hash does not fit the chain before it")]
    Changed(i64),
}

/// Follows a chain from its beginning, event by event.
#[derive(Debug)]
pub struct Verifier {
    head: Head,
}

impl Default for Verifier {
    fn default() -> Self {
        Self { head: Head::EMPTY }
    }
}

impl Verifier {
    /// Takes the next event as it is stored.
    ///
    /// # Errors
    /// [`BrokenChain`] when it is not the one that was written there.
    pub fn take(&mut self, seq: i64, body: &str, hash: &[u8]) -> Result<(), BrokenChain> {
        let expected = self.head.seq + 1;
        if seq != expected {
            return Err(BrokenChain::Gap {
                expected,
                found: seq,
            });
        }
        let next = chained(&self.head.hash, body);
        if next != hash {
            return Err(BrokenChain::Changed(seq));
        }
        self.head = Head { seq, hash: next };
        Ok(())
    }

    /// The end of what was followed.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }
}
