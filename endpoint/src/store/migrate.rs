//! Brings tables up to date: numbered steps, forward only, each in a transaction of its own with its number.

use super::{
    StoreError,
    database::{Database, values},
    sqlite::{Sqlite, Which},
};

/// A step: its number is its place.
type Steps = &'static [&'static str];

const STATE: Steps = &[
    include_str!("../../migrations/sqlite-state/0001_audit_and_grants.sql"),
    include_str!("../../migrations/sqlite-state/0002_backups_and_devices.sql"),
    include_str!("../../migrations/sqlite-state/0003_releases.sql"),
    include_str!("../../migrations/sqlite-state/0004_outbox.sql"),
    include_str!("../../migrations/sqlite-state/0005_portal.sql"),
];

const SHARES: Steps = &[include_str!(
    "../../migrations/sqlite-shares/0001_files.sql"
)];

/// Does what has not been done yet.
pub(super) fn up(database: &mut Sqlite, which: Which) -> Result<(), StoreError> {
    let steps = match which {
        Which::State => STATE,
        Which::Shares => SHARES,
    };
    // Two programs may start at once: whoever comes second sees what the first has done.
    database.batch("BEGIN IMMEDIATE")?;
    let done = in_transaction(database, which, steps);
    database.batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

fn in_transaction(database: &mut Sqlite, which: Which, steps: Steps) -> Result<(), StoreError> {
    database.batch("CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY) STRICT")?;
    let row = database.find("SELECT coalesce(max(version), 0) FROM schema", &[])?;
    let found = row.map_or(Ok(0), |row| row.integer(0))?;
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer {
            file: which.file().to_owned(),
            found,
            known,
        });
    }
    for (version, step) in (1..).zip(steps) {
        if version > found {
            database.batch(step)?;
            database.execute("INSERT INTO schema (version) VALUES ($1)", values![version])?;
        }
    }
    Ok(())
}
