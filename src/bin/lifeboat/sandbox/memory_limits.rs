//! What the system is asked about the process's memory: none of it in dumps, none of it swapped, no debugger; and how deep
//! the stack is that is wiped at the end.

use lifeboat::crypto::secret::wipe_stack;

use super::memory::ARENA_SIZE;

/// What the system granted against copies of memory on disk.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MemoryProtection {
    /// Bytes of the arena that are never swapped out.
    pub(crate) locked: usize,
    /// Whether all other memory is locked too: where no limit is in the way.
    pub(crate) all_locked: bool,
    /// Neither core dumps nor debuggers of the same user.
    pub(crate) no_dumps: bool,
}

impl MemoryProtection {
    /// Whether the whole arena is locked.
    pub(crate) fn is_whole(&self) -> bool {
        self.locked == ARENA_SIZE
    }
}

/// Locks memory as far as the system allows and forbids dumps. To be called before the first secret is there.
#[cfg(target_os = "linux")]
pub(crate) fn protect_memory() -> MemoryProtection {
    use rustix::{
        mm::{MlockAllFlags, mlockall},
        process::{
            DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
        },
    };

    let limit = getrlimit(Resource::Memlock);
    let most = Rlimit {
        current: limit.maximum,
        ..limit
    };
    let _ = setrlimit(Resource::Memlock, most);
    // Memory that is mapped later must stay possible: with a limit, locking all of it would make large blocks fail.
    let everything = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    let all_locked = limit.maximum.is_none() && mlockall(everything).is_ok();

    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let no_core = setrlimit(Resource::Core, none).is_ok();
    let not_dumpable = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok();

    MemoryProtection {
        locked: super::memory::lock_arena(),
        all_locked,
        no_dumps: no_core && not_dumpable,
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn protect_memory() -> MemoryProtection {
    MemoryProtection::default()
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

    const LEAST_STACK: u64 = 2 << 20;

    let limit = getrlimit(Resource::Stack).current;
    limit.is_none_or(|limit| limit >= LEAST_STACK)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn has_roomy_stack() -> bool {
    true
}
