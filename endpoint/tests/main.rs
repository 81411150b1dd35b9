//! Everything that is shown, from outside: the built program over HTTP and its commands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by unwrapping"
)]

mod bounds;
mod clock;
mod configuration;
mod connections;
mod demo;
mod description;
mod domain;
mod durability;
mod health;
mod house;
mod identity;
mod imports;
mod outsiders;
mod portal;
mod recovery;
mod releases;
mod reload;
mod running;
mod support;
mod takeover_page;
