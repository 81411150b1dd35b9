//! What a terminal shows, by its size and its kind.
//!
//! - `lines`: whole words, digests in one piece, tables that fit the screen
//! - `colours`: where they are, and where not
//! - `progress`: drawn, as lines of text, or not at all
//! - `qr`: codes that a scanner reads, or the reason why not
//! - `large_results`: what does not run over the screen

mod colours;
mod large_results;
mod lines;
mod progress;
mod qr;
