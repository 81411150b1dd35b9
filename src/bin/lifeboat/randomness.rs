//! The operating system's generator, asked by the system call itself.
//!
//! The `getrandom` crate looks the C library's function up by its name while the program runs. A static program has no
//! names to look up; the crate would then open `/dev/urandom`, which the sandbox refuses. So on Linux it is not asked.

use rand_core::UnwrapErr;

#[cfg(not(target_os = "linux"))]
pub(crate) use getrandom::SysRng as SystemRandom;

/// A generator that ends the run where the system has no random numbers to give.
pub(crate) type Generator = UnwrapErr<SystemRandom>;

/// The generator.
pub(crate) fn generator() -> Generator {
    UnwrapErr(SystemRandom)
}

/// What the system call gives.
#[cfg(target_os = "linux")]
pub(crate) struct SystemRandom;

#[cfg(target_os = "linux")]
mod system {
    use rand_core::{TryCryptoRng, TryRng};
    use rustix::{
        io::Errno,
        rand::{GetRandomFlags, getrandom},
    };

    use super::SystemRandom;

    impl TryRng for SystemRandom {
        type Error = Errno;

        fn try_next_u32(&mut self) -> Result<u32, Errno> {
            let mut bytes = [0; 4];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u32::from_ne_bytes(bytes))
        }

        fn try_next_u64(&mut self) -> Result<u64, Errno> {
            let mut bytes = [0; 8];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u64::from_ne_bytes(bytes))
        }

        /// A signal may interrupt the call, and end it early where much is asked for.
        fn try_fill_bytes(&mut self, mut rest: &mut [u8]) -> Result<(), Errno> {
            while !rest.is_empty() {
                match getrandom(&mut *rest, GetRandomFlags::empty()) {
                    Ok(given) => rest = rest.get_mut(given..).unwrap_or_default(),
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        }
    }

    impl TryCryptoRng for SystemRandom {}
}
