//! Work on many threads, results in order, memory bounded: what `survey` and `derive` stand on.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread::Builder,
};

use crate::crypto::secret::wipe_stack;

/// More than the work on a piece goes deep.
const DEEPEST: usize = 256 << 10;
/// Given to every helper, whatever the environment says (`RUST_MIN_STACK`): the above, and room for the work.
const STACK: usize = 2 << 20;
/// Pieces under way for each thread, waiting to be worked on or to be taken.
const UNDER_WAY: usize = 3;

/// Takes pieces from `next`, works on them with `threads` threads, and hands the results to `take` in the order of the
/// pieces. `next` and `take` run on the calling thread, which is one of the threads that work.
///
/// # Errors
/// The first error of `next` or `take`; pieces under way are then dropped.
///
/// # Panics
/// When `work` panics.
pub fn in_order<I: Send, O: Send, E>(
    threads: usize,
    next: impl FnMut() -> Result<Option<I>, E>,
    work: impl Fn(I) -> O + Sync,
    take: impl FnMut(O) -> Result<(), E>,
) -> Result<(), E> {
    let hall = Hall::new();
    let _wiped = WipedBelow;
    std::thread::scope(|scope| {
        // Whichever way this is left, the helpers go home.
        let _closing = Closing(&hall);
        let mut threads_there = 1;
        for _ in 1..threads {
            let helping = || {
                let _wiped = WipedBelow;
                hall.help(&work);
            };
            // Where the system grants no more threads, those that there are do the work.
            let helper = Builder::new().stack_size(STACK);
            if helper.spawn_scoped(scope, helping).is_err() {
                break;
            }
            threads_there += 1;
        }
        hall.run(threads_there * UNDER_WAY, next, &work, take)
    })
}

/// Wipes the stack that the work went down to, however the work ends.
struct WipedBelow;

impl Drop for WipedBelow {
    fn drop(&mut self) {
        wipe_stack::<DEEPEST>();
    }
}

/// Where pieces wait for a thread and results for their turn.
struct Hall<I, O> {
    tables: Mutex<Tables<I, O>>,
    /// A piece has come, or the hall closes.
    work_there: Condvar,
    /// A result has come, or will never come.
    result_there: Condvar,
}

struct Tables<I, O> {
    /// Pieces that nobody works on yet, with their number.
    pieces: VecDeque<(usize, I)>,
    /// What came of the pieces from `first` on; `None` where it is not there yet.
    results: VecDeque<Option<O>>,
    first: usize,
    closed: bool,
    /// A helper panicked: the result of its piece will never come.
    lost: bool,
}

enum Turn<I, O> {
    Take(O),
    Work(usize, I),
}

impl<I, O> Hall<I, O> {
    fn new() -> Self {
        let tables = Tables {
            pieces: VecDeque::new(),
            results: VecDeque::new(),
            first: 0,
            closed: false,
            lost: false,
        };
        Self {
            tables: Mutex::new(tables),
            work_there: Condvar::new(),
            result_there: Condvar::new(),
        }
    }

    fn run<E>(
        &self,
        most: usize,
        mut next: impl FnMut() -> Result<Option<I>, E>,
        work: impl Fn(I) -> O,
        mut take: impl FnMut(O) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut under_way, mut ended) = (0, false);
        loop {
            while !ended && under_way < most {
                match next()? {
                    Some(piece) => {
                        self.bring(piece);
                        under_way += 1;
                    }
                    None => ended = true,
                }
            }
            if under_way == 0 {
                return Ok(());
            }
            match self.turn() {
                Turn::Take(result) => {
                    take(result)?;
                    under_way -= 1;
                }
                Turn::Work(number, piece) => self.put(number, work(piece)),
            }
        }
    }

    fn bring(&self, piece: I) {
        let mut tables = self.tables();
        let number = tables.first + tables.results.len();
        tables.pieces.push_back((number, piece));
        tables.results.push_back(None);
        self.work_there.notify_one();
    }

    /// What the calling thread does next: take the result whose turn it is, or else work itself, or else wait.
    fn turn(&self) -> Turn<I, O> {
        let mut tables = self.tables();
        loop {
            assert!(!tables.lost, "a piece of work panicked");
            if let Some(result) = tables.results.front_mut().and_then(Option::take) {
                tables.results.pop_front();
                tables.first += 1;
                return Turn::Take(result);
            }
            if let Some((number, piece)) = tables.pieces.pop_front() {
                return Turn::Work(number, piece);
            }
            tables = self
                .result_there
                .wait(tables)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, number: usize, result: O) {
        let mut tables = self.tables();
        let place = number - tables.first;
        if let Some(place) = tables.results.get_mut(place) {
            *place = Some(result);
        }
        self.result_there.notify_one();
    }

    fn help(&self, work: impl Fn(I) -> O) {
        let _noticed = Noticed(self);
        loop {
            let mut tables = self.tables();
            let (number, piece) = loop {
                if tables.closed {
                    return;
                }
                if let Some(piece) = tables.pieces.pop_front() {
                    break piece;
                }
                tables = self
                    .work_there
                    .wait(tables)
                    .unwrap_or_else(PoisonError::into_inner);
            };
            drop(tables);
            self.put(number, work(piece));
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables<I, O>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Closing<'a, I, O>(&'a Hall<I, O>);

impl<I, O> Drop for Closing<'_, I, O> {
    fn drop(&mut self) {
        self.0.tables().closed = true;
        self.0.work_there.notify_all();
    }
}

/// Tells when its thread panics.
struct Noticed<'a, I, O>(&'a Hall<I, O>);

impl<I, O> Drop for Noticed<'_, I, O> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.tables().lost = true;
            self.0.result_there.notify_one();
        }
    }
}
