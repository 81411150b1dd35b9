//! The shapes of what chains sign, and of what resembles it: each is read to its last byte (FORMATS.md §19).

pub(super) mod bitcoin;
pub(super) mod cardano;
pub(super) mod cosmos;
pub(super) mod ethereum;
pub(super) mod msgpack;
pub(super) mod near;
pub(super) mod protobuf;
pub(super) mod reader;
pub(super) mod ripple;
pub(super) mod solana;
pub(super) mod stellar;
pub(super) mod substrate;
pub(super) mod tezos;
