//! The allocator by itself: blocks are aligned, keep what is written, never overlap, and are zero when they go back. Run by
//! `cargo test`, and under AddressSanitizer by `.ci/sanitize`.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    slice::{from_raw_parts, from_raw_parts_mut},
};

use zeroizing_alloc::ZeroAlloc;

use super::{Blocks, MEMORY, SMALL};

/// A block, and the byte that all of it holds.
struct Held {
    block: *mut u8,
    layout: Layout,
    filling: u8,
}

impl Held {
    fn take(layout: Layout, filling: u8, zeroed: bool) -> Self {
        // SAFETY: no layout of these tests is empty.
        let block = unsafe {
            if zeroed {
                MEMORY.alloc_zeroed(layout)
            } else {
                MEMORY.alloc(layout)
            }
        };
        assert!(!block.is_null() && block.addr() % layout.align() == 0);
        let mut held = Self {
            block,
            layout,
            filling: 0,
        };
        if zeroed {
            held.holds(layout.size());
        }
        held.fill(filling);
        held
    }

    fn fill(&mut self, filling: u8) {
        self.filling = filling;
        // SAFETY: the block has so many bytes and belongs to this test alone.
        unsafe { from_raw_parts_mut(self.block, self.layout.size()) }.fill(filling);
    }

    fn holds(&self, length: usize) {
        // SAFETY: as above, and every byte has been written.
        let bytes = unsafe { from_raw_parts(self.block, length) };
        assert!(bytes.iter().all(|byte| *byte == self.filling));
    }

    fn resize(&mut self, size: usize) {
        // SAFETY: the block came from there with this layout, and the size is small and not zero.
        let block = unsafe { MEMORY.realloc(self.block, self.layout, size) };
        assert!(!block.is_null() && block.addr() % self.layout.align() == 0);
        let kept = size.min(self.layout.size());
        self.block = block;
        self.layout = Layout::from_size_align(size, self.layout.align()).expect("it is small");
        self.holds(kept);
        self.fill(self.filling);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.holds(self.layout.size());
        // SAFETY: the block came from there with this layout.
        unsafe { MEMORY.dealloc(self.block, self.layout) }
    }
}

/// Xorshift: the same numbers in every run.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 16).unwrap_or(0)
}

/// Takes, fills, resizes and gives back blocks of all sizes in an order of its own.
fn churn(seed: u64) {
    let (mut state, mut held) = (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), Vec::new());
    for _ in 0..4_000 {
        let size = match next(&mut state) % 8 {
            0 => SMALL - 8 + next(&mut state) % 16,
            1 => 1 + next(&mut state) % (2 * SMALL),
            _ => 1 + next(&mut state) % 2_000,
        };
        let align = 1 << (next(&mut state) % 13);
        let filling = 1 + u8::try_from(next(&mut state) % 255).unwrap_or(0);
        let place = next(&mut state) % (held.len() + 1);

        match next(&mut state) % 4 {
            0 if place < held.len() => drop(held.swap_remove(place)),
            1 if place < held.len() => {
                let one: &mut Held = &mut held[place];
                one.resize(size);
            }
            what => {
                let layout = Layout::from_size_align(size, align).expect("it is small");
                held.push(Held::take(layout, filling, what == 2));
            }
        }
        // More than the arena has room for, so that it runs full and the system takes over.
        if held.len() > 400 {
            drop(held.swap_remove(place % 400));
        }
    }
}

// One test: the second half leaves the arena no room while it runs.
#[test]
fn blocks_come_from_their_place_and_keep_what_is_written_whichever_thread_takes_them() {
    for (size, is_small) in [(1, true), (SMALL, true), (SMALL + 1, false)] {
        let layout = Layout::from_size_align(size, 8).expect("it is small");
        let held = Held::take(layout, 7, false);
        assert_eq!(Blocks::is_in_arena(held.block), is_small, "{size}");
    }

    let threads: Vec<_> = (1..=4)
        .map(|seed| std::thread::spawn(move || churn(seed)))
        .collect();
    for thread in threads {
        thread.join().expect("no block was mixed up");
    }
}

/// Hands blocks on, and looks at what comes back.
struct Watch;

// SAFETY: the system's allocator does everything.
unsafe impl GlobalAlloc for Watch {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise: the block is there until it goes to the system.
        unsafe {
            let bytes = from_raw_parts(block, layout.size());
            assert!(bytes.iter().all(|byte| *byte == 0), "it comes back unwiped");
            System.dealloc(block, layout);
        }
    }
}

#[test]
fn a_block_that_is_given_back_or_grown_is_wiped() {
    let wiping = ZeroAlloc(Watch);
    for size in [1, 31, 32, 4_096, 1 << 20] {
        let layout = Layout::from_size_align(size, 8).expect("it is small");
        // SAFETY: the layouts are those the block has at that moment.
        unsafe {
            let block = wiping.alloc(layout);
            block.write_bytes(0xa5, size);
            let grown = wiping.realloc(block, layout, 3 * size);
            assert!(from_raw_parts(grown, size).iter().all(|byte| *byte == 0xa5));
            grown.write_bytes(0xa5, 3 * size);
            let layout = Layout::from_size_align(3 * size, 8).expect("it is small");
            wiping.dealloc(grown, layout);
        }
    }
}
