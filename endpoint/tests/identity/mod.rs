//! Who is believed, and who is not.

mod api_key;
mod bearer;
mod issuer_keys;
mod mutated;
