//! `unseal` of a file of age.

use std::io::{BufReader, Error, Read, Write};

use lifeboat::formats::{
    encoding::beginning::{Begun, begun, start},
    sealed::{
        age::{AgeHeader, AgeReader, age_error},
        sealed_file::{SealedError, no_record},
    },
    server_share::{
        record::RecordFormat,
        record_reader::{Reading, RecordError, RecordReader, looks_records},
    },
};
use zeroize::Zeroizing;

use crate::{
    args::seal::Unseal,
    context::World,
    errors::{
        catalogue::{Doing, Lists, Seals},
        failure::Failure,
    },
    inputs::{
        passphrase::private_key,
        sealed_file::{Input, wanted_ids},
    },
    outcomes::{Outcome, batch, parts::Results},
    outputs::{
        new_file::Destination,
        records::{AT_ONCE, Members},
    },
    terminal::plural,
};

/// How a line of `takeover --wallets` begins.
const FULL_KEYS_LINE: &[u8] = br#"{"walletId":""#;

/// Opens it as a whole; records are written in the shape asked for, anything else as it is.
pub(super) fn unseal(args: &Unseal, input: Input, world: &mut World) -> Result<Outcome, Failure> {
    let fail = |error: Error| failed(error, args);
    let Some(key) = args.key.as_deref().filter(|_| !args.hand_over_key) else {
        return Err(Failure::from(SealedError::Age).about(&args.file));
    };
    let wanted = wanted_ids(&args.wallet, args.wallets.as_deref(), world)?;
    let header = AgeHeader::read(input).map_err(fail)?;
    let mut out = Destination::open(&args.out, args.reveal, world)?;
    let key = private_key(world, key, args.passphrase.source())?;
    let reader = header.unlock(&key, &mut world.rng()).map_err(fail)?;
    let plain = begun(BufReader::new(reader)).map_err(fail)?;
    if start(&plain).is_empty() {
        return Err(no_records("the age file opens, but nothing is in it", args));
    }
    let count = if looks_records(start(&plain)) {
        Some(write_records(args, plain, &wanted, &mut out)?)
    } else if wanted.is_empty() {
        let holds_full_keys = start(&plain).starts_with(FULL_KEYS_LINE);
        copy(plain, args, &mut out)?;
        if !holds_full_keys {
            world.terminal.warn(format!(
                "`{}` holds no Key Share #1 as `derive` writes it: what it holds was written as it is",
                args.file.display()
            ));
        }
        None
    } else {
        let failure = Failure::new(Seals::SealedOther, "the age file holds no Key Share #1");
        return Err(failure
            .about(&args.file)
            .hint("without `--wallet` all of it is opened"));
    };
    let written = out.finish()?;
    world.terminal.say(match count {
        Some(count) => format!("opened {}", plural(count, "record")),
        None => "opened the age file".to_owned(),
    });
    Ok(Outcome::done(batch::Opened {
        records: count,
        files: Results::of(&written),
    }))
}

/// Opened, but without anything that a wallet could use: no result.
fn no_records(message: &str, args: &Unseal) -> Failure {
    Failure::new(Lists::NoRecords, message)
        .about(&args.file)
        .hint("use another copy of the file, or derive again from the kit")
}

type Plain = Begun<BufReader<AgeReader<Input>>>;

fn write_records(
    args: &Unseal,
    plain: Plain,
    wanted: &[String],
    out: &mut Destination,
) -> Result<u64, Failure> {
    let format = RecordFormat::from(args.format);
    let not_written = |error| Failure::io(Doing::Write, &args.out, &error);
    let not_read = |error| match error {
        RecordError::Io(error) => failed(error, args),
        error => Failure::from(error).about(&args.file),
    };
    let mut members = Members::new(format);
    let mut missing = vec![true; wanted.len()];
    let mut text = Zeroizing::new(Vec::with_capacity(2 * AT_ONCE));
    text.extend_from_slice(format.header().as_bytes());
    let (mut records, mut count) = (
        RecordReader::begin(plain, Reading::AsWritten).map_err(not_read)?,
        0,
    );
    while let Some(record) = records.next_written().map_err(not_read)? {
        let place = wanted
            .iter()
            .position(|id| *id == record.wallet_id.as_str());
        if place.is_none() && !wanted.is_empty() {
            continue;
        }
        if let Some(missing) = place.and_then(|place| missing.get_mut(place)) {
            *missing = false;
        }
        let added = members.add(record.wallet_id);
        added.map_err(|failure| failure.about(&args.file))?;
        format.write(&record, count == 0, &mut text);
        count += 1;
        if text.len() >= AT_ONCE {
            out.write_all(&text).map_err(not_written)?;
            text.clear();
        }
    }
    if count == 0 && wanted.is_empty() {
        return Err(no_records("the age file holds no record", args));
    }
    if let Some((id, _)) = wanted.iter().zip(&missing).find(|(_, missing)| **missing) {
        return Err(Failure::from(no_record(id)).about(&args.file));
    }
    text.extend_from_slice(format.footer().as_bytes());
    out.write_all(&text).map_err(not_written)?;
    Ok(count)
}

fn copy(mut plain: Plain, args: &Unseal, out: &mut Destination) -> Result<(), Failure> {
    let mut piece = Zeroizing::new(vec![0; AT_ONCE]);
    loop {
        let length = plain
            .read(&mut piece)
            .map_err(|error| failed(error, args))?;
        if length == 0 {
            return Ok(());
        }
        out.write_all(piece.get(..length).unwrap_or_default())
            .map_err(|error| Failure::io(Doing::Write, &args.out, &error))?;
    }
}

/// What reading came to: something about age, or about the disk.
fn failed(error: Error, args: &Unseal) -> Failure {
    match age_error(&error) {
        Some(error) => Failure::from(error).about(&args.file),
        None => Failure::io(Doing::Read, &args.file, &error),
    }
}
