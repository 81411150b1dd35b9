//! Portal's backups: collected, inspected, joined to keys, repaired.

pub mod collect;
pub mod eject;
pub mod inspect;
pub mod repair;
