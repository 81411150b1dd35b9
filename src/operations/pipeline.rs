//! Work on many threads, results in order, memory bounded: what `survey` and `derive` stand on.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::Builder,
};

use crate::crypto::secret::wipe_stack;

/// More than the work on a piece goes deep.
const DEEPEST: usize = 256 << 10;
/// Pieces under way for each thread: one being worked on, two waiting.
const UNDER_WAY: usize = 3;

/// Takes pieces from `next`, works on them with `threads` threads, and hands the results to `take` in the order of the
/// pieces. `next` and `take` run on the calling thread.
///
/// # Errors
/// The first error of `next` or `take`; pieces under way are then dropped.
///
/// # Panics
/// When `work` panics, and where the system grants not one thread.
pub fn in_order<I: Send, O: Send, E>(
    threads: usize,
    mut next: impl FnMut() -> Result<Option<I>, E>,
    work: impl Fn(I) -> O + Sync,
    mut take: impl FnMut(O) -> Result<(), E>,
) -> Result<(), E> {
    if threads <= 1 {
        // Waking another thread for every piece would cost more than the little it takes off this one.
        let mut one_by_one = || {
            while let Some(piece) = next()? {
                take(work(piece))?;
            }
            Ok(())
        };
        let done = one_by_one();
        wipe_stack::<DEEPEST>();
        return done;
    }
    std::thread::scope(|scope| {
        let mut lanes: Vec<Lane<I, O>> = Vec::with_capacity(threads);
        for _ in 0..threads {
            let (lane, work_in, work_out) = Lane::new();
            let work = &work;
            let begun = Builder::new().spawn_scoped(scope, move || {
                for piece in work_in {
                    if work_out.send(work(piece)).is_err() {
                        break;
                    }
                }
                wipe_stack::<DEEPEST>();
            });
            // Where the system grants no more threads, those that there are do the work.
            if begun.is_err() {
                break;
            }
            lanes.push(lane);
        }
        assert!(!lanes.is_empty(), "the system grants no thread");
        let threads = lanes.len();
        let (mut sent, mut taken, mut ended) = (0, 0, false);
        loop {
            while !ended && sent - taken < threads * UNDER_WAY {
                match next()? {
                    Some(piece) => {
                        lane(&lanes, sent).work_in.send(piece).expect("a worker only stops when its lane is dropped");
                        sent += 1;
                    }
                    None => ended = true,
                }
            }
            if taken == sent {
                return Ok(());
            }
            take(lane(&lanes, taken).work_out.recv().expect("a worker answers every piece unless it panicked"))?;
            taken += 1;
        }
    })
}

struct Lane<I, O> {
    work_in: SyncSender<I>,
    work_out: Receiver<O>,
}

impl<I, O> Lane<I, O> {
    fn new() -> (Self, Receiver<I>, SyncSender<O>) {
        let (work_in, inbox) = sync_channel(UNDER_WAY);
        let (outbox, work_out) = sync_channel(UNDER_WAY);
        (Self { work_in, work_out }, inbox, outbox)
    }
}

fn lane<I, O>(lanes: &[Lane<I, O>], piece: usize) -> &Lane<I, O> {
    lanes.get(piece % lanes.len()).expect("the remainder is below the number of lanes")
}
