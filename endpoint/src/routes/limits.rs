//! How much one caller and one address may ask, and how many requests there are at once.
//!
//! A recovery that has begun must not be refused: the wallet SDK has wiped the device by then. Its messages are not
//! counted, and wait for their turn where others are turned away. Those with which one begins are counted for each wallet.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{extract::MatchedPath, http::Extensions};
use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use lifeboat::formats::wallets::wallet_id::WalletId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::{
    config::{self, Rate},
    domain::problem::{Code, Problem},
};

/// Keys that are remembered before those that are at rest are forgotten.
const MANY: usize = 100_000;
/// Messages of recoveries that one user has under way at once, where `open` is large enough: an SDK sends one after the other.
const OF_ONE: usize = 8;

/// The bounds of one server.
pub struct Limits {
    configured: config::Limits,
    by_caller: DefaultKeyedRateLimiter<String>,
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    by_wallet: DefaultKeyedRateLimiter<WalletId>,
    webhooks: DefaultDirectRateLimiter,
    open: Semaphore,
    reading: Arc<Semaphore>,
    recovering: Arc<Semaphore>,
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Limits {
    /// Those that are configured.
    #[must_use]
    pub fn new(limits: &config::Limits) -> Self {
        Self {
            configured: *limits,
            by_caller: RateLimiter::keyed(quota(limits.per_caller)),
            by_address: RateLimiter::keyed(quota(limits.per_address)),
            by_wallet: RateLimiter::keyed(quota(limits.per_caller)),
            webhooks: RateLimiter::direct(quota(limits.webhooks)),
            open: Semaphore::new(limits.open),
            reading: Arc::new(Semaphore::new(limits.open)),
            recovering: Arc::new(Semaphore::new(limits.open)),
            turns: Mutex::default(),
        }
    }

    /// As they are configured.
    #[must_use]
    pub fn configured(&self) -> &config::Limits {
        &self.configured
    }

    /// Counts a request of a caller.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub(super) fn caller(&self, caller: String) -> Result<(), Problem> {
        checked(&self.by_caller, &caller)
    }

    /// Counts a request from an address; of IPv6 from a network of 64 bits, which is what one customer has at least.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub(super) fn address(&self, address: IpAddr) -> Result<(), Problem> {
        checked(&self.by_address, &counted_as(address))
    }

    /// Counts a message of a recovery that leaves a line in the database: nobody else's wallet is counted with it.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub(super) fn message(&self, wallet: &WalletId) -> Result<(), Problem> {
        checked(&self.by_wallet, wallet)
    }

    /// Counts a webhook whose secret was good.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub(super) fn webhook(&self) -> Result<(), Problem> {
        self.webhooks.check().map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            Problem::from(Code::TooManyRequests).retry_after(wait.as_secs() + 1)
        })
    }

    /// A place among the requests that are answered at once.
    ///
    /// # Errors
    /// 503 where there is none.
    pub(super) fn place(&self) -> Result<SemaphorePermit<'_>, Problem> {
        let place = self.open.try_acquire().ok();
        place.ok_or_else(|| Code::Overloaded.into())
    }

    /// A place among the messages of recoveries whose bodies are read, which is waited for: first for the user's own turn, so that
    /// bodies of one user that never come hold up nobody else. A backend sends the messages of many, and has no turns.
    ///
    /// # Errors
    /// Never while the server runs.
    pub(super) async fn reading(&self, user: Option<&str>) -> Result<Reading, Problem> {
        let turn = match user {
            Some(user) => Some(place(&self.turns_of(user)).await?),
            None => None,
        };
        Ok(Reading {
            turn,
            _place: place(&self.reading).await?,
            recovering: Arc::clone(&self.recovering),
        })
    }

    fn turns_of(&self, user: &str) -> Arc<Semaphore> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() > MANY {
            turns.retain(|_, turns| Arc::strong_count(turns) > 1);
        }
        let most = (self.configured.open / 4).clamp(1, OF_ONE);
        let turns = turns.entry(user.to_owned());
        Arc::clone(turns.or_insert_with(|| Arc::new(Semaphore::new(most))))
    }
}

/// A message of a recovery whose body is read.
pub(super) struct Reading {
    turn: Option<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
    recovering: Arc<Semaphore>,
}

/// A message of a recovery that is answered.
pub(super) struct Recovering {
    _turn: Option<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
}

impl Reading {
    /// A place among the messages that are answered. The other is given back after it, so that bodies which wait are counted.
    ///
    /// # Errors
    /// Never while the server runs.
    pub(super) async fn done(self) -> Result<Recovering, Problem> {
        Ok(Recovering {
            _place: place(&self.recovering).await?,
            _turn: self.turn,
        })
    }
}

async fn place(of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    let place = Arc::clone(of).acquire_owned().await;
    place.map_err(|_| Code::Overloaded.into())
}

/// Whether a request is for a route that takes messages of a recovery. What it is called in the address says nothing: an id may
/// be `rpc`, too.
pub(super) fn is_recovery(extensions: &Extensions) -> bool {
    let route = extensions.get::<MatchedPath>();
    route.is_some_and(|route| {
        let route = route.as_str();
        route.ends_with("/rpc") || route.ends_with("/invoke")
    })
}

/// What an address is counted as: of IPv6 a network of 64 bits, which is what one customer has at least.
#[must_use]
pub fn counted_as(address: IpAddr) -> IpAddr {
    const NETWORK: u128 = u128::MAX << 64;
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)),
        address => address,
    }
}

fn quota(rate: Rate) -> Quota {
    let count = NonZeroU32::new(rate.count).unwrap_or(NonZeroU32::MIN);
    let every = (rate.per / count.get()).max(Duration::from_nanos(1));
    Quota::with_period(every)
        .unwrap_or(Quota::per_second(count))
        .allow_burst(count)
}

fn checked<K: Hash + Eq + Clone>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), Problem> {
    if limiter.len() > MANY {
        limiter.retain_recent();
    }
    limiter.check_key(key).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        Problem::from(Code::TooManyRequests).retry_after(wait.as_secs() + 1)
    })
}
