//! Sealed files, opened as far as their header.

use std::{fs::File, io::BufReader, path::Path};

use lifeboat::{
    formats::{
        encoding::beginning::{Begun, begun},
        wallets::wallet_id::WalletId,
    },
    operations::unseal::SealedFile,
};

use crate::errors::{
    catalogue::{Doing, Lists},
    failure::Failure,
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
    SealedFile::begin(input).map_err(|error| Failure::from(error).about(path))
}

/// The wallet ids of the command line.
pub(crate) fn wallet_ids(given: &[String]) -> Result<Vec<String>, Failure> {
    let id = |id: &String| match WalletId::parse(id.as_bytes()) {
        Ok(id) => Ok(id.to_string()),
        Err(fault) => Err(Failure::new(Lists::BadWalletIds, fault.to_string()).hint(
            "a wallet id is a UUID in lower case with dashes, as in the list that was derived",
        )),
    };
    given.iter().map(id).collect()
}
