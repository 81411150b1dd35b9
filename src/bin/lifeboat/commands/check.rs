//! `check`: a result looked at again.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
};

use lifeboat::{
    crypto::rsa::RecoveryKey,
    formats::{
        kit::container::Kit,
        sealed::sealed_file::{KEY_SHARE_1, SealedError, looks_sealed},
        server_share::{
            record::{Record, RecordFormat},
            record_reader::{Reading, RecordError, RecordReader},
        },
        wallets::{algorithm::Algorithm, wallet_id::WalletId},
    },
    operations::{
        check_result::{CheckSealedError, Checked, Expected, check as check_records, check_sealed},
        derive::{Derivation, Form},
        open_kit::open_wallet_master,
        seal::derived_keys,
        unseal::{SealedFile, UnsealError},
    },
};
use rand_core::Rng;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    args::derive::Check,
    context::{World, threads},
    errors::{
        catalogue::{Doing, Files, Lists, Seals},
        code::Code,
        failure::Failure,
        wrong_file::or_other_records,
    },
    inputs::{
        bad_ids::each_listed,
        kit::{fingerprints, open_kit},
        kit_secrets::{recovery_key, warn_of_oddities},
    },
    outcomes::{
        Outcome, batch,
        parts::{FailedRecord, MissingZeros, Results},
    },
    outputs::{new_file::NewFile, records::Members, result_name::ResultFile},
    terminal::{Terminal, Work, grouped, plural},
};

/// What to say of right shares in another layout.
const OTHER_LAYOUT: &str = "the file is JSON that another program laid out, not byte for byte what `derive` writes: programs that read JSON find the \
     same shares in it, `seal`, `merge` and programs that read it line by line refuse it";

/// Derives again what a result holds, and compares.
pub(crate) fn check(mut args: Check, world: &mut World) -> Result<Outcome, Failure> {
    // Every other command has the kit first.
    if looks_like_kit(&args.file) && !looks_like_kit(&args.kit) {
        std::mem::swap(&mut args.file, &mut args.kit);
    }
    refuse_pipe(&args.file)?;
    let kit = open_kit(&args.kit, &args.meant)?;
    warn_of_oddities(&kit, world);
    check_against(&kit, &args, world).map_err(|failure| or_other_records(failure, &args.file))
}

/// Whether it is a zip file or a folder, which no result is. What cannot be looked at is neither, and is read by its place.
fn looks_like_kit(path: &Path) -> bool {
    let Ok(info) = std::fs::metadata(path) else {
        return false;
    };
    info.is_dir() || (info.is_file() && begins_as_zip(path).unwrap_or(false))
}

fn begins_as_zip(path: &Path) -> std::io::Result<bool> {
    let mut file = BufReader::with_capacity(64, File::open(path)?);
    Ok(file.fill_buf()?.starts_with(b"PK"))
}

fn check_against(kit: &Kit, args: &Check, world: &mut World) -> Result<Outcome, Failure> {
    let expected = expected(args, world)?;
    look_at_result(args)?;
    let out = args.repair.as_deref().map(NewFile::create).transpose()?;
    let key = recovery_key(&args.recovery, kit, world)?;
    let opened = open_wallet_master(kit, &key, &mut world.rng());
    let (master, cosigners) = opened.map_err(|error| Failure::from(error).about(&args.kit))?;
    let derivation = Derivation {
        master: &master,
        cosigners: &cosigners,
        algorithms: &[Algorithm::CmpEcdsa, Algorithm::CmpEddsa],
        eddsa: args.eddsa_variant,
        form: Form::Clear(RecordFormat::Ndjson),
        part: 0..0,
        threads: threads(None),
    };
    if starts_sealed(&args.file)? {
        let found = check_as_sealed(args, &derivation, expected, key, world);
        let found = found.map_err(|failure| failure.about(&args.file))?;
        return Ok(report(&found, kit, &cosigners, None, world));
    }
    drop(key);
    check_in_clear(args, kit, &derivation, expected, out, world)
}

/// A result is read more than once, and a pipe gives it once; opening one may wait for ever.
fn refuse_pipe(path: &Path) -> Result<(), Failure> {
    let info = std::fs::metadata(path).map_err(|error| Failure::io(Doing::Read, path, &error))?;
    if info.is_file() || info.is_dir() {
        return Ok(());
    }
    Err(Failure::new(
        Lists::FileNeeded,
        "a pipe or a device, and the result is read more than once",
    )
    .about(path))
}

/// What the command line says of the result.
fn expected(args: &Check, world: &mut World) -> Result<Expected, Failure> {
    let mut expected = Expected::default();
    expected.algorithms = args.algorithm.map(|algorithm| algorithm.list().to_vec());
    let Some(path) = &args.wallets else {
        return Ok(expected);
    };
    expected.begin_list();
    each_listed(path, false, world, |id| expected.expect(id))?;
    Ok(expected)
}

/// Refuses what is no result before anybody types a passphrase for it.
fn look_at_result(args: &Check) -> Result<(), Failure> {
    if starts_sealed(&args.file)? {
        let file = begin_sealed(&args.file).map_err(|failure| failure.about(&args.file))?;
        drop(file);
        return Ok(());
    }
    let first = records(args).and_then(|mut records| records.next_record().map(drop));
    first.map_err(|error| about(error, &args.file))
}

fn begin_sealed(path: &Path) -> Result<SealedFile<BufReader<File>>, Failure> {
    let file = SealedFile::begin(open_result(path)?)?;
    if file.header.holds != KEY_SHARE_1 {
        return Err(Failure::new(
            Seals::SealedOther,
            "the file holds something else than Key Share #1",
        ));
    }
    Ok(file)
}

/// Checks a sealed result. What `derive` sealed opens with the kit itself, anything else with a recipient's key.
fn check_as_sealed(
    args: &Check,
    derivation: &Derivation<'_>,
    expected: Expected,
    key: RecoveryKey,
    world: &World,
) -> Result<Checked, Failure> {
    if args.repair.is_some() {
        return Err(
            Failure::new(Files::Usage, "a sealed result lacks no leading zeros")
                .hint("leave `--repair` out: it is for what the published tools wrote"),
        );
    }
    let total = match args.sample {
        Some(_) => {
            let mut lines = 0;
            let mut input = open_result(&args.file)?;
            while let Some(read) = count_lines(&mut input).map_err(RecordError::Io)? {
                lines += read;
            }
            // Head and closing line.
            lines.saturating_sub(3)
        }
        None => 0,
    };
    let file = begin_sealed(&args.file)?;
    let (_, own) = derived_keys(derivation.master, &file.header);
    let keys = if file.recipients.is_authentic(&own) {
        own
    } else {
        file.unlock(&key, &mut world.rng()).map_err(unfit)?.1
    };
    drop(key);
    let found = check_sealed(
        file,
        &keys,
        derivation,
        expected,
        sample(args, total, world),
        &world.bar(Work::Checking, total),
    );
    found.map_err(|error| match error {
        CheckSealedError::Sealed(error) => error.into(),
        CheckSealedError::Records(error) => error.into(),
    })
}

/// Neither the kit nor its recovery key opens the file; another key could not open the kit.
fn unfit(error: UnsealError) -> Failure {
    if !matches!(error, UnsealError::Sealed(SealedError::NotRecipient(_))) {
        return error.into();
    }
    Failure::new(Seals::NotRecipient,
        "the file is neither as `derive` sealed it from this kit nor sealed to its recovery key",
    )
    .hint("of another kit, merged or rewrapped: unseal it with its recipient's key and check the result")
    .hint("of this kit: its head was altered, compare the SHA-256 with the one that `derive` showed")
}

/// The line ends in what can be read at once; `None` at the end.
fn count_lines(input: &mut impl BufRead) -> std::io::Result<Option<u64>> {
    let bytes = input.fill_buf()?;
    let (count, length) = (
        bytes.iter().filter(|byte| **byte == b'\n').count() as u64,
        bytes.len(),
    );
    input.consume(length);
    Ok((length > 0).then_some(count))
}

fn open_result(path: &Path) -> Result<BufReader<File>, Failure> {
    File::open(path)
        .map(BufReader::new)
        .map_err(|error| Failure::io(Doing::Read, path, &error))
}

fn starts_sealed(path: &Path) -> Result<bool, Failure> {
    let mut input = open_result(path)?;
    // What cannot be read is said where it is read as a result.
    Ok(input.fill_buf().is_ok_and(looks_sealed))
}

/// Checks a result that is not sealed, and writes it out in full when that is asked for and it is right.
fn check_in_clear(
    args: &Check,
    kit: &Kit,
    derivation: &Derivation<'_>,
    expected: Expected,
    mut out: Option<NewFile>,
    world: &World,
) -> Result<Outcome, Failure> {
    let about = |error| about(error, &args.file);
    let total = match (args.sample, &out) {
        (None, None) => 0,
        _ => count_records(args).map_err(about)?,
    };
    let not_written = |error| {
        let path = args.repair.as_deref().unwrap_or(&args.file);
        Failure::io(Doing::Write, path, &error)
    };
    let (format, mut first) = (RecordFormat::Json, true);
    let mut line = Zeroizing::new(Vec::with_capacity(1 << 14));
    line.extend_from_slice(format.header().as_bytes());
    let mut members = Members::new(format);
    let right = |record: &Record| {
        let Some(out) = &mut out else { return Ok(()) };
        let added = members.add(record.wallet_id);
        added.map_err(|failure| Stopped::Write(failure.about(&args.file)))?;
        format.write(record, std::mem::take(&mut first), &mut line);
        let written = out.write_all(&line);
        written.map_err(|error| Stopped::Write(not_written(error)))?;
        line.clear();
        Ok(())
    };

    let found = check_records(
        records(args).map_err(about)?,
        derivation,
        expected,
        sample(args, total, world),
        right,
        &world.bar(Work::Checking, total),
    );
    let found = found.map_err(|stopped| match stopped {
        Stopped::Read(error) => about(error),
        Stopped::Write(failure) => failure,
    })?;
    let written = match out.filter(|_| is_right(&found)) {
        Some(mut out) => {
            line.extend_from_slice(format.footer().as_bytes());
            out.write_all(&line).map_err(not_written)?;
            Some(out.finish()?)
        }
        None => None,
    };
    Ok(report(&found, kit, derivation.cosigners, written, world))
}

/// Why the reading of a result ended early.
enum Stopped {
    Read(RecordError),
    Write(Failure),
}

impl From<RecordError> for Stopped {
    fn from(error: RecordError) -> Self {
        Self::Read(error)
    }
}

/// Picks all records, or about so many of `total` as the sample has, and never none.
fn sample(args: &Check, total: u64, world: &World) -> impl FnMut() -> bool {
    let (sample, mut rng) = (args.sample, world.rng());
    let (mut seen, mut none) = (0, true);
    move || {
        seen += 1;
        let picked = sample.is_none_or(|sample| rng.next_u64() % total.max(1) < u64::from(sample));
        let picked = picked || (none && seen == total);
        none &= !picked;
        picked
    }
}

/// Whether nothing is wrong but perhaps leading zeros.
fn is_right(found: &Checked) -> bool {
    found.records > 0
        && found.wrong_count() == 0
        && found.missing.is_empty()
        && found.extra.is_empty()
}

fn report(
    found: &Checked,
    kit: &Kit,
    cosigners: &[Uuid],
    written: Option<ResultFile>,
    world: &World,
) -> Outcome {
    show(found, cosigners, world);
    if !found.is_as_written && is_right(found) {
        world.terminal.warn(OTHER_LAYOUT);
    }
    if let Some(path) = &written {
        let count = plural(found.short.len() as u64, "share");
        world.terminal.say(format!(
            "wrote `{}`: {count} completed with leading zeros",
            path.display()
        ));
    }
    let wrong = found.wrong.iter().map(|(wallet, what)| FailedRecord {
        code: Code::from(Lists::RecordsWrong).name(),
        id: Some(wallet.to_string()),
        wallet_id: Some(wallet.to_string()),
        message: what.to_string(),
        ..FailedRecord::default()
    });
    let short = found.short.iter();
    let short = short.map(|(wallet, cosigner, algorithm)| MissingZeros {
        wallet_id: Some(wallet.to_string()),
        cosigner: cosigner.to_string(),
        algorithm: algorithm.name(),
    });
    let names = |ids: &[WalletId]| ids.iter().map(WalletId::to_string).collect::<Vec<_>>();
    let outcome = Outcome::done(batch::Checked {
        records: found.records,
        as_derive_writes: found.is_as_written,
        compared: found.compared,
        cosigners: cosigners.iter().map(Uuid::to_string).collect(),
        algorithms: found.algorithms.iter().map(|name| name.name()).collect(),
        wrong: wrong.collect(),
        more_wrong: found.more_wrong,
        missing: names(&found.missing),
        extra: names(&found.extra),
        short: short.collect(),
        files: Results::of(&written),
        kit: fingerprints(kit),
    });
    match verdict(found, written.is_some()) {
        Some(failure) => outcome.but(failure),
        None => {
            let all = if found.compared == found.records {
                "every record"
            } else {
                "every record that was derived again"
            };
            world
                .terminal
                .verdict(format!("this result is right: {all} is what the kit gives"));
            outcome
        }
    }
}

/// Wallets that are named one by one; of more only their number is told.
const MOST_NAMED: usize = 20;

fn tell_wallets(wallets: &[WalletId], what: &str, terminal: &Terminal) {
    for wallet in wallets.iter().take(MOST_NAMED) {
        terminal.tell_failed(format!("wallet `{wallet}` {what}"));
    }
    let more = wallets.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        terminal.tell_failed(format!("and {} more", plural(more as u64, "wallet")));
    }
}

/// Names what is wrong, and says what there is: `8 wallets × 3 cosigners × ECDSA, EdDSA`.
fn show(found: &Checked, cosigners: &[Uuid], world: &World) {
    let terminal = &world.terminal;
    for (wallet, cosigner, algorithm) in &found.short {
        let name = algorithm.name();
        terminal.tell_failed(format!(
            "wallet `{wallet}`: the {name} share of cosigner `{cosigner}` lacks its leading zeros"
        ));
    }
    for (wallet, what) in &found.wrong {
        terminal.tell_failed(format!("wallet `{wallet}`: {what}"));
    }
    if found.more_wrong > 0 {
        terminal.tell_failed(format!("and {} more", plural(found.more_wrong, "wallet")));
    }
    tell_wallets(&found.missing, "of the list is missing", terminal);
    tell_wallets(&found.extra, "is not in the list", terminal);
    let algorithms = found.algorithms.iter().map(|algorithm| algorithm.scheme());
    // Where something is wrong, one wallet may have several records.
    let noun = if found.wrong_count() == 0 {
        "wallet"
    } else {
        "record"
    };
    terminal.show_result(format!(
        "{} × {} × {}",
        plural(found.records, noun),
        plural(cosigners.len() as u64, "cosigner"),
        algorithms.collect::<Vec<_>>().join(", ")
    ));
    terminal.show_result(format!(
        "{} of {} derived again, {} wrong",
        grouped(found.compared),
        plural(found.records, noun),
        grouped(found.wrong_count())
    ));
}

fn verdict(found: &Checked, is_repaired: bool) -> Option<Failure> {
    if found.records == 0 {
        return Some(Failure::new(Lists::NoRecords, "the file holds no record"));
    }
    if found.wrong_count() > 0 {
        let message = format!(
            "{} of {} are not what the kit gives",
            grouped(found.wrong_count()),
            plural(found.records, "record")
        );
        return Some(Failure::new(Lists::RecordsWrong, message));
    }
    if !found.missing.is_empty() || !found.extra.is_empty() {
        let message = format!(
            "{} of the list are missing, {} not in the list",
            plural(found.missing.len() as u64, "wallet"),
            plural(found.extra.len() as u64, "wallet")
        );
        return Some(Failure::new(Lists::RecordsIncomplete, message));
    }
    if found.short.is_empty() || is_repaired {
        return None;
    }
    let message = format!(
        "{} lack leading zeros",
        plural(found.short.len() as u64, "share")
    );
    Some(Failure::new(Lists::SharesShort, message))
}

/// The records of the result. What is no JSON must be as `derive` writes it, unless it is to be repaired.
fn records(args: &Check) -> Result<RecordReader<BufReader<File>>, RecordError> {
    let file = BufReader::new(File::open(&args.file)?);
    let mut records = RecordReader::begin(file, Reading::Published)?;
    if records.format() != RecordFormat::Json && args.repair.is_none() {
        records.only_as_written()?;
    }
    Ok(records)
}

fn count_records(args: &Check) -> Result<u64, RecordError> {
    let mut records = records(args)?;
    let mut count = 0;
    while records.next_record()?.is_some() {
        count += 1;
    }
    Ok(count)
}

fn about(error: RecordError, path: &Path) -> Failure {
    match error {
        RecordError::Io(error) => Failure::io(Doing::Read, path, &error),
        error => Failure::from(error).about(path),
    }
}
