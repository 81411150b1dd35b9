//! The workspace's own extended keys, in the shape of a takeover's, with keyset and first account (FORMATS.md §17).

use std::io::{Result, Write};

use crate::{crypto::secret::SecretText, formats::kit::metadata::SigningKey};

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

/// Writes a JSON array, one object per key. Each private key goes out by itself, so that no copy of it is left behind.
///
/// # Errors
/// Those of `out`.
pub fn write_workspace_keys<'a>(
    out: &mut impl Write,
    keys: impl Iterator<Item = WorkspaceKey<'a>>,
) -> Result<()> {
    out.write_all(b"[")?;

    for (index, key) in keys.enumerate() {
        let accounts = key
            .min_account
            .map_or("null".to_owned(), |first| first.to_string());
        let comma = if index == 0 { "" } else { "," };
        let signing = key.signing;
        write!(
            out,
            "{comma}\n{{\"keyId\":\"{}\",\"algorithm\":\"{}\",\"keysetId\":{},\"minAccount\":{accounts},\"privateKey\":\"",
            signing.id,
            signing.algorithm.name(),
            signing.keyset
        )?;
        out.write_all(key.extended_private.expose().as_bytes())?;
        write!(out, "\",\"publicKey\":\"{}\"}}", key.extended_public)?;
    }

    out.write_all(b"\n]\n")
}
