//! Kits, opened: a zip file or a folder, and the one that was meant.

use std::path::{Path, PathBuf};

use lifeboat::formats::kit::{
    archive::{ArchiveError, Listed, MAX_ARCHIVE, MAX_ENTRIES, MAX_ENTRY},
    container::{Kit, KitError},
    names::EntryKind,
};

use crate::{
    args::kit::MeantKit,
    errors::{
        catalogue::{Doing, Kits},
        failure::Failure,
    },
    inputs::file::read,
    outcomes::parts::{KitName, Warning, WarningCode},
};

const MAX_FOLDER_DEPTH: usize = 4;

/// Opens a kit: a zip file, or the folder someone unzipped it to.
pub(crate) fn open_kit(path: &Path, meant: &MeantKit) -> Result<Kit, Failure> {
    let info = std::fs::metadata(path).map_err(|error| Failure::io(Doing::Read, path, &error))?;
    let about = |error: KitError| Failure::from(error).about(path);
    let mut kit = if info.is_dir() {
        open_folder(path)?
    } else if info.len() > MAX_ARCHIVE {
        return Err(about(ArchiveError::TooLarge.into()));
    } else {
        Kit::from_zip(&read(path, MAX_ARCHIVE)?).map_err(about)?
    };

    match &meant.kit_sha256 {
        Some(digest) if !kit.is(digest) => {
            return Err(not_meant(&kit).about(path));
        }
        None if kit.file_digest().is_none() => kit.warnings.push(format!(
            "a folder has no checksums: nothing proves this kit unless its fingerprint {} is compared, with `--kit-sha256`",
            hex::encode(kit.fingerprint())
        )),
        _ => {}
    }
    Ok(kit)
}

/// The value may be of another kit, of an altered one, or be the SHA-256 of a zip file that was unpacked or packed anew
/// since: which of these it is cannot be told, so none is claimed.
fn not_meant(kit: &Kit) -> Failure {
    let fingerprint = hex::encode(kit.fingerprint());
    let message = match kit.file_digest() {
        Some(digest) => format!(
            "`--kit-sha256` is neither this kit's fingerprint, {fingerprint}, nor its file's SHA-256, {}",
            hex::encode(digest)
        ),
        None => format!(
            "`--kit-sha256` is not this kit's fingerprint, {fingerprint}; a folder has no SHA-256 of its own"
        ),
    };
    Failure::new(Kits::OtherKit, message)
}

/// The fingerprints of a kit as outcomes give them.
pub(crate) fn fingerprints(kit: &Kit) -> KitName {
    KitName {
        sha256: hex::encode(kit.fingerprint()),
        file_sha256: kit.file_digest().map(hex::encode),
        tenant_id: kit.metadata.tenant_id.clone(),
    }
}

/// The oddities of a kit as reports give them.
pub(crate) fn oddities(kit: &Kit) -> Vec<Warning> {
    let oddity = |message: &String| Warning {
        code: Some(WarningCode::KitOddity),
        message: message.clone(),
    };
    kit.warnings.iter().map(oddity).collect()
}

enum FolderError {
    Kit(KitError),
    Read(Failure),
}

impl From<KitError> for FolderError {
    fn from(error: KitError) -> Self {
        Self::Kit(error)
    }
}

fn open_folder(path: &Path) -> Result<Kit, Failure> {
    let mut found = Found::default();
    found.collect(path, "", MAX_FOLDER_DEPTH)?;
    found.files.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    let (listed, paths): (Vec<Listed>, Vec<PathBuf>) = found.files.into_iter().unzip();
    let kit = Kit::from_listing(&listed, |index| {
        let file = paths.get(index).map_or(path, PathBuf::as_path);
        read(file, MAX_ENTRY).map_err(FolderError::Read)
    });

    let mut kit = kit.map_err(|error| match error {
        FolderError::Kit(error) => Failure::from(error).about(path),
        FolderError::Read(failure) => failure,
    })?;
    kit.warnings.extend(found.warnings);
    Ok(kit)
}

/// What a folder holds.
#[derive(Default)]
struct Found {
    files: Vec<(Listed, PathBuf)>,
    warnings: Vec<String>,
}

impl Found {
    fn collect(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), Failure> {
        let fail = |error| Failure::io(Doing::Read, folder, &error);
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let kind = entry.file_type().map_err(fail)?;
            let file = entry.file_name().to_string_lossy().into_owned();
            let name = format!("{prefix}{file}");
            if kind.is_dir() && depth > 1 {
                self.collect(&entry.path(), &format!("{name}/"), depth - 1)?;
            } else if kind.is_file() {
                let size = entry.metadata().map_err(fail)?.len();
                self.files.push((Listed { name, size }, entry.path()));
            } else if !kind.is_dir() {
                self.pass_over(folder, &file, kind.is_symlink())?;
            }
            if self.files.len() + self.warnings.len() > MAX_ENTRIES {
                return Err(Failure::from(KitError::from(ArchiveError::TooManyEntries)).about(folder).hint_besides(
                    "name the folder that holds only the kit: the one with `metadata.json` in it",
                ));
            }
        }
        Ok(())
    }

    /// A link or device is not followed: it could lead out of the folder.
    fn pass_over(&mut self, folder: &Path, file: &str, linked: bool) -> Result<(), Failure> {
        let shown = lifeboat::formats::printable(file);
        let what = if linked { "a link" } else { "no file" };
        if EntryKind::of(file) == EntryKind::Unknown {
            self.warnings
                .push(format!("skipped `{shown}`: it is {what}"));
            return Ok(());
        }
        let message = format!("`{shown}` is {what}; links in a kit folder are not followed");
        Err(Failure::new(Kits::KitLink, message).about(folder))
    }
}
