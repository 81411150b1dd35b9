//! What a command reads: files, passphrases, wallet ids.

pub(crate) mod bad_ids;
pub(crate) mod device_backups;
pub(crate) mod device_shares;
pub(crate) mod drill;
pub(crate) mod file;
pub(crate) mod full_keys;
pub(crate) mod kit;
pub(crate) mod kit_secrets;
pub(crate) mod passphrase;
pub(crate) mod passphrase_command;
pub(crate) mod passphrase_folder;
pub(crate) mod passphrase_lookup;
pub(crate) mod question;
pub(crate) mod recipients;
pub(crate) mod sealed_file;
pub(crate) mod server_shares;
#[cfg(unix)]
pub(crate) mod silence;
pub(crate) mod typed;
pub(crate) mod wallet_ids;
