//! How a command ends badly: the failure, its hints, and the catalogue of codes.

pub(crate) mod catalogue;
pub(crate) mod content_hints;
pub(crate) mod failure;
pub(crate) mod key_hints;
pub(crate) mod kit_hints;
pub(crate) mod list_hints;
pub(crate) mod panic;
pub(crate) mod portal_hints;
pub(crate) mod takeover_hints;
