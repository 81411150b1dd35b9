//! The recovery kit: a zip file or a folder of entries, sorted by what their names say (FORMATS.md §1).

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use super::names::EntryKind;
#[cfg(feature = "kit")]
use super::zip::Archive;
use super::{
    archive::{ArchiveError, Listed, MAX_ENTRY, MAX_TOTAL, NamedBytes},
    metadata::{self, Cosigner, Metadata},
    names::{is_junk, key_of_owner_entry, original_name, plain_path, resembles_metadata},
    owner_share::{OwnerShare, parse_sealed_passphrase},
};
use crate::formats::{encoding::json::FieldError, printable};

/// Largest entry of a kit other than `metadata.json` and owner shares, in bytes.
pub const MAX_SMALL_ENTRY: u64 = 64 << 10;
/// Largest owner share, in bytes: some have auxiliary data with them.
pub const MAX_OWNER_SHARE: u64 = 1 << 20;
/// Most bytes in the entries of a kit together.
pub const MAX_HELD: u64 = 32 << 20;
/// Most shares of one signing key.
pub const MAX_PLAYERS: usize = 64;

/// Why a kit cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KitError {
    /// The container.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// No `metadata.json`: not a kit. Holds what is known of the file.
    #[error("no entry `metadata.json`: not a recovery kit{0}")]
    NoMetadata(Nearest),
    /// More shares of one key than any key has.
    #[error("more than {MAX_PLAYERS} shares of key `{0}`")]
    TooManyShares(Uuid),
    /// `metadata.json` in two folders.
    #[error("`metadata.json` is in more than one folder: several kits in one file")]
    SeveralKits,
    /// A field of `metadata.json` or of another JSON entry.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// What a file holds in place of `metadata.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nearest {
    /// Nothing like it.
    Nothing,
    /// An entry whose name resembles it.
    Name(String),
    /// Several archives.
    Archives(String),
    /// The parts of an office document.
    Document,
}

impl std::fmt::Display for Nearest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Name(name) => write!(f, "; the nearest name is `{name}`"),
            Self::Archives(name) => write!(f, "; other archives are inside, such as `{name}`"),
            Self::Document => f.write_str("; it is a document of an office program"),
        }
    }
}

/// One entry of a kit.
pub struct Entry {
    /// Its name at the top level of the kit, as kits spell it.
    pub name: String,
    /// What the name says it is.
    pub kind: EntryKind,
    /// How many bytes it holds.
    pub size: u64,
    /// Its content, encrypted unless it is metadata. Entries of unknown names are not read.
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
    /// SHA-256 of the ZIP file; a folder has none.
    file_digest: Option<[u8; 32]>,
}

impl Kit {
    /// Reads a zipped kit, also one that was zipped once more. Needs the feature `kit`.
    ///
    /// # Errors
    /// [`KitError`], naming entry and field.
    #[cfg(feature = "kit")]
    pub fn from_zip(archive: &[u8]) -> Result<Self, KitError> {
        let digest = Sha256::digest(archive).into();
        let mut zip = Archive::open(archive)?;
        let files = zip.files();
        let kit = match Self::assemble(&files, |index| zip.read(index).map_err(KitError::from)) {
            Err(KitError::NoMetadata(nearest)) => match archives(&files).as_slice() {
                [(index, name)] => Self::from_inner_zip(&zip.read(*index)?, name)?,
                _ => return Err(KitError::NoMetadata(nearest)),
            },
            kit => kit?,
        };
        Ok(Self {
            file_digest: Some(digest),
            ..kit
        })
    }

    /// Reads a kit that someone has unzipped: the files of a folder.
    ///
    /// # Errors
    /// [`KitError`], naming entry and field.
    pub fn from_files(mut files: Vec<NamedBytes>) -> Result<Self, KitError> {
        let listed: Vec<Listed> = files.iter().map(NamedBytes::listed).collect();
        Self::from_listing(&listed, |index| {
            let file = files
                .get_mut(index)
                .map(|file| std::mem::take(&mut file.bytes));
            Ok(file.unwrap_or_default())
        })
    }

    /// Reads a kit out of a folder of which only the kit's own files are read.
    ///
    /// # Errors
    /// What `read` fails with, or [`KitError`].
    pub fn from_listing<E: From<KitError>>(
        files: &[Listed],
        read: impl FnMut(usize) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut left = MAX_TOTAL;
        for file in files {
            if file.size > MAX_ENTRY {
                let error = ArchiveError::EntryTooLarge(printable(&file.name), MAX_ENTRY);
                return Err(KitError::from(error).into());
            }
            left = left
                .checked_sub(file.size)
                .ok_or_else(|| KitError::from(ArchiveError::TotalTooLarge(MAX_TOTAL)))?;
        }
        Self::assemble(files, read)
    }

    /// The fingerprint of the kit, the same for a ZIP file and its folder: SHA-256 over the SHA-256 of each entry's name
    /// and of each entry's content, in the order of names.
    #[must_use]
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// SHA-256 of the ZIP file, where the kit is one.
    #[must_use]
    pub fn file_digest(&self) -> Option<&[u8; 32]> {
        self.file_digest.as_ref()
    }

    /// Whether a fingerprint is that of this kit, or of its ZIP file.
    #[must_use]
    pub fn is(&self, fingerprint: &[u8; 32]) -> bool {
        self.fingerprint == *fingerprint || self.file_digest == Some(*fingerprint)
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

    #[cfg(feature = "kit")]
    fn from_inner_zip(archive: &[u8], name: &str) -> Result<Self, KitError> {
        let mut zip = Archive::open(archive)?;
        let files = zip.files();
        let mut kit = Self::assemble(&files, |index| zip.read(index).map_err(KitError::from))?;
        kit.warnings.push(format!(
            "the kit is the zip file `{}` inside another zip file",
            printable(name)
        ));
        Ok(kit)
    }

    fn assemble<E: From<KitError>>(
        files: &[Listed],
        mut read: impl FnMut(usize) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut plan = Plan::of(files)?;
        let mut entries = Vec::new();
        for (index, name, kind) in plan.entries {
            let size = files.get(index).map_or(0, |file| file.size);
            let bytes = match kind {
                EntryKind::Unknown => Vec::new(),
                _ => read(index)?,
            };
            entries.push(Entry {
                name,
                kind,
                size,
                bytes,
            });
        }

        let metadata = entries
            .iter()
            .find(|entry| entry.kind == EntryKind::Metadata)
            .ok_or(KitError::NoMetadata(Nearest::Nothing))?;
        let metadata = Metadata::parse(&metadata.bytes).map_err(KitError::from)?;
        plan.warnings.extend(metadata.oddities.iter().cloned());
        let kit = Self {
            metadata,
            fingerprint: fingerprint_of(&entries),
            entries,
            warnings: plan.warnings,
            file_digest: None,
        };
        for key in &kit.metadata.keys {
            if kit.share_entries(key.id).len() > MAX_PLAYERS {
                return Err(KitError::TooManyShares(key.id).into());
            }
        }
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
                        "skipped `{}`: metadata.json does not list its key",
                        entry.name
                    ));
                }
                EntryKind::OldestCosignerShare { .. } if keys.len() != 1 => {
                    self.warnings.push(format!(
                        "skipped `{}`: it names no key, and the kit has several",
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

/// The name of the entry that holds what a cloud cosigner has of a key.
#[must_use]
pub fn cosigner_entry_name(cosigner: Uuid, key_id: Uuid) -> String {
    format!("{}_{key_id}", cosigner_number(cosigner))
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

/// What of a container is read, under which names.
struct Plan {
    entries: Vec<(usize, String, EntryKind)>,
    warnings: Vec<String>,
}

impl Plan {
    fn of(files: &[Listed]) -> Result<Self, KitError> {
        let mut plan = Self {
            entries: Vec::new(),
            warnings: Vec::new(),
        };
        let mut paths = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let path = plain_path(&file.name);
            if is_junk(&path) {
                let shown = printable(&file.name);
                plan.warnings
                    .push(format!("skipped `{shown}`: left by a desktop"));
            } else {
                paths.push((index, path));
            }
        }
        if paths.iter().any(|(index, path)| {
            files
                .get(*index)
                .is_some_and(|file| file.name.contains('\\') && path.contains('/'))
        }) {
            plan.warnings
                .push("names in the kit have `\\` between folders, read as `/`".to_owned());
        }

        let top = top_folder(files, &paths)?;
        if !top.is_empty() {
            plan.warnings.push(format!(
                "the kit is in a folder `{}` inside its container",
                printable(&top)
            ));
        }
        plan.take_named(&paths, &top)?;
        plan.take_renamed(files, &paths, &top)?;
        plan.hold_to_limits(files)?;
        plan.entries.sort_by_key(|(index, ..)| *index);
        Ok(plan)
    }

    /// The entries whose names are as kits spell them.
    fn take_named(&mut self, paths: &[(usize, String)], top: &str) -> Result<(), KitError> {
        let (mut names, mut shares) = (HashSet::new(), HashSet::new());
        for (index, path) in paths {
            let Some(name) = path.strip_prefix(top) else {
                self.warnings.push(format!(
                    "skipped `{}`: outside the kit's folder",
                    printable(path)
                ));
                continue;
            };
            let kind = EntryKind::of(name);
            if !names.insert(name) || (kind.is_share() && !shares.insert(kind)) {
                return Err(ArchiveError::Duplicate(printable(name)).into());
            }
            if kind != EntryKind::Unknown {
                self.entries.push((*index, name.to_owned(), kind));
            }
        }
        Ok(())
    }

    /// The entries whose names were changed on their way, where no entry has the name they had.
    fn take_renamed(
        &mut self,
        files: &[Listed],
        paths: &[(usize, String)],
        top: &str,
    ) -> Result<(), KitError> {
        let named: HashSet<EntryKind> = self
            .entries
            .iter()
            .map(|(_, _, kind)| *kind)
            .filter(|kind| *kind != EntryKind::OwnerShare)
            .collect();
        let owners: HashSet<String> = self
            .entries
            .iter()
            .map(|(_, name, _)| name.clone())
            .collect();
        let mut taken: HashMap<String, String> = HashMap::new();
        for (index, path) in paths {
            let Some(name) = path.strip_prefix(top) else {
                continue;
            };
            if EntryKind::of(name) != EntryKind::Unknown {
                continue;
            }
            let size = files.get(*index).map_or(0, |file| file.size);
            let shown = printable(name);
            match original_name(name, size) {
                Some(original)
                    if !named.contains(&EntryKind::of(&original))
                        && !owners.contains(&original) =>
                {
                    self.warnings
                        .push(format!("`{shown}` is read as `{original}`"));
                    if taken.insert(original.clone(), shown).is_some() {
                        return Err(ArchiveError::Duplicate(original).into());
                    }
                    let kind = EntryKind::of(&original);
                    self.entries.push((*index, original, kind));
                }
                Some(original) => {
                    self.warnings
                        .push(format!("skipped `{shown}`: `{original}` is there too"));
                    self.entries
                        .push((*index, name.to_owned(), EntryKind::Unknown));
                }
                None => {
                    self.warnings
                        .push(format!("skipped `{shown}`: not an entry of a kit"));
                    self.entries
                        .push((*index, name.to_owned(), EntryKind::Unknown));
                }
            }
        }
        Ok(())
    }

    fn hold_to_limits(&self, files: &[Listed]) -> Result<(), KitError> {
        let mut left = MAX_HELD;
        for (index, name, kind) in &self.entries {
            let size = files.get(*index).map_or(0, |file| file.size);
            let most = match kind {
                EntryKind::Unknown => continue,
                EntryKind::Metadata => MAX_ENTRY,
                EntryKind::OwnerShare => MAX_OWNER_SHARE,
                _ => MAX_SMALL_ENTRY,
            };
            if size > most {
                return Err(ArchiveError::EntryTooLarge(printable(name), most).into());
            }
            left = left
                .checked_sub(size)
                .ok_or(ArchiveError::TotalTooLarge(MAX_HELD))?;
        }
        Ok(())
    }
}

fn fingerprint_of(entries: &[Entry]) -> [u8; 32] {
    let mut known: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.kind != EntryKind::Unknown)
        .collect();
    known.sort_by(|a, b| a.name.cmp(&b.name));
    let mut digest = Sha256::new();
    for entry in known {
        digest.update(Sha256::digest(&entry.name));
        digest.update(Sha256::digest(&entry.bytes));
    }
    digest.finalize().into()
}

/// The zip files among the files.
fn archives(files: &[Listed]) -> Vec<(usize, String)> {
    let is_zip = |file: &Listed| {
        let name = file.name.to_lowercase();
        !is_junk(&plain_path(&file.name)) && (name.ends_with(".zip") || name.ends_with(".zip.txt"))
    };
    let found = files.iter().enumerate().filter(|(_, file)| is_zip(file));
    found
        .map(|(index, file)| (index, file.name.clone()))
        .collect()
}

/// The folder `metadata.json` is in, with its final `/`; empty at the top level.
fn top_folder(files: &[Listed], paths: &[(usize, String)]) -> Result<String, KitError> {
    let split = |path: &str| {
        let at = path.rfind('/').map_or(0, |at| at + 1);
        let (folder, file) = path.split_at(at);
        (folder.to_owned(), file.to_owned())
    };
    let exact = |(_, path): &(usize, String)| {
        let (folder, file) = split(path);
        (file == metadata::ENTRY).then_some(folder)
    };
    let near = |(index, path): &(usize, String)| {
        let (folder, file) = split(path);
        let size = files.get(*index).map_or(0, |file| file.size);
        (original_name(&file, size)? == metadata::ENTRY).then_some(folder)
    };

    let mut folders: Vec<String> = paths.iter().filter_map(exact).collect();
    if folders.is_empty() {
        folders = paths.iter().filter_map(near).collect();
    }
    folders.sort_by_key(String::len);
    folders.dedup();
    match folders.as_slice() {
        [] => Err(KitError::NoMetadata(nearest(files, paths))),
        [only] => Ok(only.clone()),
        [top, ..] if top.is_empty() => Ok(String::new()),
        _ => Err(KitError::SeveralKits),
    }
}

fn nearest(files: &[Listed], paths: &[(usize, String)]) -> Nearest {
    if let Some((_, path)) = paths.iter().find(|(_, path)| resembles_metadata(path)) {
        return Nearest::Name(printable(path));
    }
    if paths.iter().any(|(_, path)| path == "[Content_Types].xml") {
        return Nearest::Document;
    }
    match archives(files).first() {
        Some((_, name)) => Nearest::Archives(printable(name)),
        None => Nearest::Nothing,
    }
}
