//! The time by which everything is decided: the system's clock, unless it jumps.
//!
//! A clock can be wrong for a moment: set by a hand, by a broken time server, or after a machine was moved to another host. What is
//! written in such a moment would count for years. So where the clock and the time that has passed (`CLOCK_BOOTTIME`) differ by
//! more than a minute, the time that has passed counts. A clock that stays where it jumped to for ten minutes is believed.

use std::{
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use rustix::time::{ClockId, clock_gettime};

/// How far the clock may move at once, in milliseconds.
pub const APART: i64 = 60_000;
/// How long a clock that jumped has to stay there, in milliseconds.
const BELIEVED_AFTER: i64 = 600_000;
/// No clock that showed less was right while this program ran: 2026-01-01, in milliseconds since 1970.
const EARLIEST: i64 = 1_767_225_600_000;

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

/// The time, in milliseconds since 1970.
#[must_use]
pub fn now() -> i64 {
    let (shown, passed) = (shown(), passed());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_with(|| Known::new(shown, passed));
    let (now, change) = known.time(shown, passed);
    match change {
        None => {}
        Some(Change::Jumped) => tracing::error!(
            by_seconds = (shown - now) / 1000,
            "the clock of this machine has jumped: the time that has passed counts instead, unless the clock stays so for ten minutes"
        ),
        Some(Change::Back) => tracing::warn!("the clock of this machine is where it was"),
        Some(Change::Believed) => {
            tracing::error!(
                "the clock of this machine has stayed where it jumped to: it counts from now on"
            );
        }
    }
    now
}

/// Whether the clock is somewhere else than the time that counts.
#[must_use]
pub fn has_jumped() -> bool {
    let _now = now();
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.as_ref().is_some_and(|known| known.doubt.is_some())
}

fn shown() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

fn passed() -> i64 {
    let passed = clock_gettime(ClockId::Boottime);
    passed.tv_sec * 1000 + passed.tv_nsec / 1_000_000
}

/// What is known of the clock. All times are in milliseconds.
struct Known {
    /// How far the time that counts is ahead of the time that has passed.
    ahead: i64,
    doubt: Option<Doubt>,
}

/// A clock that jumped.
struct Doubt {
    /// How far it is ahead of the time that has passed.
    ahead: i64,
    /// Since when.
    since: i64,
}

#[derive(Debug, PartialEq, Eq)]
enum Change {
    Jumped,
    Back,
    Believed,
}

impl Known {
    fn new(shown: i64, passed: i64) -> Self {
        Self {
            ahead: shown - passed,
            doubt: None,
        }
    }

    /// The time that counts where the clock shows this.
    fn time(&mut self, shown: i64, passed: i64) -> (i64, Option<Change>) {
        let ahead = shown - passed;
        let is_near = |other: i64| (ahead - other).abs() <= APART;
        let has_never_been_right = self.ahead + passed < EARLIEST;
        if is_near(self.ahead) || has_never_been_right {
            self.ahead = ahead;
            return (shown, self.doubt.take().map(|_| Change::Back));
        }
        match &self.doubt {
            Some(doubt) if is_near(doubt.ahead) => {
                if passed - doubt.since >= BELIEVED_AFTER {
                    *self = Self::new(shown, passed);
                    return (shown, Some(Change::Believed));
                }
                (self.ahead + passed, None)
            }
            _ => {
                let since = passed;
                self.doubt = Some(Doubt { ahead, since });
                (self.ahead + passed, Some(Change::Jumped))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGUN: i64 = EARLIEST + 1_000_000;

    #[test]
    fn a_clock_that_goes_on_is_followed() {
        let mut known = Known::new(BEGUN, 0);
        for passed in (0..100_000).step_by(1000) {
            let drifting = BEGUN + passed + passed / 10;
            assert_eq!(known.time(drifting, passed), (drifting, None));
        }
    }

    #[test]
    fn a_jump_and_back_changes_nothing() {
        for jump in [-400_000_000_000, -APART - 1, APART + 1, 400_000_000_000] {
            let mut known = Known::new(BEGUN, 0);
            let jumped = known.time(BEGUN + 5 + jump, 5);
            assert_eq!(jumped, (BEGUN + 5, Some(Change::Jumped)));
            assert_eq!(known.time(BEGUN + 9 + jump, 9), (BEGUN + 9, None));
            assert_eq!(known.time(BEGUN + 20, 20), (BEGUN + 20, Some(Change::Back)));
        }
    }

    #[test]
    fn a_clock_that_stays_there_is_believed_after_ten_minutes() {
        let mut known = Known::new(BEGUN, 0);
        let jump = 3_600_000;
        known.time(BEGUN + jump, 0);
        let last = BELIEVED_AFTER - 1;
        assert_eq!(known.time(BEGUN + last + jump, last), (BEGUN + last, None));
        let then = BEGUN + BELIEVED_AFTER + jump;
        assert_eq!(
            known.time(then, BELIEVED_AFTER),
            (then, Some(Change::Believed))
        );
    }

    #[test]
    fn a_clock_that_began_at_1970_is_followed_at_once() {
        let mut known = Known::new(0, 0);
        assert_eq!(known.time(BEGUN, 1000), (BEGUN, None));
    }
}
