//! The names of a kit's entries, also when a mail gateway, a browser or a file manager has changed them (FORMATS.md §1).

use uuid::Uuid;

use super::metadata;
use crate::formats::encoding::json::parse_uuid;

pub(in crate::formats) const OWNER_SHARE: &str = "MOBILE";
pub(in crate::formats) const SEALED_PASSPHRASE: &str = "RSA_PASSPHRASE";
pub(in crate::formats) const PUBLIC_KEY_SUFFIX: &str = "backup.public_key.pem";

/// Endings that are put behind names so that a file passes, or that editors and browsers add.
const ADDED: [&str; 12] = [
    ".txt",
    ".bin",
    ".dat",
    ".data",
    ".json",
    ".file",
    ".bak",
    ".download",
    ".renamed",
    ".safe",
    ".pem",
    "~",
];
/// What a file manager puts between name and ending of a copy, beside a number in brackets.
const COPIES: [&str; 8] = [
    " - copy", " copy", " - kopie", " - copie", " - copia", " kopie", "_copy", "-copy",
];

/// What an entry's name says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// `metadata.json`.
    Metadata,
    /// `<u32>_<keyId>`: a cloud cosigner's share or master key.
    CosignerShare {
        /// The cosigner's number.
        number: u32,
        /// The key or master key.
        key_id: Uuid,
    },
    /// `<u32>`: a cloud cosigner's share in the oldest kits.
    OldestCosignerShare {
        /// The cosigner's number.
        number: u32,
    },
    /// `MOBILE…`: the owner's device share.
    OwnerShare,
    /// `RSA_PASSPHRASE`: an auto-generated owner passphrase.
    SealedPassphrase,
    /// `…backup.public_key.pem`: the key the kit was made for.
    PublicKey,
    /// Anything else; skipped.
    Unknown,
}

impl EntryKind {
    /// A word for people and machines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::CosignerShare { .. } | Self::OldestCosignerShare { .. } => "cosigner share",
            Self::OwnerShare => "owner share",
            Self::SealedPassphrase => "sealed passphrase",
            Self::PublicKey => "public key",
            Self::Unknown => "unknown",
        }
    }

    /// What a name says, as it is.
    #[must_use]
    pub fn of(name: &str) -> Self {
        if name == metadata::ENTRY {
            Self::Metadata
        } else if name == SEALED_PASSPHRASE {
            Self::SealedPassphrase
        } else if name == OWNER_SHARE || key_of_owner_entry(name).is_some() {
            Self::OwnerShare
        } else if name.ends_with(PUBLIC_KEY_SUFFIX) {
            Self::PublicKey
        } else {
            Self::of_share(name).unwrap_or(Self::Unknown)
        }
    }

    /// Whether it is a cloud cosigner's share.
    pub(in crate::formats) fn is_share(self) -> bool {
        matches!(
            self,
            Self::CosignerShare { .. } | Self::OldestCosignerShare { .. }
        )
    }

    fn of_share(name: &str) -> Option<Self> {
        match name.split_once('_') {
            Some((number, id)) => Some(Self::CosignerShare {
                number: parse_number(number)?,
                key_id: parse_uuid(id)?,
            }),
            None => Some(Self::OldestCosignerShare {
                number: parse_number(name)?,
            }),
        }
    }
}

/// The key that an owner share's entry is named after.
pub(in crate::formats) fn key_of_owner_entry(name: &str) -> Option<Uuid> {
    name.strip_prefix(OWNER_SHARE)?
        .strip_prefix('_')
        .and_then(parse_uuid)
}

/// The name with `/` between folders, without what stands for the folder itself.
pub(in crate::formats) fn plain_path(name: &str) -> String {
    let mut name = name.replace('\\', "/");
    while let Some(rest) = name.strip_prefix("./").or_else(|| name.strip_prefix('/')) {
        name = rest.to_owned();
    }
    name
}

/// Left by a desktop or a file system, and no part of any kit.
pub(in crate::formats) fn is_junk(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let lower = file.to_lowercase();
    name.split('/').any(|folder| folder == "__MACOSX")
        || file.starts_with("._")
        || file.starts_with("~$")
        || lower.ends_with(":zone.identifier")
        || matches!(
            lower.as_str(),
            ".ds_store" | "thumbs.db" | "ehthumbs.db" | "desktop.ini" | ".localized" | ".directory"
        )
}

/// The name that an entry had before something on its way changed it; `None` where it is not known for one. A bare
/// number says little, so what has one must also have the size of an RSA ciphertext.
pub(in crate::formats) fn original_name(file: &str, size: u64) -> Option<String> {
    let mut name = file.trim().to_lowercase();
    for _ in 0..4 {
        let spelt = as_spelt(&name);
        let ciphertext = (256..=1024).contains(&size) && size.is_multiple_of(64);
        match EntryKind::of(&spelt) {
            EntryKind::Unknown => {}
            EntryKind::OldestCosignerShare { .. } if !ciphertext => return None,
            _ => return Some(spelt),
        }
        name = without_addition(&name)?;
    }
    None
}

/// Whether a name speaks of metadata, for a hint.
pub(in crate::formats) fn resembles_metadata(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["metadata", "meta-data", "meta_data"]
        .iter()
        .any(|word| lower.contains(word))
}

/// A name in lower case as kits spell it.
fn as_spelt(lower: &str) -> String {
    let upper = [SEALED_PASSPHRASE, OWNER_SHARE]
        .into_iter()
        .find_map(|word| Some((word, lower.strip_prefix(&word.to_lowercase())?)));
    match upper {
        Some((word, rest)) => format!("{word}{rest}"),
        None if lower == "metadata" => metadata::ENTRY.to_owned(),
        None => lower.to_owned(),
    }
}

/// The name without one ending, or one mark of a copy.
fn without_addition(name: &str) -> Option<String> {
    let (stem, ending) = ["json", "pem", "txt"]
        .iter()
        .find_map(|ending| {
            let stem = name.strip_suffix(ending)?.strip_suffix('.')?;
            Some((stem, format!(".{ending}")))
        })
        .unwrap_or((name, String::new()));

    let copied = without_copy_mark(stem).map(|stem| format!("{stem}{ending}"));
    copied.or_else(|| {
        ADDED
            .iter()
            .find_map(|added| name.strip_suffix(added))
            .map(|rest| rest.trim_end().to_owned())
    })
}

/// `metadata (1)`, `metadata(1)`, `metadata - Copy`, `metadata copy 2` to `metadata`.
fn without_copy_mark(stem: &str) -> Option<&str> {
    let unnumbered = |text: &str| {
        text.trim_end_matches(|letter: char| letter.is_ascii_digit())
            .len()
    };
    if let Some(inner) = stem.strip_suffix(')') {
        let inner = inner.get(..unnumbered(inner))?;
        return inner.strip_suffix('(').map(str::trim_end);
    }

    let marked = stem.get(..unnumbered(stem))?.trim_end();
    COPIES.iter().find_map(|mark| marked.strip_suffix(mark))
}

fn parse_number(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}
