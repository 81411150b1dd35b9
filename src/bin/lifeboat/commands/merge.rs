//! `merge`: the parts of a shared batch put together.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Write},
};

use lifeboat::{
    crypto::{envelope::RunKeys, rsa::RecoveryKey},
    formats::{
        encoding::beginning::{Begun, begun, start},
        sealed::{
            age::AgeWriter,
            sealed_file::{KEY_SHARE_1, looks_sealed},
        },
        server_share::record_reader::{Reading, RecordError, RecordReader},
        wallets::wallet_list::WalletList,
    },
    operations::{
        merge::{Part, Whole, merge as merge_parts},
        seal::Sealing,
        unseal::SealedFile,
    },
};

use crate::{
    args::{derive::Merge, paths::InputPath, shapes::SealFormat},
    context::{World, threads},
    errors::{
        catalogue::{Doing, Lists, Seals},
        failure::Failure,
        wrong_file::or_other_records,
    },
    inputs::{
        bad_ids::{bad_list, report_bad_ids},
        passphrase::private_key,
        recipients::Recipients,
        wallet_ids::WalletSource,
    },
    outcomes::{Outcome, batch, parts::Results},
    outputs::new_file::NewFile,
    terminal::{Work, grouped, plural},
};

/// Puts the parts of a shared batch together.
pub(crate) fn merge(args: &Merge, world: &mut World) -> Result<Outcome, Failure> {
    let to = Recipients::read(&args.seal_to, world)?;
    let inputs = begin_parts(args)?;
    look_at_parts(args, &inputs)?;
    let mut ids = WalletSource::open(Some(&args.wallets), &[], world)?;
    // Where an id can be derived once, `derive --keep-going` left a second one out.
    let once = inputs.iter().any(|input| start(input).starts_with(b"{\n"));
    let found = ids
        .check(once, threads(None))
        .map_err(|failure| failure.about(&args.wallets))?;
    report_bad_ids(&found, &ids, true, world)?;

    let mut out = NewFile::create(&args.out)?;
    let key = args
        .key
        .as_deref()
        .map(|key| private_key(world, key, args.passphrase.source()));
    let key = key.transpose()?;
    let parts = open_parts(args, inputs, key.as_ref(), world)?;
    drop(key);

    let mut list = ids.list()?;
    let count = write_whole(args, &to, parts, &mut list, &mut out, found.good, world)?;
    let path = out.finish()?;
    world.terminal.say(format!(
        "put {} together in `{}`, none is missing; SHA-256 {}",
        plural(count, "wallet"),
        path.display(),
        path.sha256()
    ));
    let outcome = Outcome::done(batch::Merge {
        wallets: count,
        failed: bad_list(&found, &ids, usize::MAX),
        failed_count: found.bad_count,
        parts: args.parts.len(),
        recipients: to.keys.len(),
        sealed_to: to.to_json(),
        files: Results::of([&path]),
    });
    if found.bad_count == 0 {
        return Ok(outcome);
    }
    let message = format!(
        "{} of {} ids of the list are bad: the parts have nothing for them",
        grouped(found.bad_count),
        grouped(found.bad_count + count)
    );
    let failure = Failure::new(Lists::BadWalletIds, message)
        .hint("correct them and derive them alone")
        .but_did_the_rest();
    Ok(outcome.but(failure))
}

/// Opens every part and reads its beginning.
fn begin_parts(args: &Merge) -> Result<Vec<Input>, Failure> {
    let begin = |(number, path): (usize, &InputPath)| {
        let file = File::open(path).map_err(|error| Failure::io(Doing::Read, path, &error))?;
        let input = begun(BufReader::new(file)).map_err(RecordError::Io);
        input.map_err(|error| Failure::from(error).of_part(number).about(path))
    };
    (1..).zip(&args.parts).map(begin).collect()
}

/// Refuses what is no part before anybody types a passphrase for it.
fn look_at_parts(args: &Merge, inputs: &[Input]) -> Result<(), Failure> {
    for ((number, path), input) in (1..).zip(&args.parts).zip(inputs) {
        // A part of no wallets is empty in some formats.
        if start(input).is_empty() || looks_sealed(start(input)) {
            continue;
        }
        let begun = RecordReader::begin(start(input), Reading::AsWritten);
        begun.map_err(|error| {
            let failure = Failure::from(error).of_part(number).about(path);
            or_other_records(failure, path)
        })?;
    }
    Ok(())
}

/// Writes the records of all parts as one file, sealed where that is asked for.
fn write_whole(
    args: &Merge,
    to: &Recipients,
    parts: Vec<Part<Input>>,
    list: &mut WalletList<impl Read>,
    out: &mut NewFile,
    total: u64,
    world: &World,
) -> Result<u64, Failure> {
    // An unencrypted part proves no kit: then the head of the whole names none either.
    let heads = parts.iter().map(|part| match part {
        Part::Sealed(file, _) => Some(file.header.clone()),
        Part::Clear(_) => None,
    });
    let before = heads
        .collect::<Option<Vec<_>>>()
        .and_then(|heads| heads.into_iter().next());

    let not_written = |error| Failure::io(Doing::Write, &args.out, &error);
    let not_sealed = |error| Failure::sealing(error, &args.out);
    let mut buffered = BufWriter::new(out);
    let rng = &mut world.rng();
    let count = if to.keys.is_empty() {
        put_together(args, parts, list, Whole::Clear(&mut buffered), total, world)?
    } else if args.seal_format == SealFormat::Age {
        let mut age = AgeWriter::begin(&to.keys, &mut buffered, rng).map_err(not_written)?;
        let count = put_together(args, parts, list, Whole::Clear(&mut age), total, world)?;
        age.finish().map_err(not_written)?;
        count
    } else {
        let sealing = match &before {
            Some(before) => Sealing::begin_again(before, &to.keys, &mut buffered, rng),
            None => Sealing::begin(KEY_SHARE_1, &to.keys, &mut buffered, rng),
        };
        let sealing = Box::new(sealing.map_err(not_sealed)?);
        put_together(args, parts, list, Whole::Sealed(sealing), total, world)?
    };
    buffered.flush().map_err(not_written)?;
    Ok(count)
}

fn put_together<W: Write>(
    args: &Merge,
    parts: Vec<Part<Input>>,
    list: &mut WalletList<impl Read>,
    whole: Whole<W>,
    total: u64,
    world: &World,
) -> Result<u64, Failure> {
    let bar = world.bar(Work::Merging, total);
    merge_parts(parts, list, whole, threads(None), &bar).map_err(|error| {
        let part = error.part().and_then(|part| args.parts.get(part - 1));
        let failure = Failure::merging(error, &args.out);
        match part {
            Some(path) => or_other_records(failure.about(path), path),
            None => failure,
        }
    })
}

type Input = Begun<BufReader<File>>;

/// Reads the heads of sealed parts and unlocks them. All sealed parts must come from one kit, with the same shares.
fn open_parts(
    args: &Merge,
    inputs: Vec<Input>,
    key: Option<&RecoveryKey>,
    world: &World,
) -> Result<Vec<Part<Input>>, Failure> {
    let mut opened: Vec<Part<Input>> = Vec::with_capacity(inputs.len());
    for ((number, path), input) in (1..).zip(&args.parts).zip(inputs) {
        if !looks_sealed(start(&input)) {
            opened.push(Part::Clear(input));
            continue;
        }
        let (file, keys) =
            unlock(input, key, world).map_err(|failure| failure.of_part(number).about(path))?;
        let same = opened.iter().all(|part| match part {
            Part::Sealed(first, _) => {
                (&first.header.kit, &first.header.algorithms)
                    == (&file.header.kit, &file.header.algorithms)
            }
            Part::Clear(_) => true,
        });
        if !same {
            let message = format!(
                "part {number} comes from another kit, or with other algorithms, than the first"
            );
            return Err(Failure::new(Lists::MergeFormat, message)
                .hint("derive every part from the same kit with the same `--algorithm`"));
        }
        opened.push(Part::Sealed(file, Box::new(keys)));
    }
    Ok(opened)
}

fn unlock(
    input: Input,
    key: Option<&RecoveryKey>,
    world: &World,
) -> Result<(SealedFile<Input>, RunKeys), Failure> {
    let key = key.ok_or_else(|| {
        Failure::new(Seals::SealedNeedsKey, "the part is sealed")
            .hint(
                "give the private key it is sealed to and whom to seal the whole to: `--key PEM --seal-to PUBLIC.pem`",
            )
            .hint("without that key: each part is whole by itself, and its recipient can take the parts one by one")
    })?;
    let file = SealedFile::begin(input)?;
    if file.header.holds != KEY_SHARE_1 {
        return Err(Failure::new(
            Seals::SealedOther,
            "the file holds something else than Key Share #1",
        ));
    }
    let (_, keys) = file.unlock(key, &mut world.rng())?;
    Ok((file, keys))
}
