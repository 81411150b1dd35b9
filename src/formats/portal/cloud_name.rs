//! The names under which the user's cloud storage keeps the key of a client backup (FORMATS.md §23).

use sha2::{Digest, Sha256};

/// The folder of a Google Drive that holds the key file.
pub const DRIVE_FOLDER: &str = "_PORTAL_MPC_DO_NOT_DELETE_";

/// Where to look for one client's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudNames {
    /// Name of the file in [`DRIVE_FOLDER`].
    pub drive_file: String,
    /// Name of the iCloud key-value entry.
    pub icloud: String,
    /// Name of that entry as older iOS versions of the SDK chose it.
    pub older_icloud: String,
}

/// `|Σ 31^(n−1−i)·cᵢ|` of `custodianId ‖ clientId` as a signed 32-bit integer over its UTF-16 units, in decimal.
#[must_use]
pub fn cloud_names(custodian_id: &str, client_id: &str) -> CloudNames {
    let text = format!("{custodian_id}{client_id}");
    let unit = |hash: i32, unit: u16| hash.wrapping_mul(31).wrapping_add(i32::from(unit));
    let hash = text.encode_utf16().fold(0, unit).unsigned_abs().to_string();
    CloudNames {
        drive_file: format!("{hash}.txt"),
        icloud: hash,
        older_icloud: hex::encode(Sha256::digest(text.as_bytes())),
    }
}
