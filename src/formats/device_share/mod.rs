//! Key Share #2 in files: the share itself, and its backups under a passphrase.

pub mod device_id;
pub mod device_list;
pub mod lifeboat_backup;
pub mod message;
pub mod sdk_backup;
pub mod share;
