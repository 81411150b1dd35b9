//! Full keys and ejected keys, unlocked where they are locked.

use lifeboat::formats::{
    encoding::readable::Readable,
    full_key::file::{MAX_FULL_KEYS, RootKey, read_full_keys, read_locked_full_keys},
    known_file::KnownFile,
};

use crate::{
    args::export::FullKeysArgs,
    context::World,
    errors::{catalogue::Exports, failure::Failure, wrong_file::read_as},
    inputs::{file::read_secret, passphrase::opened},
};

/// Reads keys, unlocking them where they are locked, and takes those that were asked for.
pub(crate) fn read_roots(args: &FullKeysArgs, world: &mut World) -> Result<Vec<RootKey>, Failure> {
    let path = &args.full_keys;
    let about = |error| Failure::from(error).about(path);
    let bytes = read_secret(path, MAX_FULL_KEYS)?;
    let readable = Readable::of_text(bytes.expose());
    let locked = read_locked_full_keys(readable.bytes())
        .map_err(|error| read_as(error, readable.bytes(), KnownFile::LockedKeys).about(path))?;
    let roots = match locked {
        None => read_full_keys(readable.bytes())
            .map_err(|error| read_as(error, readable.bytes(), KnownFile::FullKeys).about(path))?,
        Some(locked) => {
            let question = format!("passphrase of `{}`", path.display());
            let plain = opened(world, args.passphrase.source(), &question, |passphrase| {
                locked
                    .unlock(&passphrase)
                    .map_err(|fault| Failure::from(fault).about(path))
            })?;
            read_full_keys(plain.expose()).map_err(about)?
        }
    };
    select(args, roots)
}

/// The keys of the wallet or client named.
fn select(args: &FullKeysArgs, mut roots: Vec<RootKey>) -> Result<Vec<RootKey>, Failure> {
    if let Some(wallet) = &args.wallet {
        roots.retain(|root| {
            let id = root.wallet_id.as_ref().map(|id| id.as_str());
            id.is_some_and(|id| id.eq_ignore_ascii_case(wallet))
        });
    }
    if let Some(client) = &args.client {
        roots.retain(|root| root.client_id.as_ref() == Some(client));
    }
    if roots.is_empty() {
        return Err(Failure::new(
            Exports::NoSuchOwner,
            "the file holds no key of the wallet or client named",
        )
        .about(&args.full_keys));
    }
    Ok(roots)
}
