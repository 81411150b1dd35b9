//! The nouns: bytes to types and back.
//!
//! Parsers here are strict and bounded, and hand over whole things or an error that says what is wrong and where;
//! they never hand over a part. Nothing here knows a path, a terminal or a verb. Calls `crypto`; is called by
//! `operations` and the doors. Each file cites its section of `docs/FORMATS.md`.

pub mod address;
pub mod address_decode;
pub mod address_list;
pub mod address_meaning;
pub mod address_text;
pub mod age;
pub mod algorithm;
pub mod backup_message;
pub mod base58;
pub mod begun;
pub mod chain;
pub mod chain_names;
pub mod container_kind;
pub mod custodian_share;
pub mod decimal;
pub mod device_backup;
pub mod device_id;
pub mod device_list;
pub mod device_share;
pub mod extended_key;
pub mod foreign;
pub mod full_keys;
pub mod json;
mod json_tree;
mod key_armor;
mod key_der;
mod key_json;
pub mod key_path;
mod key_search;
pub mod keystore;
pub mod kit;
pub mod kit_names;
pub mod lent_json;
pub mod lifeboat_backup;
mod list_json;
mod list_rows;
mod list_shape;
pub mod locked_file;
pub mod message;
pub mod metadata;
mod openssh_key;
pub mod owner_share;
pub mod pem;
pub mod portal_address;
pub mod portal_ciphertext;
pub mod portal_field;
pub mod portal_file;
pub mod portal_key;
pub mod portal_names;
pub mod portal_rows;
pub mod portal_share;
pub mod prepared;
pub mod private_form;
pub mod record;
pub mod record_lines;
pub mod sealed;
pub mod server_shares;
pub mod shown;
pub mod wallet_id;
pub mod wallet_list;
pub mod zip_archive;
mod zip_layout;

pub use shown::printable;

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
