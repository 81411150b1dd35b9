//! Work on many threads: in order, bounded, and never stuck.

use std::{
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    thread::sleep,
    time::{Duration, Instant},
};

use lifeboat::operations::parallel::in_order;
use proptest::prelude::*;

use crate::support::PATIENCE;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn results_come_in_order_and_few_are_under_way(
        threads in 0_usize..9,
        pauses in prop::collection::vec(0_u64..400, 0..60),
    ) {
        let under_way = AtomicUsize::new(0);
        let (mut pieces, mut taken) = (pauses.iter().copied().enumerate(), Vec::new());
        let done = in_order(
            threads,
            || {
                let piece = pieces.next();
                let most = under_way.fetch_add(usize::from(piece.is_some()), SeqCst);
                assert!(most < 3 * threads.max(1), "{most} pieces under way on {threads} threads");
                Ok(piece)
            },
            |(number, pause)| {
                sleep(Duration::from_micros(pause));
                number
            },
            |number| {
                under_way.fetch_sub(1, SeqCst);
                taken.push(number);
                Ok::<_, ()>(())
            },
        );
        prop_assert!(done.is_ok());
        prop_assert_eq!(taken, (0..pauses.len()).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_error_ends_it(threads in 1_usize..9, at in 0_u32..40, source: bool) {
        let (mut brought, mut taken) = (0, 0);
        let done = in_order(
            threads,
            || {
                brought += 1;
                if source && brought > at { Err(brought) } else { Ok(Some(brought)) }
            },
            |number| number,
            |number| {
                taken += 1;
                if !source && number > at { Err(number) } else { Ok(()) }
            },
        );
        prop_assert_eq!(done, Err(at + 1));
        let right = if source { taken <= at } else { taken == at + 1 };
        prop_assert!(right, "{} taken", taken);
    }
}

#[test]
fn every_thread_works() {
    let (mut pieces, there) = (0..4, AtomicUsize::new(0));
    // Each piece waits until all four are being worked on at once.
    let meet = |_| {
        there.fetch_add(1, SeqCst);
        let began = Instant::now();
        while there.load(SeqCst) < 4 {
            assert!(began.elapsed() < PATIENCE, "the threads take turns");
            sleep(Duration::from_micros(50));
        }
    };
    in_order(4, || Ok::<_, ()>(pieces.next()), meet, |()| Ok(())).unwrap();
}

#[test]
fn a_panic_ends_all_wherever_it_happens() {
    for threads in 1..5 {
        for bad in [0, 7, 19] {
            let mut pieces = 0..20;
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                in_order(
                    threads,
                    || Ok::<_, ()>(pieces.next()),
                    |number| {
                        sleep(Duration::from_micros(200));
                        assert_ne!(number, bad);
                    },
                    |()| Ok(()),
                )
            }));
            assert!(ended.is_err(), "{threads} threads, piece {bad}");
        }
    }
}
