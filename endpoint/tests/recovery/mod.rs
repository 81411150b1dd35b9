//! Backing up and recovering, over HTTP.

mod backups;
mod callers;
mod paths;
mod rpc;
