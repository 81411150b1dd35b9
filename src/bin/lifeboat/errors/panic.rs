//! Mistakes of this program: a panic becomes a failure that says where, never what, and unwinding wipes what it held.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, set_hook},
    sync::{Mutex, PoisonError},
};

use crate::{
    errors::{catalogue::Machine, failure::Failure},
    outcomes::Outcome,
};

/// Where the first panic was.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// Runs a command; a panic in it is a failure.
pub(crate) fn caught(
    command: impl FnOnce() -> Result<Outcome, Failure>,
) -> Result<Outcome, Failure> {
    // The message of a panic may quote what it choked on: only its place is kept.
    set_hook(Box::new(|panic| {
        let mut place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        place.get_or_insert_with(|| {
            panic
                .location()
                .map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()))
        });
    }));
    catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|_| {
        let place = PLACE
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .unwrap_or_default();
        Err(Failure::new(
            Machine::InternalError,
            format!("internal error{place}: this is a bug in lifeboat"),
        ))
    })
}

// Beside the code because no command makes a mistake on purpose.
#[cfg(test)]
mod tests {
    use super::caught;
    use crate::errors::catalogue::Machine;

    #[test]
    fn a_panic_is_told_by_its_place_alone() {
        let failure = caught(|| panic!("with a secret in its words"))
            .err()
            .expect("it failed");
        assert!(failure.is(Machine::InternalError));
        assert!(
            failure.message().contains("panic.rs:"),
            "{}",
            failure.message()
        );
        assert!(
            !failure.lines().join("\n").contains("secret in"),
            "{:?}",
            failure.lines()
        );
    }
}
