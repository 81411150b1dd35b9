//! `lifeboat-endpoint`: what a company runs when the wallet provider is gone, or beside it beforehand, so that its users
//! get their keys back.
//!
//! | room | holds | knows alone |
//! | --- | --- | --- |
//! | [`clock`] | what time it is | the system's clocks |
//! | [`files`] | reads what the configuration names | – |
//! | [`domain`] | nouns and rules; time is an argument | – |
//! | [`config`] | the configuration | TOML |
//! | [`identity`] | who asks | tokens and signatures |
//! | [`keys`] | who opens | plain secrets |
//! | [`store`] | where it lies | SQL |
//! | [`record_keys`] | takes keys of single records in, for cold mode | – |
//! | [`notify`] | tells the company what happens | – |
//! | [`routes`] | what is asked and answered | HTTP |
//!
//! `domain` ← `config` ← `identity`, `keys`, `store` ← `notify`, `record_keys` ← `routes` ← the program. `outbound` alone calls other hosts. `tests/house.rs` says which rule a change
//! breaks. It never joins shares, never sees a passphrase or a full key, and keeps nothing secret unsealed.
#![forbid(unsafe_code)]

pub mod clock;
pub mod config;
pub mod domain;
pub mod files;
pub mod identity;
pub mod keys;
pub mod log;
pub mod metrics;
pub mod notify;
pub mod outbound;
pub mod page;
pub mod record_keys;
pub mod routes;
pub mod store;
