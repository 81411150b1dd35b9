//! When a company gives shares away.

use std::time::Duration;

/// Whether the server itself can open shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It holds the key of the sealed files.
    Hot,
    /// It holds none: the key of each record comes from the offline machine.
    Cold,
}

/// Whether answers with shares must be encrypted to a key of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encrypt {
    /// If the caller asks for it.
    Optional,
    /// Always.
    Required,
}

/// What a release must go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Who opens the share.
    pub mode: Mode,
    /// How long its owner can cancel before it is given away.
    pub delay: Duration,
    /// How many operators must approve, none of them the requester.
    pub approvals: u32,
    /// When a request ends by itself, counted from its making.
    pub ttl: Duration,
    /// Most requests of a wallet in a day.
    pub per_wallet: u32,
    /// Whether the answer must be encrypted to the caller.
    pub encrypt: Encrypt,
    /// How long ago the caller may have signed in.
    pub max_sign_in_age: Option<Duration>,
}

impl Default for Policy {
    /// A day's delay, so that nobody loses a share overnight without a chance to notice.
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        Self {
            mode: Mode::Hot,
            delay: DAY,
            approvals: 0,
            ttl: DAY * 7,
            per_wallet: 3,
            encrypt: Encrypt::Optional,
            max_sign_in_age: None,
        }
    }
}

impl Policy {
    /// Whether a share is given away at once, without a wait and without anybody's approval.
    #[must_use]
    pub fn is_immediate(&self) -> bool {
        self.mode == Mode::Hot && self.delay.is_zero() && self.approvals == 0
    }
}

/// A duration in milliseconds, as times are counted here.
#[must_use]
pub fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
