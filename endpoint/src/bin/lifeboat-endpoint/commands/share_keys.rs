//! The keys of the sealed files at a start: one private operation for each.

use lifeboat_endpoint::{
    config::Settings,
    domain::policy::Mode,
    keys::{
        holder::KeyHolder,
        share_files::{Head, Keyring, ShareFileError},
    },
    store::Store,
};

use crate::failure::Failure;

/// Opens the files that are complete; in cold mode none of them.
pub(crate) fn keyring(
    settings: &Settings,
    store: &Store,
    holder: Option<&dyn KeyHolder>,
) -> Result<Keyring, Failure> {
    let mut keyring = Keyring::default();
    if !settings.modules.shares {
        return Ok(keyring);
    }
    let holder = holder.filter(|_| settings.release.mode == Mode::Hot);
    for file in store.share_files()?.iter().filter(|file| file.is_complete) {
        let about = |error: ShareFileError| {
            Failure::new(format!(
                "the sealed file {} of the database: {error}",
                file.id
            ))
            .hint("name the key in `[key]` that the file was sealed to")
        };
        let head = Head::parse(&file.header, &file.recipients);
        let head = head.map_err(|error| about(error.into()))?;
        let keys = holder.map(|holder| head.open(holder)).transpose();
        keyring.add(file.id, keys.map_err(about)?);
    }
    Ok(keyring)
}
