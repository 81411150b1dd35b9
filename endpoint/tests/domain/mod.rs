//! The rules, without a server around them.

mod backup;
mod device;
mod rpc;
