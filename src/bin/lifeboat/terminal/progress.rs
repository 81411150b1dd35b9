//! How far a long job has come: one line that is drawn anew, lines of text where nothing can be drawn, or JSON for programs.

use std::{
    io::Write,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use lifeboat::{
    formats::encoding::shown::{grouped, plural},
    operations::Progress,
};

use super::{
    pace::Pace,
    print::{put_event, say},
    screen::Screen,
};
use crate::{
    outcomes::events::{self, Count, Event},
    signals::{Continued, Interruptible},
};

/// Whoever is done sooner need not be told.
const FIRST_DRAWING: Duration = Duration::from_millis(300);

/// Between two drawings.
const DRAWING_PAUSE: Duration = Duration::from_millis(200);

/// Before the first line of text.
const FIRST_LINE: Duration = Duration::from_secs(4);

/// Between two lines of text.
const LINE_PAUSE: Duration = Duration::from_secs(10);

/// Between two lines for programs.
const EVENT_PAUSE: Duration = Duration::from_secs(1);

/// A bar that is shorter says nothing.
const SHORTEST_BAR: usize = 5;

/// What is done, many times.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Deriving,
    Rechecking,
    Checking,
    Unsealing,
    Merging,
    Recovering,
    TakingOver,
    /// Share files, not wallets.
    Opening,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::Deriving => "deriving",
            Self::Rechecking => "re-checking",
            Self::Checking => "checking",
            Self::Unsealing => "unsealing",
            Self::Merging => "merging",
            Self::Recovering => "recovering",
            Self::TakingOver => "taking over",
            Self::Opening => "opening",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Opening => "share",
            Self::Recovering => "device",
            _ => "wallet",
        }
    }
}

/// How progress is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Not,
    /// One line, over and over.
    Drawn,
    InLines,
    /// One JSON object a line, and one at the end.
    AsEvents,
}

impl Told {
    /// To a person, on standard error.
    pub(super) fn to_person() -> Self {
        match Screen::of(&std::io::stderr()) {
            Some(screen) if screen.can_redraw() => Self::Drawn,
            _ => Self::InLines,
        }
    }
}

/// The progress of a job, which an operation moves.
pub(crate) struct Bar {
    work: Work,
    /// 0 where it is not known.
    total: u64,
    told: Told,
    began: Instant,
    done: AtomicU64,
    /// Set while what a former run left is compared.
    rechecks: Option<Arc<AtomicBool>>,
    continued: Continued,
    interruptible: Option<Interruptible>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pace: Pace,
    rechecked: bool,
    /// When it was last told, from the beginning.
    told: Option<Duration>,
    /// The width of the line on the screen.
    drawn: usize,
}

/// How far it has come.
#[derive(Clone, Copy)]
struct Step {
    work: Work,
    done: u64,
    total: u64,
    per_second: Option<u64>,
}

impl Bar {
    pub(super) fn new(work: Work, total: u64, told: Told) -> Self {
        Self {
            work,
            total,
            told,
            began: Instant::now(),
            done: AtomicU64::new(0),
            rechecks: None,
            continued: Continued::watch(),
            interruptible: match told {
                Told::Drawn | Told::InLines => Interruptible::begin(),
                Told::Not | Told::AsEvents => None,
            },
            state: Mutex::default(),
        }
    }

    /// The same for a job that first compares what a former run left, as long as this is set.
    pub(crate) fn rechecking(mut self, rechecks: Option<Arc<AtomicBool>>) -> Self {
        self.rechecks = rechecks;
        self
    }

    /// Takes the line off the screen: something else is to be said there. It comes back with the next step.
    pub(crate) fn hide(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let drawn = std::mem::take(&mut state.drawn);
        if drawn > 0 {
            redraw("", drawn);
        }
    }

    /// Ends the program where Ctrl-C asks for that, on a line of its own that says so.
    fn end_if_interrupted(&self, state: &State) {
        let interrupted = self.interruptible.as_ref();
        if let Some(interrupted) = interrupted.filter(|work| work.is_interrupted()) {
            clear(state.drawn);
            let work = self.work.name();
            say(&format!(
                "interrupted while {work}: it is not done; run the same command again"
            ));
            interrupted.end_program();
        }
    }

    /// Tells it, if it is time.
    fn tell(&self, state: &mut State, done: u64) {
        let now = self.began.elapsed();
        let (first, pause) = match self.told {
            Told::Not => return,
            Told::Drawn => (FIRST_DRAWING, DRAWING_PAUSE),
            Told::InLines => (FIRST_LINE, LINE_PAUSE),
            Told::AsEvents => (EVENT_PAUSE, EVENT_PAUSE),
        };
        let rechecks = self.rechecks.as_ref();
        let rechecks = rechecks.is_some_and(|flag| flag.load(Ordering::Relaxed));
        let continued = self.continued.take();
        if continued || rechecks != state.rechecked {
            state.pace.restart();
        }
        state.rechecked = rechecks;
        state.pace.note(now, done);

        let due = state.told.map_or(first, |told| told + pause);
        if now < due || (self.told == Told::InLines && done == self.total) {
            return;
        }
        state.told = Some(now);
        let step = Step {
            work: if rechecks {
                Work::Rechecking
            } else {
                self.work
            },
            done,
            total: self.total,
            per_second: state.pace.per_second(now, done),
        };
        match self.told {
            Told::Not => {}
            Told::Drawn => draw(&step, state),
            Told::InLines => say(&step.in_words()),
            Told::AsEvents => self.event(done),
        }
    }

    fn event(&self, done: u64) {
        let milliseconds = self.began.elapsed().as_millis().max(1);
        let rate = u128::from(done) * 1000 / milliseconds;
        put_event(&events::Progress::Count(Count {
            event: Event::Progress,
            done,
            total: self.total,
            per_second: u64::try_from(rate).unwrap_or(u64::MAX),
        }));
    }
}

impl Progress for Bar {
    fn advance(&self, records: u64) {
        let done = self.done.fetch_add(records, Ordering::Relaxed) + records;
        if self.told != Told::Not {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            self.end_if_interrupted(&state);
            self.tell(&mut state, done);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        let state = std::mem::take(state.unwrap_or_else(PoisonError::into_inner));
        self.end_if_interrupted(&state);
        let drawn = state.drawn;
        if self.told == Told::AsEvents {
            self.event(self.done.load(Ordering::Relaxed));
        } else {
            clear(drawn);
        }
    }
}

/// Takes the line off the screen, with the `^C` that the terminal writes behind it.
fn clear(drawn: usize) {
    if drawn > 0 {
        let columns = Screen::of(&std::io::stderr()).and_then(|screen| screen.columns());
        redraw("", (drawn + 2).min(columns.unwrap_or(80) - 1));
    }
}

/// Draws the line over the one that is there. The last column stays free: some terminals begin a new line behind it.
fn draw(step: &Step, state: &mut State) {
    let Some(screen) = Screen::of(&std::io::stderr()) else {
        return;
    };
    let columns = screen.columns().unwrap_or(80) - 1;
    let line = step.drawn(columns, screen.has_toned_blocks());
    // In a window that was made narrower the old line has broken already: it is not written over.
    redraw(&line, state.drawn.min(columns));
    state.drawn = line.chars().count();
}

fn redraw(line: &str, before: usize) {
    let line = if line.is_empty() {
        format!("\r{:before$}\r", "")
    } else {
        format!("\r{line:before$}")
    };
    // Standard error may be closed, and then there is nobody to tell.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

impl Step {
    /// As a line of text.
    fn in_words(&self) -> String {
        let noun = self.work.noun();
        let mut words = format!("{}: ", self.work.name());
        words += &match self.total {
            0 => plural(self.done, noun),
            total => format!("{} of {}", grouped(self.done), plural(total, noun)),
        };
        if let Some(rate) = self.per_second {
            words += &format!(", {} per second", grouped(rate));
        }
        match self.left() {
            Some(left) => words + ", " + &left,
            None => words,
        }
    }

    /// As a line of at most so many columns: what is least of all is left out first. Everything keeps its place while the
    /// numbers grow.
    fn drawn(&self, columns: usize, blocks: bool) -> String {
        let name = self.work.name();
        let (done, total) = (grouped(self.done), grouped(self.total));
        let count = if self.total == 0 {
            format!("{done:>11} {}s", self.work.noun())
        } else {
            format!("{done:>width$}/{total}", width = total.len())
        };
        let rate = self.per_second.map(grouped).unwrap_or_default();
        let unit = if rate.is_empty() { "  " } else { "/s" };
        let rate = format!("{rate:>9}{unit}");
        let left = format!("{:>10}", self.left().unwrap_or_default());

        let tails = [
            format!("{count}{rate}  {left}"),
            format!("{count}{rate}"),
            count,
        ];
        for tail in tails {
            let room = columns.saturating_sub(name.len() + tail.len() + 3);
            if self.total > 0 && room >= SHORTEST_BAR {
                return format!("{name} {}  {tail}", self.bar(room, blocks));
            }
            if name.len() + tail.len() + 2 <= columns {
                return format!("{name}  {tail}");
            }
        }
        name.chars().take(columns).collect()
    }

    fn bar(&self, width: usize, blocks: bool) -> String {
        let (begin, full, empty, end) = if blocks {
            ("", "█", "░", "")
        } else {
            ("[", "#", ".", "]")
        };
        let inner = width - begin.len() - end.len();
        let done = u128::from(self.done.min(self.total)) * inner as u128;
        let done = usize::try_from(done / u128::from(self.total.max(1))).unwrap_or(inner);
        format!(
            "{begin}{}{}{end}",
            full.repeat(done),
            empty.repeat(inner - done)
        )
    }

    /// `1:05 left`, in minutes and seconds.
    fn left(&self) -> Option<String> {
        let rate = self.per_second.filter(|rate| *rate > 0)?;
        let seconds = self.total.checked_sub(self.done)?.div_ceil(rate);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        Some(match hours {
            0 => format!("{minutes}:{seconds:02} left"),
            hours => format!("{hours}:{minutes:02}:{seconds:02} left"),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::terminal::progress::{Step, Work};

    fn step(done: u64, total: u64, per_second: Option<u64>) -> Step {
        Step {
            work: Work::Deriving,
            done,
            total,
            per_second,
        }
    }

    #[test]
    fn a_line_fits_and_keeps_its_places() {
        for columns in [20, 30, 40, 59, 79, 200] {
            let steps = [
                step(0, 200_000, None),
                step(99_000, 200_000, Some(94_600)),
                step(199_999, 200_000, Some(7)),
                step(123_456, 12_345_678, Some(1_230_000)),
                step(1, 12, None),
                step(123_456, 0, Some(94_600)),
            ];
            for blocks in [true, false] {
                let widths = steps.map(|step| step.drawn(columns, blocks).chars().count());
                assert!(widths.iter().all(|width| *width <= columns), "{widths:?}");
                assert!(
                    widths[0] == widths[1] && widths[1] == widths[2],
                    "{widths:?}"
                );
            }
        }
        assert_eq!(
            step(100_000, 200_000, Some(94_600)).drawn(59, false),
            "deriving [####....]  100,000/200,000   94,600/s   0:02 left"
        );
    }

    #[test]
    fn a_line_of_text_says_the_same() {
        assert_eq!(
            step(1_234_567, 2_000_000, Some(1_000)).in_words(),
            "deriving: 1,234,567 of 2,000,000 wallets, 1,000 per second, 12:46 left"
        );
        assert_eq!(step(1, 0, None).in_words(), "deriving: 1 wallet");
        assert!(
            step(0, 10_000_000, Some(1_000))
                .in_words()
                .ends_with("2:46:40 left")
        );
    }
}
