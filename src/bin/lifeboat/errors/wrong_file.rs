//! One of the files of a recovery, named where another belongs: which it is, and what it is for.

use std::{fs::File, path::Path};

use lifeboat::formats::{
    encoding::{beginning::START, json::FieldError},
    known_file::KnownFile,
};

use crate::{
    bounded::read_start,
    errors::{
        catalogue::{Files, Keys, Lists, other_content},
        code::Code,
        failure::Failure,
    },
};

/// What could not be read from `bytes`, or that these are something else than `expected`.
pub(crate) fn read_as(error: FieldError, bytes: &[u8], expected: KnownFile) -> Failure {
    other_file(bytes, expected).unwrap_or_else(|| error.into())
}

/// What could not be read as records, or that the file is something else. A pipe cannot be looked at again.
pub(crate) fn or_other_records(failure: Failure, path: &Path) -> Failure {
    let may_be_other: [Code; 5] = [
        Lists::NotRecords.into(),
        Files::BadValue.into(),
        Files::MissingField.into(),
        Files::NotJson.into(),
        Files::WrongType.into(),
    ];
    let is_file = std::fs::metadata(path).is_ok_and(|info| info.is_file());
    if !is_file || !may_be_other.contains(&failure.code()) {
        return failure;
    }
    let start = File::open(path).and_then(|file| read_start(file, START as u64));
    let found = start.ok().and_then(|start| KnownFile::of(&start));
    match found.filter(|found| *found != KnownFile::ServerShares) {
        Some(found) => named(found, KnownFile::ServerShares).about(path),
        None => failure,
    }
}

/// What could not be read as a key, or that it is another of the files of a recovery.
pub(crate) fn or_other_than_key(failure: Failure, bytes: &[u8]) -> Failure {
    let may_be_other = failure.is(Keys::NotAKey)
        || failure.is(Keys::KeyOtherFormat)
        || failure.is(Keys::SeveralKeys);
    match KnownFile::of(bytes)
        .filter(|found| may_be_other && !matches!(found, KnownFile::Pem | KnownFile::Age))
    {
        Some(found) => failure
            .reworded(format!("not a key, but {}", found.name()))
            .hint_instead("a key file begins with `-----BEGIN`"),
        None => failure,
    }
}

/// What could not be read as a key from a user's cloud, or that it is another of the files of a recovery.
pub(crate) fn or_other_than_cloud_key(failure: Failure, bytes: &[u8]) -> Failure {
    match KnownFile::of(bytes).filter(|found| *found != KnownFile::WalletList) {
        Some(found) => failure.reworded(format!("not a cloud key, but {}", found.name())),
        None => failure,
    }
}

/// That a file is another than `expected`, where that can be told. Nothing of its content is said.
pub(crate) fn other_file(bytes: &[u8], expected: KnownFile) -> Option<Failure> {
    let found = KnownFile::of(bytes).filter(|found| *found != expected);
    let Some(found) = found else {
        return other_content(bytes, expected.name());
    };
    Some(named(found, expected))
}

fn named(found: KnownFile, expected: KnownFile) -> Failure {
    let message = format!("{}, expected {}", found.name(), expected.name());
    Failure::new(Files::OtherContent, message).hint(what_next(found, expected))
}

/// What a file is good for that is not the one which was expected.
pub(crate) fn what_next(found: KnownFile, expected: KnownFile) -> String {
    use KnownFile::{
        Age, DeviceBackup, DeviceShare, FullKeys, LockedKeys, Pem, PortalShare, Sealed,
        ServerShares, WalletList,
    };
    let hint = match (found, expected) {
        (ServerShares | DeviceShare, FullKeys) => {
            "two shares make the full keys: \
             `lifeboat takeover --server-shares FILE --device-share FILE --wallet ID --out NEW`"
        }
        (ServerShares, DeviceShare) | (DeviceShare, ServerShares) => {
            "are two names swapped? `lifeboat takeover --server-shares FILE` takes what `derive` wrote, \
             `--device-share FILE` what `share recover` wrote"
        }
        (ServerShares, Sealed) => "it needs no opening: give it to `lifeboat takeover` as it is",
        (DeviceShare, DeviceBackup) => {
            "it is recovered already: give it to `lifeboat takeover --device-share FILE`"
        }
        (DeviceBackup, _) => {
            "open it first: `lifeboat share recover BACKUP --device-id ID --out NEW`"
        }
        (FullKeys | LockedKeys, _) => "`lifeboat export` and `lifeboat sign` take it as it is",
        (Sealed | Age, _) => "open it first: `lifeboat unseal FILE --key PEM --out NEW`",
        (PortalShare, _) => "`lifeboat portal eject` joins it with the other share of the client",
        (Pem, _) => "a private key is named with `--key`, by the commands that need one",
        (WalletList, _) => {
            "a list of wallet ids is named with `--wallets`, by the commands that take one"
        }
        _ => {
            let expected = expected.name();
            return format!("is it the right file? name the one that holds {expected}");
        }
    };
    hint.to_owned()
}
