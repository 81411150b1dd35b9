//! Device shares as `share recover` wrote them: one, or a folder of them for a list of wallets.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use lifeboat::formats::{
    device_share::share::{DeviceShare, MAX_DEVICE_FILE},
    encoding::beginning::START,
    known_file::KnownFile,
    wallets::wallet_id::WalletId,
};

use crate::{
    bounded::read_start,
    context::World,
    errors::{
        catalogue::{Devices, Doing, Files},
        failure::Failure,
        wrong_file::read_as,
    },
    inputs::file::read_secret,
    outcomes::parts::FailedRecord,
    terminal::{grouped, plural},
};

/// Wallets without a device share that are told one by one.
const MOST_TOLD: usize = 20;

/// One device share.
pub(crate) fn read_device_share(path: &Path) -> Result<DeviceShare, Failure> {
    let bytes = read_secret(path, MAX_DEVICE_FILE)?;
    DeviceShare::parse(bytes.expose())
        .map_err(|error| read_as(error, bytes.expose(), KnownFile::DeviceShare).about(path))
}

/// Where the device share of a wallet is.
pub(crate) fn share_file(folder: &Path, wallet: &WalletId) -> PathBuf {
    folder.join(format!("{wallet}.json"))
}

/// Takes the wallets without a device share in the folder out of the list: each is a failure, and the first are told.
pub(crate) fn take_missing(
    ids: &mut Vec<WalletId>,
    folder: &Path,
    world: &World,
) -> Result<Vec<FailedRecord>, Failure> {
    if folder.is_file() {
        return Err(Failure::new(
            Files::Usage,
            "a file, where a folder of device shares belongs",
        )
        .about(folder)
        .hint("for one wallet: `--wallet ID --device-share FILE`"));
    }
    std::fs::metadata(folder).map_err(|error| Failure::io(Doing::Read, folder, &error))?;
    // What cannot be looked at is read, and the error says why not.
    let may_be_there = |id: &WalletId| share_file(folder, id).try_exists().unwrap_or(true);
    let (there, missing): (Vec<WalletId>, Vec<WalletId>) = ids.drain(..).partition(may_be_there);
    *ids = there;
    // That there is none of them is one failure, not one for each.
    let told = if ids.is_empty() {
        0
    } else {
        missing.len().min(MOST_TOLD)
    };
    for wallet in missing.iter().take(told) {
        world.terminal.tell_failed(format!(
            "wallet `{wallet}`: no device share in `{}`",
            folder.display()
        ));
    }
    if told > 0 && missing.len() > told {
        world.terminal.tell_failed(format!(
            "and {} more wallets without a device share",
            grouped((missing.len() - told) as u64)
        ));
    }
    let record = |wallet: WalletId| FailedRecord {
        id: Some(wallet.to_string()),
        wallet_id: Some(wallet.to_string()),
        ..Failure::new(
            Files::FileNotFound,
            format!("no device share in `{}`", folder.display()),
        )
        .of_record()
    };
    Ok(missing.into_iter().map(record).collect())
}

/// Why no wallet of the list has its device share in the folder, where that can be told.
pub(crate) fn no_shares_in(folder: &Path, listed: u64) -> Failure {
    let message = format!(
        "no device share of {} is in it",
        plural(listed, "listed wallet")
    );
    let failure = Failure::new(Devices::NoTakeover, message).about(folder);
    if holds_backups(folder) {
        failure.hint(
            "it holds backups; open them first: \
             `lifeboat share recover BACKUPS --devices CSV --out device-shares`",
        )
    } else {
        failure.hint("device shares are looked for as `WALLET_ID.json`")
    }
}

/// Whether the first files of a folder have a device backup among them.
fn holds_backups(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut starts = entries.take(MOST_TOLD).filter_map(|entry| {
        let file = File::open(entry.path()).ok()?;
        read_start(file, START as u64).ok()
    });
    starts.any(|start| KnownFile::of(&start) == Some(KnownFile::DeviceBackup))
}
