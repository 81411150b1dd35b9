//! What a file is that holds no share: whether it was meant to be a backup, or is clearly something else (FORMATS.md §22).
//! In a folder only the latter may be skipped.

use super::{
    ciphertext::CiphertextError,
    items::PortalFileError,
    material::{is_nearly_base64, is_nearly_hex, mentions_share},
};
use crate::formats::{
    encoding::{base64::from_base64, file_kind::Foreign, other_content::OtherContent},
    printable,
};

/// A closer name for a file that holds no share, where there is one. `text` is its content, if that is text.
pub(super) fn named(name: &str, bytes: &[u8], text: Option<&str>) -> Option<PortalFileError> {
    let name = printable(name);
    let damaged = |what| {
        Some(PortalFileError::Damaged {
            place: format!("`{name}`"),
            what,
        })
    };
    if let Some(kind) = OtherContent::of(bytes) {
        return Some(PortalFileError::OtherKind(name, kind));
    }
    if bytes.starts_with(b"PGDMP") {
        return Some(PortalFileError::DumpFile(name));
    }
    let Some(text) = text else {
        return damaged("no text, but binary data of an unknown kind");
    };
    if text.contains('\0') {
        return damaged("zero bytes in a text: its content was not written to the end");
    }
    if text.trim_start().starts_with("-----BEGIN") {
        return Some(PortalFileError::OtherKind(
            name,
            OtherContent::Foreign(Foreign::Pem),
        ));
    }
    if is_nearly_hex(text) {
        return Some(PortalFileError::Ciphertext {
            document: name,
            fault: CiphertextError::Foreign,
        });
    }
    let inner = from_base64(text);
    if let Some(kind) = inner.and_then(|inner| Foreign::recognise(inner.expose())) {
        return Some(PortalFileError::OtherKind(
            name,
            OtherContent::Foreign(kind),
        ));
    }
    if is_nearly_base64(text) {
        return damaged(
            "base64 of which a part is missing or altered, or of something else than a share",
        );
    }
    if mentions_share(text) {
        return damaged(
            "the fields of a share in a form that is not read: save the share alone, as JSON",
        );
    }
    None
}
