//! One file per command.

pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod data_key;
pub(crate) mod data_keys;
pub(crate) mod demo;
pub(crate) mod export_portal;
pub(crate) mod identities;
pub(crate) mod import_backups;
pub(crate) mod import_grants;
pub(crate) mod import_shares;
pub(crate) mod notices;
pub(crate) mod page;
pub(crate) mod portal_secrets;
pub(crate) mod problems;
pub(crate) mod reload;
pub(crate) mod requests;
pub(crate) mod restore;
pub(crate) mod serve;
pub(crate) mod share_keys;

use std::path::Path;

use lifeboat_endpoint::{config::Settings, files, store::Store};

use crate::failure::Failure;

/// Longest configuration, in bytes.
const MAX_CONFIGURATION: u64 = 1 << 20;

/// Reads the configuration.
pub(crate) fn settings(file: &Path) -> Result<Settings, Failure> {
    let shown = file.display();
    let text = files::read_text(file, MAX_CONFIGURATION).map_err(|error| {
        Failure::new(format!("cannot read the configuration `{shown}`: {error}"))
            .hint("name it with `--config FILE`; the README has one to begin with")
    })?;
    let folder = file.parent().unwrap_or(Path::new(""));
    Settings::parse(&text, folder).map_err(|found| Failure::of_configuration(file, &found))
}

/// Opens the store that the configuration names.
pub(crate) fn store(settings: &Settings) -> Result<Store, Failure> {
    Store::open(&settings.database).map_err(|error| Failure::of_store(error, &settings.database))
}
