//! Which backups of a folder belong to which device of a list (FORMATS.md §15).

use std::collections::{HashMap, HashSet};

use super::recover::Backup;
use crate::formats::device_share::device_list::ListedDevice;

/// Most backups of a folder that are all tried for a device that nothing there names.
const MOST_TRIED: usize = 100;

/// A backup and the file it was in, within the folder.
pub struct Found {
    /// The file, with `/` between folders.
    pub file: String,
    /// The backup.
    pub backup: Backup,
}

/// The backups of a folder, and where to look for those of one device.
pub struct Folder {
    found: Vec<Found>,
    by_file: HashMap<String, Vec<usize>>,
    by_stem: HashMap<String, Vec<usize>>,
    by_passphrase: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Folder {
    /// Sorts the backups of a folder.
    #[must_use]
    pub fn new(found: Vec<Found>) -> Self {
        let mut folder = Self {
            by_file: HashMap::new(),
            by_stem: HashMap::new(),
            by_passphrase: HashMap::new(),
            by_name: HashMap::new(),
            found: Vec::new(),
        };
        for (index, one) in found.iter().enumerate() {
            let note = |map: &mut HashMap<String, Vec<usize>>, key: String| {
                map.entry(key).or_default().push(index);
            };
            note(&mut folder.by_file, one.file.clone());
            note(&mut folder.by_stem, stem(&one.file).to_lowercase());
            note(
                &mut folder.by_passphrase,
                one.backup.passphrase_id().as_str().to_lowercase(),
            );
            let named = one.backup.device_id().map(|id| id.as_str());
            for name in named.into_iter().chain(one.backup.wallet_id()) {
                note(&mut folder.by_name, name.to_lowercase());
            }
        }
        folder.found = found;

        folder
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The backups that may be a device's, the newest first where their order tells: those of the file or the passphraseId
    /// that the list names; without these, those that name the device or its wallet, themselves or by their file's name; in
    /// a small folder where none does, all of them: without its device id no backup opens.
    #[must_use]
    pub fn of(&self, device: &ListedDevice) -> Vec<&Found> {
        let file = device
            .file
            .as_ref()
            .map(|file| file.trim_start_matches("./"));
        let of_file = file.map(|file| at(&self.by_file, file));
        let of_passphrase = device
            .passphrase_id
            .as_ref()
            .map(|id| at(&self.by_passphrase, &id.to_lowercase()));

        let places: Vec<usize> = match (of_file, of_passphrase) {
            (Some(file), Some(passphrase)) => {
                let wanted: HashSet<&usize> = passphrase.iter().collect();
                file.iter()
                    .filter(|place| wanted.contains(place))
                    .copied()
                    .collect()
            }
            (Some(one), None) | (None, Some(one)) => one.to_vec(),
            (None, None) => self.by_names(device),
        };
        places
            .into_iter()
            .rev()
            .filter_map(|place| self.found.get(place))
            .collect()
    }

    fn by_names(&self, device: &ListedDevice) -> Vec<usize> {
        let ids = device.device_id.as_str();
        let wallet = device.wallet_id.map(|id| id.to_string());
        let names = [Some(ids.to_lowercase()), wallet];

        let mut places: Vec<usize> = names
            .iter()
            .flatten()
            .flat_map(|name| [at(&self.by_name, name), at(&self.by_stem, name)])
            .flatten()
            .copied()
            .collect();
        places.sort_unstable();
        places.dedup();
        if places.is_empty() && self.found.len() <= MOST_TRIED {
            places.extend(0..self.found.len());
        }
        places
    }
}

fn at<'a>(map: &'a HashMap<String, Vec<usize>>, key: &str) -> &'a [usize] {
    map.get(key).map(Vec::as_slice).unwrap_or_default()
}

/// A file's name without folders and without its last ending.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
