//! Wallet ids and the lists that name them.
//!
//! - `ids`: ids that are none, and lists that cannot be read
//! - `lists`: lists in the shapes that consoles, spreadsheets, databases and the provider's API give; bounds
//! - `properties`: random ids and lists

mod ids;
mod lists;
mod properties;
