//! Portal backups, black box: what the provider's library and others made, made-up sharings, bad input.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "tests say what they expect by unwrapping, in helpers too"
)]

mod portal_addresses;
mod portal_bad_input;
mod portal_commands;
mod portal_property;
mod portal_sharing;
mod portal_vectors;
