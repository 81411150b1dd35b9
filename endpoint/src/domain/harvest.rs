//! Backups that were harvested from the provider while it lived, one object a line.
//!
//! ```text
//! {"walletId":…, "deviceId":…, "createdAt":1790000000000, "backup": the record as sent or fetched, or a message with it}
//! ```

use std::ops::RangeInclusive;

use lifeboat::formats::{
    device_share::{device_id::DeviceId, message::find_backups},
    encoding::json::{FieldError, FieldFault, Value},
    wallets::wallet_id::WalletId,
};

use super::{
    backup::{BackupError, NewBackup},
    device::PhysicalId,
};

/// Longest line that is read, in bytes.
pub const MAX_LINE: usize = 1 << 20;
/// From 2015 to 2100, in milliseconds: times in seconds or microseconds are outside of it, and would rank wrongly.
const TIMES: RangeInclusive<i64> = 1_420_070_400_000..=4_102_444_800_000;

/// A backup with everything that is known of it.
pub struct Harvested {
    /// Whose.
    pub wallet: WalletId,
    /// The phone it was sent from, where the line says.
    pub physical: Option<PhysicalId>,
    /// When it was made, in milliseconds since 1970, where the line says.
    pub created_at: Option<i64>,
    /// The backup.
    pub backup: NewBackup,
}

/// Reads a line: one backup, with the ids that are around it.
///
/// # Errors
/// [`BackupError`].
pub fn read_line(line: &str) -> Result<Harvested, BackupError> {
    let root = Value::parse("", line.as_bytes())?;
    let found = find_backups(line)?;
    let [message] = found.as_slice() else {
        // None: what is wrong with the record that should be there is said by its reader.
        if found.is_empty() {
            let record = root.find("backup")?;
            return Err(missing_backup(record.as_ref().unwrap_or(&root)));
        }
        return Err(BackupError::Several(found.len()));
    };

    let wallet = match &message.wallet_id {
        Some(id) => WalletId::parse(id.as_bytes()).map_err(|error| {
            let field = root.find("walletId").ok().flatten();
            let fault = FieldFault::Value(error.to_string());
            field.unwrap_or_else(|| root.clone()).fault(fault)
        })?,
        None => {
            return Err(root
                .get("walletId")
                .map(drop)
                .err()
                .map_or(BackupError::OtherWallet, Into::into));
        }
    };
    let device = match &message.device_id {
        Some(id) => DeviceId::parse(id).ok_or_else(|| root.fault(FieldFault::Uuid))?,
        None => {
            return Err(root
                .get("deviceId")
                .map(drop)
                .err()
                .map_or(BackupError::OtherDevice, Into::into));
        }
    };
    Ok(Harvested {
        wallet,
        physical: physical_of(&root)?,
        created_at: time_of(&root)?,
        backup: NewBackup::of_record(message.json.as_bytes(), &device)?,
    })
}

fn missing_backup(record: &Value<'_>) -> BackupError {
    let device = DeviceId::parse("00000000-0000-0000-0000-000000000000").expect("it is a UUID");
    match NewBackup::of_record(record.raw().as_bytes(), &device) {
        Err(error) => error,
        Ok(_) => BackupError::Several(0),
    }
}

fn physical_of(root: &Value<'_>) -> Result<Option<PhysicalId>, FieldError> {
    let Some(field) = root.find("physicalDeviceId")? else {
        return Ok(None);
    };
    let text = field.text()?;
    PhysicalId::parse(text.expose()).map(Some).ok_or_else(|| {
        field.fault(FieldFault::Value(
            "no printable text of at most 128 bytes".to_owned(),
        ))
    })
}

/// Milliseconds since 1970, as the provider writes them.
fn time_of(root: &Value<'_>) -> Result<Option<i64>, FieldError> {
    let Some(field) = root.find("createdAt")? else {
        return Ok(None);
    };
    let fault = || field.fault(FieldFault::Type("milliseconds since 1970, a whole number"));
    let time: i64 = field.raw().parse().map_err(|_| fault())?;
    if !TIMES.contains(&time) {
        let fault = "expected milliseconds since 1970, between 2015 and 2100".to_owned();
        return Err(field.fault(FieldFault::Value(fault)));
    }
    Ok(Some(time))
}
