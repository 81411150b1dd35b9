//! `import backups`: what was harvested from the provider. Run again, it adds only what is not here yet.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use getrandom::SysRng;
use lifeboat::{crypto::secret::SecretBytes, formats::encoding::shown::plural};
use lifeboat_endpoint::{
    domain::{
        backup::Source,
        harvest::{Harvested, MAX_LINE, read_line},
    },
    keys::data_key::DataKeys,
    store::backups::{BackupRow, TABLE},
};
use rand_core::UnwrapErr;
use uuid::Uuid;

use crate::{
    commands::{data_keys::data_keys, settings, store},
    failure::Failure,
    key,
    say::say,
};

/// Backups in one write.
const BATCH: usize = 500;
/// Bad lines that are told.
const MOST_TOLD: usize = 20;

pub(crate) fn run(config: &Path, file: &Path) -> Result<(), Failure> {
    say!("{}", import(config, file)?);
    Ok(())
}

/// Imports the list, and says what became of it.
pub(crate) fn import(config: &Path, file: &Path) -> Result<String, Failure> {
    let settings = settings(config)?;
    let all = check(file)?;
    let store = store(&settings)?;
    let holder = settings.key.as_ref().map(key::holder).transpose()?;
    let keys = data_keys(&settings, &store, holder.as_deref())?.ok_or_else(|| {
        Failure::new("no key seals the backups").hint("name one in `[key]` of the configuration")
    })?;

    let (mut batch, mut new) = (Vec::with_capacity(BATCH), 0);
    for_each(file, |_, line| {
        // Every line was read before; the file has not changed since, or this line is told.
        let harvested = read_line(line).map_err(|error| Failure::new(error.to_string()))?;
        batch.push(row_of(harvested, &keys));
        if batch.len() == BATCH {
            new += store.import_backups(std::mem::take(&mut batch))?;
        }
        Ok(())
    })?;
    if !batch.is_empty() {
        new += store.import_backups(batch)?;
    }
    Ok(format!(
        "{}: {new} new, {} here before",
        plural(all as u64, "backup"),
        all - new
    ))
}

/// Reads the whole list before anything of it is kept; how many backups it has.
fn check(file: &Path) -> Result<usize, Failure> {
    let (mut all, mut bad, mut told) = (0, 0, Vec::new());
    for_each(file, |number, line| {
        all += 1;
        if let Err(error) = read_line(line) {
            bad += 1;
            if told.len() < MOST_TOLD {
                told.push(format!("{}: line {number}: {error}", file.display()));
            }
        }
        Ok(())
    })?;
    if bad == 0 {
        return Ok(all);
    }
    if bad > MOST_TOLD {
        told.push(format!("and {} more lines like these", bad - MOST_TOLD));
    }
    Err(Failure::of_lines(told).hint(
        "each line is {\"walletId\": …, \"deviceId\": …, \"createdAt\": …, \"backup\": …}; nothing was imported",
    ))
}

/// Goes through the lines that hold something; numbers begin with 1.
fn for_each(
    file: &Path,
    mut work: impl FnMut(usize, &str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let shown = file.display();
    let failed = |error: std::io::Error| Failure::new(format!("cannot read `{shown}`: {error}"));
    let mut input = BufReader::new(File::open(file).map_err(failed)?);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let most = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
        let mut bounded = (&mut input).take(most + 1);
        if bounded.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        if line.len() > MAX_LINE {
            return Err(Failure::new(format!(
                "{shown}: line {number}: more than {MAX_LINE} bytes"
            )));
        }
        let text = std::str::from_utf8(&line);
        let text = text.map_err(|_| Failure::new(format!("{shown}: line {number}: no UTF-8")))?;
        if !text.trim().is_empty() {
            work(number, text.trim())?;
        }
    }
    Ok(())
}

fn row_of(harvested: Harvested, keys: &DataKeys) -> BackupRow {
    let (id, backup) = (Uuid::now_v7(), harvested.backup);
    let digest = backup.digest();
    let plain = SecretBytes::new(backup.content.expose().as_bytes().to_vec());
    BackupRow {
        id,
        wallet: harvested.wallet,
        device: backup.device,
        physical: harvested.physical,
        passphrase_id: backup.passphrase_id.as_str().to_owned(),
        form: backup.form,
        keys: backup.keys,
        sealed: keys.seal(TABLE, id, &plain, &mut UnwrapErr(SysRng)),
        digest,
        source: Source::Import,
        created_at: harvested.created_at,
    }
}
