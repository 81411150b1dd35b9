//! The data keys at a start: opened with the endpoint's key, and made where the database has none yet.

use std::collections::HashMap;

use getrandom::SysRng;
use lifeboat::formats::recovery_key::file::fingerprint;
use lifeboat_endpoint::{
    config::Settings,
    keys::{
        data_key::{DataKey, DataKeys},
        holder::KeyHolder,
    },
    store::{Store, data_keys},
};
use rand_core::UnwrapErr;
use uuid::Uuid;

use crate::failure::Failure;

/// Opens the data keys; none where nothing is sealed under them.
pub(crate) fn data_keys(
    settings: &Settings,
    store: &Store,
    holder: Option<&dyn KeyHolder>,
) -> Result<Option<DataKeys>, Failure> {
    let needs_some = settings.modules.backups || settings.modules.portal || settings.is_cold();
    let Some(holder) = holder.filter(|_| needs_some) else {
        return Ok(None);
    };
    let public = holder.public_key();
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
        let plain = holder.unwrap(&row.wrapped).ok();
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
