//! `lifeboat`: recovery of 2-of-2 MPC wallet keys, offline, from what a company holds.
//!
//! Three floors, each of which looks down only:
//!
//! | room | holds |
//! | --- | --- |
//! | [`crypto`] | primitives and the share mathematics: same inputs, same outputs |
//! | [`formats`] | nouns: bytes to types and back, strict and bounded |
//! | [`operations`] | verbs: one file per job, over readers and writers |
//!
//! The doors to a person and to a network are binaries under `src/bin/`. `docs/FORMATS.md` describes every byte
//! read or written; the code cites its sections.
#![forbid(unsafe_code)]

pub mod crypto;
pub mod formats;
pub mod operations;
