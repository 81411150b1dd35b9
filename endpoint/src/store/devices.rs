//! Devices: where each lives, where it lived, and to which phones backups were served.

use lifeboat::formats::{device_share::device_id::DeviceId, wallets::wallet_id::WalletId};

use super::{
    StoreError, Write,
    backups::device_bytes,
    database::{Database, Row, values},
    grants::{key_of, wallet_of},
};
use crate::domain::device::{Change, Device, PhysicalId, Served};

/// A device as a list shows it.
pub struct ListedDevice {
    /// Its id, as it was first written.
    pub device: String,
    /// The phone it lives on.
    pub active: Option<String>,
    /// Since when.
    pub since: i64,
}

/// What is known of a device; of an unknown one nothing.
///
/// # Errors
/// [`StoreError`].
pub fn find(
    database: &mut dyn Database,
    wallet: &WalletId,
    device: &DeviceId,
) -> Result<Device, StoreError> {
    let key = (key_of(wallet), device_bytes(device));
    let row = database.find(
        "SELECT active FROM device WHERE wallet = $1 AND device = $2",
        values![key.0, key.1],
    )?;
    let Some(row) = row else {
        return Ok(Device::default());
    };
    let past = database.query(
        "SELECT DISTINCT physical FROM device_past WHERE wallet = $1 AND device = $2",
        values![key.0, key.1],
    )?;
    Ok(Device {
        active: row.maybe_text(0)?.and_then(PhysicalId::parse),
        replaced: past
            .iter()
            .map(|row| row.text(0).map(PhysicalId::parse))
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?,
    })
}

/// Makes a device known, where it is not.
///
/// # Errors
/// [`StoreError`].
pub fn make_known(
    write: &mut Write<'_>,
    wallet: &WalletId,
    device: &DeviceId,
) -> Result<(), StoreError> {
    let now = write.now;
    write.execute(
        "INSERT INTO device (wallet, device, spelling, active, since) VALUES ($1, $2, $3, NULL, $4) \
         ON CONFLICT (wallet, device) DO NOTHING",
        values![
            key_of(wallet),
            device_bytes(device),
            device.as_str(),
            now
        ],
    )?;
    Ok(())
}

/// Does what a step changes.
///
/// # Errors
/// [`StoreError`].
pub fn apply(
    write: &mut Write<'_>,
    wallet: &WalletId,
    device: &DeviceId,
    change: &Change,
) -> Result<(), StoreError> {
    make_known(write, wallet, device)?;
    let Change::Activate {
        now: phone,
        replaced,
    } = change
    else {
        return Ok(());
    };
    let (key, now) = ((key_of(wallet), device_bytes(device)), write.now);
    if let Some(replaced) = replaced {
        write.execute(
            "INSERT INTO device_past (wallet, device, physical, since, ended) \
             SELECT wallet, device, $1, since, $2 FROM device WHERE wallet = $3 AND device = $4",
            values![replaced.as_str(), now, key.0, key.1],
        )?;
    }
    write.execute(
        "UPDATE device SET active = $1, since = $2 WHERE wallet = $3 AND device = $4",
        values![phone.as_str(), now, key.0, key.1],
    )?;
    Ok(())
}

/// Remembers that a backup is served to a phone.
///
/// # Errors
/// [`StoreError`].
pub fn mark_served(
    write: &mut Write<'_>,
    wallet: &WalletId,
    device: &DeviceId,
    phone: &PhysicalId,
) -> Result<(), StoreError> {
    let now = write.now;
    write.execute(
        "INSERT INTO backup_served (wallet, device, physical, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (wallet, device, physical) DO UPDATE SET at = excluded.at",
        values![key_of(wallet), device_bytes(device), phone.as_str(), now],
    )?;
    Ok(())
}

/// When a backup was last served to a phone.
///
/// # Errors
/// [`StoreError`].
pub fn served(
    database: &mut dyn Database,
    wallet: &WalletId,
    device: &DeviceId,
    phone: &PhysicalId,
) -> Result<Option<Served>, StoreError> {
    let row = database.find(
        "SELECT at FROM backup_served WHERE wallet = $1 AND device = $2 AND physical = $3",
        values![key_of(wallet), device_bytes(device), phone.as_str()],
    )?;
    row.map(|row| {
        Ok(Served {
            at: row.integer(0)?,
        })
    })
    .transpose()
}

/// The devices of a wallet.
///
/// # Errors
/// [`StoreError`].
pub fn list(
    database: &mut dyn Database,
    wallet: &WalletId,
) -> Result<Vec<ListedDevice>, StoreError> {
    let rows = database.query(
        "SELECT spelling, active, since FROM device WHERE wallet = $1 ORDER BY since DESC, device",
        values![key_of(wallet)],
    )?;
    let listed = |row: &Row| {
        Ok(ListedDevice {
            device: row.text(0)?.to_owned(),
            active: row.maybe_text(1)?.map(str::to_owned),
            since: row.integer(2)?,
        })
    };
    rows.iter().map(listed).collect()
}

/// The wallets that have this device.
///
/// # Errors
/// [`StoreError`].
pub fn wallets_with(
    database: &mut dyn Database,
    device: &DeviceId,
) -> Result<Vec<WalletId>, StoreError> {
    let rows = database.query(
        "SELECT wallet FROM device WHERE device = $1 ORDER BY since DESC LIMIT 100",
        values![device_bytes(device)],
    )?;
    rows.iter().map(|row| wallet_of(row, 0)).collect()
}
