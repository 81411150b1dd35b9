//! The data keys at a start: opened with the endpoint's key, and made where the database has none yet.

use std::{collections::HashMap, fs, path::Path};

use getrandom::SysRng;
use lifeboat::{
    crypto::{
        rsa::{OaepHash, RecoveryKey},
        secret::Passphrase,
    },
    formats::recovery_key::file::{PrivateKeyFile, fingerprint, read_private_key},
};
use lifeboat_endpoint::{
    config::{Holder, PassphraseSource, Settings},
    keys::data_key::{DataKey, DataKeys},
    store::{Store, data_keys},
};
use rand_core::UnwrapErr;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Opens the data keys; none where no key is configured.
pub(crate) fn data_keys(settings: &Settings, store: &Store) -> Result<Option<DataKeys>, Failure> {
    let Some(holder) = &settings.key else {
        return Ok(None);
    };
    let key = private_key(holder)?;
    let public = key.public_key();
    if store.read(data_keys::list)?.is_empty() {
        let made = DataKey::generate(&mut UnwrapErr(SysRng));
        let wrapped = made.wrapped(&public, &mut UnwrapErr(SysRng));
        let row = data_keys::WrappedKey {
            id: Uuid::now_v7(),
            wrapped: wrapped.ok_or_else(|| Failure::new("the endpoint's key wraps nothing"))?,
            holder: public.fingerprint(),
        };
        // Another process may have begun meanwhile: what is in the database counts.
        store.write_blocking(move |write| data_keys::begin(write, &row))?;
    }

    let mut opened = HashMap::new();
    let rows = store.read(data_keys::list)?;
    for row in &rows {
        let plain = key.open(&mut UnwrapErr(SysRng), OaepHash::Sha256, &row.wrapped);
        let plain = plain
            .as_ref()
            .and_then(|plain| DataKey::unwrapped(plain.expose()));
        let plain = plain.ok_or_else(|| {
            Failure::new(format!(
                "the data key of the database is wrapped to the key SHA256:{}, and `[key]` names {}",
                hex::encode(row.holder),
                fingerprint(&public)
            ))
            .hint("name the key in `[key]` that the database was begun with")
        })?;
        opened.insert(row.id, plain);
    }
    Ok(rows
        .first()
        .and_then(|first| DataKeys::new(first.id, opened)))
}

fn private_key(holder: &Holder) -> Result<RecoveryKey, Failure> {
    let Holder::File { path, passphrase } = holder else {
        return Err(Failure::new("backups need a key in a file")
            .hint("use `holder = \"file\"`, or switch backups off: `modules.backups = false`"));
    };
    let shown = path.display();
    let bytes = read(path)?;
    let file = read_private_key(&bytes);
    let file = file.map_err(|error| Failure::new(format!("`{shown}`: {error}")))?;
    match (file, passphrase) {
        (PrivateKeyFile::Open(key), _) => Ok(key),
        (PrivateKeyFile::Locked(locked), PassphraseSource::File(file)) => {
            let text = read(file)?;
            let line = text.strip_suffix(b"\n").unwrap_or(&text);
            let unlocked = locked.unlock(&Passphrase::new(line.to_vec()));
            unlocked.map_err(|error| Failure::new(format!("`{shown}`: {error}")))
        }
        (PrivateKeyFile::Locked(_), _) => Err(Failure::new(format!(
            "`{shown}` is locked under a passphrase"
        ))
        .hint("name a file with it: `passphrase_file` of `[key]`")),
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = fs::read(path).map(Zeroizing::new);
    bytes.map_err(|error| Failure::new(format!("cannot read `{}`: {error}", path.display())))
}
