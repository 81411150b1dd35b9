//! Large answers until they are sent: how many bytes of them may wait, in all and for one address.
//!
//! A client that takes nothing of an answer makes the server keep it. Small answers are bounded by how many requests there are.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::limits::counted_as;

/// From how many bytes on an answer is a large one.
pub(super) const LARGE: u64 = 64 << 10;
/// Bytes of large answers that wait to be sent: in all, and for one address. Where none waits one is sent, however large.
const IN_ALL: u64 = 64 << 20;
const OF_ONE: u64 = 16 << 20;

/// Bytes that wait to be sent.
#[derive(Default)]
pub(super) struct Unsent {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    all: u64,
    by_address: HashMap<IpAddr, u64>,
}

impl Unsent {
    /// Room for an answer; `None` where too much waits already. Without an address it counts among all alone.
    pub(super) fn take(self: &Arc<Self>, address: Option<IpAddr>, bytes: u64) -> Option<Share> {
        let mut held = self.held();
        let has_room = |held: u64, most: u64| held == 0 || held.saturating_add(bytes) <= most;
        if !has_room(held.all, IN_ALL) {
            return None;
        }
        let address = address.map(counted_as);
        if let Some(address) = address {
            let of_this = held.by_address.get(&address).copied().unwrap_or_default();
            if !has_room(of_this, OF_ONE) {
                return None;
            }
            held.by_address.insert(address, of_this + bytes);
        }
        held.all += bytes;
        Some(Share {
            unsent: Arc::clone(self),
            address,
            bytes,
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The room of one answer. It goes with the answer, as one of its extensions, and is given back when it is dropped: whoever sends
/// the answer keeps it until then.
pub struct Share {
    unsent: Arc<Unsent>,
    address: Option<IpAddr>,
    bytes: u64,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.unsent.held();
        held.all = held.all.saturating_sub(self.bytes);
        let Some(address) = self.address else { return };
        if let Some(of_this) = held.by_address.get_mut(&address) {
            *of_this = of_this.saturating_sub(self.bytes);
            if *of_this == 0 {
                held.by_address.remove(&address);
            }
        }
    }
}
