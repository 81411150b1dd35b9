//! What every test has at hand: a folder, a server in it, and a client that shows what came back.
#![allow(
    dead_code,
    reason = "a client has every method, whether a test needs it today or not"
)]

pub(crate) mod client;
pub(crate) mod company;
pub(crate) mod database;
pub(crate) mod folder;
pub(crate) mod jwe;
pub(crate) mod portal;
pub(crate) mod receiver;
pub(crate) mod server;
pub(crate) mod tokens;
pub(crate) mod unread;
pub(crate) mod users;
pub(crate) mod vault;
