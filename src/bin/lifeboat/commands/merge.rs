//! `merge`: the parts of a shared batch put together.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
};

use lifeboat::{
    crypto::{envelope::RunKeys, rsa::RecoveryKey},
    formats::{
        encoding::beginning::{Begun, begun, start},
        sealed::sealed_file::{KEY_SHARE_1, looks_sealed},
        server_share::record_reader::RecordError,
        wallets::wallet_list::WalletList,
    },
    operations::{
        merge::{Part, Whole, merge as merge_parts},
        seal::Sealing,
        unseal::SealedFile,
    },
};
use serde_json::json;

use super::derive::threads;
use crate::{
    args::derive::Merge,
    context::World,
    errors::{
        catalogue::{Doing, Lists, Seals},
        failure::{Failure, Outcome},
    },
    inputs::{passphrase::private_key, recipients::Recipients},
    outputs::new_file::NewFile,
    terminal::plural,
};

/// Puts the parts of a shared batch together.
pub(crate) fn merge(args: &Merge, world: &mut World) -> Result<Outcome, Failure> {
    let open =
        |path: &Path| File::open(path).map_err(|error| Failure::io(Doing::Read, path, &error));
    let to = Recipients::read(&args.seal_to, world)?;
    let parts = args
        .parts
        .iter()
        .map(|part| open(part).map(BufReader::new))
        .collect::<Result<Vec<_>, _>>()?;
    let mut list = WalletList::new(open(&args.wallets)?);
    let mut out = NewFile::create(&args.out)?;
    let passphrase_file = args.key_passphrase_file.as_deref();
    let key = args
        .key
        .as_deref()
        .map(|key| private_key(world, key, "--key-passphrase-file", passphrase_file));
    let key = key.transpose()?;
    let parts = open_parts(args, parts, key.as_ref(), world)?;
    drop(key);
    // A part in clear proves no kit: then the head of the whole names none either.
    let heads = parts.iter().map(|part| match part {
        Part::Sealed(file, _) => Some(file.header.clone()),
        Part::Clear(_) => None,
    });
    let before = heads
        .collect::<Option<Vec<_>>>()
        .and_then(|heads| heads.into_iter().next());
    let count = {
        let mut buffered = BufWriter::new(&mut out);
        let rng = &mut world.rng();
        let whole = match &before {
            _ if to.keys.is_empty() => Ok(Whole::Clear(&mut buffered)),
            Some(before) => Sealing::begin_again(before, &to.keys, &mut buffered, rng)
                .map(|sealing| Whole::Sealed(Box::new(sealing))),
            None => Sealing::begin(KEY_SHARE_1, &to.keys, &mut buffered, rng)
                .map(|sealing| Whole::Sealed(Box::new(sealing))),
        };
        let whole = whole.map_err(|error| Failure::sealing(error, &args.out))?;
        let count = merge_parts(
            parts,
            &mut list,
            whole,
            threads(None),
            &world.terminal.bar(0),
        );
        let count = count.map_err(|error| {
            let part = error.part().and_then(|part| args.parts.get(part - 1));
            let failure = Failure::merging(error, &args.out);
            match part {
                Some(path) => failure.about(path),
                None => failure,
            }
        })?;
        buffered
            .flush()
            .map_err(|error| Failure::io(Doing::Write, &args.out, &error))?;
        count
    };
    let path = out.finish()?;
    world.terminal.say(format!(
        "put {} together in `{}`, none is missing",
        plural(count, "wallet"),
        path.display()
    ));
    Ok(Outcome::done(json!({
        "wallets": count, "parts": args.parts.len(), "recipients": to.keys.len(),
        "sealedTo": to.to_json(), "files": [path],
    })))
}

type Input = Begun<BufReader<File>>;

/// Reads the heads of sealed parts and unlocks them. All sealed parts must come from one kit, with the same shares.
fn open_parts(
    args: &Merge,
    parts: Vec<BufReader<File>>,
    key: Option<&RecoveryKey>,
    world: &World,
) -> Result<Vec<Part<Input>>, Failure> {
    let mut opened: Vec<Part<Input>> = Vec::with_capacity(parts.len());
    for ((number, path), input) in (1..).zip(&args.parts).zip(parts) {
        let input = begun(input).map_err(RecordError::Io);
        let input = input.map_err(|error| Failure::from(error).of_part(number).about(path))?;
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
