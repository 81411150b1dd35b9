//! The workspace's own extended keys, in the shape of a takeover's, with keyset and first account (FORMATS.md §17).

use std::fmt::Write;

use crate::{crypto::secret::SecretText, formats::kit::metadata::SigningKey};

/// More than one key takes: two extended keys of 111 characters, an id, names and numbers.
const LONGEST: usize = 512;

/// One key of the workspace.
pub struct WorkspaceKey<'a> {
    /// The key as the kit's metadata lists it.
    pub signing: &'a SigningKey,
    /// First vault account its keyset serves, where known.
    pub min_account: Option<u32>,
    /// `xpub…` or `fpub…`.
    pub extended_public: &'a str,
    /// `xprv…` or `fprv…`.
    pub extended_private: SecretText,
}

/// A JSON array, one object per key.
#[must_use]
pub fn workspace_keys_json(keys: &[WorkspaceKey<'_>]) -> SecretText {
    // All of its room at once: text that grows leaves the old block behind.
    let mut out = String::with_capacity(16 + keys.len() * LONGEST);
    out.push('[');

    for (index, key) in keys.iter().enumerate() {
        let accounts = key
            .min_account
            .map_or("null".to_owned(), |first| first.to_string());
        let comma = if index == 0 { "" } else { "," };
        let signing = key.signing;
        let begun = write!(
            out,
            "{comma}\n{{\"keyId\":\"{}\",\"algorithm\":\"{}\",\"keysetId\":{},\"minAccount\":{accounts},\"privateKey\":\"",
            signing.id,
            signing.algorithm.name(),
            signing.keyset
        );
        begun.expect("a string takes what is written");
        out.push_str(key.extended_private.expose());
        out.push_str("\",\"publicKey\":\"");
        out.push_str(key.extended_public);
        out.push_str("\"}");
    }

    out.push_str("\n]\n");
    SecretText::new(out)
}
