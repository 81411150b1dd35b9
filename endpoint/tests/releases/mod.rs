//! Releases of server shares: who gets which, when, and what is recorded.

mod among_many;
mod audit;
mod beside;
mod cold;
mod leaks;
mod notices;
mod policy;
mod races;
mod shares;
