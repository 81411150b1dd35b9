//! The allocator: every block is wiped when it is given back, and small blocks live in one arena that is locked against
//! swapping. Unsafe because an allocator cannot do without; so is `descriptors.rs`, nothing else.
//!
//! Wiping belongs here because it then holds on every path, panics and libraries included: numbers that the RSA code
//! drops half-way are wiped like any other. docs/DESIGN.md says what the other layers are for; `.ci/sanitize` runs the tests
//! below and whole commands under AddressSanitizer.
#![allow(
    unsafe_code,
    reason = "a global allocator is unsafe by its trait, and so is locking what it hands out"
)]

use std::alloc::{GlobalAlloc, Layout, System};

use spinning_top::RawSpinlock;
use talc::{TalcLock, source::Claim};
use zeroizing_alloc::ZeroAlloc;

/// Under the 8 MiB that systems let any process lock, and several times what a command needs for its secrets.
pub(super) const ARENA_SIZE: usize = 4 << 20;

/// Blocks up to this size live in the arena: keys, passphrases and the files that hold them. Larger ones are results
/// on their way to the disk.
const SMALL: usize = 128 << 10;

/// Growing a block takes a new one and wipes the old: `ZeroAlloc` leaves `realloc` to the trait, which does just that.
#[global_allocator]
static MEMORY: ZeroAlloc<Blocks> = ZeroAlloc(Blocks);

#[repr(C, align(4096))]
struct Region([u8; ARENA_SIZE]);

static mut REGION: Region = Region([0; ARENA_SIZE]);

// SAFETY: the region is claimed once, here, and nothing else reads or writes it.
static ARENA: TalcLock<RawSpinlock, Claim> =
    TalcLock::new(unsafe { Claim::new((&raw mut REGION).cast(), ARENA_SIZE) });

/// Takes small blocks from the arena while it has room, all others from the system.
struct Blocks;

impl Blocks {
    fn is_in_arena(block: *mut u8) -> bool {
        let start = (&raw const REGION).addr();
        (start..start + ARENA_SIZE).contains(&block.addr())
    }
}

// SAFETY: every block goes back to where it came from, which its address tells: the arena lies in a region of its own
// that the system's allocator never hands out.
unsafe impl GlobalAlloc for Blocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() <= SMALL {
            // SAFETY: the caller's promises about `layout` are those the arena asks for.
            let block = unsafe { ARENA.alloc(layout) };
            if !block.is_null() {
                return block;
            }
        }
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() > SMALL {
            // SAFETY: the caller's promises about `layout` are those the system asks for.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: as above; a block that is there has `layout.size()` bytes.
        unsafe {
            let block = self.alloc(layout);
            if !block.is_null() {
                block.write_bytes(0, layout.size());
            }
            block
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if Self::is_in_arena(block) {
            // SAFETY: it came from the arena, with this layout.
            unsafe { ARENA.dealloc(block, layout) }
        } else {
            // SAFETY: it came from the system, with this layout.
            unsafe { System.dealloc(block, layout) }
        }
    }
}

/// Locks the arena, or as much of its beginning as the limit allows: blocks are taken from there first. Returns how many
/// bytes are locked.
#[cfg(target_os = "linux")]
pub(super) fn lock_arena() -> usize {
    let mut sizes = std::iter::successors(Some(ARENA_SIZE), |size| Some(size / 2));
    // SAFETY: locking reads and writes nothing, and the region lives as long as the program.
    let locks =
        |size: &usize| unsafe { rustix::mm::mlock((&raw mut REGION).cast(), *size) }.is_ok();
    sizes
        .by_ref()
        .take_while(|size| *size >= 4096)
        .find(locks)
        .unwrap_or(0)
}

// Beside the code because no command shows a block that is mixed up with another.
#[cfg(test)]
mod tests;
