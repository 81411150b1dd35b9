//! `restore`: puts a copy of the database in the place of one that is gone, and ends what must not go on.
//!
//! A copy knows nothing of what came after it: a release that was cancelled, denied or used up since would be open again. So
//! every release that is open in it is ended, with an event in the audit chain.

use std::path::Path;

use lifeboat_endpoint::{config::Database, store::copy::put_back};

use crate::{
    commands::{settings, store},
    failure::Failure,
    say::say,
};

/// The exit status where verification says no.
const NOT_VERIFIED: u8 = 3;

pub(crate) fn run(config: &Path, from: Option<&Path>) -> Result<(), Failure> {
    let settings = settings(config)?;
    match (&settings.database, from) {
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
        (Database::Postgres(_), None) => {}
    }
    let ended = store(&settings)?.end_open_releases()?;
    say!("releases that were open in the copy, and are ended: {ended}");
    say!(
        "not in the copy: what was locked, unlocked, granted or backed up after it was made. Look at it before you start the server"
    );
    Ok(())
}

fn put(from: &Path, folder: &Path) -> Result<(), Failure> {
    let copied = put_back(from, folder)?;
    if let Some(broken) = &copied.audit.broken {
        return Err(
            Failure::new(format!("the audit chain of the copy: {broken}"))
                .status(NOT_VERIFIED)
                .hint("take an older copy; nothing was written"),
        );
    }
    say!(
        "put into `{}`: {} audit events, none changed; {} complete files of shares",
        folder.display(),
        copied.audit.head.seq,
        copied.share_files
    );
    Ok(())
}
