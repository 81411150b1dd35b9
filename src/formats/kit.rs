//! The recovery kit: a zip file or a folder of entries, sorted by what their names say (FORMATS.md §1).

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    json::{FieldError, parse_uuid},
    metadata::{self, Cosigner, Metadata},
    owner_share::{OwnerShare, parse_sealed_passphrase},
    printable,
    zip_archive::{ArchiveError, NamedBytes, read_archive},
};

const OWNER_SHARE: &str = "MOBILE";
const SEALED_PASSPHRASE: &str = "RSA_PASSPHRASE";
const PUBLIC_KEY_SUFFIX: &str = "backup.public_key.pem";

/// Why a kit cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KitError {
    /// The container.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// No `metadata.json`: not a kit.
    #[error("no entry `metadata.json`: not a recovery kit")]
    NoMetadata,
    /// `metadata.json` in two folders.
    #[error("`metadata.json` stands in more than one folder: several kits in one file")]
    SeveralKits,
    /// A field of `metadata.json` or of another JSON entry.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl KitError {
    /// Stable identifier for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Archive(error) => error.code(),
            Self::NoMetadata => "no_metadata",
            Self::SeveralKits => "several_kits",
            Self::Field(error) => error.code(),
        }
    }
}

/// What an entry's name says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// Anything else; passed over.
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

    fn of(name: &str) -> Self {
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

/// One entry of a kit.
pub struct Entry {
    /// Its name at the top level of the kit.
    pub name: String,
    /// What the name says it is.
    pub kind: EntryKind,
    /// Its content, encrypted unless it is metadata.
    pub bytes: Vec<u8>,
}

/// A kit, read whole. Nothing in it has been decrypted.
pub struct Kit {
    /// What the kit says about itself.
    pub metadata: Metadata,
    /// Every entry that could belong to a kit, in the container's order.
    pub entries: Vec<Entry>,
    /// Oddities that do not stop a recovery.
    pub warnings: Vec<String>,
    fingerprint: [u8; 32],
}

impl Kit {
    /// Reads a zipped kit.
    ///
    /// # Errors
    /// [`KitError`], naming entry and field.
    pub fn from_zip(archive: &[u8]) -> Result<Self, KitError> {
        Self::assemble(read_archive(archive)?, Sha256::digest(archive).into())
    }

    /// Reads a kit that someone has unzipped: the files of a folder. Its fingerprint covers names and contents.
    ///
    /// # Errors
    /// [`KitError`], naming entry and field.
    pub fn from_files(mut files: Vec<NamedBytes>) -> Result<Self, KitError> {
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let mut digest = Sha256::new();
        for file in &files {
            digest.update(Sha256::digest(&file.name));
            digest.update(Sha256::digest(&file.bytes));
        }
        Self::assemble(files, digest.finalize().into())
    }

    /// SHA-256 of the zip file (of names and contents, for a folder).
    #[must_use]
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// The entry that holds the share or master key of a cloud cosigner.
    #[must_use]
    pub fn cosigner_entry(&self, cosigner: &Cosigner, key_id: Uuid) -> Option<&Entry> {
        let number = cosigner_number(cosigner.id);
        let kind = EntryKind::CosignerShare { number, key_id };
        self.entries.iter().find(|entry| entry.kind == kind)
    }

    /// The entries that hold cloud shares of a signing key, with their cosigners' numbers.
    #[must_use]
    pub fn share_entries(&self, wanted: Uuid) -> Vec<(u32, &Entry)> {
        let sole = self.metadata.keys.len() == 1;
        let number = |entry: &Entry| match entry.kind {
            EntryKind::CosignerShare { number, key_id } if key_id == wanted => Some(number),
            EntryKind::OldestCosignerShare { number } if sole => Some(number),
            _ => None,
        };
        self.entries
            .iter()
            .filter_map(|entry| number(entry).map(|number| (number, entry)))
            .collect()
    }

    /// Every entry that holds an owner share.
    pub fn owner_entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::OwnerShare)
    }

    /// The owner shares of one key, read but still encrypted, with the names of their entries. An entry that names
    /// another key is not looked into, so that one damaged entry spoils one key.
    ///
    /// # Errors
    /// [`FieldError`] when one is not as FORMATS.md §5 says.
    pub fn owner_shares(&self, wanted: Uuid) -> Result<Vec<(&str, OwnerShare)>, FieldError> {
        let mut shares = Vec::new();
        for entry in self.owner_entries() {
            if key_of_owner_entry(&entry.name).is_some_and(|key| key != wanted) {
                continue;
            }
            let share = OwnerShare::parse(&entry.name, &entry.bytes)?;
            if share.key_id == wanted {
                shares.push((entry.name.as_str(), share));
            }
        }
        Ok(shares)
    }

    /// The RSA ciphertext of an auto-generated owner passphrase, where the kit has one.
    ///
    /// # Errors
    /// [`FieldError`] when the entry is not as FORMATS.md §5 says.
    pub fn sealed_passphrase(&self) -> Result<Option<Vec<u8>>, FieldError> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.kind == EntryKind::SealedPassphrase);
        entry
            .map(|entry| parse_sealed_passphrase(&entry.name, &entry.bytes))
            .transpose()
    }

    /// The PEM text of the public key the kit was made for, where the kit has one.
    #[must_use]
    pub fn public_key_pem(&self) -> Option<&[u8]> {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.kind == EntryKind::PublicKey);
        entry.map(|entry| entry.bytes.as_slice())
    }

    fn assemble(files: Vec<NamedBytes>, fingerprint: [u8; 32]) -> Result<Self, KitError> {
        let mut warnings = Vec::new();
        let files = without_junk(files, &mut warnings);
        let top = top_folder(&files)?;
        if !top.is_empty() {
            warnings.push(format!(
                "the kit stands in a folder `{}` inside its container",
                printable(&top)
            ));
        }
        let mut entries: Vec<Entry> = Vec::new();
        for file in files {
            let Some(name) = file.name.strip_prefix(&top) else {
                warnings.push(format!(
                    "passed over `{}`: outside the kit's folder",
                    printable(&file.name)
                ));
                continue;
            };
            let kind = EntryKind::of(name);
            if kind == EntryKind::Unknown {
                warnings.push(format!(
                    "passed over `{}`: not an entry of a kit",
                    printable(name)
                ));
            }
            if entries
                .iter()
                .any(|entry| entry.name == name || (entry.kind == kind && is_share(kind)))
            {
                return Err(ArchiveError::Duplicate(printable(name)).into());
            }
            entries.push(Entry {
                name: name.to_owned(),
                kind,
                bytes: file.bytes,
            });
        }
        let metadata = entries
            .iter()
            .find(|entry| entry.kind == EntryKind::Metadata)
            .ok_or(KitError::NoMetadata)?;
        let metadata = Metadata::parse(&metadata.bytes)?;
        warnings.extend(metadata.oddities.iter().cloned());
        let kit = Self {
            metadata,
            entries,
            warnings,
            fingerprint,
        };
        Ok(kit.note_strangers())
    }

    /// Names what metadata and entries do not agree on.
    fn note_strangers(mut self) -> Self {
        let keys: Vec<Uuid> = self.metadata.keys.iter().map(|key| key.id).collect();
        let masters = self.metadata.wallet_masters.iter().map(|master| master.id);
        let known: Vec<Uuid> = keys
            .iter()
            .copied()
            .chain(masters)
            .chain(self.metadata.other_masters.iter().map(|(id, _)| *id))
            .collect();
        for entry in &self.entries {
            match entry.kind {
                EntryKind::CosignerShare { key_id, .. } if !known.contains(&key_id) => {
                    self.warnings.push(format!(
                        "passed over `{}`: metadata.json does not list its key",
                        entry.name
                    ));
                }
                EntryKind::OldestCosignerShare { .. } if keys.len() != 1 => {
                    self.warnings.push(format!(
                        "passed over `{}`: it names no key, and the kit has several",
                        entry.name
                    ));
                }
                _ => {}
            }
        }
        if self
            .entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::PublicKey)
            .count()
            > 1
        {
            self.warnings.push(
                "several entries say which public key the kit was made for; the first counts"
                    .to_owned(),
            );
        }
        for id in keys {
            if self.share_entries(id).is_empty() {
                self.warnings
                    .push(format!("no entry holds a share of key `{id}`"));
            }
        }
        self
    }
}

/// The number a cloud cosigner's entries begin with: the first 4 bytes of its id, little-endian.
#[must_use]
pub fn cosigner_number(id: Uuid) -> u32 {
    let [a, b, c, d, ..] = id.into_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// The abscissa of a cloud cosigner's point: its number, then the first 4 bytes of the key id, little-endian.
#[must_use]
pub fn cosigner_abscissa(number: u32, key_id: Uuid) -> u64 {
    u64::from(number) << 32 | u64::from(cosigner_number(key_id))
}

/// The key that an owner share's entry is named after.
fn key_of_owner_entry(name: &str) -> Option<Uuid> {
    name.strip_prefix(OWNER_SHARE)?
        .strip_prefix('_')
        .and_then(parse_uuid)
}

fn is_share(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::CosignerShare { .. } | EntryKind::OldestCosignerShare { .. }
    )
}

fn parse_number(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

fn without_junk(files: Vec<NamedBytes>, warnings: &mut Vec<String>) -> Vec<NamedBytes> {
    let (junk, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_junk(&file.name));
    warnings.extend(
        junk.iter()
            .map(|file| format!("passed over `{}`: left by a desktop", printable(&file.name))),
    );
    files
}

fn is_junk(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/")
        || file.starts_with("._")
        || matches!(
            file,
            ".DS_Store" | "Thumbs.db" | "desktop.ini" | ".localized"
        )
}

/// The folder `metadata.json` stands in, with its final `/`; empty at the top level.
fn top_folder(files: &[NamedBytes]) -> Result<String, KitError> {
    let inside = |file: &NamedBytes| {
        let folder = file.name.strip_suffix(metadata::ENTRY)?;
        (folder.is_empty() || folder.ends_with('/')).then(|| folder.to_owned())
    };
    let mut folders: Vec<String> = files.iter().filter_map(inside).collect();
    folders.sort_by_key(String::len);
    match folders.as_slice() {
        [] => Err(KitError::NoMetadata),
        [only] => Ok(only.clone()),
        [top, ..] if top.is_empty() => Ok(String::new()),
        _ => Err(KitError::SeveralKits),
    }
}
