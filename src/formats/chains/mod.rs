//! What each chain makes of a key: paths, addresses, private keys as its wallets import them.

pub mod address;
mod address_bitcoin;
pub mod address_decode;
pub mod address_list;
pub mod address_meaning;
pub mod address_text;
pub mod address_value;
pub mod asset_key;
pub mod export_file;
pub mod keystore;
pub mod message;
pub mod names;
pub mod prepared;
pub mod private_key;
mod shapes;
mod signable;
pub mod table;
