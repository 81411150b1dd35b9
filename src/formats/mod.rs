//! The nouns: bytes to types and back.
//!
//! Parsers here are strict and bounded, and hand over whole things or an error that says what is wrong and where;
//! they never hand over a part. Nothing here knows a path, a terminal or a verb. Calls `crypto`; is called by
//! `operations` and the doors. Each file cites its section of `docs/FORMATS.md`.

pub mod chains;
pub mod device_share;
pub mod encoding;
pub mod full_key;
pub mod kit;
pub mod known_file;
pub mod portal;
pub mod recovery_key;
pub mod sealed;
pub mod server_share;
pub mod wallets;

pub use encoding::shown::printable;

/// Hyphens and dashes that programs put in the place of `-`.
#[must_use]
pub fn is_dash(letter: char) -> bool {
    matches!(
        letter,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' | '\u{2043}'
    )
}

/// Characters that leave no mark: soft hyphen, zero-width ones, byte order mark, signs of writing direction.
#[must_use]
pub fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}
