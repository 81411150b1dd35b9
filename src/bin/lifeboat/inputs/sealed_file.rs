//! Sealed files, opened as far as their header.

use std::{fs::File, io::BufReader, path::Path};

use lifeboat::{
    formats::{
        encoding::{
            beginning::{Begun, begun, start},
            byte_order_mark::without_mark,
            file_kind::Foreign,
        },
        known_file::KnownFile,
        sealed::sealed_file::{SealedError, looks_sealed},
        wallets::wallet_id::WalletId,
    },
    operations::unseal::{SealedFile, UnsealError},
};

use crate::{
    context::World,
    errors::{
        catalogue::{Doing, Lists},
        failure::Failure,
        wrong_file::what_next,
    },
    inputs::bad_ids::each_listed,
};

/// A sealed file, read far enough to tell what it is.
pub(crate) type Input = Begun<BufReader<File>>;

/// Opens one and reads its beginning.
pub(crate) fn open_input(path: &Path) -> Result<Input, Failure> {
    File::open(path)
        .and_then(|file| begun(BufReader::new(file)))
        .map_err(|error| Failure::io(Doing::Read, path, &error))
}

/// Opens one and reads its header.
pub(crate) fn begin(path: &Path) -> Result<SealedFile<Input>, Failure> {
    begin_sealed(open_input(path)?, path)
}

/// Reads the header.
pub(crate) fn begin_sealed(input: Input, path: &Path) -> Result<SealedFile<Input>, Failure> {
    let begins = start(&input).to_vec();
    SealedFile::begin(input).map_err(|error| {
        let failure = changed_on_its_way(&begins, error, path);
        failure.about(path)
    })
}

/// What is wrong with a sealed file, and how to undo what editors and transfers in text mode do: every byte of it counts.
fn changed_on_its_way(begins: &[u8], error: UnsealError, path: &Path) -> Failure {
    let error = match error {
        UnsealError::Read(error) => return Failure::io(Doing::Read, path, &error),
        error => error,
    };
    let is_no_sealed_file = matches!(error, UnsealError::Sealed(SealedError::NotSealed));
    let failure = Failure::from(error);
    if let Some(Foreign::Wide(name)) = Foreign::wide(begins) {
        let encoding = name.trim_start_matches("in ");
        return failure.hint(format!(
            "it was saved {name}; undo it: `iconv -f {encoding} -t UTF-8 FILE > NEW`"
        ));
    }

    let text = without_mark(begins);
    let ends = text.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let has_mark = text.len() < begins.len();
    let has_cr = text.get(..ends).is_some_and(|line| line.ends_with(b"\r"));
    if !looks_sealed(text) {
        return match KnownFile::of(begins).filter(|_| is_no_sealed_file) {
            Some(found) => failure
                .reworded(format!("not a sealed file, but {}", found.name()))
                .hint_instead(what_next(found, KnownFile::Sealed)),
            None => failure,
        };
    }
    match (has_mark, has_cr) {
        (true, true) => failure.hint(
            "a byte order mark was put before it, and its line ends were changed to CRLF; undo both: \
             `tail -c +4 FILE | tr -d '\\r' > NEW`",
        ),
        (true, false) => {
            failure.hint("a byte order mark was put before it; undo it: `tail -c +4 FILE > NEW`")
        }
        (false, true) => failure
            .hint("its line ends were changed to CRLF; undo it: `tr -d '\\r' < FILE > NEW`"),
        (false, false) => failure,
    }
}

/// The wallets whose records are wanted, of the command line and of a list; none where all are.
pub(crate) fn wanted_ids(
    given: &[String],
    list: Option<&Path>,
    world: &mut World,
) -> Result<Vec<String>, Failure> {
    let mut ids = wallet_ids(given)?;
    if let Some(path) = list {
        each_listed(path, false, world, |id| ids.push(id.to_string()))?;
        // An empty list must not stand for all of them.
        if ids.is_empty() {
            let failure = Failure::new(Lists::NoWalletIds, "the list holds no wallet ids");
            return Err(failure.about(path));
        }
    }
    Ok(ids)
}

/// The wallet ids of the command line.
fn wallet_ids(given: &[String]) -> Result<Vec<String>, Failure> {
    let id = |id: &String| match WalletId::parse(id.as_bytes()) {
        Ok(id) => Ok(id.to_string()),
        Err(fault) => Err(Failure::new(Lists::BadWalletIds, fault.to_string()).hint(
            "a wallet id is a UUID in lower case with dashes, as in the list that was derived",
        )),
    };
    given.iter().map(id).collect()
}
