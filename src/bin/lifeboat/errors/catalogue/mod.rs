//! What every error code means, how a run ends with it and what to type next.
//!
//! The file of an area has everything about an error that is the door's matter: its code, how a run ends with it, its
//! cause, remedy and hint, and which of the library's errors it is.

mod devices;
mod drills;
mod exports;
mod files;
mod guides;
mod keys;
mod kits;
mod lists;
mod machine;
mod portal;
mod seals;
mod sheets;

pub(crate) use self::{
    devices::Devices,
    drills::Drills,
    exports::Exports,
    files::{Doing, Files, SIZE_LIMIT, other_content, plain},
    guides::Guides,
    keys::Keys,
    kits::Kits,
    lists::Lists,
    machine::Machine,
    portal::{BACKUP_SHARE, FEWER_AT_ONCE, Portal},
    seals::Seals,
    sheets::Sheets,
};
use crate::errors::code::Area;

/// The chapters, in the order in which they are printed.
pub(crate) const AREAS: [Area; 12] = [
    Files::AREA,
    Keys::AREA,
    Sheets::AREA,
    Kits::AREA,
    Lists::AREA,
    Seals::AREA,
    Devices::AREA,
    Exports::AREA,
    Portal::AREA,
    Drills::AREA,
    Guides::AREA,
    Machine::AREA,
];
