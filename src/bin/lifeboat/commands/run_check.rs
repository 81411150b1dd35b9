//! `check` and `merge`: results looked at again.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use lifeboat::{
    formats::{
        algorithm::Algorithm,
        record::RecordFormat,
        record_lines::{RecordError, RecordLines},
        wallet_list::WalletList,
    },
    operations::{
        check::{Checked, check as check_records},
        derive::{Derivation, Form},
        merge::merge as merge_parts,
        open::open_wallet_master,
    },
};
use rand_core::Rng;
use serde_json::json;

use super::run_kit::{warn_of_label, warn_of_oddities};
use crate::{
    args::{Check, Merge},
    failure::{Failure, Outcome},
    files::{NewFile, open_kit},
    passphrases::private_key,
    terminal::plural,
    world::World,
};

/// Derives again what a result holds, and compares.
pub(crate) fn check(args: &Check, world: &mut World) -> Result<Outcome, Failure> {
    let kit = open_kit(&args.kit)?;
    warn_of_oddities(&kit, world);
    let total = match args.sample {
        Some(_) => count_records(&args.file)?,
        None => 0,
    };
    let records = records(&args.file)?;
    let passphrase_file = args.recovery.key_passphrase_file.as_deref();
    let key = private_key(world, &args.recovery.key, "--key-passphrase-file", passphrase_file)?;
    warn_of_label(&kit, &key, world);
    let opened = open_wallet_master(&kit, &key, &mut world.rng());
    let (master, cosigners) = opened.map_err(|error| Failure::from(error).about(&args.kit))?;
    let derivation = Derivation {
        master: &master,
        cosigners: &cosigners,
        algorithms: &[Algorithm::CmpEcdsa, Algorithm::CmpEddsa],
        form: Form::Clear(RecordFormat::Ndjson),
        part: 0..0,
        threads: 1,
    };
    let mut rng = world.rng();
    let chosen = || args.sample.is_none_or(|sample| rng.next_u64() % total.max(1) < u64::from(sample));
    let found = check_records(records, &derivation, chosen, &world.terminal.bar(total));
    let found = found.map_err(|error| about(error, &args.file))?;
    Ok(report(&found, world))
}

/// Puts the parts of a shared batch together.
pub(crate) fn merge(args: &Merge, world: &mut World) -> Result<Outcome, Failure> {
    let open = |path: &PathBuf| File::open(path).map_err(|error| Failure::io("read", path, &error));
    let parts = args.parts.iter().map(|part| open(part).map(BufReader::new)).collect::<Result<Vec<_>, _>>()?;
    let mut list = WalletList::new(open(&args.wallets)?);
    let mut out = NewFile::create(&args.out)?;
    let count = {
        let mut buffered = BufWriter::new(&mut out);
        let count = merge_parts(parts, &mut list, &mut buffered)?;
        buffered.flush().map_err(|error| Failure::io("write", &args.out, &error))?;
        count
    };
    let path = out.finish()?;
    world.terminal.say(format!("put {} together in `{}`, none is missing", plural(count, "wallet"), path.display()));
    Ok(Outcome::done(json!({ "wallets": count, "parts": args.parts.len(), "files": [path] })))
}

fn report(found: &Checked, world: &World) -> Outcome {
    let terminal = &world.terminal;
    for (wallet, what) in &found.wrong {
        terminal.warn(format!("wallet `{wallet}`: {what}"));
    }
    terminal.show(format!(
        "{} of {} derived again, {} wrong",
        found.compared,
        plural(found.records, "wallet"),
        found.wrong.len()
    ));
    let wrong = found.wrong.iter().map(|(wallet, what)| json!({ "walletId": wallet.as_str(), "error": what }));
    let outcome = Outcome::done(json!({
        "records": found.records,
        "compared": found.compared,
        "wrong": wrong.collect::<Vec<_>>(),
    }));
    if found.wrong.is_empty() {
        return outcome;
    }
    let message = format!("{} of {} are not what the kit gives", found.wrong.len(), plural(found.compared, "record"));
    outcome.but(Failure::not_verified("records_wrong", message).hint("derive them again; do not use this file"))
}

fn records(path: &Path) -> Result<RecordLines<BufReader<File>>, Failure> {
    let file = File::open(path).map_err(|error| Failure::io("read", path, &error))?;
    RecordLines::begin(BufReader::new(file)).map_err(|error| about(error, path))
}

fn count_records(path: &Path) -> Result<u64, Failure> {
    let mut records = records(path)?;
    let mut count = 0;
    while records.next_record().map_err(|error| about(error, path))?.is_some() {
        count += 1;
    }
    Ok(count)
}

fn about(error: RecordError, path: &Path) -> Failure {
    Failure::from(error).about(path)
}
