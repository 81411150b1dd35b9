//! `restore`: puts a copy of the database in the place of one that is gone, and ends what must not go on.
//!
//! A copy knows nothing of what came after it: a release that was cancelled, denied or used up since would be open again. So
//! every release that is open in it is ended, with an event in the audit chain.

use std::path::Path;

use lifeboat_endpoint::{
    config::Database,
    store::{Store, copy::lay_out},
};

use crate::{
    commands::{settings, store},
    failure::Failure,
    say::say,
};

/// The exit status where verification says no.
const NOT_VERIFIED: u8 = 3;

pub(crate) fn run(config: &Path, from: Option<&Path>) -> Result<(), Failure> {
    let settings = settings(config)?;
    let ended = match (&settings.database, from) {
        (Database::Sqlite(folder), Some(from)) => put(from, folder)?,
        (Database::Sqlite(_), None) => {
            return Err(Failure::new("which copy?")
                .hint("`restore --from DIR` names the folder that `backup --to` wrote"));
        }
        (Database::Postgres(_), Some(_)) => {
            return Err(Failure::new("PostgreSQL restores its databases itself").hint(
                "run `pg_restore --exit-on-error` into an empty database, then `restore` without `--from`",
            ));
        }
        (Database::Postgres(_), None) => store(&settings)?.end_open_releases()?,
    };
    say!("releases that were open in the copy, and are ended: {ended}");
    say!(
        "not in the copy: what was locked, unlocked, granted or backed up after it was made. Look at it before you start the server"
    );
    Ok(())
}

/// How many releases were ended: all that were open, before there is anything to serve.
fn put(from: &Path, folder: &Path) -> Result<u64, Failure> {
    let laid_out = lay_out(from, folder)?.map_err(|copied| {
        let broken = copied.audit.broken.as_ref().map(ToString::to_string);
        let broken = broken.unwrap_or_default();
        Failure::new(format!("the audit chain of the copy: {broken}"))
            .status(NOT_VERIFIED)
            .hint("take an older copy; nothing was written")
    })?;
    let store = Store::open(&Database::Sqlite(laid_out.folder.clone()))?;
    let ended = store.end_open_releases()?;
    drop(store);
    laid_out.put_in_place()?;
    let copied = &laid_out.copied;
    say!(
        "put into `{}`: {} audit events, none changed; {} complete files of shares",
        folder.display(),
        copied.audit.head.seq,
        copied.share_files
    );
    Ok(ended)
}
