//! Work on many threads, results in order, memory bounded: used to check lists and to derive.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread::Builder,
};

use crate::crypto::secret::wipe_stack;

/// More than the work on a piece goes deep.
const DEEPEST: usize = 256 << 10;
/// Given to every worker, whatever the environment says (`RUST_MIN_STACK`): the above, and room for the work.
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
    let queue = Queue::new();
    let _wiped = WipedBelow;
    std::thread::scope(|scope| {
        // Whichever way this is left, the workers end.
        let _closing = Closing(&queue);
        let mut running = 1;
        for _ in 1..threads {
            let working = || {
                let _wiped = WipedBelow;
                queue.work_until_closed(&work);
            };
            // Where the system grants no more threads, those that there are do the work.
            let worker = Builder::new().stack_size(STACK);
            if worker.spawn_scoped(scope, working).is_err() {
                break;
            }
            running += 1;
        }
        queue.run(running * UNDER_WAY, next, &work, take)
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
struct Queue<I, O> {
    state: Mutex<State<I, O>>,
    /// A piece was pushed, or the queue closes.
    work_ready: Condvar,
    /// A result is there, or will never come.
    result_ready: Condvar,
}

struct State<I, O> {
    /// Pieces that nobody works on yet, with their number.
    pieces: VecDeque<(usize, I)>,
    /// What came of the pieces from `first` on; `None` where it is not there yet.
    results: VecDeque<Option<O>>,
    first: usize,
    closed: bool,
    /// A worker panicked: the result of its piece will never come.
    panicked: bool,
}

enum Turn<I, O> {
    Take(O),
    Work(usize, I),
}

impl<I, O> Queue<I, O> {
    fn new() -> Self {
        let state = State {
            pieces: VecDeque::new(),
            results: VecDeque::new(),
            first: 0,
            closed: false,
            panicked: false,
        };
        Self {
            state: Mutex::new(state),
            work_ready: Condvar::new(),
            result_ready: Condvar::new(),
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
                        self.push(piece);
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
                Turn::Work(number, piece) => self.complete(number, work(piece)),
            }
        }
    }

    fn push(&self, piece: I) {
        let mut state = self.state();
        let number = state.first + state.results.len();
        state.pieces.push_back((number, piece));
        state.results.push_back(None);
        self.work_ready.notify_one();
    }

    /// What the calling thread does next: take the result whose turn it is, or else work itself, or else wait.
    fn turn(&self) -> Turn<I, O> {
        let mut state = self.state();
        loop {
            assert!(!state.panicked, "a piece of work panicked");
            if let Some(result) = state.results.front_mut().and_then(Option::take) {
                state.results.pop_front();
                state.first += 1;
                return Turn::Take(result);
            }
            if let Some((number, piece)) = state.pieces.pop_front() {
                return Turn::Work(number, piece);
            }
            state = self
                .result_ready
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn complete(&self, number: usize, result: O) {
        let mut state = self.state();
        let place = number - state.first;
        if let Some(place) = state.results.get_mut(place) {
            *place = Some(result);
        }
        self.result_ready.notify_one();
    }

    fn work_until_closed(&self, work: impl Fn(I) -> O) {
        let _notice = PanicNotice(self);
        loop {
            let mut state = self.state();
            let (number, piece) = loop {
                if state.closed {
                    return;
                }
                if let Some(piece) = state.pieces.pop_front() {
                    break piece;
                }
                state = self
                    .work_ready
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            };
            drop(state);
            self.complete(number, work(piece));
        }
    }

    fn state(&self) -> MutexGuard<'_, State<I, O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Closing<'a, I, O>(&'a Queue<I, O>);

impl<I, O> Drop for Closing<'_, I, O> {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.work_ready.notify_all();
    }
}

/// Notes it in the queue when its thread panics.
struct PanicNotice<'a, I, O>(&'a Queue<I, O>);

impl<I, O> Drop for PanicNotice<'_, I, O> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.state().panicked = true;
            self.0.result_ready.notify_one();
        }
    }
}
