//! Backing up and recovering, over HTTP.

mod backups;
mod callers;
mod import;
mod paths;
mod rpc;
