//! `seal`, `unseal`, `rewrap`: results that only their recipients can open.

use std::{
    collections::HashSet,
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
};

use lifeboat::{
    formats::{
        encoding::beginning::start,
        sealed::{
            age::looks_age,
            record_key::RecordKeyFile,
            sealed_file::{FULL_KEYS, KEY_SHARE_1, PORTAL_SHARE},
        },
        server_share::{
            record::RecordFormat,
            record_reader::{Reading, RecordReader},
        },
    },
    operations::{
        seal::{SealError, seal as seal_records, seal_as_age},
        unseal::{Opened, SealedFile, UnsealError},
    },
};

use super::unseal_age;
use crate::{
    args::{
        seal::{Rewrap, Seal, Unseal},
        shapes::SealFormat,
    },
    bounded::copy_bounded,
    context::{World, threads},
    errors::{
        catalogue::{Doing, Files, Seals},
        failure::Failure,
        wrong_file::or_other_records,
    },
    inputs::{
        file::read_secret,
        passphrase::private_key,
        recipients::Recipients,
        sealed_file::{Input, begin, begin_sealed, open_input, wanted_ids},
    },
    outcomes::{Outcome, batch, parts::Results},
    outputs::{
        new_file::{Destination, NewFile, write},
        records::{AT_ONCE, Members},
    },
    terminal::{Work, plural},
};

const MAX_RECORD_KEY: u64 = 4 << 10;

/// Opens a sealed file, or some of its records.
pub(crate) fn unseal(args: &Unseal, world: &mut World) -> Result<Outcome, Failure> {
    let input = open_input(&args.file)?;
    if looks_age(start(&input)) {
        return unseal_age::unseal(args, input, world);
    }
    let file = begin_sealed(input, &args.file)?;
    let full_keys = file.header.holds == FULL_KEYS;
    if !full_keys && file.header.holds != KEY_SHARE_1 {
        let failure = Failure::new(
            Seals::SealedOther,
            "the file holds neither Key Share #1 nor full keys",
        );
        return Err(failure
            .about(&args.file)
            .hint("`lifeboat portal open` opens what `portal seal` sealed"));
    }
    let mut out = Destination::open(&args.out, args.reveal, world)?;
    if args.hand_over_key {
        return hand_over(args, file, out, world);
    }
    let format = RecordFormat::from(args.format);
    let mut first = true;
    let fail = |error| Failure::io(Doing::Write, &args.out, &error);
    let (header, footer) = if full_keys {
        ("", "")
    } else {
        (format.header(), format.footer())
    };
    // The header goes out with the first records: before one has opened there is no result.
    let mut text = zeroize::Zeroizing::new(Vec::with_capacity(2 * AT_ONCE));
    text.extend_from_slice(header.as_bytes());
    let mut members = Members::new(format);
    let mut take = |opened: Opened<'_>| {
        if full_keys {
            text.extend_from_slice(opened.text);
        } else {
            let record = opened.record()?;
            members.add(record.wallet_id)?;
            format.write(&record, std::mem::take(&mut first), &mut text);
        }
        if text.len() < AT_ONCE {
            return Ok(());
        }
        let written = out.write_all(&text).map_err(fail);
        text.clear();
        written
    };
    let count = match &args.record_key {
        Some(path) => open_with_record_key(path, file, &mut take),
        None => open_with_key(args, file, &mut take, world),
    }
    .map_err(|failure| failure.about(&args.file))?;
    out.write_all(&text)
        .and_then(|()| out.write_all(footer.as_bytes()))
        .map_err(fail)?;
    let written = out.finish()?;
    world
        .terminal
        .say(format!("opened {}", plural(count, "record")));
    Ok(Outcome::done(batch::Opened {
        records: Some(count),
        files: Results::of(&written),
    }))
}

/// Seals a result that exists unencrypted.
pub(crate) fn seal(args: &Seal, world: &mut World) -> Result<Outcome, Failure> {
    let to = Recipients::read(&args.to, world)?;
    let mut out = NewFile::create(&args.out)?;
    let file =
        File::open(&args.file).map_err(|error| Failure::io(Doing::Read, &args.file, &error))?;
    let records = RecordReader::begin(BufReader::new(file), Reading::AsWritten)
        .map_err(|error| Failure::from(error).about(&args.file))
        .map_err(|failure| or_other_records(failure, &args.file))?;
    let count = {
        let mut buffered = BufWriter::new(&mut out);
        let rng = &mut world.rng();
        let sealed = match args.seal_format {
            SealFormat::Lifeboat => seal_records(records, &to.keys, &mut buffered, rng),
            SealFormat::Age => seal_as_age(records, &to.keys, &mut buffered, rng),
        };
        let count = sealed.map_err(|error| match error {
            error @ SealError::Write(_) => Failure::sealing(error, &args.out),
            error => or_other_records(Failure::from(error).about(&args.file), &args.file),
        })?;
        buffered
            .flush()
            .map_err(|error| Failure::io(Doing::Write, &args.out, &error))?;
        count
    };
    let path = out.finish()?;
    world.terminal.say(format!(
        "sealed {} into `{}`, SHA-256 {}",
        plural(count, "record"),
        path.display(),
        path.sha256()
    ));
    world.terminal.say(format!(
        "`{}` still holds them unencrypted: delete it once the sealed file opens",
        args.file.display()
    ));
    Ok(Outcome::done(batch::Sealed {
        records: count,
        recipients: to.keys.len(),
        sealed_to: to.to_json(),
        files: Results::of([&path]),
    }))
}

/// Gives a sealed file other recipients.
pub(crate) fn rewrap(args: &Rewrap, world: &mut World) -> Result<Outcome, Failure> {
    let to = Recipients::read(&args.to, world)?;
    let about = |error: UnsealError| Failure::from(error).about(&args.file);
    let file = begin(&args.file)?;
    let holds_shares = file.header.holds == PORTAL_SHARE;
    let mut out = NewFile::create(&args.out)?;
    let key = private_key(world, &args.key, args.passphrase.source())?;
    let (file_key, keys) = file.unlock(&key, &mut world.rng()).map_err(about)?;
    drop(key);
    let recipients = file.rewrap(&file_key, &keys, &to.keys, &mut world.rng())?;
    let fail = |error| Failure::io(Doing::Write, &args.out, &error);
    writeln!(out, "{}\n{}", file.header.line(), recipients.line()).map_err(fail)?;
    // As much as there is: it goes from file to file.
    copy_bounded(file.into_rest(), &mut out, u64::MAX).map_err(fail)?;
    let path = out.finish()?;
    world.terminal.say(format!(
        "wrote `{}`, sealed to {}, SHA-256 {}",
        path.display(),
        plural(to.keys.len() as u64, "recipient"),
        path.sha256()
    ));
    let opener = if holds_shares {
        "portal open"
    } else {
        "unseal"
    };
    world.terminal.say(format!(
        "the records were not opened: `lifeboat {opener}` checks them"
    ));
    Ok(Outcome::done(batch::Rewrapped {
        recipients: to.keys.len(),
        sealed_to: to.to_json(),
        files: Results::of([&path]),
    }))
}

fn open_with_key(
    args: &Unseal,
    file: SealedFile<Input>,
    take: &mut impl FnMut(Opened<'_>) -> Result<(), Failure>,
    world: &mut World,
) -> Result<u64, Failure> {
    let ids = wanted_ids(&args.wallet, args.wallets.as_deref(), world)?;
    let path = args.key.as_deref().unwrap_or(Path::new(""));
    let key = private_key(world, path, args.passphrase.source())?;
    let (_, keys) = file.unlock(&key, &mut world.rng())?;
    drop(key);
    if !ids.is_empty() {
        return file.open_some(|id| keys.record_key(id.as_bytes()), &ids, take);
    }
    let bar = world.bar(Work::Unsealing, 0);
    file.open_all(&keys, threads(None), take, &bar)
}

fn open_with_record_key(
    path: &Path,
    file: SealedFile<Input>,
    take: &mut impl FnMut(Opened<'_>) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let handed_over = RecordKeyFile::parse(read_secret(path, MAX_RECORD_KEY)?.expose())?;
    if !handed_over.is_of(&file.header) {
        return Err(Failure::new(
            Seals::RecordKeyOtherFile,
            "the record key belongs to another sealed file",
        ));
    }
    let ids = [handed_over.id.clone()];
    file.open_some(|_| handed_over.key(), &ids, take)
}

/// Writes the keys of some records, each after it has opened its record.
fn hand_over(
    args: &Unseal,
    file: SealedFile<Input>,
    mut out: Destination,
    world: &mut World,
) -> Result<Outcome, Failure> {
    let ids = wanted_ids(&args.wallet, args.wallets.as_deref(), world)?;
    if ids.is_empty() {
        let failure = Failure::new(Files::Usage, "keys are handed over for single records");
        return Err(failure.hint("name them with `--wallet ID` or `--wallets FILE`"));
    }
    let path = args.key.as_deref().unwrap_or(Path::new(""));
    let key = private_key(world, path, args.passphrase.source())?;
    let (_, keys) = file.unlock(&key, &mut world.rng())?;
    drop(key);
    let header = file.header.clone();
    let mut seen = HashSet::new();
    let mut handed = 0;
    file.open_some(
        |id| keys.record_key(id.as_bytes()),
        &ids,
        |opened| {
            // One id may have several records, which one key opens.
            if !seen.insert(opened.id.to_owned()) {
                return Ok(());
            }
            let key = keys.record_key(opened.id.as_bytes());
            let text = RecordKeyFile::new(opened.id, &header, &key).to_text();
            handed += 1;
            write(&mut out, text.expose(), &args.out)
        },
    )?;
    let written = out.finish()?;
    Ok(Outcome::done(batch::Opened {
        records: Some(handed),
        files: Results::of(&written),
    }))
}
