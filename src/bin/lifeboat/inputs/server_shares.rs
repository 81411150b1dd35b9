//! Key Share #1 of the wallets that a takeover is asked for, out of any file that holds it.

use std::{collections::BTreeSet, fs::File, io::BufReader, path::Path};

use lifeboat::{
    crypto::secret::SecretBytes,
    formats::{
        known_file::KnownFile,
        sealed::{
            age::looks_age,
            sealed_file::{KEY_SHARE_1, SealedError, looks_sealed},
        },
        server_share::import::{MAX_SERVER_SHARES, ServerShares, WalletShares, read_server_shares},
        wallets::wallet_id::WalletId,
    },
    operations::{
        takeover::{TakeoverError, find_shares},
        unseal::{SealedFile, UnsealError},
    },
};

use crate::{
    args::takeover::Takeover,
    context::World,
    errors::{
        catalogue::{Doing, Files, Seals},
        failure::Failure,
        wrong_file::{other_file, read_as},
    },
    inputs::{file::read_secret, passphrase::private_key},
};

/// The shares of one wallet.
pub(crate) fn read_one(
    args: &Takeover,
    wallet: WalletId,
    world: &mut World,
) -> Result<WalletShares, Failure> {
    let records = read_records(args, &[wallet], world)?;
    find_shares(records.expose(), wallet)
        .map_err(|error| about_shares(error, records.expose(), &args.server_shares))
}

/// The server shares of a batch.
pub(crate) enum ListedShares {
    /// Every wallet's, read.
    Read(ServerShares),
    /// The records, of which at least one cannot be read.
    Unread(SecretBytes),
}

impl ListedShares {
    /// The shares of one of them, once.
    pub(crate) fn take(&mut self, wallet: &WalletId) -> Result<WalletShares, TakeoverError> {
        match self {
            Self::Read(shares) => shares.remove(wallet).ok_or(TakeoverError::NoWallet {
                wallet: *wallet,
                nearest: Vec::new(),
            }),
            Self::Unread(records) => find_shares(records.expose(), *wallet),
        }
    }
}

/// The server shares of the wallets of a list.
pub(crate) fn read_listed(
    args: &Takeover,
    ids: &[WalletId],
    world: &mut World,
) -> Result<ListedShares, Failure> {
    let records = read_records(args, ids, world)?;
    match read_wanted(&records, ids) {
        Ok(shares) => Ok(ListedShares::Read(shares)),
        // One damaged record is that wallet's failure: look for each wallet by itself.
        Err(failure) if !(failure.is(Files::NotJson) || failure.is(Files::OtherContent)) => {
            Ok(ListedShares::Unread(records))
        }
        Err(failure) => Err(failure.about(&args.server_shares)),
    }
}

fn read_wanted(records: &SecretBytes, ids: &[WalletId]) -> Result<ServerShares, Failure> {
    let ids: BTreeSet<&WalletId> = ids.iter().collect();
    read_server_shares(records.expose(), |id| ids.contains(id))
        .map_err(|error| read_as(error, records.expose(), KnownFile::ServerShares))
}

/// The server shares as records; of a sealed file only the wallets asked for are opened.
fn read_records(
    args: &Takeover,
    wallets: &[WalletId],
    world: &mut World,
) -> Result<SecretBytes, Failure> {
    let path = &args.server_shares;
    let Some(key) = &args.key else {
        let records = read_secret(path, MAX_SERVER_SHARES)?;
        if looks_age(records.expose()) {
            return Err(Failure::from(SealedError::Age).about(path));
        }
        if looks_sealed(records.expose()) {
            return Err(
                Failure::new(Seals::SealedNeedsKey, "the server shares are sealed")
                    .hint("give the private key they are sealed to: `--key PEM`")
                    .about(path),
            );
        }
        return Ok(records);
    };
    let about = |error: UnsealError| Failure::from(error).about(path);
    let file = File::open(path).map_err(|error| Failure::io(Doing::Read, path, &error))?;
    let sealed = SealedFile::begin(BufReader::new(file)).map_err(about)?;
    if sealed.header.holds != KEY_SHARE_1 {
        let message = "the file holds something else than Key Share #1";
        return Err(Failure::new(Seals::SealedOther, message).about(path));
    }
    let key = private_key(world, key, args.key_passphrase.source())?;
    let (_, keys) = sealed.unlock(&key, &mut world.rng()).map_err(about)?;
    let ids: Vec<String> = wallets.iter().map(WalletId::to_string).collect();
    let mut records = Vec::new();
    let opened = sealed.open_some(
        |id| keys.record_key(id.as_bytes()),
        &ids,
        |opened| {
            records.push(SecretBytes::new(opened.text.to_vec()));
            Ok::<_, UnsealError>(())
        },
    );
    match opened {
        // A wallet that is not there is found missing below, like in any other file.
        Ok(_) | Err(UnsealError::Sealed(SealedError::NoRecord(_))) => {}
        Err(error) => return Err(about(error)),
    }
    if records.is_empty() {
        return Ok(SecretBytes::new(b"{}".to_vec()));
    }
    let mut text = Vec::with_capacity(records.iter().map(|record| record.len() + 1).sum());
    for record in &records {
        text.extend_from_slice(record.expose());
        text.push(b'\n');
    }
    Ok(SecretBytes::new(text))
}

fn about_shares(error: TakeoverError, records: &[u8], path: &Path) -> Failure {
    // An answer without content holds no wallet either.
    let may_be_other = matches!(
        error,
        TakeoverError::ServerShares(_) | TakeoverError::NoWallet { .. }
    );
    let other = may_be_other
        .then(|| other_file(records, KnownFile::ServerShares))
        .flatten();
    other.unwrap_or_else(|| error.into()).about(path)
}
