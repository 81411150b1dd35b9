//! A folder of passphrases: the file of a passphraseId, under the names that applications give such files.

use std::path::{Path, PathBuf};

use lifeboat::formats::{device_share::device_id::PassphraseId, printable};

use crate::errors::catalogue::{Devices, Doing, Files};
use crate::errors::failure::Failure;

/// Most names that are looked through for one in another letter case.
const MOST_NAMES: usize = 1_000_000;
const MOST_SHOWN: usize = 3;

/// The file with the passphrase of this id: under its exact name, or under one that differs only in letter case.
pub(crate) fn find(folder: &Path, id: &PassphraseId) -> Result<PathBuf, Failure> {
    let names = id.file_names().map_err(|fault| {
        Failure::new(
            Devices::BadPassphraseId,
            format!(
                "no file can be named after passphraseId `{}`: {fault}",
                printable(id.as_str())
            ),
        )
        .hint("give its passphrase with `--passphrase-file FILE`")
    })?;
    let exact = names.iter().map(|name| folder.join(name));
    if let Some(found) = exact.clone().find(|path| path.is_file()) {
        return Ok(found);
    }

    let present = names_in(folder)?;
    let near: Vec<&String> = present
        .iter()
        .filter(|name| names.iter().any(|wanted| is_near(name, wanted)))
        .collect();
    match near.as_slice() {
        [one] => Ok(folder.join(one)),
        [] => Err(not_found(folder, id, &names, &present)),
        several => Err(Failure::new(
            Devices::SeveralPassphraseFiles,
            format!(
                "passphraseId `{}`: `{}` holds {} files of that name",
                printable(id.as_str()),
                folder.display(),
                several.len()
            ),
        )
        .hint(format!(
            "give the right one with `--passphrase-file FILE`: {}",
            listed(several)
        ))),
    }
}

fn names_in(folder: &Path) -> Result<Vec<String>, Failure> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| Failure::io(Doing::Read, folder, &error))?;
    let mut names: Vec<String> = entries
        .take(MOST_NAMES)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();

    Ok(names)
}

/// The same name but for the letter case, the white space around it, or a UUID's dashes.
fn is_near(name: &str, wanted: &str) -> bool {
    let bare = |text: &str| text.trim().replace('-', "").to_lowercase();
    bare(name) == bare(wanted)
}

fn not_found(folder: &Path, id: &PassphraseId, names: &[String], present: &[String]) -> Failure {
    let looked: Vec<&String> = names.iter().take(MOST_SHOWN).collect();
    let failure = Failure::new(
        Files::FileNotFound,
        format!(
            "`{}` holds no file for passphraseId `{}`; looked for {}",
            folder.display(),
            printable(id.as_str()),
            listed(&looked)
        ),
    );

    let resembling: Vec<&String> = present
        .iter()
        .filter(|name| name.to_lowercase().contains(&id.as_str().to_lowercase()))
        .take(MOST_SHOWN)
        .collect();
    if resembling.is_empty() {
        failure.hint(
            "is it the right folder? `ls -l` shows what is there; or give `--passphrase-file FILE`",
        )
    } else {
        failure.hint(format!(
            "is it {}? give it with `--passphrase-file FILE`",
            listed(&resembling)
        ))
    }
}

fn listed(names: &[&String]) -> String {
    let shown = names.iter().take(MOST_SHOWN);
    let shown: Vec<String> = shown.map(|name| format!("`{}`", printable(name))).collect();
    shown.join(", ")
}
