//! `backup`: copies the database while the server serves, and checks the copy.

use std::path::Path;

use lifeboat_endpoint::{config::Database, store::copy::copy};

use crate::{commands::settings, failure::Failure, say::say};

/// The exit status where verification says no.
const NOT_VERIFIED: u8 = 3;

pub(crate) fn run(config: &Path, to: &Path) -> Result<(), Failure> {
    let settings = settings(config)?;
    let Database::Sqlite(from) = &settings.database else {
        return Err(Failure::new("PostgreSQL copies its databases itself").hint(
            "run `pg_dump --format=custom --file=lifeboat.dump` with the server, user and database of `database.url`; \
             it copies one state of everything while servers serve",
        ));
    };
    let copied = copy(from, to)?;
    if let Some(broken) = &copied.audit.broken {
        return Err(
            Failure::new(format!("the audit chain of the copy: {broken}"))
                .status(NOT_VERIFIED)
                .hint(
                    "the database has the same fault: `audit verify` says so; keep older backups",
                ),
        );
    }
    say!(
        "copied into `{}`: {} audit events, none changed; {} complete files of shares",
        to.display(),
        copied.audit.head.seq,
        copied.share_files
    );
    Ok(())
}
