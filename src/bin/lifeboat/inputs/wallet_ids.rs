//! Where wallet ids come from: arguments, a file, standard input. Read twice, so standard input is kept.

use std::{
    fs::File,
    io::{Cursor, Read, Seek},
    path::Path,
};

use lifeboat::{
    crypto::server_share::WALLET_ID_LENGTH,
    formats::{
        known_file::KnownFile,
        wallets::{
            wallet_id::WalletIdError,
            wallet_list::{WalletList, refuse_no_text},
        },
    },
    operations::check_wallet_list::{CheckOptions, CheckedList, check_wallet_list},
};

use crate::{
    args::paths::is_standard,
    bounded::{copy_bounded, read_start},
    context::World,
    errors::{
        catalogue::{Doing, Lists},
        failure::Failure,
        wrong_file::other_file,
    },
    inputs::file::not_read,
};

const MAX_SPOOLED: u64 = 8 << 30;
/// Bytes that show whether it is text at all.
const LOOKED_AT: u64 = 4 << 10;

/// Ids that can be read from the start again.
pub(crate) struct WalletSource {
    text: Text,
    /// What the numbers of its ids count.
    pub(crate) place: Place,
}

/// What the position of an id is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Argument,
    Line,
    /// Of a JSON document.
    Entry,
}

impl Place {
    /// A word for people and machines.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::Line => "line",
            Self::Entry => "entry",
        }
    }
}

enum Text {
    Arguments(Vec<u8>),
    File(File),
}

impl WalletSource {
    /// The ids in a file (`-`: standard input), or those given one by one.
    pub(crate) fn open(
        file: Option<&Path>,
        arguments: &[String],
        world: &mut World,
    ) -> Result<Self, Failure> {
        let Some(path) = file else {
            // A line break inside an argument must not make two ids of it.
            let lines = arguments.iter().map(|id| id.replace(['\n', '\r'], "?"));
            let text = lines.collect::<Vec<_>>().join("\n").into_bytes();
            return Ok(Self {
                text: Text::Arguments(text),
                place: Place::Argument,
            });
        };
        let file = if is_standard(path) {
            spool(world)?
        } else {
            File::open(path).map_err(|error| Failure::io(Doing::Read, path, &error))?
        };
        let seekable = file.metadata().is_ok_and(|info| info.is_file());
        let file = if seekable {
            file
        } else {
            spool_from(file, path, world)?
        };
        Ok(Self {
            text: Text::File(file),
            place: Place::Line,
        })
    }

    /// Looks every id over.
    pub(crate) fn check(&mut self, unique: bool, threads: usize) -> Result<CheckedList, Failure> {
        let size = match &self.text {
            Text::Arguments(text) => text.len() as u64,
            Text::File(file) => file.metadata().map_or(0, |info| info.len()),
        };
        let expected = usize::try_from(size).unwrap_or(0) / (WALLET_ID_LENGTH + 1) + 1;
        let options = CheckOptions {
            unique,
            expected,
            threads,
        };
        let found = check_wallet_list(&mut self.list()?, options)
            .map_err(|error| self.or_other_file(error.into()))?;
        if found.is_document {
            self.place = Place::Entry;
        }
        Ok(found)
    }

    /// Why a list could not be read, or that it is another of the files of a recovery.
    fn or_other_file(&mut self, failure: Failure) -> Failure {
        if !failure.is(Lists::ListJsonDocument) {
            return failure;
        }
        let Text::File(file) = &mut self.text else {
            return failure;
        };
        let start = file.rewind().and_then(|()| read_start(file, LOOKED_AT));
        let other = start
            .ok()
            .and_then(|start| other_file(&start, KnownFile::WalletList));
        other.unwrap_or(failure)
    }

    /// The list, from its start.
    pub(crate) fn list(&mut self) -> Result<WalletList<Box<dyn Read>>, Failure> {
        match &mut self.text {
            Text::Arguments(text) => Ok(WalletList::of_arguments(Box::new(Cursor::new(
                text.clone(),
            )))),
            Text::File(file) => {
                let again = file.rewind().and_then(|()| file.try_clone());
                let again = again.map_err(|error| {
                    Failure::io(Doing::Read, Path::new("the wallet list"), &error)
                })?;
                Ok(WalletList::new(Box::new(again)))
            }
        }
    }
}

fn spool(world: &mut World) -> Result<File, Failure> {
    spool_from(
        world.take_stdin("--wallets")?,
        Path::new("standard input"),
        world,
    )
}

/// What can be read once is kept in a file without a name. Ids are no secret. What is no list is refused before it is
/// kept: it may never end.
fn spool_from(mut input: impl Read, name: &Path, world: &mut World) -> Result<File, Failure> {
    let start =
        read_start(&mut input, LOOKED_AT).map_err(|error| not_read(name, LOOKED_AT, &error))?;
    refuse_no_text(&start)?;
    let input = Cursor::new(start).chain(input);

    let mut file = world
        .hardening
        .spool
        .take()
        .map_or_else(tempfile::tempfile, Ok)
        .map_err(|error| {
            let folder = std::env::temp_dir();
            Failure::io(Doing::MakeTemporaryIn, &folder, &error)
                .hint_instead("what can be read only once is kept there: make the folder, or name another with `TMPDIR`; or give the list as a file")
        })?;
    copy_bounded(input, &mut file, MAX_SPOOLED)
        .map_err(|error| not_read(name, MAX_SPOOLED, &error))?;
    Ok(file)
}

/// What was typed as a wallet id and is none.
pub(crate) fn bad_wallet(fault: WalletIdError) -> Failure {
    let failure = Failure::new(Lists::BadWalletId, fault.to_string());
    match fault {
        WalletIdError::Spelling { canonical, .. } => {
            failure.hint(format!("write it as `{canonical}`"))
        }
        _ => failure,
    }
}
