//! `data-key`: a new data key for what is sealed from now on, and another key that all of them are wrapped to.

use std::{fs, path::Path};

use getrandom::SysRng;
use lifeboat::formats::{
    encoding::shown::plural,
    recovery_key::file::{fingerprint, read_public_key},
};
use lifeboat_endpoint::{
    config::Settings,
    keys::{
        data_key::{DataKey, DataKeys},
        holder::KeyHolder,
    },
    store::{
        Store,
        data_keys::{self, WrappedKey},
    },
};
use rand_core::UnwrapErr;
use uuid::Uuid;

use crate::{
    commands::{data_keys::data_keys as opened_keys, settings, store},
    failure::Failure,
    key,
    say::say,
};

/// Smallest key that data keys are wrapped to, in bits, as with sealed files.
const MIN_BITS: u32 = 3072;

/// Makes a new data key. What was sealed before still opens.
pub(crate) fn new(config: &Path) -> Result<(), Failure> {
    let settings = settings(config)?;
    let store = store(&settings)?;
    let (holder, _) = opened(&settings, &store)?;
    let public = holder.public_key();
    let made = DataKey::generate(&mut UnwrapErr(SysRng));
    let wrapped = made.wrapped(&public, &mut UnwrapErr(SysRng));
    let row = WrappedKey {
        id: Uuid::now_v7(),
        wrapped: wrapped.ok_or_else(|| Failure::new("the endpoint's key wraps nothing"))?,
        holder: public.fingerprint(),
    };
    let id = row.id;
    store.write_blocking(move |write| data_keys::replace(write, &row))?;
    say!("made data key {id}; start the server again, so that it seals with it");
    say!("what was sealed before still opens with the keys before it");
    Ok(())
}

/// Wraps all data keys to another key, whose holder opens them from then on.
pub(crate) fn rewrap(config: &Path, to: &Path) -> Result<(), Failure> {
    let settings = settings(config)?;
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(format!("the public key `{}`: {error}", to.display()))
            .hint("name the public part of the new key, as `lifeboat keygen` writes it")
    };
    let text = fs::read(to).map_err(|error| failed(&error))?;
    let public = read_public_key(&text).map_err(|error| failed(&error))?;
    if public.bits() < MIN_BITS {
        let what = format!(
            "it has {} bits, expected at least {MIN_BITS}",
            public.bits()
        );
        return Err(failed(&what));
    }
    let store = store(&settings)?;
    let (_, keys) = opened(&settings, &store)?;
    let wrapped = keys.wrapped_to(&public, &mut UnwrapErr(SysRng));
    let wrapped = wrapped.ok_or_else(|| failed(&"it wraps nothing"))?;
    let count = wrapped.len() as u64;
    let holder = public.fingerprint();
    let rows = wrapped.into_iter().map(|(id, wrapped)| WrappedKey {
        id,
        wrapped,
        holder,
    });
    let rows: Vec<WrappedKey> = rows.collect();
    store.write_blocking(move |write| data_keys::rewrap(write, &rows))?;
    let name = fingerprint(&public);
    say!("{} wrapped to {name}", plural(count, "data key"));
    say!("name its private part in `[key]`: the server starts with that one alone from now on");
    Ok(())
}

fn opened(settings: &Settings, store: &Store) -> Result<(Box<dyn KeyHolder>, DataKeys), Failure> {
    let nothing = || {
        Failure::new("nothing is sealed under a data key here")
            .hint("data keys are for backups, and for cold mode; `[key]` names who opens them")
    };
    let holder = settings.key.as_ref().ok_or_else(nothing)?;
    let holder = key::holder(holder)?;
    let keys = opened_keys(settings, store, Some(holder.as_ref()))?;
    Ok((holder, keys.ok_or_else(nothing)?))
}
