//! Portal shares in every encoding they are found in: SDK plain texts, webhook rows, API answers (FORMATS.md §21).
//!
//! Wrappers are taken off one by one: base64, JSON text inside JSON, lists, the objects of requests and answers.
//! What is left is a client's share, a custodian's share, or a ciphertext that someone has to open first.

pub use super::items::{MAX_SHARES, PortalFileError, PortalItem};
use super::{
    exported_key::read_locked_portal_keys,
    fields::Provenance,
    stranger,
    walk::{Context, Reader},
};
use crate::crypto::secret::SecretBytes;
use crate::formats::{encoding::readable::from_wide, known_file::KnownFile, printable};

/// Largest file accepted, in bytes.
pub const MAX_PORTAL_FILE: u64 = 16 << 20;

/// Everything that a file or an opened ciphertext holds. `name` is what complaints call it.
///
/// # Errors
/// [`PortalFileError`]; a share that is wrong in one field is an error, not skipped.
pub fn read_portal_file(
    name: &str,
    bytes: &SecretBytes,
) -> Result<Vec<PortalItem>, PortalFileError> {
    read_within(name, bytes, Provenance::default())
}

/// The same for an opened ciphertext, whose shares come from where it came from.
///
/// # Errors
/// Those of [`read_portal_file`].
pub fn read_within(
    name: &str,
    bytes: &SecretBytes,
    provenance: Provenance,
) -> Result<Vec<PortalItem>, PortalFileError> {
    if let Ok(Some(_)) = read_locked_portal_keys(bytes.expose()) {
        return Err(PortalFileError::LockedKeys(printable(name)));
    }
    // Lines of ids look like hexadecimal digits, and a sealed file like a damaged share.
    if let Some(kind @ (KnownFile::WalletList | KnownFile::Sealed)) = KnownFile::of(bytes.expose())
    {
        return Err(PortalFileError::OtherFile(printable(name), kind));
    }
    let mut reader = Reader::new(name);
    let wide = from_wide(bytes.expose()).map(|(_, text)| text);
    let text = match &wide {
        Some(text) => Some(text.as_str()),
        None => std::str::from_utf8(bytes.expose()).ok(),
    };
    let context = Context::beginning(provenance);
    let read = match text {
        Some(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            reader.read_text(text, "", &context)
        }
        None => reader.read_binary(bytes.expose(), &context),
    };

    let is_share =
        |item: &PortalItem| !matches!(item, PortalItem::Empty(_) | PortalItem::MorePages(_));
    let nothing = !reader.found.iter().any(is_share);
    let not_share = PortalFileError::NotShare(printable(name));
    match read.and(if nothing { Err(not_share) } else { Ok(()) }) {
        Ok(()) => Ok(reader.finish()),
        // A place for a share that holds a key is no share that something is among.
        Err(error) if error.is_key() && nothing => Err(error),
        Err(error) if error.is_foreign() && reader.recognised => {
            Err(PortalFileError::Mixed(error.to_string()))
        }
        Err(_) if reader.saw_keys && nothing => Err(PortalFileError::Ejected(printable(name))),
        Err(error) if error.is_foreign() && !error.is_key() => {
            Err(stranger::named(name, bytes.expose(), text).unwrap_or(error))
        }
        Err(error) => Err(error),
    }
}
