//! How a command ends badly: codes and what is known of each, and the failure that carries one.

pub(crate) mod catalogue;
pub(crate) mod code;
pub(crate) mod failure;
pub(crate) mod panic;
pub(crate) mod systems;
mod usage;
pub(crate) mod wrong_file;
