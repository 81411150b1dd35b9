//! What serves every operation.
//!
//! - `parallel`: work on many threads: in order, bounded, ended by errors and panics

mod parallel;
