//! The keys of issuers over time: from a file, or from a URL with a memory.
//!
//! A list of keys is used for five minutes, then fetched again. A token that names an unknown key is a reason to fetch,
//! and also a lever: anybody can make such tokens. So there is one such fetch in thirty seconds for callers whose tokens
//! were good before and one for all others; strangers cannot use up what is there for users. While the issuer is away,
//! its last good list is used for up to a day, also after a restart.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jsonwebtoken::{Algorithm, DecodingKey};

use super::key_set::KeySet;
use crate::clock::APART;

const SECOND: i64 = 1000;
/// How long a list is used without asking again, in milliseconds.
pub const FRESH: i64 = 5 * 60 * SECOND;
/// How long it is used while the issuer is away.
pub const STALE: i64 = 24 * 60 * 60 * SECOND;
/// The least time between two fetches for one reason.
pub const COOL_DOWN: i64 = 30 * SECOND;
/// The one list of an issuer whose keys are in a file: another file makes other [`IssuerKeys`].
const OF_FILE: u64 = 0;
/// Most callers that are remembered.
const MAX_KNOWN: usize = 1 << 16;

/// Where the keys of an issuer come from.
pub enum KeySource {
    /// A file: what it holds now.
    File(Arc<KeySet>),
    /// A URL.
    Url(String),
}

/// How a URL is fetched: blocking, bounded in time and size. `None` when it does not answer with something.
pub type Fetch = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// Told of every good list, so that it is there after a restart: issuer, JWKS, when it was fetched.
pub type Keep = Arc<dyn Fn(&str, Vec<u8>, i64) + Send + Sync>;

/// The keys of all issuers.
pub struct IssuerKeys {
    issuers: HashMap<String, Issuer>,
    fetch: Fetch,
    keep: Keep,
    known: Mutex<HashSet<String>>,
}

struct Issuer {
    source: KeySource,
    state: Mutex<State>,
    /// Held by whoever fetches, so that there is one fetch at a time.
    fetching: tokio::sync::Mutex<()>,
}

/// What is known of an issuer's list.
#[derive(Clone, Default)]
struct State {
    keys: Option<Arc<KeySet>>,
    /// Which list this is: each one that comes has a number of its own.
    list: u64,
    fetched_at: i64,
    /// When it was last tried for each reason.
    tried: HashMap<Reason, i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Reason {
    Age,
    UnknownKey { known_caller: bool },
}

/// Why there is no key for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The issuer has no such key.
    #[error("the issuer has no such key")]
    Unknown,
    /// The issuer does not answer, and no list of its keys is young enough.
    #[error("the keys of the issuer cannot be fetched")]
    Away,
}

impl State {
    /// Puts a list in the place of the one before.
    fn put(&mut self, keys: Arc<KeySet>, fetched_at: i64) {
        self.keys = Some(keys);
        self.list += 1;
        self.fetched_at = fetched_at;
    }

    fn usable(&self, now: i64) -> Option<&Arc<KeySet>> {
        self.keys
            .as_ref()
            .filter(|_| is_within(self.fetched_at, now, STALE))
    }

    fn is_due(&self, reason: Reason, now: i64) -> bool {
        let is_old = self.keys.is_none() || !is_within(self.fetched_at, now, FRESH);
        let tried = self.tried.get(&reason);
        let is_cool = tried.is_none_or(|tried| !is_within(*tried, now, COOL_DOWN - 1));
        is_cool && (reason != Reason::Age || is_old)
    }
}

impl IssuerKeys {
    /// The keys of these issuers, each named and with its source.
    #[must_use]
    pub fn new(
        issuers: impl IntoIterator<Item = (String, KeySource)>,
        fetch: Fetch,
        keep: Keep,
    ) -> Self {
        let issuers = issuers.into_iter().map(|(name, source)| {
            let issuer = Issuer {
                source,
                state: Mutex::default(),
                fetching: tokio::sync::Mutex::default(),
            };
            (name, issuer)
        });
        Self {
            issuers: issuers.collect(),
            fetch,
            keep,
            known: Mutex::default(),
        }
    }

    /// Takes over a list that was kept before a restart.
    pub fn remember(&self, issuer: &str, jwks: &[u8], fetched_at: i64) {
        let keys = KeySet::parse(jwks).ok().map(Arc::new);
        if let (Some(issuer), Some(keys)) = (self.issuers.get(issuer), keys) {
            locked(&issuer.state).put(keys, fetched_at);
        }
    }

    /// A caller had a good token: its unknown keys are asked for out of the callers' own budget from now on.
    pub fn trust(&self, caller: &str) {
        let mut known = locked(&self.known);
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        if !known.contains(caller) {
            known.insert(caller.to_owned());
        }
    }

    /// The names of issuers whose keys are not at hand.
    #[must_use]
    pub fn missing(&self, now: i64) -> Vec<&str> {
        let is_missing = |issuer: &Issuer| match issuer.source {
            KeySource::File(_) => false,
            KeySource::Url(_) => locked(&issuer.state).usable(now).is_none(),
        };
        let missing = self.issuers.iter().filter(|(_, issuer)| is_missing(issuer));
        missing.map(|(name, _)| name.as_str()).collect()
    }

    /// Fetches what is not at hand, at start.
    pub async fn fetch_all(&self, now: i64) {
        for (name, issuer) in &self.issuers {
            self.refresh(name, issuer, Reason::Age, now).await;
        }
    }

    /// Which list of an issuer's keys counts now, fetched again if it is too old; `None` where there is none. What was
    /// checked with another one is to be checked again.
    pub(super) async fn list(&self, issuer: &str, now: i64) -> Option<u64> {
        let (name, issuer) = self.issuers.get_key_value(issuer)?;
        if let KeySource::File(_) = issuer.source {
            return Some(OF_FILE);
        }
        self.refresh(name, issuer, Reason::Age, now).await;
        let state = locked(&issuer.state);
        state.usable(now).map(|_| state.list)
    }

    /// The key of a token, whose header names `id` and `algorithm`, and which list it is in. `caller` is where the request
    /// comes from.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn key(
        &self,
        issuer: &str,
        id: Option<&str>,
        algorithm: Algorithm,
        caller: &str,
        now: i64,
    ) -> Result<(DecodingKey, u64), KeyError> {
        let (name, issuer) = self
            .issuers
            .get_key_value(issuer)
            .ok_or(KeyError::Unknown)?;
        if let KeySource::File(keys) = &issuer.source {
            let key = keys.find(id, algorithm).cloned();
            return Ok((key.ok_or(KeyError::Unknown)?, OF_FILE));
        }

        self.refresh(name, issuer, Reason::Age, now).await;
        if let Ok(key) = issuer.find(id, algorithm, now) {
            return Ok(key);
        }
        let known_caller = locked(&self.known).contains(caller);
        self.refresh(name, issuer, Reason::UnknownKey { known_caller }, now)
            .await;
        issuer.find(id, algorithm, now)
    }

    /// Fetches the list if it is due. Whoever comes while another fetches goes on with the list there is, or waits where there is none.
    async fn refresh(&self, name: &str, issuer: &Issuer, reason: Reason, now: i64) {
        let KeySource::Url(url) = &issuer.source else {
            return;
        };
        if !locked(&issuer.state).is_due(reason, now) {
            return;
        }
        let has_keys = locked(&issuer.state).usable(now).is_some();
        let _turn = match issuer.fetching.try_lock() {
            Ok(turn) => turn,
            Err(_) if has_keys && reason == Reason::Age => return,
            Err(_) => issuer.fetching.lock().await,
        };
        // Another caller may have fetched while this one waited.
        let is_due = {
            let mut state = locked(&issuer.state);
            let is_due = state.is_due(reason, now);
            state.tried.insert(reason, now);
            is_due
        };
        if is_due {
            let fetched = self.fetch(url).await;
            self.take(name, issuer, fetched, now);
        }
    }

    async fn fetch(&self, url: &str) -> Option<Vec<u8>> {
        let (fetch, url) = (Arc::clone(&self.fetch), url.to_owned());
        let fetched = tokio::task::spawn_blocking(move || fetch(&url)).await;
        fetched.ok().flatten()
    }

    /// A list without a usable key changes nothing: the last good one stays.
    fn take(&self, name: &str, issuer: &Issuer, fetched: Option<Vec<u8>>, now: i64) {
        let keys = fetched.as_ref().and_then(|jwks| KeySet::parse(jwks).ok());
        if let (Some(jwks), Some(keys)) = (fetched, keys) {
            locked(&issuer.state).put(Arc::new(keys), now);
            (self.keep)(name, jwks, now);
        }
    }
}

impl Issuer {
    fn find(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        now: i64,
    ) -> Result<(DecodingKey, u64), KeyError> {
        let state = locked(&self.state);
        let keys = state.usable(now).ok_or(KeyError::Away)?;
        let key = keys.find(id, algorithm).cloned();
        Ok((key.ok_or(KeyError::Unknown)?, state.list))
    }
}

/// Whether so much time has passed since then at most. A time ahead is one of a clock that was wrong: it tells nothing.
fn is_within(then: i64, now: i64, most: i64) -> bool {
    (-APART..=most).contains(&now.saturating_sub(then))
}

/// A thread that panicked while it held the lock left nothing unfinished in it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
