//! Who asks: tokens of issuers and signatures of backends, checked and turned into a caller.
//!
//! Nothing here knows routes; what is granted to whom is the store's. Time is an argument, and so is how a URL is
//! fetched.

pub mod api_key;
pub mod bearer;
pub mod configured;
pub mod issuer_keys;
pub mod key_set;
mod known_tokens;
pub mod webhook_secret;

use self::{api_key::ApiKeys, bearer::Bearer};

/// Everybody who can be recognised.
pub struct Identities {
    /// Whoever has a token of an issuer.
    pub bearer: Bearer,
    /// Whoever signs requests.
    pub api_keys: ApiKeys,
}
