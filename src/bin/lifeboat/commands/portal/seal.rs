//! `portal seal` and `portal open`: share files under envelope encryption.

use std::{
    io::{BufWriter, Write},
    path::Path,
};

use lifeboat::{
    crypto::secret::SecretBytes,
    formats::{
        encoding::file_kind::Foreign,
        known_file::KnownFile,
        printable,
        sealed::sealed_file::{PORTAL_SHARE, SealedError, is_record_id},
    },
    operations::{
        seal::Sealing,
        unseal::{Opened, UnsealError},
    },
};
use zeroize::Zeroizing;

use crate::{
    args::portal::{PortalOpen, PortalSeal},
    context::World,
    context::threads,
    errors::{
        catalogue::{Doing, Seals},
        failure::Failure,
        wrong_file::other_file,
    },
    inputs::{
        file::read_secret, passphrase::private_key, recipients::Recipients, sealed_file::begin,
    },
    outcomes::{Outcome, batch, parts::Results, portal::SharesSealed},
    outputs::{new_file::NewFile, new_folder::NewFolder, result_name::ResultFile},
    terminal::{Work, plural},
};

const MAX_SHARE: u64 = 512 << 10;

/// Seals share files, each as one record under its name.
pub(crate) fn seal(args: &PortalSeal, world: &mut World) -> Result<Outcome, Failure> {
    let to = Recipients::read(&args.to, world)?;
    let names = args
        .files
        .iter()
        .map(|path| record_name(path))
        .collect::<Result<Vec<_>, _>>()?;
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier == name) {
            return Err(Failure::new(
                Seals::SameName,
                format!("two share files are named `{name}`"),
            ));
        }
    }
    let mut out = NewFile::create(&args.out)?;
    let fail = |error| Failure::io(Doing::Write, &args.out, &error);
    let sealing_failed = |error| Failure::sealing(error, &args.out);
    let count = {
        let mut buffered = BufWriter::new(&mut out);
        let mut sealing = Sealing::begin(PORTAL_SHARE, &to.keys, &mut buffered, &mut world.rng())
            .map_err(sealing_failed)?;
        for (path, name) in args.files.iter().zip(&names) {
            // Room for the tag at once, so that sealing in place moves nothing.
            let share = read_secret(path, MAX_SHARE)?;
            refuse_other(path, &share)?;
            let mut text = Zeroizing::new(Vec::with_capacity(share.len() + 16));
            text.extend_from_slice(share.expose());
            sealing
                .add(name.as_bytes(), &mut text)
                .map_err(sealing_failed)?;
        }
        let count = sealing.finish().map_err(sealing_failed)?;
        buffered.flush().map_err(fail)?;
        count
    };
    let path = out.finish()?;
    world.terminal.say(format!(
        "sealed {} into `{}`, SHA-256 {}",
        plural(count, "share file"),
        path.display(),
        path.sha256()
    ));
    Ok(Outcome::done(SharesSealed {
        records: count,
        names,
        recipients: to.keys.len(),
        sealed_to: to.to_json(),
        files: Results::of([&path]),
    }))
}

/// Nobody means to seal nothing, or a file that is clearly something else than a share. A share itself may have any form.
fn refuse_other(path: &Path, share: &SecretBytes) -> Result<(), Failure> {
    use KnownFile::{Age, LockedKeys, Pem, Sealed, ServerShares, WalletList};

    let bytes = share.expose();
    let is_blank = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
    let is_other = matches!(
        KnownFile::of(bytes),
        Some(Age | LockedKeys | Pem | Sealed | ServerShares | WalletList)
    );
    if bytes.iter().all(is_blank) || is_other || Foreign::recognise(bytes).is_some() {
        let failure = other_file(bytes, KnownFile::PortalShare);
        return failure.map_or(Ok(()), |failure| Err(failure.about(path)));
    }
    Ok(())
}

/// Opens sealed share files into a new folder. Nothing is left there unless all of them open.
pub(crate) fn open(args: &PortalOpen, world: &mut World) -> Result<Outcome, Failure> {
    let file = begin(&args.file)?;
    if file.header.holds != PORTAL_SHARE {
        return Err(Failure::new(
            Seals::SealedOther,
            "the file holds something else than share files",
        )
        .about(&args.file)
        .hint("`lifeboat unseal` opens what `derive --seal-to` sealed"));
    }
    NewFolder::check(&args.out)?;
    let key = private_key(world, &args.key, args.passphrase.source())?;
    let about = |error| Failure::from(error).about(&args.file);
    let (_, keys) = file.unlock(&key, &mut world.rng()).map_err(about)?;
    drop(key);
    let mut opened: Vec<ShareFile> = Vec::new();
    let mut take = |record: Opened<'_>| {
        opened.push(ShareFile {
            name: record.id.to_owned(),
            text: SecretBytes::new(record.text.to_vec()),
        });
        Ok::<_, UnsealError>(())
    };
    if args.name.is_empty() {
        file.open_all(
            &keys,
            threads(None),
            &mut take,
            &world.bar(Work::Opening, 0),
        )
        .map_err(about)?;
    } else {
        let some = file.open_some(|id| keys.record_key(id.as_bytes()), &args.name, &mut take);
        some.map_err(|error| match error {
            UnsealError::Sealed(SealedError::NoRecord(_)) => about(error).hint_instead(
                "records are named after the share files; without `--name` all are opened",
            ),
            _ => about(error),
        })?;
    }
    let written = write_shares(&opened, &args.out, world)?;
    world.terminal.say(format!(
        "opened {} into `{}`",
        plural(opened.len() as u64, "share file"),
        args.out.display()
    ));
    Ok(Outcome::done(batch::Opened {
        records: Some(opened.len() as u64),
        files: Results::of(&written),
    }))
}

/// A share file that was opened.
struct ShareFile {
    name: String,
    text: SecretBytes,
}

/// Writes each share under its name into a new folder that only its owner can enter.
fn write_shares(
    opened: &[ShareFile],
    path: &Path,
    world: &World,
) -> Result<Vec<ResultFile>, Failure> {
    if let Some(share) = opened.iter().find(|share| !is_file_name(&share.name)) {
        return Err(Failure::new(
            Seals::RecordName,
            format!("`{}` cannot be a file's name", printable(&share.name)),
        ));
    }
    let mut folder = NewFolder::create(path)?;
    for share in opened {
        folder.write(&share.name, share.text.expose(), world)?;
    }
    folder.finish()
}

/// A record id has no slash, but `.` and `..` are folders.
fn is_file_name(id: &str) -> bool {
    id.chars().any(|letter| letter != '.')
}

fn record_name(path: &Path) -> Result<String, Failure> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    if is_record_id(&name) && is_file_name(&name) {
        return Ok(name);
    }
    Err(
        Failure::new(Seals::RecordName, "the file's name cannot name a record")
            .about(path)
            .hint("rename it: 1 to 128 letters, digits, `.`, `_`, `:`, `-`, not all of them dots"),
    )
}
