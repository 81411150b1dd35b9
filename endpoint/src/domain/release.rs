//! Releases: how a server share is asked for, waited for and given away.
//!
//! The state is computed from what is stored and from the time, never moved by a job: a job that did not run must not
//! lose anybody's key.

use super::{
    caller::Identity,
    policy::{Encrypt, Mode, Policy, milliseconds},
    problem::{Code, Problem},
};
use lifeboat::formats::wallets::wallet_id::WalletId;

/// How often the share of one release is handed out: an answer may be lost on its way.
pub const MOST_COLLECTED: u32 = 3;
/// The day that requests of a wallet are counted in.
pub const DAY: i64 = 86_400_000;
/// How far ahead the clock of an issuer may be, in milliseconds.
const SKEW: i64 = 60_000;

/// Who ended a release before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its owner or the company.
    Cancelled,
    /// An operator.
    Denied,
}

impl Ended {
    /// The word that is stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Denied => "denied",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Cancelled, Self::Denied]
            .into_iter()
            .find(|ended| ended.name() == name)
    }
}

/// Where a release is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The delay is not over.
    Waiting,
    /// Operators have not approved it yet.
    Pending,
    /// The record's key has not come from the offline machine yet.
    NeedsKey,
    /// The share can be collected.
    Ready,
    /// The share was collected.
    Collected,
    /// Its owner or the company ended it.
    Cancelled,
    /// An operator ended it.
    Denied,
    /// Its time is over.
    Expired,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Pending,
        Self::NeedsKey,
        Self::Ready,
        Self::Collected,
        Self::Cancelled,
        Self::Denied,
        Self::Expired,
    ];

    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Pending => "pending",
            Self::NeedsKey => "needs-key",
            Self::Ready => "ready",
            Self::Collected => "collected",
            Self::Cancelled => "cancelled",
            Self::Denied => "denied",
            Self::Expired => "expired",
        }
    }

    /// Whether it stays so, and a new request may follow.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Collected | Self::Cancelled | Self::Denied | Self::Expired
        )
    }
}

/// A release as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its id.
    pub id: String,
    /// The wallet.
    pub wallet: WalletId,
    /// Who gets the share.
    pub requester: Identity,
    /// The backend that asked for them.
    pub by_service: Option<String>,
    /// The public key that the answer is encrypted to, a JWK.
    pub encrypt_to: Option<String>,
    /// Who opens it.
    pub mode: Mode,
    /// Approvals that it needs.
    pub approvals_needed: u32,
    /// Approvals that it has.
    pub approvals: u32,
    /// When it was asked for.
    pub created_at: i64,
    /// When its delay is over.
    pub not_before: i64,
    /// When it ends by itself.
    pub expires_at: i64,
    /// Who ended it before.
    pub ended: Option<Ended>,
    /// Whether the record's key is here.
    pub has_key: bool,
    /// How often it was collected.
    pub collected: u32,
}

impl Release {
    /// Where it is at this time.
    #[must_use]
    pub fn state(&self, now: i64) -> State {
        match self.ended {
            Some(Ended::Cancelled) => return State::Cancelled,
            Some(Ended::Denied) => return State::Denied,
            None => {}
        }
        if self.collected > 0 {
            return State::Collected;
        }
        if now >= self.expires_at {
            return State::Expired;
        }
        if now < self.not_before {
            return State::Waiting;
        }
        if self.approvals < self.approvals_needed {
            return State::Pending;
        }
        if self.mode == Mode::Cold && !self.has_key {
            return State::NeedsKey;
        }
        State::Ready
    }

    /// Approvals that are missing.
    #[must_use]
    pub fn approvals_left(&self) -> u32 {
        self.approvals_needed.saturating_sub(self.approvals)
    }

    /// Whether the share may be handed to this identity now.
    ///
    /// # Errors
    /// The problem that says why not.
    pub fn collect(&self, by: &Identity, now: i64) -> Result<(), Problem> {
        if *by != self.requester {
            return Err(Code::NoSuchRelease.into());
        }
        match self.state(now) {
            State::Ready => Ok(()),
            // The answer may have been lost: some more times, until it expires.
            State::Collected if now >= self.expires_at => Err(Code::ReleaseExpired.into()),
            State::Collected if self.collected < MOST_COLLECTED => Ok(()),
            State::Expired => Err(Code::ReleaseExpired.into()),
            state if state.is_final() => Err(Problem::from(Code::ReleaseFinal).state(state.name())),
            State::Waiting => {
                let seconds = (self.not_before - now).max(0).div_euclid(1000) + 1;
                Err(Problem::from(Code::ReleaseNotReady)
                    .state(State::Waiting.name())
                    .retry_after(seconds.unsigned_abs()))
            }
            state => Err(Problem::from(Code::ReleaseNotReady).state(state.name())),
        }
    }

    /// Whether it can still be ended.
    ///
    /// # Errors
    /// The problem that says why not.
    pub fn end(&self, now: i64) -> Result<(), Problem> {
        let state = self.state(now);
        if state.is_final() {
            return Err(Problem::from(Code::ReleaseFinal).state(state.name()));
        }
        Ok(())
    }

    /// Whether an operator may decide on it.
    ///
    /// # Errors
    /// The problem that says why not.
    pub fn decide(&self, operator: &Identity, now: i64) -> Result<(), Problem> {
        // Whoever asked for somebody else has asked, too.
        let asked = self.by_service.as_ref();
        let is_own = asked.is_some_and(|asked| *asked == operator.to_string());
        if *operator == self.requester || is_own {
            return Err(Code::OwnRequest.into());
        }
        self.end(now)
    }
}

/// Somebody asks for a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The id of the release that may come of it.
    pub id: String,
    /// The wallet.
    pub wallet: WalletId,
    /// Who gets the share.
    pub requester: Identity,
    /// The backend that asks for them.
    pub by_service: Option<String>,
    /// The device that it is for.
    pub physical: Option<String>,
    /// The public key that the answer is to be encrypted to, a JWK.
    pub encrypt_to: Option<String>,
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// When its owner signed in last.
    pub signed_in_at: Option<i64>,
}

/// What is known of a wallet when somebody asks.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Whether an operator locked it.
    pub is_locked: bool,
    /// Whether another device took the place of the one that asks.
    pub is_replaced: bool,
    /// How many releases of this wallet were asked for in the last day.
    pub of_last_day: u64,
    /// When the first of them was.
    pub oldest: Option<i64>,
    /// A release of the same requester that is not over.
    pub open: Option<String>,
}

impl Policy {
    /// Whether the user signed in a short time ago.
    ///
    /// # Errors
    /// [`Code::SignInTooOld`].
    pub fn demand_fresh_sign_in(&self, request: &Request, now: i64) -> Result<(), Problem> {
        // A backend vouches for the sign-in of its user.
        let (Some(most), None) = (self.max_sign_in_age, &request.by_service) else {
            return Ok(());
        };
        let problem = Problem::from(Code::SignInTooOld);
        match request.signed_in_at.map(|at| now.saturating_sub(at)) {
            // One that is still to come is none.
            Some(age) if (-SKEW..=milliseconds(most)).contains(&age) => Ok(()),
            Some(_) => Err(problem),
            None => Err(problem.detail("the token does not say when: it has no `auth_time`")),
        }
    }

    /// The release that a request makes.
    ///
    /// # Errors
    /// The problem that says why it makes none.
    pub fn release(&self, request: &Request, known: &Known, now: i64) -> Result<Release, Problem> {
        if known.is_locked {
            return Err(Code::WalletLocked.into());
        }
        if known.is_replaced {
            return Err(Code::DeviceReplaced.into());
        }
        self.demand_fresh_sign_in(request, now)?;
        if self.encrypt == Encrypt::Required && request.encrypt_to.is_none() {
            return Err(Code::EncryptionRequired.into());
        }
        if let Some(open) = &known.open {
            return Err(Problem::from(Code::ReleaseOpen).link(format!("/v1/releases/{open}")));
        }
        if known.of_last_day >= self.per_wallet.into() {
            let oldest = known.oldest.unwrap_or(now);
            let seconds = (oldest + DAY - now).max(0).div_euclid(1000) + 1;
            return Err(Problem::from(Code::TooManyReleases).retry_after(seconds.unsigned_abs()));
        }
        Ok(Release {
            id: request.id.clone(),
            wallet: request.wallet,
            requester: request.requester.clone(),
            by_service: request.by_service.clone(),
            encrypt_to: request.encrypt_to.clone(),
            mode: self.mode,
            approvals_needed: self.approvals,
            approvals: 0,
            created_at: now,
            not_before: now + milliseconds(self.delay),
            expires_at: now + milliseconds(self.ttl),
            ended: None,
            has_key: false,
            collected: 0,
        })
    }
}
