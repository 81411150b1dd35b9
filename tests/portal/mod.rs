//! Portal backups, black box: what the provider's library and others made, made-up sharings, bad input.

mod portal_addresses;
mod portal_bad_input;
mod portal_bounds;
mod portal_commands;
mod portal_customers;
mod portal_exports;
mod portal_losses;
mod portal_property;
mod portal_seal;
pub(crate) mod portal_sharing;
mod portal_vectors;
