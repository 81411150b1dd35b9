//! Black box and vectors: what the built binary and the public library do, seen from outside.
//!
//! | module | shows |
//! | --- | --- |
//! | `vectors` | every file in `fixtures/` gives the expected values; an unvisited file fails |
//! | `bad_input` | one test for each thing that bad input can be |
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "a test says what it expects by unwrapping, and says on stderr what it could not try"
)]

mod bad_input;
mod support;
mod vectors;
