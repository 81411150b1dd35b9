//! What a terminal shows, by its size and its kind.
//!
//! - `lines`: whole words, digests in one piece, tables that fit the screen
//! - `colours`: where they are, and where not
//! - `progress`: drawn, as lines of text, or not at all

mod colours;
mod lines;
mod progress;
