//! Backing up and recovering, over HTTP.

mod backups;
mod callers;
mod data_keys;
mod hostile;
mod import;
mod paths;
mod rpc;
