//! How files spell what they hold.
//!
//! - `json`: the reader of JSON agrees with `serde_json` on any document, and keeps its limits

mod json;
