//! Wallet ids, lists of them, and the algorithms their keys are for.

pub mod algorithm;
mod line_ends;
pub mod list_error;
pub mod list_json;
pub mod list_rows;
pub mod list_shape;
pub mod wallet_id;
pub mod wallet_list;
