//! What is done before the first secret is read: memory, machine, confinement.

pub(crate) mod allowed_paths;
#[cfg(target_os = "linux")]
pub(crate) mod calls;
pub(crate) mod clock;
pub(crate) mod confine;
pub(crate) mod descriptors;
pub(crate) mod machine;
mod memory;
#[cfg(all(target_os = "linux", any(debug_assertions, feature = "memory-dump")))]
pub(crate) mod memory_dump;
pub(crate) mod memory_limits;
pub(crate) mod prepare;
pub(crate) mod program;
