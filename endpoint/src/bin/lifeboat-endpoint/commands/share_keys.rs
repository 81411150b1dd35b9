//! The keys of the sealed files at a start: one private operation for each.

use lifeboat_endpoint::{
    config::Settings,
    keys::{
        holder::KeyHolder,
        share_files::{Head, Keyring, ShareFileError},
    },
    store::Store,
};

use crate::failure::Failure;

/// What is wrong where the key of cold mode opens shares.
pub(crate) const HOT_KEY: &str = "it is sealed to the key of `[key]`, so that this server could open all of it: that is not cold mode";
/// What to do about it.
pub(crate) const OTHER_KEY: &str = "make another key with `lifeboat keygen`, run `data-key rewrap --to ITS_PUBLIC.pem`, and name it in `[key]`";

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
    let opener = holder.filter(|_| !settings.is_cold());
    let own = holder.map(|holder| holder.public_key().fingerprint());
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
        if settings.is_cold() && own.is_some_and(|own| head.is_sealed_to(&own)) {
            let what = format!("the sealed file {} of the database: {HOT_KEY}", file.id);
            return Err(Failure::new(what).hint(OTHER_KEY));
        }
        let keys = opener.map(|holder| head.open(holder)).transpose();
        keyring.add(file.id, head.header, keys.map_err(about)?);
    }
    Ok(keyring)
}
