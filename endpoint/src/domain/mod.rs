//! Nouns and rules, pure: the same facts and the same time give the same answer.
//!
//! Time is an argument, in milliseconds since 1970. Nothing here knows HTTP, SQL, files or clocks; everything else
//! may call it.

pub mod audit;
pub mod backup;
pub mod caller;
pub mod device;
pub mod grant;
pub mod harvest;
pub mod named_key;
pub mod notice;
pub mod policy;
pub mod portal;
pub mod portal_backup;
pub mod problem;
pub mod release;
pub mod rpc;
