//! How fast work goes now: over the last seconds, and from a new beginning after a pause.

use std::{collections::VecDeque, time::Duration};

/// What is older says nothing about now.
const WINDOW: Duration = Duration::from_secs(4);

/// Between two samples that are kept.
const STEP: Duration = Duration::from_millis(200);

/// A rate over less is chance.
const LEAST: Duration = Duration::from_millis(400);

/// How long a rate is shown before it is taken anew: digits that flicker cannot be read.
const STEADY: Duration = Duration::from_secs(1);

/// The work of the last seconds. Times count from any beginning.
#[derive(Default)]
pub(crate) struct Pace {
    samples: VecDeque<(Duration, u64)>,
    shown: Option<(Duration, u64)>,
}

impl Pace {
    /// Forgets what was: the work is another, or it rested.
    pub(crate) fn restart(&mut self) {
        *self = Self::default();
    }

    /// So much is done by now.
    pub(crate) fn note(&mut self, now: Duration, done: u64) {
        let last = self.samples.back();
        if last.is_none_or(|(then, _)| now.saturating_sub(*then) >= STEP) {
            self.samples.push_back((now, done));
        }
        let is_old = |sample: &(Duration, u64)| now.saturating_sub(sample.0) > WINDOW;
        while self.samples.len() > 2 && self.samples.get(1).is_some_and(is_old) {
            self.samples.pop_front();
        }
    }

    /// How much is done in a second, to three digits; `None` where that is not known yet.
    pub(crate) fn per_second(&mut self, now: Duration, done: u64) -> Option<u64> {
        let is_fresh = |(then, _): &(Duration, u64)| now.saturating_sub(*then) < STEADY;
        if self.shown.as_ref().is_none_or(|shown| !is_fresh(shown)) {
            let rate = self.rate(now, done);
            self.shown = rate.map(|rate| (now, rate));
        }
        self.shown.map(|(_, rate)| rate)
    }

    fn rate(&self, now: Duration, done: u64) -> Option<u64> {
        let (then, before) = self.samples.front()?;
        let passed = now.saturating_sub(*then);
        if passed < LEAST {
            return None;
        }
        let milliseconds = passed.as_millis().max(1);
        let rate = u128::from(done.saturating_sub(*before)) * 1000 / milliseconds;
        Some(three_digits(u64::try_from(rate).unwrap_or(u64::MAX)))
    }
}

/// The number with zeros behind its first three digits.
fn three_digits(number: u64) -> u64 {
    let length = number.checked_ilog10().unwrap_or(0);
    let unit = 10_u64.saturating_pow(length.saturating_sub(2));
    number / unit * unit
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::terminal::pace::{Pace, three_digits};

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Works at so many a second, from one time to another.
    fn work(pace: &mut Pace, done: &mut u64, rate: u64, from: u64, to: u64) {
        for now in (from..to).step_by(50) {
            *done += rate / 20;
            pace.note(at(now), *done);
        }
    }

    #[test]
    fn a_rate_is_of_the_last_seconds() {
        let (mut pace, mut done) = (Pace::default(), 0);
        work(&mut pace, &mut done, 100_000, 0, 20_000);
        let rate = pace.per_second(at(20_000), done).expect("a rate");
        assert!((95_000..=105_000).contains(&rate), "{rate}");
        work(&mut pace, &mut done, 2_000, 20_000, 26_000);
        let rate = pace.per_second(at(26_000), done).expect("a rate");
        assert!((1_900..=2_100).contains(&rate), "{rate}");
    }

    #[test]
    fn after_a_pause_it_begins_anew() {
        let (mut pace, mut done) = (Pace::default(), 0);
        work(&mut pace, &mut done, 100_000, 0, 5_000);
        pace.restart();
        assert_eq!(pace.per_second(at(65_000), done), None);
        work(&mut pace, &mut done, 100_000, 65_000, 65_600);
        let rate = pace.per_second(at(65_600), done).expect("a rate");
        assert!((90_000..=110_000).contains(&rate), "{rate}");
    }

    #[test]
    fn a_rate_stays_for_a_second() {
        let (mut pace, mut done) = (Pace::default(), 0);
        work(&mut pace, &mut done, 100_000, 0, 5_000);
        let first = pace.per_second(at(5_000), done);
        work(&mut pace, &mut done, 500, 5_000, 5_900);
        assert_eq!(pace.per_second(at(5_900), done), first);
        assert_ne!(pace.per_second(at(6_000), done), first);
    }

    #[test]
    fn three_digits_are_enough() {
        let cases = [(0, 0), (999, 999), (94_638, 94_600), (1_234_567, 1_230_000)];
        for (number, shown) in cases {
            assert_eq!(three_digits(number), shown);
        }
    }
}
