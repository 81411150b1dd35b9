//! What each chain makes of a key: addresses, signatures, and the texts that wallets import.
//!
//! - `address_forms`: forms that pages and wallets give, and addresses that no key alone spends from
//! - `address_meanings`: every form in which an expected address is written
//! - `library_signatures`: what the chains' own libraries sign
//! - `signatures`: verified by OpenSSL where there is one
//! - `unsignable`: what looks like something to sign and is not
//! - `wallet_imports`: what Electrum and Bitcoin Core are given
//! - `addresses`: addresses and WIF of 20 keys on every chain, made by another library

mod address_forms;
mod address_meanings;
mod addresses;
mod library_signatures;
mod signatures;
mod unsignable;
mod wallet_imports;
