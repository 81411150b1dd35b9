//! The program's memory: small blocks in one arena that is locked against swapping, every block wiped when it is given
//! back, no dumps, no debuggers. Unsafe because an allocator cannot do without; so is `descriptors.rs`, nothing else.
//!
//! Wiping belongs here because it then holds on every path, panics and libraries included: numbers that the RSA code
//! drops half-way are wiped like any other.
#![allow(
    unsafe_code,
    reason = "a global allocator is unsafe by its trait, and so are the calls that lock and clear"
)]

use std::alloc::{GlobalAlloc, Layout, System};

use lifeboat::crypto::secret::wipe_stack;
use spinning_top::RawSpinlock;
use talc::{TalcLock, source::Claim};
use zeroizing_alloc::ZeroAlloc;

/// Under the 8 MiB that systems let any process lock, and several times what a command needs for its secrets.
const ARENA_SIZE: usize = 4 << 20;

/// Blocks up to this size live in the arena: keys, passphrases and the files that hold them. Larger ones are results
/// on their way to the disk.
const SMALL: usize = 128 << 10;

/// Blocks from this size on are mapped one by one: given back, they are gone from the process and the system wipes them;
/// growing them moves no bytes.
const HUGE: usize = 64 << 20;

#[global_allocator]
static MEMORY: Memory = Memory(ZeroAlloc(Blocks));

#[repr(C, align(4096))]
struct Region([u8; ARENA_SIZE]);

static mut REGION: Region = Region([0; ARENA_SIZE]);

// SAFETY: the region is claimed once, here, and nothing else reads or writes it.
static ARENA: TalcLock<RawSpinlock, Claim> =
    TalcLock::new(unsafe { Claim::new((&raw mut REGION).cast(), ARENA_SIZE) });

/// Wipes what is given back.
struct Memory(ZeroAlloc<Blocks>);

// SAFETY: huge blocks are mapped and unmapped, all others are those of `Blocks`: which, their layout tells.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if huge::is(layout) {
            return huge::map(layout.size());
        }
        // SAFETY: the caller's promises about `layout` are those asked for here; so below.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if huge::is(layout) {
            // What is mapped anew is zero.
            return huge::map(layout.size());
        }
        // SAFETY: as above.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if huge::is(layout) {
            // SAFETY: a block of this layout was mapped.
            unsafe { huge::unmap(block, layout.size()) }
        } else {
            // SAFETY: as above.
            unsafe { self.0.dealloc(block, layout) }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: `size` and `align` make a layout, as the caller promises.
        let grown = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if huge::is(layout) && huge::is(grown) {
            // SAFETY: a block of this layout was mapped.
            return unsafe { huge::remap(block, layout.size(), size) };
        }
        // SAFETY: both blocks have at least the bytes copied.
        unsafe {
            let new = self.alloc(grown);
            if !new.is_null() {
                new.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
            new
        }
    }
}

#[cfg(target_os = "linux")]
mod huge {
    use std::{alloc::Layout, ptr::null_mut};

    use rustix::mm::{MapFlags, MremapFlags, ProtFlags, mmap_anonymous, mremap, munmap};

    /// Least size of a page.
    const PAGE: usize = 4096;

    pub(crate) fn is(layout: Layout) -> bool {
        layout.size() >= super::HUGE && layout.align() <= PAGE
    }

    pub(crate) fn map(size: usize) -> *mut u8 {
        // SAFETY: the system chooses a place where nothing is.
        unsafe {
            mmap_anonymous(
                null_mut(),
                size,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::PRIVATE,
            )
        }
        .map_or(null_mut(), <*mut _>::cast)
    }

    /// # Safety
    /// `map` or `remap` gave the block, with this size.
    pub(crate) unsafe fn remap(block: *mut u8, size: usize, new: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { mremap(block.cast(), size, new, MremapFlags::MAYMOVE) }
            .map_or(null_mut(), <*mut _>::cast)
    }

    /// # Safety
    /// `map` or `remap` gave the block, with this size.
    pub(crate) unsafe fn unmap(block: *mut u8, size: usize) {
        // SAFETY: the caller's promise. It fails only for what was never mapped.
        let _ = unsafe { munmap(block.cast(), size) };
    }
}

/// Elsewhere no block is huge.
#[cfg(not(target_os = "linux"))]
mod huge {
    use std::{alloc::Layout, ptr::null_mut};

    pub(crate) fn is(_layout: Layout) -> bool {
        false
    }

    pub(crate) fn map(_size: usize) -> *mut u8 {
        null_mut()
    }

    pub(crate) unsafe fn remap(_block: *mut u8, _size: usize, _new: usize) -> *mut u8 {
        null_mut()
    }

    pub(crate) unsafe fn unmap(_block: *mut u8, _size: usize) {}
}

/// Takes small blocks from the arena, all others from the system.
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

/// What the system granted against copies of memory on disk.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Guarded {
    /// Bytes of the arena that are never swapped out.
    pub(crate) locked: usize,
    /// Whether all other memory is locked too: where no limit stands in the way.
    pub(crate) all_locked: bool,
    /// Neither core dumps nor debuggers of the same user.
    pub(crate) no_dumps: bool,
}

impl Guarded {
    /// Whether the whole arena is locked.
    pub(crate) fn is_whole(&self) -> bool {
        self.locked == ARENA_SIZE
    }
}

/// Locks the arena as far as the system allows and forbids dumps. To be called before the first secret is there.
#[cfg(target_os = "linux")]
pub(crate) fn guard() -> Guarded {
    use rustix::{
        mm::{MlockAllFlags, mlockall},
        process::{
            DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
        },
    };

    let limit = getrlimit(Resource::Memlock);
    let _ = setrlimit(
        Resource::Memlock,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    );
    // Memory that is mapped later must stay possible: with a limit, locking all of it would make large blocks fail.
    let everything = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    let all_locked = limit.maximum.is_none() && mlockall(everything).is_ok();
    let no_core = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )
    .is_ok();
    let not_dumpable = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok();
    Guarded {
        locked: lock_arena(),
        all_locked,
        no_dumps: no_core && not_dumpable,
    }
}

/// Locks the arena, or as much of its beginning as the limit allows: blocks are taken from there first.
#[cfg(target_os = "linux")]
fn lock_arena() -> usize {
    let sizes = (0..)
        .map(|halvings| ARENA_SIZE >> halvings)
        .take_while(|size| *size >= 4096);
    // SAFETY: locking reads and writes nothing, and the region lives as long as the program.
    let locks =
        |size: &usize| unsafe { rustix::mm::mlock((&raw mut REGION).cast(), *size) }.is_ok();
    sizes.into_iter().find(locks).unwrap_or(0)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn guard() -> Guarded {
    Guarded::default()
}

/// More than any command's calls go deep.
const DEEPEST: usize = 256 << 10;

/// Wipes the stack below the caller, where a command that is done has left parts of what it calculated.
pub(crate) fn wipe_leftovers() {
    wipe_stack::<DEEPEST>();
}

/// Whether the first thread may go as deep as commands do, and be wiped afterwards.
#[cfg(target_os = "linux")]
pub(crate) fn has_roomy_stack() -> bool {
    use rustix::process::{Resource, getrlimit};

    let limit = getrlimit(Resource::Stack).current;
    limit.is_none_or(|limit| limit >= LEAST_STACK)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn has_roomy_stack() -> bool {
    true
}

#[cfg(target_os = "linux")]
const LEAST_STACK: u64 = 2 << 20;
