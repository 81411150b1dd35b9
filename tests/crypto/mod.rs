//! The arithmetic that every command stands on, called from outside the library.
//!
//! - `batch_hash`: the hashes of the batch agree with the crates' general ones
//! - `edges`: edges that another check hides from every command
//! - `sharings`: random sharings recombine

mod batch_hash;
mod edges;
mod rehearsals;
mod sharings;
